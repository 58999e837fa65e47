"""What the worker itself has people told of: cycles that fail, a full disk, a day without payments; and the sender.

Nothing here waits for the network: the sender is a process of its own.
"""

import logging
from collections.abc import Mapping
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from worker.alerts import lateness, notifications
from worker.config.channels import Channels
from worker.errors import (
    AccountInUse,
    ErpChanged,
    LedgerError,
    NotAdopted,
    ProofFailed,
    SettingsError,
    SettingsRefused,
    SignInRefused,
)
from worker.i18n import message, said_by, stored
from worker.ledger.journal import Journal
from worker.ledger.ledger import Ledger
from worker.runtime import clock, disks, spool
from worker.runtime.child_process import Errand, overdue
from worker.runtime.disks import ENOUGH_DISK, LOW_DISK
from worker.runtime.spool import NoteKind
from worker.schedule import calendar

log = logging.getLogger(__name__)

#: Interval of looks at the disk (seconds).
DISK_EVERY = 60.0

#: Interval at which one cause is left in the spool while no ledger takes it (seconds).
SPOOL_EVERY = 3600.0

#: Failed cycles in a row that raise an alarm.
IN_A_ROW = 3

#: Earlier days of the same weekday with payments that are needed before an empty day is reported.
WEEKDAYS = 4

#: What a good cycle proves to be over.
ENDED_BY_SUCCESS = (
    "cycles fail", "crash loop", "settings", "layout", "password", "account in use", "ledger", "adoption",
)  # fmt: skip

#: A day whose last hours were not read says nothing of its payments.
LAST_HOURS = timedelta(hours=2)

#: The note in the ledger with the day whose payments were counted last.
COUNTED = "payments_counted"


def cause_of_failure(error: BaseException | None, failures: int) -> str:
    """Return the cause under which people are told of a failed cycle, or "" if they are not (yet)."""
    named: Mapping[type[BaseException], str] = {
        ErpChanged: "layout",
        SignInRefused: "password",
        AccountInUse: "account in use",
        SettingsError: "settings",
        SettingsRefused: "settings",
        NotAdopted: "adoption",
        ProofFailed: "",  # the cycle has told it, with the sums
        LedgerError: "ledger",
    }
    for kind, cause in named.items():
        if isinstance(error, kind):
            return cause
    return "cycles fail" if failures >= IN_A_ROW else ""


def why_no_payments(journal: Journal, plan: calendar.Plan, now: datetime) -> str:
    """Say that a work day that is over had no new payment although its weekday always has some; else nothing.

    A day on which the list could never be read says nothing about payments.
    """
    today = now.astimezone(plan.zone).date()
    listed = _new_on(journal, plan, today)
    if listed is None or listed:
        return ""
    before = [day for week in range(1, 9) if not calendar.is_day_off(day := today - timedelta(weeks=week), plan)]
    counts = [_new_on(journal, plan, day) for day in before[:WEEKDAYS]]
    if len(counts) < WEEKDAYS or not all(counts):
        return ""
    return message(
        "no new payment was listed on {day}; the last {count} such weekdays had {counts}",
        day=str(today),
        count=str(WEEKDAYS),
        counts=_listed(counts),
    )


def _listed(counts: list[int | None]) -> str:
    return ", ".join(str(count) for count in counts)


def _new_on(journal: Journal, plan: calendar.Plan, day: date) -> int | None:
    """Return how many payments were listed for the first time on a local day, or None if nothing could be read."""
    start = datetime.combine(day, time(), plan.zone)
    return journal.new_payments(start, start + timedelta(days=1))


class Alerts:
    """One worker's alarms. Takes the ledger at each call: there may be none, and then the spool serves."""

    def __init__(self, data: Path, channels: Channels, plan: calendar.Plan, *, posts: bool = True) -> None:
        self._data = data
        self._channels = channels
        self._plan = plan
        self._posts = posts
        self._errand = Errand("worker.alerts.sender", environment={"DATA_DIR": str(data)})
        self._is_first = True
        self._disk_at = 0.0
        self._reminded = 0.0
        self._spooled: dict[str, float] = {}

    def close(self) -> None:
        """Give a sender under way a moment."""
        self._errand.close()

    def tell(
        self, ledger: Ledger | None, cause: str, what: str, *, at: datetime, facts: Mapping[str, object] | None = None
    ) -> None:
        """Raise an alarm; where no ledger takes it, leave it in the spool; where no disk does, have it sent at once."""
        if ledger is not None:
            try:
                ledger.raise_alarm(cause, what, at=at, facts=facts)
            except LedgerError as error:
                log.error("%s", error)
            else:
                return
        if clock.ticks() - self._spooled.get(cause, -SPOOL_EVERY) < SPOOL_EVERY:
            return
        self._spooled[cause] = clock.ticks()
        more: dict[str, Any] = dict(facts or {})
        if not spool.put(self._data, NoteKind.ALERT, at=at, text=what, by="worker", cause=cause, **more):
            Errand("worker.alerts.sender", "--direct", cause, environment={"DATA_DIR": str(self._data)}).run(
                stored(what)
            )

    def failed(
        self, ledger: Ledger | None, error: BaseException | None, failures: int, *, at: datetime, evidence: Path
    ) -> None:
        """Note that a cycle failed, for so many times in a row."""
        cause = cause_of_failure(error, failures)
        if cause and error is not None:
            facts = {"failures": failures, **({"evidence": str(evidence)} if evidence.exists() else {})}
            self.tell(ledger, cause, said_by(error), at=at, facts=facts)

    def ran(self, ledger: Ledger, *, at: datetime) -> None:
        """Note that a cycle went well."""
        with suppress(LedgerError):
            for cause in ENDED_BY_SUCCESS:
                ledger.end_alarm(cause, at=at)

    def undelivered(self, ledger: Ledger | None, *, at: datetime) -> str:
        """Say since when people can't be told, and why, or return an empty text."""
        if ledger is None:
            return ""
        with suppress(LedgerError):
            late = notifications.overdue(ledger, self._channels, at=at)
            if late:
                since = f"{late[0].at.astimezone(self._plan.zone):%Y-%m-%d %H:%M}"
                return message(
                    "{count} messages can't be delivered since {since}: {error}",
                    count=str(len(late)),
                    since=since,
                    error=late[0].error,
                )
        return ""

    def look(self, ledger: Ledger | None, *, at: datetime) -> None:
        """Look at the disk, and at the end of a day for its payments; start the sender when something is due."""
        if ledger is not None and clock.ticks() - self._disk_at >= DISK_EVERY:
            self._disk_at = clock.ticks()
            self._look_at_disk(ledger, at)
            self._count_payments(ledger, at)
            if self._posts:
                lateness.look(ledger, self._plan, at=at)
            notifications.close_over(ledger, self._channels, at=at)
        if self._channels.names and self._is_due(ledger, at):
            self._errand.run()

    def _look_at_disk(self, ledger: Ledger, at: datetime) -> None:
        found = disks.below(self._data)
        if not found:
            return
        fullest = min(found, key=lambda one: one.free)
        if fullest.free > ENOUGH_DISK:
            ledger.end_alarm("disk", at=at)
        elif fullest.free < LOW_DISK and not any(one.cause == "disk" for one in ledger.alarms()):
            free = str(fullest.free // 1024**2)
            what = message("{free} MB are free where {folder} lies", free=free, folder=str(fullest.place))
            self.tell(ledger, "disk", what, at=at)

    def _count_payments(self, ledger: Ledger, at: datetime) -> None:
        """Once a day, when business hours are over."""
        now = at.astimezone(self._plan.zone)
        day = now.date()
        if self._plan.demo or calendar.is_day_off(day, self._plan) or calendar.is_open(now, self._plan):
            return
        times = [one.at for one in calendar.slots(day, self._plan)]
        if not times or now < times[-1] or ledger.note(COUNTED) == day.isoformat():
            return
        ledger.set_note(COUNTED, day.isoformat())
        if ledger.most_listed(times[-1] - LAST_HOURS, at) is None:
            return  # the machine did not run, or the ERP could not be read: what came in then is not known
        if why := why_no_payments(ledger, self._plan, now):
            self.tell(ledger, "no payments", why, at=at)

    def _is_due(self, ledger: Ledger | None, at: datetime) -> bool:
        if self._is_first:
            self._is_first = False
            return True
        if ledger is None:
            return next(spool.waiting(self._data), None) is not None
        if overdue(self._data, at) is not None and clock.ticks() - self._reminded >= DISK_EVERY:
            self._reminded = clock.ticks()
            return True
        return notifications.is_due(
            ledger,
            self._channels,
            at=at,
            is_off=lambda day: calendar.is_day_off(day, self._plan),
            reminds=calendar.silence_at(at, self._plan) is None,
        )
