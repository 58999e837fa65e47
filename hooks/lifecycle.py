"""Hooks circusd calls around the life of each watcher's process.

They run inside circusd, on its only thread: no sleep, no network, no browser. Circus calls a hook by keyword and reads
its answer: True goes on; False, None or an exception stops the watcher without a line in the log.
"""

import logging
from collections.abc import Callable
from typing import Any

from hooks.arbiter import tree

log = logging.getLogger("daybreak")


def _never_raises(hook: Callable[..., bool]) -> Callable[..., bool]:
    def quietly(**given: Any) -> bool:
        try:
            return hook(**given)
        except Exception:  # whatever a hook trips over, the worker must run
            log.exception("hook %s of %s failed; going on", hook.__name__, given.get("watcher"))
            return True

    quietly.__name__ = hook.__name__
    quietly.__doc__ = hook.__doc__
    return quietly


@_never_raises
def before_start(*, watcher: Any, arbiter: Any, **_: Any) -> bool:
    """Set circusd up before anything else; refuse a start that is not wanted."""
    return tree.of(arbiter).may_start(watcher)


@_never_raises
def before_spawn(*, watcher: Any, arbiter: Any, **_: Any) -> bool:
    """Give the next process today's settings and circusd's own interpreter."""
    return tree.of(arbiter).prepare(watcher)


@_never_raises
def after_spawn(*, watcher: Any, arbiter: Any, pid: int, **_: Any) -> bool:
    """Remember which process runs now."""
    tree.of(arbiter).restarts.started(watcher.name, pid)
    return True


@_never_raises
def before_stop(*, watcher: Any, arbiter: Any, **_: Any) -> bool:
    """Let nothing keep the stop from working."""
    tree.of(arbiter).stopping(watcher)
    return True


@_never_raises
def after_reap(*, watcher: Any, arbiter: Any, process_pid: int, exit_code: int | None, **_: Any) -> bool:
    """Decide when the next process starts, and end what this one left."""
    tree.of(arbiter).reaped(watcher, process_pid, exit_code)
    return True
