"""What guards and hooks have to tell: one file each in the spool, until the worker takes it into the ledger.

A guard never waits for the ledger, and what it saw is not lost while no worker runs.
"""

import itertools
import json
import os
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from worker.i18n import loaded, stored
from worker.runtime.files import read_json, write_private

#: More files than this are not written: a loop must not fill the disk.
MOST = 1000

_numbers = itertools.count()


class NoteKind(StrEnum):
    """What a file of the spool tells."""

    INCIDENT = "incident"  # a process was found broken and ended
    ALERT = "alert"  # an alarm for people
    RECYCLE = "recycle"  # a daily fresh start: due, done, how long
    SLEEP = "sleep"  # the machine slept
    JUMP = "jump"  # the wall clock jumped alone: the machine was paused or put back
    START = "start"  # circusd started a process, and why
    END = "end"  # a process ended: how, after how long, why
    UPGRADE = "upgrade"  # another version was put into the folder, or the old one back
    WISH = "wish"  # an operator stopped, paused or started the worker
    ORDER = "order"  # an operator had a process restarted
    DAY = "day"  # an operator closed or opened a day


def put(data: Path, kind: NoteKind, *, at: datetime, text: str, durable: bool = True, **more: Any) -> bool:
    """Add one file, complete or not at all; return False when it could not be stored.

    `durable=False`: circusd's only thread waits for no disk.
    """
    folder = data / "spool"
    name = f"{time.time_ns():020d}-{os.getpid()}-{next(_numbers)}.json"
    told = {name: stored(value) if isinstance(value, str) else value for name, value in {"text": text, **more}.items()}
    values = {"kind": kind, "at": at.isoformat(timespec="milliseconds"), **told}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if sum(1 for _ in folder.glob("*.json")) >= MOST:
            return False
        content = json.dumps(values, ensure_ascii=False, default=str) + "\n"
        write_private(folder / name, content.encode("utf-8", "replace"), durable=durable)
    except OSError:
        return False
    return True


def waiting(data: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Yield (file, content), oldest first; remove the file once its content is stored. A damaged file is removed."""
    for path in sorted((data / "spool").glob("[0-9]*.json")):
        values = read_json(path, _note, None)
        if values is not None:
            yield path, values
            continue
        with suppress(OSError):
            path.unlink()


def _note(values: Any) -> dict[str, Any]:
    NoteKind(values["kind"])
    values["text"] = str(values.get("text", ""))
    return {name: loaded(value) if isinstance(value, str) else value for name, value in values.items()}


def as_sentences(data: Path) -> None:
    """Write what waits as a daybreak of before reads it: in English, not as messages. Raises OSError."""
    for path, values in waiting(data):
        content = json.dumps(values, ensure_ascii=False) + "\n"
        write_private(path, content.encode("utf-8", "replace"))
