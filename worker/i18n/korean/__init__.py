"""Korean for what is no message: what the system, the browser and the database say, and what was stored as a sentence.

Earlier versions stored their sentences in English: each is recognised by the message that it is today. Light: the
sender and the guards use it as well. A sentence that nothing knows stays as it is.
"""

import re
from collections.abc import Iterator
from functools import cache

from worker.i18n.korean import earlier, foreign
from worker.i18n.language import Language, translations

#: Tables of (English, Korean) of what others say, and what earlier versions said in words of their own; a `{name}`
#: stands for any text, which is said in Korean as well.
TABLES = (foreign.TABLE, earlier.TABLE)

_FIELD = re.compile(r"\{(\w+)\}")

#: What has none of its own only joins its parts: `_in_two` knows better where they end.
_WORD = re.compile("[A-Za-z]")

#: Fields that hold whole sentences; in any other a colon and a space begin the next part.
SENTENCES = frozenset(
    {
        "why", "error", "what", "text", "said", "words", "problem", "result", "stands", "wish", "cure", "question",
        "doing", "step", "seen",
    }
)  # fmt: skip

#: How a sentence that no table knows as a whole may end.
_ENDS = (
    (re.compile(r"(.+)\. Nothing was changed"), ". 아무것도 바꾸지 않았습니다"),
    (re.compile(r"(.+)\. Nothing was sent"), ". 아무것도 전송하지 않았습니다"),
    (re.compile(r"(.+)\. Nothing is posted"), ". 입금을 올리지 않습니다"),
    (re.compile(r"(.+) \((.+)\)"), " ({0})"),
)

#: Longest sentence of daybreak's (characters); what follows is another's, perhaps a page of the ERP's.
LONGEST = 1500

#: Nothing that we write is nested deeper.
DEEPEST = 8


def say(text: str) -> str:
    """Return a sentence in Korean, its parts as well; of several lines each by itself."""
    return "\n".join(_line(one) for one in text.strip().split("\n"))


def _line(line: str) -> str:
    text = line.strip()
    indent = line[: len(line) - len(line.lstrip())]
    end = ":" if text.endswith(":") else ""
    said = text.removesuffix(":")
    return f"{indent}{_say(said[:LONGEST], DEEPEST)}{said[LONGEST:]}{end}"


def knows(text: str) -> bool:
    """True when a table holds this sentence as a whole."""
    return len(text) <= LONGEST and _matched(text, DEEPEST) is not None


def _say(text: str, deep: int) -> str:
    if not text or deep == 0:
        return text
    found = _matched(text, deep)
    if found is None:
        found = _in_two(text, deep)
    if found is None:
        found = _with_its_end(text, deep)
    return text if found is None else found


def _with_its_end(text: str, deep: int) -> str | None:
    """Say a sentence that goes on in brackets, or says at its end that nothing was changed."""
    for pattern, end in _ENDS:
        if match := pattern.fullmatch(text):
            return _say(match[1], deep - 1) + end.format(*(_say(one, deep - 1) for one in match.groups()[1:]))
    return None


def _matched(text: str, deep: int) -> str | None:
    for pattern, korean in _patterns():
        if match := pattern.fullmatch(text):
            return korean.format(**{name: _say(value, deep - 1) for name, value in match.groupdict().items()})
    return None


def _in_two(text: str, deep: int) -> str | None:
    """Say `what we were doing: what happened`, and sentences in a row, where one of the two parts is known."""
    for mark in (": ", ". ", "; "):
        start = text.find(mark)
        while start > 0:
            first, rest = text[:start], text[start + len(mark) :].lstrip()
            if (known := _matched(first, deep)) is not None:
                return f"{known}{mark}{_say(rest, deep - 1)}"
            if (known := _matched(rest, deep)) is not None:
                return f"{first}{mark}{known}"
            start = text.find(mark, start + 1)
    return None


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Return the tables as patterns: the one with the most words of its own first."""
    rows = sorted(_rows(), key=lambda row: -len(_FIELD.sub("", row[0])))
    return tuple((re.compile(_as_pattern(english), re.DOTALL), korean) for english, korean in rows)


def _rows() -> Iterator[tuple[str, str]]:
    for table in TABLES:
        yield from table
    # A message that was stored, or carried by a log line, as a sentence.
    yield from ((id, text) for id, text in translations(Language.KO).items() if _WORD.search(_FIELD.sub("", id)))


def _as_pattern(english: str) -> str:
    parts = _FIELD.split(english)
    return "".join(_field(part) if number % 2 else re.escape(part) for number, part in enumerate(parts))


def _field(name: str) -> str:
    if name in SENTENCES:
        return f"(?P<{name}>.+?)"
    # A day is opened as a screen is: only the digit tells them apart.
    start = "(?=[0-9])" if name == "day" else ""
    return f"(?P<{name}>{start}(?:(?!: ).)+?)"
