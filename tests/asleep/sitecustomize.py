"""On the path of a test's processes: the machine 'slept' for as many seconds as the file $SLEPT says.

A sleep of the host moves the wall clock and the time since boot, not the monotonic clock.
"""

import os
from datetime import datetime, timedelta, tzinfo
from pathlib import Path

if os.environ.get("SLEPT") and os.environ.get("DAYBREAK_INI"):
    from worker import clock

    FILE = Path(os.environ["SLEPT"])
    WALL, SINCE_BOOT = clock.wall, clock.since_boot

    def _seconds() -> float:
        try:
            return float(FILE.read_text(encoding="ascii"))
        except (OSError, ValueError):
            return 0.0

    def _wall(zone: tzinfo) -> datetime:
        return WALL(zone) + timedelta(seconds=_seconds())

    def _since_boot() -> float:
        return SINCE_BOOT() + _seconds()

    clock.wall, clock.since_boot = _wall, _since_boot
