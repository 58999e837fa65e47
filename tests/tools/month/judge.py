"""Judges a month: what stands in the ERP's books, and whom the ledger asks about, against what was planted. Pure."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from tests.tools.month.plan import Row

#: By what a row of the list is found again: second, won above zero, status, number.
Mark = tuple[datetime, int, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A row that waits for a person, or did, as the ledger has it."""

    at: datetime
    payer: str
    amount: int
    status: str
    number: str
    why: str


@dataclass(slots=True, kw_only=True)
class Line:
    """What became of the rows of one kind."""

    rows: int = 0
    deposits: int = 0
    once: int = 0
    twice: int = 0
    lost: int = 0
    #: Rows that a person should be asked about, is asked about, and is asked about although nobody should be.
    to_ask: int = 0
    asked: int = 0
    needless: int = 0


@dataclass(slots=True, kw_only=True)
class Verdict:
    """How a month ended."""

    lines: dict[str, Line] = field(default_factory=lambda: defaultdict(Line))
    #: One sentence for each deposit or row that is not as it must be.
    problems: list[str] = field(default_factory=list)

    def total(self) -> Line:
        """Return the sum of all lines."""
        names = tuple(Line.__dataclass_fields__)
        return Line(**{name: sum(getattr(line, name) for line in self.lines.values()) for name in names})


def real(number: str) -> str:
    """Return an approval number as it counts: without leading zeros, and empty where it is none."""
    text = number.strip()
    is_number = re.fullmatch(r"[0-9A-Za-z]+(-[0-9A-Za-z]+)*", text) and re.search(r"[1-9]", text)
    return text.upper().lstrip("0") if is_number else ""


def mark(at: datetime, amount: int, status: str, number: str) -> Mark:
    """Return by what a row is found again."""
    return at, abs(amount), status, real(number)


def judge(
    rows: Sequence[Row],
    slips: Iterable[Mapping[str, Any]],
    asked: Sequence[Asked],
    *,
    ever: Sequence[Asked] = (),
    questions: Sequence[str] = (),
    doubted: int = 0,
) -> Verdict:
    """Compare. `asked` waits for a person at the month's end, `ever` did at any time.

    `questions` were asked about a whole list, where `doubted` lists should raise one.
    """
    found = Verdict()
    if len(questions) != doubted:
        found.problems.append(f"{doubted} lists should raise a question, {len(questions)} did: {'; '.join(questions)}")
    marks = _marks(rows)
    waiting = _rows_asked(marks, asked, found)
    _judge_books(rows, slips, waiting, found)
    for row in rows:
        line = found.lines[row.what]
        line.rows += 1
        line.to_ask += row.is_asked
        whys = waiting.get(row.id, [])
        line.asked += bool(whys) and row.is_asked
        if whys and not row.is_asked:
            line.needless += 1
            found.problems.append(f"asked needlessly: {_told(row)}: {whys[0]}")
        elif row.is_asked and not whys:
            found.problems.append(f"nobody is asked: {_told(row)}")
        elif len(whys) > 1:
            found.problems.append(f"asked {len(whys)} times: {_told(row)}: {'; '.join(whys)}")
    for row_id, whys in _rows_asked(marks, ever, Verdict(), each_once=False).items():
        row = rows[row_id]
        if not (row.is_asked or row.may_wait or row_id in waiting):
            found.lines[row.what].needless += 1
            found.problems.append(f"asked needlessly for a while: {_told(row)}: {whys[0]}")
    return found


def _marks(rows: Sequence[Row]) -> dict[Mark, list[Row]]:
    marks: dict[Mark, list[Row]] = defaultdict(list)
    for row in rows:
        of_row = {
            mark(datetime.fromisoformat(form["requested_at"]), form["amount"], form["status"], form["approval_no"])
            for form in row.forms
        }
        for one in of_row:
            marks[one].append(row)
    return marks


def _rows_asked(
    marks: Mapping[Mark, list[Row]], asked: Sequence[Asked], found: Verdict, *, each_once: bool = True
) -> dict[int, list[str]]:
    """Return {row: why it is asked about}; one that nobody planted is a problem of its own.

    `each_once`: no row is asked about twice at one time. Over a month one is, where it was renamed while it waited.
    """
    waiting: dict[int, list[str]] = defaultdict(list)
    for one in asked:
        rows = marks.get(mark(one.at, one.amount, one.status, one.number), [])
        # Rows without a number may agree in all but the payer.
        of_payer = [row for row in rows if any(form["payer"] == one.payer for form in row.forms)]
        if not rows:
            found.lines["unknown"].needless += 1
            found.problems.append(f"asked about a row that was never listed: {one}")
        else:
            # Of rows that agree in everything the one that should be asked about.
            rows = sorted(of_payer or rows, key=lambda row: (each_once and row.id in waiting, not row.is_asked))
            waiting[rows[0].id].append(one.why)
    return waiting


def _judge_books(
    rows: Sequence[Row], slips: Iterable[Mapping[str, Any]], waiting: Mapping[int, list[str]], found: Verdict
) -> None:
    """Find a slip for each deposit that must be there: same day, won, and a name that the customer has had."""
    expected: dict[tuple[date, int], list[Row]] = defaultdict(list)
    for row in rows:
        for day, won in row.deposits:
            expected[day, won].append(row)
            found.lines[row.what].deposits += 1
    booked: dict[tuple[date, int], list[str]] = defaultdict(list)
    for slip in slips:
        day = date.fromisoformat(slip["date"].replace("/", "-"))
        booked[day, slip["amount"]].append(slip["payer"])
    for day, won in sorted({*expected, *booked}):
        wanted, payers = expected[day, won], booked[day, won]
        pairs = pair([{form["payer"] for form in row.forms} for row in wanted], payers)
        for number, row in enumerate(wanted):
            line = found.lines[row.what]
            if number in pairs:
                line.once += 1
            elif row.id not in waiting:
                line.lost += 1
                found.problems.append(f"lost: {_told(row)}, {won:+,} won")
        for number in set(range(len(payers))) - set(pairs.values()):
            of_payer = [row for row in wanted if any(form["payer"] == payers[number] for form in row.forms)]
            row_of = next(iter(of_payer or _like(rows, day, won)), None)
            found.lines[row_of.what if row_of else "unknown"].twice += 1
            what = _told(row_of) if row_of else "no row that was ever listed"
            found.problems.append(f"posted twice, or wrongly: {day}, {payers[number]}, {won:+,} won: {what}")


def _like(rows: Sequence[Row], day: date, won: int) -> list[Row]:
    """Return the rows of which a form has this day and this many won."""
    return [
        row
        for row in rows
        if any(
            datetime.fromisoformat(form["requested_at"]).date() == day and form["amount"] == abs(won)
            for form in row.forms
        )
    ]


def pair(wanted: Sequence[set[str]], given: Sequence[str]) -> dict[int, int]:
    """Return {index of what is wanted: index of what is given} for as many as can be, each once."""
    taken: dict[int, int] = {}

    def find(number: int, tried: set[int]) -> bool:
        for place, name in enumerate(given):
            if name in wanted[number] and place not in tried:
                tried.add(place)
                if place not in taken or find(taken[place], tried):
                    taken[place] = number
                    return True
        return False

    for number in range(len(wanted)):
        find(number, set())
    return {number: place for place, number in taken.items()}


def _told(row: Row) -> str:
    forms = " → ".join(
        f"{form['requested_at'][5:19]} {form['payer']} {form['amount']:,} {form['status']} {form['approval_no']!r}"
        f"{' reflected' if form['reflected'] else ''}"
        for form in row.forms[-3:]
    )
    return f"{row.what} (row {row.id}): {forms}"
