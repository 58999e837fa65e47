"""The screen 알림: the channels by which people are told, open and past alarms, and that a person has seen one."""

import asyncio
from datetime import datetime
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from worker.alerts.catalogue import cause_of
from worker.alerts.cause import Screen
from worker.alerts.listing import AUDIENCES
from worker.alerts.message import day_of, lasted
from worker.config import console_url
from worker.config.channels import Audience
from worker.console import alarm_words as own
from worker.console import apart, fields, order_view
from worker.console.once import form_id
from worker.console.visit import Visit, go_to
from worker.console.waiting_words import WON
from worker.errors import DaybreakError, LedgerError, SettingsError
from worker.i18n import message, reasons, said_by
from worker.runtime import clock

if TYPE_CHECKING:
    from worker.ledger.alarms import Alarm
    from worker.operations.alarms import AlarmShown, ChannelShown

#: Past alarms of one page; pages that there may be; digits of an alarm's number.
A_PAGE, MOST_PAGES, LONGEST_NUMBER = 30, 10_000, 12

#: A mail server may take so long to answer (seconds).
TEST_WITHIN = 120.0


async def screen(visit: Visit) -> Response:
    """Show the channels, the open alarms, and the past ones page by page."""
    return await _show(visit)


async def alarm(visit: Visit) -> Response:
    """Show one alarm with all that is known of it."""
    try:
        return await _show_one(visit)
    except LedgerError:
        raise
    except DaybreakError as error:
        return visit.sorry(said_by(error), 404)


async def acknowledge(visit: Visit) -> Response:
    """Write down who has seen an alarm, once, and lead back to it."""
    number, stamp = _number(visit), visit.form.get("stamp", "")

    async def act() -> str:
        await asyncio.to_thread(_acknowledge, visit, number, stamp[:40])
        return f"/alarms/{number}"

    async def wrong(why: str, status: int) -> Response:
        return await _show_one(visit, why=why, status=status)

    sent = form_id(visit.by.name, visit.request.url.path, stamp)
    path = await visit.site.once.path(sent, act, wrong=wrong)
    return go_to(path) if isinstance(path, str) else path


async def test(visit: Visit) -> Response:
    """Send a test message on one channel."""
    channel = visit.form.get("channel", "")
    if channel not in own.CHANNELS:
        return await _show(visit, why=message("choose one of the channels of the list"), status=422)
    order = {"what": "channel", "channel": channel, "language": visit.language.value}
    try:
        visit.site.orders.give("channel", visit.by.name, lambda: apart.done(order, within=TEST_WITHIN), about=channel)
    except DaybreakError as error:
        return await _show(visit, why=said_by(error), status=409)
    return go_to("/alarms")


def _acknowledge(visit: Visit, number: int, stamp: str) -> None:
    from worker.operations import alarms

    if not stamp:
        raise DaybreakError(message("acknowledging an alarm: open it first, then say that you have seen it"))
    site = visit.site
    alarms.acknowledge(site.data, number, by=visit.by.name, at=clock.wall(site.zone), stamp=stamp)


def _number(visit: Visit) -> int:
    text = str(visit.request.path_params["id"])
    if not (text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER):
        raise DaybreakError(message("there is no alarm {number}", number=fields.shown(text)))
    return int(text)


async def _show(visit: Visit, *, why: str = "", status: int = 200) -> Response:
    asked = visit.request.query_params.get("page", "")
    try:
        page = fields.number(asked, most=MOST_PAGES) if asked else 1
    except DaybreakError as error:
        page, why, status = 1, said_by(error), 400
    values = await asyncio.to_thread(_values, visit, page)
    problems = [reasons.say(one, visit.language) for one in ([why] if why else []) + values.pop("problems")]
    return visit.show("alarms.html", status, problems=problems, **order_view.of(visit, "channel"), **values)


def _values(visit: Visit, page: int) -> dict[str, Any]:
    """Return what the screen shows; what can't be read is said, and the rest shown."""
    from worker.config import loading
    from worker.operations import alarms

    problems: list[str] = []
    channels: list[dict[str, Any]] | None = None
    shown = alarms.AlarmsShown(open=())
    try:
        shown = alarms.listed(visit.site.data, past=A_PAGE, after=A_PAGE * (page - 1))
    except DaybreakError as error:
        problems.append(said_by(error))
    try:
        channels = [_channel(one, visit) for one in alarms.channels(loading.load())]
    except SettingsError as error:
        problems.append(said_by(error))
    except DaybreakError as error:
        problems += [said_by(error)] if not problems else []
    pages = max(1, -(-shown.past_count // A_PAGE))
    return {
        "problems": problems,
        "is_known": not problems,
        "channels": channels,
        "open": [_alarm(one, visit) for one in shown.open],
        "past": [_alarm(one, visit) for one in shown.past],
        "past_count": shown.past_count,
        "earlier": page - 1,
        "later": page + 1 if page < pages else 0,
        "page": page,
        "pages": pages,
    }


async def _show_one(visit: Visit, *, why: str = "", status: int = 200) -> Response:
    from worker.operations import alarms

    found = await asyncio.to_thread(alarms.one, visit.site.data, _number(visit))
    return visit.show(
        "alarm.html", status, alarm=_alarm(found, visit), why=reasons.say(why, visit.language) if why else ""
    )


def _alarm(one: "AlarmShown", visit: Visit) -> dict[str, Any]:
    """Return an alarm in the office's words."""
    found, language = one.alarm, visit.language
    cause = cause_of(found.cause)
    last, ended = found.acknowledged, found.ended_at
    return {
        "id": found.id,
        "title": cause.title(language),
        "what": reasons.say(found.what, language),
        "done": cause.done(language),
        "todo": cause.todo(language),
        "since": _time(found.since, visit),
        "until": _time(ended, visit) if ended else "",
        "length": own.LASTED(language, length=lasted(ended - found.since, language)) if ended else "",
        "latest": _time(found.latest, visit),
        "count": found.count,
        "told": own.TOLD(language, count=found.told, at=_time(found.told_at, visit)) if found.told_at else "",
        "is_open": one.is_open,
        "is_money": cause.money,
        "rests_a_day": cause.rests_a_day,
        **_look(found, visit),
        **_payment(one, visit),
        "concerns": AUDIENCES[cause.concerns](language),
        "is_worse": one.is_open and one.is_worse,
        "may_acknowledge": one.is_open and not one.rests,
        "seen": own.SEEN_BY(language, who=last.by, at=_time(last.at, visit)) if last else "",
        "all_seen": [own.SEEN_BY(language, who=seen.by, at=_time(seen.at, visit)) for seen in one.acknowledgements],
        "tone": "off" if not one.is_open else "look" if one.rests else "bad",
        "stamp": one.stamp,
    }


def _look(found: "Alarm", visit: Visit) -> dict[str, str]:
    """Return where a problem is seen beside its alarm: the words of the link, and its address."""
    cause = cause_of(found.cause)
    day = found.latest.astimezone(visit.site.zone).date()
    # What keeps payments from being posted may be a question that waits for an answer.
    screen = Screen.WAITING if cause.screen is Screen.ALARM and cause.concerns is Audience.BOTH else cause.screen
    places = {
        Screen.WAITING: console_url.WAITING,
        Screen.REPORT: console_url.report(day_of(found, day)),
        Screen.SCHEDULE: console_url.schedule(day),
    }
    return {"look": own.LOOK[screen](visit.language) if screen in places else "", "look_at": places.get(screen, "")}


def _payment(one: "AlarmShown", visit: Visit) -> dict[str, str]:
    """Return the payment that an alarm is about, by what a person knows of it, and the address of its page."""
    paid = one.payment
    if paid is None:
        return {"payment": "", "payment_at": ""}
    won = WON(visit.language, won=f"{paid.won:,}")
    return {
        "payment": f"{paid.payer} {won}, {_time(paid.time, visit)}",
        "payment_at": console_url.payment(paid.key),
    }


def _channel(one: "ChannelShown", visit: Visit) -> dict[str, Any]:
    """Return a channel as a row."""
    language = visit.language
    if one.waiting:
        said, tone = own.WAITING_MAILS(language, count=one.waiting, why=reasons.say(one.problem, language)), "bad"
    elif one.is_proved:
        said, tone = own.WORDS["channel_well"](language), "good"
    else:
        said, tone = own.WORDS["channel_unproved"](language), "look"
    return {
        "id": one.channel.value,
        "name": own.CHANNELS[one.channel](language),
        "sent": _time(one.sent_at, visit) if one.sent_at else "",
        "tested": _time(one.tested_at, visit) if one.tested_at else "",
        "state": said,
        "tone": tone,
    }


def _time(at: datetime, visit: Visit) -> str:
    return f"{at.astimezone(visit.site.zone):%Y-%m-%d %H:%M}"
