"""What a worker that keeps its promises may still not do: eat the memory, never finish, get nothing done."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

import psutil

from worker.i18n import Message, message
from worker.runtime.heartbeat import AT_REST, PHASES, Heartbeat, Phase
from worker.runtime.process_identity import Identity

#: Time from when a cycle was due until something must have got done (seconds).
LATE = 600.0


def memory_of(tree: Iterable[Identity]) -> float:
    """Return the bytes that these processes really hold: shared pages are divided among their users."""
    total = 0.0
    for one in tree:
        try:
            total += psutil.Process(one.pid).memory_full_info().pss
        except (psutil.Error, OSError):
            continue
    return total


def resident(tree: Iterable[Identity]) -> float:
    """Return their resident bytes, shared pages counted again and again: quick, and never too little."""
    total = 0.0
    for one in tree:
        try:
            total += psutil.Process(one.pid).memory_info().rss
        except (psutil.Error, OSError):
            continue
    return total


def interval(settings: Mapping[str, str]) -> float:
    """Return the seconds between two cycles, from the settings; 30 minutes when they are wrong."""
    try:
        return max(1, int(settings.get("INTERVAL_MIN", "30"))) * 60.0
    except ValueError:
        return 1800.0


def why_stuck(beat: Heartbeat, *, ticks: float, now: datetime, interval: float) -> Message | None:
    """Say why a beating worker counts as stuck, or None while it gets on.

    Stuck: a cycle was due more than 10 minutes ago, and for an interval and 10 minutes nothing got done. The wall clock
    and the monotonic one must agree, so that setting a clock invents nothing.
    """
    idle = ticks - beat.progress
    if beat.progress == 0 or idle <= interval + LATE:
        return None
    if beat.phase in AT_REST:
        try:
            due = datetime.fromisoformat(beat.next_cycle)
        except ValueError:
            return None
        if now.timestamp() - due.timestamp() <= LATE:
            return None
    return message(
        "beats but gets nothing done for {span} while {phase}",
        span=str(timedelta(seconds=round(idle))),
        phase=PHASES[beat.phase],
    )


def says_it_waits(beat: Heartbeat) -> bool:
    """True while the worker says that the ERP keeps it waiting: a new worker would wait as well."""
    return beat.phase is Phase.WAITING_FOR_ERP
