"""What a text that somebody looks for can mean: a key, an approval number, a slip, an amount, a day or a payer."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from worker.payments.payment import PaymentKind
from worker.payments.text import fold, narrow, parse_amount
from worker.runtime.time_words import read


class Field(StrEnum):
    """By what a payment can be found."""

    KEY = "key"
    APPROVAL_NO = "approval_no"
    SLIP = "slip"
    AMOUNT = "amount"
    DATE = "date"
    PAYER = "payer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """One thing that a text can mean, with the values to compare with, as the ledger writes them."""

    field: Field
    #: key: from, to (not included). approval_no: a text as `same_number` has it, or "", then texts as they may stand in
    #: the ledger. slip: these. amount: won, kinds. date: from, to. payer: a part of it, folded.
    values: tuple[str | int, ...]


#: A key, or its beginning after a #: alone or inside a whole remark.
_KEY = re.compile(r"#([A-Z2-7]{1,10})\b|^([A-Z2-7]{10})$", re.IGNORECASE)

_DATE = re.compile(r"(?:(\d{4}) ?[-/.년] ?)?(\d{1,2}) ?[-/.월] ?(\d{1,2}) ?[.일]?", re.ASCII)

#: Won as people write it: a sign, a word or sign for won on either side, or brackets for a minus.
_AMOUNT = re.compile(
    r"(?P<minus>[-\u2212△▲(])? ?(?:금|₩|￦|\\|krw)? ?"
    r"(?P<won>[-\u2212]? ?[0-9][0-9, ]*?) ?(?:원정?|won|krw)? ?(?P<end>\))?",
    re.IGNORECASE,
)

_SLIP = re.compile(r"(\d{4})[-/.]?(\d{2})[-/.]?(\d{2})-(\d+)", re.ASCII)

#: What people write before an approval number: an answer of ours, too.
_LABEL = re.compile(r"^(?:승인번호|승인|approvalnumber|approval|no\.)[:.]?")

#: Maximum digits of an approval number, with the zeros at its start, that the index finds; longer ones are read singly.
APPROVAL_DIGITS = 20


def named_key(text: str) -> str:
    """Return a key or `row-N` as the ledger writes it, of what somebody typed or copied; any other word as it is."""
    plain = narrow(text)
    if key := re.fullmatch(r"#? ?([A-Z2-7]{10})", plain, re.IGNORECASE):
        return key[1].upper()
    return plain.lower() if re.fullmatch(r"row-[0-9]+", plain, re.IGNORECASE) else plain


def same_number(folded: str) -> str:
    """Return by what a folded approval number is found: without dashes and the zeros at its start."""
    plain = folded.replace("-", "")
    return plain.lstrip("0") or plain[:1] or folded


def meanings(text: str, today: date) -> list[Meaning]:
    """Return everything that a text can mean. A day without a year is the last one of that name, today included."""
    return list(_meanings(narrow(text), today)) if fold(text) else []


def _meanings(plain: str, today: date) -> Iterator[Meaning]:
    if found := _KEY.search(plain):
        start = (found[1] or found[2]).upper()
        yield Meaning(field=Field.KEY, values=(start, f"{start}~"))
    day, span = _day(plain, today), _span(plain)
    if span:
        yield Meaning(field=Field.DATE, values=span)
    elif day:
        yield Meaning(field=Field.DATE, values=(day.isoformat(), (day + timedelta(days=1)).isoformat()))
    folded = fold(plain)
    # A day is no number that lost its dash.
    number = "" if day or span else same_number(_LABEL.sub("", folded) or folded)
    shown = dict.fromkeys((plain, plain.replace(" ", "")))
    yield Meaning(field=Field.APPROVAL_NO, values=(number, *shown))
    yield Meaning(field=Field.SLIP, values=_slips(plain))
    if (won := _won(plain)) is not None:
        kinds = (PaymentKind.CANCELLATION, PaymentKind.CANCELLATION) if won < 0 else tuple(PaymentKind)
        yield Meaning(field=Field.AMOUNT, values=(abs(won), *kinds))
    yield Meaning(field=Field.PAYER, values=(folded,))


def _won(plain: str) -> int | None:
    found = _AMOUNT.fullmatch(plain)
    if not found or (found["minus"] == "(") != (found["end"] is not None):
        return None
    try:
        won = parse_amount(found["won"])
    except ValueError:
        return None
    return -abs(won) if found["minus"] else won


def _slips(plain: str) -> tuple[str, str]:
    """Return the two forms of a slip's number, without blanks: as it was typed, and as the ERP writes it."""
    compact = "".join(plain.split())
    found = _SLIP.fullmatch(fold(plain))
    return compact, f"{found[1]}/{found[2]}/{found[3]}-{int(found[4])}" if found else compact.upper()


def _span(plain: str) -> tuple[str, str] | None:
    """Return from and to (not included) of a day with its year, or of a minute or second of it; else None."""
    written = read(plain)
    if written is None or written.day is None or written.offset is not None:
        return None
    if written.at is None:
        return written.day.isoformat(), (written.day + timedelta(days=1)).isoformat()
    start = datetime.combine(written.day, written.at.replace(microsecond=0))
    unit, step = ("seconds", timedelta(seconds=1)) if written.has_seconds else ("minutes", timedelta(minutes=1))
    return start.isoformat(timespec=unit), (start + step).isoformat(timespec=unit)


def _day(plain: str, today: date) -> date | None:
    found = _DATE.fullmatch(plain)
    if not found:
        return None
    year, month, day = (int(one or 0) for one in found.groups())
    for tried in (year,) if year else range(today.year, today.year - 9, -1):
        try:
            named = date(tried, month, day)
        except ValueError:  # a 29 February
            continue
        if year or named <= today:
            return named
    return None
