"""What waits for a person: the only question to the ledger about it."""

from collections.abc import Collection, Mapping
from datetime import datetime

from worker.i18n import loaded
from worker.ledger.entries import Entries
from worker.ledger.entry import entry_of
from worker.ledger.oddities import ODD as ODD_CAUSE
from worker.ledger.oddities import Oddities, Oddity
from worker.ledger.pending_row import ODD, PendingRow
from worker.ledger.state import ALARMING
from worker.payments.payment import KST
from worker.runtime import sqlite as sqlite3

#: The states in which a row waits for a person, each with the alarm that tells of it.
WAITS = {**{state.value: cause for state, cause in ALARMING.items()}, ODD: ODD_CAUSE}


class Pending(Entries, Oddities):
    """The part of the ledger that knows what waits for a person."""

    def pending(self, states: Collection[str] = tuple(WAITS), *, most: int | None = None) -> list[PendingRow]:
        """Return what waits in these states, oldest first, `most` at most."""
        named = [state for state in states if state != ODD]
        marks = ",".join("?" * len(named))
        rows = self._rows(
            "SELECT *, (SELECT MAX(at) FROM move WHERE move.key = payment.key AND after = state AND before <> after) "
            f"AS since FROM payment WHERE state IN ({marks}) AND state <> 'posted' AND excluded = '' "
            "ORDER BY time, ordinal LIMIT ?",
            (*named, -1 if most is None else most),
        )
        found = [_payment(row) for row in rows]
        if ODD in states:
            query = "SELECT * FROM oddity INDEXED BY oddity_open WHERE settled = '' ORDER BY id LIMIT ?"
            odd = self._rows(query, (-1 if most is None else most,))
            found += [_odd(row) for row in odd]
        found.sort(key=lambda one: one.time or one.since)
        return found[:most]

    def pending_counts(self, counts: Mapping[str, int] | None = None) -> dict[str, int]:
        """Return how many rows wait for a person: {held, in_doubt, rejected, odd: count}; `counts`: as just read."""
        counts = self.counts() if counts is None else counts
        (row,) = self._rows("SELECT COUNT(*) FROM oddity INDEXED BY oddity_open WHERE settled = ''")
        return {state: int(row[0]) if state == ODD else counts.get(state, 0) for state in WAITS}


def _payment(row: sqlite3.Row) -> PendingRow:
    entry = entry_of(row)
    payment = entry.payment
    return PendingRow(
        key=payment.key,
        state=str(entry.state),
        since=datetime.fromisoformat(row["since"] or row["seen_at"]).astimezone(KST),
        why=entry.why,
        time=payment.time,
        payer=payment.payer,
        won=payment.won,
        approval_no=payment.approval_no,
        acquirer=payment.acquirer,
        batch=entry.batch,
        cycle=entry.first_cycle,
    )


def _odd(row: sqlite3.Row) -> PendingRow:
    odd = Oddity(id=row["id"], row=row["row"], why=loaded(row["why"]))
    return PendingRow(
        key=f"row-{odd.id}",
        state=ODD,
        since=datetime.fromisoformat(row["seen_at"]).astimezone(KST),
        why=odd.why,
        payer=odd.cells(),
        mailed=odd.masked(),
        cycle=row["first_cycle"],
    )
