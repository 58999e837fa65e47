"""Removes old evidence, by age and by size, but never that of a payment which a person may still have to decide."""

import re
import shutil
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

_CYCLE = re.compile(r"cycle-(\d+)")
_DAY = re.compile(r"\d{8}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruned:
    """What was removed, and what is still too much (bytes)."""

    folders: int
    size: int
    over: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Folder:
    path: Path
    day: date
    is_needed: bool
    size: int


def prune(evidence: Path, *, today: date, days: int, most: int, needed: Collection[int]) -> Pruned:
    """Remove what is older than `days`, then the oldest until at most `most` bytes are left.

    The folders of the cycles in `needed` and those of today stay. What can't be read or removed is left for the next
    time; other files and folders, and links, are let alone.
    """
    found = list(_folders(evidence, needed))
    total = sum(one.size for one in found)
    limit = today - timedelta(days=days)
    count = removed = 0
    for one in found:
        if one.is_needed or one.day >= today or (one.day >= limit and total - removed <= most):
            continue
        shutil.rmtree(one.path, ignore_errors=True)
        if not one.path.exists():
            count += 1
            removed += one.size
    for day in sorted({one.path.parent for one in found}):
        if not any(day.iterdir()):
            day.rmdir()
    return Pruned(folders=count, size=removed, over=max(0, total - removed - most))


def _folders(evidence: Path, needed: Collection[int]) -> Iterator[_Folder]:
    """Yield the folders of cycles, the oldest first."""
    days = sorted(path for path in _children(evidence) if _DAY.fullmatch(path.name))
    for parent in days:
        try:
            day = datetime.strptime(parent.name, "%Y%m%d").date()  # noqa: DTZ007 - a name, not a time
        except ValueError:
            continue
        for path in sorted(_children(parent), key=_number):
            number = _number(path)
            yield _Folder(path=path, day=day, is_needed=number in needed, size=_size(path))


def _children(folder: Path) -> list[Path]:
    try:
        return [path for path in folder.iterdir() if path.is_dir() and not path.is_symlink()]
    except OSError:
        return []


def _number(path: Path) -> int:
    """Return the number of the folder's cycle, -1 for another folder."""
    found = _CYCLE.fullmatch(path.name)
    return int(found[1]) if found else -1


def _size(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.lstat().st_size
        except OSError:
            continue
    return total
