"""Runs a short program of ours beside this process: one at a time, never waited for, with the marks of its parent.

Light: the guards use it as well.
"""

import logging
import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from worker.runtime import clock
from worker.runtime.files import write_private

log = logging.getLogger(__name__)

#: In the data folder, left by the sender: when its next run is due (ISO with offset), or nothing.
DUE = "post_due"

#: Interval of two starts (seconds); it doubles with each failed run, up to the longest.
PAUSE, LONGEST_PAUSE = 5.0, 600.0


def overdue(data: Path, now: datetime) -> float | None:
    """Return for how many seconds a run of the sender is due by its own word, or None: none is, or none ever ran."""
    try:
        text = (data / DUE).read_text(encoding="ascii").strip()
        seconds = (now - datetime.fromisoformat(text)).total_seconds() if text else -1.0
    except (OSError, ValueError, TypeError):
        return None
    return seconds if seconds >= 0 else None


def leave_word(data: Path, at: datetime | None) -> None:
    """Write down when the next run is due; a disk that takes no write costs the reminder."""
    with suppress(OSError):
        write_private(data / DUE, at.isoformat() if at else "")


class Errand:
    """One program, such as `worker.alerts.sender`. What it says goes where people look, not to its parent."""

    def __init__(self, module: str, *arguments: str, environment: Mapping[str, str] | None = None) -> None:
        self._command = [sys.executable, "-m", module, *arguments]
        self._environment = dict(environment or {})
        self._child: subprocess.Popen[bytes] | None = None
        self._began: float | None = None
        self._has_ended = False
        self._failures = 0

    def run(self, text: str = "") -> bool:
        """Start the program unless it runs or has just run; `text` is its input. Return True if it was started."""
        if self.is_running() or (self._began is not None and clock.ticks() - self._began < self._pause()):
            return False
        self._began, self._has_ended = clock.ticks(), False
        try:
            child = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE if text else subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={**os.environ, **self._environment},
            )
        except OSError as error:
            log.error("starting %s: %s", " ".join(self._command[1:]), error)
            self._note(1)
            return False
        if child.stdin is not None:
            # Less than a pipe holds: the write never waits.
            with suppress(OSError):
                child.stdin.write(text.encode("utf-8", "replace")[:60_000])
            with suppress(OSError):
                child.stdin.close()
        self._child = child
        return True

    @property
    def pid(self) -> int | None:
        """The program that runs, or ran last and was not looked at since; None when there is none."""
        return self._child.pid if self._child is not None else None

    def is_running(self) -> bool:
        """True while the program runs."""
        if self._child is None:
            return False
        code = self._child.poll()
        if code is None:
            return True
        self._child = None
        self._note(code)
        return False

    def is_done(self) -> bool:
        """True when the last run has ended well."""
        return not self.is_running() and self._has_ended and self._failures == 0

    def has_failed(self) -> bool:
        """True when the newest run that has ended ended badly, whatever runs now."""
        self.is_running()
        return self._failures > 0

    def close(self, within: float = 3.0) -> None:
        """Give a run under way a moment to end by itself; after that the supervisor ends it with its parent."""
        child, self._child = self._child, None
        if child is not None:
            try:
                child.wait(within)
            except subprocess.TimeoutExpired:
                child.returncode = 0  # it is not waited for any more; no warning when this object goes

    def _note(self, code: int) -> None:
        self._has_ended = True
        self._failures = self._failures + 1 if code else 0

    def _pause(self) -> float:
        return float(min(LONGEST_PAUSE, PAUSE * 2 ** min(self._failures, 10)))
