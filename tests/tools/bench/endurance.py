"""A thousand cycles of one worker: what grows although nothing should."""

import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.tools.bench.figures import Figure, unchanged
from tests.tools.bench.plan import Plan
from tests.tools.bench.trees import pss
from tests.tools.drill.bench import Tree
from worker.runtime.reaper import mark

#: What the worker's memory may grow by from the first look to the last (%).
GROWTH = 5.0

#: The worker's memory is judged from the look after so many cycles on.
WARM = 100

#: Every so many cycles something is posted; the rest find nothing new.
NEW_EVERY = 10

#: Nobody waits longer for a cycle (seconds).
AT_MOST = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """The tree between two cycles."""

    cycles: int
    #: What is the worker's alone: its share of what others use, too, changes with them.
    worker_mb: float
    tree_mb: float
    descriptors: int
    processes: int
    temp_files: int
    ledger_mb: float


def measure(plan: Plan) -> Iterator[Figure]:
    """Run them under a real circusd, with a real browser each."""
    cycles, first, every = (10, 2, 2) if plan.quick else (1000, 100, 100)
    if plan.runs:
        cycles, first, every = plan.runs, min(first, max(1, plan.runs // 10)), max(1, plan.runs // 10)
    tree = Tree(plan.folder / "endurance", payments="20", knobs={"delays": 0, "arrivals_per_min": 0})
    looks: list[Look] = []
    took: list[float] = []
    try:
        tree.circus.write_ini()
        tree.circus.launch()
        worker = tree.at_rest().identity
        while _cycles(tree) < cycles:
            if _cycles(tree) % NEW_EVERY == 0:
                tree.new_payment()
            at = time.monotonic()
            _one(tree)
            took.append(time.monotonic() - at)
            done = _cycles(tree)
            if done >= first + every * len(looks):
                looks.append(_look(tree, done))
                plan.say(f"{looks[-1]}, {sum(took[-every:]) / every:.1f} s a cycle")
        if tree.worker() != worker:
            raise AssertionError("another worker came in between")
        problems = tree.why_not_sound()
        if problems:
            raise AssertionError("; ".join(problems))
    finally:
        tree.close()
    yield from _figures(looks)


def _figures(looks: list[Look]) -> Iterator[Figure]:
    before, after = next((one for one in looks if one.cycles >= WARM), looks[0]), looks[-1]
    span = f"from cycle {before.cycles} to {after.cycles:,}"
    grown = 100 * (after.worker_mb - before.worker_mb) / before.worker_mb
    course = ", ".join(f"{one.worker_mb:.1f}" for one in looks)
    yield Figure(
        part="endurance",
        name=f"the worker's memory, {span}: growth",
        unit="%",
        runs=[grown],
        # In its first hundred cycles any process still fills its caches.
        budget=GROWTH if before.cycles >= WARM else None,
        absolute=True,
        note=f"MB at each look: {course}",
    )
    yield from unchanged(
        "endurance",
        ("processes", before.processes, after.processes),
        ("descriptors of the tree", before.descriptors, after.descriptors),
        ("temporary files", before.temp_files, after.temp_files),
    )
    yield Figure(
        part="endurance",
        name="  the ledger, a cycle",
        unit="KB",
        runs=[1000 * (after.ledger_mb - before.ledger_mb) / max(1, after.cycles - before.cycles)],
        note=f"{after.ledger_mb:.2f} MB after {after.cycles} cycles",
    )


def _cycles(tree: Tree) -> int:
    """Return how many cycles have ended."""
    found = tree.ledger("SELECT COUNT(*) FROM cycle WHERE ended IS NOT NULL")
    return int(found[0][0]) if found else 0


def _one(tree: Tree) -> None:
    """Ask for one cycle and wait for its end."""
    before = _cycles(tree)
    tree.at_rest()
    tree.ask()
    end = time.monotonic() + AT_MOST
    while _cycles(tree) == before:
        if time.monotonic() > end:
            raise AssertionError(f"no cycle ended within {AT_MOST:g} s")
        time.sleep(0.05)
    tree.at_rest()


def _look(tree: Tree, cycles: int) -> Look:
    everybody = [one.pid for one in tree.circus.processes()]
    folders = [Path(tempfile.gettempdir()) / f"daybreak-{mark(tree.data)}", tree.data]
    return Look(
        cycles=cycles,
        worker_mb=psutil.Process(tree.worker().pid).memory_full_info().uss / 1e6,
        tree_mb=sum(pss(pid) for pid in everybody),
        descriptors=sum(_descriptors(pid) for pid in everybody),
        processes=len(everybody),
        temp_files=sum(_files(folder) for folder in folders),
        ledger_mb=(tree.data / "ledger.db").stat().st_size / 1e6,
    )


def _descriptors(pid: int) -> int:
    with suppress(OSError):
        return len(list(Path(f"/proc/{pid}/fd").iterdir()))
    return 0


def _files(folder: Path) -> int:
    """Count what lies there, but for what is kept on purpose: evidence, logs, reports and backups."""
    kept = {"evidence", "logs", "reports", "backups"}
    found = 0
    for path in folder.rglob("*") if folder.is_dir() else ():
        found += not kept & set(path.relative_to(folder).parts)
    return found
