"""Which processes run, and whether they keep their promises, judged from outside."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from worker.config import refused, settings
from worker.control import control
from worker.errors import DaybreakError
from worker.i18n import joined, loaded, message, said_by
from worker.runtime import clock, desired_state, heartbeat, locks, reaper
from worker.runtime.exit_codes import SETTINGS_WRONG
from worker.runtime.files import read_json
from worker.runtime.heartbeat import PHASES, Heartbeat, now_ticks
from worker.status.findings import Findings
from worker.version import installed

#: Silence after which a guard counts as dead (seconds).
GUARD_SILENT = 30.0


GUARDS = ("heartbeat", "recycle")


def look_at_circus(found: Findings) -> None:
    try:
        found.parts["circus"] = dict(control.circus().call("status").get("statuses", {}))
    except DaybreakError as error:
        found.down(message("{error}: nothing runs. Start it with ./scripts/start", error=said_by(error)))


def look_above(found: Findings, data: Path, chosen: settings.Settings) -> None:
    """Report a circusd that could end unnoticed. The demo's may."""
    if chosen.demo or not found.parts.get("circus"):
        return
    circusd = control.find_circusd(data)
    if circusd is not None and not control.service_of(circusd.pid):
        found.attention.append(message("nothing restarts circusd when it ends or freezes: ./scripts/install"))


def look_at_worker(found: Findings, data: Path) -> None:
    pids = [one.identity.pid for one in reaper.marked(data) if is_worker(one.identity.pid)]
    beat = heartbeat.read(data / "heartbeat.txt")
    own = beat if beat and beat.identity.pid in pids and beat.identity.is_alive() else None
    wish = desired_state.read(data)
    if wish.is_over(clock.wall(ZoneInfo("Asia/Seoul"))):
        wish = desired_state.Intent()
    found.parts["intent"] = wish.said()
    lock = look_at_lock(data)
    found.parts["lock"] = lock
    found.parts["worker"] = {**of_beat(own, now_ticks()), "pids": pids}
    if own:
        found.parts |= said_by_beat(own, clock.wall(own.at.tzinfo or UTC))
    if not pids:
        why = _why_no_worker(wish, data)
        if found.parts.get("circus"):
            found.down(why, is_wanted=wish.forbids(clock.wall(ZoneInfo("Asia/Seoul"))))
        return
    if len(pids) > 1:
        named_pids = ", ".join(map(str, pids))
        found.degrade(message("{count} workers run, one is expected: pids {pids}", count=len(pids), pids=named_pids))
    if own is None:
        found.degrade(message("the worker (pid {pid}) has not beaten yet", pid=str(pids[0])))
    elif own.is_broken(now_ticks()):
        found.degrade(
            message(
                "the worker (pid {pid}) is silent for {seconds} s while {phase}, it promised a beat within "
                "{patience} s",
                pid=str(own.identity.pid),
                seconds=f"{own.silence(now_ticks()):.0f}",
                phase=PHASES[own.phase],
                patience=f"{own.patience:.0f}",
            )
        )
    if own and own.version != installed():
        found.degrade(
            message(
                "the worker runs version {running}, installed is {installed}: circusctl restart worker",
                running=own.version,
                installed=installed(),
            )
        )
    if own and not lock["held"]:
        found.degrade(message("the worker runs without its lock: circusctl restart worker"))


def _why_no_worker(wish: desired_state.Intent, data: Path) -> str:
    if wish.wanted is not desired_state.DesiredState.RUNNING:
        if wish.wanted is desired_state.DesiredState.PAUSED:
            return message("the worker is {wish}. To end that: daybreak resume", wish=wish.said())
        return message("the worker is {wish}. Start it with: circusctl start worker", wish=wish.said())
    back_off: dict[str, Any] = read_json(data / "backoff.json", dict, {})
    if back_off.get("until"):
        return message(
            "the worker crashed ({why}); backing off until {until}",
            why=loaded(str(back_off.get("reason"))),
            until=back_off["until"],
        )
    if back_off.get("code") == SETTINGS_WRONG:
        if named := refused.read(data):
            return message(
                "the worker refused its settings: {problem}. Correct them, then: circusctl start worker",
                problem=joined(named, "; "),
            )
        return message("the settings are wrong; correct them, then: circusctl start worker")
    return message("no worker runs. Start it with: circusctl start worker")


def is_worker(pid: int) -> bool:
    """True when this process is `python -m worker` itself, not something it has started."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return words[1:3] == [b"-m", b"worker"]


def started_at(beat: Heartbeat) -> str | None:
    """Return the process's start by the wall clock, ISO with offset."""
    import psutil

    try:
        created = psutil.Process(beat.identity.pid).create_time()
    except psutil.Error:
        return None
    return datetime.fromtimestamp(created, beat.at.tzinfo).isoformat(timespec="seconds")


def look_at_lock(data: Path) -> dict[str, Any]:
    """Return who holds the worker's lock, and the pid that the holder names."""
    is_held = locks.is_held(data / "runtime.lock")
    holder = locks.holder(data / "runtime.lock") if is_held else ""
    named = re.match(r"pid (\d+)\b", holder)
    return {"held": is_held, "holder": holder, "pid": int(named[1]) if named else None}


def of_beat(beat: Heartbeat | None, ticks: float) -> dict[str, Any]:
    """Return what a worker's beat says of it, its age in seconds by the clock of beats."""
    return {
        "pids": [beat.identity.pid] if beat else [],
        "phase": str(beat.phase) if beat else None,
        "step": beat.step if beat else "",
        "heartbeat_age_s": round(beat.silence(ticks), 1) if beat else None,
        "patience_s": beat.patience if beat else None,
        "started": started_at(beat) if beat else None,
        "version": beat.version if beat else None,
        "generation": beat.generation if beat else None,
    }


def said_by_beat(beat: Heartbeat, now: datetime) -> dict[str, Any]:
    """Return what it does and when the next cycle is due, unless that one is due or under way already."""
    is_to_come = bool(beat.next_cycle) and datetime.fromisoformat(beat.next_cycle) > now
    return {
        "doing": beat.phase.value,
        "step": beat.step,
        "stats": dict(beat.stats),
        "next_cycle": beat.next_cycle if is_to_come else None,
    }


def look_at_guards(found: Findings, data: Path) -> None:
    guards = found.parts.setdefault("guards", {})
    for name in GUARDS:
        beat = heartbeat.read(data / "guards" / f"{name}.txt")
        is_well = beat is not None and beat.identity.is_alive() and beat.silence(now_ticks()) < GUARD_SILENT
        guards[name] = {
            "pid": beat.identity.pid if beat else None,
            "heartbeat_age_s": round(beat.silence(now_ticks()), 1) if beat and beat.identity.is_alive() else None,
            "well": is_well,
        }
        if not is_well and found.parts.get("circus"):
            found.degrade(
                message("plugin:{name} does not beat; see {folder}, guards_….log", name=name, folder=str(data / "logs"))
            )


def look_at_recycle(found: Findings, data: Path) -> None:
    kept: Mapping[str, Any] = read_json(data / "recycle.json", dict, {})
    names = {"last": "done", "next": "next", "due": "due", "result": "result"}
    found.parts["recycle"] = {name: kept.get(source) or None for name, source in names.items()}
