"""What an operator orders with `daybreak pause`, `resume` and `stop`.

Each order is given until its effect is seen, or it is said that it failed. Only the circusd of our own data folder is
ever spoken to: the port alone may be another tree's.
"""

import os
import random
import re
import signal
import time
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from worker.config import ini
from worker.errors import DaybreakError
from worker.i18n import message, said_by
from worker.runtime import desired_state, heartbeat, installation, locks, reaper, time_words
from worker.runtime.circus_client import LOOK_EVERY, Circus, NotDone
from worker.runtime.desired_state import DesiredState, Intent
from worker.runtime.exit_codes import SETTINGS_WRONG
from worker.runtime.files import read_json, read_text
from worker.runtime.process_identity import Identity

WORKER = "worker"

#: A worker inside a batch reads its result first: its grace in circus.ini, and a margin (seconds).
TO_END = 100.0

#: A new worker's first beat comes within (seconds): first_beat of circus.ini, and a margin.
TO_BEAT = 45.0

LONGEST_PAUSE = desired_state.LONGEST


def circus() -> Circus:
    """Return the circusd at the control address that circus.ini names."""
    return Circus(ini.in_use().sections.get("circus", {}).get("endpoint", "tcp://127.0.0.1:5555"), timeout=3.0)


# --- pause


def end_of_pause(text: str, now: datetime) -> datetime:
    """Return when a pause ends: after `2h`, `30m`, `1h30m` or `1d`, or at a time as worker.runtime.time_words reads it.

    Raises DaybreakError on anything else, on a time that has passed and on more than LONGEST_PAUSE.
    """
    words = text.strip()
    length = re.fullmatch(r"(?:(\d{1,3})d)?(?:(\d{1,4})h)?(?:(\d{1,5})m)?", words)
    if words and length:
        days, hours, minutes = (int(one or 0) for one in length.groups())
        # Added in absolute time: two hours are two hours, wherever the clock is changed in between.
        until = datetime.fromtimestamp(
            now.timestamp() + timedelta(days=days, hours=hours, minutes=minutes).total_seconds(), now.tzinfo
        )
    elif time_words.read(words) is None:
        raise DaybreakError(
            message(
                'pausing: "{words}" is neither a length nor a time. Write a length like 2h, 30m, 1h30m or 1d, or a '
                "time like 2026-11-28 18:00, 2026/11/28 18:00 or 오후 6:00; a day alone means its end, a time alone "
                "today",
                words=text,
            )
        )
    else:
        until = time_words.moment(words, what="TIME", now=now)
    if until.timestamp() <= now.timestamp():
        raise DaybreakError(
            message(
                "pausing until {until}: that has passed, it is {now}",
                until=f"{until:%Y-%m-%d %H:%M}",
                now=f"{now:%Y-%m-%d %H:%M}",
            )
        )
    if until.timestamp() - now.timestamp() > LONGEST_PAUSE.total_seconds():
        raise DaybreakError(
            message(
                "pausing until {until}: that is more than {days} days. To stop the worker until you start it again: "
                "circusctl stop worker",
                until=f"{until:%Y-%m-%d %H:%M}",
                days=str(LONGEST_PAUSE.days),
            )
        )
    return until


def pause(data: Path, *, until: datetime, by: str, now: datetime, within: float = TO_END) -> str:
    """Have no worker run until then, across reboots; return what was done, in words. Raises NotDone."""
    _want(data, Intent(wanted=DesiredState.PAUSED, by=by, since=now, until=until))
    named = f"{until:%Y-%m-%d %H:%M}"
    if find_circusd(data) is None:
        return message("Paused until {until}. circusd does not run; the pause holds when it is started.", until=named)
    try:
        # `by`: the stop is part of this wish, no wish of its own.
        circus().order("stop", WORKER, lambda: _is_off(data), within=within, by=by)
    except NotDone as error:
        raise NotDone(
            message(
                "pausing: the pause until {until} is written down, but a worker still runs ({holder}): {error}. To end "
                "the whole tree: daybreak stop",
                until=named,
                holder=locks.holder(data / "runtime.lock"),
                error=said_by(error),
            )
        ) from None
    return message(
        "Paused until {until}: no worker runs. It starts again by itself then, or with: daybreak resume", until=named
    )


def halt(data: Path, *, by: str, now: datetime, within: float = TO_END) -> str:
    """Have no worker run until somebody starts it again, across reboots; return what was done. Raises NotDone."""
    _want(data, Intent(wanted=DesiredState.STOPPED, by=by, since=now))
    if find_circusd(data) is None:
        if locks.is_held(data / "runtime.lock"):
            raise NotDone(
                message(
                    "stopping the worker: one runs without circusd ({holder}). End it first",
                    holder=locks.holder(data / "runtime.lock"),
                )
            )
        return message("The worker is stopped; circusd does not run either.")
    circus().order("stop", WORKER, lambda: _is_off(data), within=within, by=by)
    return message("The worker is stopped. It starts again with: daybreak resume")


def _is_off(data: Path) -> bool:
    return circus().status(WORKER) == "stopped" and not locks.is_held(data / "runtime.lock")


# --- resume


def resume(data: Path, *, by: str, now: datetime, within: float = TO_BEAT) -> str:
    """Have the worker run again and wait for its first beat; return what was done, in words. Raises NotDone."""
    _want(data, Intent(wanted=DesiredState.RUNNING, by=by, since=now))
    asked = time.monotonic()

    def beats() -> bool:
        # A worker that refuses its settings is stopped again at once: no use in waiting for it.
        is_refused = read_json(data / "backoff.json", lambda kept: kept["code"] == SETTINGS_WRONG, False)
        if time.monotonic() - asked > 3 and is_refused and circus().status(WORKER) == "stopped":
            raise NotDone(message("resuming: the worker refuses its settings (exit 78). See daybreak status"))
        return beating(data) is not None

    if find_circusd(data) is None:
        raise NotDone(message("resuming: circusd does not run, and nothing without it. Start it with ./scripts/start"))
    circus().order("start", WORKER, beats, within=within)
    return message("The worker runs.")


def beating(data: Path) -> Identity | None:
    """Return the worker that circusd runs now, once its own beat is there."""
    beat = heartbeat.read(data / "heartbeat.txt")
    pids = circus().call("list", name=WORKER).get("pids", [])
    if beat is None or beat.identity.pid not in pids or reaper.is_gone(beat.identity):
        return None
    return beat.identity


# --- stop


def stop(data: Path, *, within: float = TO_END) -> str:
    """End the whole tree, whatever it is doing; return what was done, in words.

    A batch that was sent is finished first. Raises NotDone when a service would start the tree again, or when
    something survives.
    """
    circusd = find_circusd(data)
    if circusd is None:
        left = reaper.end(_of_tree(data), within=5)
        if left:
            raise NotDone(
                message(
                    "stopping: no circusd runs, but these do and can't be ended: {pids}",
                    pids=str([one.pid for one in left]),
                )
            )
        return message("Nothing runs.")
    if unit := service_of(circusd.pid):
        raise NotDone(
            message(
                "stopping: {unit} would start circusd (pid {pid}) again. Stop it with: {command}",
                unit=unit,
                pid=str(circusd.pid),
                command=f"systemctl {scope(circusd.pid)}stop {unit}",
            )
        )
    killed = _end_circusd(circusd, within)
    # Without circusd its children end by themselves; a worker with a batch sent reads its result first.
    end = time.monotonic() + (TO_END if killed else within)
    while (left := _of_tree(data)) and time.monotonic() < end:
        time.sleep(LOOK_EVERY)
    left = reaper.end(left)
    if left:
        raise NotDone(
            message("stopping: circusd ended, but these survive: {pids}", pids=str([one.pid for one in left]))
        )
    if not killed:
        return message("Stopped: circusd (pid {pid}) and everything below it ended.", pid=str(circusd.pid))
    return message(
        "Stopped: circusd (pid {pid}) and everything below it ended ({why}).", pid=str(circusd.pid), why=killed
    )


def find_circusd(data: Path) -> Identity | None:
    """Return the circusd of this data folder: by the marks of what it has started, else by what answers for our ini."""
    for one in reaper.marked(data):
        if one.circusd and not reaper.circusd_is_gone(one.circusd):
            return Identity.of(int(one.circusd.partition(".")[0]))
    with suppress(DaybreakError, KeyError, TypeError, ValueError, OSError):
        pid = int(circus().call("dstats")["info"]["pid"])
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        folder = Path(f"/proc/{pid}/cwd").readlink()
        if installation.ini_path().resolve() in [(folder / os.fsdecode(word)).resolve() for word in words if word]:
            return Identity.of(pid)
    return None


def _end_circusd(circusd: Identity, within: float) -> str:
    """Ask circusd to end until it is gone; one that is stopped or deaf is killed. Return why, or an empty text."""
    end = time.monotonic() + within
    while not reaper.is_gone(circusd):
        if _is_stopped(circusd.pid):
            why = message("it was frozen, and was killed")
            break
        if time.monotonic() > end:
            why = message("it did not end within {seconds} s, and was killed", seconds=f"{within:.0f}")
            break
        # Circus drops a SIGTERM that meets its lock; the hooks make it last, but a broken circusd may run without them.
        circusd.signal(signal.SIGTERM)
        again = time.monotonic() + random.uniform(0.75, 1.25)
        while not reaper.is_gone(circusd) and time.monotonic() < again:
            time.sleep(LOOK_EVERY)
    else:
        return ""
    reaper.kill([circusd])
    while not reaper.is_gone(circusd) and time.monotonic() < end + 5:
        time.sleep(LOOK_EVERY)
    return why


def _of_tree(data: Path) -> list[Identity]:
    """Return what circusd has started for this data folder and all below it, ourselves left out."""
    return [one.identity for one in reaper.marked(data) if one.identity.pid != os.getpid()]


def service_of(pid: int, proc: Path = Path("/proc")) -> str:
    """Return the systemd unit whose main process this is (systemd.exec(5), SYSTEMD_EXEC_PID), or an empty text."""
    unit = read_text(proc / str(pid) / "cgroup").strip().rpartition("/")[2]
    if not unit.endswith(".service"):
        return ""
    is_main = f"\0SYSTEMD_EXEC_PID={pid}\0" in f"\0{read_text(proc / str(pid) / 'environ')}"
    return unit if is_main or unit.startswith("daybreak") else ""


def scope(pid: int) -> str:
    """Return the word by which systemctl knows whose service this process is of."""
    return "--user " if "/user@" in read_text(Path(f"/proc/{pid}/cgroup")) else ""


def _is_stopped(pid: int) -> bool:
    return read_text(Path(f"/proc/{pid}/stat")).rpartition(")")[2].split()[:1] == ["T"]


# --- words with circusd


def _want(data: Path, wish: Intent) -> None:
    try:
        desired_state.write(data, wish)
    except OSError as error:
        raise NotDone(
            message(
                "writing down that the worker is to be {wanted}: {error}. Nothing was changed",
                wanted=str(wish.wanted),
                error=str(error),
            )
        ) from error
