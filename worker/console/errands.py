"""The one long step of going live that is under way, or ended last: asked for here, done by a process of its own.

Its file is what every open page shows, and its lock tells that somebody is at it: the kernel holds it for the process.
"""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from worker.errors import DaybreakError
from worker.i18n import Message, loaded, message, stored
from worker.runtime import locks, reaper
from worker.runtime.files import read_json, write_private

FILE, LOCK = "setup_step.json", "setup_step.lock"

#: Longest time between the last word of a step and the end of its process (seconds).
LEAVES_WITHIN = 10.0

#: What binds a process to the page's own life; the step has one of its own, as a command in a terminal.
_OF_THE_PAGE = ("DAYBREAK_TREE", "DAYBREAK_REASON", reaper.SPAWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """One long step."""

    #: connect, probe, read, test, row or production.
    what: str
    by: str
    at: datetime
    #: What else was asked for: the row, the answer that is to be held against the list.
    order: Mapping[str, str] = field(default_factory=dict)
    #: What is being done, a message.
    step: str = ""
    #: What came of it, a message.
    said: str = ""
    is_well: bool = True
    is_over: bool = False

    @property
    def signed(self) -> str:
        """Who asked for it, as the history names it."""
        return f"{self.by} (page)"


def start(
    data: Path,
    what: str,
    *,
    by: str,
    now: datetime,
    order: Mapping[str, str] | None = None,
    first: Callable[[], object] = lambda: None,
) -> None:
    """Have a step done, after `first`, which nobody else's step comes between. Raises what `first` raises, OSError.

    Raises DaybreakError while another one is under way; then `first` is not done.
    """
    descriptor = os.open(data / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        if not locks.take(descriptor, wait=locks.FOR_ASKERS) and not _ends(data, descriptor):
            other = read(data)
            who = f"{other.by}, {other.at:%H:%M}" if other else "?"
            raise DaybreakError(
                message("another step is under way ({who}). Nothing was started; wait for its end", who=who)
            )
        first()
        errand = Errand(what=what, by=by, at=now, order=order or {})
        _write(data, errand)
        environment = {name: value for name, value in os.environ.items() if name not in _OF_THE_PAGE}
        child = subprocess.Popen(
            [sys.executable, "-m", "worker.console.errand"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=None,
            env=environment,
            pass_fds=(descriptor,),  # the lock is the child's from here on
            start_new_session=True,
        )
    finally:
        os.close(descriptor)
    assert child.stdin is not None, "it was asked for"
    with child.stdin:
        child.stdin.write(json.dumps(_values(errand)).encode())
    threading.Thread(target=child.wait, name=f"step-{what}", daemon=True).start()


def _ends(data: Path, descriptor: int) -> bool:
    """True once the lock is ours, from a step that has said how it ended, and whose process leaves."""
    found = read(data)
    return found is not None and found.is_over and locks.take(descriptor, wait=LEAVES_WITHIN)


def begun(data: Path, order: Mapping[str, Any]) -> Errand:
    """Return what the process of a step was asked for."""
    errand = _made(order)
    _write(data, errand)
    return errand


def note(data: Path, errand: Errand, step: Message) -> None:
    """Write down what is being done. Raises OSError."""
    _write(data, replace(errand, step=step))


def end(data: Path, errand: Errand, said: str, *, is_well: bool) -> None:
    """Write down how a step ended. Raises OSError."""
    _write(data, replace(errand, said=said, is_well=is_well, is_over=True))


def read(data: Path) -> Errand | None:
    """Return the step that is under way, or ended last; None while there was none."""
    found = read_json(data / FILE, _made, None)
    if found is None or found.is_over or is_under_way(data):
        return found
    found = read_json(data / FILE, _made, None)  # it may have ended meanwhile
    if found is None or found.is_over:
        return found
    why = message(
        "it was interrupted: its process ended in the middle of it. How far it came stands below; do it again"
    )
    return replace(found, said=why, is_well=False, is_over=True)


def is_under_way(data: Path) -> bool:
    """True while the process of a step runs."""
    return locks.is_held(data / LOCK)


def _write(data: Path, errand: Errand) -> None:
    write_private(data / FILE, json.dumps(_values(errand), ensure_ascii=False), durable=errand.is_over)


def _values(errand: Errand) -> dict[str, Any]:
    return {
        "what": errand.what,
        "by": errand.by,
        "at": errand.at.isoformat(timespec="seconds"),
        "order": dict(errand.order),
        "step": stored(errand.step),
        "said": stored(errand.said),
        "is_well": errand.is_well,
        "is_over": errand.is_over,
    }


def _made(values: Any) -> Errand:
    return Errand(
        what=str(values["what"]),
        by=str(values["by"]),
        at=datetime.fromisoformat(values["at"]),
        order={str(name): str(value) for name, value in values["order"].items()},
        step=loaded(str(values["step"])),
        said=loaded(str(values["said"])),
        is_well=bool(values["is_well"]),
        is_over=bool(values["is_over"]),
    )
