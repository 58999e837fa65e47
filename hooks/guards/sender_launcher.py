"""The guards' way to people: starts the sender where no worker does, and sends by itself what no disk takes.

Never reads the ledger, never waits.
"""

from collections import deque
from datetime import datetime
from pathlib import Path

from worker.config import ini
from worker.i18n import stored
from worker.runtime import clock, installation
from worker.runtime.child_process import Errand, overdue

#: Wait after which the guard takes a message over although a worker is there (seconds).
WAITED = 30.0

#: Sentences that no disk took, at most; the oldest go first.
MOST = 20

#: Interval at which one cause is sent directly (seconds).
DIRECTLY_EVERY = 3600.0


def is_wanted(*, is_alone: bool, note_age: float | None, overdue: float | None) -> bool:
    """True when the sender must be started: a note waits, or its next run is due, and no worker does it in time.

    `is_alone`: no worker runs. `note_age`: of the oldest note in the spool, `overdue`: of the sender's next run; both
    in seconds, None where there is none.
    """
    longest = max(note_age if note_age is not None else -1.0, overdue if overdue is not None else -1.0)
    return longest >= (0.0 if is_alone else WAITED)


def oldest_note(data: Path, now: float) -> float | None:
    """Return how long the oldest note has waited (seconds), by the time in its name, or None if none waits."""
    names = sorted(path.name for path in (data / "spool").glob("[0-9]*.json"))
    digits = names[0].partition("-")[0] if names else ""
    return max(0.0, now - int(digits) / 1e9) if digits.isdigit() else None


class Messenger:
    """One guard's messages."""

    def __init__(self, data: Path, ini_file: Path | None = None) -> None:
        """`ini_file`: the circus.ini in force, where the environment does not name it."""
        self._data = data
        self._ini = ini_file or installation.ini_path()
        self._environment = {"DATA_DIR": str(data), installation.INI_VARIABLE: str(self._ini)}
        self._sender = Errand("worker.alerts.sender", environment=self._environment)
        self._waiting: deque[tuple[str, str]] = deque(maxlen=MOST)
        self._direct: Errand | None = None
        self._sent_at: dict[str, float] = {}

    def send_directly(self, cause: str, sentence: str) -> None:
        """Tell people a sentence that could not be stored; kept in memory until it got out."""
        if clock.ticks() - self._sent_at.get(cause, -DIRECTLY_EVERY) < DIRECTLY_EVERY:
            return
        self._sent_at[cause] = clock.ticks()
        self._waiting.append((cause, sentence))
        self._go_on()

    @property
    def pids(self) -> list[int]:
        """The programs that run just now."""
        return [one.pid for one in (self._sender, self._direct) if one is not None and one.pid is not None]

    def look(self, *, is_alone: bool | None, now: datetime) -> None:
        """Start what must be started; `is_alone` as in is_wanted, None leaves the spool to another guard."""
        self._go_on()
        if is_alone is None:
            return
        waited = oldest_note(self._data, now.timestamp())
        if is_wanted(is_alone=is_alone, note_age=waited, overdue=overdue(self._data, now)) and self._has_channel():
            self._sender.run()

    def _go_on(self) -> None:
        """Begin with the oldest sentence that waits, and with the next one once that got out."""
        if not self._waiting:
            return
        if self._direct is not None and self._direct.is_done():
            self._waiting.popleft()
            self._direct = None
        if self._waiting:
            cause, sentence = self._waiting[0]
            sender = "worker.alerts.sender"
            self._direct = self._direct or Errand(sender, "--direct", cause, environment=self._environment)
            self._direct.run(stored(sentence))

    def _has_channel(self) -> bool:
        """True when the settings name a way to people; read anew: they may have been edited."""
        values = ini.in_use(self._ini).values()
        return any(values.get(name, "").strip() for name in ("SMTP_HOST", "APPRISE_URLS_FILE"))
