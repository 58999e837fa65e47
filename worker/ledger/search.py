"""The ledger as questions about single payments read it: found by what people know of them, nothing changed."""

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from worker.i18n import loaded
from worker.ledger.database import moment_of
from worker.ledger.entry import Entry
from worker.ledger.ledger import Ledger
from worker.ledger.search_terms import APPROVAL_DIGITS, Field, Meaning, same_number
from worker.payments import why
from worker.payments.text import fold, fold_lines
from worker.runtime import sqlite as sqlite3


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

    @property
    def is_rename(self) -> bool:
        """True when the payment was only listed in another form: nothing became of it by that."""
        return why.is_reason(self.why, why.number_came("", ""))


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


#: How each field is asked for: each is one look into one index.
_CONDITIONS = {
    Field.KEY: ("key >= ? AND key < ?",),
    Field.APPROVAL_NO: (
        "approval_no <> '' AND approval_no IN (SELECT value FROM json_each (?))",
        "key IN (SELECT key FROM form WHERE approval_no <> '' AND approval_no IN (SELECT value FROM json_each (?)))",
    ),
    Field.SLIP: (
        "slip <> '' AND REPLACE (slip, ' ', '') IN (?, ?)",
        "INSTR (slip, ',') > 0 AND (INSTR (',' || REPLACE (slip, ' ', '') || ',', ',' || ? || ',') > 0 "
        "OR INSTR (',' || REPLACE (slip, ' ', '') || ',', ',' || ? || ',') > 0)",
    ),
    Field.AMOUNT: ("amount = ? AND kind IN (?, ?)",),
    Field.DATE: ("time >= ? AND time < ?",),
    Field.PAYER: (
        "payer IN (SELECT value FROM json_each (?))",
        "key IN (SELECT key FROM form WHERE payer IN (SELECT value FROM json_each (?)))",
    ),
}

#: What is folded and compared one by one, each read from the whole of one index: every name, and the few approval
#: numbers that are not digits alone.
_PAYERS = "SELECT DISTINCT payer FROM payment"
_ODD_NUMBERS = (
    "SELECT DISTINCT approval_no FROM payment "
    f"WHERE approval_no <> '' AND (approval_no GLOB '*[^0-9]*' OR LENGTH (approval_no) > {APPROVAL_DIGITS})"
)

#: The same of the forms in which payments were listed before: few, as customers are renamed now and then.
_FORMER_PAYERS = "SELECT DISTINCT payer FROM form"
_FORMER_NUMBERS = "SELECT DISTINCT approval_no FROM form WHERE approval_no <> ''"


class Archive(Ledger):
    """The ledger with the questions that only `daybreak find` asks. Raises LedgerError."""

    def matching(self, meanings: Collection[Meaning], *, most: int) -> tuple[int, list[Hit]]:
        """Return how many payments are meant, and the newest `most` of them, newest first."""
        fields: dict[str, list[Field]] = {}
        times: dict[str, str] = {}
        total = 0
        counted: list[tuple[str, Sequence[object]]] = []
        # Names first: they may be many, and the others are counted without what was counted before.
        for one in sorted(meanings, key=lambda one: one.field is not Field.PAYER):
            values = self._values(one)
            for condition in self._conditions(one.field):
                others = "".join(f" AND NOT ({other})" for other, _ in counted)
                also = [value for _, known in counted for value in known]
                count = self._row(f"SELECT COUNT(*) FROM payment WHERE {condition}{others}", [*values, *also])
                total += int(count[0]) if count is not None else 0
                counted.append((condition, values))
                # The plus keeps SQLite from walking through all payments by time in search of a rare name.
                rows = self._rows(
                    f"SELECT key, time FROM payment WHERE {condition} ORDER BY +time DESC, key LIMIT ?", [*values, most]
                )
                for row in rows:
                    fields.setdefault(row["key"], []).append(one.field)
                    times[row["key"]] = row["time"]
        newest = sorted(times, key=lambda key: (times[key], key), reverse=True)[:most]
        return total, [self._hit(key, sorted(fields[key], key=list(Field).index)) for key in newest]

    def _conditions(self, field: Field) -> Sequence[str]:
        """Return how a field is asked for in this ledger: one that is only read may have no former forms yet."""
        return [one for one in _CONDITIONS[field] if self._has_forms() or " FROM form " not in one]

    def _has_forms(self) -> bool:
        return self._row("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'form'") is not None

    def _values(self, meaning: Meaning) -> Sequence[object]:
        """Return what the conditions of a field compare with. Names and numbers: all in the ledger that fold alike."""
        if meaning.field is Field.PAYER:
            part = str(meaning.values[0])
            former = self._folded(_FORMER_PAYERS) if self._has_forms() else ()
            return [_json(one for one, folded in (*self._folded(_PAYERS), *former) if part in folded)]
        if meaning.field is Field.APPROVAL_NO:
            number, *shown = map(str, meaning.values)
            if not number:
                return [_json(shown)]
            padded = [number.zfill(digits) for digits in range(len(number), APPROVAL_DIGITS + 1)]
            # A name is looked for among the numbers as it is: that spares a walk through a million of them.
            odd = self._folded(_ODD_NUMBERS) if number.isascii() else ()
            former = self._folded(_FORMER_NUMBERS) if self._has_forms() else ()
            alike = [one for one, folded in (*odd, *former) if same_number(folded) == number]
            return [_json([*shown, *padded, *alike])]
        return meaning.values

    def _folded(self, question: str) -> Iterator[tuple[str, str]]:
        """Yield every text that a SELECT finds, and the same as it is looked for."""
        found = [str(row[0]) for row in self._rows(question)]
        if found:
            folded = fold_lines("\n".join(one.replace("\n", " ") for one in found))
            yield from zip(found, folded.split("\n"), strict=True)

    def odd_rows_with(self, text: str, meanings: Collection[Meaning]) -> list[OddRow]:
        """Return the rows that no rule covers in which this text stands, or what it means, newest first."""
        part = fold(text)
        found = []
        for row in self._rows("SELECT * FROM oddity ORDER BY id DESC") if part else ():
            cells = {str(name): str(cell) for name, cell in json.loads(row["row"]).items()}
            if any(part in fold(cell) for cell in cells.values()) or any(_means(one, cells) for one in meanings):
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
            posted_at=moment_of(row["posted_at"]),
            steps=steps,
            batches=tuple(_sending(one) for one in rows if one is not None),
        )


def _means(meaning: Meaning, cells: Mapping[str, str]) -> bool:
    """True when a cell of a row is this approval number, or these digits are its amount, whatever parts them."""
    if meaning.field is Field.APPROVAL_NO:
        return bool(meaning.values[0]) and same_number(fold(cells.get("approval_no", ""))) == meaning.values[0]
    if meaning.field is Field.AMOUNT:
        return re.sub(r"\D", "", fold(cells.get("amount", ""))).lstrip("0") == str(meaning.values[0])
    return False


def _json(texts: Iterable[str]) -> str:
    return json.dumps(list(texts), ensure_ascii=False)


def _sending(row: sqlite3.Row) -> Sending:
    return Sending(
        id=row["id"],
        cycle=row["cycle"],
        generation=row["generation"],
        rows=row["rows"],
        won=row["won"],
        planned_at=datetime.fromisoformat(row["planned_at"]),
        armed_at=moment_of(row["armed_at"]),
        sent_at=moment_of(row["sent_at"]),
        settled_at=moment_of(row["settled_at"]),
        outcome=row["outcome"],
        answer=loaded(row["answer"]),
    )
