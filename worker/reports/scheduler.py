"""Has reports made when they are due, in a process of their own: the worker never waits for one."""

import json
from contextlib import suppress
from datetime import datetime, timedelta

from worker.config.settings import Settings
from worker.errors import DaybreakError
from worker.i18n import loaded, message
from worker.ledger.journal import Journal
from worker.reports import due
from worker.reports.due import Due, ReportKind
from worker.runtime import clock
from worker.runtime.child_process import Errand

#: Seconds between two looks at what is due.
LOOK_EVERY = 15.0

#: The notes in the ledger: the last day off that had nothing to tell, by its key, and the last day whose page is final.
QUIET, CLOSED = "report_quiet", "report_closed"

#: The note that holds why the newest run made nothing, or an empty text.
FAILED = "report_failed"

#: The note that holds up to when the latest summaries told: {key: ISO}; and of how many.
TOLD, REMEMBERED = "report_told", 20


def waiting(journal: Journal, settings: Settings, now: datetime) -> list[Due]:
    """Return the reports that are due and were not yet written to be mailed. Raises LedgerError."""
    keys = [key for kind in ReportKind for key in journal.mail_keys(kind)]
    return due.due(
        now,
        settings.schedule,
        keys=keys,
        beginning=journal.beginning(),
        quiet=[journal.note(QUIET)],
        told=told(journal),
    )


def told(journal: Journal) -> dict[str, datetime]:
    """Return up to when the latest summaries told, by key. Raises LedgerError."""
    with suppress(ValueError, AttributeError, TypeError):
        return {key: datetime.fromisoformat(at) for key, at in json.loads(journal.note(TOLD)).items()}
    return {}


def note_told(journal: Journal, one: Due) -> None:
    """Remember up to when a summary tells, before it is written: without its mail this means nothing."""
    known = {**told(journal), one.key: one.until}
    latest = {key: known[key].isoformat() for key in sorted(known)[-REMEMBERED:]}
    journal.set_note(TOLD, json.dumps(latest))


def is_to_be_closed(journal: Journal, now: datetime) -> bool:
    """True while the page of yesterday is not final."""
    beginning = journal.beginning()
    yesterday = now.date() - timedelta(days=1)
    is_known = beginning is not None and beginning.astimezone(now.tzinfo).date() <= yesterday
    return is_known and journal.note(CLOSED) < yesterday.isoformat()


class Scheduler:
    """Starts the process that makes reports. It takes a lock of its own: two make nothing twice."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._errand = Errand("worker.reports", "--due")
        self._looked: float | None = None
        #: Why what is due is not made, or an empty text.
        self._problem = ""

    def look(self, journal: Journal, *, now: datetime) -> None:
        """Start the process if something is due. `now` in TZ.

        Raises LedgerError, and DaybreakError while something is due that the newest run could not make.
        """
        if self._looked is None or clock.ticks() - self._looked >= LOOK_EVERY:
            self._looked = clock.ticks()
            self._problem = ""
            if is_to_be_closed(journal, now) or waiting(journal, self._settings, now):
                self._errand.run()
                self._problem = loaded(journal.note(FAILED)) or self._why_unknown()
        if self._problem:
            raise DaybreakError(self._problem)

    def _why_unknown(self) -> str:
        """Say that a run ended badly without leaving word, or return an empty text."""
        if not self._errand.has_failed():
            return ""
        return message("the program that makes them ended badly: daybreak report says why")

    def close(self) -> None:
        """Give a run under way a moment to end by itself."""
        self._errand.close()
