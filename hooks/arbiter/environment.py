"""What everything circusd starts finds in its environment."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from worker.runtime import installation, reaper
from worker.runtime.process_identity import Identity


def marks(ini_file: Path, data: Path, circusd: Identity) -> dict[str, str]:
    """Return our marks: where settings and data are, whose tree this is, which circusd started it.

    The data folder is circusd's own until circusd ends: a worker that moved alone would beat where no guard looks.
    """
    return {
        "DATA_DIR": str(data),
        installation.INI_VARIABLE: str(ini_file),
        "DAYBREAK_TREE": "1",
        reaper.MARK: reaper.mark(data),
        reaper.CIRCUSD: reaper.tree_id(circusd),
    }


def for_watcher(name: str, spawn: int, settings: Mapping[str, str], own: Mapping[str, str]) -> dict[str, str]:
    """Return a whole environment: circusd's own, the settings as they are now, our marks, our interpreter first."""
    found = {**os.environ, **settings, **own, reaper.WATCHER: name, reaper.SPAWN: str(spawn)}
    # `python` is looked up on PATH: without an activated environment it would be another one.
    found["PATH"] = os.pathsep.join((str(Path(sys.executable).parent), found.get("PATH", os.defpath)))
    return found


#: Why this process was started, in words.
REASON = "DAYBREAK_REASON"


def wants_demo(settings: Mapping[str, str]) -> bool:
    """True while the worker works on the embedded ERP: no address, or the demo's own."""
    address = settings.get("ERP_URL", "").strip()
    if not address:
        return True
    try:
        parts = urlsplit(address)
        port = str(parts.port)
    except ValueError:
        return False
    return parts.hostname in ("127.0.0.1", "localhost") and port == settings.get("DEMO_PORT", "8800")
