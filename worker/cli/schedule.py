"""`daybreak schedule`."""

import getpass
import json
from contextlib import suppress
from datetime import timedelta
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from worker.alerts import spool_import
from worker.cli.output import console, print_text
from worker.config import day_overrides as days_by_hand
from worker.config import loading, settings
from worker.config.day_overrides import DayOverride
from worker.errors import DaybreakError, LedgerError
from worker.i18n import message, reasons
from worker.ledger.ledger import Ledger
from worker.runtime import time_words
from worker.schedule import agenda
from worker.schedule.library_age import why_holidays_unknown


def schedule(
    as_json: Annotated[bool, typer.Option("--json", help="For programs: a list, one object a day.")] = False,
    days: Annotated[int, typer.Option(min=1, max=366, help="So many days from today.")] = 14,
    close: Annotated[
        str | None, typer.Option(metavar="DAY", help="Make this day (2026-11-28) a day off; needs --why.")
    ] = None,
    open_: Annotated[
        str | None, typer.Option("--open", metavar="DAY", help="Make this day a work day; needs --why.")
    ] = None,
    undo: Annotated[str | None, typer.Option(metavar="DAY", help="Take back what was said of this day.")] = None,
    why: Annotated[str, typer.Option(help="The reason; goes into the record.")] = "",
    by: Annotated[str, typer.Option(help="Who decides this; goes into the record.")] = "",
) -> None:
    """Show when cycles are due in the next two weeks, and which days are off.

    With --close, --open or --undo it first changes one day: in force at the next slot, without a restart. Else it
    changes nothing.
    """
    chosen = loading.load()
    language = chosen.report_language
    first = chosen.now().date()
    said = (("--close", close), ("--open", open_), ("--undo", undo))
    if changed := [time_words.day(words, what=option) for option, words in said if words is not None]:
        if len(changed) > 1:
            raise DaybreakError(message("changing the schedule: say one of --close, --open, --undo at a time"))
        if chosen.demo:
            raise DaybreakError(
                message("changing the schedule: the demo works at any hour of any day; set ERP_URL first")
            )
        who = by or getpass.getuser()
        (day,) = changed
        if undo is not None:
            days_by_hand.undo(chosen.data_dir, day, by=who, why=why, now=chosen.now())
        else:
            word = DayOverride(closed=close is not None, why=why.strip(), by=who)
            days_by_hand.say(chosen.data_dir, day, word, now=chosen.now())
        _take_notes(chosen)
        if not first <= day < first + timedelta(days=days):
            first = day - timedelta(days=day.weekday())  # show the week that was changed
            days = 7
    found = list(agenda.days(first, days, chosen, language))
    if as_json:
        print_text(json.dumps([one.as_dict() for one in found], ensure_ascii=False, indent=1))
        return
    table = Table(box=None, padding=(0, 2, 0, 0))
    for title in agenda.TITLES:
        table.add_column(title(language))
    for one in found:
        cells = agenda.cells(one, language)
        table.add_row(*(Text(cell, "dim" if one.off else "") for cell in cells))
    console().print(table)
    if problem := days_by_hand.why_damaged(chosen.data_dir):
        console().print(Text(reasons.say(problem, language), "yellow"))
    if problem := why_holidays_unknown(chosen.now().date()):
        console().print(Text(reasons.say(problem, language), "yellow"))


def _take_notes(chosen: settings.Settings) -> None:
    """Have the ledger take what was just left in the spool; while it can't be opened, a worker does it later."""
    with suppress(LedgerError), Ledger(chosen.data_dir, create=False, patience=2.0) as ledger:
        spool_import.take(ledger, chosen.data_dir)
