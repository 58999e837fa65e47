"""`daybreak adopt`."""

from pathlib import Path
from typing import Annotated

import typer

from worker.cli.options import By, Yes, who
from worker.cli.output import demand, tell
from worker.config import loading, settings
from worker.errors import DaybreakError
from worker.i18n import message
from worker.operations import adopting
from worker.operations.adopting import PostedBefore


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
    by: By = "",
    yes: Yes = False,
) -> None:
    """Say what was posted before daybreak, so that it may post from here on.

    Writes one adoption record into the ledger, for this company, ERP address, machine and mode. Without it nothing is
    posted. Shows first what it will do, and asks.
    """
    chosen = loading.load()
    chosen.data_dir.mkdir(parents=True, exist_ok=True)
    before = PostedBefore(nothing=nothing, until=until, listed=listed, record=record)
    if this_machine:
        if nothing or before.is_said:
            raise DaybreakError(
                message("adopting: --this-machine stands alone; what was posted before is not asked again")
            )
        _adopt_this_machine(chosen, who(by), yes=yes)
        return
    adopting.demand_sensible(chosen, before)  # what is wrong with it is said before anything is done
    if record is not None:
        tell(message("Reading the list, to hold the record against it; nothing is saved."))
        adopting.read_list(chosen)
    elif adopting.is_beside_a_person(chosen):
        tell(message("Reading the lists, to know what was posted by hand; nothing is saved."))
        adopting.read_list(chosen)
    found = adopting.preview(chosen, before)
    tell(
        message(
            "ERP {address}, company {company}, MODE = {mode}, ledger in {folder}.",
            address=chosen.erp.origin,
            company=chosen.erp.company,
            mode=found.owner.mode,
            folder=str(chosen.data_dir),
        )
    )
    for line in found.proposal.lines:
        tell(line)
    if not yes:
        demand(message("Is the old script switched off, on every machine?"))
        demand(message("Is that what you mean?"))
    adopting.apply(chosen, before, by=who(by), stamp=found.stamp)
    tell(message("Adopted. The next cycle goes on from here."))


def _adopt_this_machine(chosen: settings.Settings, by: str, *, yes: bool) -> None:
    adopting.demand_books(chosen)
    tell(
        message(
            "ERP {address}, company {company}, ledger in {folder}, machine {machine}.",
            address=chosen.erp.origin,
            company=chosen.erp.company,
            folder=str(chosen.data_dir),
            machine=chosen.machine,
        )
    )
    if not yes:
        demand(message("Has the other machine's worker ended, for ever?"))
    adopted = adopting.this_machine(chosen, by=by)
    tell(message("Adopted for this machine ({note}).", note=adopted.note))
    if adopted.is_older:
        tell(
            message(
                "These books did not come by daybreak move: what waits is looked up in the ERP before it is posted."
            )
        )
