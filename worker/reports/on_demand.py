"""A report that is asked for by hand."""

from datetime import date
from pathlib import Path

from worker.config.settings import Settings
from worker.errors import DaybreakError, LedgerError
from worker.i18n import message
from worker.i18n.language import Language
from worker.reports.builder import Builder, Printed
from worker.reports.records import Records
from worker.runtime import time_words

#: Longest wait for a ledger that another program keeps to itself (seconds).
PATIENCE = 5.0


def make(
    settings: Settings, what: str, day: date | None, language: Language | None, *, folder: Path | None = None
) -> Printed:
    """Make the report of a day, week, month or FROM..TO. Raises DaybreakError that says what to write instead."""
    wanted = day or settings.now().date()
    span = _span(what) if ".." in what else None
    try:
        with Records(settings.data_dir, create=False, patience=PATIENCE) as records:
            builder = Builder(settings, records, language=language, folder=folder)
            if span is not None:
                return builder.span(*span)
            if what == "day":
                return builder.day(wanted)
            if what == "week":
                return builder.week(wanted)
            if what == "month":
                return builder.month(wanted)
    except LedgerError as error:
        if "locked" not in str(error):
            raise
        raise DaybreakError(
            message(
                "making a report: another program keeps the ledger {path} to itself. Close that program (a database "
                "browser, a copy under way) and try again",
                path=str(settings.data_dir / "ledger.db"),
            )
        ) from error
    raise DaybreakError(
        message(
            "making a report of {what}: write day, week, month, or two days like 2026-11-02..2026-11-06",
            what=repr(what),
        )
    )


def _span(what: str) -> tuple[date, date]:
    first, _, last = what.partition("..")
    return time_words.day(first, what="FROM"), time_words.day(last, what="TO")
