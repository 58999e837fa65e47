"""The page of one alarm, to which its mails lead: what happened, what was done, what to do, and whether it is over."""

import asyncio
from datetime import datetime
from typing import Any

from starlette.responses import Response

from worker.alerts.catalogue import cause_of
from worker.alerts.cause import Screen
from worker.alerts.listing import AUDIENCES
from worker.alerts.message import day_of
from worker.config import console_url
from worker.config.channels import Audience
from worker.console import fields, words
from worker.console.alarm_words import LOOK
from worker.console.visit import Visit
from worker.errors import DaybreakError, LedgerError
from worker.i18n import message, reasons
from worker.operations import alarms
from worker.operations.alarms import AlarmShown

#: The highest number of an alarm that is looked for.
MOST = 10**9 - 1


async def screen(visit: Visit) -> Response:
    """Show one alarm, by its number in the ledger."""
    try:
        number = fields.number(str(visit.request.path_params["number"]), most=MOST)
        found = await asyncio.to_thread(_find, number)
    except LedgerError:
        raise
    except DaybreakError:
        found = None
    if found is None:
        return visit.sorry(message("there is no alarm with this number"), 404)
    return visit.show("alarm.html", **_values(found, visit))


def _find(number: int) -> AlarmShown | None:
    from worker.config import loading

    return alarms.one(loading.load(), number)


def _values(found: AlarmShown, visit: Visit) -> dict[str, Any]:
    alarm, language = found.alarm, visit.language
    zone = words.ZONES.get(str(visit.site.zone))
    cause = cause_of(alarm.cause)
    day = alarm.latest.astimezone(visit.site.zone).date()
    # What keeps payments from being posted may be a question that waits for an answer.
    screen = Screen.WAITING if cause.screen is Screen.ALARM and cause.concerns is Audience.BOTH else cause.screen
    looks = {
        Screen.WAITING: console_url.WAITING,
        Screen.REPORT: console_url.report(day_of(alarm, day)),
        Screen.SCHEDULE: console_url.schedule(day),
    }
    return {
        "title": cause.title(language),
        "zone": zone(language) if zone else str(visit.site.zone),
        "is_open": found.is_open,
        "what": reasons.say(alarm.what, language),
        "since": _time(alarm.since, visit),
        "latest": _time(alarm.latest, visit),
        "count": f"{alarm.count:,}",
        "ended": _time(alarm.ended_at, visit) if alarm.ended_at else "",
        "done": cause.done(language),
        "todo": cause.todo(language),
        "told": AUDIENCES[cause.concerns](language),
        "look": LOOK[screen](language) if screen in LOOK else "",
        "look_at": looks.get(screen, ""),
    }


def _time(at: datetime, visit: Visit) -> str:
    return f"{at.astimezone(visit.site.zone):%Y-%m-%d %H:%M}"
