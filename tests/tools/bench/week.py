"""A week at rest, as fast as its processes can: what grows although nothing happens."""

import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from hooks.guards.guard import Guard
from tests.erp import DemoErp
from tests.rig import Circusd
from tests.tools.bench import trees
from tests.tools.bench.endurance import GROWTH
from tests.tools.bench.figures import Figure, unchanged
from tests.tools.bench.hurry import counted_in
from tests.tools.bench.plan import Plan
from tests.tools.drill.bench import line_of
from worker.schedule.loop import BEAT_EVERY

#: So often each process looks around while nothing is due (seconds).
PAUSES: Mapping[str, float] = {"worker": BEAT_EVERY, "heartbeat": Guard.every, "recycle": Guard.every}

HOUR, DAY = 3600.0, 86400.0

#: Nobody waits longer for a week (seconds).
AT_MOST = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """The tree after some time at rest."""

    #: What is each process's own (MB), by name.
    memory: Mapping[str, float]
    descriptors: int
    files: int
    kb: float


def measure(plan: Plan) -> Iterator[Figure]:
    """A worker out of hours, both guards and circusd: as many looks, beats and questions as in a week."""
    first, last = (HOUR, 4 * HOUR) if plan.quick else (DAY, 7 * DAY)
    hurried = {
        "watcher:worker": {"cmd": "python -m tests.tools.bench.hurry"},
        "plugin:heartbeat": {"use": "tests.tools.bench.hurry.HurriedHeartbeatCheck"},
        "plugin:recycle": {"use": "tests.tools.bench.hurry.HurriedDailyRecycle"},
    }
    with DemoErp(payments=20) as erp:
        circus = trees.waiting(plan.folder / "week", erp, sections=hurried)
        circus.may_stay = True
        with circus:
            _wait(plan, circus.data, first)
            tree = sorted(one.pid for one in circus.processes())
            before = _look(circus)
            _wait(plan, circus.data, last)
            after = _look(circus)
            if tree != sorted(one.pid for one in circus.processes()):
                raise AssertionError("a process of the tree at rest came or went")
    span = "from hour 1 to hour 4" if plan.quick else "from day 1 to day 7"
    whole, more = sum(before.memory.values()), sum(after.memory.values())
    yield Figure(
        part="week",
        name=f"a week at rest, {span}: growth of memory",
        unit="%",
        runs=[100 * (more - whole) / whole],
        budget=GROWTH,
        absolute=True,
        note=", ".join(f"{name} {before.memory[name]:.1f} and {after.memory[name]:.1f} MB" for name in before.memory),
    )
    yield from unchanged(
        "week",
        ("descriptors of the tree", before.descriptors, after.descriptors),
        ("files in the data folder", before.files, after.files),
    )
    yield Figure(part="week", name="  what lies in the data folder: growth", unit="KB", runs=[after.kb - before.kb])


def _wait(plan: Plan, data: Path, rest: float) -> None:
    """Wait until every process has looked around as often as in so many seconds of rest."""
    plan.say(f"{rest / HOUR:.0f} hours of rest")
    end = time.monotonic() + AT_MOST
    while any(_looks(data, name) * pause < rest for name, pause in PAUSES.items()):
        if time.monotonic() > end:
            raise AssertionError(f"{rest / HOUR:.0f} hours of rest did not pass within {AT_MOST:.0f} s")
        time.sleep(0.5)


def _looks(data: Path, name: str) -> int:
    with suppress(OSError, ValueError):
        return int(counted_in(data, name).read_text(encoding="ascii"))
    return 0


def _look(circus: Circusd) -> Look:
    everybody = {trees.kind_of(line_of(one.pid)): psutil.Process(one.pid) for one in circus.processes()}
    # What begins with a dot is a draft that is about to take a file's place.
    files = [one for one in circus.data.rglob("*") if one.is_file() and not one.name.startswith(".")]
    return Look(
        memory={name: one.memory_full_info().uss / 1e6 for name, one in sorted(everybody.items())},
        descriptors=sum(_held(one) for one in everybody.values()),
        files=len(files),
        kb=sum(one.stat().st_size for one in files) / 1000,
    )


def _held(process: psutil.Process) -> int:
    """Return the descriptors that a process keeps: it opens and closes a file for each beat meanwhile."""
    least = process.num_fds()
    for _ in range(20):
        time.sleep(0.01)
        least = min(least, process.num_fds())
    return least
