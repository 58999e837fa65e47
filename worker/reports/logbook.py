"""The log files of the worker: one a day, and how large. The only figures of a report that are not in the ledger."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Logs:
    """The worker's log files of some days."""

    #: Days that have exactly one file.
    good: int = 0
    #: Days that have none or, from another program, more than one.
    bad: tuple[date, ...] = ()
    #: Bytes of all of them, and of the largest day.
    size: int = 0
    largest: int = 0


def look(folder: Path, days: Iterable[date]) -> Logs:
    """Return what the log folder holds of these days."""
    sizes: dict[str, list[int]] = {}
    for path in folder.glob("*.log"):
        if found := re.fullmatch(r"worker_(\d{8})(?:[._-].*)?\.log", path.name):
            try:
                sizes.setdefault(found[1], []).append(path.stat().st_size)
            except OSError:
                continue
    wanted = list(days)
    there = {day: sizes.get(f"{day:%Y%m%d}", []) for day in wanted}
    totals = [sum(one) for one in there.values()]
    return Logs(
        good=sum(len(one) == 1 for one in there.values()),
        bad=tuple(day for day, one in there.items() if len(one) != 1),
        size=sum(totals),
        largest=max(totals, default=0),
    )
