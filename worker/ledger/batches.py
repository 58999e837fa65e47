"""Batches: planned, armed, sent, and settled or taken back."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime

from worker.errors import IllegalMove, LedgerError
from worker.i18n import message, stored
from worker.ledger.database import utc
from worker.ledger.marks import has_keys
from worker.ledger.moves import Moves
from worker.ledger.state import State
from worker.payments.payment import Deposit
from worker.runtime.witness import WitnessMark, read_mark


class Batches(Moves):
    """The part of the ledger that writes down what is sent, before it is sent."""

    def planned(self, batch: int) -> dict[str, Deposit]:
        """Return {key: the deposit as it was planned} of a batch."""
        row = self._row("SELECT plan FROM batch WHERE id = ?", (batch,))
        return {one["key"]: Deposit(**one) for one in json.loads(row["plan"])} if row else {}

    def plan(self, deposits: Sequence[Deposit], *, cycle: int, at: datetime) -> int:
        """Write a batch down before anything is done for it; return its number."""
        with self._write() as db:
            cursor = db.execute(
                "INSERT INTO batch (id, cycle, generation, plan, rows, won, planned_at) "
                "VALUES (1 + MAX(?, (SELECT COALESCE(MAX(id), 0) FROM batch)), ?, ?, ?, ?, ?, ?)",
                (
                    self._batch_floor,
                    cycle,
                    self.generation,
                    json.dumps([asdict(one) for one in deposits], ensure_ascii=False),
                    len(deposits),
                    sum(one.amount for one in deposits),
                    utc(at),
                ),
            )
            batch = int(cursor.lastrowid or 0)
            why = message("planned")
            for one in deposits:
                self._move(db, one.key, State.SEEN, State.PLANNED, at=at, by="worker", why=why, batch=batch)
        return batch

    def arm(self, batch: int, *, at: datetime) -> None:
        """Commit that the save of this batch may now be asked for."""
        self._move_batch(batch, State.PLANNED, State.ARMED, at=at, why=message("armed"), column="armed_at")

    def mark_sent(self, batch: int, *, at: datetime) -> None:
        """Commit that the save is about to leave. From here on only an answer, a look-up or a person can tell."""
        if not self._is_in_place():
            raise LedgerError(
                message(
                    "sending batch {batch}: {path} was replaced or deleted while the worker ran",
                    batch=str(batch),
                    path=str(self._path),
                )
            )
        self._move_batch(batch, State.ARMED, State.SENT, at=at, why=message("sent"), column="sent_at")
        keyless = read_mark(self._path.parent).keyless if self._has_keys(batch) else batch
        self._write_marks(WitnessMark(generation=self.generation or 0, batch=batch, keyless=keyless))

    def _has_keys(self, batch: int) -> bool:
        row = self._row("SELECT plan FROM batch WHERE id = ?", (batch,))
        return row is not None and has_keys(row["plan"])

    def take_back(self, batch: int, *, at: datetime, why: str) -> None:
        """Return a batch that was certainly not sent: its payments wait again."""
        with self._write() as db:
            for key, state in self._of_batch(batch):
                self._move(db, key, state, State.SEEN, at=at, by="worker", why=why, batch=batch)
            db.execute(
                "UPDATE batch SET settled_at = ?, outcome = 'not sent', answer = ? WHERE id = ?",
                (utc(at), stored(why), batch),
            )

    def settle(
        self,
        batch: int,
        outcomes: Mapping[str, tuple[State, str]],
        *,
        at: datetime,
        answer: str,
        slips: Mapping[str, str] | None = None,
        again: Collection[str] = (),
    ) -> None:
        """Write down what became of each row of a sent batch: {key: (state, why)}, with slip numbers where known.

        `again`: keys of refused rows that are not to be decided by a person yet; they wait as before, and nobody is
        told of them.

        Raises IllegalMove unless every row of the batch, and no other, has an outcome: a row left out would be lost.
        """
        numbers = slips or {}
        with self._write() as db:
            rows = {key for key, _ in self._of_batch(batch)}
            if rows != outcomes.keys():
                raise IllegalMove(
                    message(
                        "batch {batch}: {rows} rows were sent, {known} outcomes are known",
                        batch=str(batch),
                        rows=str(len(rows)),
                        known=str(len(outcomes)),
                    )
                )
            for key, (state, why) in outcomes.items():
                slip = numbers.get(key, "")
                quiet = key in again
                self._move(db, key, State.SENT, state, at=at, by="worker", why=why, batch=batch, slip=slip, quiet=quiet)
                if quiet:
                    said = message("it is sent again with fewer others, or once the settings are mended")
                    self._move(db, key, state, State.SEEN, at=at, by="worker", why=said, batch=batch, quiet=True)
            words = sorted({state for state, _ in outcomes.values()})
            db.execute(
                "UPDATE batch SET settled_at = ?, outcome = ?, answer = ? WHERE id = ?",
                (utc(at), ", ".join(words), stored(answer), batch),
            )

    def recover(self, *, at: datetime) -> dict[str, int]:
        """Settle what an earlier worker left: planned and armed wait again, sent is in doubt. Return the counts."""
        counts = {"not sent": 0, "in doubt": 0}
        with self._write() as db:
            for row in db.execute("SELECT id FROM batch WHERE settled_at IS NULL").fetchall():
                for key, state in self._of_batch(row["id"]):
                    if state is State.SENT:
                        why = message("the worker ended before the answer was read")
                        self._move(db, key, state, State.IN_DOUBT, at=at, by="recovery", why=why, batch=row["id"])
                        counts["in doubt"] += 1
                    elif state in (State.PLANNED, State.ARMED):
                        why = message("the worker ended before the save was sent")
                        self._move(db, key, state, State.SEEN, at=at, by="recovery", why=why, batch=row["id"])
                        counts["not sent"] += 1
                db.execute("UPDATE batch SET settled_at = ?, outcome = 'recovered' WHERE id = ?", (utc(at), row["id"]))
            db.execute(
                "UPDATE cycle SET ended = ?, outcome = 'failed', why = ? WHERE ended IS NULL",
                (utc(at), stored(message("the worker ended in it"))),
            )
        return counts

    def _move_batch(self, batch: int, before: State, after: State, *, at: datetime, why: str, column: str) -> None:
        with self._write() as db:
            rows = self._of_batch(batch)
            if not rows:
                raise IllegalMove(message("batch {batch} holds no payment", batch=str(batch)))
            for key, _ in rows:
                self._move(db, key, before, after, at=at, by="worker", why=why, batch=batch)
            db.execute(f"UPDATE batch SET {column} = ? WHERE id = ?", (utc(at), batch))

    def _of_batch(self, batch: int) -> list[tuple[str, State]]:
        rows = self._rows("SELECT key, state FROM payment WHERE batch = ? ORDER BY key", (batch,))
        return [(row["key"], State(row["state"])) for row in rows]
