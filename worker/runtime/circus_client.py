"""Asks circusd over its control port and waits for the answer, for a limited time.

Its protocol is JSON over ZeroMQ (circus.readthedocs.io, "The Circus Client"). A plugin's own call waits for ever, and a
cast that meets circusd's lock is dropped without a word (both measured): an order is given until it is done.
"""

import json
import random
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import zmq

from worker.errors import DaybreakError
from worker.i18n import message, said_by
from worker.runtime.process_identity import Identity

#: Interval of looks at the effect of an order (seconds).
LOOK_EVERY = 0.1


class NoAnswer(DaybreakError):
    """circusd did not answer in time. It may still do what it was asked."""


class Refused(DaybreakError):
    """circusd answered with an error, such as a conflict with another command."""


class NotDone(DaybreakError):
    """An order had no effect in time. The text says what stands now and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """What circusd says about a watcher."""

    #: active, stopped, starting, stopping; of a guard's own: unknown, not asked.
    status: str
    #: The process it runs now; None while there is none.
    identity: Identity | None


class Circus:
    """One circusd, by its control address; each call is answered within `timeout` seconds or is a NoAnswer."""

    def __init__(self, endpoint: str, timeout: float = 2.0) -> None:
        self._endpoint = endpoint
        self._timeout = timeout

    def call(self, command: str, **properties: object) -> dict[str, Any]:
        """Return circusd's answer to one command. Raises NoAnswer or Refused."""
        request = {"id": uuid.uuid4().hex, "command": command, "properties": properties}
        # A socket for each call: it holds no answer to an earlier one.
        socket: zmq.Socket[bytes]
        with zmq.Context.instance().socket(zmq.DEALER) as socket:
            socket.setsockopt(zmq.LINGER, 0)
            socket.setsockopt(zmq.RCVTIMEO, int(self._timeout * 1000))
            socket.setsockopt(zmq.SNDTIMEO, int(self._timeout * 1000))
            try:
                socket.connect(self._endpoint)
                socket.send(json.dumps(request).encode("utf-8"))
                answer: dict[str, Any] = json.loads(socket.recv())
            except (zmq.ZMQError, ValueError) as error:
                raise NoAnswer(message("circusd does not answer at {address}", address=self._endpoint)) from error
        if answer.get("status") == "error":
            raise Refused(
                message("asking circusd to {command}: {error}", command=command, error=str(answer.get("reason")))
            )
        return answer

    def status(self, watcher: str) -> str:
        """Return a watcher's status: active, stopped, starting, stopping. Raises NoAnswer or Refused."""
        return str(self.call("status", name=watcher)["status"])

    def running(self, watcher: str) -> Running:
        """Return what circusd runs under this name now. Raises NoAnswer; Refused if it knows no such watcher."""
        pids = self.call("list", name=watcher)["pids"]
        identity = Identity.of(pids[0]) if pids else None
        # Only `status` tells a stopped watcher from one between two processes; asked only then, it is one call a look.
        return Running(status="active" if identity else self.status(watcher), identity=identity)

    def order(self, command: str, watcher: str, done: Callable[[], bool], *, within: float, **more: object) -> None:
        """Give a watcher an order, again and again with some jitter, until `done()`.

        Raises NotDone with circusd's last word after `within` seconds.
        """
        end = time.monotonic() + within
        refusal = ""
        while True:
            try:
                if done():
                    return
                self.call(command, name=watcher, **more)
                refusal = ""
            except (NoAnswer, Refused) as error:
                refusal = said_by(error)
            again = min(time.monotonic() + random.uniform(0.5, 1.0), end)
            while time.monotonic() < again:
                with suppress(NoAnswer, Refused):
                    if done():
                        return
                time.sleep(LOOK_EVERY)
            if time.monotonic() >= end:
                raise NotDone(_no_effect(f"{command} {watcher}", f"{within:g}", refusal))


def _no_effect(command: str, seconds: str, why: str) -> str:
    if not why:
        return message("asking circusd to {command}: no effect within {seconds} s", command=command, seconds=seconds)
    return message(
        "asking circusd to {command}: no effect within {seconds} s ({why})", command=command, seconds=seconds, why=why
    )
