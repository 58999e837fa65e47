"""Verbs that try what is configured: `check`, `probe`, `login-test`."""

from pathlib import Path
from typing import Annotated

import typer

from worker.cli.options import Wait
from worker.cli.output import print_text, tell
from worker.config import loading
from worker.errors import DaybreakError
from worker.i18n import message
from worker.operations import trials
from worker.runtime.commands import CommandKind


def check() -> None:
    """Try circus.ini and var/local.ini as they are, and name all that is wrong with them. Changes nothing, asks nobody.

    Exit code: 0 the worker would start with them, 78 it would refuse them.
    """
    tell(trials.check().said)


def probe(
    wait: Wait = 600,
    replay: Annotated[
        Path | None,
        typer.Option(help="Play the kept pages (.html) of this folder back instead: no ERP and no worker is asked."),
    ] = None,
    mask: Annotated[
        bool, typer.Option("--mask", help="With --replay: on copies without personal data, kept in its folder masked/.")
    ] = False,
    learn: Annotated[
        bool, typer.Option("--learn", help="Let the browser reach the other hosts that these screens need from now on.")
    ] = False,
) -> None:
    """Sign in and walk every screen of the ERP, read only; say which of its marks are there. Exit code 1: one lacks.

    Asks the running worker; without one, takes its lock. Enters nothing, saves nothing; a picture of each screen stays
    in the evidence. A refused sign-in counts like the worker's own.
    """
    if mask and replay is None:
        raise DaybreakError(message("probing: --mask goes with --replay FOLDER"))
    if learn and replay is not None:
        raise DaybreakError(message("probing: --learn asks the ERP itself; leave --replay away"))
    if replay is None:
        _try(CommandKind.LEARN if learn else CommandKind.PROBE, wait)
        return
    print("\n".join(trials.replay(loading.load(), replay, mask=mask)))


def login_test(
    wait: Wait = 600,
) -> None:
    """Sign in once with the password as its file holds it now; post nothing. Exit code 1: it did not work.

    Asks the running worker; without one, takes its lock. A refusal counts like the worker's own: after two with the
    same password nobody tries again.
    """
    _try(CommandKind.LOGIN_TEST, wait)


def _try(what: CommandKind, wait: float) -> None:
    """Have it done; print what it has to say."""
    told = trials.run(loading.load(), what, wait=wait)
    print_text("\n".join(told.lines))
    raise typer.Exit(0 if told.is_well else 1)
