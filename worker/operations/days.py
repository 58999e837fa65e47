"""The calendar: which days are off, and a day that somebody closes, opens, or gives back to the calendar."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import date

from worker.alerts import spool_import
from worker.config import day_overrides
from worker.config.day_overrides import DayOverride
from worker.config.settings import Settings
from worker.errors import DaybreakError, LedgerError
from worker.i18n import message
from worker.i18n.language import Language
from worker.ledger.ledger import Ledger
from worker.schedule import agenda
from worker.schedule.agenda import Day
from worker.schedule.library_age import why_holidays_unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """Some days of the calendar."""

    days: tuple[Day, ...]
    #: What is wrong with the calendar, a sentence each: days by hand that can't be read, holidays that are not known.
    problems: tuple[str, ...]


def listed(settings: Settings, first: date, count: int, *, language: Language) -> Days:
    """Return so many days in order, with their hours, cycles and names."""
    problems = (day_overrides.why_damaged(settings.data_dir), why_holidays_unknown(settings.now().date()))
    return Days(
        days=tuple(agenda.days(first, count, settings.schedule, language)),
        problems=tuple(one for one in problems if one),
    )


def close(settings: Settings, day: date, *, why: str, by: str) -> None:
    """Make a day a day off, in force at the next slot.

    Raises DaybreakError in the demo, for a day that has passed, without a reason, and where the disk takes no write.
    """
    _say(settings, day, DayOverride(closed=True, why=why.strip(), by=by))


def open_(settings: Settings, day: date, *, why: str, by: str) -> None:
    """Make a day a work day, in force at the next slot. Raises DaybreakError as `close` does."""
    _say(settings, day, DayOverride(closed=False, why=why.strip(), by=by))


def undo(settings: Settings, day: date, *, why: str = "", by: str) -> None:
    """Give a day back to the calendar. Raises DaybreakError where nobody closed or opened it by hand."""
    _demand_real(settings)
    day_overrides.undo(settings.data_dir, day, by=by, why=why, now=settings.now())
    _take_notes(settings)


def _say(settings: Settings, day: date, said: DayOverride) -> None:
    _demand_real(settings)
    day_overrides.say(settings.data_dir, day, said, now=settings.now())
    _take_notes(settings)


def _demand_real(settings: Settings) -> None:
    if settings.demo:
        raise DaybreakError(message("changing the schedule: the demo works at any hour of any day; set ERP_URL first"))


def _take_notes(settings: Settings) -> None:
    """Have the ledger take what was just left in the spool; while it can't be opened, a worker does it later."""
    with suppress(LedgerError), Ledger(settings.data_dir, create=False, patience=2.0) as ledger:
        spool_import.take(ledger, settings.data_dir)
