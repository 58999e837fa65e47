"""Which watchers an order of the control port keeps off: circusd writes it down, and whoever wants to know reads it."""

from pathlib import Path

from worker.runtime.files import read_json


def path_in(data: Path) -> Path:
    """Return the file that circusd replaces at each such stop and start."""
    return data / "guards" / "stopped.json"


def read(data: Path) -> frozenset[str]:
    """Return the names of what is kept off, such as `plugin:recycle`; a missing or damaged file names none."""
    return read_json(path_in(data), frozenset, frozenset())
