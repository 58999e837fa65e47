"""`daybreak page`, and `daybreak user` with its verbs: who may use the office's page."""

import getpass
import socket
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Column, Table

from worker.admin import authorized_keys, invitation, users
from worker.admin.users import Role
from worker.cli.options import who
from worker.cli.output import has_terminal, print_text, show, tell
from worker.config import console_port, ini, loading
from worker.errors import DaybreakError
from worker.i18n import message
from worker.operations import page_access
from worker.operations.page_access import Wanted
from worker.runtime.terminal import printable

user = typer.Typer(
    name="user", help="Who may use the office's page: add, list, remove, password.", no_args_is_help=True
)

_NAME = typer.Argument(metavar="NAME", help="The person's name; it stands in each decision.")


def page(
    name: Annotated[
        str, typer.Argument(metavar="[NAME]", help="With --for-windows and --revoke: whose file it is.")
    ] = "",
    if_new: Annotated[
        bool, typer.Option("--if-new", help="A link only while there is no user; else the address alone.")
    ] = False,
    for_windows: Annotated[
        bool,
        typer.Option("--for-windows", help="Write a file that opens the page on a Windows PC by a double click."),
    ] = False,
    revoke: Annotated[
        bool, typer.Option("--revoke", help="Let the file of NAME in no more; without NAME: list them.")
    ] = False,
    host: Annotated[
        list[str] | None,
        typer.Option("--host", help="This machine's name or address for the PC; several are tried in turn."),
    ] = None,
    ssh_user: Annotated[str, typer.Option("--user", help="The user by whom the PC comes in. Default: you.")] = "",
    ssh_port: Annotated[int, typer.Option("--ssh-port", min=1, max=65535, help="Where sshd listens.")] = 22,
    to: Annotated[Path | None, typer.Option("--to", help="The file to write. Default: in the data folder.")] = None,
    keys: Annotated[Path | None, typer.Option("--keys", help="Default: ~/.ssh/authorized_keys.")] = None,
) -> None:
    """Print a link to the office's page, good once and for ten minutes; or open the page to a Windows PC.

    Who opens the link first gives a name and a password: a keeper while there is no user yet, else a user of the
    office. An earlier link is worth nothing from then on.
    """
    port = console_port.of(ini.in_use().values())
    if port is None:
        raise DaybreakError(message("there is no page: CONSOLE_PORT is empty"))
    if for_windows or revoke:
        if for_windows and (revoke or if_new):
            raise DaybreakError(message("--for-windows, --revoke and --if-new stand alone"))
        place = page_access.Place(data=ini.data_dir(), port=port, keys=keys or authorized_keys.usual_file())
        if revoke:
            _revoke(place, name)
            return
        wanted = Wanted(
            name=name or page_access.NAME, machines=host or (), user=who(ssh_user), ssh_port=ssh_port, to=to
        )  # fmt: skip
        _for_windows(place, wanted)
        return
    if name:
        raise DaybreakError(message("a NAME goes with --for-windows or --revoke. Users: daybreak user add"))
    _link(port, if_new=if_new)


def _link(port: int, *, if_new: bool) -> None:
    data, address = ini.data_dir(), f"http://127.0.0.1:{port}/"
    if if_new and users.read(data):
        tell(message("The office's page: {address}", address=address))
        return
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    link = f"{address}welcome?token={invitation.issue(data)}"
    tell(message("The office's page, good once and for 10 minutes: {link}", link=link))
    if not if_new and not _listens(port):
        tell(message("Nothing listens there yet: see circusctl status console"))


def _for_windows(place: page_access.Place, wanted: Wanted) -> None:
    done = page_access.for_windows(place, wanted)
    machines = ", ".join(done.machines)
    tell(message("{path}: bring it to the PC and double-click it there. It looks for {machines}.",
                 path=str(done.path), machines=machines))  # fmt: skip
    if done.is_anew:
        tell(message("The earlier file of {name} is worth nothing from now on.", name=wanted.name))
    tell(
        message(
            "It holds a key that opens this page's port and nothing else; each person still signs in. Its end: "
            "daybreak page --revoke {name}",
            name=wanted.name,
        )
    )
    for one in done.warnings:
        tell(message("Warning: {what}", what=one))


def _revoke(place: page_access.Place, name: str) -> None:
    if name:
        page_access.revoke(place, name)
        tell(
            message(
                "{name}: the file opens the page no more. A connection that is open now lasts until its window is "
                "closed; who is signed in by it: daybreak user list",
                name=name,
            )
        )
        return
    found = page_access.listed(place)
    if not found:
        tell(message("No file opens the page from another PC."))
        return
    for one in found:
        print_text(printable(one.name))
    tell(message("The end of one: daybreak page --revoke NAME"))


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
