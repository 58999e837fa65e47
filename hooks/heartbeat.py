"""The guard of the worker's promises: a worker that breaks one is replaced, with everything it started."""

import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil

from hooks import reason
from hooks.control import NoAnswer, Refused, Running
from hooks.guard import Guard, age, slept
from worker import heartbeat, reaper
from worker.heartbeat import CEILING, Heartbeat, now_ticks
from worker.identity import Identity

WORKER = "worker"

#: A guard that has just started gives a worker without a readable beat so long to beat once (seconds).
FIRST_LOOK = 10.0

#: How far a beat may lie ahead of the clock, which is one for all processes (seconds).
AHEAD = 1.0

#: A worker takes so long to write its stacks down (seconds).
STACKS = 0.3

#: [OK] is written at least so often (seconds).
SAY_OK = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """[plugin:heartbeat] in circus.ini."""

    #: Seconds between two looks.
    every: float = 1.0
    #: No promise counts for longer (seconds; written in minutes).
    ceiling: float = CEILING
    #: A new worker's first beat comes within (seconds).
    first_beat: float = 30.0
    #: The worker with its browser is replaced above (bytes; written in MB).
    memory: float = 2048e6


def options(written: Mapping[str, str]) -> tuple[Options, list[str]]:
    """Return the options, and a sentence for each that is refused; its default is used instead."""
    problems: list[str] = []

    def number(name: str, default: float, least: float, most: float) -> float:
        text = written.get(name, "").strip()
        if not text:
            return default
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if least <= value <= most:
            return value
        problems.append(
            f"circus.ini [plugin:heartbeat] {name} = {text}: write a number from {least:g} to {most:g};"
            f" {default:g} is used"
        )
        return default

    return (
        Options(
            every=number("every", 1, 0.1, 5),
            ceiling=number("ceiling", 60, 1, 60) * 60,
            first_beat=number("first_beat", 30, 5, 300),
            memory=number("memory", 2048, 256, 65536) * 1e6,
        ),
        problems,
    )


def is_beat_of(beat: Heartbeat | None, running: Identity, ticks: float) -> bool:
    """True for a beat of this very process that was not made in the future."""
    return beat is not None and beat.identity == running and beat.ticks <= ticks + AHEAD


def why_silent(
    beat: Heartbeat | None, *, running: Identity, waited: float, ticks: float, ceiling: float, first_beat: float
) -> str | None:
    """Say why the running process counts as silent, or None while it keeps its promise.

    `waited` is how many seconds a first beat has been waited for.
    """
    if beat is None or not is_beat_of(beat, running, ticks):
        if waited <= first_beat:
            return None
        return f"no beat {waited:.0f} s after its start, the first one is due within {first_beat:.0f} s"
    if not beat.is_broken(ticks, ceiling):
        return None
    step = f" ({beat.step})" if beat.step else ""
    return (
        f"silent for {beat.silence(ticks):.0f} s while {beat.phase}{step},"
        f" promised a beat within {min(beat.patience, ceiling):.0f} s of {beat.at:%H:%M:%S}"
    )


def newest(*beats: Heartbeat | None, of: Identity, ticks: float) -> Heartbeat | None:
    """Return the newest of these beats that this process made, or None."""
    own = [beat for beat in beats if beat is not None and is_beat_of(beat, of, ticks)]
    return max(own, key=lambda beat: beat.ticks, default=None)


class Watch:
    """Follows the beats of one watcher's process, whatever becomes of the file in between."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._running: Identity | None = None
        self._beat: Heartbeat | None = None
        self._seen = (0.0, 0.0)

    def beat(self, running: Identity) -> Heartbeat | None:
        """Return the newest beat of this process that was ever read, or None."""
        if running != self._running:
            self._running, self._beat, self._seen = running, None, (now_ticks(), slept())
        self._beat = newest(self._beat, heartbeat.read(self._path), of=running, ticks=now_ticks())
        return self._beat

    def waited(self, running: Identity, first_beat: float) -> float:
        """Return how long its first beat has been waited for, without host sleep; a new guard looks a while first."""
        ticks, sleep = self._seen
        awake = age(running) - (slept() - sleep)
        looked = now_ticks() - ticks
        return awake if looked >= min(FIRST_LOOK, first_beat) else min(awake, first_beat)


@dataclass(frozen=True, slots=True, kw_only=True)
class Replacing:
    """A process that was ended, until the next one beats."""

    old: Identity
    why: str
    since: float


def picture(tree: list[Identity]) -> list[dict[str, object]]:
    """Return what each process of a tree is and does, for the incident: pid, name, state, memory in MB."""
    found: list[dict[str, object]] = []
    for one in tree:
        try:
            process = psutil.Process(one.pid)
            with process.oneshot():
                found.append(
                    {
                        "pid": one.pid,
                        "name": process.name(),
                        "state": process.status(),
                        "mb": round(process.memory_info().rss / 1e6),
                    }
                )
        except psutil.Error:
            continue
    return found


class HeartbeatCheck(Guard):
    """Options: every (s), ceiling (min), first_beat (s), memory (MB). See circus.ini."""

    name = "heartbeat"

    def take_options(self, written: Mapping[str, str]) -> None:
        self.options, problems = options(written)
        self.problems.extend(problems)
        self.every = self.options.every
        self._watch = Watch(self.data / "heartbeat.txt")
        self._replacing: Replacing | None = None
        self._last: Identity | None = None
        self._said = ("", 0.0)

    def look(self) -> None:
        running = self._running()
        if running.identity is None:
            self.say(f"worker {running.status}" if running.status != "active" else "worker between two processes")
            return
        worker = running.identity
        beat = self._watch.beat(worker)
        why = why_silent(
            beat,
            running=worker,
            waited=self._watch.waited(worker, self.options.first_beat),
            ticks=now_ticks(),
            ceiling=self.options.ceiling,
            first_beat=self.options.first_beat,
        )
        if why is not None:
            self.replace(worker, beat, why)
            return
        if beat is not None:
            self._prove(worker, beat)
            self.say(f"worker (pid {worker.pid}) keeps its promises")

    def _running(self) -> Running:
        """Return what circusd says; while it does not answer, what it ran last."""
        try:
            running = self.control.running(WORKER)
        except (NoAnswer, Refused) as error:
            alive = self._last if self._last is not None and not reaper.is_gone(self._last) else None
            self.say(f"circusd gives no answer ({error}); going on with the worker it ran last", well=False)
            return Running(status="unknown", identity=alive)
        self._last = running.identity or self._last
        return running

    def replace(self, worker: Identity, beat: Heartbeat | None, why: str) -> None:
        """End the worker and everything below it; circusd starts the next one."""
        tree = reaper.tree(worker)
        seen = picture(tree)
        state = next((one["state"] for one in seen if one["pid"] == worker.pid), "gone")
        stopped = state in (psutil.STATUS_STOPPED, psutil.STATUS_TRACING_STOP)
        self.alert(
            f"worker (pid {worker.pid}, {state}) {why}: killing it"
            + (" (a stopped process writes no stacks)" if stopped else "")
        )
        reason.write(
            self.data / "guards",
            reason.Reason(
                identity=worker,
                text=f"promise broken: {beat.phase if beat else 'before the first beat'}",
                planned=False,
            ),
        )
        if not stopped and worker.signal(signal.SIGUSR1):
            time.sleep(STACKS)
        left = reaper.end(tree)
        if left:
            self.alert(f"still there after SIGKILL: {[one.pid for one in left]}; the next worker starts beside them")
        self._replacing = Replacing(old=worker, why=why, since=now_ticks())

    def _prove(self, worker: Identity, beat: Heartbeat) -> None:
        if self._replacing is not None and worker != self._replacing.old:
            self.ok(
                f"worker (pid {worker.pid}) beats, {beat.ticks - self._replacing.since:.1f} s"
                f" after pid {self._replacing.old.pid} was ended"
            )
            self._replacing = None

    def say(self, sentence: str, *, well: bool = True) -> None:
        """Write a sentence when it changes, and every hour."""
        said, at = self._said
        if said == sentence and now_ticks() - at < SAY_OK:
            return
        self._said = (sentence, now_ticks())
        if well:
            self.ok(sentence)
        else:
            self.alert(sentence)
