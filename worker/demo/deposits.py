"""The deposits the ERP stored, and the save requests that brought them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from worker.demo.clock import Clock, read, stored
from worker.demo.database import Database
from worker.demo.knobs import Knobs
from worker.runtime import sqlite as sqlite3


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One row of an upload that passed the ERP's checks."""

    date: str
    account: str
    account_code: str
    payer: str
    amount: int
    memo: str


class Deposits:
    """Slips, numbered per day; nothing here looks for duplicates, as the real ERP doesn't."""

    def __init__(self, db: Database, *, clock: Clock, knobs: Knobs) -> None:
        self._db = db
        self._clock = clock
        self._knobs = knobs

    def receive(self, *, rows: int, fault: str, reused_connection: bool) -> int:
        """Record a save request that reached the ERP; return its id."""
        sql = "INSERT INTO upload (at, rows, stored, fault, reused_connection) VALUES (?, ?, 0, ?, ?)"
        at = stored(self._clock.now())
        return int(self._db.run(sql, at, rows, fault, reused_connection).lastrowid or 0)

    def store(self, upload: int, entries: Sequence[Entry], *, writer: str) -> list[str]:
        """Make one slip of each entry, all or nothing; return their numbers."""
        with self._db.transaction():
            numbers = [self._insert(upload, entry, writer) for entry in entries]
            self._db.run("UPDATE upload SET stored = stored + ? WHERE id = ?", len(entries), upload)
        return numbers

    def _insert(self, upload: int, entry: Entry, writer: str) -> str:
        serial = 1 + self._db.number("SELECT count(*) FROM slip WHERE date = ?", entry.date)
        slip_no = f"{entry.date} -{serial}"
        self._db.run(
            "INSERT INTO slip (slip_no, upload_id, entered_at, writer, date, account, account_code, payer, amount,"
            " memo) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            slip_no,
            upload,
            stored(self._clock.now()),
            writer,
            entry.date,
            entry.account,
            entry.account_code,
            entry.payer,
            entry.amount,
            entry.memo,
        )
        return slip_no

    def slips(self) -> list[dict[str, Any]]:
        """Return all slips, oldest entry first."""
        told = [dict(row) for row in self._db.rows("SELECT * FROM slip ORDER BY id")]
        for slip in told:
            slip["entered_at"] = read(slip["entered_at"]).isoformat()
            del slip["id"], slip["matched"]
        return told

    def uploads(self) -> list[dict[str, Any]]:
        """Return all save requests, oldest first; `fault` is null where nothing went wrong."""
        told = [dict(row) for row in self._db.rows("SELECT * FROM upload ORDER BY id")]
        for upload in told:
            upload["at"] = read(upload["at"]).isoformat()
            upload["fault"] = upload["fault"] or None
            upload["reused_connection"] = bool(upload["reused_connection"])
        return told

    def unmatched(self, until: str, *, at_most: int) -> list[sqlite3.Row]:
        """Return the slips entered up to a stored time that nobody has looked at yet, oldest first."""
        sql = "SELECT * FROM slip WHERE matched = 0 AND entered_at <= ? ORDER BY id LIMIT ?"
        return self._db.rows(sql, until, at_most)

    def period(self) -> str:
        """Return the days whose slips the list holds, as the screen shows them: `2026/01/08 ~ 2026/02/07`."""
        first, last = self._days()
        return f"{first:%Y/%m/%d} ~ {last:%Y/%m/%d}"

    def count(self, memo: str) -> int:
        """Return how many slips the list holds: those of its period, 적요 containing `memo`."""
        where, values = self._listed(memo)
        return self._db.number(f"SELECT count(*) FROM slip WHERE {where}", *values)

    def page(self, memo: str, *, number: int, size: int) -> list[sqlite3.Row]:
        """Return one page of the list, newest entry first."""
        where, values = self._listed(memo)
        return self._db.rows(
            f"SELECT * FROM slip WHERE {where} ORDER BY entered_at DESC, id DESC LIMIT ? OFFSET ?",
            *values,
            size,
            (number - 1) * size,
        )

    def _days(self) -> tuple[date, date]:
        today = self._clock.now().date()
        first, last = (timedelta(days=self._knobs.number(name)) for name in ("deposit_days", "deposit_until_days"))
        return today - first, today - last

    def _listed(self, memo: str) -> tuple[str, list[object]]:
        first, last = self._days()
        where = "substr(entered_at, 1, 10) BETWEEN ? AND ? AND instr(memo, ?) > 0 AND instr(payer, ?) > 0"
        return where, [first.isoformat(), last.isoformat(), memo, self._knobs.word("deposit_filter")]
