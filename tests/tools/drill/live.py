"""`./scripts/drill --live`: break the running tree of this folder, between two cycles, and measure the repair.

It kills and freezes only what waits: the worker at rest and the guards. Nothing is done inside a batch, no payment is
made up, and a real ERP's tree is left alone in business hours and while somebody wants it stopped.
"""

import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from signal import SIGKILL, SIGSTOP, Signals

import typer

from worker.config import loading, settings
from worker.control import control
from worker.errors import DaybreakError
from worker.runtime import desired_state, heartbeat, installation, locks, reaper
from worker.runtime.heartbeat import AT_REST, Heartbeat, now_ticks
from worker.schedule import calendar
from worker.status.processes import GUARDS, is_worker

#: A cycle that is under way may take so long before the drill gives up (seconds).
TO_REST = 600.0

#: Nothing else takes longer (seconds).
AT_MOST = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One fault; times in seconds."""

    fault: str
    seconds: float | None
    budget: float
    problem: str = ""

    @property
    def is_met(self) -> bool:
        """True when it was repaired in time and nothing was left behind."""
        return not self.problem and self.seconds is not None and self.seconds <= self.budget


class Live:
    """The tree that runs on this folder's settings."""

    def __init__(self, chosen: settings.Settings) -> None:
        self._chosen = chosen
        self._data = chosen.data_dir

    def why_not(self) -> str:
        """Say why this tree can't be drilled now, or return an empty text."""
        wish = desired_state.read(self._data)
        if self.beat() is None:
            return "no worker beats; start the tree first: ./scripts/start"
        if wish.forbids(self._chosen.now()):
            return f"somebody wants the worker {wish}"
        if not self._chosen.demo and calendar.is_open(self._chosen.now(), self._chosen.schedule):
            return "it is business hours; a live tree is drilled outside them"
        coming = calendar.next_slot(self._chosen.now(), self._chosen.schedule)
        if not self._chosen.demo and coming and (coming.at - self._chosen.now()).total_seconds() < TO_REST:
            return f"a cycle is due at {coming.at:%H:%M}"
        return ""

    def beat(self) -> Heartbeat | None:
        """Return the newest beat of a living worker, or None."""
        beat = heartbeat.read(self._data / "heartbeat.txt")
        return beat if beat and beat.identity.is_alive() else None

    def worker(self, number: Signals, budget: float) -> Result:
        """Harm the waiting worker and wait for the next one's first beat."""
        old = self._until("a worker at rest", self._at_rest, TO_REST).identity
        at = now_ticks()
        old.signal(number)

        def another() -> Heartbeat | None:
            beat = self.beat()
            return beat if beat and beat.identity != old else None

        seconds = self._until("another worker", another).ticks - at
        return Result(fault=f"{number.name} to the worker", seconds=seconds, budget=budget, problem=self._why_unsound())

    def guard(self, name: str, number: Signals) -> Result:
        """Harm a guard and wait for the next one's first beat; the worker must not notice."""
        worker = self._until("a worker at rest", self._at_rest, TO_REST).identity
        path = self._data / "guards" / f"{name}.txt"
        old = self._until(f"a beat of plugin:{name}", lambda: heartbeat.read(path)).identity
        at = now_ticks()
        old.signal(number)

        def another() -> Heartbeat | None:
            beat = heartbeat.read(path)
            return beat if beat and beat.identity != old and beat.identity.is_alive() else None

        seconds = self._until(f"another plugin:{name}", another).ticks - at
        problem = self._why_unsound() if worker.is_alive() else "the worker was replaced as well"
        return Result(fault=f"{number.name} to plugin:{name}", seconds=seconds, budget=30.0, problem=problem)

    def second_worker(self) -> Result:
        """Start a worker by hand: it must be refused."""
        at = now_ticks()
        done = subprocess.run([sys.executable, "-m", "worker"], capture_output=True, timeout=AT_MOST, check=False)
        problem = "" if done.returncode == 75 else f"exit {done.returncode} instead of 75"
        return Result(fault="a worker by hand", seconds=now_ticks() - at, budget=5.0, problem=problem)

    # --- inside

    def _at_rest(self) -> Heartbeat | None:
        beat = self.beat()
        return beat if beat and beat.phase in AT_REST else None

    def _why_unsound(self) -> str:
        workers = [one.identity.pid for one in reaper.marked(self._data) if is_worker(one.identity.pid)]
        if len(workers) != 1:
            return f"{len(workers)} workers run: {workers}"
        return "" if locks.is_held(self._data / "runtime.lock") else "nobody holds the lock"

    def _until(self, what: str, condition: Callable[[], Heartbeat | None], seconds: float = AT_MOST) -> Heartbeat:
        end = time.monotonic() + seconds
        while (found := condition()) is None:
            if time.monotonic() > end:
                raise DaybreakError(f"drilling: waited {seconds:g} s for {what}. See {self._data / 'logs'}")
            time.sleep(0.01)
        return found


def main(*, yes: bool) -> int:
    """Ask, drill, print the table; return 0 only if every budget was met."""
    chosen = loading.load()
    live = Live(chosen)
    if why := live.why_not():
        print(f"drill --live: not now: {why}")
        return 1
    control.circus().call("status")
    whose = "the demo" if chosen.demo else f"{chosen.erp.origin}, company {chosen.erp.company}"
    print(
        f"The tree in {installation.ini_path().parent} works on {whose}. The drill kills and freezes its worker between"
    )
    print("two cycles and each guard once: about two minutes. No payment is touched.")
    if not yes and not typer.confirm("Break it now?", default=False):
        print("Nothing was done.")
        return 1
    print(f"{'fault':34s}{'first beat':>12s}{'budget':>9s}")
    steps: list[Callable[[], Result]] = [
        lambda: live.worker(SIGKILL, 1.5),
        lambda: live.worker(SIGSTOP, 15.0),
        live.second_worker,
        *(
            lambda name=name, number=number: live.guard(name, number)
            for name in GUARDS
            for number in (SIGKILL, SIGSTOP)
        ),
    ]
    met = True
    for step in steps:
        result = step()
        met = met and result.is_met
        seconds = "–" if result.seconds is None else f"{result.seconds:.2f} s"
        print(f"{result.fault:34s}{seconds:>12s}{result.budget:>7.1f} s  {result.problem}", flush=True)
    print("every budget was met" if met else "MISSED")
    return 0 if met else 1
