"""The screen 장비: the processes and what may be done about them, the daily restart, backups, load and versions."""

import asyncio
import threading
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from worker.console import apart, order_view
from worker.console import machine_words as own
from worker.console.once import form_id
from worker.console.orders import signed
from worker.console.visit import Visit, go_to
from worker.errors import DaybreakError
from worker.i18n import message, reasons, said_by
from worker.i18n.language import Language
from worker.runtime import clock

if TYPE_CHECKING:
    from worker.operations.copies import Backup
    from worker.operations.machine import Machine, Process, Start

#: A backup of the ledger, and its rehearsal, may take so long (seconds).
COPY_WITHIN = 900.0

#: Backups that are shown; the others are counted.
MOST_BACKUPS = 10

#: The page answers first, then it has itself replaced (seconds).
ANSWER_FIRST = 1.0

#: What this screen orders.
KINDS = ("restart", "backup", "rehearse")


async def screen(visit: Visit) -> Response:
    """Show the whole screen."""
    return await _show(visit)


async def restart(visit: Visit) -> Response:
    """Have one process replaced by a fresh one. The page answers before it is replaced itself."""
    from worker.operations import machine

    name, by = visit.form.get("name", ""), visit.by.name
    if name not in machine.REPLACEABLE:
        return await _show(visit, why=message("choose one of the processes of the list"), status=422)
    orders = visit.site.orders

    def act() -> str:
        from worker.operations.orders import Place
        from worker.operations.orders import restart as restarted

        if name == "console":
            threading.Event().wait(ANSWER_FIRST)
        place = Place(data=visit.site.data, now=clock.wall(visit.site.zone))
        return restarted(place, name, by=signed(by)).said[0]

    answer = await _order(visit, lambda: orders.give("restart", by, act, about=name))
    return visit.show("restarting.html") if name == "console" and answer.status_code == 303 else answer


async def backup(visit: Visit) -> Response:
    """Have the ledger backed up now."""
    order = {"what": "backup", "language": visit.language.value}
    return await _order(
        visit,
        lambda: visit.site.orders.give("backup", visit.by.name, lambda: apart.done(order, within=COPY_WITHIN)),
    )


async def rehearse(visit: Visit) -> Response:
    """Have the restore of a backup rehearsed: nothing is changed."""
    from worker.operations import copies

    try:
        found = await asyncio.to_thread(copies.named, visit.site.data, visit.form.get("backup", ""))
    except DaybreakError as error:
        return await _show(visit, why=said_by(error), status=422)
    name = found.path.name
    order = {"what": "rehearse", "backup": name, "language": visit.language.value}
    return await _order(
        visit,
        lambda: visit.site.orders.give(
            "rehearse", visit.by.name, lambda: apart.done(order, within=COPY_WITHIN), about=name
        ),
    )


async def _order(visit: Visit, give: Callable[[], None]) -> Response:
    """Give an order, once for a form that is sent twice, and lead back to the screen."""

    async def act() -> str:
        give()
        return "/machine"

    async def wrong(why: str, _: int) -> Response:
        return await _show(visit, why=why, status=409)

    sent = form_id(visit.by.name, visit.request.url.path, dict(visit.form))
    path = await visit.site.once.path(sent, act, wrong=wrong)
    return go_to(path) if isinstance(path, str) else path


async def _show(visit: Visit, *, why: str = "", status: int = 200) -> Response:
    async with visit.site.at_the_machine:
        values = await asyncio.to_thread(_values, visit)
    order = order_view.of(visit, *KINDS)
    return visit.show(
        "machine.html", status, why=reasons.say(why, visit.language) if why else "", part="state", **order, **values
    )


def _values(visit: Visit) -> dict[str, Any]:
    from worker.operations import copies, machine

    now, language = clock.wall(visit.site.zone), visit.language
    found, backups = machine.look(visit.site.data, now=now), copies.listed(visit.site.data)
    return {
        # Makes a form another one than that of a minute ago: the same order may be given again.
        "at": f"{now:%Y%m%d%H%M%S%f}",
        "problems": [reasons.say(one, language) for one in found.problems],
        "processes": [_process(one, visit) for one in found.processes],
        "starts": [_start(one, visit) for one in found.starts],
        "recycle": _recycle(found, visit),
        "backups": [_backup(one, visit) for one in backups[:MOST_BACKUPS]],
        "more_backups": max(0, len(backups) - MOST_BACKUPS),
        "load": _load(found, language),
        "versions": found.versions,
    }


def _process(one: "Process", visit: Visit) -> dict[str, Any]:
    language = visit.language
    name, state = own.PROCESSES.get(one.name), own.STATES.get(_state(one))
    pid = str(one.pid) if one.pid else "–"
    return {
        "id": one.name,
        "name": name(language) if name else one.name,
        "state": state(language) if state else one.state,
        "tone": own.TONES.get(_state(one), "look") if not one.step else "bad",
        "step": reasons.say(one.step, language) if one.step else "",
        "pid": own.PIDS(language, pid=pid, count=one.others) if one.pid and one.others else pid,
        "beat": _beat(one, language),
        "memory": _megabytes(one.memory, language) if one.memory else "–",
        "started": _time(one.started, visit) if one.started else "–",
        "starts": one.starts_today,
        "version": one.version,
        "may_restart": one.is_replaceable,
    }


def _state(one: "Process") -> str:
    """Return what to say of a process: its beats and the kernel know better than circusd."""
    if one.is_silent:
        return "silent"
    if one.pid is None and one.state in ("", "active"):
        return "gone"
    return one.state or "active"


def _beat(one: "Process", language: Language) -> str:
    if one.beat_age_s is None or one.patience_s is None:
        return own.NO_BEAT(language)
    said = own.SILENT if one.is_silent else own.AGO
    return said(language, age=f"{one.beat_age_s:.0f}", patience=f"{one.patience_s:.0f}")


def _start(one: "Start", visit: Visit) -> dict[str, Any]:
    name = own.PROCESSES.get(one.name)
    return {
        "at": _time(one.at, visit),
        "name": name(visit.language) if name else one.name,
        "why": own.ORDERED(visit.language, who=one.by) if one.by else reasons.say(one.why, visit.language) or "–",
    }


def _recycle(found: "Machine", visit: Visit) -> dict[str, str]:
    result = reasons.say(found.recycle_result, visit.language) if found.recycle_result else ""
    last = _clock(found.recycled, visit)
    return {
        "last": f"{last} ({result})" if last and result else last or "–",
        "next": _clock(found.next_recycle, visit) or "–",
    }


def _backup(one: "Backup", visit: Visit) -> dict[str, str]:
    written = datetime.fromtimestamp(one.written, visit.site.zone)
    return {"name": one.path.name, "at": _time(written, visit), "size": f"{one.size / 1e6:,.1f} MB"}


def _load(found: "Machine", language: Language) -> dict[str, str]:
    load = found.load
    return {
        "load_average": " · ".join(f"{one:.2f}" for one in load.average),
        "processors": str(load.processors),
        "memory_free": own.OF(
            language, free=_megabytes(load.memory_free, language), all=_megabytes(load.memory, language)
        ),
        "disk_free": _megabytes(load.disk_free, language),
    }


def _megabytes(count: int, language: Language) -> str:
    return own.MEGABYTES(language, count=round(count / 1e6))


def _time(at: datetime, visit: Visit) -> str:
    return f"{at.astimezone(visit.site.zone):%Y-%m-%d %H:%M}"


def _clock(text: str, visit: Visit) -> str:
    try:
        return _time(datetime.fromisoformat(text), visit) if text else ""
    except ValueError:
        return ""
