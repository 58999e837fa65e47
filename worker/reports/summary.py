"""Reports as they are mailed: plain text and simple HTML, payers masked, no card number, no picture of a screen."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from worker.alerts.linked import Linked
from worker.config import console_url
from worker.i18n.language import Language
from worker.ledger.pending_row import PendingRow
from worker.payments import privacy
from worker.reports import assessment, lines, pages
from worker.reports.assessment import Check, Goal
from worker.reports.lines import Amount, Line
from worker.reports.pages import Frame, Story
from worker.reports.words import moment, month_name, short_day, text
from worker.status.verdict import Tone

NAME = "daybreak"

#: Maximum rows named in a mail that wait for a person.
MOST = 20

#: The mails that are about one day: they name what was listed under another name.
OF_A_DAY = frozenset({"daily", "summary"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A report, ready to be written down."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """What a mail says, before it is plain text or HTML."""

    title: str
    head: Sequence[str]
    tone: Tone
    badge: str
    sentences: Sequence[str]
    sections: Sequence["Section"]
    foot: Sequence[Linked]


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A heading and what stands below it."""

    title: str
    amounts: Sequence[Amount] = ()
    facts: Sequence[Line] = ()
    rows: Sequence[Linked] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the whole report is."""

    #: On this machine.
    path: Path
    #: On the office's page, or "".
    link: str = ""
    #: False: it is not among the page's reports.
    is_on_page: bool = True


def of_day(story: Story, frame: Frame, day: date, *, page: Path) -> Mail:
    """Return the report of a local day."""
    return _mail(story, frame, "daily", short_day(day, frame.language), place=_place(frame, page, day, "day"))


def to_day(story: Story, frame: Frame, day: date, *, page: Path) -> Mail:
    """Return the summary of all since the last one, up to its time on a day."""
    return _mail(story, frame, "summary", short_day(day, frame.language), place=_place(frame, page, day, "day"))


def of_week(story: Story, frame: Frame, name: str, *, page: Path) -> Mail:
    """Return the report of a week, its checklist first."""
    checks = assessment.checklist(story.found, pages.known_days(story), len(story.waiting), frame.language)
    first = Section(title=text("checklist", frame.language), rows=_plain_rows(_check(one) for one in checks))
    place = _place(frame, page, story.days[0][0], "week")
    return _mail(story, frame, "weekly", name, place=place, first=first)


def of_month(story: Story, frame: Frame, first_day: date, *, page: Path) -> Mail:
    """Return the report of a month, what was wanted of it first."""
    goals = assessment.goals(story.found, frame.language)
    first = Section(title=text("goals", frame.language), rows=_plain_rows(_goal(one, frame.language) for one in goals))
    place = _place(frame, page, first_day, "month")
    return _mail(story, frame, "monthly", month_name(first_day, frame.language), place=place, first=first)


def of_span(story: Story, frame: Frame, *, page: Path) -> Mail:
    """Return the report of any days."""
    return _mail(story, frame, "span", "", place=Place(path=page, is_on_page=False))


def _place(frame: Frame, path: Path, day: date, show: str) -> Place:
    return Place(path=path, link=frame.page.to(console_url.report(day, show)), is_on_page=frame.page.is_there)


def _plain_rows(rows: Iterable[str]) -> list[Linked]:
    return [Linked(text=one) for one in rows]


def _mail(story: Story, frame: Frame, kind: str, name: str, *, place: Place, first: Section | None = None) -> Mail:
    found, language, zone = story.found, frame.language, frame.zone
    assessed = assessment.assess(found, len(story.waiting), language)
    badge = assessed.badge(language)
    period = text("from to", language, since=moment(found.since, zone), until=moment(found.end, zone))
    title = " · ".join(one for one in (text(kind, language), name) if one)
    short = [f"{text('posted', language)} {text('n rows', language, count=f'{found.money.posted.count:,}')}"]
    short.append(text("amount", language, won=f"{found.money.posted.won:,}"))
    if assessed.verdict.tone is not Tone.GOOD:
        short.append(badge)
    body = Body(
        title=title,
        head=[f"{text('period', language)}: {period}", " · ".join(frame.notes())],
        tone=assessed.verdict.tone,
        badge=f"{assessed.verdict.mark} {badge}",
        sentences=assessed.sentences,
        sections=[one for one in (first, *_sections(story, frame, with_renames=kind in OF_A_DAY)) if one is not None],
        foot=_foot(frame, kind, place),
    )
    html = pages.render("mail.html", {"body": body, "language_of": language}, language)
    return Mail(subject=f"[{NAME}] {title}: {', '.join(short)}", text=_plain(body, language), html=html)


def _sections(story: Story, frame: Frame, *, with_renames: bool) -> list[Section]:
    found, language = story.found, frame.language

    def hide(said: str) -> str:
        # Figures and words of ours stay as they are: a payer may be called 12, or 입금.
        return privacy.scrubbed(said, story.payers)

    shown = story.waiting[:MOST]
    on_page = frame.page.is_there
    rows = [
        Linked(
            # The page of a row shows its evidence.
            text=_row(
                one.masked(language, story.payers), None if on_page else one.evidence(frame.folder.parent), language
            ),
            link=frame.page.to(console_url.waiting(one.key)),
        )
        for one in shown
    ]
    if (more := len(story.waiting) - len(rows)) > 0:
        rows.append(Linked(text=text("more on page" if on_page else "more rows", language, count=more)))
    if rows:
        how = text("settle on page" if on_page else "how to settle", language)
        rows.append(Linked(text=how, link=frame.page.to(console_url.WAITING)))
    sections = [
        Section(title=text("compared", language), rows=_plain_rows(lines.compared(found, language))),
        Section(title=text("twice", language), rows=_plain_rows(lines.twice(found, language))),
        Section(title=text("waits", language), rows=rows or _plain_rows([text("nothing waits", language)])),
        Section(title=text("seen", language), amounts=lines.listed(found, language)),
        Section(title=text("posted all", language), amounts=lines.posted(found, language)),
        Section(title=text("excluded why", language), amounts=lines.excluded(found, language)),
        Section(title=text("newly", language), amounts=lines.newly(found, language)),
        Section(
            title=lines.renames_title(language),
            rows=_plain_rows(lines.renames(found, language, masked=True, most=MOST) if with_renames else ()),
        ),
        Section(title=text("operation", language), facts=lines.operation(found, frame.zone, language, hide=hide)),
    ]
    return [one for one in sections if one.amounts or one.facts or one.rows]


def _foot(frame: Frame, kind: str, place: Place) -> list[Linked]:
    language = frame.language
    foot = _plain_rows([text("later", language)] if kind == "summary" else [])
    if place.is_on_page:
        foot.append(Linked(text=text("report on page", language), link=place.link))
    foot += _plain_rows([text("report file" if place.is_on_page else "page at", language, path=place.path)])
    if kind == "weekly":
        foot += _plain_rows([text("self-test", language)])
    return foot


def _row(one: PendingRow, evidence: Path | None, language: Language) -> str:
    what = f"{one.key} {text(one.state, language)}"
    if one.time is not None and one.won is not None:
        what += f", {one.time:%Y-%m-%d %H:%M} {one.payer} {text('amount', language, won=f'{one.won:,}')}"
    elif one.payer:
        what += f", {one.payer}"
    if one.approval_no:
        what += text("approval no", language, number=one.approval_no)
    return what + (f": {one.why}" if one.why else "") + (f" ({evidence})" if evidence else "")


def _check(one: Check) -> str:
    return f"{'✓' if one.is_good else '✗'} {one.name}: {one.figure}"


def _goal(one: Goal, language: Language) -> str:
    return f"{'✓' if one.is_good else '✗'} {one.name}: {one.now} ({text('target', language)}: {one.target})"


def _plain(body: Body, language: Language) -> str:
    """Return the plain text."""
    parts = [body.title, *body.head, "", body.badge, *body.sentences]
    for section in body.sections:
        parts += ["", f"== {section.title}"]
        for one in section.amounts:
            said = text("rows and won", language, label=one.label, rows=f"{one.rows:,}", won=f"{one.won:,}")
            parts.append(f"{'    ' if one.is_part else '  '}{said}")
        parts += [f"  {fact.label}: {'; '.join(fact.values)}" for fact in section.facts]
        parts += [row.plain("  ") for row in section.rows]
    return "\n".join([*parts, "", *(one.plain() for one in body.foot), ""])
