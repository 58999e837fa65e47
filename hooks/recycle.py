"""The guard of the daily fresh start: at 05:55 the worker ends between two cycles and a new one begins."""

import json
import os
import re
import signal
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path

from hooks import reason
from hooks.control import NoAnswer, Refused, Running
from hooks.guard import Guard, age
from hooks.heartbeat import WORKER, Watch
from worker import reaper
from worker.heartbeat import AT_REST, now_ticks
from worker.identity import Identity

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

#: A worker that was asked to end gets so long: the batch it may have sent, and a margin (seconds).
TO_END = 100.0

#: The next worker's first beat comes within (seconds).
TO_BEAT = 60.0

#: So many days are remembered: one day is never recycled twice, wherever the clock goes.
REMEMBERED = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """[plugin:recycle] in circus.ini."""

    at: time = time(5, 55)
    #: Weekdays, 0 is Monday.
    days: frozenset[int] = frozenset(range(7))
    #: A cycle under way may take so long before it is asked to end (seconds; written in minutes).
    wait: float = 600.0


def options(written: Mapping[str, str]) -> tuple[Options, list[str]]:
    """Return the options, and a sentence for each that is refused; its default is used instead."""
    problems: list[str] = []
    chosen = Options()
    if text := written.get("at", "").strip():
        try:
            if not re.fullmatch(r"\d\d:\d\d", text):
                raise ValueError
            chosen = replace(chosen, at=time.fromisoformat(text))
        except ValueError:
            problems.append(f"circus.ini [plugin:recycle] at = {text}: write a time like 05:55; 05:55 is used")
    if text := written.get("days", "").strip():
        days = _days(text)
        if days:
            chosen = replace(chosen, days=days)
        else:
            problems.append(
                f"circus.ini [plugin:recycle] days = {text}: write mon-sun, or mon,wed,fri; mon-sun is used"
            )
    if text := written.get("wait", "").strip():
        try:
            minutes = float(text)
        except ValueError:
            minutes = -1
        if 0 <= minutes <= 60:
            chosen = replace(chosen, wait=minutes * 60)
        else:
            problems.append(f"circus.ini [plugin:recycle] wait = {text}: write minutes from 0 to 60; 10 is used")
    return chosen, problems


def _days(text: str) -> frozenset[int]:
    """Return the weekdays of `mon-fri` or `mon,wed`, or none if it is neither."""
    found: set[int] = set()
    for part in text.lower().split(","):
        first, _, last = part.strip().partition("-")
        if first not in DAYS or (last or first) not in DAYS:
            return frozenset()
        start, end = DAYS.index(first), DAYS.index(last or first)
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
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
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
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return State()


def save(path: Path, state: State) -> None:
    """Replace the file in one step; a full disk costs the record, not the recycle."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with suppress(OSError):
        draft.write_text(json.dumps(asdict(state), indent=1) + "\n", encoding="utf-8")
        draft.replace(path)


@dataclass(slots=True)
class Attempt:
    """A recycle under way, on the monotonic clock."""

    since: float
    due: datetime
    asked: float | None = None
    tries: int = 0
    before: Identity | None = None
    told: set[str] = field(default_factory=set)


class DailyRecycle(Guard):
    """Options: at (HH:MM in TZ), days, wait (min). See circus.ini."""

    name = "recycle"

    def take_options(self, written: Mapping[str, str]) -> None:
        self.options, problems = options(written)
        self.problems.extend(problems)
        self._path = self.data / "recycle.json"
        self._state = load(self._path)
        self._watch = Watch(self.data / "heartbeat.txt")
        self._attempt: Attempt | None = None
        self._plan()

    def look(self) -> None:
        now = self.now()
        if self._attempt is None:
            moment = missed(now, self.options, self._state.dates)
            if moment is None:
                return
            self._attempt = Attempt(since=now_ticks(), due=moment)
        try:
            running = self.control.running(WORKER)
        except (NoAnswer, Refused) as error:
            self._tell_once(f"the recycle of {self._attempt.due:%F %H:%M} waits: {error}")
            return
        self._step(self._attempt, running, now)

    def _step(self, attempt: Attempt, running: Running, now: datetime) -> None:
        worker = running.identity
        if attempt.before is None:
            if worker is None:
                self._finish("no worker runs: the next one starts fresh")
            elif is_fresh(attempt.due, now, age(worker)):
                self._finish("not needed: the worker was started since", after=worker)
            elif self._may_end(attempt, worker):
                self._ask(attempt, worker)
            return
        if worker is not None and worker != attempt.before:
            self._prove(attempt, worker)
        elif attempt.asked is not None and now_ticks() - attempt.asked > TO_END:
            self._insist(attempt, attempt.before)

    def _may_end(self, attempt: Attempt, worker: Identity) -> bool:
        beat = self._watch.beat(worker)
        return (beat is not None and beat.phase in AT_REST) or now_ticks() - attempt.since > self.options.wait

    def _ask(self, attempt: Attempt, worker: Identity) -> None:
        told = reason.Reason(identity=worker, text=f"planned {self.options.at:%H:%M}", planned=True)
        reason.write(self.data / "guards", told)
        if worker.signal(signal.SIGTERM):
            attempt.before, attempt.asked = worker, now_ticks()
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
            self.ok(f"recycle of {attempt.due:%F %H:%M}: worker (pid {worker.pid}) asked to end")

    def _prove(self, attempt: Attempt, worker: Identity) -> None:
        beat = self._watch.beat(worker)
        asked = attempt.asked or attempt.since
        if beat is not None:
            self._finish("done", after=worker, seconds=round(beat.ticks - asked, 1))
        elif now_ticks() - asked > TO_END + TO_BEAT:
            self._tell_once(f"recycle of {attempt.due:%F %H:%M}: the new worker (pid {worker.pid}) has not beaten yet")

    def _insist(self, attempt: Attempt, worker: Identity) -> None:
        attempt.tries += 1
        attempt.asked = now_ticks()
        if attempt.tries == 1:
            self.alert(
                f"worker (pid {worker.pid}) has not ended {TO_END:.0f} s after the recycle's signal: asking it again"
            )
            worker.signal(signal.SIGTERM)
            return
        self.alert(f"worker (pid {worker.pid}) has not ended after two signals: killing it")
        reaper.end(reaper.tree(worker))

    def _finish(self, result: str, *, after: Identity | None = None, seconds: float | None = None) -> None:
        assert self._attempt is not None, "only a recycle under way is finished"
        due = self._attempt.due
        self._record(
            replace(
                self._state,
                dates=(*self._state.dates, due.date().isoformat())[-REMEMBERED:],
                due=due.isoformat(),
                done=self.now().isoformat(timespec="seconds"),
                after=after.pid if after else None,
                seconds=seconds,
                result=result,
            )
        )
        took = f" in {seconds:g} s, worker (pid {after.pid})" if seconds is not None and after else ""
        self.ok(f"recycle of {due:%F %H:%M}: {result}{took}")
        self._attempt = None

    def _tell_once(self, sentence: str) -> None:
        if self._attempt is not None and not self._attempt.told:
            self._attempt.told.add(sentence)
            self.alert(sentence)

    def _plan(self) -> None:
        self._record(self._state)

    def _record(self, state: State) -> None:
        moment = next_due(self.now(), self.options, state.dates)
        self._state = replace(state, next=moment.isoformat(timespec="seconds"))
        save(self._path, self._state)
