"""The old script's record of what it posted: a JSON list of times, one per payment, and what such a time can prove."""

import json
import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from worker.errors import DaybreakError
from worker.i18n import Message, joined, message
from worker.payments.payment import Payment, PaymentKind, parse_time
from worker.runtime.foreign_text import narrow, read_text

#: How the old script wrote a payment down; a spreadsheet drops the zeros of month and day.
KEY = re.compile(r"\d{4}/\d{1,2}/\d{1,2} (오전|오후) \d{1,2}:\d\d:\d\d", re.ASCII)

#: Bad entries named in one error, at most.
NAMED = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A record held against a list of payments."""

    #: Posted by the old script, for certain.
    matched: tuple[Payment, ...]
    #: Perhaps posted by it, and why that can't be known.
    ambiguous: tuple[tuple[Payment, str], ...]
    #: Times of the record at which nothing is listed.
    unmatched: tuple[datetime, ...]
    #: Listed, and not in the record.
    others: tuple[Payment, ...]


def read(path: Path) -> tuple[datetime, ...]:
    """Return the times of a record, in order. Raises DaybreakError with everything that is wrong with the file."""
    stored = _entries(read_text(path), path)
    if not stored:
        raise DaybreakError(
            message(
                "adopting by the old script's record: {path} holds no time at all. If the old script never posted "
                "anything, say --nothing. Nothing was changed",
                path=str(path),
            )
        )
    times = [_time(one) for one in stored]
    bad = [
        message('  entry {number}: "{entry}" is no time like 2026/01/08 오전 8:07:05', number=number, entry=_shown(one))
        for number, (one, time) in enumerate(zip(stored, times, strict=True), 1)
        if time is None
    ]
    found = sorted(one for one in times if one is not None)
    bad += [
        message(
            "  {time} stands there {count} times: the old script wrote each once. Leave it in once; what shares a "
            "second is held for you",
            time=f"{one:%Y-%m-%d %H:%M:%S}",
            count=count,
        )
        for one, count in Counter(found).items()
        if count > 1
    ]
    if bad:
        more = [message("  … and {count} more", count=len(bad) - NAMED)] if len(bad) > NAMED else []
        raise DaybreakError(
            message(
                "adopting by the old script's record: {path} can't be followed:\n{lines}\nNothing was changed. Give "
                "the file as the old script left it",
                path=str(path),
                lines=joined([*bad[:NAMED], *more]),
            )
        )
    return tuple(found)


def _entries(text: str, path: Path) -> list[object]:
    """Return what a record lists: a JSON list, or times one a line, under a header or none. Raises DaybreakError."""
    if not narrow(text):
        return []
    try:
        stored = json.loads(text.removeprefix("\ufeff"))
    except ValueError as error:
        lines = [line for line in text.splitlines() if narrow(line)]
        times = [line for line in lines if _time(line) is not None]
        if not times:
            raise DaybreakError(
                message(
                    "adopting by the old script's record: {path} is no JSON ({why}) and holds no line like 2026/01/08 "
                    "오전 8:07:05. Give the file as the old script left it. Nothing was changed",
                    path=str(path),
                    why=str(error),
                )
            ) from error
        is_header = _time(lines[0]) is None and not any(sign.isdigit() for sign in lines[0])
        return list(lines[1:] if is_header else lines)
    if not isinstance(stored, list):
        raise DaybreakError(
            message(
                "adopting by the old script's record: {path} holds {what}, not a list of times. Nothing was changed",
                path=str(path),
                what=_named(stored),
            )
        )
    return stored


def compare(waiting: Sequence[Payment], listed: Iterable[Payment], times: Collection[datetime]) -> Compared:
    """Say which of the waiting payments a record proves to be posted. `listed`: every payment that is known.

    The old script knew a payment by its second alone: what shares one with another, and a row that may have been an
    approval when it was recorded, proves nothing.
    """
    recorded = set(times)
    known = list(listed)
    at = Counter(one.time for one in known)
    approvals = {(one.number, one.amount) for one in known if one.kind is PaymentKind.APPROVAL and one.number}
    matched, ambiguous, others = [], [], []
    for one in waiting:
        if one.time not in recorded:
            others.append(one)
        elif at[one.time] > 1:
            why = message(
                "the old script recorded this second, and {count} payments have it: it may have posted only one",
                count=str(at[one.time]),
            )
            ambiguous.append((one, why))
        elif one.kind is PaymentKind.CANCELLATION and (one.number, one.amount) not in approvals:
            why = message(
                "the old script recorded this second, perhaps when the row was still an approval: was the minus posted?"
            )
            ambiguous.append((one, why))
        else:
            matched.append(one)
    return Compared(
        matched=tuple(matched),
        ambiguous=tuple(ambiguous),
        unmatched=tuple(sorted(recorded - at.keys())),
        others=tuple(others),
    )


def _time(entry: object) -> datetime | None:
    plain = narrow(entry).strip("\"',") if isinstance(entry, str) else ""
    if not KEY.fullmatch(plain):
        return None
    try:
        return parse_time(plain)
    except ValueError:
        return None


def _shown(entry: object) -> str:
    return narrow(entry if isinstance(entry, str) else json.dumps(entry, ensure_ascii=False))[:60]


def _named(stored: object) -> Message:
    if isinstance(stored, dict):
        return message("an object")
    if isinstance(stored, str):
        return message("one text")
    return message("nothing") if stored is None else message("one value")
