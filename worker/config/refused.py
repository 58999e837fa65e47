"""What a worker that refuses its settings leaves in the data folder: each problem, for guards and `daybreak status`."""

import json
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from worker.i18n import loaded, stored

NAME = "settings_refused.json"


def note(data: Path, problems: Iterable[str]) -> None:
    """Leave the problems; a disk that takes no write costs the words, not the exit code."""
    draft = data / f".{NAME}.{os.getpid()}"
    with suppress(OSError):
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump([stored(one) for one in problems], file, ensure_ascii=False)
        draft.replace(data / NAME)


def forget(data: Path) -> None:
    """Take the problems away: a worker has started."""
    with suppress(OSError):
        (data / NAME).unlink()


def read(data: Path) -> list[str]:
    """Return what the last worker refused, or nothing."""
    with suppress(OSError, ValueError):
        found = json.loads((data / NAME).read_text(encoding="utf-8"))
        if isinstance(found, list):
            return [loaded(str(one)) for one in found]
    return []
