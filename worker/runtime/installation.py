"""Where this installation is, and what its tree hands to what it starts."""

import os
from collections.abc import Mapping
from pathlib import Path

#: Names the circus.ini in force; set by the hooks for everything circusd starts.
INI_VARIABLE = "DAYBREAK_INI"

#: What the hooks set for everything circusd starts: nothing that is started beside the tree may inherit it.
OF_A_TREE = (INI_VARIABLE, *(f"DAYBREAK_{name}" for name in ("TREE", "MARK", "CIRCUSD", "WATCHER", "SPAWN", "REASON")))


def clean(environ: Mapping[str, str]) -> dict[str, str]:
    """Return an environment without what belongs to one tree."""
    return {name: value for name, value in environ.items() if name not in OF_A_TREE}


def ini_path() -> Path:
    """Return the circus.ini in force: the one circusd was started with, else the project's own."""
    named = os.environ.get(INI_VARIABLE)
    return Path(named) if named else Path(__file__).resolve().parents[2] / "circus.ini"
