"""What readers type into the fields of the page, read with one sentence for what can't be meant."""

import re
from collections.abc import Mapping
from datetime import date

from worker.errors import DaybreakError
from worker.i18n import message

#: Years that the page knows: no ledger has others, and no calendar of holidays.
YEARS = range(2000, 2100)


def day(text: str) -> date:
    """Return a day like 2026-11-30. Raises DaybreakError for anything else and for a day that no calendar has."""
    plain = text.strip()
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", plain, re.ASCII):
        try:
            found = date.fromisoformat(plain)
        except ValueError:
            found = None
        if found is not None and found.year in YEARS:
            return found
    raise DaybreakError(message("{text} is no day. Write it like 2026-11-30", text=shown(plain)))


def month(text: str) -> date:
    """Return the first day of a month like 2026-11. Raises DaybreakError."""
    plain = text.strip()
    found = re.fullmatch(r"(\d{4})-(\d{2})", plain, re.ASCII)
    if found and int(found[1]) in YEARS and 1 <= int(found[2]) <= 12:
        return date(int(found[1]), int(found[2]), 1)
    raise DaybreakError(message("{text} is no month. Write it like 2026-11", text=shown(plain)))


def number(text: str, *, most: int) -> int:
    """Return a whole number from 1 to `most`. Raises DaybreakError."""
    plain = text.strip()
    if re.fullmatch(r"\d{1,9}", plain, re.ASCII) and 1 <= int(plain) <= most:
        return int(plain)
    raise DaybreakError(message("{text} is no number from 1 to {most}", text=shown(plain), most=most))


def text(form: Mapping[str, str], name: str) -> str:
    """Return a field, without control characters and without blanks around it."""
    value = form.get(name, "")
    return "".join(sign if sign.isprintable() else " " for sign in value).strip()


def shown(text: str) -> str:
    """Return what was typed, short enough for a sentence."""
    plain = "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in text)
    return f"“{plain[:40]}{'…' if len(plain) > 40 else ''}”"
