"""The part 로그 of the screen 장비: the logs of one day, by level, process and text. No field is part of a path."""

import asyncio
from datetime import date
from typing import Any

from starlette.responses import Response

from worker.console import fields
from worker.console import machine_words as own
from worker.console.visit import Visit
from worker.errors import DaybreakError
from worker.i18n import message, reasons, said_by
from worker.runtime import clock

#: Characters of the text that is looked for.
LONGEST_TEXT = 100


async def screen(visit: Visit) -> Response:
    """Show the newest entries that are wanted; what can't be meant is said above the filter."""
    asked, why, status = visit.request.query_params, "", 200
    today = clock.wall(visit.site.zone).date()
    text, level, source, day = asked.get("text", ""), asked.get("level", "INFO"), asked.get("source", ""), today
    try:
        day = fields.day(asked["day"]) if asked.get("day") else today
        if len(text) > LONGEST_TEXT or not text.isprintable():
            raise DaybreakError(message("the text to look for: write {most} signs at most", most=LONGEST_TEXT))
    except DaybreakError as error:
        text, why, status = text[:LONGEST_TEXT], said_by(error), 400
    if level not in own.LEVELS:
        level, status, why = "INFO", 400, why or message("choose one of the levels of the list")
    async with visit.site.at_the_machine:
        values = await asyncio.to_thread(_values, visit, day, text.strip(), level, source, is_asked=not why)
    if source and source not in values["sources"]:
        values["sources"] = [*values["sources"], source[:30]] if source.isprintable() else values["sources"]
    return visit.show(
        "machine_log.html",
        status,
        part="log",
        why=reasons.say(why, visit.language) if why else "",
        day=day.isoformat(),
        today=today.isoformat(),
        text=text,
        longest=LONGEST_TEXT,
        level=level,
        levels=[(name, said(visit.language)) for name, said in own.LEVELS.items()],
        source=source,
        **values,
    )


def _values(visit: Visit, day: date, text: str, level: str, source: str, *, is_asked: bool) -> dict[str, Any]:
    from worker.operations import log

    data, language = visit.site.data, visit.language
    wanted = log.LogFilter(day=day, level=level, text=text, source=source)
    found = log.read(data, wanted, zone=visit.site.zone) if is_asked else log.LogShown(lines=(), more=0)
    return {
        "sources": list(log.sources(data, day)),
        "more": own.MORE_LINES(language, count=found.more) if found.more else "",
        "cut": own.CUT(language, names=", ".join(found.cut)) if found.cut else "",
        "lines": [
            {
                "at": f"{one.at.astimezone(visit.site.zone):%H:%M:%S}",
                "source": one.source,
                "level": one.level,
                "tone": {"WARNING": "look", "ERROR": "bad", "CRITICAL": "bad"}.get(one.level, ""),
                "text": one.text,
            }
            for one in reversed(found.lines)
        ],
    }
