"""The old script's record of what it posted: a JSON list of times, one per payment, and what such a time can prove."""

import json
import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from worker.errors import DaybreakError
from worker.payments import Kind, Payment, parse_time

#: How the old script wrote a payment down.
KEY = re.compile(r"\d{4}/\d\d/\d\d (오전|오후) \d{1,2}:\d\d:\d\d")

#: A sentence names so many examples at most.
EXAMPLES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A record held against a list of payments."""

    #: Posted by the old script, for certain.
    matched: tuple[Payment, ...]
    #: Perhaps posted by it, and why nobody can say.
    ambiguous: tuple[tuple[Payment, str], ...]
    #: Times of the record at which nothing is listed.
    unmatched: tuple[datetime, ...]
    #: Listed, and not in the record.
    others: tuple[Payment, ...]


def read(path: Path) -> tuple[datetime, ...]:
    """Return the times of a record, in order. Raises DaybreakError with what is wrong with the file."""
    doing = f"adopting by the old script's record: {path}"
    try:
        stored = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise DaybreakError(f"{doing}: {error.strerror or error}. Nothing was changed") from error
    except ValueError as error:
        raise DaybreakError(
            f"{doing} is no JSON in UTF-8 ({error}): give the file as the old script left it. Nothing was changed"
        ) from error
    if not isinstance(stored, list):
        raise DaybreakError(f"{doing} holds {_named(stored)}, not a list of times. Nothing was changed")
    if not stored:
        raise DaybreakError(
            f"{doing} holds no time at all. If the old script never posted anything, say --nothing. Nothing was changed"
        )
    times = [_time(one) for one in stored]
    if strange := [one for one, time in zip(stored, times, strict=True) if time is None]:
        raise DaybreakError(
            f"{doing} holds {len(strange)} entries that are no times like '2026/01/08 오전 8:07:05', such as "
            f"{_some(json.dumps(one, ensure_ascii=False)[:60] for one in strange)}. Nothing was changed"
        )
    found = sorted(one for one in times if one is not None)
    if twice := [f"{one:%Y-%m-%d %H:%M:%S}" for one, count in Counter(found).items() if count > 1]:
        raise DaybreakError(
            f"{doing} names {len(twice)} times more than once, such as {_some(twice)}: the old script wrote each once, "
            "so the file was changed by hand or put together from several. Leave each in once: what shares a second is "
            "held for you. Nothing was changed"
        )
    return tuple(found)


def compare(waiting: Sequence[Payment], listed: Iterable[Payment], times: Collection[datetime]) -> Compared:
    """Say which of the waiting payments a record proves to be posted. `listed`: every payment that is known.

    The old script knew a payment by its second alone: what shares one with another, and a row that may have been an
    approval when it was recorded, proves nothing.
    """
    recorded = set(times)
    known = list(listed)
    at = Counter(one.time for one in known)
    approvals = {(one.number, one.amount) for one in known if one.kind is Kind.APPROVAL and one.number}
    matched, ambiguous, others = [], [], []
    for one in waiting:
        if one.time not in recorded:
            others.append(one)
        elif at[one.time] > 1:
            why = (
                f"the old script recorded this second, and {at[one.time]} payments have it: it may have posted only one"
            )
            ambiguous.append((one, why))
        elif one.kind is Kind.CANCELLATION and (one.number, one.amount) not in approvals:
            why = "the old script recorded this second, perhaps when the row was still an approval"
            ambiguous.append((one, f"{why}: was the minus posted?"))
        else:
            matched.append(one)
    return Compared(
        matched=tuple(matched),
        ambiguous=tuple(ambiguous),
        unmatched=tuple(sorted(recorded - at.keys())),
        others=tuple(others),
    )


def _time(entry: object) -> datetime | None:
    if not isinstance(entry, str) or not KEY.fullmatch(entry.strip()):
        return None
    try:
        return parse_time(entry)
    except ValueError:
        return None


def _named(stored: object) -> str:
    kinds = {
        dict: "an object",
        str: "a text",
        int: "a number",
        float: "a number",
        bool: "a word",
        type(None): "nothing",
    }
    return kinds[type(stored)]


def _some(examples: Iterable[str]) -> str:
    found = list(examples)
    return ", ".join(found[:EXAMPLES]) + (", …" if len(found) > EXAMPLES else "")
