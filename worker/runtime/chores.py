"""The chores between two cycles: each on its own, each failure logged once, and told if it lasts."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from worker.errors import DaybreakError, StopRequested, Superseded
from worker.i18n import message
from worker.runtime import clock

log = logging.getLogger(__name__)

#: Time after which a chore that keeps failing raises an alarm (seconds).
LASTS = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Chore:
    """One thing to look after; `do` is quick, and may raise any of daybreak's errors or OSError."""

    name: str
    do: Callable[[], object]


@dataclass(slots=True, kw_only=True)
class _Failing:
    since: float
    said: str
    is_told: bool = False


class Chores:
    """Runs a table of chores; one that fails costs the others nothing."""

    def __init__(self, table: Sequence[Chore], *, tell: Callable[[str], None], mended: Callable[[], None]) -> None:
        """`tell` has people told a sentence; `mended` is called once nothing fails any more."""
        self._table = table
        self._tell = tell
        self._mended = mended
        self._failing: dict[str, _Failing] = {}
        #: True while people think that something fails: at first the worker before may have told them.
        self._is_told = True

    def run(self) -> None:
        """Do every chore once. Raises StopRequested and Superseded, which are no failures."""
        for chore in self._table:
            try:
                chore.do()
            except (StopRequested, Superseded):
                raise
            except (DaybreakError, OSError) as error:
                self._failed(chore.name, f"{error}")
            else:
                if self._failing.pop(chore.name, None) is not None:
                    log.info("%s: goes well again", chore.name)
        if self._is_told and not self._failing:
            try:
                self._mended()
            except (DaybreakError, OSError) as error:
                log.warning("noting that everything goes well again: %s; it is noted later", error)
            else:
                self._is_told = False

    def _failed(self, name: str, error: str) -> None:
        known = self._failing.get(name)
        if known is None:
            known = self._failing[name] = _Failing(since=clock.ticks(), said="")
        if known.said != error:
            known.said = error
            log.error("%s failed: %s", name, error)
        lasted = clock.ticks() - known.since
        if not known.is_told and lasted >= LASTS:
            minutes = int(lasted // 60)
            known.is_told = self._is_told = True
            self._tell(
                message("{chore} has been failing for {minutes} min: {error}", chore=name, minutes=minutes, error=error)
            )
