"""The machine and the tree that runs on it: processes with their beats, why each was started, memory, versions.

Everything is looked up at the kernel and in files; circusd is asked last, and may stay silent.
"""

import os
import platform
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import metadata
from pathlib import Path
from typing import Any

from worker.control import control
from worker.errors import DaybreakError, LedgerError
from worker.i18n import message, said_by
from worker.ledger.ledger import Ledger
from worker.runtime import disks, heartbeat, reaper, spool, sqlite
from worker.runtime.files import read_json, read_text
from worker.runtime.process_identity import Identity
from worker.runtime.reaper import Marked
from worker.runtime.spool import NoteKind
from worker.version import installed

#: The processes that a person may have replaced: a batch under way ends first. The demo ERP would end with its books.
REPLACEABLE = ("worker", "plugin:heartbeat", "plugin:recycle", "console")

#: Where each of them beats, in the data folder.
BEATS = {
    "worker": "heartbeat.txt",
    "plugin:heartbeat": "guards/heartbeat.txt",
    "plugin:recycle": "guards/recycle.txt",
    "console": "guards/console.txt",
}

#: Age of the oldest start that is shown, and maximum starts shown.
STARTS_FOR, MOST_STARTS = timedelta(days=7), 20

#: What tells of them: each start, and who ordered one.
_OF_STARTS = frozenset({NoteKind.START, NoteKind.ORDER})

#: The packages whose versions decide how it runs.
PACKAGES = ("circus", "playwright", "pydantic", "starlette", "uvicorn")


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """One start of a process and why, or the order of one and by whom."""

    at: datetime
    name: str
    why: str
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """One process of the tree, by the name of its watcher."""

    name: str
    #: As circusd says: active, stopped …; "" while it says nothing.
    state: str
    #: Its own pid, and how many other processes belong to it, such as a browser's.
    pid: int | None = None
    others: int = 0
    #: Seconds since its last beat, and within how many the next one is promised; None: it does not beat.
    beat_age_s: float | None = None
    patience_s: float | None = None
    #: What it says that keeps it from its work, a message, or "".
    step: str = ""
    version: str = ""
    started: datetime | None = None
    #: Memory of it and all that belongs to it (bytes), what is shared counted once; None: not known.
    memory: int | None = None
    #: Starts since midnight.
    starts_today: int = 0

    @property
    def is_silent(self) -> bool:
        """True when a promised beat has not come."""
        return self.beat_age_s is not None and self.patience_s is not None and self.beat_age_s > self.patience_s

    @property
    def is_replaceable(self) -> bool:
        """True where a person may have it replaced by a fresh one."""
        return self.name in REPLACEABLE


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """How busy the machine is."""

    #: Processes that wanted to run, on average of 1, 5 and 15 minutes; and how many can at once.
    average: tuple[float, float, float]
    processors: int
    #: Bytes.
    memory: int
    memory_free: int
    disk_free: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What was found."""

    processes: tuple[Process, ...]
    #: Newest first.
    starts: tuple[Start, ...]
    #: The daily restart: when the last one was, what came of it, and when the next one is; "" where nothing is known.
    recycled: str
    recycle_result: str
    next_recycle: str
    load: Load
    #: What is installed, by its name.
    versions: Mapping[str, str]
    #: What could not be looked up, a message each.
    problems: tuple[str, ...]


def look(data: Path, *, now: datetime) -> Machine:
    """Look at everything. Never raises for what is broken: that is what it tells. Takes up to some seconds."""
    problems: list[str] = []
    starts = _starts(data, now, problems)
    kept: Mapping[str, Any] = read_json(data / "recycle.json", dict, {})
    return Machine(
        processes=_processes(data, now, starts, problems),
        starts=tuple(starts[:MOST_STARTS]),
        recycled=str(kept.get("done") or ""),
        recycle_result=str(kept.get("result") or ""),
        next_recycle=str(kept.get("next") or ""),
        load=_load(data),
        versions=_versions(),
        problems=tuple(problems),
    )


def _processes(data: Path, now: datetime, starts: Iterable[Start], problems: list[str]) -> tuple[Process, ...]:
    marked = reaper.marked(data)
    states = _states(marked, problems)
    own = dict.fromkeys([*BEATS, *states, *(one.watcher for one in marked if one.watcher)])
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    today = [one.name for one in starts if one.at >= midnight and not one.by]
    return tuple(
        _process(data, name, states.get(name, ""), [one.identity for one in marked if one.watcher == name], today)
        for name in own
    )


def _states(marked: Iterable[Marked], problems: list[str]) -> Mapping[str, str]:
    """Ask circusd what it says of its watchers, where one of this folder runs."""
    if all(reaper.circusd_is_gone(one.circusd) for one in marked):
        problems.append(message("circusd does not run, and nothing without it. Start it with ./scripts/start"))
        return {}
    try:
        return dict(control.circus().call("status").get("statuses", {}))
    except DaybreakError as error:
        problems.append(
            message(
                "circusd says nothing ({error}): what is shown of the processes comes from the kernel alone",
                error=said_by(error),
            )
        )
        return {}


def _process(data: Path, name: str, state: str, own: list[Identity], today: list[str]) -> Process:
    beat = heartbeat.read(data / BEATS[name]) if name in BEATS else None
    if beat is not None and not beat.identity.is_alive():
        beat = None
    main = beat.identity if beat else min(own, key=lambda one: one.started, default=None)
    others = [one for one in own if one != main]
    return Process(
        name=name,
        state=state,
        pid=main.pid if main else None,
        others=len(others),
        beat_age_s=round(beat.silence(heartbeat.now_ticks()), 1) if beat else None,
        patience_s=beat.patience if beat else None,
        step=beat.step if beat and name == "console" else "",
        version=beat.version if beat else "",
        started=_started(main),
        memory=_memory([main, *others]) if main else None,
        starts_today=today.count(name),
    )


def _started(identity: Identity | None) -> datetime | None:
    import psutil

    if identity is None:
        return None
    with suppress(psutil.Error, OSError, ValueError, OverflowError):
        return datetime.fromtimestamp(psutil.Process(identity.pid).create_time()).astimezone()
    return None


def _memory(own: Iterable[Identity]) -> int | None:
    """Return the proportional memory of some processes (proc(5), smaps_rollup), in bytes; None where none tells it."""
    found = [
        int(line.split()[1]) * 1024
        for one in own
        for line in read_text(Path(f"/proc/{one.pid}/smaps_rollup")).splitlines()
        if line.startswith("Pss:")
    ]
    return sum(found) if found else None


def _starts(data: Path, now: datetime, problems: list[str]) -> list[Start]:
    """Return the starts of some days, newest first: those of the ledger, and what waits to be taken into it."""
    since = now - STARTS_FOR
    found: list[Start] = []
    try:
        with Ledger(data, create=False, patience=1.0) as ledger:
            found = [
                _start(datetime.fromisoformat(str(one["at"])), str(one["kind"]), one["facts"], one["what"])
                for one in ledger.incidents(since)
                if one["kind"] in _OF_STARTS
            ]
    except LedgerError as error:
        problems.append(said_by(error))
    for _, note in spool.waiting(data):
        with suppress(KeyError, TypeError, ValueError):
            if note["kind"] in _OF_STARTS:
                found.append(_start(datetime.fromisoformat(str(note["at"])), note["kind"], note, note["text"]))
    return sorted((one for one in found if one.at >= since), key=lambda one: one.at, reverse=True)


def _start(at: datetime, kind: str, facts: Any, what: Any) -> Start:
    known = facts if isinstance(facts, Mapping) else {}
    name, is_order = str(known.get("watcher") or "?"), kind == NoteKind.ORDER
    if is_order:
        return Start(at=at, name=name, why=what, by=str(known.get("by") or "?"))
    return Start(at=at, name=name, why=known.get("why") or what)


def _load(data: Path) -> Load:
    figures = {
        words[0].rstrip(":"): int(words[1]) * 1024
        for line in read_text(Path("/proc/meminfo")).splitlines()
        if len(words := line.split()) > 1 and words[1].isdigit()
    }
    place = next((folder for folder in (data, *data.parents) if folder.exists()), Path("/"))
    return Load(
        average=os.getloadavg(),
        processors=os.cpu_count() or 1,
        memory=figures.get("MemTotal", 0),
        memory_free=figures.get("MemAvailable", 0),
        disk_free=min((one.free for one in disks.below(place)), default=0),
    )


def _versions() -> dict[str, str]:
    found = {"daybreak": installed(), "Python": platform.python_version(), "SQLite": sqlite.described()}
    for name in PACKAGES:
        with suppress(metadata.PackageNotFoundError):
            found[name] = metadata.version(name)
    system = read_text(Path("/etc/os-release"))
    named = next((line for line in system.splitlines() if line.startswith("PRETTY_NAME=")), "")
    found["Linux"] = f"{named.partition('=')[2].strip().strip(chr(34))} {platform.release()}".strip()
    return found
