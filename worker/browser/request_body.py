"""What the body of a request says, however it is packed, and whether it is the batch that was planned."""

import base64
import binascii
import json
import re
from collections.abc import Iterator, Sequence
from urllib.parse import parse_qsl

from worker.i18n import message
from worker.payments.payment import Deposit


def decoded(body: str, depth: int = 3) -> Iterator[str]:
    """Yield every text in a request body, in order: plain, JSON, a form, Base64, and one inside the other."""
    text = body.strip()
    if not text:
        return
    if depth:
        with_json = _json(text)
        if with_json is not None:
            for leaf in _leaves(with_json):
                yield from _unpacked(leaf, depth)
            return
        inner = _base64(text)  # before the form: its padding looks like one
        if inner is not None:
            yield from decoded(inner, depth - 1)
            return
        form = parse_qsl(text, keep_blank_values=True) if re.fullmatch(r"[\w.\-\[\]%]+=[^\s]*", text) else []
        if form:
            for name, value in form:
                yield name
                yield from _unpacked(value, depth)
            return
    yield from (cell.strip() for cell in re.split(r"[\t\r\n]+", text))


def _unpacked(value: str, depth: int) -> Iterator[str]:
    """Yield a value as it is and, if it is a packed one, what is in it."""
    yield value
    inner = list(decoded(value, depth - 1))
    if inner != [value.strip()]:
        yield from inner


def _json(text: str) -> object | None:
    if text[0] not in '{["':
        return None
    try:
        found: object = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found


def _leaves(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from _leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner)
    elif value is not None:
        yield str(value)


def _base64(text: str) -> str | None:
    if len(text) < 24 or not re.fullmatch(r"[A-Za-z0-9+/_\-\s]+={0,2}", text):
        return None
    plain = "".join(text.split()).translate(str.maketrans("-_", "+/"))
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return None


def _same(text: str) -> str:
    """Return a cell as it is compared: without blanks, thousands' commas and the date's slashes."""
    return re.sub(r"[\s,/]", "", text)


def carries(texts: Sequence[str], plan: Sequence[Deposit]) -> bool:
    """True when a body speaks of this batch: all its keys, or without keys its first and last payer and amount."""
    whole = "\n".join(_same(text) for text in texts)
    keyed = [one for one in plan if f"#{one.key}" in one.remark]
    if keyed:
        return all(f"#{one.key}" in whole for one in keyed)
    return all(_same(cell) in whole for one in (plan[0], plan[-1]) for cell in (one.payer, str(one.amount)))


def why_not_planned(texts: Sequence[str], plan: Sequence[Deposit]) -> str:
    """Say how a body differs from the plan, or return an empty text: every cell, in order, and not a row more."""
    found = iter(_same(text) for text in texts)
    for number, one in enumerate(plan, 1):
        for cell in one.cells():
            if cell and _same(cell) not in found:
                return message(
                    "row {number} of the payload lacks {cell} where it was planned", number=number, cell=repr(cell)
                )
    beginning = _same(plan[0].remark.split(" ", 1)[0])
    payers = {_same(one.payer) for one in plan}  # a name may begin like a remark
    rows = sum(same.startswith(beginning) and same not in payers for same in map(_same, texts))
    if rows == len(plan):
        return ""
    return message("the payload holds {rows} rows, planned were {planned}", rows=rows, planned=len(plan))
