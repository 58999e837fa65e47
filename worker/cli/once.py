"""`daybreak once`."""

import time
from contextlib import suppress
from typing import Annotated, cast

import typer

from worker.__main__ import run_once
from worker.cli import ended
from worker.cli.output import print_text, tell
from worker.config import loading, settings
from worker.control import requests
from worker.control.requests import CommandKind
from worker.errors import DaybreakError, LedgerError
from worker.i18n import message
from worker.ledger.ledger import Ledger
from worker.runtime import desired_state


def once(
    test: Annotated[bool, typer.Option("--test", help="Everything up to the save, which is kept back.")] = False,
    rows: Annotated[
        int | None, typer.Option(min=1, max=300, help="Post so many rows at most, the oldest first; the rest waits.")
    ] = None,
    wait: Annotated[float, typer.Option(help="Give up waiting for the running worker after so many seconds.")] = 600,
) -> None:
    """Run one cycle now. Asks the running worker; without one, takes the lock and runs it here.

    Exit code 1 when it failed, or when the ERP refused deposits of it.
    """
    chosen = loading.load()
    wish = desired_state.read(chosen.data_dir)
    if wish.forbids(chosen.now()) and not test:
        tell(message("The worker is {wish}. A cycle by hand is not kept back by that.", wish=str(wish)))
    outcome, why = run_cycle(chosen, test=test, rows=rows, wait=wait)
    refusals, said = 0, list[str]()
    with suppress(LedgerError), Ledger(chosen.data_dir, create=False) as ledger:
        refusals = ended.refused(ledger)
        said = list(ended.lines(ledger, data=chosen.data_dir, zone=chosen.zone, language=chosen.report_language))
    if outcome == "ran" and refusals:
        tell(message("The ERP refused {count} deposits of this cycle. See: daybreak resolve", count=refusals))
    else:
        tell(_ended(outcome, why))
    print_text("\n".join(said))
    raise typer.Exit(0 if outcome == "ran" and not refusals else 1)


def _ended(outcome: str, why: str) -> str:
    if not why:
        return message("The cycle ran.") if outcome == "ran" else message("The cycle {outcome}.", outcome=outcome)
    if outcome == "failed":
        return message("The cycle failed: {why}", why=why)
    if outcome == "stopped":
        return message("The cycle stopped: {why}", why=why)
    return message("The cycle {outcome}: {why}", outcome=outcome, why=why)


def run_cycle(chosen: settings.Settings, *, test: bool, rows: int | None, wait: float) -> tuple[str, str]:
    """Have the running worker run a cycle, or run it here; return how it ended, and why."""
    if requests.has_worker(chosen.data_dir):
        return _once_by_worker(chosen, test=test, rows=rows, wait=wait)
    return run_once(chosen, test=test, rows=rows)


def _once_by_worker(chosen: settings.Settings, *, test: bool, rows: int | None, wait: float) -> tuple[str, str]:
    """Leave a request for the running worker and wait for the cycle that it makes of it."""
    with Ledger(chosen.data_dir, create=False) as ledger:
        newest = ledger.last_cycles(1)
        last = newest[0]["id"] if newest and newest[0]["ended"] else 0
        requests.leave(chosen.data_dir, CommandKind.CYCLE, test=test, rows=rows)
        path = chosen.data_dir / requests.FILE
        deadline = time.monotonic() + wait
        while time.monotonic() < deadline:
            found = ledger.last_cycles(1)
            if not path.exists() and found and found[0]["id"] != last and found[0]["ended"]:
                return str(found[0]["outcome"]), cast("str", found[0]["why"])
            time.sleep(requests.LOOK_EVERY)
    path.unlink(missing_ok=True)
    raise DaybreakError(
        message(
            "asking the running worker for a cycle: none ended within {seconds} s. See daybreak status",
            seconds=f"{wait:g}",
        )
    )
