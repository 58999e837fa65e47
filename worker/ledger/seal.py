"""The seal beside a ledger whose books were moved away."""

import json
from pathlib import Path

from worker.runtime.files import read_json, write_private

#: Stands beside a ledger whose books were moved away: no backup that is restored here takes that back.
SEAL = "moved.json"


def read_seal(folder: Path) -> dict[str, str] | None:
    """Return {at, by, to} of a move away from here, or None. A damaged file seals as well."""
    return read_json(
        folder / SEAL,
        lambda found: {str(name): str(value) for name, value in found.items()},
        None,
        damaged=lambda _: {},
    )


def write_seal(folder: Path, seal: dict[str, str]) -> None:
    """Write it, in one step and through to the disk."""
    write_private(folder / SEAL, json.dumps(seal, ensure_ascii=False))


def remove_seal(folder: Path) -> None:
    """Take it away."""
    (folder / SEAL).unlink(missing_ok=True)
