"""Verbs of the first use: `set` changes settings, `begin` puts aside what the demo left."""

import getpass
import sys
from typing import Annotated

import typer
from pydantic import SecretStr

from worker.cli.output import has_terminal, tell
from worker.config import loading
from worker.errors import DaybreakError
from worker.i18n import message
from worker.operations import real_books, writing_settings
from worker.operations.writing_settings import Change


def set_(
    settings: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="NAME=VALUE…", help="Settings of the section env:worker; NAME= with nothing behind it empties one."
        ),
    ] = None,
    marks: Annotated[
        list[str] | None, typer.Option("--mark", help="NAME=VALUE of the section markers; may stand twice.")
    ] = None,
    password: Annotated[
        str, typer.Option("--password", metavar="NAME", help="Asks for the secret of a setting: ERP_PASSWORD_FILE …")
    ] = "",
) -> None:
    """Change settings in var/local.ini: checked as a whole first, comments stay. In force at the next start."""
    secrets = {password: SecretStr(_password())} if password else {}
    if unknown := [name for name in secrets if name not in writing_settings.SECRETS]:
        known = ", ".join(writing_settings.SECRETS)
        raise DaybreakError(message("{name} names no secret; there are: {known}", name=unknown[0], known=known))
    change = Change(values=_pairs(settings or []), markers=_pairs(marks or []), secrets=secrets)
    changed = writing_settings.apply(change)
    tell(message("Stored: {names}. In force at the worker's next start.", names=", ".join([*changed, *secrets])))


def begin() -> None:
    """Put the demo's books aside, so that a real ERP begins with none. The worker must be stopped."""
    aside = real_books.put_demo_aside(loading.load())
    if aside.folder is None:
        tell(message("There are no books of the demo here: nothing was changed."))
        return
    tell(message("The demo's books are in {folder} now.", folder=str(aside.folder)))


def _pairs(written: list[str]) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for one in written:
        name, equals, value = one.partition("=")
        if not equals:
            raise DaybreakError(message("{text} is no NAME=VALUE. Nothing was changed", text=one))
        found[name.strip()] = value.strip()
    return found


def _password() -> str:
    return (
        getpass.getpass("Password: ") if has_terminal() else (sys.stdin.readline().rstrip("\r\n") if sys.stdin else "")
    )
