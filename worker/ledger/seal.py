"""The seal beside a ledger whose books were moved away."""

import json
import os
from pathlib import Path

from worker.runtime.sync import sync

#: Stands beside a ledger whose books were moved away: no backup that is restored here takes that back.
SEAL = "moved.json"


def read_seal(folder: Path) -> dict[str, str] | None:
    """Return {at, by, to} of a move away from here, or None. A damaged file seals as well."""
    try:
        found = json.loads((folder / SEAL).read_text(encoding="utf-8"))
        return {str(name): str(value) for name, value in found.items()}
    except FileNotFoundError:
        return None
    except (OSError, ValueError, AttributeError):
        return {}


def write_seal(folder: Path, seal: dict[str, str]) -> None:
    """Write it, in one step and through to the disk."""
    draft = folder / f".{SEAL}.{os.getpid()}"
    with draft.open("w", encoding="utf-8") as file:
        json.dump(seal, file, ensure_ascii=False)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(folder / SEAL)
    sync(folder)


def remove_seal(folder: Path) -> None:
    """Take it away."""
    (folder / SEAL).unlink(missing_ok=True)
