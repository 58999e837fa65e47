"""Asks circusd and waits for the answer, for a limited time.

Circus's own `call` waits for ever, and a `cast` that meets circusd's lock is dropped without a word (both measured).
"""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from circus.client import CircusClient
from circus.exc import CallError

from worker.errors import DaybreakError
from worker.i18n import message, said_by
from worker.runtime.process_identity import Identity


class NoAnswer(DaybreakError):
    """circusd did not answer in time. It may still do what it was asked."""


class Refused(DaybreakError):
    """circusd answered with an error, such as a conflict with another command."""


class NotDone(DaybreakError):
    """The effect of a command was not seen before its deadline."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """What circusd says about a watcher."""

    #: active, stopped, starting, stopping; of a guard's own: unknown, not asked.
    status: str
    #: The process it runs now; None while there is none.
    identity: Identity | None


class Control:
    """Calls to one circusd, each answered within `timeout` seconds or NoAnswer."""

    def __init__(self, endpoint: str, timeout: float = 2.0) -> None:
        self._endpoint = endpoint
        self._timeout = timeout
        self._client: Any = None

    def call(self, command: str, **properties: object) -> dict[str, Any]:
        """Return circusd's answer. Raises NoAnswer or Refused."""
        if self._client is None:
            self._client = CircusClient(endpoint=self._endpoint, timeout=self._timeout)
        try:
            answer: dict[str, Any] = self._client.send_message(command, **properties)
        except CallError as error:
            # What this socket still holds would fill it up while nobody listens.
            self.close()
            raise NoAnswer(
                message(
                    "asking circusd at {address} to {command}: {error}",
                    address=self._endpoint,
                    command=command,
                    error=str(error),
                )
            ) from error
        if answer.get("status") == "error":
            raise Refused(
                message("asking circusd to {command}: {error}", command=command, error=str(answer.get("reason")))
            )
        return answer

    def running(self, watcher: str) -> Running:
        """Return what circusd runs under this name now. Raises NoAnswer; Refused if it knows no such watcher."""
        pids = self.call("list", name=watcher)["pids"]
        identity = Identity.of(pids[0]) if pids else None
        # Only `status` tells a stopped watcher from one between two processes; asked only then, it is one call a look.
        status = "active" if identity else str(self.call("status", name=watcher)["status"])
        return Running(status=status, identity=identity)

    def until(self, done: Callable[[], bool], command: str, *, deadline: float, **properties: object) -> None:
        """Ask, and ask again, until `done()`. Raises NotDone with the last refusal after `deadline` seconds."""
        end = time.monotonic() + deadline
        refusal = ""
        while True:
            try:
                if done():
                    return
                self.call(command, **properties)
            except (NoAnswer, Refused) as error:
                refusal = said_by(error)
            pause = time.monotonic() + random.uniform(0.25, 0.75)
            while time.monotonic() < min(pause, end):
                if _quietly(done):
                    return
                time.sleep(0.05)
            if time.monotonic() >= end:
                seconds = f"{deadline:g}"
                raise NotDone(
                    message(
                        "asking circusd to {command}: no effect within {seconds} s ({why})",
                        command=command,
                        seconds=seconds,
                        why=refusal,
                    )
                    if refusal
                    else message(
                        "asking circusd to {command}: no effect within {seconds} s", command=command, seconds=seconds
                    )
                )

    def close(self) -> None:
        """Forget the connection; the next call makes a new one."""
        if self._client is not None:
            self._client.stop()
            self._client = None


def _quietly(done: Callable[[], bool]) -> bool:
    try:
        return done()
    except (NoAnswer, Refused):
        return False
