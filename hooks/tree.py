"""What hooks share inside circusd: set up once for each arbiter, then asked by every hook."""

import logging
import random
import sys
import time
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from shlex import quote
from typing import Any

from hooks import backoff, commands, environment, kernel, reason
from hooks.backoff import Exits
from hooks.logs import DailyFile, zone_of
from hooks.signals import Signals, orphans
from worker import ini, reaper
from worker.errors import SettingsError
from worker.identity import Identity

log = logging.getLogger("daybreak")

WORKER = "worker"

#: Everything but the worker is started again after this at the latest (seconds).
CAP_OF_OTHERS = 20.0

#: A process of another watcher that lived so long starts its count again (seconds).
LONG_LIFE = 60.0


class Tree:
    """The running tree, as its hooks know it."""

    def __init__(self, arbiter: Any) -> None:
        self.arbiter = arbiter
        self.ini = Path(arbiter.config_file).resolve()
        self.settings = self._read_settings({})
        self.data = ini.data_dir(self.ini) if self.settings else self.ini.parent / "var"
        self.zone = zone_of(self.settings)
        self.marks = environment.marks(self.ini, self.data, Identity.own())
        self._loop = arbiter.loop.asyncio_loop
        #: Of each watcher: how its last processes ended, the process it runs now, the start that is waited for.
        self._exits: dict[str, Exits] = {WORKER: backoff.load(self._exits_file)}
        self._running: dict[str, tuple[Identity, float]] = {}
        self._waits: dict[str, Any] = {}
        self._sweeps = 0

    def set_up(self) -> None:
        """Change circusd itself: its log, commands, signals, orphans, and how it starts the guards."""
        handler = DailyFile(self.data / "logs", "circusd", self.zone)
        handler.setFormatter(logging.Formatter("%(name)s[%(process)d] [%(levelname)s] %(message)s"))
        root = logging.getLogger()
        root.handlers = [one for one in root.handlers if not isinstance(one, DailyFile)] + [handler]
        commands.narrow(self.arbiter.ctrl.commands, self._before_command)
        self.signals = Signals(self.arbiter, self._forget_waits)
        kernel.adopt_orphans()
        for watcher in self.arbiter.watchers:
            watcher.working_dir = str(self.ini.parent)
            if watcher.name.startswith("plugin:"):
                self._set_up_guard(watcher)
        log.info("circusd (pid %d) runs %s, data in %s", self.marks_pid, self.ini, self.data)

    @property
    def marks_pid(self) -> int:
        """Return circusd's pid."""
        return int(self.arbiter.pid)

    def _set_up_guard(self, watcher: Any) -> None:
        # Circus quotes neither the interpreter's path nor the options; the guards read their options from the file.
        use = watcher.cmd.rsplit(" ", 1)[-1]
        watcher.cmd = (
            f"{quote(sys.executable)} -c 'from circus import plugins;plugins.main()'"
            f" --endpoint {quote(self.arbiter.endpoint)} --pubsub {quote(self.arbiter.pubsub_endpoint)} {use}"
        )
        from hooks import lifecycle  # the hooks of the file, for watchers that the file gives none

        for name in ("before_start", "before_spawn", "after_spawn", "before_stop", "after_reap"):
            watcher.hooks[name] = getattr(lifecycle, name)

    # --- asked by the hooks

    def may_start(self, watcher: Any) -> bool:
        """Decide whether a stopped watcher starts; when it does, nothing is waited for any more."""
        if self.signals.quitting:
            return False
        if watcher.name == "demo-erp" and not environment.wants_demo(self._read_settings(self.settings)):
            log.info("demo-erp stays stopped: ERP_URL names another ERP")
            return False
        self._forget_wait(watcher.name)
        watcher.numprocesses = 1
        return True

    def prepare(self, watcher: Any) -> None:
        """Give the next process the settings as they are now."""
        self.settings = self._read_settings(self.settings)
        fresh = environment.for_watcher(self.settings, self.marks)
        watcher.env.clear()
        watcher.env.update(fresh)
        self._take_grace(watcher)

    def _take_grace(self, watcher: Any) -> None:
        # Circus lets the first of two equal keys win; an operator's local.ini comes second.
        with suppress(SettingsError, KeyError, ValueError):
            watcher.graceful_timeout = float(ini.sections(self.ini)[f"watcher:{watcher.name}"]["graceful_timeout"])

    def spawned(self, watcher: Any, pid: int) -> None:
        """Remember the new process."""
        identity = Identity.of(pid)
        if identity is None:
            return
        previous = self._running.get(watcher.name)
        self._running[watcher.name] = (identity, time.monotonic())
        if previous is not None:
            # Circus drops some exits without a word (a `kill` command, a death in the middle of its look).
            log.info("%s (pid %d) ended", watcher.name, previous[0].pid)
        log.info("%s started (pid %d)", watcher.name, pid)

    def stopping(self, watcher: Any) -> None:
        """Make a stop work in the middle of a `kill`: Circus skips what it is killing already, then waits for ever."""
        for process in watcher.processes.values():
            process.stopping = False

    def reaped(self, watcher: Any, pid: int, code: int | None) -> None:
        """Decide when the next process starts, and end what this one left."""
        known = self._running.get(watcher.name)
        if known is not None and known[0].pid == pid:
            del self._running[watcher.name]
        else:
            known = None
        lived = time.monotonic() - known[1] if known else 0.0
        told = reason.take(self.data / "guards", known[0]) if known else None
        stopping = watcher.is_stopping() or watcher.is_stopped() or self.signals.quitting
        exits = self._after_exit(watcher.name, code, lived, stopping, told)
        log.info(
            "%s (pid %d) ended after %.1f s (%s)%s",
            watcher.name,
            pid,
            lived,
            backoff.describe(code),
            f": {told.text}" if told else "",
        )
        if not stopping:
            self._plan_next(watcher, exits)
        self.sweep()

    # --- back-off

    @property
    def _exits_file(self) -> Path:
        return self.data / "backoff.json"

    def _success(self) -> str:
        try:
            return (self.data / "last_success").read_text(encoding="utf-8", errors="replace")[:200]
        except OSError:
            return ""

    def _after_exit(
        self, name: str, code: int | None, lived: float, stopping: bool, told: reason.Reason | None
    ) -> Exits:
        before = self._exits.get(name, Exits())
        fresh = before.success if lived < LONG_LIFE else f"{before.success}+"
        success = self._success() if name == WORKER else fresh
        exits = backoff.after_exit(
            before,
            code=code if code is not None else 1,
            lived=lived,
            asked=stopping or (told is not None and told.planned),
            reason=told.text if told else "",
            success=success,
        )
        self._exits[name] = exits
        if name == WORKER:
            backoff.save(self._exits_file, exits)
        return exits

    def _plan_next(self, watcher: Any, exits: Exits) -> None:
        seconds = backoff.delay(exits, cap=backoff.CAP if watcher.name == WORKER else CAP_OF_OTHERS)
        if seconds is None:
            self._halt(watcher)
            return
        if seconds == 0:
            return
        seconds *= random.uniform(0.9, 1.1)
        watcher.numprocesses = 0
        until = datetime.now(self.zone) + timedelta(seconds=seconds)
        if watcher.name == WORKER:
            self._exits[WORKER] = replace(exits, until=until.isoformat(timespec="seconds"))
            backoff.save(self._exits_file, self._exits[WORKER])
        why = "another process holds the lock" if exits.code == backoff.LOCK_HELD else f"exit {exits.count} in a row"
        log.warning("%s: next start in %.1f s (%s)", watcher.name, seconds, why)
        self._forget_wait(watcher.name)
        self._waits[watcher.name] = self._loop.call_later(seconds, self._start_now, watcher)

    def _start_now(self, watcher: Any) -> None:
        self._forget_wait(watcher.name)
        watcher.numprocesses = 1
        self.signals.manage()

    def _forget_wait(self, name: str) -> None:
        wait = self._waits.pop(name, None)
        if wait is not None:
            wait.cancel()

    def _forget_waits(self) -> None:
        for name in list(self._waits):
            self._forget_wait(name)

    def _halt(self, watcher: Any) -> None:
        log.error(
            "%s refuses its settings (exit 78): it stays stopped. Its log says what to write instead; then"
            " circusctl start %s",
            watcher.name,
            watcher.name,
        )
        watcher.numprocesses = 0
        # No process is left to wait for: the state is all that a stop would change.
        watcher._status = "stopped"
        watcher.notify_event("stop", {"time": time.time()})

    # --- commands

    def _before_command(self, command: str, properties: dict[str, Any]) -> None:
        """`start` means now, also in the middle of a back-off."""
        if command == "start":
            for watcher in self.arbiter.watchers:
                if watcher.name == properties["name"] and watcher.name in self._waits:
                    self._forget_wait(watcher.name)
                    watcher.numprocesses = 1

    # --- orphans

    def sweep(self) -> None:
        """End the children that no watcher owns, now and for some moments more; SIGKILL, and never wait."""
        self._sweeps = 10
        self._sweep()

    def _sweep(self) -> None:
        left = orphans(self.arbiter)
        reaper.kill(left)
        if left:
            log.info("ended %d processes that an ended one left: %s", len(left), [one.pid for one in left])
        self._sweeps -= 1
        if self._sweeps > 0:
            self._loop.call_later(0.1, self._sweep_again, self._sweeps)

    def _sweep_again(self, expected: int) -> None:
        if self._sweeps == expected:
            self._sweep()

    # --- settings

    def _read_settings(self, otherwise: dict[str, str]) -> dict[str, str]:
        try:
            return ini.worker_settings(self.ini)
        except SettingsError as error:
            log.error("%s; going on with the settings as they were", error)
            return otherwise


_tree: Tree | None = None


def of(arbiter: Any) -> Tree:
    """Return what is known about this arbiter's tree; the first call sets circusd up."""
    global _tree
    if _tree is None or _tree.arbiter is not arbiter:
        _tree = Tree(arbiter)
        _tree.set_up()
    return _tree
