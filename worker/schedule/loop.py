"""The always-on loop: wait for the next start, run one cycle, and again, until asked to stop. It knows no ERP."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from worker.runtime.heartbeat import Phase
from worker.runtime.stop import HeartbeatWriter, Stop
from worker.schedule import calendar

log = logging.getLogger(__name__)

#: While the worker waits: interval of its beats, and the time within which it promises the next one (seconds).
BEAT_EVERY, WAITING_PATIENCE = 5.0, 10.0

#: A start that is later than this was missed, not delayed.
LATE = timedelta(minutes=2)

#: Waits after failed cycles, one after the other; the last one counts for all later failures.
TRY_AGAIN_AFTER = (timedelta(minutes=5), timedelta(minutes=15))

#: How long the one cycle of a day off is tried again.
TRY_ON_A_DAY_OFF_FOR = timedelta(hours=6)


class Outcome(StrEnum):
    """How a cycle ended."""

    RAN = "ran"
    FAILED = "failed"  # the ERP's fault, or a person must look: the worker is not sick
    SKIPPED = "skipped"  # nothing was due
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What matters of earlier cycles for the next start."""

    #: When the last complete cycle started, or None.
    last_good: datetime | None = None
    #: When the last failed cycle since then ended, and how many failed in a row.
    failed_at: datetime | None = None
    failures: int = 0
    #: When a cycle that could only look something up is to be followed by the next one, or None.
    again_at: datetime | None = None


def next_start(now: datetime, plan: calendar.Plan, past: Past) -> tuple[datetime, calendar.Slot] | None:
    """Return when to run next and for which slot; a time that has passed means at once. None: nothing within 60 days.

    A slot missed while the worker was away is made up at once in business hours. After a failure the ERP is tried again
    sooner than the next slot, but only in business hours, and for a while after the one slot of a day off.
    """
    coming = calendar.next_slot(now, plan)
    missed = calendar.last_slot(now, plan)

    def may_try(at: datetime) -> bool:
        if missed is not None and missed.only_if_stale and past.failed_at is not None:
            return missed.at <= past.failed_at and at < missed.at + TRY_ON_A_DAY_OFF_FOR
        return calendar.is_open(at, plan)

    if past.again_at is not None and missed is not None:
        again = max(past.again_at, now)
        if may_try(again) and (coming is None or again < coming.at):
            return again, missed
        return (coming.at, coming) if coming else None
    if past.failures and past.failed_at is not None and may_try(now):
        wait = TRY_AGAIN_AFTER[min(past.failures, len(TRY_AGAIN_AFTER)) - 1]
        again = max(past.failed_at + wait, now)
        if missed is not None and (coming is None or again < coming.at) and may_try(again):
            return again, missed
        return (coming.at, coming) if coming else None
    is_due = missed is not None and (past.last_good is None or past.last_good < missed.at)
    if missed is not None and is_due and calendar.is_open(now, plan):
        return now, missed
    return (coming.at, coming) if coming else None


def run(
    *,
    stop: Stop,
    heart: HeartbeatWriter,
    now: Callable[[], datetime],
    plan: calendar.Plan,
    past: Callable[[], Past],
    run_cycle: Callable[[calendar.Slot], Outcome],
    idle: Callable[[], None],
    asked: Callable[[], calendar.Slot | None],
) -> None:
    """Run for ever. `idle` is called before each beat of a wait: small chores that need no browser.

    `asked` returns the cycle that a person wants now, once, or None.
    """
    while not stop.requested:
        known = past()
        found = next_start(now(), plan, known)
        start, slot = found if found else (now() + timedelta(hours=1), None)
        heart.next_cycle = start if found else None
        phase = Phase.WAITING_FOR_ERP if known.failures else Phase.WAITING
        while (left := (start - now()).total_seconds()) > 0:
            idle()
            heart.beat(phase, patience=WAITING_PATIENCE)
            if stop.wait(min(left, BEAT_EVERY)):
                return
            if (wanted := asked()) is not None:
                start, slot = now(), wanted
                break
            # The clock may have been set back, or somebody closed or opened a day: then something else is due.
            at = now()
            if at < start and next_start(at, plan, known) != found:
                slot = None
                break
        # After a sleep of the host, what is due now is asked anew.
        if slot is not None and now() - start < LATE:
            run_cycle(slot)
