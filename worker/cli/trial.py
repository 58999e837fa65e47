"""Verbs that try what is configured: `check`, `probe`, `login-test`, `alert-test`."""

from pathlib import Path
from typing import Annotated

import typer

from worker.alerts import channel_tests, sender
from worker.app.by_hand import run_errand
from worker.cli.output import print_text, tell
from worker.config import ini, loading
from worker.control import requests
from worker.erp import playback
from worker.errors import DaybreakError, LedgerError
from worker.i18n import joined, message, said_by
from worker.ledger.ledger import Ledger
from worker.runtime.commands import CommandKind


def check() -> None:
    """Try circus.ini and var/local.ini as they are, and name all that is wrong with them. Changes nothing, asks nobody.

    Exit code: 0 the worker would start with them, 78 it would refuse them.
    """
    chosen, problems = loading.checked()
    if chosen is not None and not problems and (why := channel_tests.why_not_production(chosen)):
        problems.append(why)
    if problems:
        raise ini.wrong(problems)
    assert chosen is not None, "what is not there has a problem"
    where = "the demo ERP" if chosen.demo else f"{chosen.address}, company {chosen.company}, MODE = {chosen.mode}"
    tell(message("The settings can be used: {where}.", where=where))


def probe(
    wait: Annotated[float, typer.Option(help="Give up waiting for the running worker after so many seconds.")] = 600,
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
        _errand(CommandKind.LEARN if learn else CommandKind.PROBE, wait)
        return
    print("\n".join(playback.play(loading.load(), replay, mask=mask)))


def login_test(
    wait: Annotated[float, typer.Option(help="Give up waiting for the running worker after so many seconds.")] = 600,
) -> None:
    """Sign in once with the password as its file holds it now; post nothing. Exit code 1: it did not work.

    Asks the running worker; without one, takes its lock. A refusal counts like the worker's own: after two with the
    same password nobody tries again.
    """
    _errand(CommandKind.LOGIN_TEST, wait)


def _errand(what: CommandKind, wait: float) -> None:
    """Have the running worker do it, or do it here; print what it has to say."""
    chosen = loading.load()
    if requests.has_worker(chosen.data_dir):
        told = requests.wait(chosen.data_dir, requests.leave(chosen.data_dir, what), seconds=wait)
    else:
        told = run_errand(chosen, what)
    print_text("\n".join(told.lines))
    raise typer.Exit(0 if told.is_well else 1)


def alert_test() -> None:
    """Send one test message on every channel now. Exit code 1 if one fails. Writes down what went well."""
    chosen = loading.load()
    if not chosen.channels.names:
        raise DaybreakError(
            message(
                "testing the channels: none is configured. Set SMTP_HOST, MAIL_FROM and MAIL_TO, or APPRISE_URLS_FILE"
            )
        )
    now = chosen.now()
    results = sender.at_once(chosen.channels, sender.self_test(chosen.channels, at=now), at=now)
    for channel, tried in results.items():
        if tried.is_out:
            tell(message("{channel}: the test message is delivered.", channel=str(channel)))
        if tried.problem:
            tell(joined([str(channel), tried.problem], ": "))
    proved = [channel for channel, tried in results.items() if tried.is_out]
    try:
        for channel in proved:
            channel_tests.note(chosen.data_dir, chosen.channels, channel, at=now)
        if (chosen.data_dir / "ledger.db").exists():
            with Ledger(chosen.data_dir, create=False) as ledger:
                for channel in proved:
                    ledger.set_note(sender.tested(channel), now.isoformat(timespec="seconds"))
    except (LedgerError, OSError) as error:
        tell(message("That could not be written down: {error}", error=said_by(error)))
    raise typer.Exit(0 if all(tried.is_out for tried in results.values()) else 1)
