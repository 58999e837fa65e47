"""The list of `daybreak adopt --list`: which waiting payments its lines name, and every line that names not one."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from worker.errors import DaybreakError
from worker.i18n import Message, joined, message
from worker.payments.payment import Payment
from worker.runtime.foreign_text import narrow, read_text

#: Bad lines named in one error, at most.
NAMED = 20

#: What people write over a column of numbers, without blanks, in lower case.
HEADERS = frozenset(
    {"승인번호", "번호", "키", "key", "keys", "approvalno", "approvalno.", "approvalnumber", "approval", "number", "no"}
)

#: A payment's key.
_KEY = re.compile(r"#?([A-Za-z2-7]{10})")

#: How a spreadsheet shows a number that it has rounded.
_ROUNDED = re.compile(r"[0-9][.,]?[0-9]*[eE][+-]?[0-9]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedPayments:
    """What a list names."""

    keys: frozenset[str]
    #: The first line where it is taken for the header of a column, else "".
    header: str = ""


def read(path: Path, waiting: Sequence[Payment]) -> NamedPayments:
    """Return the waiting payments that a file names by approval number or key, one a line, each line exactly one.

    Leading zeros don't count: a spreadsheet drops them. Raises DaybreakError that names every bad line, and for a file
    that names nothing at all: that would be --nothing, which must be said.
    """
    lines = enumerate(read_text(path).splitlines(), 1)
    filled = [(number, line) for number, line in lines if narrow(line)]
    header = narrow(filled[0][1]) if filled and _is_header(narrow(filled[0][1])) else ""
    if header:
        filled = filled[1:]
    if not filled:
        raise DaybreakError(
            message(
                "adopting by a list: {path} names no payment. That would mean that nothing was posted before; if it is "
                "so, say --nothing. Nothing was changed",
                path=str(path),
            )
        )
    found, bad = set(), []
    for number, line in filled:
        hits, why = _named(line, waiting)
        if why is None and len(hits) == 1:
            found.add(hits[0])
            continue
        bad.append(
            message('  line {number}: "{line}" {why}', number=number, line=narrow(line)[:60], why=why or _count(hits))
        )
    if not bad:
        return NamedPayments(keys=frozenset(found), header=header)
    shown = bad[:NAMED]
    if len(bad) > NAMED:
        shown.append(message("  … and {count} more", count=len(bad) - NAMED))
    raise DaybreakError(
        message(
            "adopting by a list: {bad} of the {all} lines of {path} can't be followed:\n{lines}\n"
            "Nothing was changed. Write the approval number as the ERP shows it, or the key (daybreak find), one a "
            "line",
            bad=len(bad),
            all=len(filled),
            path=str(path),
            lines=joined(shown),
        )
    )


def _is_header(line: str) -> bool:
    """True for a known title of a column, and for words without a digit that can't be a key."""
    cell = line.strip("\"'").replace(" ", "").lower()
    return cell in HEADERS or not (any(sign.isdigit() for sign in cell) or _KEY.fullmatch(cell))


def _named(line: str, waiting: Sequence[Payment]) -> tuple[list[str], Message | None]:
    """Return the keys of the payments that a line names, and what is wrong with the line itself."""
    cells = [narrow(cell).removeprefix("=").strip("\"'").strip() for cell in re.split(r"[,;\t]", line)]
    filled = [cell for cell in cells if cell]
    if len(filled) != 1:
        return [], message("has {count} columns: keep the approval number only", count=len(filled))
    (cell,) = filled
    if _ROUNDED.fullmatch(cell):
        return [], message("is a number that a spreadsheet has rounded: make the column text before saving it")
    cell = re.sub(r"(?<=[0-9])\.0+$", "", cell)
    key = _KEY.fullmatch(cell)
    named = [one.key for one in waiting if key and one.key == key[1].upper()]
    return named or [one.key for one in waiting if _is_same_number(one.approval_no, cell)], None


def _is_same_number(number: str, cell: str) -> bool:
    """True for two approval numbers that differ in leading zeros at most."""
    return bool(number.lstrip("0")) and number.lstrip("0") == cell.lstrip("0")


def _count(hits: Sequence[str]) -> Message:
    if not hits:
        return message("names no waiting payment")
    return message("names {count} waiting payments: write the key of the one that was posted", count=len(hits))
