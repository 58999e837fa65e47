"""How regularly the worker beat: so many beats, and the longest time between two."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

#: An interval above this between two beats of one worker is no good (seconds): off hours one comes every 10 min.
LONGEST = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Beats:
    """The beats of some time. An interval counts between two beats of one worker."""

    count: int = 0
    #: The longest interval (seconds, without the sleep of the machine), and when it ended.
    longest: float = 0.0
    at: datetime | None = None

    def __add__(self, other: "Beats") -> "Beats":
        """Both together."""
        worst = max(self, other, key=lambda one: one.longest)
        return Beats(count=self.count + other.count, longest=worst.longest, at=worst.at)


NO_BEATS = Beats()


def total(parts: Iterable[Beats]) -> Beats:
    """All together."""
    return sum(parts, NO_BEATS)
