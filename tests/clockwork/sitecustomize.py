"""On the path of a test's processes: their clocks go as the files say that their environment names.

$SLEPT, in seconds: the machine 'slept', which moves the wall clock and the time since boot, not the monotonic clock.
$AHEAD, in seconds: somebody set the wall clock, and nothing else. $HURRY: waits that only spare the machine are short.
$LASTS, in seconds and no file: what fails for so long lasts, and is told.
"""

import os
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

if os.environ.get("DAYBREAK_INI") and {"SLEPT", "AHEAD", "HURRY"} & set(os.environ):
    from worker.runtime import clock, moment

    WALL, SINCE_BOOT = clock.wall, clock.since_boot

    def _seconds(name: str) -> float:
        try:
            return float(Path(os.environ[name]).read_text(encoding="ascii"))
        except (KeyError, OSError, ValueError):
            return 0.0

    def _wall(zone: tzinfo) -> datetime:
        return WALL(zone) + timedelta(seconds=_seconds("SLEPT") + _seconds("AHEAD"))

    def _since_boot() -> float:
        return SINCE_BOOT() + _seconds("SLEPT")

    class _Time:
        """The wall clock in seconds since 1970, for what compares it with the time since boot."""

        @staticmethod
        def time() -> float:
            return _wall(UTC).timestamp()

    clock.wall, clock.since_boot = _wall, _since_boot
    vars(moment)["time"] = _Time
    if os.environ.get("HURRY"):
        from worker.reports import scheduler
        from worker.runtime import child_process
        from worker.schedule import loop

        loop.BEAT_EVERY, child_process.PAUSE, scheduler.LOOK_EVERY = 0.1, 0.2, 0.5
    if os.environ.get("LASTS"):
        from worker.runtime import chores

        chores.LASTS = float(os.environ["LASTS"])
