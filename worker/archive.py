"""The ledger as questions about single payments read it: found by what people know of them, nothing changed."""

import json
import sqlite3
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from worker.i18n import loaded
from worker.ledger import Entry, Ledger
from worker.meaning import Field, Meaning


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One move of a payment."""

    #: "" for the first one.
    before: str
    after: str
    at: datetime
    #: worker, look-up, recovery, or a person.
    by: str
    batch: int | None
    #: The worker that moved it, or None for a command.
    generation: int | None
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """One batch that a payment was in."""

    id: int
    cycle: int
    generation: int
    rows: int
    won: int
    planned_at: datetime
    armed_at: datetime | None
    sent_at: datetime | None
    settled_at: datetime | None
    outcome: str
    #: What the ERP said, or why it was not sent.
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One payment, by which of its fields it was found, and all that happened to it."""

    entry: Entry
    fields: tuple[Field, ...]
    seen_at: datetime
    posted_at: datetime | None
    steps: tuple[Step, ...]
    batches: tuple[Sending, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OddRow:
    """A row that no rule covers."""

    id: int
    row: dict[str, str]
    why: str
    seen_at: datetime
    #: When, by whom and how it was settled, or "".
    settled: str


#: How each field is asked for. A payer is looked for in the whole of one index, everything else is one look into one.
_CONDITIONS = {
    Field.KEY: ("key >= ? AND key < ?",),
    Field.APPROVAL_NO: ("approval_no <> '' AND approval_no IN (?, ?)",),
    Field.SLIP: (
        "slip <> '' AND REPLACE (slip, ' ', '') = ?",
        "INSTR (slip, ',') > 0 AND INSTR (',' || REPLACE (slip, ' ', '') || ',', ',' || ? || ',') > 0",
    ),
    Field.AMOUNT: ("amount = ? AND kind IN (?, ?)",),
    Field.DATE: ("time >= ? AND time < ?",),
    Field.PAYER: ("payer LIKE '%' || ? || '%' ESCAPE '\\'",),
}


class Archive(Ledger):
    """The ledger with the questions that only `daybreak find` asks. Raises LedgerError."""

    def matching(self, meanings: Collection[Meaning], *, most: int) -> tuple[int, list[Hit]]:
        """Return how many payments are meant, and the newest `most` of them, newest first."""
        fields: dict[str, list[Field]] = {}
        times: dict[str, str] = {}
        total = 0
        for one in meanings:
            values = [_escaped(str(value)) for value in one.values] if one.field is Field.PAYER else one.values
            for condition in _CONDITIONS[one.field]:
                count = self._row(f"SELECT COUNT(*) FROM payment WHERE {condition}", values)
                if count is None or not count[0]:
                    continue
                # The plus keeps SQLite from walking through all payments by time in search of a rare name.
                rows = self._rows(
                    f"SELECT key, time FROM payment WHERE {condition} ORDER BY +time DESC, key LIMIT ?", [*values, most]
                )
                total += int(count[0]) - sum(row["key"] in times for row in rows)
                for row in rows:
                    fields.setdefault(row["key"], []).append(one.field)
                    times[row["key"]] = row["time"]
        newest = sorted(times, key=lambda key: (times[key], key), reverse=True)[:most]
        return total, [self._hit(key, fields[key]) for key in newest]

    def odd_rows_with(self, text: str) -> list[OddRow]:
        """Return the rows that no rule covers in which this text stands, newest first."""
        found = []
        for row in self._rows("SELECT * FROM oddity ORDER BY id DESC"):
            cells = {str(name): str(cell) for name, cell in json.loads(row["row"]).items()}
            if any(text.casefold() in cell.casefold() for cell in cells.values()):
                seen_at = datetime.fromisoformat(row["seen_at"])
                found.append(
                    OddRow(id=row["id"], row=cells, why=loaded(row["why"]), seen_at=seen_at, settled=row["settled"])
                )
        return found

    def _hit(self, key: str, fields: list[Field]) -> Hit:
        entry = self.entry(key)
        row = self._row("SELECT seen_at, posted_at FROM payment WHERE key = ?", (key,))
        assert entry is not None, "payments are never removed"
        assert row is not None, "payments are never removed"
        steps = tuple(
            Step(
                before=one["before"],
                after=one["after"],
                at=datetime.fromisoformat(one["at"]),
                by=one["by"],
                batch=one["batch"],
                generation=one["generation"],
                why=loaded(one["why"]),
            )
            for one in self._rows("SELECT * FROM move WHERE key = ? ORDER BY id", (key,))
        )
        numbers = dict.fromkeys(one.batch for one in steps if one.batch is not None)
        rows = [self._row("SELECT * FROM batch WHERE id = ?", (number,)) for number in numbers]
        return Hit(
            entry=entry,
            fields=tuple(dict.fromkeys(fields)),
            seen_at=datetime.fromisoformat(row["seen_at"]),
            posted_at=_moment(row["posted_at"]),
            steps=steps,
            batches=tuple(_sending(one) for one in rows if one is not None),
        )


def _escaped(text: str) -> str:
    """Return a text in which LIKE sees no wildcard."""
    return "".join(f"\\{one}" if one in "%_\\" else one for one in text)


def _sending(row: sqlite3.Row) -> Sending:
    return Sending(
        id=row["id"],
        cycle=row["cycle"],
        generation=row["generation"],
        rows=row["rows"],
        won=row["won"],
        planned_at=datetime.fromisoformat(row["planned_at"]),
        armed_at=_moment(row["armed_at"]),
        sent_at=_moment(row["sent_at"]),
        settled_at=_moment(row["settled_at"]),
        outcome=row["outcome"],
        answer=row["answer"],
    )


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
