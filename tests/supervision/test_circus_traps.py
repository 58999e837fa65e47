"""What Circus does by itself, measured: our hooks and guards are built on it. A new Circus that differs fails here."""

import os
import shlex
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from circus.plugins import get_plugin_cmd
from circus.watcher import Watcher

from tests.rig import Circusd, is_running, wait_until

Make = Callable[..., Circusd]

HOOKS = ("before_start", "before_spawn", "after_spawn", "before_stop", "after_reap")
STAND_IN = f"{shlex.quote(sys.executable)} {shlex.quote(str(Path(__file__).with_name('stand_in.py')))}"


def plain(command: str = STAND_IN, **more: str) -> dict[str, dict[str, str] | None]:
    """Return what takes our hooks and guards away."""
    hooks = {f"hooks.{name}": "tests.supervision.plain_hooks.always" for name in HOOKS}
    return {
        "watcher:worker": {**hooks, "cmd": command, **more},
        "plugin:heartbeat": None,
        "plugin:recycle": None,
    }


def test_without_our_hooks_a_killed_circusd_leaves_what_does_not_end_by_itself(make: Make) -> None:
    circus = make(sections=plain("sleep 300"))
    circus.may_stay = True
    with circus:
        worker = wait_until("the worker", circus.pid)

        circus.kill()

        assert is_running(worker or 0)


def test_without_our_hooks_a_crash_is_seen_only_at_the_next_look(make: Make) -> None:
    with make(sections={**plain("sleep 300"), "circus": {"check_delay": "8"}}) as circus:
        first = wait_until("the worker", circus.pid) or 0
        os.kill(first, signal.SIGKILL)

        wait_until("the end", lambda: not is_running(first))
        assert circus.pid() is None

        wait_until("the next look", circus.pid)
        # Circus may lose the order to end: it meets that look.
        circus.may_stay = True
        circus.kill()


def test_without_our_hooks_an_order_to_end_in_a_restart_is_lost(make: Make) -> None:
    deaf = f"{shlex.quote(sys.executable)} -c 'import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(99)'"
    with make(sections=plain(deaf, graceful_timeout="2")) as circus:
        first = wait_until("the worker", circus.pid) or 0
        wait_until("its deafness", lambda: _ignores(first, signal.SIGTERM))
        circus.order("restart", name="worker")
        circus.signal(signal.SIGTERM)

        wait_until("the new worker", lambda: circus.pid() not in (None, first), 6)

        assert circus.exit_code() is None
        # Circus may lose the order to end at the end of this block as well.
        circus.may_stay = True
        circus.kill()


def _ignores(pid: int, number: int) -> bool:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    ignored = next(int(line.split()[1], 16) for line in lines if line.startswith("SigIgn"))
    return bool(ignored & (1 << (number - 1)))


def test_a_plugins_options_and_interpreter_stand_unquoted_in_its_command() -> None:
    option = {"use": "hooks.heartbeat.HeartbeatCheck", "cron": "55 5 * * *"}

    assert "--config cron:55 5 * * * hooks" in get_plugin_cmd(option, "tcp://1", "tcp://2", 1, None)


def test_circus_has_the_parts_that_our_hooks_take_hold_of() -> None:
    watcher = Watcher("name", "true", singleton=True)

    for name in ("_status", "processes", "numprocesses", "env", "hooks", "working_dir", "graceful_timeout", "cmd"):
        assert hasattr(watcher, name)
    assert {"before_stop", "after_stop"} <= set(watcher.ignore_hook_failure)
