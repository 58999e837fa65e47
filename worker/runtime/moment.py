"""Which life of the machine it is: a start, or a jump of its clock, may be a snapshot that was taken back.

A snapshot of the whole machine takes every file back, also those that would tell. What it can't take back is the time:
the machine starts anew, or goes on where it was and its clock is set forward.
"""

import time
from dataclasses import dataclass

from worker.i18n import Message, message
from worker.runtime import clock
from worker.runtime.process_identity import boot_id

#: Jumps of the clock below this are none (seconds): a clock that is kept by a server is slewed, or set by less.
LEAST_JUMP = 3.0

#: Longest time between two looks at the clocks that count as one (seconds), and the tries to get there.
CLOSE, LOOKS = 0.5, 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A start of the machine, and how its wall clock stands."""

    #: The kernel's id of this boot.
    boot: str
    #: The wall clock minus the time since boot, sleep included (seconds): it changes only when the clock is set.
    offset: float

    def __str__(self) -> str:
        return f"{self.boot} {self.offset:.1f}"

    def why_apart(self, before: str) -> str:
        """Say what happened to the machine since a moment, as it was written down, or return an empty text."""
        boot, _, text = before.partition(" ")
        try:
            offset = float(text)
        except ValueError:
            boot, offset = "", 0.0
        if boot != self.boot:
            return message("the machine was started")
        jump = self.offset - offset
        if abs(jump) < LEAST_JUMP:
            return ""
        return put_back(jump)


class Jumps:
    """Notices that the wall clock jumped while no clock that runs since boot moved along with it.

    A machine that sleeps moves the time since boot as well. One that was paused, or put back to a snapshot with its
    memory, did not run at all, and its clock is set afterwards. Looked at every few seconds, a clock that is slewed
    makes no jump.
    """

    def __init__(self) -> None:
        self._offset = _offset()

    def seconds(self) -> float:
        """Return by how much the wall clock has jumped since the last call (seconds, signed); 0 for none."""
        now = _offset()
        jump, self._offset = now - self._offset, now
        return jump if abs(jump) >= LEAST_JUMP else 0.0


def put_back(jump: float) -> Message:
    """Say what a jump of the wall clock (seconds, signed) means."""
    return message("the machine was paused or put back: its clock jumped by {seconds} s", seconds=f"{jump:+,.0f}")


def here() -> Moment:
    """Return this moment."""
    return Moment(boot=boot_id(), offset=_offset())


def _offset() -> float:
    """Return the wall clock less the time since boot (seconds).

    A busy machine may let this process wait between two looks at its clocks: the closest of some looks counts.
    """
    looks = []
    for _ in range(LOOKS):
        before, wall, after = clock.since_boot(), time.time(), clock.since_boot()
        looks.append((after - before, wall - after))
        if after - before < CLOSE:
            break
    return min(looks)[1]
