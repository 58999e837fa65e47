"""What both guards are made of: a plugin process that looks every second, beats, and ends with circusd."""

import logging
import os
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from circus.plugins import CircusPlugin
from tornado.ioloop import PeriodicCallback

from hooks import kernel
from hooks.control import Control
from hooks.logs import DailyFile, zone_of
from worker import ini, reaper
from worker.errors import SettingsError
from worker.heartbeat import Heartbeat, Phase, now_ticks
from worker.identity import Identity

#: A guard promises its next beat within (seconds).
PATIENCE = 10.0

#: A guard that trips over something unknown ends with this; Circus starts it again.
CRASHED = 70


def own_circusd() -> int:
    """Return the pid of the circusd that started this process."""
    named = os.environ.get(reaper.CIRCUSD, "")
    return int(named.partition(".")[0]) if named else os.getppid()


class Guard(CircusPlugin):  # type: ignore[misc]  # circus has no types
    """A plugin with its own log, its own beat and its options from circus.ini and local.ini.

    Circus closes a plugin's output, gives it no environment and no rest: an exception in a callback is logged to
    nowhere and forgotten. Here it ends the process, so that somebody sees it.
    """

    #: The watcher's name without `plugin:`.
    name = ""

    def __init__(self, endpoint: str, pubsub_endpoint: str, check_delay: float, ssh_server: Any = None, **given: str):
        super().__init__(endpoint, pubsub_endpoint, check_delay, ssh_server, **given)
        kernel.die_with_parent(own_circusd())
        self.settings, options, problem = self._read_files(given)
        self.zone: ZoneInfo = zone_of(self.settings)
        try:
            self.data = ini.data_dir() if not problem else Path("var")
        except SettingsError:
            self.data = ini.ini_path().parent / "var"
        self.log = self._open_log()
        self.control = Control(endpoint)
        self.problems: list[str] = [problem] if problem else []
        self.take_options(options)
        for sentence in self.problems:
            self.alert(sentence)

    def _read_files(self, given: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str], str]:
        try:
            found = ini.sections().get(f"plugin:{self.name}", {})
            return ini.worker_settings(), {**given, **found}, ""
        except SettingsError as error:
            return {}, dict(given), f"{error}; this guard goes on with its defaults"

    def _open_log(self) -> logging.Logger:
        handler = DailyFile(self.data / "logs", "guards", self.zone)
        handler.setFormatter(logging.Formatter("%(message)s"))
        logging.getLogger().handlers = [handler]
        # Circus speaks of its own beginning and end only.
        logging.getLogger("circus").setLevel(logging.WARNING)
        return logging.getLogger(f"daybreak.{self.name}")

    # --- what a guard does

    def take_options(self, options: Mapping[str, str]) -> None:
        """Read the guard's options; add a sentence to `problems` for each that can't be used."""
        raise NotImplementedError

    def look(self) -> None:
        """Look once; takes a few seconds at most."""
        raise NotImplementedError

    def ok(self, sentence: str) -> None:
        """Write down what is well, when that changes."""
        self.log.info("[OK] %s: %s", self.name, sentence)

    def alert(self, sentence: str) -> None:
        """Write down what is wrong and what is done about it."""
        self.log.error("[ALERT] %s: %s", self.name, sentence)

    def now(self) -> datetime:
        """Return the wall clock in the operator's zone, for people."""
        return datetime.now(self.zone)

    # --- what Circus calls

    def handle_init(self) -> None:
        """Start looking."""
        self.ok(f"started (pid {os.getpid()})")
        self.beat()
        self._timer = PeriodicCallback(self._look, self.every * 1000)
        self._timer.start()

    #: Seconds between two looks.
    every = 1.0

    def handle_recv(self, data: object) -> None:
        """Ignore Circus's events: they get lost, and a look asks for the truth."""

    def handle_stop(self) -> None:
        """Say that the end is wanted."""
        with suppress(OSError):
            self.ok("stopped")

    def _look(self) -> None:
        try:
            self.look()
            self.beat()
        except Exception:
            self.log.exception("[ALERT] %s: crashed; Circus starts it again", self.name)
            os._exit(CRASHED)

    def beat(self) -> None:
        """Promise the next look."""
        with suppress(OSError):
            path = self.data / "guards" / f"{self.name}.txt"
            path.parent.mkdir(parents=True, exist_ok=True)
            Heartbeat(
                identity=Identity.own(),
                phase=Phase.WAITING,
                patience=PATIENCE,
                at=self.now(),
                ticks=now_ticks(),
                step="; ".join(self.problems),
            ).write(path)


def boot_seconds() -> float:
    """Return the seconds since boot, host sleep included: the clock that process start times are written in."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def age(identity: Identity) -> float:
    """Return how long ago the process started, in seconds, host sleep included."""
    return boot_seconds() - identity.started / os.sysconf("SC_CLK_TCK")


def slept() -> float:
    """Return how long this machine has slept since boot, in seconds."""
    return boot_seconds() - time.monotonic()
