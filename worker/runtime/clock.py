"""The clocks: the wall's for people, the monotonic one for promises, and one that runs on while the host sleeps."""

import time
from datetime import datetime, tzinfo


def wall(zone: tzinfo) -> datetime:
    """Return the time in a zone. It may be set, forward and back."""
    return datetime.now(zone)


def ticks() -> float:
    """Return seconds on the monotonic clock: one for all processes of a boot, never set, without host sleep."""
    return time.monotonic()


def since_boot() -> float:
    """Return seconds since boot, host sleep included: the clock that process start times are written in."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def slept() -> float:
    """Return how long this machine has slept since boot, in seconds."""
    return since_boot() - ticks()
