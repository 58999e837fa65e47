"""`daybreak schedule`."""

import json
from datetime import timedelta
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from worker.cli.options import By, Why, who
from worker.cli.output import console, print_text
from worker.config import loading
from worker.errors import DaybreakError
from worker.i18n import message, reasons
from worker.operations import days as operations
from worker.runtime import time_words
from worker.schedule import agenda


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
    why: Why = "",
    by: By = "",
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
        (day,) = changed
        change = operations.undo if undo is not None else operations.open_ if close is None else operations.close
        change(chosen, day, why=why, by=who(by))
        if not first <= day < first + timedelta(days=days):
            first = day - timedelta(days=day.weekday())  # show the week that was changed
            days = 7
    found = operations.listed(chosen, first, days, language=language)
    if as_json:
        print_text(json.dumps([one.as_dict() for one in found.days], ensure_ascii=False, indent=1))
        return
    table = Table(box=None, padding=(0, 2, 0, 0))
    for title in agenda.TITLES:
        table.add_column(title(language))
    for one in found.days:
        cells = agenda.cells(one, language)
        table.add_row(*(Text(cell, "dim" if one.off else "") for cell in cells))
    console().print(table)
    for problem in found.problems:
        console().print(Text(reasons.say(problem, language), "yellow"))
