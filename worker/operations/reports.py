"""Reports and exports that somebody asks for. They read the ledger and mail nothing."""

import calendar
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from worker.config.settings import Settings
from worker.errors import DaybreakError, LedgerError
from worker.i18n import message, said_by
from worker.i18n.language import Language
from worker.ledger.ledger import Ledger
from worker.runtime import time_words

if TYPE_CHECKING:
    from worker.reports.builder import Printed
    from worker.reports.export.on_demand import Exported
    from worker.reports.incidents import Report


class Period(StrEnum):
    """What a report is about; any other days are written FROM..TO."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """The workbook of a month."""

    path: Path
    #: The days whose totals differ from their daily reports: none, unless the ledger was tampered with.
    different: tuple[date, ...]


def report(
    settings: Settings,
    what: str,
    *,
    day: date | None = None,
    language: Language | None = None,
    folder: Path | None = None,
) -> "Printed":
    """Make the report of a day, a week, a month (Period) or FROM..TO; return its page and its text.

    `day`: a day of it; None: today. `folder`: where its page goes; None: reports/ in the data folder. Raises
    DaybreakError that says what to write instead.
    """
    from worker.reports import on_demand  # jinja2 and pygal only for this

    return on_demand.make(settings, what, day, language, folder=folder)


def export(
    settings: Settings, first: str, last: str, *, folder: Path | None = None, language: Language | None = None
) -> "Exported":
    """Write payments, deposits, totals and moves of days or months as CSV and xlsx into a new folder.

    `folder`: the one above it; None: exports/ in the data folder. Raises DaybreakError that says what to write instead.
    """
    from worker.reports.export import on_demand  # openpyxl only for this

    return on_demand.make(settings, first, last, folder=folder, language=language)


def month_sheet(
    settings: Settings, month: date, *, folder: Path | None = None, language: Language | None = None
) -> Sheet:
    """Write the workbook of the month that holds a day, up to today in the month under way. Raises DaybreakError."""
    last = month.replace(day=calendar.monthrange(month.year, month.month)[1])
    made = export(settings, f"{month:%Y-%m}-01", f"{last}", folder=folder, language=language)
    return Sheet(path=made.folder / "daybreak.xlsx", different=made.different)


def analyze(settings: Settings, since: str, until: str, *, folder: Path | None = None) -> "Report":
    """Return what went wrong between two times. `folder`: logs of ours or of the script before; None: our own.

    Raises DaybreakError for times out of order and a folder that is none.
    """
    from worker.reports import incidents

    now = settings.now()
    first = time_words.moment(since, what="FROM", now=now, is_end=False)
    last = time_words.moment(until, what="TO", now=now)
    if first >= last:
        raise DaybreakError(message("reading FROM and TO: {since} is not before {until}", since=since, until=until))
    if folder is not None and not folder.is_dir():
        raise DaybreakError(message("reading the logs: {folder} is no folder", folder=str(folder)))
    with ExitStack() as held:
        ledger, why = None, ""
        try:
            ledger = held.enter_context(Ledger(settings.data_dir, create=False, patience=1.0))
        except LedgerError as error:
            why = said_by(error)
        return incidents.analyze(
            first,
            last,
            ledger=ledger,
            why_no_ledger=why,
            folder=folder or settings.data_dir / "logs",
            plan=settings.schedule,
            now=now,
            language=settings.report_language,
        )
