"""What the control port still does, and what it refuses."""

import socket
from collections.abc import Callable

import psutil
from circus.commands import get_commands

from hooks.arbiter.commands import ALLOWED
from tests.rig import Circusd

Make = Callable[..., Circusd]

#: Properties that each stock command would accept, so that nothing is refused for the wrong reason.
PROPERTIES: dict[str, dict[str, object]] = {
    "add": {"name": "evil", "cmd": "sleep 1"},
    "get": {"name": "worker", "keys": ["env"]},
    "set": {"name": "worker", "options": {"numprocesses": 2}},
    "rm": {"name": "worker"},
    "options": {"name": "worker"},
    "incr": {"name": "worker", "nb": 1},
    "decr": {"name": "worker", "nb": 1},
}


def test_only_what_an_operator_needs_is_answered(make: Make) -> None:
    with make() as circus:
        first = circus.beating()

        refused = {
            name
            for name in get_commands()
            if name not in ALLOWED | {"reload"}
            and "unknown command" in circus.call(name, 5.0, **PROPERTIES.get(name, {})).get("reason", "")
        }

        assert refused == set(get_commands()) - ALLOWED - {"reload"}
        assert {
            "add",
            "set",
            "rm",
            "incr",
            "decr",
            "reloadconfig",
            "ipython",
            "options",
            "get",
            "globaloptions",
        } <= refused
        for name in ("status", "list", "stats", "dstats", "numwatchers"):
            assert circus.call(name)["status"] == "ok"
        assert circus.pid() == first


def test_reload_and_a_nameless_restart_replace_the_worker_one_after_the_other(make: Make) -> None:
    with make() as circus:
        first = circus.beating()
        guard = circus.pid("plugin:heartbeat")

        assert circus.ctl("reload").stdout.strip() == "ok"
        second = circus.beating(other_than=first)
        assert circus.ctl("restart").stdout.strip() == "ok"
        circus.beating(other_than=second)

        assert circus.pid("plugin:heartbeat") == guard


def test_a_nameless_stop_and_start_mean_the_worker(make: Make) -> None:
    with make() as circus:
        circus.beating()

        circus.ctl("stop", "--waiting")
        assert circus.status() == {"worker": "stopped", "plugin:heartbeat": "active", "plugin:recycle": "active"}
        circus.ctl("start", "--waiting")

        circus.beating()


def test_nothing_listens_beyond_loopback(make: Make) -> None:
    with make() as circus:
        circus.beating()

        listening = [
            connection.laddr.ip
            for identity in circus.processes()
            for connection in psutil.Process(identity.pid).net_connections("inet")
            if connection.status == psutil.CONN_LISTEN or connection.type == socket.SOCK_DGRAM
        ]

        assert set(listening) == {"127.0.0.1"}
