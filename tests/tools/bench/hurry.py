"""Worker and guards that never pause between two looks: a week at rest takes minutes.

What is due by the clock (a page every minute, a chore every day) comes as often as ever; each look, beat and question
to circusd is the real one. Each process leaves in `hurried-NAME.txt` of the data folder how many looks it has made.
"""

import sys
from collections.abc import Mapping
from pathlib import Path

from hooks.guards import guard
from hooks.guards.guard import Guard
from hooks.heartbeat import HeartbeatCheck
from hooks.recycle import DailyRecycle
from worker.__main__ import main
from worker.runtime.heartbeat import Phase
from worker.runtime.stop import HeartbeatWriter
from worker.schedule import loop

#: So many looks lie between two notes of their number.
NOTED_EVERY = 200

#: A hurried guard looks again after so long (seconds): its loop needs a while for its other work.
PAUSE = 0.001


class Counter:
    """Counts the looks of one process."""

    def __init__(self, folder: Path, name: str) -> None:
        self._path = counted_in(folder, name)
        self._count = 0

    def add(self) -> None:
        """Count one more."""
        self._count += 1
        if self._count % NOTED_EVERY == 0:
            self._path.write_text(f"{self._count}", encoding="ascii")


def counted_in(folder: Path, name: str) -> Path:
    """Return where a process notes its number."""
    return folder / f"hurried-{name}.txt"


class Hurried(Guard):
    """A guard that beats and looks at the other one at every look."""

    def take_options(self, written: Mapping[str, str]) -> None:
        super().take_options(written)
        guard.BEAT_EVERY = 0.0
        self.every, self._looks = PAUSE, Counter(self.data, self.name)

    def look(self) -> None:
        super().look()
        self._looks.add()


class HurriedHeartbeatCheck(Hurried, HeartbeatCheck):
    """plugin:heartbeat, hurried."""


class HurriedDailyRecycle(Hurried, DailyRecycle):
    """plugin:recycle, hurried."""


if __name__ == "__main__":
    loop.BEAT_EVERY = 0.0
    looks = Counter(Path("var"), "worker")
    beat = HeartbeatWriter.beat

    def counted(self: HeartbeatWriter, phase: Phase, *, patience: float, step: str = "") -> None:
        beat(self, phase, patience=patience, step=step)
        looks.add()

    HeartbeatWriter.beat = counted  # type: ignore[method-assign]
    sys.exit(main())
