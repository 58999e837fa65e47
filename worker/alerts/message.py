"""The text of a message about an alarm: what happened, since when, what was done, what to do, where to look."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape
from pathlib import Path
from zoneinfo import ZoneInfo

from worker.alerts.catalogue import Cause, cause_of
from worker.i18n import reasons
from worker.i18n.language import Language
from worker.i18n.words import Words
from worker.ledger.journal import Alarm
from worker.payments import privacy

#: So many rows are named; the rest is counted.
MOST_ROWS = 10

#: A sentence is cut there (characters): an error's text may hold a whole page.
LONGEST = 1200

NAME = "daybreak"

_HAPPENED = Words("What happened")
_SINCE = Words("Since")
_LASTED = Words("Lasted")
_COUNT = Words("How often")
_TIMES = Words("{count} times, last at {latest}")
_ROWS = Words("Which rows")
_MORE = Words("… and {count} more: daybreak resolve")
_DONE = Words("What the system did by itself")
_TODO = Words("What you should do")
_WHERE = Words("Where to look")
_NOTHING_TO_DO = Words("Nothing.")
_BY_ITSELF = Words("It works again.")
_SETTLED = Words("All of them are settled.")
_AGAIN = Words("still: {title}")
_OVER = Words("recovered, lasted {lasted}: {title}")
_OVER_MONEY = Words("settled after {lasted}: {title}")
_DAYS = Words("{count} d")
_HOURS = Words("{count} h")
_MINUTES = Words("{count} min")
_WON = Words("{what} won")
_NUMBER = Words(", approval {number}")


_TEST = Words("test message: alarms reach you")
_TEST_TEXT = Words("Sent by {name} at {at}.")
_TEST_TODO = Words("You need not do anything.")

#: Without colours of its own: the reader's light or dark ones are kept.
_STYLE = (
    "body{font:16px/1.5 system-ui,'Malgun Gothic','Apple SD Gothic Neo',sans-serif;max-width:40em;margin:1.5em auto;"
    "padding:0 1em}h1{font-size:1.25em}h2{font-size:.85em;font-weight:600;margin:1.2em 0 .2em;opacity:.7}"
    "p{margin:0 0 .2em;word-break:keep-all;overflow-wrap:anywhere}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MailRow:
    """One row that an alarm is about, its payer masked."""

    key: str
    #: Time, masked payer and won of a payment; empty for a row that can't be understood.
    what: str
    why: str
    #: The approval number of a payment, or "".
    number: str = ""
    #: All cells of a row that can't be understood, as they may be mailed.
    cells: str = ""
    #: The folder with what was planned, sent and shown, or "".
    evidence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One message, ready to be written down."""

    subject: str
    text: str
    html: str

    def fields(self) -> dict[str, str]:
        """Return it as the outbox takes it."""
        return {"subject": self.subject, "text": self.text, "html": self.html}


def lasted(span: timedelta, language: Language) -> str:
    """Return a length of time in two units at most: 41 min, 3 h 5 min, 2 d 4 h."""
    minutes = max(1, round(span.total_seconds() / 60))
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    parts = [(_DAYS, days), (_HOURS, hours), (_MINUTES, rest if not days else 0)]
    return " ".join(words(language, count=count) for words, count in parts if count)


def of_alarm(
    alarm: Alarm,
    *,
    stage: str,
    language: Language,
    zone: ZoneInfo,
    rows: Sequence[MailRow],
    logs: Path,
    hide: Iterable[str],
) -> Letter:
    """Return the message about an alarm. `stage`: first, digest or end; `hide`: payers that may stand in its sentence.

    No payer's name and no card number gets through.
    """
    cause = cause_of(alarm.cause)
    hidden = list(hide)

    def clean(text: str) -> str:
        return privacy.scrubbed(reasons.say(text, language), hidden)[:LONGEST]

    title = cause.title(language)
    since, latest = _time(alarm.since, zone), _time(alarm.latest, zone)
    parts: list[tuple[str, list[str]]] = [
        (_HAPPENED(language), [title, clean(alarm.what)]),
        (_SINCE(language), [since]),
    ]
    if stage == "end" and alarm.ended_at is not None:
        span = lasted(alarm.ended_at - alarm.since, language)
        subject = (_OVER_MONEY if cause.money else _OVER)(language, lasted=span, title=title)
        parts += [
            (_LASTED(language), [span]),
            (_DONE(language), [(_SETTLED if cause.money else _BY_ITSELF)(language)]),
            (_TODO(language), [_NOTHING_TO_DO(language)]),
        ]
    else:
        subject = _AGAIN(language, title=title) if stage == "digest" else title
        if alarm.count > 1 and not rows:
            parts.append((_COUNT(language), [_TIMES(language, count=alarm.count, latest=latest)]))
        if rows:
            parts.append((_ROWS(language), _lines(rows, language, clean)))
        parts += [(_DONE(language), [cause.done(language)]), (_TODO(language), [cause.todo(language)])]
    parts.append((_WHERE(language), _evidence(alarm, cause, logs, zone)))
    return Letter(subject=f"[{NAME}] {subject}", text=_text(parts), html=page(subject, _html(parts), language))


def _time(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}"


def _lines(rows: Sequence[MailRow], language: Language, clean: Callable[[str], str]) -> list[str]:
    """Return one line a row, and how many more there are."""
    lines = []
    for row in rows[:MOST_ROWS]:
        what = _WON(language, what=row.what) if row.what else row.cells
        what += _NUMBER(language, number=row.number) if row.number else ""
        what += ", " if what else ""
        lines.append(f"{row.key}: {what}{clean(row.why)}" + (f" ({row.evidence})" if row.evidence else ""))
    if len(rows) > MOST_ROWS:
        lines.append(_MORE(language, count=len(rows) - MOST_ROWS))
    return lines


def _evidence(alarm: Alarm, cause: Cause, logs: Path, zone: ZoneInfo) -> list[str]:
    """Return the folder of the evidence, if there is one, and the log of that day."""
    found = [str(alarm.facts["evidence"])] if alarm.facts.get("evidence") else []
    return [*found, str(logs / f"{cause.log}_{alarm.latest.astimezone(zone):%Y%m%d}.log")]


def _text(parts: Sequence[tuple[str, list[str]]]) -> str:
    return "\n".join("\n".join([f"{head}:", *(f"  {line}" for line in lines), ""]) for head, lines in parts)


def _html(parts: Sequence[tuple[str, list[str]]]) -> str:
    rows = (f"<h2>{escape(head)}</h2>" + "".join(f"<p>{escape(line)}</p>" for line in lines) for head, lines in parts)
    return "".join(rows)


def page(title: str, body: str, language: Language) -> str:
    """Return a small page that is read in light and dark, on a telephone as well; `body` is HTML already."""
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>"
        f"<h1>{escape(title)}</h1>{body}</body></html>"
    )


def of_test(*, name: str, language: Language, zone: ZoneInfo, at: datetime) -> Letter:
    """Return the message of `daybreak alert-test` and of the weekly self-test."""
    subject = _TEST(language)
    lines = [_TEST_TEXT(language, name=name, at=_time(at, zone)), _TEST_TODO(language)]
    body = "".join(f"<p>{escape(line)}</p>" for line in lines)
    return Letter(subject=f"[{NAME}] {subject}", text="\n".join([*lines, ""]), html=page(subject, body, language))


def of_guard(sentence: str, *, cause: str, language: Language, zone: ZoneInfo, at: datetime, logs: Path) -> Letter:
    """Return the message about what a guard says, where no ledger can hold it."""
    alarm = Alarm(
        id=0, cause=cause, what=sentence, facts={}, since=at, latest=at, count=1, told=0, told_at=None, ended_at=None
    )
    return of_alarm(alarm, stage="first", language=language, zone=zone, rows=(), logs=logs, hide=())
