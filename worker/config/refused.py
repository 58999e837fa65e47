"""What a worker that refuses its settings leaves in the data folder: each problem, for guards and `daybreak status`."""

import json
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from worker.i18n import loaded, stored
from worker.runtime.files import read_json, write_private

NAME = "settings_refused.json"


def note(data: Path, problems: Iterable[str]) -> None:
    """Leave the problems; a disk that takes no write costs the words, not the exit code."""
    with suppress(OSError):
        write_private(data / NAME, json.dumps([stored(one) for one in problems], ensure_ascii=False))


def forget(data: Path) -> None:
    """Take the problems away: a worker has started."""
    with suppress(OSError):
        (data / NAME).unlink()


def read(data: Path) -> list[str]:
    """Return what the last worker refused, or nothing."""
    return read_json(data / NAME, lambda found: [loaded(str(one)) for one in found], [])
