"""Batches that were sent and whose answer is not clear, and what a look-up of them is compared with."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from worker.ledger.database import Database, moment_of, utc
from worker.ledger.marks import has_keys
from worker.payments.payment import KST
from worker.runtime import sqlite as sqlite3


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """One batch that was sent and whose answer is not clear."""

    batch: int
    sent_at: datetime
    looked_up_at: datetime | None
    #: How many look-ups in a row found the same keys missing.
    missing: int
    #: True when its deposits carry their keys: only then a look-up that does not find them proves anything.
    has_keys: bool
    keys: tuple[str, ...]


class Doubts(Database):
    """The part of the ledger that knows what is in doubt, and which deposits a look-up has to show."""

    def doubts(self) -> list[Doubt]:
        """Return the batches that hold rows in doubt, oldest first."""
        rows = self._rows(
            "SELECT b.id, b.sent_at, b.planned_at, b.looked_up_at, b.missing, b.plan, p.key "
            "FROM payment p INDEXED BY payment_open "
            "JOIN batch b ON b.id = p.batch WHERE p.state = 'in_doubt' AND p.state <> 'posted' AND p.excluded = '' "
            "ORDER BY b.id, p.time"
        )
        found: dict[int, list[sqlite3.Row]] = {}
        for row in rows:
            found.setdefault(row["id"], []).append(row)
        return [
            Doubt(
                batch=batch,
                sent_at=datetime.fromisoformat(group[0]["sent_at"] or group[0]["planned_at"]),
                looked_up_at=moment_of(group[0]["looked_up_at"]),
                missing=group[0]["missing"],
                has_keys=has_keys(group[0]["plan"]),
                keys=tuple(row["key"] for row in group),
            )
            for batch, group in found.items()
        ]

    def released_after_sent(self, keys: Collection[str]) -> frozenset[str]:
        """Return those of `keys` that were sent, in a batch that carried its keys, and that a person has released."""
        if not keys:
            return frozenset()
        rows = self._rows(
            "SELECT p.key, b.plan FROM payment p INDEXED BY payment_open JOIN move m ON m.key = p.key "
            "JOIN batch b ON b.id = m.batch WHERE p.state = 'seen' AND p.state <> 'posted' AND p.excluded = '' "
            "AND p.cleared <> '' AND m.after = 'sent'"
        )
        return frozenset(row["key"] for row in rows if row["key"] in keys and has_keys(row["plan"]))

    def confirmed_before(self, batch: int | None, *, newest: int = 500) -> frozenset[str]:
        """Return those of the newest deposits that the ERP had confirmed before a batch was sent; None: by now."""
        sent = None
        if batch is not None:
            row = self._row(
                "SELECT MIN(m.id) FROM payment p JOIN move m ON m.key = p.key WHERE p.batch = ? AND m.after = 'sent'",
                (batch,),
            )
            sent = row[0] if row else None
        rows = self._rows(
            "SELECT m.key FROM (SELECT key FROM payment WHERE posted_at > '' ORDER BY posted_at DESC LIMIT ?) newest "
            "JOIN move m ON m.key = newest.key AND m.before = 'sent' AND m.after = 'posted' "
            "WHERE ? IS NULL OR m.id < ?",
            (newest, sent, sent),
        )
        return frozenset(row["key"] for row in rows)

    def newest_confirmed(self, day: date | None, *, most: int) -> list[tuple[str, date, date]]:
        """Return (key, its day, the day on which it was posted) of the newest deposits that the ERP has shown.

        `day`: only of those dated on or before it. The newest first, `most` at most. What a person says counts not.
        """
        rows = self._rows(
            "SELECT key, time, posted_at FROM payment INDEXED BY payment_posted WHERE posted_at > '' AND time < ? "
            "AND EXISTS (SELECT 1 FROM move WHERE move.key = payment.key AND after = 'posted' "
            "AND by IN ('worker', 'look-up')) ORDER BY posted_at DESC LIMIT ?",
            ((day + timedelta(days=1)).isoformat() if day else "9999", most),
        )
        return [(row["key"], _day(row["time"]), _day(row["posted_at"])) for row in rows]

    def note_look_up(self, batch: int, *, missing: int, at: datetime) -> None:
        """Remember a look-up of a batch in doubt and how many in a row found its keys missing."""
        with self._write() as db:
            db.execute("UPDATE batch SET looked_up_at = ?, missing = ? WHERE id = ?", (utc(at), missing, batch))


def _day(text: str) -> date:
    return datetime.fromisoformat(text).astimezone(KST).date()
