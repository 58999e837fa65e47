"""What the operator wants, as circusd learns and obeys it: only commands of the control port change it."""

import logging
from datetime import tzinfo
from pathlib import Path
from typing import Any

from worker.runtime import clock, desired_state
from worker.runtime.desired_state import DesiredState, Intent

log = logging.getLogger("daybreak")

#: What Circus's lock is called inside these commands of the control port.
STARTS = frozenset({"watcher_start", "watcher_restart"})
STARTS_OF_ALL = frozenset({"arbiter_start_watchers", "arbiter_restart"})
STOPS = frozenset({"watcher_stop", "arbiter_stop_watchers"})


class Wish:
    """The intent, on disk or, where the disk takes no write, in circusd's memory."""

    def __init__(self, arbiter: Any, data: Path, zone: tzinfo) -> None:
        self._arbiter = arbiter
        self._data = data
        self._zone = zone
        self._unwritten: Intent | None = None
        #: True while circusd itself starts the watchers; it takes the same lock as an operator's start of all.
        self.booting = True
        #: True while a start is circusd's own, because the intent allows one again.
        self.own_start = False
        #: Who spoke to the control port last, as far as it is known.
        self.visitor = ""

    def now(self) -> Intent:
        """Return what is wanted."""
        return self._unwritten or desired_state.read(self._data)

    def forbids(self) -> bool:
        """True while only the operator may start the worker."""
        return self.now().forbids(clock.wall(self._zone))

    def before_start(self) -> bool:
        """Return whether the worker may start; an operator's start is a wish of its own."""
        lock = self._arbiter._exclusive_running_command
        asked = not self.own_start and (lock in STARTS or (lock in STARTS_OF_ALL and not self.booting))
        if asked:
            if self.now().wanted is not DesiredState.RUNNING:
                self._want(DesiredState.RUNNING, "circusctl start worker")
            return True
        if self.forbids():
            log.warning("worker stays off: %s. To start it: circusctl start worker", self.now())
            return False
        return True

    def before_stop(self) -> None:
        """Write down an operator's stop; not quit, Ctrl-C, restart or a stop of our own."""
        # A wish that stands already says more: `daybreak pause` writes it down, then stops the worker.
        if self._arbiter._exclusive_running_command in STOPS and not self.forbids():
            self._want(DesiredState.STOPPED, self._by())

    def stop_again(self) -> None:
        """Write down an operator's stop of a worker that is stopped already, during a pause too."""
        self._want(DesiredState.STOPPED, self._by())

    def _by(self) -> str:
        return f"circusctl stop worker ({self.visitor})" if self.visitor else "circusctl stop worker"

    def _want(self, wanted: DesiredState, by: str) -> None:
        wish = Intent(wanted=wanted, by=by, since=clock.wall(self._zone))
        try:
            desired_state.write(self._data, wish, durable=False)
            self._unwritten = None
        except OSError as error:
            self._unwritten = wish
            log.error("writing down that the worker is to be %s: %s. It holds until circusd ends", wanted, error)
