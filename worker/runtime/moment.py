"""Which life of the machine it is: a start, or a jump of its clock, may be a snapshot that was taken back.

A snapshot of the whole machine takes every file back, also those that would tell. What it can't take back is the time:
the machine starts anew, or goes on where it was and its clock is set forward.
"""

import time
from dataclasses import dataclass

from worker import clock
from worker.i18n import message
from worker.identity import boot_id

#: Jumps of the clock below this are none (seconds): a clock that is kept by a server is slewed, or set by less.
LEAST_JUMP = 3.0


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
        return message("the clock of the machine was set by {seconds} s", seconds=f"{jump:+,.0f}")


def here() -> Moment:
    """Return this moment."""
    return Moment(boot=boot_id(), offset=time.time() - clock.since_boot())
