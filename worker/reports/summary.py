"""Reports as they are mailed: plain text and simple HTML, payers masked, no card number, no picture of a screen."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

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

#: So many rows that need a person are named in a mail.
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
    foot: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A heading and what stands below it."""

    title: str
    amounts: Sequence[Amount] = ()
    facts: Sequence[Line] = ()
    rows: Sequence[str] = ()


def of_day(story: Story, frame: Frame, day: date, *, page: Path) -> Mail:
    """Return the report of a local day."""
    return _mail(story, frame, "daily", short_day(day, frame.language), page=page)


def to_day(story: Story, frame: Frame, day: date, *, page: Path) -> Mail:
    """Return the summary of all since the last one, up to its time on a day."""
    return _mail(story, frame, "summary", short_day(day, frame.language), page=page)


def of_week(story: Story, frame: Frame, name: str, *, page: Path) -> Mail:
    """Return the report of a week, its checklist first."""
    checks = assessment.checklist(story.found, pages.known_days(story), story.logs, len(story.waiting), frame.language)
    first = Section(title=text("checklist", frame.language), rows=[_check(one) for one in checks])
    return _mail(story, frame, "weekly", name, page=page, first=first)


def of_month(story: Story, frame: Frame, first_day: date, *, page: Path) -> Mail:
    """Return the report of a month, what was wanted of it first."""
    goals = assessment.goals(story.found, pages.known_days(story), story.logs, frame.language)
    first = Section(title=text("goals", frame.language), rows=[_goal(one, frame.language) for one in goals])
    return _mail(story, frame, "monthly", month_name(first_day, frame.language), page=page, first=first)


def of_span(story: Story, frame: Frame, *, page: Path) -> Mail:
    """Return the report of any days."""
    return _mail(story, frame, "span", "", page=page)


def _mail(story: Story, frame: Frame, kind: str, name: str, *, page: Path, first: Section | None = None) -> Mail:
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
        foot=_foot(frame, kind, page),
    )
    html = pages.render("mail.html", {"body": body}, language)
    return Mail(subject=f"[{NAME}] {title}: {', '.join(short)}", text=_plain(body, language), html=html)


def _sections(story: Story, frame: Frame, *, with_renames: bool) -> list[Section]:
    found, language = story.found, frame.language

    def hide(said: str) -> str:
        # Figures and words of ours stay as they are: a payer may be called 12, or 입금.
        return privacy.scrubbed(said, story.payers)

    shown = story.waiting[:MOST]
    rows = [_row(one.masked(language, story.payers), one.evidence(frame.folder.parent), language) for one in shown]
    if (more := len(story.waiting) - len(rows)) > 0:
        rows.append(text("more rows", language, count=more))
    if rows:
        rows.append(text("how to settle", language))
    sections = [
        Section(title=text("twice", language), rows=lines.twice(found, language)),
        Section(title=text("waits", language), rows=rows or [text("nothing waits", language)]),
        Section(title=text("seen", language), amounts=lines.listed(found, language)),
        Section(title=text("posted all", language), amounts=lines.posted(found, language)),
        Section(title=text("excluded why", language), amounts=lines.excluded(found, language)),
        Section(title=text("newly", language), amounts=lines.newly(found, language)),
        Section(
            title=lines.renames_title(language),
            rows=lines.renames(found, language, masked=True, most=MOST) if with_renames else (),
        ),
        Section(title=text("operation", language), facts=lines.operation(found, frame.zone, language, hide=hide)),
    ]
    return [one for one in sections if one.amounts or one.facts or one.rows]


def _foot(frame: Frame, kind: str, page: Path) -> list[str]:
    foot = [text("page at", frame.language, path=page)]
    if kind == "summary":
        foot.insert(0, text("later", frame.language))
    if kind == "weekly":
        foot.append(text("self-test", frame.language))
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
        parts += [f"  {row}" for row in section.rows]
    return "\n".join([*parts, "", *body.foot, ""])
