"""The payments the ERP lists."""

import random
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from worker.demo import names
from worker.demo.clock import Clock, read, stored
from worker.demo.database import Database
from worker.demo.knobs import Knobs
from worker.runtime import sqlite as sqlite3

FIELDS = (
    "requested_at",
    "requester",
    "payer",
    "amount",
    "method",
    "acquirer",
    "card",
    "status",
    "approval_no",
    "reflected",
)
#: What the control API says, and what the database keeps.
REFLECTED: Mapping[object, str] = {False: "", True: "reflected", "forced": "forced"}
TABS: Mapping[str, str | None] = {"all": None, "unreflected": "", "reflected": "reflected", "forced": "forced"}


class PaymentError(ValueError):
    """The payment cannot be stored as asked; the message says why."""


class Payments:
    """All payments, also those that have left the list."""

    def __init__(self, db: Database, *, clock: Clock, knobs: Knobs) -> None:
        self._db = db
        self._clock = clock
        self._knobs = knobs
        # What is invented after a restart is not what was invented before it.
        self._random = random.Random(2 + self.total())

    def total(self) -> int:
        """Return how many payments there are, also those that have left the list."""
        return self._db.number("SELECT count(*) FROM payment")

    def add(self, payments: Iterable[Mapping[str, object]]) -> list[dict[str, Any]]:
        """Store payments, inventing what is not given; return them whole, with their ids."""
        with self._db.transaction():
            ids = [self._insert(self._whole(payment)) for payment in payments]
        return [self.get(number) for number in ids]

    def get(self, number: int) -> dict[str, Any]:
        """Return one payment; raise PaymentError if there is none of that id."""
        payment = self.find(number)
        if payment is None:
            raise PaymentError(f"there is no payment {number}; GET /payments lists all")
        return payment

    def find(self, number: int) -> dict[str, Any] | None:
        """Return one payment, or None."""
        rows = self._db.rows("SELECT * FROM payment WHERE id = ?", number)
        return _told(rows[0]) if rows else None

    def all(self) -> list[dict[str, Any]]:
        """Return all payments, oldest entry first."""
        return [_told(row) for row in self._db.rows("SELECT * FROM payment ORDER BY id")]

    def change(self, number: int, fields: Mapping[str, object]) -> dict[str, Any]:
        """Change some fields of a payment; return it whole."""
        self.get(number)
        for field, value in _checked(fields).items():
            self._db.run(f"UPDATE payment SET {field} = ? WHERE id = ?", value, number)
        return self.get(number)

    def cancel(self, number: int) -> dict[str, Any]:
        """Cancel an approved payment the way `cancel_model` says; return the row that now says 취소."""
        payment = self.get(number)
        model = self._knobs.word("cancel_model")
        if model == "A":
            return self.change(number, {"status": "취소"})
        twin = {field: payment[field] for field in FIELDS} | {
            "requested_at": stored(self._clock.now()),
            "status": "취소",
            "reflected": False,
        }
        if model == "C":
            twin["approval_no"] = names.approval_no(self._random)
        return self.add([twin])[0]

    def mark(self, numbers: Iterable[int], reflected: str) -> None:
        """Move payments to 회계반영 (`reflected`), 강제회계반영 (`forced`) or back to 미반영 (empty)."""
        with self._db.transaction():
            for number in numbers:
                self._db.run("UPDATE payment SET reflected = ? WHERE id = ?", reflected, number)

    def reflect(self, slips: Iterable[sqlite3.Row]) -> int:
        """Mark the payment of each slip 회계반영, the oldest that fits; return how many."""
        slips = list(slips)
        if not slips:
            return 0
        marked = 0
        with self._db.transaction():
            for slip in slips:
                status = "취소" if slip["amount"] < 0 else "승인"
                marked += self._db.run(
                    "UPDATE payment SET reflected = 'reflected' WHERE id = (SELECT id FROM payment WHERE"
                    " reflected = '' AND payer = ? AND amount = ? AND status = ? AND requested_at LIKE ?"
                    " ORDER BY requested_at, id LIMIT 1)",
                    *(slip["payer"], abs(slip["amount"]), status, slip["date"].replace("/", "-") + "T%"),
                ).rowcount
                self._db.run("UPDATE slip SET matched = 1 WHERE id = ?", slip["id"])
        return marked

    def force_attempts(self, until: str, *, at_most: int) -> None:
        """Mark 강제회계반영 the oldest failed and pending attempts up to a stored time."""
        self._db.run(
            "UPDATE payment SET reflected = 'forced' WHERE id IN (SELECT id FROM payment WHERE reflected = ''"
            " AND status NOT IN ('승인', '취소') AND requested_at <= ? ORDER BY requested_at LIMIT ?)",
            until,
            at_most,
        )

    def restart(self) -> None:
        """Invent the same payments again from here on."""
        self._random = random.Random(2)

    def count(self, tab: str) -> int:
        """Return how many rows a tab lists."""
        where, values = self._listed(tab)
        return self._db.number(f"SELECT count(*) FROM payment WHERE {where}", *values)

    def page(self, tab: str, *, number: int, size: int) -> list[sqlite3.Row]:
        """Return one page of a tab, newest first."""
        where, values = self._listed(tab)
        return self._db.rows(
            f"SELECT * FROM payment WHERE {where} ORDER BY requested_at DESC, id DESC LIMIT ? OFFSET ?",
            *values,
            size,
            (number - 1) * size,
        )

    def _listed(self, tab: str) -> tuple[str, list[object]]:
        days = timedelta(days=self._knobs.number("window_days"))
        where, values = "requested_at >= ?", [stored(_midnight(self._clock.now()) - days)]
        if TABS[tab] is not None:
            where += " AND reflected = ?"
            values.append(str(TABS[tab]))
        if self._knobs.word("account_filter") == "settled":
            where += " AND status IN ('승인', '취소')"
        if hidden := self._knobs.word("payments_hidden"):
            where += " AND instr(payer, ?) = 0"
            values.append(hidden)
        return where, list[object](values)

    def _insert(self, fields: Mapping[str, object]) -> int:
        marks = ", ".join("?" * len(FIELDS))
        sql = f"INSERT INTO payment ({', '.join(FIELDS)}) VALUES ({marks})"
        return int(self._db.run(sql, *(fields[field] for field in FIELDS)).lastrowid or 0)

    def _whole(self, given: Mapping[str, object]) -> dict[str, object]:
        fields = names.payment(self._random) | {"requested_at": stored(self._clock.now()), "reflected": ""}
        fields |= _checked(given)
        if fields["status"] not in ("승인", "취소"):
            fields |= {key: "" for key in ("acquirer", "card", "approval_no") if key not in given}
        return fields


def _checked(given: Mapping[str, object]) -> dict[str, object]:
    """Return fields as the database keeps them; raise PaymentError."""
    if unknown := given.keys() - {*FIELDS, "id"}:
        raise PaymentError(f"a payment has no {', '.join(sorted(unknown))}; its fields: {', '.join(FIELDS)}")
    fields = {field: value for field, value in given.items() if field != "id"}
    if "reflected" in fields:
        if fields["reflected"] not in REFLECTED:
            raise PaymentError(f"reflected = {fields['reflected']!r}: write true, false or 'forced'")
        fields["reflected"] = REFLECTED[fields["reflected"]]
    for field, value in fields.items():
        expected = int if field == "amount" else str
        if not isinstance(value, expected) or isinstance(value, bool):
            raise PaymentError(f"{field} = {value!r}: write a {'whole number' if expected is int else 'text'}")
    if "requested_at" in fields:
        try:
            fields["requested_at"] = stored(read(str(fields["requested_at"])))
        except ValueError as error:
            raise PaymentError(f"requested_at = {fields['requested_at']!r}: write an ISO time") from error
    return fields


def _told(row: sqlite3.Row) -> dict[str, Any]:
    """Write a payment the way the control API says it."""
    told = dict(row)
    told["requested_at"] = read(told["requested_at"]).isoformat()
    told["reflected"] = next(word for word, kept in REFLECTED.items() if kept == told["reflected"])
    return told


def _midnight(time: datetime) -> datetime:
    return time.replace(hour=0, minute=0, second=0)
