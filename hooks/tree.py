"""What hooks share inside circusd: set up once for each arbiter, then asked by every hook."""

import logging
import sys
from contextlib import suppress
from pathlib import Path
from shlex import quote
from typing import Any

from circus.exc import ConflictError

from hooks import commands, environment, kernel, watchdog
from hooks.leftovers import Leftovers
from hooks.logs import DailyFile, daily_file, zone_of
from hooks.restarts import WORKER, Restarts
from hooks.signals import Signals, log_failure
from hooks.wish import Wish
from worker import ini, reaper
from worker.identity import Identity

log = logging.getLogger("daybreak")

#: How often circusd looks at the intent on disk while no worker runs (seconds).
TICK = 2.0


class Tree:
    """The running tree, as its hooks know it. Building it changes circusd itself."""

    def __init__(self, arbiter: Any) -> None:
        self.arbiter = arbiter
        self.ini = Path(arbiter.config_file).resolve()
        self.settings = ini.in_use(self.ini).values()
        self.data = ini.data_dir(self.ini)
        zone = zone_of(self.settings)
        self._open_log()
        self._marks = environment.marks(self.ini, self.data, Identity.own())
        self._loop = arbiter.loop.asyncio_loop
        self.signals = Signals(arbiter, on_quit=self._on_quit)
        self.restarts = Restarts(self.data, zone, self._loop, self.signals.manage)
        self.wish = Wish(arbiter, self.data, zone)
        self.leftovers = Leftovers(arbiter, self.data, self._marks[reaper.CIRCUSD], self.restarts.living)
        commands.narrow(arbiter.ctrl.commands, self._before_command)
        kernel.adopt_orphans()
        for watcher in arbiter.watchers:
            watcher.working_dir = str(self.ini.parent)
            if watcher.name.startswith("plugin:"):
                self._set_up_guard(watcher)
        log.info("circusd (pid %d) runs %s, data in %s", arbiter.pid, self.ini, self.data)
        self.leftovers.clear_up()
        self._loop.call_later(TICK, self._tick)

    def _open_log(self) -> None:
        pattern = "%(name)s[%(process)d] [%(levelname)s] %(message)s"
        handler = daily_file(self.data, "circusd", pattern, self.settings)
        root = logging.getLogger()
        root.handlers = [one for one in root.handlers if not isinstance(one, DailyFile)] + [handler]

    def _set_up_guard(self, watcher: Any) -> None:
        # Circus quotes neither the interpreter's path nor the options; the guards read their options from the file.
        use = watcher.cmd.rsplit(" ", 1)[-1]
        watcher.cmd = (
            f"{quote(sys.executable)} -c 'from circus import plugins;plugins.main()'"
            f" --endpoint {quote(self.arbiter.endpoint)} --pubsub {quote(self.arbiter.pubsub_endpoint)} {use}"
        )
        read_options = getattr(sys.modules.get(use.rpartition(".")[0]), "options", None)
        if read_options is not None:
            for sentence in read_options(ini.in_use(self.ini).sections.get(watcher.name, {}))[1]:
                log.error("%s", sentence)
        from hooks import lifecycle  # the hooks of the file, for watchers that the file gives none

        for name in ("before_start", "before_spawn", "after_spawn", "before_stop", "after_reap"):
            watcher.hooks[name] = getattr(lifecycle, name)

    # --- asked by the hooks

    def may_start(self, watcher: Any) -> bool:
        """Decide whether a stopped watcher starts; when it does, nothing is waited for any more."""
        if self.signals.quitting or (watcher.name == WORKER and not self.wish.before_start()):
            return False
        if watcher.name == "demo-erp" and not self._wants_demo():
            log.info("demo-erp stays stopped: ERP_URL names another ERP, or the settings are wrong")
            return False
        self.restarts.allow(watcher)
        return True

    def prepare(self, watcher: Any) -> bool:
        """Give the next process the settings as they are now; refuse it when the operator wants none."""
        if watcher.name == WORKER and self.wish.forbids():
            log.warning("worker stays off: %s", self.wish.now())
            return False
        self.settings = self._read_settings()
        fresh = environment.for_watcher(watcher.name, self.restarts.number(watcher.name), self.settings, self._marks)
        watcher.env.clear()
        watcher.env.update(fresh)
        watcher.env[environment.REASON] = self.restarts.why(watcher.name)
        # Circus lets the first of two equal keys win; an operator's local.ini comes second.
        with suppress(KeyError, ValueError):
            watcher.graceful_timeout = float(
                ini.in_use(self.ini).sections[f"watcher:{watcher.name}"]["graceful_timeout"]
            )
        return True

    def stopping(self, watcher: Any) -> None:
        """Make a stop work in the middle of a `kill`: Circus skips what it is killing already, then waits for ever."""
        for process in watcher.processes.values():
            process.stopping = False
        self.restarts.forget_wait(watcher.name)
        if watcher.name == WORKER and not self.signals.quitting:
            self.wish.before_stop()

    def reaped(self, watcher: Any, pid: int, code: int | None) -> None:
        """Decide when the next process starts, and end what this one left."""
        asked = watcher.is_stopping() or watcher.is_stopped() or self.signals.quitting
        self.restarts.ended(watcher, pid, code, asked=asked)
        self.leftovers.sweep()

    # --- from outside

    def _on_quit(self) -> None:
        watchdog.notify("STOPPING=1")
        self.restarts.forget_all()

    def _before_command(self, command: str, properties: dict[str, Any]) -> None:
        """`start` means now, also in the middle of a back-off; `stop` of a stopped worker is a wish as well."""
        if self.arbiter._exclusive_running_command is not None:
            return
        self.wish.booting = False
        for watcher in self.arbiter.watchers:
            if watcher.name != properties["name"]:
                continue
            if command == "start" and self.restarts.is_waiting(watcher.name):
                self.restarts.allow(watcher)
            if command == "stop" and watcher.name == WORKER and watcher.is_stopped() and "by" not in properties:
                self.wish.stop_again()

    def _tick(self) -> None:
        """Start a stopped worker that the intent on disk lets run again: a pause has ended, `daybreak resume`."""
        self._loop.call_later(TICK, self._tick)
        if self.arbiter._exclusive_running_command is not None or self.signals.quitting:
            return
        self.wish.booting = False
        for watcher in self.arbiter.watchers:
            if watcher.name != WORKER or not watcher.is_stopped() or watcher.name in self.restarts.halted:
                continue
            if self.wish.forbids():
                continue
            log.info("worker is wanted again: starting it")
            self.wish.own_start = True
            try:
                watcher.start().add_done_callback(log_failure)
            except ConflictError:
                continue
            finally:
                self.wish.own_start = False

    def _wants_demo(self) -> bool:
        """True while the worker works on the embedded ERP; never by a guess."""
        found = ini.in_use(self.ini)
        return not found.is_guess and environment.wants_demo(found.values())

    def _read_settings(self) -> dict[str, str]:
        found = ini.in_use(self.ini)
        if not found.problems:
            return found.values()
        log.error("the settings can't be read: %s; going on with the settings as they were", "; ".join(found.problems))
        return self.settings if found.is_guess else found.values()


_tree: Tree | None = None


def of(arbiter: Any) -> Tree:
    """Return what is known about this arbiter's tree; the first call sets circusd up."""
    global _tree
    if _tree is None or _tree.arbiter is not arbiter:
        _tree = Tree(arbiter)
    return _tree
