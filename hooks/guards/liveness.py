"""Whether a process keeps its promise to beat again: decided by its own beats alone, on the monotonic clock."""

import os
from pathlib import Path

from worker.i18n import Message, message
from worker.runtime import clock, heartbeat, reaper
from worker.runtime.heartbeat import PHASES, Heartbeat, now_ticks
from worker.runtime.process_identity import Identity

#: Time that a guard which has just started gives a process without a readable beat to beat once (seconds).
FIRST_LOOK = 10.0

#: How far a beat may lie ahead of the clock, which is one for all processes (seconds).
AHEAD = 1.0


def age(identity: Identity) -> float:
    """Return how long ago the process started, in seconds, host sleep included."""
    return clock.since_boot() - identity.started / os.sysconf("SC_CLK_TCK")


def is_beat_of(beat: Heartbeat | None, running: Identity, ticks: float) -> bool:
    """True for a beat of this very process that was not made in the future."""
    return beat is not None and beat.identity == running and beat.ticks <= ticks + AHEAD


def why_silent(
    beat: Heartbeat | None, *, running: Identity, waited: float, ticks: float, ceiling: float, first_beat: float
) -> Message | None:
    """Say why the running process counts as silent, or None while it keeps its promise.

    `waited` is how many seconds a first beat has been waited for.
    """
    if beat is None or not is_beat_of(beat, running, ticks):
        if waited <= first_beat:
            return None
        return message(
            "no beat {waited} s after its start, the first one is due within {seconds} s",
            waited=f"{waited:.0f}",
            seconds=f"{first_beat:.0f}",
        )
    if not beat.is_broken(ticks, ceiling):
        return None
    silent, patience = f"{beat.silence(ticks):.0f}", f"{min(beat.patience, ceiling):.0f}"
    phase, at = PHASES[beat.phase], f"{beat.at:%H:%M:%S}"
    if beat.step:
        return message(
            "silent for {seconds} s while {phase} ({step}), promised a beat within {patience} s of {at}",
            seconds=silent,
            phase=phase,
            step=beat.step,
            patience=patience,
            at=at,
        )
    return message(
        "silent for {seconds} s while {phase}, promised a beat within {patience} s of {at}",
        seconds=silent,
        phase=phase,
        patience=patience,
        at=at,
    )


def remaining(beat: Heartbeat, *, ticks: float, ceiling: float) -> float:
    """Return how many seconds are left until this promise is broken; never less than none."""
    return max(0.0, min(beat.patience, ceiling) - beat.silence(ticks))


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
            self._running, self._beat, self._seen = running, None, (now_ticks(), clock.slept())
        self._beat = newest(self._beat, heartbeat.read(self._path), of=running, ticks=now_ticks())
        return self._beat

    def keeps_promise(self, running: Identity, ceiling: float) -> bool:
        """True while this process lives and what it promised with its newest beat has not run out."""
        beat = self.beat(running)
        return beat is not None and not beat.is_broken(now_ticks(), ceiling) and not reaper.is_gone(running)

    def waited(self, running: Identity, first_beat: float) -> float:
        """Return how long its first beat has been waited for, without host sleep; a new guard looks a while first."""
        ticks, sleep = self._seen
        awake = age(running) - (clock.slept() - sleep)
        looked = now_ticks() - ticks
        return awake if looked >= min(FIRST_LOOK, first_beat) else min(awake, first_beat)
