"""What goes on by itself in the demo: payments arrive, some are cancelled, a person marks what was posted."""

import asyncio
import time
from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import Any

from worker.demo import names
from worker.demo.clock import stored
from worker.demo.erp import Erp

TURN_S = 0.25
#: The person keeps 미반영 at about this many rows while payments arrive …
TIDY_ABOVE = 300
#: … and customers wait when the person can't, because nothing gets posted.
FULL_AT = 400


class Life:
    """Arrivals are random, but the same after the same payments.

    A demo that starts again on its database brings no approval number that it brought before.
    """

    def __init__(self, erp: Erp, *, started: float) -> None:
        """`started` is the server's start on the monotonic clock."""
        self._erp = erp
        self._started = started
        self._random = Random(erp.payments.total())
        self._per_min = 0.0
        self._next = 0.0
        self._due: list[tuple[float, Callable[[], object]]] = []
        self._database = erp.database

    async def run(self) -> None:
        """Live until cancelled."""
        while True:
            await asyncio.sleep(TURN_S)
            self.turn(time.monotonic())

    def turn(self, now: float) -> None:
        """Do all that is due at `now`, on the monotonic clock."""
        if self._database != self._erp.database:
            # A reset: what was to follow belongs to payments that are gone.
            self._database, self._due = self._erp.database, []
        self._follow_up(now)
        self._welcome(now)
        self._tidy()

    def _welcome(self, now: float) -> None:
        knobs = self._erp.knobs
        per_min = knobs.number("arrivals_per_min")
        if not per_min or now < self._started + knobs.number("arrivals_after_s"):
            self._per_min = 0.0
            return
        if per_min != self._per_min:
            self._per_min, self._next = per_min, now
        while self._next <= now:
            if self._erp.payments.count("unreflected") < FULL_AT:
                self._arrive(now)
            self._next += self._random.expovariate(per_min / 60)

    def _arrive(self, now: float) -> None:
        payment = names.payment(self._random)
        if self._random.random() < 0.06:
            attempt = payment | {"status": self._random.choice(("승인실패", "요청중"))}
            for field in ("acquirer", "card", "approval_no"):
                del attempt[field]
            self._erp.payments.add([attempt])
            self._later(now, lambda: self._erp.payments.add([payment]))
            return
        [added] = self._erp.payments.add([payment])
        if self._random.random() < self._erp.knobs.number("cancel_share"):
            self._later(now, lambda: self._cancel(added))

    def _later(self, now: float, act: Callable[[], object]) -> None:
        """Do something a few arrivals later."""
        self._due.append((now + self._random.uniform(2, 6) * 60 / self._per_min, act))

    def _follow_up(self, now: float) -> None:
        due = [act for at, act in self._due if at <= now]
        self._due = [(at, act) for at, act in self._due if at > now]
        for act in due:
            act()

    def _cancel(self, payment: dict[str, Any]) -> None:
        # A test may have changed it meanwhile.
        if self._erp.payments.get(payment["id"])["status"] == "승인":
            self._erp.payments.cancel(payment["id"])

    def _tidy(self) -> None:
        erp = self._erp
        after = erp.knobs.number("reflect_after_s")
        if not after:
            return
        erp.reflect_posted(erp.clock.now() - timedelta(seconds=after))
        if not self._per_min:
            return
        surplus = erp.payments.count("unreflected") - TIDY_ABOVE
        if surplus > 0:
            surplus -= erp.reflect_posted(erp.clock.now(), at_most=surplus)
        if surplus > 0:
            hour_ago = stored(erp.clock.now() - timedelta(hours=1))
            erp.payments.force_attempts(hour_ago, at_most=surplus)
