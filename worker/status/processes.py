"""Which processes run, and whether they keep their promises, judged from outside."""

import re
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from worker.config import refused, settings
from worker.control import control
from worker.errors import DaybreakError
from worker.i18n import joined, loaded, message, said_by
from worker.runtime import clock, desired_state, heartbeat, locks, posting_freeze, reaper
from worker.runtime.exit_codes import SETTINGS_WRONG
from worker.runtime.files import read_json
from worker.runtime.heartbeat import PHASES, Heartbeat, now_ticks
from worker.status.status import Status
from worker.version import installed

#: A guard that has not beaten for so long counts as dead (seconds).
GUARD_SILENT = 30.0


GUARDS = ("heartbeat", "recycle")


def look_at_circus(status: Status) -> None:
    try:
        status.circus = dict(control.circus().call("status").get("statuses", {}))
    except DaybreakError as error:
        status.down(message("{error}: nothing runs. Start it with ./scripts/start", error=said_by(error)))


def look_above(status: Status, data: Path, chosen: settings.Settings) -> None:
    """Say what nobody would notice: the end of circusd, the end of this machine. The demo may end unnoticed."""
    if chosen.demo or not status.circus:
        return
    circusd = control.find_circusd(data)
    if circusd is not None and not control.service_of(circusd.pid):
        status.attention.append(message("nothing restarts circusd when it ends or freezes: ./scripts/install"))
    if not chosen.ping_url:
        status.degrade(
            message(
                "nobody off this host is told when it dies: set PING_URL to a dead-man service, or to off if none is "
                "wanted"
            )
        )


def look_at_worker(status: Status, data: Path) -> None:
    pids = [one.identity.pid for one in reaper.marked(data) if is_worker(one.identity.pid)]
    beat = heartbeat.read(data / "heartbeat.txt")
    own = beat if beat and beat.identity.pid in pids and beat.identity.is_alive() else None
    wish = desired_state.read(data)
    if wish.is_over(clock.wall(ZoneInfo("Asia/Seoul"))):
        wish = desired_state.Intent()
    status.intent = wish.said()
    status.lock = {
        "held": locks.is_held(data / "runtime.lock"),
        "holder": locks.holder(data / "runtime.lock") if locks.is_held(data / "runtime.lock") else "",
    }
    named = re.match(r"pid (\d+)\b", status.lock["holder"])
    status.lock["pid"] = int(named[1]) if named else None
    status.worker = {
        "pids": pids,
        "phase": str(own.phase) if own else None,
        "step": own.step if own else "",
        "heartbeat_age_s": round(own.silence(now_ticks()), 1) if own else None,
        "patience_s": own.patience if own else None,
        "started": started_at(own) if own else None,
        "version": own.version if own else None,
        "generation": own.generation if own else None,
    }
    if own:
        status.stats = dict(own.stats)
        status.next_cycle = own.next_cycle or None
    if not pids:
        why = _why_no_worker(wish, data)
        if status.circus:
            status.down(why)
        return
    if len(pids) > 1:
        named_pids = ", ".join(map(str, pids))
        status.degrade(message("{count} workers run, one is expected: pids {pids}", count=len(pids), pids=named_pids))
    if own is None:
        status.degrade(message("the worker (pid {pid}) has not beaten yet", pid=str(pids[0])))
    elif own.is_broken(now_ticks()):
        status.degrade(
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
        status.degrade(
            message(
                "the worker runs version {running}, installed is {installed}: circusctl restart worker",
                running=own.version,
                installed=installed(),
            )
        )
    if unfinished := posting_freeze.why(clock.wall(ZoneInfo("Asia/Seoul"))):
        status.degrade(unfinished)
    if own and not status.lock["held"]:
        status.degrade(message("the worker runs without its lock: circusctl restart worker"))


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


def look_at_guards(status: Status, data: Path) -> None:
    for name in GUARDS:
        beat = heartbeat.read(data / "guards" / f"{name}.txt")
        is_well = beat is not None and beat.identity.is_alive() and beat.silence(now_ticks()) < GUARD_SILENT
        status.guards[name] = {
            "pid": beat.identity.pid if beat else None,
            "heartbeat_age_s": round(beat.silence(now_ticks()), 1) if beat and beat.identity.is_alive() else None,
            "well": is_well,
        }
        if not is_well and status.circus:
            status.degrade(
                message("plugin:{name} does not beat; see {folder}, guards_….log", name=name, folder=str(data / "logs"))
            )


def look_at_recycle(status: Status, data: Path) -> None:
    found: dict[str, Any] = read_json(data / "recycle.json", dict, {})
    status.recycle = {
        "last": found.get("done") or None,
        "next": found.get("next") or None,
        "due": found.get("due") or None,
        "result": found.get("result") or None,
    }
