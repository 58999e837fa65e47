"""The chores between two cycles: readings that grow old, holidays not known yet, old evidence, metrics."""

import logging
from contextlib import suppress
from datetime import date, datetime, time, timedelta

from worker.admin import retention
from worker.config.settings import Settings
from worker.i18n import message
from worker.ledger.ledger import Ledger
from worker.payments.payment import WINDOW
from worker.runtime import posting_freeze
from worker.schedule import calendar
from worker.schedule.library_age import why_holidays_unknown
from worker.status import metrics

log = logging.getLogger(__name__)

#: Time before rows may leave the list unread at which an alarm is raised.
WARNING_TIME = timedelta(days=3)

#: The cause of that alarm, and the fact in it that says from when on rows can be gone.
GAP, LEAVES = "gap in the list", "leaves"

#: The cause of the alarm that an upgrade was interrupted.
UPGRADE = "upgrade"

#: A day shows by noon what kind it is.
NOON = time(12, 5)

#: Since when a list that was empty must have been read to say something of a day.
LATELY = timedelta(hours=2)

#: A day off has fewer payments than this by noon.
BUSY = 3

#: The note in the ledger with the days of which that was told.
ODD_DAYS = "odd_days"

#: Interval at which a lasting problem is written down again; its alarm stays open meanwhile.
AGAIN = timedelta(minutes=30)


class Upkeep:
    """The chores of one worker on one ledger. All of them raise nothing but LedgerError."""

    def __init__(self, settings: Settings, ledger: Ledger) -> None:
        self._settings = settings
        self._ledger = ledger
        self._day: date | None = None
        self._gap_told: datetime | None = None
        #: The day that was looked at last for what a day of its kind has not.
        self._odd_day: date | None = None
        self._upgrade_told = any(one.cause == UPGRADE for one in ledger.alarms())
        #: An alarm of this early kind is open, perhaps raised by the worker before. A cycle's own report is another.
        self._is_gap_open = any(one.cause == GAP and LEAVES in one.facts for one in ledger.alarms())

    def look(self, last_good: datetime | None) -> None:
        """Do what is due. `last_good`: when the last complete reading was, if there was one."""
        now = self._settings.now()
        self._watch_the_gap(now, last_good)
        self._watch_the_days(now)
        self._watch_the_upgrade(now)
        if self._day != now.date():
            self._day = now.date()
            self._watch_the_holidays(now)
            self._prune(now)

    def after_cycle(self) -> None:
        """Write the metrics; a disk that takes none costs the metrics only."""
        with suppress(OSError):
            metrics.write(self._settings.data_dir / metrics.NAME, self._ledger)

    def _watch_the_gap(self, now: datetime, last_good: datetime | None) -> None:
        """Raise an alarm three days before rows can leave the list unread, also when no cycle can run."""
        if last_good is None or now - last_good <= WINDOW - WARNING_TIME:
            if self._is_gap_open:
                self._ledger.end_alarm(GAP, at=now)
            self._is_gap_open, self._gap_told = False, None
            return
        if self._gap_told is not None and timedelta(0) <= now - self._gap_told < AGAIN:
            return
        first = self._gap_told is None
        self._is_gap_open, self._gap_told = True, now
        zone = self._settings.zone
        leaves = (last_good + WINDOW).astimezone(zone)
        at, days, since = f"{last_good.astimezone(zone):%Y-%m-%d %H:%M}", str(WINDOW.days), f"{leaves:%Y-%m-%d %H:%M}"
        what = (
            message(
                "the last complete reading was at {at}, and the list keeps a row for {days} days: rows can leave it "
                "unread from {since} on. Get a cycle to run",
                at=at,
                days=days,
                since=since,
            )
            if now < leaves
            else message(
                "the last complete reading was at {at}, and the list keeps a row for {days} days: rows may have left "
                "it unread from {since} on. Get a cycle to run",
                at=at,
                days=days,
                since=since,
            )
        )
        if first:
            log.error("%s: %s", GAP, what)
        facts = {"last_good": last_good.isoformat(), LEAVES: leaves.isoformat()}
        self._ledger.raise_alarm(GAP, what, at=now, facts=facts)

    def _watch_the_days(self, now: datetime) -> None:
        """Tell it when a day looks like another kind of day: a work day without a row until noon, a day off with some.

        A calendar that lacks a holiday, or has one too many, shows itself so on the very day.
        """
        local = now.astimezone(self._settings.zone)
        if self._settings.demo or local.time() < NOON or self._odd_day == local.date():
            return
        self._odd_day = today = local.date()
        told = self._ledger.note(ODD_DAYS).split()
        # No cycle may have run on a day off: what was paid then is listed on the days after it.
        for day in (today - timedelta(days=back) for back in range(WINDOW.days, -1, -1)):
            if day.isoformat() not in told and (what := self._why_odd(day, today, now)):
                self._ledger.raise_alarm("odd day", what, at=now)
                told.append(day.isoformat())
        self._ledger.set_note(ODD_DAYS, " ".join(told[-WINDOW.days - 1 :]))

    def _why_odd(self, day: date, today: date, now: datetime) -> str:
        """Say in what a day is not what the calendar says, or return an empty text."""
        start = datetime.combine(day, time(), self._settings.zone)
        if not calendar.is_day_off(day, self._settings.schedule):
            # Only of today: what was listed earlier was looked at then.
            # A machine that did not run in the hours before knows nothing of them.
            if day != today or self._ledger.most_listed(max(start, now - LATELY), now) != 0:
                return ""
            return message(
                "the payment list was empty until noon of {day}, a work day: is it a holiday? If so: daybreak schedule "
                "--close",
                day=f"{day}",
            )
        count = self._ledger.paid(start, start + timedelta(days=1))
        if calendar.hours(day, self._settings.schedule) is None or count < BUSY:
            return ""
        if day == today:
            return message(
                "{count} payments were made on {day}, which counts as a day off: is it one? If not: daybreak "
                "schedule --open",
                count=count,
                day=f"{day}",
            )
        return message(
            "{count} payments were made on {day}, which counted as a day off, so they were read later: is the calendar "
            "the right one? See HOLIDAYS and EXTRA_DAYS_ON",
            count=count,
            day=f"{day}",
        )

    def _watch_the_upgrade(self, now: datetime) -> None:
        """Raise an alarm for an upgrade that was interrupted: nothing is posted meanwhile."""
        problem = posting_freeze.why(now) if posting_freeze.is_interrupted(now) else ""
        if problem and not self._upgrade_told:
            log.error("%s", problem)
            self._ledger.raise_alarm(UPGRADE, problem, at=now)
        elif self._upgrade_told and not problem:
            self._ledger.end_alarm(UPGRADE, at=now)
        self._upgrade_told = bool(problem)

    def _watch_the_holidays(self, now: datetime) -> None:
        problem = "" if self._settings.demo else why_holidays_unknown(now.date())
        if problem:
            log.warning("%s", problem)
            self._ledger.raise_alarm("holidays", problem, at=now)
        else:
            self._ledger.end_alarm("holidays", at=now)

    def _prune(self, now: datetime) -> None:
        """Once a day. Evidence that can't be removed stays until the next day."""
        done = retention.prune(
            self._settings.data_dir / "evidence",
            today=now.date(),
            days=self._settings.retention.keep_evidence_days,
            most=self._settings.retention.keep_evidence_mb * 1_000_000,
            needed=self._ledger.cycles_with_evidence_needed(),
        )
        if done.folders:
            log.info("old evidence is removed: %s folders, %.1f MB", done.folders, done.size / 1e6)
        if done.over > 0:
            log.warning(
                "the evidence takes %.1f MB more than KEEP_EVIDENCE_MB: what waits for a person is never removed",
                done.over / 1e6,
            )
