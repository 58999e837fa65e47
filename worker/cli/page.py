"""`daybreak page`, and `daybreak user` with its verbs: who may use the office's page."""

import getpass
import socket
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Column, Table

from worker.admin import invitation, users
from worker.admin.users import Role
from worker.cli.output import has_terminal, show, tell
from worker.config import console_port, ini, loading
from worker.errors import DaybreakError
from worker.i18n import message
from worker.runtime.terminal import printable

user = typer.Typer(
    name="user", help="Who may use the office's page: add, list, remove, password.", no_args_is_help=True
)

_NAME = typer.Argument(metavar="NAME", help="The person's name; it stands in each decision.")


def page(
    if_new: Annotated[
        bool, typer.Option("--if-new", help="A link only while there is no user; else the address alone.")
    ] = False,
) -> None:
    """Print a link to the office's page, good once and for ten minutes.

    Who opens it first gives a name and a password: a keeper while there is no user yet, else a user of the office.
    An earlier link is worth nothing from then on.
    """
    port = console_port.of(ini.in_use().values())
    if port is None:
        raise DaybreakError(message("there is no page: CONSOLE_PORT is empty"))
    data, address = ini.data_dir(), f"http://127.0.0.1:{port}/"
    if if_new and users.read(data):
        tell(message("The office's page: {address}", address=address))
        return
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    link = f"{address}welcome?token={invitation.issue(data)}"
    tell(message("The office's page, good once and for 10 minutes: {link}", link=link))
    if not if_new and not _listens(port):
        tell(message("Nothing listens there yet: see circusctl status console"))


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex(("127.0.0.1", port)) == 0


@user.command()
def add(
    name: Annotated[str, _NAME],
    role: Annotated[Role, typer.Option(help="office: payments, days, runs. keeper: everything.")] = Role.OFFICE,
) -> None:
    """Add a user; asks for the password, or reads one line where there is no terminal."""
    chosen = loading.load()
    found = users.add(chosen.data_dir, name, role, _password(), now=chosen.now())
    tell(message("{name} may use the page as {role}.", name=found.name, role=str(found.role)))


@user.command("list")
def list_() -> None:
    """List the users and their roles. Changes nothing."""
    found = users.read(_data())
    if not found:
        tell(message("There is no user of the page yet. A link for the first one: daybreak page"))
        return
    table = Table(Column(no_wrap=True), Column(no_wrap=True), Column(), show_header=False, box=None)
    for one in found.values():
        table.add_row(printable(one.name), str(one.role), one.since)
    show(table)


@user.command()
def remove(name: Annotated[str, _NAME]) -> None:
    """Take a user away, and sign that name out."""
    tell(message("{name} may not use the page any more.", name=users.remove(_data(), name).name))


@user.command()
def password(name: Annotated[str, _NAME]) -> None:
    """Give a user another password, and sign that name out."""
    chosen = loading.load()
    found = users.set_password(chosen.data_dir, name, _password(), now=chosen.now())
    tell(message("{name} has another password.", name=found.name))


def _data() -> Path:
    return ini.data_dir()


def _password() -> str:
    """Return a password that was typed twice, or one line of standard input."""
    if not has_terminal():
        return sys.stdin.readline().rstrip("\r\n") if sys.stdin else ""
    first = getpass.getpass("Password: ")
    if getpass.getpass("Again: ") != first:
        raise DaybreakError(message("the two passwords differ. Nothing was changed"))
    return first
