"""Keeps a machine that can sleep awake while cycles are due, where systemd-logind offers that.

The inhibitor is a child that reads a pipe from the worker: the kernel closes it when the worker ends, however it ends,
and with the child goes the inhibitor.
"""

import logging
import subprocess
from contextlib import suppress
from pathlib import Path

from worker.i18n import message

log = logging.getLogger(__name__)

#: The ways in which this kernel can sleep (empty: none), by the kernel's admin guide, "System Sleep States".
POWER = Path("/sys/power/state")

#: What keeps the machine awake as long as its own input is open; see systemd-inhibit(1).
COMMAND = ("systemd-inhibit", "--what=sleep", "--mode=block", "--who=daybreak")


def can_sleep() -> bool:
    """True on a machine that knows a way to sleep."""
    try:
        return bool(POWER.read_text(encoding="ascii").split())
    except OSError:
        return False


class Awake:
    """The worker's sleep inhibitor: `hold` it in business hours, `release` it after. Never raises, never waits."""

    def __init__(self) -> None:
        self._child: subprocess.Popen[bytes] | None = None
        self._is_held = False
        #: Why the machine can't be kept awake, in a sentence, or "".
        self.problem: str = ""

    def hold(self) -> None:
        """Keep the machine awake from now on. A refusal is logged once, and tried again the next day."""
        if self._child is None:
            if self.problem or not can_sleep():
                return
            self._start()
        elif self._child.poll() is not None:
            self._give_up(self._said())
        elif not self._is_held:
            self._is_held = True
            log.info("this machine is kept awake while cycles are due")

    def release(self) -> None:
        """Let the machine sleep again."""
        self.problem = ""
        self._is_held = False
        if self._child is None:
            return
        child, self._child = self._child, None
        for stream in (child.stdin, child.stderr):
            if stream is not None:
                with suppress(OSError):
                    stream.close()
        with suppress(subprocess.TimeoutExpired):
            child.wait(1.0)

    def _start(self) -> None:
        try:
            self._child = subprocess.Popen(
                [*COMMAND, "--why=card payments are posted in business hours", "cat"],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
            )
        except OSError as error:
            self._give_up(f"{error}")

    def _said(self) -> str:
        """Return what the child said before it ended."""
        if self._child is None or self._child.stderr is None:
            return ""
        return " ".join(self._child.stderr.read(500).decode("utf-8", "replace").split())

    def _give_up(self, why: str) -> None:
        self.release()
        self.problem = message(
            "this machine can fall asleep in business hours, and keeping it awake failed: {error}", error=why
        )
        log.warning("%s. Switch its sleep off, or let this user inhibit it (systemd-logind)", self.problem)
