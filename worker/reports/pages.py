"""The pages of reports: figures put into templates. Every text is escaped; no script, nothing from elsewhere."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from worker.config import console_url
from worker.config.console_url import NO_LINKS, PageLinks
from worker.i18n import reasons
from worker.i18n.language import Language
from worker.ledger.journal import SlotState
from worker.ledger.pending_row import PendingRow
from worker.reports import assessment, charts, lines, timeline
from worker.reports.figures import Figures
from worker.reports.words import WORDS, long_day, moment, month_name, short_day, spell, text

if TYPE_CHECKING:
    from jinja2 import Environment


#: A chart on a page: its title, its SVG, and what each colour means: (label, CSS variable).
Chart = tuple[str, str, Sequence[tuple[str, str]]]


#: Maximum renames, and maximum rows that wait for a person, on a page.
MOST_RENAMES, MOST_WAITING = 500, 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What all reports of one making have in common."""

    language: Language
    zone: ZoneInfo
    #: Where the pages stand; links to evidence are relative to it.
    folder: Path
    company: str
    is_demo: bool
    #: False in MODE = test and in MODE = shadow, where nothing but a comparison is made.
    posts: bool
    version: str
    #: What the reports link to.
    page: PageLinks = NO_LINKS
    shadows: bool = False

    def notes(self) -> list[str]:
        """Return what a reader must know of the books."""
        found = [text("company", self.language, company=self.company)]
        if self.is_demo:
            found.append(text("demo", self.language))
        elif self.shadows:
            found.append(text("shadow mode", self.language))
        elif not self.posts:
            found.append(text("test mode", self.language))
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """All that one report tells."""

    found: Figures
    #: Each local day of it, with its figures.
    days: Sequence[tuple[date, Figures]]
    #: All that waits for a person now, oldest first.
    waiting: Sequence[PendingRow]
    #: Payers that no mail may name.
    payers: Sequence[str] = ()


@cache
def _templates() -> "Environment":
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("worker.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render(template: str, values: Mapping[str, Any], language: Language) -> str:
    """Return a template filled in."""
    words = {name: words(language) for name, words in WORDS.items()}
    return _templates().get_template(template).render(language=str(language), words=words, **values)


def day_page(story: Story, frame: Frame, day: date) -> str:
    """Return the page of one local day."""
    return _page("day.html", story, frame, title=text("daily", frame.language), name=long_day(day, frame.language))


def span_page(story: Story, frame: Frame, first: date, last: date) -> str:
    """Return the page of any local days, the last one included."""
    name = f"{long_day(first, frame.language)} – {long_day(last, frame.language)}"
    return _page("span.html", story, frame, title=text("span", frame.language), name=name)


def week_page(story: Story, frame: Frame, name: str) -> str:
    """Return the page of a week, with its checklist."""
    first, last = story.days[0][0], story.days[-1][0]
    days = f"{name} · {short_day(first, frame.language)} – {short_day(last, frame.language)}"
    checks = assessment.checklist(story.found, known_days(story), len(story.waiting), frame.language)
    return _page("week.html", story, frame, title=text("weekly", frame.language), name=days, checks=checks)


def month_page(story: Story, frame: Frame, first: date) -> str:
    """Return the page of a month, with what was wanted of it."""
    goals = assessment.goals(story.found, frame.language)
    name = month_name(first, frame.language)
    return _page("month.html", story, frame, title=text("monthly", frame.language), name=name, goals=goals)


def known_days(story: Story) -> list[date]:
    """Return the days that have begun and of which the ledger can know."""
    return [day for day, one in story.days if one.is_known]


def _page(template: str, story: Story, frame: Frame, *, title: str, name: str, **more: Any) -> str:
    found, language, zone = story.found, frame.language, frame.zone
    assessed = assessment.assess(found, len(story.waiting), language)
    at = moment(found.now, zone)
    known = known_days(story)
    values = {
        "title": title,
        "name": name,
        "as_of": text("as of" if found.is_over else "so far", language, at=at),
        "notes": frame.notes(),
        "assessed": assessed,
        "badge": assessed.badge(language),
        "is_empty": found.is_empty,
        "tiles": _tiles(story, language),
        "listed": lines.listed(found, language),
        "posted": lines.posted(found, language),
        "excluded": lines.excluded(found, language),
        "newly": lines.newly(found, language),
        "operation": lines.operation(found, zone, language),
        "pictures": [
            (timeline.draw(one, day, zone, language), short_day(day, language), page_of(frame.folder, day))
            for day, one in story.days
            if len(story.days) == 1 or day in known
        ],
        "charts": _hourly(found, language, zone) if len(story.days) == 1 else _daily(story, language),
        "days": [_day(day, one, frame) for day, one in story.days if day in known],
        "twice": lines.twice(found, language),
        "compared": lines.compared(found, language),
        "waiting": _waiting(story.waiting[:MOST_WAITING], frame, found.now.astimezone(zone).date()),
        "renames": lines.renames(found, language, masked=False, most=MOST_RENAMES),
        "renames_title": lines.renames_title(language),
        "more": max(0, len(story.waiting) - MOST_WAITING),
        "how_to_settle": text("settle on page" if frame.page.is_there else "how to settle", language),
        "more_rows": "more on page" if frame.page.is_there else "more rows",
        "all_waiting": frame.page.to(console_url.WAITING),
        "made": text("made", language, version=frame.version, at=at),
        "say": lambda key, **fields: text(key, language, **fields),
        **more,
    }
    return render(template, values, language)


def page_of(folder: Path, day: date) -> str:
    """Return the file name of a day's page if it is there, or an empty text."""
    name = f"daily_{day:%Y%m%d}.html"
    return name if (folder / name).exists() else ""


def _tiles(story: Story, language: Language) -> list[tuple[str, str, str, str]]:
    """Return the large figures: label, figure, what stands below, tone."""
    money, work, longest = story.found.money, story.found.work, story.found.running.longest
    missed = len(work.slots_in(SlotState.MISSED))
    due = len(work.slots) - len(work.slots_in(SlotState.OPEN, SlotState.SKIPPED))
    back = text("of those", language)
    return [
        (
            text("posted", language),
            f"{money.posted.count:,}",
            f"{back} {money.cancellations.count:,}",
            "",
        ),
        (
            text("net", language),
            text("amount", language, won=f"{money.posted.won:,}"),
            f"{text('in', language)} {money.approvals.won:,} · {text('out', language)} {money.cancellations.won:,}",
            "",
        ),
        (
            text("waits", language),
            f"{len(story.waiting):,}",
            f"{text('excluded', language)} {money.excluded_all.count:,}",
            "look" if story.waiting else "",
        ),
        (
            text("slots", language),
            text("of", language, count=due - missed, total=due),
            f"{text('longest silence', language)} {spell(longest.seconds, language) if longest else '–'}",
            "bad" if missed else "",
        ),
    ]


def _hourly(found: Figures, language: Language, zone: ZoneInfo) -> list[Chart]:
    """Return the charts of one day: title and SVG."""
    hours = sorted({*range(6, 18), *found.money.hours})
    shown = range(hours[0], hours[-1] + 1)
    parts = [found.money.hours.get(hour) for hour in shown]
    labels = [f"{hour:02}" for hour in shown]
    result = _money_charts(labels, [one and one[1:] for one in parts], "hour", language)
    points = {
        outcome: [
            (_hour(one.started, zone), one.seconds)
            for one in found.work.cycles
            if one.outcome == outcome and one.seconds is not None
        ]
        for outcome in ("ran", "failed", "stopped")
    }
    series = [
        (text(outcome, language), colour, points[outcome])
        for outcome, colour in (("ran", "ran"), ("failed", "bad"), ("stopped", "soft"))
        if points[outcome] or outcome == "ran"
    ]
    keys = [(label, colour) for label, colour, _ in series]
    return [*result, (text("chart cycles", language), charts.dots("cycles", series), keys)]


def _daily(story: Story, language: Language) -> list[Chart]:
    """Return the charts of several days."""
    labels = [f"{day:%m/%d}" if len(story.days) <= 14 else f"{day.day}" for day, _ in story.days]
    parts = [(one.money.approvals, one.money.cancellations) for _, one in story.days]
    lengths = [one.work.lengths for _, one in story.days]
    medians = [round(one[1], 1) if one else None for one in lengths]
    return [
        *_money_charts(labels, parts, "day", language),
        (
            text("chart cycles day", language),
            charts.bars("cycles", labels, [(text("ran", language), "ran", medians)], height=220),
            (),
        ),
    ]


def _money_charts(labels: Sequence[str], parts: Sequence[Any], unit: str, language: Language) -> list[Chart]:
    result: list[Chart] = []
    for what, field in (("rows", "count"), ("won", "won")):
        series = [
            (text(name, language), colour, [getattr(one[number], field) if one else None for one in parts])
            for number, (name, colour) in enumerate((("in", "in"), ("out", "out")))
        ]
        title = text(f"chart {what}" + (" day" if unit == "day" else ""), language)
        keys = [(label, colour) for label, colour, _ in series]
        result.append((title, charts.bars(what, labels, series, height=220), keys))
    return result


def _hour(at: datetime, zone: ZoneInfo) -> float:
    local = at.astimezone(zone)
    return local.hour + local.minute / 60 + local.second / 3600


def _day(day: date, one: Figures, frame: Frame) -> dict[str, Any]:
    """Return a day's line in the table of days."""
    longest = one.running.longest
    work = one.work
    return {
        "name": short_day(day, frame.language),
        "page": page_of(frame.folder, day),
        "seen": one.money.seen.count,
        "posted": one.money.posted.count,
        "won_in": one.money.approvals.won,
        "won_out": one.money.cancellations.won,
        "won": one.money.posted.won,
        "ran": work.ended("ran"),
        "failed": work.ended("failed"),
        "missed": len(work.slots_in(SlotState.MISSED)),
        "restarts": len(one.running.unwanted),
        "silence": spell(longest.seconds, frame.language) if longest else "–",
    }


def _waiting(rows: Sequence[PendingRow], frame: Frame, today: date) -> list[dict[str, Any]]:
    return [
        {
            "key": one.key,
            "link": frame.page.to(console_url.waiting(one.key)),
            "state": text(one.state, frame.language),
            "time": f"{one.time:%Y-%m-%d %H:%M:%S}" if one.time else "",
            "payer": one.payer,
            "won": one.won,
            "approval_no": one.approval_no,
            "acquirer": one.acquirer,
            "why": reasons.say(one.why, frame.language),
            "since": moment(one.since, frame.zone),
            "days_left": one.days_left(today),
            "evidence": link(one.evidence(frame.folder.parent), frame.folder),
        }
        for one in rows
    ]


def link(target: Path | None, folder: Path) -> str:
    """Return a relative link to a folder, or an empty text."""
    return f"{Path(os.path.relpath(target, folder)).as_posix()}/" if target is not None else ""


def week_days(monday: date) -> list[date]:
    """Return the seven days of a week."""
    return [monday + timedelta(days=number) for number in range(7)]
