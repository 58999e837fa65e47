"""What both guards are made of: a plugin process that looks every few seconds, beats, and ends with circusd."""

import logging
import os
import signal
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from circus.plugins import CircusPlugin
from tornado.ioloop import PeriodicCallback

from hooks import kill_reason
from hooks.guards.liveness import Watch, why_silent
from hooks.guards.sender_launcher import Messenger
from hooks.logs import daily_file, zone_of
from worker.config import ini
from worker.i18n import joined, message
from worker.runtime import clock, reaper, spool
from worker.runtime.circus_client import Circus, NoAnswer, Refused
from worker.runtime.heartbeat import Heartbeat, Phase, now_ticks
from worker.runtime.kernel import die_with_parent
from worker.runtime.process_identity import Identity
from worker.runtime.spool import NoteKind

#: Interval of a guard's beats and of its looks at the other guard, and its promise of the next beat (seconds). A longer
#: one would leave a silent guard for longer, a shorter one would write to the disk more often than is needed.
BEAT_EVERY, PATIENCE = 5.0, 12.0

#: A guard's first beat comes within (seconds).
FIRST_BEAT = 15.0

#: Silence after which a guard is reported, whatever process it has (seconds).
NO_PARTNER = 30.0

#: A guard that trips over something unknown ends with this; Circus starts it again.
CRASHED = 70


def own_circusd() -> int:
    """Return the pid of the circusd that started this process."""
    named = os.environ.get(reaper.CIRCUSD, "")
    return int(named.partition(".")[0]) if named else os.getppid()


def read_files(name: str, given: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Return the settings to go on with, and the guard's options."""
    found = ini.in_use()
    return found.values(), {**given, **found.sections.get(f"plugin:{name}", {})}


def unreadable(found: ini.InUse) -> str:
    """Return a sentence for people if the files of settings are not understood, or an empty text."""
    if not found.problems:
        return ""
    what = joined(found.problems, "; ")
    if found.is_guess:
        return message(
            "the settings can't be read: {problem}. The next start of the worker will refuse them", problem=what
        )
    return message(
        "the settings can't be read: {problem}. Guards and sender go on with the last good ones; the next start of the "
        "worker will refuse them",
        problem=what,
    )


class Guard(CircusPlugin):  # type: ignore[misc]  # circus has no types
    """A plugin with its own log, its own beat and its options from circus.ini and local.ini.

    Circus closes a plugin's output, gives it no environment and no rest: an exception in a callback is logged to
    nowhere and forgotten. Here it ends the process, so that it is seen.
    """

    #: The watcher's name without `plugin:`.
    name = ""

    #: The other guard's name.
    partner = ""

    def __init__(self, endpoint: str, pubsub_endpoint: str, check_delay: float, ssh_server: Any = None, **given: str):
        super().__init__(endpoint, pubsub_endpoint, check_delay, ssh_server, **given)
        die_with_parent(signal.SIGKILL, parent=own_circusd())
        self.settings, options = read_files(self.name, given)
        self.zone: ZoneInfo = zone_of(self.settings)
        self.data = ini.data_dir()
        self._partner = Watch(self.data / "guards" / f"{self.partner}.txt")
        #: Who the other guard is, by what circusd said last.
        self._other: Identity | None = None
        self._partner_beat = now_ticks()
        self._beat_at = 0.0
        self.log = self._open_log()
        self.circus = Circus(endpoint)
        self.messenger = Messenger(self.data)
        self.problems: list[str] = []
        self.take_options(options)
        for sentence in self.problems:
            self.alert(sentence)

    def _open_log(self) -> logging.Logger:
        logging.getLogger().handlers = [daily_file(self.data, "guards", "%(message)s", self.settings)]
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

    def alert(self, sentence: str, *, cause: str = "guard") -> None:
        """Write down what is wrong and what is done about it, and raise the alarm (worker/alerts/catalogue.py)."""
        self.log.error("[ALERT] %s: %s", self.name, sentence)
        if not self.spool(NoteKind.ALERT, sentence, cause=cause):
            self.messenger.send_directly(cause, sentence)

    def spool(self, kind: NoteKind, text: str, **more: Any) -> bool:
        """Leave a note for the ledger; return False when it could not be stored."""
        if spool.put(self.data, kind, at=self.now(), text=text, by=f"plugin:{self.name}", durable=False, **more):
            return True
        self.log.error("[ALERT] %s: this could not be stored for the ledger: %s %s", self.name, kind, text)
        return False

    def now(self) -> datetime:
        """Return the wall clock in the operator's zone, for people."""
        return clock.wall(self.zone)

    # --- what Circus calls

    def handle_init(self) -> None:
        """Start looking."""
        self.ok(f"started (pid {os.getpid()})")
        self.beat()
        self._timer = PeriodicCallback(self._look, self.every * 1000)
        self._timer.start()

    #: Seconds between two looks.
    every = 3.0

    def handle_recv(self, data: object) -> None:
        """Ignore Circus's events: they get lost, and a look asks for the truth."""

    def handle_stop(self) -> None:
        """Say that the end is wanted."""
        with suppress(OSError):
            self.ok("stopped")

    def _look(self) -> None:
        try:
            self.look()
            if now_ticks() - self._beat_at > BEAT_EVERY:
                self.beat()
                self.look_at_partner()
                self.messenger.look(is_alone=self.has_nobody(), now=self.now())
        except Exception:
            self.log.exception("[ALERT] %s: crashed; Circus starts it again", self.name)
            os._exit(CRASHED)

    def look_again(self, seconds: float) -> None:
        """Look once more before the next turn."""
        self.loop.call_later(seconds, self._look)

    def has_nobody(self) -> bool | None:
        """True when no worker takes notes to people, False when one does, None: it is another guard's to know."""
        return None

    def look_at_partner(self) -> None:
        """End the other guard when it is silent; circusd starts it again. Say so when it never comes to beat.

        circusd is asked only while its own beats do not speak for it.
        """
        if self._other is not None and self._partner.keeps_promise(self._other, PATIENCE):
            self._partner_beat = now_ticks()
            return
        watcher = f"plugin:{self.partner}"
        try:
            running = self.circus.running(watcher)
        except (NoAnswer, Refused):
            return
        if running.status == "stopped":
            # An operator's doing, or a file without this guard: no promise is broken.
            self._partner_beat = now_ticks()
            return
        other = self._other = running.identity
        beat = self._partner.beat(other) if other else None
        if beat is not None:
            self._partner_beat = beat.ticks
        ticks = now_ticks()
        if other is not None:
            waited = self._partner.waited(other, FIRST_BEAT)
            why = why_silent(beat, running=other, waited=waited, ticks=ticks, ceiling=PATIENCE, first_beat=FIRST_BEAT)
            if why is not None:
                self.alert(
                    message(
                        "{name} (pid {pid}) {why}: killing it, circusd starts it again",
                        name=watcher,
                        pid=str(other.pid),
                        why=why,
                    )
                )
                reason = kill_reason.Reason(identity=other, text=message("promise broken"), planned=False)
                kill_reason.write(self.data / "guards", reason)
                reaper.end(reaper.tree(other))
        if ticks - self._partner_beat > NO_PARTNER:
            self._partner_beat = ticks
            self.alert(
                message(
                    "{name} has not beaten for {seconds} s although circusd starts it: see circusd's log",
                    name=watcher,
                    seconds=f"{NO_PARTNER:.0f}",
                )
            )

    def beat(self) -> None:
        """Promise the next look."""
        self._beat_at = now_ticks()
        path = self.data / "guards" / f"{self.name}.txt"
        with suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
        with suppress(OSError):
            Heartbeat(
                identity=Identity.own(),
                phase=Phase.WAITING,
                patience=PATIENCE,
                at=self.now(),
                ticks=now_ticks(),
                step="; ".join(self.problems),
            ).write(path)
