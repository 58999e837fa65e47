"""What a command asks of the running worker: one file in the data folder, answered by another."""

import json
import os
import signal
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from worker.control import control
from worker.errors import DaybreakError
from worker.i18n import message
from worker.runtime import desired_state, heartbeat
from worker.runtime.commands import CommandKind, CommandResult
from worker.runtime.files import read_json, write_private
from worker.runtime.locks import is_held

FILE, ANSWER = "once.json", "once_answer.json"

#: Interval at which a command looks for its answer (seconds).
LOOK_EVERY = 0.2

#: Longest time from circusd's start of a worker to the worker's lock (seconds).
STARTS_WITHIN = 8.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One wish, for once."""

    what: CommandKind = CommandKind.CYCLE
    #: A cycle that keeps every save back.
    test: bool = False
    #: Maximum rows that the cycle posts; None: all that wait.
    rows: int | None = None
    #: A cycle that posts this payment alone, by its key; "": whichever waits.
    only: str = ""
    #: Tells this request's answer from an older one's.
    number: str = ""


def has_worker(data: Path) -> bool:
    """True when a worker of this folder can be asked: one that circusd is starting is waited for, for a while."""
    end = time.monotonic() + STARTS_WITHIN
    while not is_held(data / "runtime.lock"):
        is_wanted = not desired_state.read(data).forbids(datetime.now().astimezone())
        is_coming = is_wanted and control.find_circusd(data) is not None
        if not is_coming or time.monotonic() > end:
            return False
        time.sleep(LOOK_EVERY)
    return True


def leave(data: Path, what: CommandKind, *, test: bool = False, rows: int | None = None, only: str = "") -> Request:
    """Ask the running worker for something, and wake it."""
    asked = Request(what=what, test=test, rows=rows, only=only, number=f"{os.getpid()}.{time.time_ns()}")
    values = {"what": what, "test": test, "rows": rows, "only": only, "number": asked.number}
    write_private(data / FILE, json.dumps(values))
    beat = heartbeat.read(data / "heartbeat.txt")
    if beat is not None:
        beat.identity.signal(signal.SIGUSR2)  # it need not wait for its next look
    return asked


def take(data: Path) -> Request | None:
    """Return what was asked for, and forget it; None when nothing was, or nothing that makes sense."""
    path = data / FILE
    if not path.exists():
        return None
    asked = read_json(path, _request, None)
    try:
        path.unlink()
    except OSError:
        return None  # what can't be forgotten would be done again and again
    return asked


def _request(values: Any) -> Request:
    rows = values.get("rows")
    return Request(
        what=CommandKind(values.get("what", CommandKind.CYCLE)),
        test=bool(values["test"]),
        rows=int(rows) if rows is not None else None,
        only=str(values.get("only", "")),
        number=str(values.get("number", "")),
    )


def answer(data: Path, asked: Request, told: CommandResult) -> None:
    """Leave the answer for who asked."""
    values = {"number": asked.number, "is_well": told.is_well, "lines": told.lines}
    with suppress(OSError):
        write_private(data / ANSWER, json.dumps(values, ensure_ascii=False))


def answer_to(data: Path, asked: Request) -> CommandResult | None:
    """Return the worker's answer and forget it; None while there is none."""

    def to_this(found: Any) -> CommandResult | None:
        is_this = found["number"] == asked.number
        return CommandResult(is_well=bool(found["is_well"]), lines=tuple(found["lines"])) if is_this else None

    told = read_json(data / ANSWER, to_this, None)
    if told is not None:
        with suppress(OSError):
            (data / ANSWER).unlink(missing_ok=True)
    return told


def wait(data: Path, asked: Request, *, seconds: float) -> CommandResult:
    """Return the worker's answer. Raises DaybreakError when none comes in time; the request is then taken back."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if (told := answer_to(data, asked)) is not None:
            return told
        time.sleep(LOOK_EVERY)
    (data / FILE).unlink(missing_ok=True)
    raise DaybreakError(
        message(
            "asking the running worker for a {what}: no answer within {seconds} s. See daybreak status",
            what=str(asked.what),
            seconds=f"{seconds:g}",
        )
    )
