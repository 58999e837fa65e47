"""What a text that somebody looks for can mean: a key, an approval number, a slip, an amount, a day or a payer."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from worker.payments import Kind, parse_amount, squeeze


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
    #: key: from, to (not included). approval_no, slip: these. amount: won, kinds. date: from, to. payer: a part of it.
    values: tuple[str | int, ...]


#: A key, or its beginning after a #: alone or inside a whole remark.
_KEY = re.compile(r"#([A-Z2-7]{1,10})\b|^([A-Z2-7]{10})$", re.IGNORECASE)

_DATE = re.compile(r"(?:(\d{4})[-/.])?(\d{1,2})[-/.](\d{1,2})")

#: Excel drops the zeros at the start of an approval number of so many digits.
APPROVAL_DIGITS = 8


def meanings(text: str, today: date) -> list[Meaning]:
    """Return everything that a text can mean. A day without a year is the last one of that name, today included."""
    return list(_meanings(squeeze(unicodedata.normalize("NFKC", text)), today))


def _meanings(plain: str, today: date) -> Iterator[Meaning]:
    if not plain:
        return
    if found := _KEY.search(plain):
        start = (found[1] or found[2]).upper()
        yield Meaning(field=Field.KEY, values=(start, f"{start}~"))
        if found[1]:
            return
    if day := _day(plain, today):
        yield Meaning(field=Field.DATE, values=(day.isoformat(), (day + timedelta(days=1)).isoformat()))
        return
    compact = plain.replace(" ", "")
    yield Meaning(field=Field.APPROVAL_NO, values=(plain, compact.zfill(APPROVAL_DIGITS)))
    yield Meaning(field=Field.SLIP, values=(compact,))
    try:
        won = parse_amount(compact.removesuffix("원").lstrip("₩"))
    except ValueError:
        pass
    else:
        kinds = (Kind.CANCELLATION, Kind.CANCELLATION) if won < 0 else tuple(Kind)
        yield Meaning(field=Field.AMOUNT, values=(abs(won), *kinds))
    yield Meaning(field=Field.PAYER, values=(plain,))


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
