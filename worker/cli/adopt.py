"""`daybreak adopt`."""

import getpass
from pathlib import Path
from typing import Annotated

import typer

from worker.app.by_hand import run_cycle
from worker.cli.output import demand, print_text, tell
from worker.config import loading, settings
from worker.errors import DaybreakError
from worker.i18n import message
from worker.ledger.ledger import Ledger
from worker.posting import adoption, old_record
from worker.posting.books import owner_of


def adopt(
    nothing: Annotated[bool, typer.Option("--nothing", help="Nothing was posted before: post all that waits.")] = False,
    until: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="Every payment up to this time (in TZ) was posted before: 2026-11-28 (to its end), "
            '"2026/11/28 18:00", 오후 6:00 (today).',
        ),
    ] = None,
    listed: Annotated[
        Path | None,
        typer.Option("--list", help="A file with one approval number or key a line: these were posted before."),
    ] = None,
    record: Annotated[
        Path | None,
        typer.Option(
            "--record", help="The old script's record file: a JSON list of times, one for each posted payment."
        ),
    ] = None,
    this_machine: Annotated[
        bool, typer.Option("--this-machine", help="These books are kept on this machine from now on; nothing else.")
    ] = False,
    by: Annotated[str, typer.Option(help="Who decides this; goes into the record.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="The old script is off; ask nothing.")] = False,
) -> None:
    """Say what was posted before daybreak, so that it may post from here on.

    Writes one adoption record into the ledger, for this company, ERP address, machine and mode. Without it nothing is
    posted. Shows first what it will do, and asks.
    """
    chosen = loading.load()
    chosen.data_dir.mkdir(parents=True, exist_ok=True)
    if this_machine:
        if nothing or until is not None or listed is not None or record is not None:
            raise DaybreakError(
                message("adopting: --this-machine stands alone; what was posted before is not asked again")
            )
        _adopt_this_machine(chosen, by or getpass.getuser(), yes=yes)
        return
    if nothing and (until is not None or listed is not None or record is not None):
        raise DaybreakError(message("adopting: --nothing excludes --until, --list and --record"))
    boundary = adoption.boundary(until, chosen.now()) if until is not None else None
    if not nothing and until is None and listed is None and record is None:
        adoption.demand_an_answer(chosen.data_dir, owner_of(chosen))
    if not chosen.demo:
        adoption.refuse_the_demos(chosen.data_dir)
    if record is not None:
        old_record.read(record)  # what is wrong with it is said before anything is done
        tell(message("Reading the list, to hold the record against it; nothing is saved."))
        outcome, why = run_cycle(chosen, test=True, rows=None, wait=600)
        adoption.demand_reading(chosen.data_dir, outcome=outcome, why=why)
    with Ledger(chosen.data_dir) as ledger:
        found = adoption.propose(ledger, until=boundary, listed=listed, record=record)
        print_text(
            f"ERP {chosen.origin}, company {chosen.company}, {owner_of(chosen).mode} mode, ledger in {chosen.data_dir}."
        )
        for line in found.lines:
            tell(line)
        if not yes:
            demand(message("Is the old script switched off, on every machine?"))
            demand(message("Is that what you mean?"))
        ledger.adopt(
            owner_of(chosen),
            by=by or getpass.getuser(),
            at=chosen.now(),
            note=found.note,
            posted=[one.key for one in found.posted],
            held=found.held,
            recorded=found.recorded,
            until=boundary,
        )
    tell(message("Adopted. The next cycle goes on from here."))


def _adopt_this_machine(chosen: settings.Settings, who: str, *, yes: bool) -> None:
    with Ledger(chosen.data_dir, create=False) as ledger:
        print_text(
            f"ERP {chosen.origin}, company {chosen.company}, ledger in {chosen.data_dir}, machine {chosen.machine}."
        )
        if not yes:
            demand(message("Has the other machine's worker ended, for ever?"))
        note = ledger.adopt_machine(chosen.machine, by=who, at=chosen.now())
        tell(message("Adopted for this machine ({note}).", note=note))
        if ledger.older():
            tell(
                message(
                    "These books did not come by daybreak move: what waits is looked up in the ERP before it is posted."
                )
            )
