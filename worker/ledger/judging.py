"""One complete reading and what it decided, written down together."""

from collections.abc import Sequence
from datetime import datetime

from worker.errors import IllegalMove
from worker.i18n import message
from worker.ledger.database import utc
from worker.ledger.listed import Listed, plain
from worker.ledger.moves import Moves
from worker.ledger.notes import BRAKE, BRAKE_ANSWER
from worker.ledger.readings import Act, Reading, Step
from worker.ledger.state import State
from worker.payments.payment import IDENTITY_VERSION, Payment
from worker.runtime import sqlite as sqlite3


class Judging(Moves, Listed):
    """The part of the ledger that makes the steps of a decision."""

    def judge(self, steps: Sequence[Step], reading: Reading, *, at: datetime) -> None:
        """Write down one complete reading and what it decided: all of it or nothing.

        Raises IllegalMove when a payment is not where the decision believes it to be: somebody decided meanwhile.
        """
        with self._write() as db:
            number = self._last_reading_id() + 1
            for step in steps:
                self._judge_step(db, step, reading, number=number, at=at)
            db.execute(
                "INSERT INTO reading (id, cycle, at, rows, requested, deferred, reflected_at) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    number, reading.cycle, utc(reading.at), reading.rows, plain(reading.requested),
                    plain(reading.deferred), utc(reading.reflected_at) if reading.reflected_at else None,
                ),
            )  # fmt: skip
            db.executemany(
                "UPDATE payment SET last_cycle = ?, last_reading = ? WHERE key = ?",
                [(reading.cycle, number, key) for key in reading.keys],
            )
            self._remember_asked(db, reading.asked_before)
            db.execute("DELETE FROM meta WHERE key IN (?, ?)", (BRAKE, BRAKE_ANSWER))

    def _judge_step(self, db: sqlite3.Connection, step: Step, reading: Reading, *, number: int, at: datetime) -> None:
        key, why = step.key, step.why
        match step.act:
            case Act.SEE:
                self._see(db, key, step.payment, cycle=reading.cycle, at=at)
            case Act.FORM:
                self._change_form(db, key, step.payment, why=why, number=number, at=at)
            case Act.HOLD:
                self._move(db, key, State.SEEN, State.HELD, at=at, by="worker", why=why)
            case Act.RELEASE:
                self._move(db, key, State.HELD, State.SEEN, at=at, by="worker", why=why)
            case Act.EXCLUDE:
                row = db.execute("SELECT state FROM payment WHERE key = ?", (key,)).fetchone()
                if row is not None and row["state"] == State.HELD:
                    self._move(db, key, State.HELD, State.SEEN, at=at, by="worker", why=why)
                self._exclude(db, key, why, at=at, by="worker")
            case Act.CONTRADICT:
                done = db.execute("UPDATE payment SET excluded = '' WHERE key = ? AND excluded <> ''", (key,))
                if done.rowcount != 1:
                    raise IllegalMove(message("payment {key}: it is excluded no more", key=key))
                self._move(db, key, State.SEEN, State.HELD, at=at, by="worker", why=why)
            case Act.LINK:
                db.execute("UPDATE payment SET approval_key = ? WHERE key = ?", (step.other, key))
            case Act.PAIR:
                db.execute(
                    "INSERT OR IGNORE INTO pairing (new, old, rule, gone, reading) VALUES (?, ?, ?, ?, ?)",
                    (key, step.other, step.rule, int(step.gone), number),
                )
            case Act.ANSWER:
                db.execute("UPDATE pairing SET answer = ? WHERE new = ? AND old = ?", (step.rule, key, step.other))

    def _see(self, db: sqlite3.Connection, key: str, payment: Payment | None, *, cycle: int, at: datetime) -> None:
        assert payment is not None
        try:
            db.execute(
                "INSERT INTO payment (key, version, time, payer, amount, kind, approval_no, number, ordinal, "
                "requester, acquirer, raw_time, state, first_cycle, last_cycle, seen_at) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'seen', ?, ?, ?)",
                (
                    key, IDENTITY_VERSION, payment.time.isoformat(), payment.payer, payment.amount, payment.kind,
                    payment.approval_no, payment.number, payment.ordinal, payment.requester, payment.acquirer,
                    payment.raw_time, cycle, 0, utc(at),
                ),
            )  # fmt: skip
        except sqlite3.IntegrityError as error:
            raise IllegalMove(message("payment {key} is known already", key=key)) from error
        self._log(db, key, "", State.SEEN, at, "worker", None, message("listed"))

    def _change_form(
        self, db: sqlite3.Connection, key: str, payment: Payment | None, *, why: str, number: int, at: datetime
    ) -> None:
        """Let a known payment be listed in another form. Its second and won change only while it was never sent."""
        assert payment is not None
        before = db.execute("SELECT * FROM payment WHERE key = ?", (key,)).fetchone()
        if before is None:
            raise IllegalMove(f"payment {key}: it was never seen")
        is_same_money = (before["time"], before["amount"]) == (payment.time.isoformat(), payment.amount)
        if not is_same_money and before["state"] not in (State.SEEN, State.HELD):
            raise IllegalMove(
                message(
                    "payment {key}: it is {state}, its time and amount can't change", key=key, state=before["state"]
                )
            )
        db.execute(
            "UPDATE payment SET payer = ?, approval_no = ?, number = ?, time = ?, raw_time = ?, amount = ?, "
            "acquirer = CASE ? WHEN '' THEN acquirer ELSE ? END WHERE key = ?",
            (
                payment.payer, payment.approval_no, payment.number, payment.time.isoformat(), payment.raw_time,
                payment.amount, payment.acquirer, payment.acquirer, key,
            ),
        )  # fmt: skip
        if (before["payer"], before["approval_no"]) == (payment.payer, payment.approval_no):
            return
        db.execute(
            "INSERT INTO form (key, at, reading, payer, approval_no) VALUES (?, ?, ?, ?, ?)",
            (key, utc(at), number, before["payer"], before["approval_no"]),
        )
        self._log(db, key, before["state"], before["state"], at, "worker", None, why)
