"""The first screen: how things stand today, and the three orders that go with it."""

import asyncio
from datetime import datetime
from typing import Any

from starlette.responses import Response

from worker.console import order_view, words
from worker.console.orders import TODAY
from worker.console.state import Alarm, State
from worker.console.visit import Visit, go_to
from worker.console.waiting_words import WON
from worker.errors import DaybreakError
from worker.i18n import message
from worker.i18n.language import Language
from worker.status.words import STATES

#: What went wrong stands higher in the day's bar than what went well: the colours alone need not tell. A planned
#: silence lies behind all of it.
HEIGHTS = {"failed": 40, "missed": 40, "ran": 26, "open": 26, "skipped": 12, "planned": 40}
LOWEST = 6


async def screen(visit: Visit) -> Response:
    """Show the whole screen."""
    return visit.show("today.html", **await asyncio.to_thread(_values, visit))


async def parts(visit: Visit) -> Response:
    """Show the part that refreshes itself; the whole screen to who comes here by hand."""
    if "hx-request" not in visit.request.headers:
        return go_to("/")
    return visit.show("today_parts.html", **await asyncio.to_thread(_values, visit))


async def run(visit: Visit) -> Response:
    """Order a cycle."""
    visit.site.orders.run(visit.by.name)
    return go_to("/")


async def pause(visit: Visit) -> Response:
    """Order a pause: for an hour, to the end of today, or to a time."""
    orders, how = visit.site.orders, visit.form.get("how", "")
    if how == "hour":
        orders.pause(visit.by.name, "1h")
    elif how == "today":
        orders.pause_today(visit.by.name)
    elif how == "until":
        orders.pause(visit.by.name, visit.form.get("until", "").replace("T", " "))
    else:
        raise DaybreakError(message("pausing: choose for how long"))
    return go_to("/")


async def resume(visit: Visit) -> Response:
    """Order the end of a pause or a stop."""
    visit.site.orders.resume(visit.by.name)
    return go_to("/")


def _values(visit: Visit) -> dict[str, Any]:
    language = visit.language
    state = visit.site.watcher.now(language)
    zone = visit.site.zone
    # While it is paused none is due before the end of the pause; while it is stopped none at all.
    due = state.paused_until if state.is_off else state.next_cycle
    named = words.ZONES.get(str(zone))
    return {
        "state": state,
        "at": state.at.strftime("%H:%M:%S"),
        "age": int(state.age),
        "aged": _aged(state.age, language),
        "zone": named(language) if named else str(zone),
        "next": _clock(due, state.at),
        "next_in": _left_until(due, state.at, language),
        "money": _money(state),
        "cards": _cards(state),
        "oldest": _oldest(state, language),
        "bar": _bar(state, language),
        "legend": _legend(state, language),
        "minute": state.at.hour * 60 + state.at.minute,
        **order_view.of(visit, *TODAY),
        "alarms": [_alarm(one, language) for one in state.alarms],
    }


def _alarm(one: Alarm, language: Language) -> dict[str, Any]:
    seen = words.SEEN(language, who=one.seen_by, at=f"{one.seen_at:%m-%d %H:%M}") if one.seen_at else ""
    return {
        "href": f"/alarms/{one.id}" if one.id else "/alarms",
        "title": one.title,
        "since": f"{one.since:%m-%d %H:%M}",
        "what": one.what,
        "seen": seen,
    }


def _clock(at: datetime | None, now: datetime) -> str:
    if at is None:
        return "–"
    local = at.astimezone(now.tzinfo)
    return f"{local:%H:%M}" if local.date() == now.date() else f"{local:%m-%d %H:%M}"


def _left_until(at: datetime | None, now: datetime, language: Language) -> str:
    left = (at - now).total_seconds() if at else -1.0
    if not 60 <= left < 86400:
        return ""
    hours, minutes = divmod(round(left / 60), 60)
    return (words.HOURS if hours else words.MINUTES)(language, hours=f"{hours}", minutes=f"{minutes}")


def _money(state: State) -> list[dict[str, Any]]:
    """Return approvals, cancellations and the net, with their counts."""
    money = state.money
    if not money:
        return []
    approvals = money["deposits"] - money["cancellations"]
    return [
        {"name": "approvals", "count": approvals, "won": money["won_in"]},
        {"name": "cancellations", "count": money["cancellations"], "won": -abs(money["won_out"])},
        {"name": "net", "count": money["deposits"], "won": money["won"]},
    ]


def _aged(seconds: float, language: Language) -> str:
    """Say how old the news is, for who has no JavaScript."""
    whole = int(seconds)
    name, count = ("seconds_ago", whole) if whole < 90 else ("minutes_ago", round(whole / 60))
    return words.WORDS[name](language).replace("{}", str(count))


def _cards(state: State) -> list[dict[str, Any]]:
    """Return each card company with its counts and won; nothing where there is but one: the sums say it all."""
    if len(state.cards) < 2:
        return []
    return [
        {
            "name": one["card"],
            "approvals": one["deposits"] - one["cancellations"],
            "won_in": one["won_in"],
            "cancellations": one["cancellations"],
            "won_out": -abs(one["won_out"]),
            "won": one["won"],
        }
        for one in state.cards
    ]


def _oldest(state: State, language: Language) -> dict[str, Any] | None:
    one = state.oldest
    if one is None:
        return None
    hours, minutes = divmod(one.minutes or 0, 60)
    waits = (words.OPEN_HOURS if hours else words.OPEN_MINUTES)(language, hours=f"{hours:,}", minutes=f"{minutes}")
    return {
        "address": f"/waiting/{one.key}" if one.waits else f"/payments/{one.key}",
        "payer": one.payer,
        "won": WON(language, won=f"{one.won:,}"),
        "time": f"{one.time:%m-%d %H:%M}",
        "state": one.state,
        "waits": waits if one.minutes is not None else "",
        "is_late": one.is_late,
    }


def _bar(state: State, language: Language) -> list[dict[str, Any]]:
    found = []
    for one in state.marks:
        height = HEIGHTS.get(one.state, LOWEST)
        said = STATES[one.state](language) if one.state in STATES else one.state
        found.append(
            {
                "state": one.state,
                "x": one.start,
                "y": 40 - height,
                "width": max(one.minutes - (3 if one.minutes >= 15 else 0), 1),
                "height": height,
                "title": f"{one.start // 60:02}:{one.start % 60:02} {said}",
            }
        )
    return found


def _legend(state: State, language: Language) -> list[dict[str, Any]]:
    counts: dict[str, int] = {}
    for one in state.marks:
        counts[one.state] = counts.get(one.state, 0) + one.count
    return [
        {"state": name, "text": text(language), "count": counts[name]}
        for name, text in STATES.items()
        if name in counts
    ]
