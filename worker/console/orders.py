"""What a button of the page has done, by the same functions as the command line: one at a time of each track.

Today's verbs are one track, the other orders the second: a backup of minutes keeps nobody from pausing. A verb may
wait for a minute until a batch has ended; the page does not.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from worker.control import control, requests
from worker.errors import DaybreakError
from worker.i18n import message, said_by
from worker.runtime import clock, desired_state

log = logging.getLogger(__name__)

#: The worker takes a request within its longest slice of waiting; else it is inside a cycle already (seconds).
TAKEN_WITHIN = 12.0

#: The office's own orders: they wait for no other kind.
TODAY = ("run", "pause", "resume")

#: The same order of the same person is the second click of two for so long.
TWO_CLICKS = timedelta(seconds=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One order, under way or done."""

    #: run, pause, resume, restart, channel, backup or rehearse; and of what, a process, a channel or a file.
    what: str
    about: str = ""
    by: str
    at: datetime
    #: For how long, of a pause.
    how: str = ""
    #: What came of it, a message; empty while it is under way.
    outcome: str = ""
    is_well: bool = True


class Orders:
    """The orders of one page."""

    def __init__(self, data: Path, zone: ZoneInfo) -> None:
        self._data = data
        self._zone = zone
        self._lock = threading.Lock()
        #: The last order of each track; True: of today's verbs.
        self._last: dict[bool, Order] = {}

    def last(self, *kinds: str) -> Order | None:
        """Return the last order where it is one of these kinds, all of one track; None: it is none of them."""
        found = self._last.get(kinds[0] in TODAY)
        return found if found is not None and found.what in kinds else None

    def run(self, by: str) -> None:
        """Have the worker run a cycle now. Raises DaybreakError while another order is under way."""
        self.give("run", by, self._run)

    def pause(self, by: str, how_long: str) -> None:
        """Pause the worker, for `1h` or to a time as `daybreak pause` reads it. Raises DaybreakError."""
        now = self._now()
        control.end_of_pause(how_long, now)  # what is no time is said at once
        self.give("pause", by, lambda: self._pause(by, how_long, now), how=how_long)

    def pause_today(self, by: str) -> None:
        """Pause the worker to the end of today. Raises DaybreakError."""
        self.pause(by, f"{self._now():%Y-%m-%d}")

    def resume(self, by: str) -> None:
        """End a pause or a stop. Raises DaybreakError while another order is under way."""
        self.give("resume", by, lambda: self._resume(by))

    def give(self, what: str, by: str, act: Callable[[], str], *, about: str = "", how: str = "") -> None:
        """Begin what has a name in `words.ORDERS`; `act` does it, in a thread, and says what came of it.

        Raises DaybreakError while another order of its track is under way.
        """
        with self._lock:
            track = what in TODAY
            last = self._last.get(track)
            ago = self._now() - last.at if last is not None else timedelta.max
            is_open = last is not None and not last.outcome and ago < timedelta(minutes=5)
            if (
                last is not None
                and (last.what, last.about, last.how, last.by) == (what, about, how, by)
                and (is_open or ago < TWO_CLICKS)
            ):
                return
            if is_open:
                raise DaybreakError(message("another order is under way. Try again in a minute"))
            order = self._last[track] = Order(what=what, about=about, how=how, by=by, at=self._now())
        log.info("%s ordered: %s %s", by, what, about)
        threading.Thread(target=self._act, args=(order, act), name=f"order-{what}", daemon=True).start()

    def _act(self, order: Order, act: Callable[[], str]) -> None:
        try:
            done = replace(order, outcome=act())
        except (DaybreakError, OSError) as error:
            done = replace(order, outcome=said_by(error), is_well=False)
        except Exception:  # an order that trips must not seem to be under way for ever
            log.exception("%s of %s failed", order.what, order.by)
            outcome = message("it failed; see the page's log, console_….log")
            done = replace(order, outcome=outcome, is_well=False)
        log.info("%s of %s: %s", order.what, order.by, done.outcome)
        with self._lock:
            track = order.what in TODAY
            if self._last.get(track) is order:
                self._last[track] = done

    def _run(self) -> str:
        if desired_state.read(self._data).forbids(self._now()):
            raise DaybreakError(message("the worker is paused or stopped: end that first, then process"))
        from worker.config import loading
        from worker.operations import cycles

        cycles.ask(loading.load())
        path, end = self._data / requests.FILE, clock.ticks() + TAKEN_WITHIN
        pause = threading.Event()
        while path.exists() and clock.ticks() < end:
            pause.wait(requests.LOOK_EVERY)
        if path.exists():
            return message("The worker is busy: it runs the cycle as soon as it is done.")
        return message("The cycle has begun.")

    def _pause(self, by: str, how_long: str, now: datetime) -> str:
        from worker.operations import orders  # 12 MB, for who orders something alone

        return orders.pause(orders.Place(data=self._data, now=now), how_long, by=signed(by)).said[0]

    def _resume(self, by: str) -> str:
        from worker.operations import orders

        return orders.resume(orders.Place(data=self._data, now=self._now()), by=signed(by)).said[0]

    def _now(self) -> datetime:
        return clock.wall(self._zone)


def signed(by: str) -> str:
    """Return who decided, as the history names it."""
    return f"{by} (page)"
