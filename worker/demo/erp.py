"""The demo ERP without its screens: everything it knows and does."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

from worker.demo.clock import Clock, stored
from worker.demo.database import Database
from worker.demo.deposits import Deposits
from worker.demo.knobs import Knobs
from worker.demo.payments import Payments
from worker.demo.sessions import Sessions
from worker.demo.stats import Stats


class Erp:
    """One company's ERP."""

    def __init__(self, folder: Path, *, knobs: Mapping[str, object]) -> None:
        """Open the ERP kept in `folder`; raise KnobError if a knob is wrong."""
        self.knobs = Knobs(knobs)
        self.db = Database(folder / "erp.db")
        self.clock = Clock(timedelta(seconds=float(self.db["clock_offset_s"] or 0)))
        self.stats = Stats()
        self.payments = Payments(self.db, clock=self.clock, knobs=self.knobs)
        self.deposits = Deposits(self.db, clock=self.clock, knobs=self.knobs)
        self.sessions = Sessions(self.db, clock=self.clock, knobs=self.knobs)

    @property
    def database(self) -> str:
        """Return the id of this database; a reset makes another one."""
        return self.db["database"]

    def keep_clock(self) -> None:
        """Remember the clock's offset over a restart."""
        self.db["clock_offset_s"] = str(self.clock.offset.total_seconds())

    def set_knobs(self, values: Mapping[str, object]) -> None:
        """Set knobs, all or none; raise KnobError."""
        self.knobs.set(values)
        if self.knobs.is_on("unlock"):
            self.sessions.unlock()
            self.knobs.set({"unlock": False})

    def reset(self) -> None:
        """Forget all payments, deposits, sessions and settings: a new, empty database with a new id."""
        self.db.empty()
        self.clock.offset = timedelta()
        self.stats.reset()
        self.knobs.reset()
        self.payments.restart()

    def reflect_posted(self, until: datetime, *, at_most: int = -1) -> int:
        """Mark 회계반영 the payments whose deposit was entered up to `until`; return how many.

        As a person would, this finds a deposit's payment by day, payer and amount. -1 = all.
        """
        return self.payments.reflect(self.deposits.unmatched(stored(until), at_most=at_most))

    def pause(self, seconds: float) -> float:
        """Scale a delay of the ERP's ordinary slowness."""
        return seconds * self.knobs.number("delays")
