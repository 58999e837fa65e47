"""Ends processes without an owner, inside circusd: orphans of a worker that ended, and what an earlier tree left.

Hooks send SIGKILL and never wait; both look again a little later. Only when circusd itself ends, it waits for an end.
"""

import atexit
import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import psutil

from worker.runtime import heartbeat, reaper
from worker.runtime.process_identity import Identity

log = logging.getLogger("daybreak")

#: Time for a worker whose circusd has ended to finish the batch that it has sent (seconds).
FINISH = 80.0

#: Looks for orphans after an exit, and their interval (seconds).
SWEEPS, SWEEP_EVERY = 10, 0.1

#: The looks at circusd's own end, when no loop calls it any more: their time in all, and their interval (seconds).
LAST_SWEEP, LAST_SWEEP_EVERY = 2.0, 0.02


def children() -> list[Identity]:
    """Return the living children of this process."""
    found = [Identity.of(child.pid) for child in psutil.Process().children()]
    return [one for one in found if one is not None and not reaper.is_gone(one)]


def belongs_to_living(spawn: int | None, started: int, living: Mapping[int, Identity]) -> bool:
    """True for a child that a living process let go on purpose, as Chromium does with its crash handler.

    It says so itself in its environment; where that can't be read, it is younger than some living process.
    """
    if spawn is not None:
        return spawn in living
    return any(started >= one.started for one in living.values())


def orphans(arbiter: Any, spared: list[Identity], living: Mapping[int, Identity]) -> list[Identity]:
    """Return the children of circusd that belong to an ended process, with all below them."""
    owned = {pid for watcher in arbiter.watchers for pid in watcher.processes}
    lost = [
        one
        for one in children()
        if one.pid not in owned
        and one not in spared
        and not belongs_to_living(reaper.spawn_of(one), one.started, living)
    ]
    return [one for root in lost for one in reaper.tree(root)]


def finishing(left: list[Identity], data: Path) -> set[Identity]:
    """Return the earlier worker, with all below it, while its own beat says that it gets on."""
    beat = heartbeat.read(data / "heartbeat.txt")
    if beat is None or beat.identity not in left or beat.is_broken(heartbeat.now_ticks()):
        return set()
    return set(reaper.tree(beat.identity))


class Leftovers:
    """Sweeps for one circusd."""

    def __init__(self, arbiter: Any, data: Path, own: str, living: Callable[[], Mapping[int, Identity]]) -> None:
        self._arbiter = arbiter
        self._data = data
        self._own = own
        self._living = living
        self._loop = arbiter.loop.asyncio_loop
        self._round = 0
        #: What a shell had started before it became circusd is none of ours.
        self._spared = children()
        atexit.register(self._last_sweep)

    def spare(self, pid: int) -> None:
        """Let a child of circusd's own be; it ends by itself."""
        if identity := Identity.of(pid):
            self._spared = [*(one for one in self._spared if not reaper.is_gone(one)), identity]

    def sweep(self) -> None:
        """End the children that no watcher owns, now and for a moment more."""
        self._round += 1
        self._sweep(self._round, SWEEPS)

    def _sweep(self, number: int, more: int) -> None:
        if number != self._round:
            return
        self._end_orphans()
        if more > 0:
            self._loop.call_later(SWEEP_EVERY, self._sweep, number, more - 1)

    def _end_orphans(self) -> bool:
        """Kill what an ended process left; return whether there was any."""
        left = orphans(self._arbiter, self._spared, self._living())
        reaper.kill(left)
        if left:
            log.info("ended %d processes that an ended one left: %s", len(left), [one.pid for one in left])
        return bool(left)

    def _last_sweep(self) -> None:
        """End what became an orphan while the last look was made: no look follows this one."""
        deadline = monotonic() + LAST_SWEEP
        while self._end_orphans() and monotonic() < deadline:
            sleep(LAST_SWEEP_EVERY)

    def clear_up(self) -> None:
        """End what an ended circusd left; a worker that still keeps its promise may finish its batch first."""
        self._clear_up(monotonic() + FINISH)

    def _clear_up(self, deadline: float) -> None:
        left = [one.identity for one in reaper.strangers(self._data, self._own)]
        if not left:
            return
        spared = finishing(left, self._data) if monotonic() < deadline else set()
        doomed = [one for one in left if one not in spared]
        if doomed:
            log.warning("ending %d processes of an earlier tree: %s", len(doomed), [one.pid for one in doomed])
            reaper.kill(doomed)
        self._loop.call_later(1.0, self._clear_up, deadline)
