"""Has circusd replace one process of the tree by a fresh one, and waits until that is seen."""

import random
import time
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from worker.control.control import TO_BEAT, TO_END, WORKER, beating, circus, find_circusd
from worker.i18n import message, said_by
from worker.runtime import desired_state, spool
from worker.runtime.circus_client import LOOK_EVERY, NoAnswer, NotDone, Refused

#: Time after which a restart that changed nothing is ordered again (seconds): Circus may lose an order under its lock.
AGAIN = 3.0


def restart(data: Path, name: str, *, by: str, now: datetime, within: float = TO_END + TO_BEAT) -> str:
    """Replace what a watcher runs, a batch under way first; return what was done, in words. Raises NotDone.

    `name`: a watcher of circus.ini. `within`: seconds. A worker that is paused or stopped is not started by this.
    """
    if find_circusd(data) is None:
        raise NotDone(
            message(
                "restarting {name}: circusd does not run, and nothing without it. Start it with ./scripts/start",
                name=name,
            )
        )
    known = circus().call("status")["statuses"]
    if name not in known:
        raise NotDone(
            message("restarting {name}: no such process. There are: {names}", name=name, names=", ".join(sorted(known)))
        )
    wish = desired_state.read(data)
    if name == WORKER and wish.forbids(now):
        raise NotDone(message("restarting the worker: it is {wish}. To start it: daybreak resume", wish=wish.said()))
    before = _pids(name)
    text = message("{name} is restarted by {by}", name=name, by=by)
    spool.put(data, spool.NoteKind.ORDER, at=now, text=text, by=by, watcher=name)
    end, again, why = time.monotonic() + within, 0.0, ""
    while time.monotonic() < end:
        with suppress(NoAnswer, Refused):
            if found := _fresh(data, name, before):
                return message("{name} was restarted (pid {pid}).", name=name, pid=str(found))
            if time.monotonic() >= again and _is_untouched(name, before):
                why = _order(name)
                again = time.monotonic() + random.uniform(AGAIN, 1.5 * AGAIN)
        time.sleep(LOOK_EVERY)
    raise NotDone(
        message(
            "restarting {name}: no fresh process within {seconds} s ({why}). See daybreak status",
            name=name,
            seconds=f"{within:g}",
            why=why or message("circusd took the order"),
        )
    )


def _order(name: str) -> str:
    """Give the order; return why circusd did not take it, or an empty text."""
    try:
        circus().call("restart", name=name)
    except (NoAnswer, Refused) as error:
        return said_by(error)
    return ""


def _pids(name: str) -> frozenset[int]:
    return frozenset(circus().call("list", name=name)["pids"])


def _is_untouched(name: str, before: frozenset[int]) -> bool:
    """True while nothing of an order is seen: it was not given yet, or got lost."""
    return circus().status(name) != "stopping" and _pids(name) == before


def _fresh(data: Path, name: str, before: frozenset[int]) -> int | None:
    """Return the process that has taken the place of the old one; a worker only once its own beat is there."""
    if name == WORKER:
        found = beating(data)
        return found.pid if found is not None and found.pid not in before else None
    return next(iter(_pids(name) - before), None)
