"""The commands circusd still takes: those an operator needs.

The control port has no authentication: `add` and `set` run any command, `options` and `get` show every environment.
"""

from collections.abc import Callable
from typing import Any

#: What a command without a name means.
WORKER = "worker"

ALLOWED = frozenset(
    {
        "status",
        "list",
        "stats",
        "dstats",
        "numprocesses",
        "numwatchers",
        "listen",
        "start",
        "stop",
        "restart",
        "kill",
        "signal",
        "quit",
    }
)


class Watched:
    """Circus's command, with a look before it runs."""

    def __init__(self, command: Any, before: Callable[[str, dict[str, Any]], None]) -> None:
        self._command = command
        self._before = before
        self.name = command.name

    def validate(self, properties: dict[str, Any]) -> None:
        """Raises Circus's MessageError on a wrong property."""
        self._command.validate(properties)

    def execute(self, arbiter: Any, properties: dict[str, Any]) -> Any:
        """Return what Circus's command returns."""
        self._before(self.name, properties)
        return self._command.execute(arbiter, properties)


class Named(Watched):
    """A command that means the worker where no name is given."""

    def validate(self, properties: dict[str, Any]) -> None:
        """Raises Circus's MessageError on a wrong property."""
        properties.setdefault("name", WORKER)
        super().validate(properties)


def narrow(commands: dict[str, Any], before: Callable[[str, dict[str, Any]], None]) -> None:
    """Take away every command but the allowed ones; `reload` becomes `restart`, which never runs two side by side.

    `before(command, properties)` is called before each start, stop, restart and quit.
    """
    for name in set(commands) - ALLOWED:
        del commands[name]
    for name in ("start", "stop", "restart"):
        commands[name] = Named(commands[name], before)
    commands["quit"] = Watched(commands["quit"], before)
    commands["reload"] = commands["restart"]
