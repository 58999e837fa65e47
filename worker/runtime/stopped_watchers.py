"""Which watchers an order of the control port keeps off: circusd writes it down, and whoever wants to know reads it."""

import json
from pathlib import Path


def path_in(data: Path) -> Path:
    """Return the file that circusd replaces at each such stop and start."""
    return data / "guards" / "stopped.json"


def read(data: Path) -> frozenset[str]:
    """Return the names of what is kept off, such as `plugin:recycle`; a missing or damaged file names none."""
    try:
        return frozenset(json.loads(path_in(data).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return frozenset()
