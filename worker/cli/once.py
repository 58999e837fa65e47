"""`daybreak once`."""

from contextlib import suppress
from typing import Annotated

import typer

from worker.app.by_hand import run_cycle
from worker.cli import ended
from worker.cli.output import print_text, tell
from worker.config import loading
from worker.errors import LedgerError
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
