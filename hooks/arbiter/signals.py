"""circusd's signals: an order to end is never lost, a child's end is seen at once."""

import logging
import signal
from collections.abc import Callable
from typing import Any

from circus.exc import ConflictError

from worker.runtime import reaper
from worker.runtime.process_identity import Identity

log = logging.getLogger("daybreak")

#: A stop that takes longer says what it waits for (seconds).
SAY_AFTER = 2.0

#: Interval of questions while another command holds circusd's lock (seconds).
RETRY = 0.05


class Signals:
    """Takes circusd's signals over from Circus, on the event loop instead of in the middle of a line.

    Circus drops a SIGTERM that meets its lock, answers SIGHUP with a reload, and looks at its children only every
    `check_delay` seconds (all measured).
    """

    def __init__(self, arbiter: Any, on_quit: Callable[[], None]) -> None:
        self._arbiter = arbiter
        self._on_quit = on_quit
        self._loop = arbiter.loop.asyncio_loop
        self._managing = False
        self.quitting = False
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
            self._loop.add_signal_handler(number, self._quit, number)
        # Started with nohup: Circus has taken the signal all the same.
        if arbiter.ctrl.sys_hdl._old.get(signal.SIGHUP) == signal.SIG_IGN:
            self._loop.add_signal_handler(signal.SIGHUP, log.info, "SIGHUP: ignored, as nohup wants it")
        self._loop.add_signal_handler(signal.SIGCHLD, self.manage)
        # Circus's own regular look meets its lock during every long stop, and logs a traceback each time (measured).
        if arbiter.ctrl.caller is not None:
            arbiter.ctrl.caller.callback = self.manage

    def manage(self) -> None:
        """Have Circus look at its children now, or as soon as its lock is free."""
        if self._managing or self._arbiter._stopping:
            return
        try:
            self._arbiter.manage_watchers().add_done_callback(log_failure)
        except ConflictError:
            self._managing = True
            self._loop.call_later(RETRY, self._manage_again)

    def _manage_again(self) -> None:
        self._managing = False
        self.manage()

    def _quit(self, number: int) -> None:
        name = signal.Signals(number).name
        if self.quitting:
            if number == signal.SIGINT:
                log.warning("%s again: ending everything at once", name)
                self._kill_all()
            return
        log.info("%s: ending the tree; a second Ctrl-C ends it without grace", name)
        self.quitting = True
        self._on_quit()
        self._stop()
        self._loop.call_later(SAY_AFTER, self._say_what_is_waited_for)

    def _say_what_is_waited_for(self) -> None:
        """Say once why a stop takes so long."""
        for watcher in self._arbiter.watchers:
            if watcher.name == "worker" and watcher.processes:
                log.info("waiting for the worker to finish its batch (at most %g s)", watcher.graceful_timeout)

    def _stop(self) -> None:
        if self._arbiter._stopping:
            return
        try:
            self._arbiter.stop().add_done_callback(log_failure)
        except ConflictError:
            self._loop.call_later(RETRY, self._stop)

    def _kill_all(self) -> None:
        for watcher in self._arbiter.watchers:
            for process in list(watcher.processes.values()):
                identity = Identity.of(process.pid)
                if identity is not None:
                    reaper.kill(reaper.tree(identity))


def log_failure(future: Any) -> None:
    """Log what went wrong in a coroutine of Circus that is not waited for."""
    if not future.cancelled() and (error := future.exception()) is not None:
        log.error("circusd: %s: %s", type(error).__name__, error, exc_info=error)
