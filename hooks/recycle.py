"""The guard of the daily fresh start: at 05:55 the worker ends between two cycles and a new one begins."""

import json
import re
import signal
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from hooks import kill_reason
from hooks.guards.guard import Guard
from hooks.guards.liveness import Watch, age
from worker.i18n import Message, message, said_by
from worker.runtime import reaper
from worker.runtime.circus_client import NoAnswer, Refused
from worker.runtime.files import read_json, write_private
from worker.runtime.heartbeat import AT_REST, Heartbeat, now_ticks
from worker.runtime.process_identity import Identity
from worker.runtime.spool import NoteKind

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

WORKER = "worker"

#: Time for a worker that was asked to end: the batch that it may have sent, and a margin (seconds).
TO_END = 100.0

#: The next worker's first beat comes within (seconds).
TO_BEAT = 60.0

#: Days that are remembered: one day is never recycled twice, wherever the clock goes.
REMEMBERED = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """[plugin:recycle] in circus.ini."""

    at: time = time(5, 55)
    #: Weekdays, 0 is Monday.
    days: frozenset[int] = frozenset(range(7))
    #: Time for a cycle under way before it is asked to end (seconds; written in minutes).
    wait: float = 600.0


def options(written: Mapping[str, str]) -> tuple[Options, list[str]]:
    """Return the options, and a sentence for each that is refused; its default is used instead."""
    problems: list[str] = []
    chosen = Options()
    if text := written.get("at", "").strip():
        try:
            if not re.fullmatch(r"\d\d:\d\d(:\d\d)?", text):
                raise ValueError
            chosen = replace(chosen, at=time.fromisoformat(text))
        except ValueError:
            problems.append(
                message("circus.ini [plugin:recycle] at = {text}: write a time like 05:55; 05:55 is used", text=text)
            )
    if text := written.get("days", "").strip():
        days = _days(text)
        if days:
            chosen = replace(chosen, days=days)
        else:
            problems.append(
                message(
                    "circus.ini [plugin:recycle] days = {text}: write mon-sun, or mon,wed,fri; mon-sun is used",
                    text=text,
                )
            )
    if text := written.get("wait", "").strip():
        try:
            minutes = float(text)
        except ValueError:
            minutes = -1
        if 0 <= minutes <= 60:
            chosen = replace(chosen, wait=minutes * 60)
        else:
            problems.append(
                message("circus.ini [plugin:recycle] wait = {text}: write minutes from 0 to 60; 10 is used", text=text)
            )
    return chosen, problems


def _days(text: str) -> frozenset[int]:
    """Return the weekdays of `mon-fri` or `mon,wed`, or none if it is neither."""
    found: set[int] = set()
    for part in text.lower().split(","):
        first, dash, last = part.strip().partition("-")
        last = last if dash else first
        if first not in DAYS or last not in DAYS:
            return frozenset()
        start, end = DAYS.index(first), DAYS.index(last)
        found.update(range(start, end + 1) if start <= end else {*range(start, 7), *range(end + 1)})
    return frozenset(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What is known about the recycles, kept in recycle.json."""

    #: Local dates that have had theirs, ISO, the last REMEMBERED.
    dates: tuple[str, ...] = ()
    #: The one under way or the last one: when it was due, asked for and done (ISO with offset, or "").
    due: str = ""
    asked: str = ""
    done: str = ""
    #: The worker before (pid, start, boot) and the pid after.
    before: tuple[int, int, str] | None = None
    after: int | None = None
    #: From the signal to the new worker's first beat.
    seconds: float | None = None
    #: In words: done, not needed, no worker runs.
    result: str = ""
    #: When the next one is due, ISO with offset.
    next: str = ""


def due_at(day: date, now: datetime, at: time) -> datetime:
    """Return that day's moment in the zone of `now`; a time that the clock skips counts as just after."""
    return datetime.combine(day, at, tzinfo=now.tzinfo)


def next_due(now: datetime, wanted: Options, dates: tuple[str, ...]) -> datetime:
    """Return when the next recycle is due."""
    for ahead in range(9):
        day = now.date() + timedelta(days=ahead)
        moment = due_at(day, now, wanted.at)
        if day.weekday() in wanted.days and day.isoformat() not in dates and moment.timestamp() > now.timestamp():
            return moment
    return due_at(now.date() + timedelta(days=1), now, wanted.at)


def missed(now: datetime, wanted: Options, dates: tuple[str, ...]) -> datetime | None:
    """Return the newest due moment that has passed without its recycle (of today or the days before), or None."""
    for back in range(8):
        day = now.date() - timedelta(days=back)
        moment = due_at(day, now, wanted.at)
        if day.weekday() in wanted.days and moment.timestamp() <= now.timestamp():
            return None if day.isoformat() in dates else moment
    return None


def is_fresh(moment: datetime, now: datetime, worker_age: float) -> bool:
    """True when the worker was started after that moment: a recycle would change nothing."""
    return worker_age < now.timestamp() - moment.timestamp()


def load(path: Path) -> State:
    """Return what the file says; a missing or damaged one counts as none."""
    return read_json(path, _state, State())


def _state(values: Any) -> State:
    before = values.get("before")
    return State(
        dates=tuple(str(one) for one in values["dates"])[-REMEMBERED:],
        due=str(values["due"]),
        asked=str(values["asked"]),
        done=str(values["done"]),
        before=(int(before[0]), int(before[1]), str(before[2])) if before else None,
        after=values["after"],
        seconds=values["seconds"],
        result=str(values["result"]),
        next=str(values["next"]),
    )


def save(path: Path, state: State) -> None:
    """Replace the file in one step; a full disk costs the record, not the recycle."""
    with suppress(OSError):
        write_private(path, json.dumps(asdict(state), indent=1) + "\n", durable=False)


class Act(StrEnum):
    """What a recycle under way does next."""

    WAIT = "wait"
    ASK = "ask"
    ASK_AGAIN = "ask again"
    KILL = "kill"
    NOT_NEEDED = "not needed: the worker was started since"
    NO_WORKER = "no worker runs: the next one starts fresh"
    DONE = "done"
    LATE = "late"


#: What has come of a recycle that is over. Its file holds the act alone.
RESULTS: Mapping[Act, Message] = {
    Act.NOT_NEEDED: message("not needed: the worker was started since"),
    Act.NO_WORKER: message("no worker runs: the next one starts fresh"),
    Act.DONE: message("done"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A recycle under way; its times are on the monotonic clock."""

    due: datetime
    since: float
    #: When the worker was last asked to end, and how often.
    asked: float | None = None
    times: int = 0
    #: The worker that was asked.
    before: Identity | None = None
    told: bool = False


def next_act(
    attempt: Attempt, *, worker: Identity | None, beat: Heartbeat | None, fresh: bool, ticks: float, wait: float
) -> Act:
    """Decide what to do now. `fresh`: the worker was started after the due moment; `beat` is its own newest one."""
    if attempt.before is None or attempt.asked is None:
        if worker is None:
            return Act.NO_WORKER
        if fresh:
            return Act.NOT_NEEDED
        at_rest = beat is not None and beat.phase in AT_REST
        return Act.ASK if at_rest or ticks - attempt.since > wait else Act.WAIT
    passed = ticks - attempt.asked
    if worker is not None and worker != attempt.before:
        if beat is not None:
            return Act.DONE
        return Act.LATE if passed > TO_END + TO_BEAT and not attempt.told else Act.WAIT
    if worker is None or passed <= TO_END:
        return Act.WAIT
    return Act.ASK_AGAIN if attempt.times == 1 else Act.KILL


def _of(attempt: Attempt, what: str) -> Message:
    return message("recycle of {due}: {what}", due=f"{attempt.due:%Y-%m-%d %H:%M}", what=what)


class DailyRecycle(Guard):
    """Options: at (HH:MM in TZ), days, wait (min). See circus.ini."""

    name = "recycle"
    partner = "heartbeat"

    def take_options(self, written: Mapping[str, str]) -> None:
        self.options, problems = options(written)
        self.problems.extend(problems)
        self._path = self.data / "recycle.json"
        self._state = load(self._path)
        self._watch = Watch(self.data / "heartbeat.txt")
        self._attempt: Attempt | None = None
        self._record(self._state)

    def look(self) -> None:
        now = self.now()
        if self._attempt is None:
            moment = missed(now, self.options, self._state.dates)
            if moment is None:
                return
            self._attempt = Attempt(since=now_ticks(), due=moment)
        try:
            worker = self.circus.running(WORKER).identity
        except (NoAnswer, Refused) as error:
            self._tell_once(message("waits: {error}", error=said_by(error)))
            return
        act = next_act(
            self._attempt,
            worker=worker,
            beat=self._watch.beat(worker) if worker else None,
            fresh=worker is not None and is_fresh(self._attempt.due, now, age(worker)),
            ticks=now_ticks(),
            wait=self.options.wait,
        )
        self._do(act, self._attempt, worker)

    def _do(self, act: Act, attempt: Attempt, worker: Identity | None) -> None:
        if act in (Act.NO_WORKER, Act.NOT_NEEDED, Act.DONE):
            self._finish(attempt, act, worker)
        elif act is Act.LATE:
            self._tell_once(message("the new worker has not beaten yet"))
        elif worker is None or act is Act.WAIT:
            return
        elif act is Act.KILL:
            why = message("worker (pid {pid}) has not ended after two signals: killing it", pid=str(worker.pid))
            self.alert(_of(attempt, why), cause="recycle")
            reaper.end(reaper.tree(worker))
        else:
            self._ask(attempt, worker)

    def _ask(self, attempt: Attempt, worker: Identity) -> None:
        text = message("planned {at}", at=f"{self.options.at:%H:%M}")
        kill_reason.write(self.data / "guards", kill_reason.Reason(identity=worker, text=text, planned=True))
        if not worker.signal(signal.SIGTERM):
            return
        pid, seconds = str(worker.pid), f"{TO_END:.0f}"
        if attempt.times:
            what = message(
                "worker (pid {pid}) asked to end again, {seconds} s after the first signal", pid=pid, seconds=seconds
            )
            self.alert(_of(attempt, what), cause="recycle")
        else:
            self.ok(_of(attempt, message("worker (pid {pid}) asked to end", pid=pid)))
        self._attempt = replace(attempt, before=worker, asked=now_ticks(), times=attempt.times + 1)
        self._record(
            replace(
                self._state,
                due=attempt.due.isoformat(),
                asked=self.now().isoformat(timespec="seconds"),
                done="",
                before=(worker.pid, worker.started, worker.boot),
                after=None,
                seconds=None,
                result="asked",
            )
        )

    def _finish(self, attempt: Attempt, act: Act, worker: Identity | None) -> None:
        beat = self._watch.beat(worker) if worker else None
        seconds = round(beat.ticks - attempt.asked, 1) if beat and attempt.asked is not None else None
        self._record(
            replace(
                self._state,
                dates=(*self._state.dates, attempt.due.date().isoformat())[-REMEMBERED:],
                due=attempt.due.isoformat(),
                done=self.now().isoformat(timespec="seconds"),
                after=worker.pid if worker else None,
                seconds=seconds,
                result=str(act),
            )
        )
        result = RESULTS[act]
        if seconds is not None and worker:
            result = message(
                "{result} in {seconds} s, worker (pid {pid})",
                result=result,
                seconds=f"{seconds:g}",
                pid=str(worker.pid),
            )
        self.ok(_of(attempt, result))
        self.spool(NoteKind.RECYCLE, result, due=self._state.due, done=self._state.done, seconds=seconds)
        self._attempt = None

    def _tell_once(self, sentence: str) -> None:
        if self._attempt is not None and not self._attempt.told:
            self._attempt = replace(self._attempt, told=True)
            self.alert(_of(self._attempt, sentence), cause="recycle")

    def _record(self, state: State) -> None:
        moment = next_due(self.now(), self.options, state.dates)
        self._state = replace(state, next=moment.isoformat(timespec="seconds"))
        save(self._path, self._state)
