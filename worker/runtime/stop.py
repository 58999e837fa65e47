"""The worker's pulse: it writes each beat, and it is where a request to stop is noticed."""

import logging
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from queue import Empty, SimpleQueue

from worker.errors import StopRequested
from worker.i18n import message
from worker.runtime.beats import NO_BEATS, Beats
from worker.runtime.crowding import Crowding
from worker.runtime.heartbeat import Heartbeat, Phase, now_ticks
from worker.runtime.process_identity import Identity

log = logging.getLogger(__name__)

#: What a step that waits in slices promises with each beat (seconds). A slice takes a few; what is left of 20 s is for
#: ending the worker and starting the next one. On a crowded machine each step promises up to twice as much: there a
#: slice took 25 s, and a browser 37 to start.
SLICED = 15.0

#: What is added to a step's own time-out before its silence counts (seconds); what is left of 10 s is for the same.
MARGIN = 7.0

#: The same for a save that is awaited: who is ended there leaves a doubt, so nothing is gained by haste.
SAVE_MARGIN = 10.0


class Stop:
    """A request to stop. A signal makes it; the worker looks for it between two steps."""

    def __init__(self) -> None:
        # SimpleQueue.put may interrupt SimpleQueue.get in the same thread, so a signal handler may call it.
        # threading.Event.set may deadlock there.
        self._requests: SimpleQueue[str] = SimpleQueue()
        self.reason = ""

    def wait(self, seconds: float) -> bool:
        """Sleep; return True as soon as a stop is requested, False after so many seconds or when woken."""
        if not self.reason:
            try:
                self.reason = self._requests.get(timeout=seconds) if seconds > 0 else self._requests.get_nowait()
            except Empty:
                return False
        return bool(self.reason)

    @property
    def requested(self) -> bool:
        """True once a stop was asked for."""
        return self.wait(0)

    @contextmanager
    def on_signals(self) -> Iterator[None]:
        """Take SIGTERM, SIGINT and SIGHUP as requests, and SIGUSR2 as waking up, for the length of a block."""
        before = {
            number: signal.signal(number, lambda number, _: self._requests.put(signal.Signals(number).name))
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
        }
        before[signal.SIGUSR2] = signal.signal(signal.SIGUSR2, lambda *_: self._requests.put(""))
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


class HeartbeatWriter:
    """Writes the heartbeat file. The thread that works calls it; there is no timer behind it."""

    def __init__(self, path: Path, *, version: str, now: Callable[[], datetime], stop: Stop) -> None:
        self._path = path
        self._version = version
        self._now = now
        self._stop = stop
        self._identity = Identity.own()
        self._progress = now_ticks()
        self._beaten = 0.0
        #: The beats since they were last asked for.
        self._beats = NO_BEATS
        self._failed = False
        self._must_finish = False
        #: False while the step under way may not be stopped.
        self._is_stoppable = True
        self._crowding = Crowding()
        #: Phase and step of the last beat.
        self._at: tuple[Phase, str] = (Phase.STARTING, "")
        self.generation = 0
        self.stats: Mapping[str, int] = dict.fromkeys(("total", "success", "failure", "count", "cancellations"), 0)
        self.next_cycle: datetime | None = None
        #: Called with each beat once it is written; it must not raise.
        self.on_beat: Callable[[Heartbeat], None] = lambda _: None

    def beat(self, phase: Phase, *, patience: float, step: str = "") -> None:
        """Promise the next beat within `patience` seconds. A beat that no disk takes is logged, once."""
        before, self._beaten = self._beaten, now_ticks()
        self._at = phase, step
        self._count(self._beaten - before if before else 0.0)
        beat = Heartbeat(
            identity=self._identity,
            phase=phase,
            patience=patience,
            at=self._now(),
            ticks=self._beaten,
            stats=self.stats,
            generation=self.generation,
            version=self._version,
            step=step,
            next_cycle=self.next_cycle.isoformat(timespec="seconds") if self.next_cycle else "",
            progress=self._progress,
        )
        try:
            beat.write(self._path)
        except OSError as error:
            if not self._failed:
                log.error("writing the heartbeat %s: %s", self._path, error)
            self._failed = True
        else:
            self._failed = False
        self.on_beat(beat)

    def _count(self, interval: float) -> None:
        self._beats += Beats(count=1, longest=interval, at=self._now())

    def take_beats(self) -> Beats:
        """Return how this worker beat since the last call."""
        found, self._beats = self._beats, NO_BEATS
        return found

    def progress(self) -> None:
        """Note that something got done: a page read, a batch settled, a cycle finished."""
        self._progress = now_ticks()

    @contextmanager
    def finishing(self) -> Iterator[None]:
        """Put off a stop until the end of this block: a batch that was sent is settled first."""
        before, self._must_finish = self._must_finish, True
        try:
            yield
        finally:
            self._must_finish = before

    def again(self) -> None:
        """Beat once more in the same step, which waits in slices: there was a sign of life, and no progress.

        Raises StopRequested as `step` does: an ERP that keeps us waiting keeps nobody from stopping.
        """
        phase, step = self._at
        if self._is_stoppable and not self._must_finish and self._stop.requested:
            raise StopRequested(message("asked to stop ({why}) during {step}", why=self._stop.reason, step=step))
        self.beat(phase, patience=SLICED * self._crowding.stretch(), step=step)

    def step(self, phase: Phase, step: str, seconds: float, *, stoppable: bool = True) -> None:
        """Beat before a step that may be silent for so many seconds, or for as long as a slice may.

        Raises StopRequested if a stop was asked for.
        """
        if stoppable and not self._must_finish and self._stop.requested:
            raise StopRequested(message("asked to stop ({why}) before {step}", why=self._stop.reason, step=step))
        self.progress()
        self._is_stoppable = stoppable
        margin = SAVE_MARGIN if phase is Phase.SAVING else MARGIN
        self.beat(phase, patience=max(seconds + margin, SLICED) * self._crowding.stretch(), step=step)
