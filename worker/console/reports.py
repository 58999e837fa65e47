"""The screen 보고서: a calendar of how each day went, and the report of a day, a week or a month within the page."""

import asyncio
import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from starlette.responses import Response

from worker.console import fields, making, months
from worker.console.boundary import HEADERS
from worker.console.report_words import MARKS
from worker.console.visit import Site, Visit
from worker.errors import DaybreakError
from worker.i18n import message, reasons, said_by
from worker.operations.reports import Period
from worker.reports.words import long_day
from worker.runtime import clock
from worker.schedule.agenda import WEEKDAYS
from worker.status.verdict import Tone

#: The report stands in a frame of ours.
_WITH_FRAME = {"content-security-policy": HEADERS["content-security-policy"] + "; frame-src 'self'"}

#: The report itself: its own styles, and nothing that runs, loads or is sent.
_REPORT = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'self'",
    "x-frame-options": "SAMEORIGIN",
}

#: What is said in place of a report: in the same frame, with the styles of the page.
_NO_REPORT = {
    "content-security-policy": "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'",
    "x-frame-options": "SAMEORIGIN",
}

#: A row of a table, the payment that it names, linked or not, and its links to our list and to a folder of the machine.
_ROW = re.compile(r"<tr>(?:(?!</tr>).)*</tr>", re.DOTALL)
_KEY = re.compile(r'(?:<a href="[^"]*" target="_top">)?<code>([A-Z2-7]{10})</code>(?:</a>)?')
_WAITING = re.compile(r'<a href="https?://[^/"]+(?=/waiting["/])')
_FOLDER = re.compile(r'<a href="[^"]*evidence/[^"]*">')


async def screen(visit: Visit) -> Response:
    """Show the calendar, and the report that was chosen."""
    asked, why, status = visit.request.query_params, "", 200
    today = _today(visit.site)
    first, chosen, period = today.replace(day=1), None, Period.DAY
    try:
        first = fields.month(asked["month"]) if asked.get("month") else first
        if asked.get("day"):
            chosen = _chosen(asked["day"], today)
            first = fields.month(asked["month"]) if asked.get("month") else chosen.replace(day=1)
        period = _period(asked.get("show") or Period.DAY)
    except DaybreakError as error:
        chosen, why, status = None, said_by(error), 400
    tones: Mapping[date, Tone] = {}
    try:
        tones = await asyncio.to_thread(visit.site.tones.of, first)
    except DaybreakError as error:
        why = why or said_by(error)
    answer = visit.show("reports.html", status, **_values(visit, first, chosen, period, tones, today, why))
    answer.headers.update(_WITH_FRAME)
    return answer


async def page(visit: Visit) -> Response:
    """Show a report as it is, for the frame and for paper."""
    asked = visit.request.query_params
    try:
        day, period = _chosen(asked.get("day", ""), _today(visit.site)), _period(asked.get("show", ""))
        file = await making.made(visit, {"what": "report", "period": period.value, "day": day.isoformat()})
    except DaybreakError as error:
        answer = visit.show("no_report.html", 409, why=reasons.say(said_by(error), visit.language))
        answer.headers.update(_NO_REPORT)
        return answer
    with file:
        html = (await asyncio.to_thread(file.read)).decode()
    html = _WAITING.sub('<a href="', _ROW.sub(_linked, html))  # by the name by which this reader came
    return Response(html, media_type="text/html; charset=utf-8", headers=_REPORT)


def _linked(row: re.Match[str]) -> str:
    """Return a row of a report with links to the payment's page in place of those to folders."""
    if not (key := _KEY.search(row[0])):
        return row[0]
    link = f'<a href="/payments/{key[1]}{{}}" target="_top">'
    named = row[0].replace(key[0], f"{link.format('')}<code>{key[1]}</code></a>")
    return _FOLDER.sub(link.format("#evidence"), named)


async def workbook(visit: Visit) -> Response:
    """Give the month as an xlsx."""
    first = fields.month(visit.request.query_params.get("month", ""))
    if first > _today(visit.site):
        raise DaybreakError(message("this month has not begun yet"))
    return await making.download(
        visit, {"what": "month", "month": f"{first:%Y-%m}"}, name=f"daybreak_{first:%Y-%m}.xlsx"
    )


def _chosen(text: str, today: date) -> date:
    day = fields.day(text)
    if day > today:
        raise DaybreakError(message("{day} has not begun yet: there is no report of it", day=day.isoformat()))
    return day


def _period(text: str) -> Period:
    if text not in set(Period):
        raise DaybreakError(message("{text} is no report. Choose day, week or month", text=fields.shown(text)))
    return Period(text)


def _today(site: Site) -> date:
    return clock.wall(site.zone).date()


def _values(
    visit: Visit, first: date, chosen: date | None, period: Period, tones: Mapping[date, Tone], today: date, why: str
) -> dict[str, Any]:
    language = visit.language
    before, after = months.beside(first)
    names = {Period.DAY: "day_report", Period.WEEK: "week_report", Period.MONTH: "month_report"}
    return {
        "why": reasons.say(why, language) if why else "",
        "month": f"{first:%Y-%m}",
        "month_name": months.name(first, language),
        "before": before,
        "after": after if after and after <= f"{today:%Y-%m}" else "",
        "weekdays": [text(language) for text in WEEKDAYS],
        "weeks": [[_day(one, tones, chosen, today, visit) for one in week] for week in months.weeks(first)],
        "chosen": chosen.isoformat() if chosen else "",
        "chosen_name": long_day(chosen, language) if chosen else "",
        "show": period.value,
        "periods": [(one.value, names[one]) for one in Period],
        "marks": [(tone.value, sign, text(language)) for tone, (sign, text) in MARKS.items()],
        "may_download": first <= today,
    }  # fmt: skip


def _day(
    day: date | None, tones: Mapping[date, Tone], chosen: date | None, today: date, visit: Visit
) -> dict[str, Any] | None:
    if day is None:
        return None
    tone = tones.get(day)
    sign, text = MARKS[tone] if tone else ("", None)
    said = text(visit.language) if text else ""
    return {
        "day": day.isoformat(),
        "number": day.day,
        "tone": tone.value if tone else "none",
        "sign": sign,
        "said": said,
        "name": long_day(day, visit.language),
        "is_chosen": day == chosen,
        "is_today": day == today,
        "is_known": day <= today and tone is not None,
    }
