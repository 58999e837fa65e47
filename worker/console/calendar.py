"""The screen 일정: a month with its days off and their names; a day is closed, opened or given back, with a reason."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from starlette.responses import Response

from worker.config.day_overrides import DayOverride
from worker.config.settings import Settings
from worker.console import fields, months
from worker.console.visit import Visit, go_to
from worker.errors import DaybreakError
from worker.i18n import message, reasons, said_by
from worker.operations import days
from worker.reports.words import long_day
from worker.schedule.agenda import WEEKDAYS, Day

#: Maximum signs of a reason.
LONGEST_WHY = 200

#: A day that nobody closed or opened by hand.
CALENDAR = "calendar"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Month:
    """One month as it is shown."""

    first: date
    today: date
    days: tuple[Day, ...]
    by_hand: frozenset[date]
    problems: tuple[str, ...]
    #: The demo has no calendar to change.
    is_demo: bool


async def screen(visit: Visit) -> Response:
    """Show a month, and the day that was chosen with what can be done about it."""
    asked = visit.request.query_params
    first, chosen, why, status = None, None, "", 200
    try:
        chosen = fields.day(asked["day"]) if asked.get("day") else None
        first = fields.month(asked["month"]) if asked.get("month") else None
    except DaybreakError as error:
        chosen, why, status = None, said_by(error), 400
    return await _show(visit, first, chosen, why=why, status=status)


async def close(visit: Visit) -> Response:
    """Close a day."""
    return await _change(visit, days.close)


async def open_(visit: Visit) -> Response:
    """Open a day."""
    return await _change(visit, days.open_)


async def undo(visit: Visit) -> Response:
    """Give a day back to the calendar."""
    return await _change(visit, days.undo, needs_why=False)


async def _change(visit: Visit, change: Callable[..., None], *, needs_why: bool = True) -> Response:
    """Change a day and lead back to it; whatever stands in the way is said on the same screen."""
    day, why = None, fields.text(visit.form, "why")
    try:
        day = fields.day(visit.form.get("day", ""))
        if needs_why and not any(sign.isalnum() for sign in why):
            raise DaybreakError(message("write the reason, such as: company outing"))
        if len(why) > LONGEST_WHY:
            raise DaybreakError(message("the reason is too long: write {most} signs at most", most=LONGEST_WHY))
        await asyncio.to_thread(_do, change, day, why, visit.by.name, visit.form.get("seen", ""))
    except DaybreakError as error:
        return await _show(visit, None, day, why=said_by(error), status=409, typed=why[:LONGEST_WHY])
    return go_to(f"/days?day={day}")


def _do(change: Callable[..., None], day: date, why: str, by: str, seen: str) -> None:
    chosen = _settings()
    stands = _seen(chosen, day)
    if stands == _after(change, why, by):
        return  # the second click of two: it is as it was asked for
    if seen != stands and not chosen.demo:  # the demo has no day to change, and says so
        raise DaybreakError(message("somebody else has changed this day meanwhile: look at it once more, then decide"))
    change(chosen, day, why=why, by=by)


def _settings() -> Settings:
    from worker.config import loading

    return loading.load()


def _seen(chosen: Settings, day: date) -> str:
    """Return how a day stands by hand, for a form: a decision is about that, and about nothing newer."""
    said = chosen.schedule.days_by_hand.get(day)
    return _stand(said) if said else CALENDAR


def _after(change: Callable[..., None], why: str, by: str) -> str:
    """Return how a day stands after a change, in the same words."""
    return CALENDAR if change is days.undo else _stand(DayOverride(closed=change is days.close, why=why, by=by))


def _stand(said: DayOverride) -> str:
    return f"{'closed' if said.closed else 'open'} {said.by}: {said.why}"


def _read(first: date | None, chosen: date | None, visit: Visit) -> tuple[_Month, str]:
    settings = _settings()
    today = settings.now().date()
    first = first or (chosen or today).replace(day=1)
    listed = days.listed(settings, first, len(months.days(first)), language=visit.language)
    month = _Month(
        first=first,
        today=today,
        days=listed.days,
        by_hand=frozenset(settings.schedule.days_by_hand),
        problems=listed.problems,
        is_demo=settings.demo,
    )
    return month, _seen(settings, chosen) if chosen else ""


async def _show(
    visit: Visit, first: date | None, chosen: date | None, *, why: str = "", status: int = 200, typed: str = ""
) -> Response:
    month, seen = await asyncio.to_thread(_read, first, chosen, visit)
    language = visit.language
    before, after = months.beside(month.first)
    cells = {one.day: _cell(one, month, chosen, visit) for one in month.days}
    shown = cells.get(chosen) if chosen else None
    return visit.show(
        "days.html",
        status,
        why=reasons.say(why, language) if why else "",
        problems=[reasons.say(one, language) for one in month.problems],
        month=f"{month.first:%Y-%m}",
        month_name=months.name(month.first, language),
        before=before,
        after=after,
        weekdays=[text(language) for text in WEEKDAYS],
        weeks=[[cells[day] if day else None for day in week] for week in months.weeks(month.first)],
        chosen=shown,
        seen=seen,
        typed=typed,
        is_demo=month.is_demo,
        longest=LONGEST_WHY,
    )


def _cell(one: Day, month: _Month, chosen: date | None, visit: Visit) -> dict[str, Any]:
    return {
        "day": one.day.isoformat(),
        "number": one.day.day,
        "name": long_day(one.day, visit.language),
        "off": one.off,
        "note": one.name,
        "hours": one.hours,
        "slots": one.slots,
        "noon": one.only_if_stale,
        "by_hand": one.day in month.by_hand,
        "is_today": one.day == month.today,
        "is_past": one.day < month.today,
        "is_chosen": one.day == chosen,
    }
