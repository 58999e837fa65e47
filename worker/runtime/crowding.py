"""How crowded this machine's processors are, by how long our own thread waits for each of its turns."""

from pathlib import Path

#: What a turn is waited for where no more wants to run than there are cores for, and some more (seconds).
ORDINARY = 0.01

#: What a turn is waited for where ten times as much wants to run as there are cores for (seconds).
CROWDED = 0.03

#: Where the kernel counts it for our first thread: nanoseconds run, nanoseconds waited, turns.
SCHEDSTAT = Path("/proc/self/schedstat")


class Crowding:
    """Measures it from one question to the next; what was measured before counts half as much each time."""

    def __init__(self, path: Path = SCHEDSTAT) -> None:
        self._path = path
        self._last = self._read()
        self._waited = 0.0
        self._turns = 0.0

    def stretch(self) -> float:
        """Return how many times as long work may take as on a machine that has room for it: from 1 to 2."""
        before, self._last = self._last, self._read()
        self._waited = self._waited / 2 + (self._last[0] - before[0])
        self._turns = self._turns / 2 + (self._last[1] - before[1])
        each = self._waited / self._turns if self._turns else 0.0
        return 1.0 + min(1.0, max(0.0, (each - ORDINARY) / (CROWDED - ORDINARY)))

    def _read(self) -> tuple[float, int]:
        """Return the seconds waited and the turns until now; where the kernel does not count them, none."""
        try:
            _, waited, turns = self._path.read_text(encoding="ascii").split()
            return int(waited) / 1e9, int(turns)
        except (OSError, ValueError):
            return 0.0, 0
