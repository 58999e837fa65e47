"""Which guards an operator has stopped by the control port, as long as this circusd lives, and who that was.

Any other stop is Circus's own, after some failed tries to start a process: the operator did not
ask for it, and it is undone.
"""

import json
from contextlib import suppress
from datetime import tzinfo
from pathlib import Path

from worker.runtime import clock, stopped_watchers
from worker.runtime.files import write_private


class Stops:
    """What of the tree is off by an order; the worker's is worker/runtime/desired_state.py."""

    def __init__(self, data: Path, zone: tzinfo) -> None:
        self._path = stopped_watchers.path_in(data)
        self._zone = zone
        self._by: dict[str, dict[str, str]] = {}
        self._write()

    def stopped(self, name: str, by: str) -> None:
        """Remember that the operator stopped this watcher."""
        self._by[name] = {"by": by, "since": clock.wall(self._zone).isoformat(timespec="seconds")}
        self._write()

    def started(self, name: str) -> None:
        """Forget it: the watcher was started."""
        if self._by.pop(name, None) is not None:
            self._write()

    def holds(self, name: str) -> bool:
        """True while an order keeps this watcher off."""
        return name in self._by

    def _write(self) -> None:
        with suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            # It counts as long as this circusd, whose only thread waits for no disk.
            write_private(self._path, json.dumps(self._by, ensure_ascii=False), durable=False)
