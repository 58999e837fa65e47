"""What hooks share inside circusd: set up once for each arbiter, then asked by every hook."""

import logging
import sys
from contextlib import suppress
from pathlib import Path
from shlex import quote
from typing import Any

from circus.exc import ConflictError

from hooks import backoff
from hooks.arbiter import commands, environment, visitors, zombies
from hooks.arbiter.desired_state import STOPS, Wish
from hooks.arbiter.leftovers import Leftovers
from hooks.arbiter.restarts import WORKER, Restarts
from hooks.arbiter.signals import Signals, log_failure
from hooks.arbiter.stops import Stops
from hooks.guards import systemd_notify
from hooks.guards.sender_launcher import Messenger
from hooks.logs import DailyFile, daily_file, name_zone, zone_of
from worker.config import console_port, ini
from worker.i18n import message
from worker.runtime import clock, private, reaper, spool
from worker.runtime.exit_codes import SETTINGS_WRONG
from worker.runtime.kernel import adopt_orphans
from worker.runtime.process_identity import Identity
from worker.runtime.spool import NoteKind

log = logging.getLogger("daybreak")

#: The office's page.
PAGE = "console"

#: Watchers that run only while the settings want them.
BY_SETTINGS = frozenset({PAGE, "demo-erp"})

#: How often circusd looks at the intent on disk while no worker runs (seconds).
TICK = 2.0


class Tree:
    """The running tree, as its hooks know it. Building it changes circusd itself."""

    def __init__(self, arbiter: Any) -> None:
        private.umask()
        self.arbiter = arbiter
        self.ini = Path(arbiter.config_file).resolve()
        self.settings = ini.in_use(self.ini).values()
        self.data = ini.data_dir(self.ini)
        zone = zone_of(self.settings)
        self._open_log()
        name_zone(zone)
        self._put_right()
        self._marks = environment.marks(self.ini, self.data, Identity.own())
        self._loop = arbiter.loop.asyncio_loop
        self.signals = Signals(arbiter, on_quit=self._on_quit)
        self.restarts = Restarts(self.data, zone, self._loop, self.signals.manage)
        self.wish = Wish(arbiter, self.data, zone)
        self.stops = Stops(self.data, zone)
        self._zone = zone
        self._messenger = Messenger(self.data, self.ini)
        #: Watchers that could not be started, until they run.
        self._failing: set[str] = set()
        #: Watchers that the settings keep off: the demo beside another ERP, the page without a port.
        self._refused: set[str] = set()
        #: True while the worker is off by an order.
        self._was_off = False
        self.leftovers = Leftovers(arbiter, self.data, self._marks[reaper.CIRCUSD], self.restarts.living)
        commands.narrow(arbiter.ctrl.commands, self._before_command)
        adopt_orphans()
        zombies.leave_out()
        for watcher in arbiter.watchers:
            watcher.working_dir = str(self.ini.parent)
            if watcher.name.startswith("plugin:"):
                self._set_up_guard(watcher)
        log.info("circusd (pid %d) runs %s, data in %s", arbiter.pid, self.ini, self.data)
        self.leftovers.clear_up()
        self._loop.call_later(TICK, self._tick)

    def _put_right(self) -> None:
        """Close the data folder to other users, and warn if they could read it."""
        for folder in {self.data, self.ini.parent / "var"}:
            try:
                if private.put_right(folder):
                    log.warning("other users could read %s: from now on its owner alone can (0700)", folder)
            except OSError as error:
                log.error("keeping others out of %s: %s", folder, error)

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
        if watcher.name != WORKER and not self.wish.own_start:
            self.stops.started(watcher.name)
        self._refused.discard(watcher.name)
        if why := self._why_off(watcher.name):
            self._refused.add(watcher.name)
            log.info("%s stays stopped: %s", watcher.name, why)
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
        watcher.env[environment.REASON] = str(self.restarts.why(watcher.name))
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
        if self.signals.quitting:
            return
        if watcher.name == WORKER:
            self.wish.before_stop()
        elif self.arbiter._exclusive_running_command in STOPS:
            self._note_stop(watcher.name)

    def _note_stop(self, name: str) -> None:
        """Write down that a guard was stopped, and raise the alarm: the guard can't do that itself."""
        if self.stops.holds(name):
            return
        by = self.wish.visitor or "circusctl"
        self.stops.stopped(name, by)
        if name.startswith("plugin:"):
            text = message(
                "{watcher} was stopped by {who}. To start it again: circusctl start {name}",
                watcher=name,
                who=by,
                name=name,
            )
            self._alert(text, "guard stopped")

    def _alert(self, text: str, cause: str) -> None:
        """Have people told by the guard or worker that runs; without either, by circusd itself."""
        log.error("%s", text)
        at = clock.wall(self._zone)
        if not spool.put(self.data, NoteKind.ALERT, at=at, text=text, durable=False, by="circusd", cause=cause):
            self._messenger.send_directly(cause, text)
        self._tell()

    def _tell(self, *, is_alone: bool = False) -> None:
        """Start the sender where no guard and no worker does, or soon none will."""
        running = {one.name for one in self.arbiter.watchers if one.processes}
        is_anothers = "plugin:heartbeat" in running and not is_alone
        is_alone |= WORKER not in running
        self._messenger.look(is_alone=None if is_anothers else is_alone, now=clock.wall(self._zone))
        for pid in self._messenger.pids:
            self.leftovers.spare(pid)

    def reaped(self, watcher: Any, pid: int, code: int | None) -> None:
        """Decide when the next process starts, and end what this one left."""
        asked = watcher.is_stopping() or watcher.is_stopped() or self.signals.quitting
        self.restarts.ended(watcher, pid, code, asked=asked)
        if watcher.name == PAGE and not asked:
            self._tell_of_page(code)
        self.leftovers.sweep()

    def _tell_of_page(self, code: int | None) -> None:
        """Have people told when the page keeps ending, once a row: everything else goes on meanwhile."""
        if self.restarts.is_alarming(PAGE):
            how = backoff.describe(code)
            self._alert(message("the office's page keeps ending ({how}): see its log, console_….log", how=how), "page")
        elif code == SETTINGS_WRONG:
            self._alert(message("the office's page refuses its settings: see its log, console_….log"), "page")

    # --- from outside

    def _on_quit(self) -> None:
        systemd_notify.notify("STOPPING=1")
        self.restarts.forget_all()

    def _before_command(self, command: str, properties: dict[str, Any]) -> None:
        """`start` means now, also in the middle of a back-off; `stop` of a stopped worker is a wish as well."""
        if command in ("stop", "quit"):
            self.wish.visitor = "" if "by" in properties else self._visitor()
        if command == "quit" and not self.signals.quitting:
            text = message(
                "the whole tree was ended by {who}: nothing runs until it is started",
                who=self.wish.visitor or "circusctl quit",
            )
            self._alert(text, "stopped")
            self._tell(is_alone=True)
            return
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

    def _visitor(self) -> str:
        port = int(str(self.arbiter.endpoint).rpartition(":")[2])
        ours = frozenset(pid for watcher in self.arbiter.watchers for pid in watcher.processes)
        return visitors.who(port, ours)

    def _is_wanted(self, watcher: Any) -> bool:
        """True for a stopped watcher that the operator has not stopped: Circus gave up on it."""
        if watcher.name == WORKER:
            return watcher.name not in self.restarts.halted and not self.wish.forbids()
        if self.stops.holds(watcher.name) or watcher.name in self.restarts.halted:
            return False
        return watcher.name.startswith("plugin:") or (watcher.name in BY_SETTINGS and watcher.name not in self._refused)

    def _note_failing(self, watcher: Any) -> None:
        """Tell it once when Circus gave a watcher up: five failed tries within milliseconds are enough."""
        if watcher.name in self._failing or (watcher.name == WORKER and self._was_off):
            return
        self._failing.add(watcher.name)
        text = message(
            "{watcher} could not be started, and circusd gave it up: it is tried again every few seconds",
            watcher=watcher.name,
        )
        self._alert(text, "guard")

    def _tick(self) -> None:
        """Start what is stopped and wanted: a pause has ended, `daybreak resume`, a watcher that Circus gave up."""
        self._loop.call_later(TICK, self._tick)
        if self.arbiter._exclusive_running_command is not None or self.signals.quitting:
            return
        self.wish.booting = False
        self._tell()
        for watcher in self.arbiter.watchers:
            if watcher.processes:
                self._failing.discard(watcher.name)
            if not watcher.is_stopped():
                continue
            if not self._is_wanted(watcher):
                self._was_off |= watcher.name == WORKER
                continue
            self._note_failing(watcher)
            self._was_off &= watcher.name != WORKER
            log.info("%s is wanted again: starting it", watcher.name)
            self.wish.own_start = True
            try:
                watcher.start().add_done_callback(log_failure)
            except ConflictError:
                continue
            finally:
                self.wish.own_start = False

    def _why_off(self, name: str) -> str:
        """Say why the settings want no such process, or return an empty text. The demo never runs by a guess."""
        if name not in BY_SETTINGS:
            return ""
        found = ini.in_use(self.ini)
        if name == PAGE:
            return "CONSOLE_PORT is empty" if console_port.is_off(found.values()) else ""
        if found.is_guess or not environment.wants_demo(found.values()):
            return "ERP_URL names another ERP, or the settings are wrong"
        return ""

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
