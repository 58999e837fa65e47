"""When each watcher's next process starts, inside circusd: counts its exits, waits without sleeping."""

import logging
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta, tzinfo
from pathlib import Path
from time import monotonic, time
from typing import Any

from hooks import backoff, kill_reason
from hooks.backoff import Exits
from worker.i18n import message
from worker.runtime import clock, spool
from worker.runtime.exit_codes import LOCK_HELD, SETTINGS_WRONG, STOPPED
from worker.runtime.files import read_text
from worker.runtime.process_identity import Identity
from worker.runtime.spool import NoteKind

log = logging.getLogger("daybreak")

WORKER = "worker"

#: How a process ends that refuses its settings.
REFUSED = message("its settings were refused (exit 78)")

#: Why a process starts: with circusd itself, and by an operator's order.
BOOT, OPERATOR = message("boot"), message("operator")

#: Everything but the worker is started again after this at the latest (seconds).
CAP_OF_OTHERS = 20.0

#: Life after which the exits of another watcher's process are counted anew (seconds).
LONG_LIFE = 60.0


class Restarts:
    """The exits of every watcher of one circusd, the worker's kept on disk."""

    def __init__(self, data: Path, zone: tzinfo, loop: Any, manage: Callable[[], None]) -> None:
        self._data = data
        self._zone = zone
        self._loop = loop
        self._manage = manage
        self._file = data / "backoff.json"
        self._exits: dict[str, Exits] = {WORKER: backoff.load(self._file)}
        self._running: dict[str, tuple[Identity, float]] = {}
        #: Which start each watcher's process is; counted over all watchers.
        self._spawns: dict[str, int] = {}
        self._spawned = 0
        #: Why each watcher's next process starts.
        self._why: dict[str, str] = {}
        self._waits: dict[str, Any] = {}
        #: Watchers that refused their settings: only an operator starts them.
        self.halted: set[str] = set()

    def number(self, name: str) -> int:
        """Return the number of the watcher's next process."""
        self._spawned += 1
        self._spawns[name] = self._spawned
        return self._spawned

    def why(self, name: str) -> str:
        """Return why the next process starts, or the running one did: boot, operator, crash (exit 1), planned 05:55."""
        return self._why.get(name, BOOT)

    def living(self) -> dict[int, Identity]:
        """Return {number: process} of what runs now."""
        return {self._spawns[name]: identity for name, (identity, _) in self._running.items() if name in self._spawns}

    def started(self, name: str, pid: int) -> None:
        """Remember the new process."""
        identity = Identity.of(pid)
        previous = self._running.pop(name, None)
        if previous is not None:
            # Circus drops some exits without a word (a `kill` command, a death in the middle of its look).
            log.info("%s (pid %d) ended", name, previous[0].pid)
            self._why[name] = message("ended unseen")
            self._tell(NoteKind.END, name, previous[0].pid, self._why[name])
        if identity is not None:
            self._running[name] = (identity, monotonic())
        log.info("%s started (pid %d): %s", name, pid, self.why(name))
        self._tell(NoteKind.START, name, pid, self.why(name))

    def ended(self, watcher: Any, pid: int, code: int | None, *, asked: bool) -> None:
        """Count an exit and decide when the next process starts; `asked`: Circus stops the watcher."""
        identity, since = self._running.get(watcher.name, (None, 0.0))
        told = None
        lived = 0.0
        if identity is not None and identity.pid == pid:
            del self._running[watcher.name]
            told = kill_reason.take(self._data / "guards", identity)
            lived = monotonic() - since
        why = f": {told.text}" if told else ": as asked" if asked else ""
        log.info("%s (pid %d) ended after %.1f s (%s)%s", watcher.name, pid, lived, backoff.describe(code), why)
        crash = REFUSED if code == SETTINGS_WRONG else message("crash ({how})", how=backoff.describe(code))
        self._why[watcher.name] = told.text if told else OPERATOR if asked or code == STOPPED else crash
        self._tell(NoteKind.END, watcher.name, pid, self._why[watcher.name], code=code, lived=round(lived, 1))
        if code == SETTINGS_WRONG:
            self._why[watcher.name] = OPERATOR  # only the operator starts it again
        before = self._exits.get(watcher.name, Exits())
        after = backoff.after_exit(
            before,
            code=1 if code is None else code,
            lived=lived,
            asked=asked or (told is not None and told.planned),
            reason=told.text if told else "",
            success=self._success(watcher.name, before, lived),
        )
        self._keep(watcher.name, after)
        if not asked:
            self._plan(watcher, after, waits_on=before.code == after.code == LOCK_HELD)

    def _tell(self, kind: NoteKind, name: str, pid: int, why: str, **more: object) -> None:
        """Leave a note for the ledger: reports count starts and ends."""
        text = message("{name} (pid {pid}): {why}", name=name, pid=str(pid), why=why)
        at = clock.wall(self._zone)
        spool.put(self._data, kind, at=at, text=text, durable=False, watcher=name, pid=pid, why=why, **more)

    def _success(self, name: str, before: Exits, lived: float) -> str:
        """Return what changes with each success: the worker's own word for it, another watcher's long life."""
        if name != WORKER:
            return before.success if lived < LONG_LIFE else f"{monotonic()}"
        return read_text(self._data / "last_success")[:200]

    def _keep(self, name: str, exits: Exits) -> None:
        self._exits[name] = exits
        if name == WORKER:
            backoff.save(self._file, exits)

    def _plan(self, watcher: Any, exits: Exits, *, waits_on: bool) -> None:
        seconds = backoff.delay(exits, cap=backoff.CAP if watcher.name == WORKER else CAP_OF_OTHERS)
        if seconds is None:
            self._halt(watcher)
            return
        if seconds == 0:
            return
        seconds *= random.uniform(0.9, 1.1)
        until = clock.wall(self._zone) + timedelta(seconds=seconds)
        self._keep(watcher.name, replace(exits, until=until.isoformat(timespec="seconds")))
        if exits.code != LOCK_HELD:
            log.warning("%s: ended %d times in a row, next start in %.1f s", watcher.name, exits.count, seconds)
        elif not waits_on:
            log.warning("%s: another process holds its lock; trying again until it is free", watcher.name)
        watcher.numprocesses = 0
        self.forget_wait(watcher.name)
        self._waits[watcher.name] = self._loop.call_later(seconds, self.start_now, watcher)

    def _halt(self, watcher: Any) -> None:
        log.error(
            "%s refuses its settings (exit 78) and stays stopped. Its log says what to write instead; then circusctl"
            " start %s",
            watcher.name,
            watcher.name,
        )
        self.halted.add(watcher.name)
        watcher.numprocesses = 0
        # No process is left to wait for: the state is all that a stop would change.
        watcher._status = "stopped"
        watcher.notify_event("stop", {"time": time()})

    def is_alarming(self, name: str) -> bool:
        """True when the watcher's last exit is one that raises an alarm."""
        return backoff.is_alarming(self._exits.get(name, Exits()))

    def is_waiting(self, name: str) -> bool:
        """True while the next start waits."""
        return name in self._waits

    def allow(self, watcher: Any) -> None:
        """Nothing is waited for any more: the watcher may have its process."""
        self.forget_wait(watcher.name)
        self.halted.discard(watcher.name)
        watcher.numprocesses = 1

    def start_now(self, watcher: Any) -> None:
        """End the wait: have Circus start the next process."""
        self.allow(watcher)
        self._manage()

    def forget_wait(self, name: str) -> None:
        """Start nothing later."""
        wait = self._waits.pop(name, None)
        if wait is not None:
            wait.cancel()

    def forget_all(self) -> None:
        """Start nothing later, whatever it is."""
        for name in list(self._waits):
            self.forget_wait(name)
