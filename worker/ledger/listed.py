"""What the readings so far held, and which requests an adoption saw."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime

from worker.ledger.database import Database, utc
from worker.ledger.notes import ASKED_BEFORE
from worker.ledger.readings import LastReading
from worker.payments.payment import KST, Identity, PaymentKind, Request
from worker.runtime import sqlite as sqlite3

#: Newest readings among which the last look at 회계반영 is looked for.
REFLECTED_WITHIN = 200


class Listed(Database):
    """The part of the ledger that knows what was listed."""

    def keys_listed_last(self) -> frozenset[str]:
        """Return the payments that the last complete reading held."""
        number = self._last_reading_id()
        rows = self._rows("SELECT key FROM payment WHERE last_reading = ? AND last_reading > 0", (number,))
        return frozenset(row["key"] for row in rows)

    def last_reading(self) -> LastReading | None:
        """Return the last reading that decided something, or None in a new ledger."""
        row = self._row("SELECT * FROM reading ORDER BY id DESC LIMIT 1")
        if row is None:
            return None
        reflected = self._row("SELECT MAX(reflected_at) FROM reading WHERE id > ?", (row["id"] - REFLECTED_WITHIN,))
        return LastReading(
            at=datetime.fromisoformat(row["at"]).astimezone(KST),
            rows=row["rows"],
            keys=self.keys_listed_last(),
            requested=tuple(map(_request_of, json.loads(row["requested"]))),
            deferred=frozenset(map(_identity_of, json.loads(row["deferred"]))),
            reflected_at=datetime.fromisoformat(reflected[0]) if reflected is not None and reflected[0] else None,
        )

    def _last_reading_id(self) -> int:
        row = self._row("SELECT MAX(id) FROM reading")
        return int(row[0] or 0) if row else 0

    def forms(self, since: datetime, until: datetime) -> list[dict[str, object]]:
        """Return what was listed in another form from that time on: {key, at, payer, approval_no} of before."""
        rows = self._rows("SELECT * FROM form WHERE at >= ? AND at < ? ORDER BY id", (utc(since), utc(until)))
        return [dict(row) for row in rows]

    def asked_before_adoption(self) -> frozenset[Request]:
        """Return the requests that the adoption's time covers and that were not approved then."""
        return frozenset(map(_request_of, self._asked_before()))

    def asked_until(self, until: datetime) -> list[Request]:
        """Return the requests up to a time that the last reading held without an answer, oldest first."""
        last = self.last_reading()
        return sorted({one for one in (last.requested if last else ()) if one[0] <= until})

    def _asked_before(self) -> list[list[object]]:
        found: list[list[object]] = json.loads(self._meta(ASKED_BEFORE) or "[]")
        return found

    def _remember_asked(self, db: sqlite3.Connection, requests: Iterable[Request]) -> None:
        """Write down, within a transaction, requests that an adoption's time covers: approved later they are news."""
        if known := set(requests):
            asked = plain(sorted(known | self.asked_before_adoption()))
            db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (ASKED_BEFORE, asked))

    def is_fresh_adoption(self) -> bool:
        """True until a reading has decided something after the newest adoption."""
        row = self._row("SELECT MAX(at) FROM adoption")
        reading = self._row("SELECT MAX(at) FROM reading")
        adopted, read = (row[0] if row else None), (reading[0] if reading else None)
        return read is None or (adopted is not None and adopted > read)


def plain(rows: Iterable[Sequence[object]]) -> str:
    """Return requests or identities as JSON text; seconds in KST."""
    return json.dumps([_request_text(row) for row in rows], ensure_ascii=False)


def _request_text(row: Sequence[object]) -> list[object]:
    return [one.astimezone(KST).isoformat() if isinstance(one, datetime) else one for one in row]


def _request_of(row: Sequence[object]) -> Request:
    time, amount, payer = row
    return datetime.fromisoformat(str(time)), int(str(amount)), str(payer)


def _identity_of(row: Sequence[object]) -> Identity:
    kind, time, amount, number, payer = row
    return PaymentKind(str(kind)), datetime.fromisoformat(str(time)), int(str(amount)), str(number), str(payer)
