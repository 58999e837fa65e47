"""What the adoptions so far say: up to when, for which books, and by which record."""

import json
from dataclasses import dataclass
from datetime import datetime

from worker.ledger.database import Database
from worker.ledger.entry import BEFORE_ADOPTION


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerOwner:
    """Whose books a ledger is about, and where it is kept: what an adoption is for."""

    company: str
    origin: str
    machine: str
    mode: str


class Adopted(Database):
    """The part of the ledger that knows what was posted before it began."""

    def adopted_until(self) -> datetime | None:
        """Return up to when payments count as posted before, by the newest adoption that says so."""
        row = self._row("SELECT until FROM adoption WHERE until <> '' ORDER BY id DESC LIMIT 1")
        return datetime.fromisoformat(row["until"]) if row else None

    def adopted_at(self) -> datetime | None:
        """Return when the newest adoption was made, or None without one."""
        row = self._row("SELECT at FROM adoption ORDER BY id DESC LIMIT 1")
        return datetime.fromisoformat(row["at"]) if row else None

    def adopted_before(self) -> int:
        """Return how many payments count as posted before an adoption."""
        row = self._row("SELECT COUNT(*) AS n FROM payment WHERE excluded = ?", (BEFORE_ADOPTION,))
        return int(row["n"]) if row else 0

    def recorded_times(self) -> frozenset[datetime]:
        """Return the times at which the old script's record, if one was adopted, says that it posted something."""
        return frozenset(datetime.fromisoformat(one) for one in self._recorded())

    def _recorded(self) -> list[str]:
        found: list[str] = json.loads(self._meta("recorded") or "[]")
        return found

    def adopted_databases(self) -> frozenset[str]:
        """Return the ids of the demo databases that this ledger was ever adopted for."""
        return frozenset(row[0] for row in self._rows("SELECT DISTINCT database FROM adoption"))
