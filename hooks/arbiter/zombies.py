"""`circusctl stats` beside a finished child that its parent has not looked at yet.

Circus 0.19 asks every child of a process for its name, which a zombie has no more, and then answers nothing at all.
"""

from typing import Any

import psutil
from circus import process


def leave_out() -> None:
    """Let circusd see no zombies among the children of its processes. Does it once."""
    known = process.get_children
    if getattr(known, "leaves_out_zombies", False):
        return

    def get_children(of: Any, recursive: bool = False) -> list[Any]:
        try:
            return [child for child in known(of, recursive) if _runs(child)]
        except psutil.NoSuchProcess:
            return []

    get_children.leaves_out_zombies = True  # type: ignore[attr-defined]
    process.get_children = get_children


def _runs(child: Any) -> bool:
    try:
        return bool(child.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
