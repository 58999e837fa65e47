"""The demo as a child of circusd: it ends with its parent, but never before the worker's last save is answered."""

import asyncio
import os
import signal
import time
from pathlib import Path

from worker.runtime.kernel import die_with_parent
from worker.runtime.locks import is_held

#: Above the 60 s in which a worker waits for a result.
WAIT_S = 75.0


class Tree:
    """What the demo knows of the processes around it."""

    def __init__(self, lock: Path) -> None:
        """Ask the kernel for SIGTERM when the parent dies. `lock` is the worker's runtime.lock."""
        self._lock = lock
        self._parent = os.getppid()
        self._mourned = False
        die_with_parent(signal.SIGTERM, parent=self._parent)

    @property
    def is_orphaned(self) -> bool:
        """Tell whether the parent is gone."""
        return os.getppid() != self._parent

    @property
    def has_worker(self) -> bool:
        """Tell whether somebody holds the worker's lock; without the file nobody does."""
        return is_held(self._lock)

    async def outlast_worker(self, signals: "asyncio.Queue[signal.Signals]") -> None:
        """Return when no worker is left, after 75 s, or at a second signal from a person."""
        self._mourned = self.is_orphaned
        deadline = time.monotonic() + WAIT_S
        while self.has_worker and time.monotonic() < deadline:
            try:
                await asyncio.wait_for(signals.get(), 0.2)
            except TimeoutError:
                continue
            if self._mourned or not self.is_orphaned:
                return
            # This one came from the kernel: the parent died while we waited.
            self._mourned = True
