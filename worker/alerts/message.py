"""The text of a message about an alarm: what happened, since when, what was done, what to do, where to look."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from html import escape
from pathlib import Path
from zoneinfo import ZoneInfo

from worker.alerts.acknowledged import is_worse
from worker.alerts.catalogue import cause_of
from worker.alerts.cause import Cause, Screen
from worker.alerts.linked import Linked
from worker.config import console_url
from worker.config.console_url import NO_LINKS, PageLinks
from worker.i18n import reasons
from worker.i18n.language import Language
from worker.i18n.words import Words
from worker.ledger.alarms import Alarm
from worker.payments import privacy

#: Maximum rows named in a message; the rest is counted.
MOST_ROWS = 10

#: A sentence is cut there (characters): an error's text may hold a whole page.
LONGEST = 1200

NAME = "daybreak"

HAPPENED = Words("What happened")
_SINCE = Words("Since")
_LASTED = Words("Lasted")
_COUNT = Words("How often")
_TIMES = Words("{count} times, last at {latest}")
_ROWS = Words("Which rows")
_SEEN = Words("Acknowledged")
_SEEN_BY = Words("by {who} at {at}; more has come since")
_MORE = Words("… and {count} more: daybreak resolve")
_MORE_ON_PAGE = Words('… and {count} more: on the page, under "To look at"')
_STANDING = Words("Overall, at {at}")
DONE = Words("What the system did by itself")
TODO = Words("What you should do")
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
_PAGE = Words("The office's page")
#: Where on the page a problem is seen, by the names of its menu.
_SCREENS = {
    Screen.ALARM: Words('On the page, under "Alarms"'),
    Screen.WAITING: Words('On the page, under "To look at"'),
    Screen.REPORT: Words('On the page, under "Reports"'),
    Screen.SCHEDULE: Words('On the page, under "Schedule"'),
}
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
class Frame:
    """What all messages of one making have in common."""

    language: Language
    zone: ZoneInfo
    #: The folder of the logs.
    logs: Path
    page: PageLinks = NO_LINKS
    #: How all stands now, as `daybreak status` says it, and when that was asked; "": not known.
    standing: str = ""
    at: datetime | None = None
    #: Payers that may stand in a sentence and must not get through.
    hide: tuple[str, ...] = ()

    def clean(self, text: str) -> str:
        """Return a sentence in the reader's language, without payers and card numbers."""
        return privacy.scrubbed(reasons.say(text, self.language), self.hide)[:LONGEST]


#: A heading and the lines below it.
_Part = tuple[str, list[Linked]]


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


def of_alarm(alarm: Alarm, frame: Frame, *, stage: str, rows: Sequence[MailRow] = ()) -> Letter:
    """Return the message about an alarm. `stage`: first, digest or end.

    No payer's name and no card number gets through.
    """
    cause, language, zone = cause_of(alarm.cause), frame.language, frame.zone
    title = cause.title(language)
    since, latest = _time(alarm.since, zone), _time(alarm.latest, zone)
    parts = [_part(HAPPENED(language), title, frame.clean(alarm.what)), _part(_SINCE(language), since)]
    if stage == "end" and alarm.ended_at is not None:
        span = lasted(alarm.ended_at - alarm.since, language)
        subject = (_OVER_MONEY if cause.money else _OVER)(language, lasted=span, title=title)
        parts += [
            _part(_LASTED(language), span),
            _part(DONE(language), (_SETTLED if cause.money else _BY_ITSELF)(language)),
            _part(TODO(language), _NOTHING_TO_DO(language)),
        ]
    else:
        subject = _AGAIN(language, title=title) if stage == "digest" else title
        if alarm.count > 1 and not rows:
            parts.append(_part(_COUNT(language), _TIMES(language, count=alarm.count, latest=latest)))
        if (seen := alarm.acknowledged) is not None and is_worse(alarm):
            parts.append(_part(_SEEN(language), _SEEN_BY(language, who=seen.by, at=_time(seen.at, zone))))
        if rows:
            parts.append((_ROWS(language), _lines(rows, frame)))
        parts += [_part(DONE(language), cause.done(language)), _part(TODO(language), cause.todo(language))]
    if frame.standing and frame.at is not None:
        parts.append(_part(_STANDING(language, at=f"{frame.at.astimezone(zone):%H:%M}"), frame.standing))
    parts.append((_WHERE(language), _where(alarm, cause, frame)))
    return Letter(
        subject=f"[{NAME}] {subject}", text=_text(parts), html=page(subject, _html(parts, language), language)
    )


def _part(heading: str, *lines: str) -> _Part:
    return heading, [Linked(text=one) for one in lines]


def _time(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}"


def _lines(rows: Sequence[MailRow], frame: Frame) -> list[Linked]:
    """Return one line a row, and how many more there are. A row's own page shows its evidence."""
    language, lines = frame.language, []
    for row in rows[:MOST_ROWS]:
        what = _WON(language, what=row.what) if row.what else row.cells
        what += _NUMBER(language, number=row.number) if row.number else ""
        what += ", " if what else ""
        folder = f" ({row.evidence})" if row.evidence and not frame.page.is_there else ""
        lines.append(
            Linked(
                text=f"{row.key}: {what}{frame.clean(row.why)}{folder}",
                link=frame.page.to(console_url.waiting(row.key)),
            )
        )
    if len(rows) > MOST_ROWS:
        more = _MORE_ON_PAGE if frame.page.is_there else _MORE
        lines.append(Linked(text=more(language, count=len(rows) - MOST_ROWS), link=frame.page.to(console_url.WAITING)))
    return lines


def _where(alarm: Alarm, cause: Cause, frame: Frame) -> list[Linked]:
    """Return the screen of the page, then the folder of the evidence, if there is one, and the log of that day."""
    day = alarm.latest.astimezone(frame.zone).date()
    found = [str(alarm.facts["evidence"])] if alarm.facts.get("evidence") else []
    lines = [Linked(text=one) for one in (*found, str(frame.logs / f"{cause.log}_{day:%Y%m%d}.log"))]
    if not frame.page.is_there or cause.screen is Screen.NONE:
        return lines
    paths = {
        # An alarm that no ledger holds has no page of its own.
        Screen.ALARM: console_url.alarm(alarm.id) if alarm.id else console_url.TODAY,
        Screen.WAITING: console_url.WAITING,
        Screen.REPORT: console_url.report(day_of(alarm, day)),
        Screen.SCHEDULE: console_url.schedule(day),
    }
    return [Linked(text=_SCREENS[cause.screen](frame.language), link=frame.page.to(paths[cause.screen])), *lines]


def day_of(alarm: Alarm, latest: date) -> date:
    """Return the day that an alarm is about: the proof of a day is made after its end."""
    try:
        return date.fromisoformat(str(alarm.facts.get("day", "")))
    except ValueError:
        return latest


def _text(parts: Sequence[_Part]) -> str:
    return "\n".join("\n".join([f"{head}:", *(line.plain("  ") for line in lines), ""]) for head, lines in parts)


def _html(parts: Sequence[_Part], language: Language) -> str:
    rows = (f"<h2>{escape(head)}</h2>" + "".join(line.html(language) for line in lines) for head, lines in parts)
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


def of_test(frame: Frame, *, name: str, at: datetime) -> Letter:
    """Return the message of `daybreak alert-test` and of the weekly self-test."""
    language = frame.language
    subject = _TEST(language)
    lines = [Linked(text=_TEST_TEXT(language, name=name, at=_time(at, frame.zone))), Linked(text=_TEST_TODO(language))]
    if link := frame.page.to(console_url.TODAY):
        lines.append(Linked(text=_PAGE(language), link=link))
    return Letter(
        subject=f"[{NAME}] {subject}",
        text="\n".join([*(one.plain() for one in lines), ""]),
        html=page(subject, "".join(one.html(language) for one in lines), language),
    )


def of_guard(sentence: str, frame: Frame, *, cause: str, at: datetime) -> Letter:
    """Return the message about what a guard says, where no ledger can hold it."""
    alarm = Alarm(
        id=0, cause=cause, what=sentence, facts={}, since=at, latest=at, count=1, told=0, told_at=None, ended_at=None
    )
    return of_alarm(alarm, frame, stage="first")
