"""The payments in the ledger, as they are asked for."""

from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta

from worker.i18n import loaded
from worker.ledger.database import Database
from worker.ledger.entry import Entry, entry_of
from worker.ledger.readings import Pairing
from worker.ledger.state import State
from worker.payments.payment import KST
from worker.runtime import sqlite as sqlite3


class Entries(Database):
    """The part of the ledger that holds payments, and pairs of them that may be one."""

    def entry(self, key: str) -> Entry | None:
        """Return one payment, or None if it was never seen."""
        row = self._row("SELECT * FROM payment WHERE key = ?", (key,))
        return entry_of(row) if row else None

    def entries(self, keys: Collection[str]) -> dict[str, Entry]:
        """Return the payments with these keys."""
        found = {}
        wanted = list(keys)
        for start in range(0, len(wanted), 500):
            part = wanted[start : start + 500]
            marks = ",".join("?" * len(part))
            for row in self._rows(f"SELECT * FROM payment WHERE key IN ({marks})", part):
                found[row["key"]] = entry_of(row)
        return found

    def in_state(self, *states: State) -> list[Entry]:
        """Return every payment in these states that is not excluded, oldest first. Not meant for POSTED."""
        marks = ",".join("?" * len(states))
        rows = self._rows(
            f"SELECT * FROM payment WHERE state IN ({marks}) AND state <> 'posted' AND excluded = '' "
            "ORDER BY time, ordinal",
            states,
        )
        return [entry_of(row) for row in rows]

    def posted_in(self, cycle: int) -> list[Entry]:
        """Return the payments that a cycle sent and that are posted, oldest first."""
        rows = self._rows(
            "SELECT p.* FROM batch b JOIN payment p ON p.batch = b.id "
            "WHERE b.cycle = ? AND p.state = 'posted' AND p.excluded = '' ORDER BY p.time, p.ordinal",
            (cycle,),
        )
        return [entry_of(row) for row in rows]

    def first_sent(self) -> Entry | None:
        """Return the first payment that went out by a batch, of which nobody can say that it did not; or None."""
        row = self._row(
            "SELECT * FROM payment WHERE batch IS NOT NULL AND excluded = '' "
            "AND state IN ('posted', 'in_doubt', 'sent', 'rejected') ORDER BY batch, time, ordinal LIMIT 1"
        )
        return entry_of(row) if row else None

    def of_day(self, day: date, amount: int) -> list[Entry]:
        """Return every payment of this day (KST) and amount, oldest first."""
        rows = self._rows(
            "SELECT * FROM payment WHERE amount = ? AND time >= ? AND time < ? ORDER BY time",
            (amount, day.isoformat(), (day + timedelta(days=1)).isoformat()),
        )
        return [entry_of(row) for row in rows]

    def alike(self, payer: str, amount: int) -> list[Entry]:
        """Return every payment of this payer and amount, oldest first."""
        rows = self._rows("SELECT * FROM payment WHERE payer = ? AND amount = ? ORDER BY time", (payer, amount))
        return [entry_of(row) for row in rows]

    def taking_back(self, approval: str) -> list[Entry]:
        """Return every cancellation that takes this approval back, whatever its state, oldest first."""
        rows = self._rows("SELECT * FROM payment WHERE approval_key = ? ORDER BY time, ordinal", (approval,))
        return [entry_of(row) for row in rows]

    def at_times(self, times: Collection[datetime]) -> list[Entry]:
        """Return every payment of these very seconds. Reads the whole table: meant for the days after an adoption."""
        wanted = [one.astimezone(KST).isoformat() for one in times]
        marks = ",".join("?" * len(wanted))
        return [entry_of(row) for row in self._rows(f"SELECT * FROM payment WHERE time IN ({marks})", wanted)]

    def known(
        self, *, since: datetime | None, numbers: Collection[str] = (), like: Collection[tuple[str, int]] = ()
    ) -> dict[str, Entry]:
        """Return what a reading is judged against, by key.

        All payments from a second on (KST), those with one of these approval numbers, those of one of these payers and
        won, all that wait, and all that may be another form of one of them.
        """
        found: dict[str, Entry] = {}
        if since is not None:
            text = since.astimezone(KST).isoformat()
            found |= _by_key(self._rows("SELECT * FROM payment WHERE time >= ?", (text,)))
        wanted = sorted(set(numbers) - {""})
        for start in range(0, len(wanted), 500):
            part = wanted[start : start + 500]
            marks = ",".join("?" * len(part))
            question = f"SELECT * FROM payment WHERE number IN ({marks}) AND number <> ''"
            found |= _by_key(self._rows(question, part))
        for payer, amount in like:
            found |= {one.payment.key: one for one in self.alike(payer, amount)}
        waiting = (one for one in State if one is not State.POSTED)
        found |= {one.payment.key: one for one in self.in_state(*waiting)}
        others = {key for one in self.pairings(found) for key in (one.new, one.old)} | {
            one.approval_key for one in found.values() if one.approval_key
        }
        return found | self.entries(others - found.keys())

    def pairings(self, keys: Collection[str]) -> list[Pairing]:
        """Return the pairs that name one of these keys, decided or not, in the order in which they were found."""
        found: dict[int, Pairing] = {}
        wanted = list(keys)
        for start in range(0, len(wanted), 500):
            part = wanted[start : start + 500]
            marks = ",".join("?" * len(part))
            for name in ("new", "old"):
                rows = self._rows(f"SELECT * FROM pairing WHERE {name} IN ({marks})", part)
                found |= {row["id"]: pairing_of(row) for row in rows}
        return [found[id] for id in sorted(found)]

    def counts(self) -> dict[str, int]:
        """Return how many payments wait for something: {state: count}, posted and excluded ones left out."""
        rows = self._rows(
            "SELECT state, COUNT(*) FROM payment WHERE state <> 'posted' AND excluded = '' GROUP BY state"
        )
        return {row[0]: row[1] for row in rows}

    def history(self, key: str) -> list[dict[str, object]]:
        """Return every move of a payment, oldest first."""
        rows = self._rows("SELECT * FROM move WHERE key = ? ORDER BY id", (key,))
        return [{**dict(row), "why": loaded(row["why"])} for row in rows]


def _by_key(rows: Iterable[sqlite3.Row]) -> dict[str, Entry]:
    return {row["key"]: entry_of(row) for row in rows}


def pairing_of(row: sqlite3.Row) -> Pairing:
    return Pairing(new=row["new"], old=row["old"], rule=row["rule"], gone=bool(row["gone"]), answer=row["answer"])
