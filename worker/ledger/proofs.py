"""Proofs: what was listed and pasted, compared with what the ledger says of it."""

import json
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from worker.i18n import message, stored
from worker.ledger.database import utc
from worker.ledger.journal import Journal
from worker.ledger.listed import Listed
from worker.payments.payment import PaymentKind


class Proofs(Journal, Listed):
    """The part of the ledger that is compared with itself."""

    def proof(self) -> dict[str, tuple[int, int]]:
        """Return {what became of it: (payments, won)} of every payment that the last reading held."""
        rows = self._rows(
            "SELECT CASE WHEN excluded <> '' THEN 'excluded' ELSE state END AS what, COUNT(*) AS n, "
            "SUM(CASE kind WHEN ? THEN -amount ELSE amount END) AS won FROM payment "
            "WHERE last_reading = ? AND last_reading > 0 GROUP BY what",
            (PaymentKind.CANCELLATION.value, self._last_reading_id()),
        )
        return {row["what"]: (row["n"], row["won"]) for row in rows}

    def is_proved(self, day: date) -> bool:
        """True when this day's deposits were compared already."""
        return self._db.execute("SELECT 1 FROM proof WHERE day = ?", (day.isoformat(),)).fetchone() is not None

    def prove_day(self, day: date, zone: ZoneInfo, *, at: datetime) -> tuple[tuple[int, int], tuple[int, int]]:
        """Compare what was pasted for the deposits of a local day with what stands as posted, in count and in won.

        The one side are the plans of the batches, the other the payments. A difference becomes an incident.
        """
        start = datetime.combine(day, time(), zone)
        span = (utc(start), utc(start + timedelta(days=1)))
        rows = self._db.execute(
            "SELECT key, batch, CASE kind WHEN ? THEN -amount ELSE amount END AS won FROM payment "
            "WHERE posted_at >= ? AND posted_at < ?",
            (PaymentKind.CANCELLATION.value, *span),
        ).fetchall()
        posted = (len(rows), sum(row["won"] for row in rows))
        pasted = [0, 0]
        plans: dict[int, dict[str, int]] = {}
        for row in rows:
            if row["batch"] is None:
                won = row["won"]  # posted by a person, who alone knows what was entered
            else:
                if row["batch"] not in plans:
                    plan = self._db.execute("SELECT plan FROM batch WHERE id = ?", (row["batch"],)).fetchone()
                    plans[row["batch"]] = {one["key"]: one["amount"] for one in json.loads(plan["plan"])}
                won = plans[row["batch"]].get(row["key"])
            if won is not None:
                pasted = [pasted[0] + 1, pasted[1] + won]
        found = ((pasted[0], pasted[1]), posted)
        with self._write() as db:
            db.execute(
                "INSERT OR REPLACE INTO proof VALUES (?, ?, ?, ?)",
                (day.isoformat(), utc(at), json.dumps(found[0]), json.dumps(found[1])),
            )
            if found[0] != found[1]:
                what = message(
                    "{day}: pasted {rows} deposits of {won} won, posted {known} of {total} won",
                    day=f"{day}",
                    rows=str(pasted[0]),
                    won=pasted[1],
                    known=str(posted[0]),
                    total=posted[1],
                )
                told = "INSERT INTO incident (at, kind, what, facts) VALUES (?, 'proof', ?, '{}')"
                db.execute(told, (utc(at), stored(what)))
                self._raise_alarm(db, "proof", what, at=at, facts={"day": day.isoformat()})
        return found
