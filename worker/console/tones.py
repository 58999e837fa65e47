"""How the days of a month went, as the calendar of reports shows it."""

from collections.abc import Mapping
from datetime import date

from worker.console import months
from worker.runtime import clock
from worker.status.verdict import Tone

#: Time after which the tones of days are looked up anew: of this month, and of a month that is over (seconds).
FRESH_S, FRESH_OVER_S = 60.0, 900.0

#: Months that are remembered.
MOST_KEPT = 12


class Tones:
    """How the days of some months went, kept for a while: a look takes up to a second."""

    def __init__(self) -> None:
        self._kept: dict[date, tuple[float, Mapping[date, Tone]]] = {}

    def of(self, first: date) -> Mapping[date, Tone]:
        """Return how the days of a month went. Raises DaybreakError. Not for the event loop's thread."""
        from worker.config import loading
        from worker.operations import day_tones

        chosen, days = loading.load(), months.days(first)
        kept = self._kept.get(first)
        is_over = days[-1] < chosen.now().date()
        if kept is not None and clock.ticks() - kept[0] < (FRESH_OVER_S if is_over else FRESH_S):
            return kept[1]
        found = day_tones.tones(chosen, days)
        self._kept[first] = (clock.ticks(), found)
        while len(self._kept) > MOST_KEPT:
            del self._kept[next(iter(self._kept))]
        return found
