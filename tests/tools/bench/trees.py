"""A whole tree: how soon it is there, how soon it is back, and what it costs while nothing is due."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from tests.erp import DemoErp
from tests.rig import Circusd, project_ini, wait_until
from tests.tools.bench.figures import Figure
from tests.tools.bench.plan import Plan
from tests.tools.drill import faults
from tests.tools.drill.bench import Tree, ask, line_of
from worker.config import loading
from worker.ledger.ledger import Ledger
from worker.payments.payment import KST
from worker.posting.books import owner_of
from worker.runtime.heartbeat import AT_REST, now_ticks

#: The tree at rest: share of a core (%), memory (MB), and how often a process may write to the disk (seconds).
CPU, MEMORY, WRITES = 0.3, 160.0, 5.0

#: Between two looks at what was written (seconds).
LOOK = 0.2

#: What is harmed, under which name in the table, and how often: in full, in quick.
HARMS = (
    ("kill-worker", "the worker killed, to the next first beat", 10, 2),
    ("freeze-waiting", "the worker frozen while it waits, to the next first beat", 10, 1),
    ("freeze-worker", "the worker frozen while it reads the list, to the next first beat", 10, 1),
)


def start(plan: Plan) -> Iterator[Figure]:
    """`circusd circus.ini` to the worker's first beat, in a new folder each time."""
    runs = []
    for number in range(plan.often(10, 3)):
        circus = Circusd(plan.folder / f"start-{number}", demo=True)
        circus.may_stay = True
        circus.write_ini()
        at = now_ticks()
        circus.launch()
        try:
            wait_until("a first beat", circus.beat)
            beat = circus.beat()
            assert beat is not None
            runs.append(beat.ticks - at)
        finally:
            circus.__exit__(None, None, None)
    yield Figure(part="start", name="circusd circus.ini, to the first beat", unit="s", runs=runs, budget=faults.STARTED)


def repair(plan: Plan) -> Iterator[Figure]:
    """What the drill does, often enough for a median."""
    tree = Tree(plan.folder / "repair")
    try:
        tree.circus.write_ini()
        tree.circus.launch()
        for name, said, full, quick in HARMS:
            runs, budget = [], 0.0
            for _ in range(plan.often(full, quick)):
                plan.say(said)
                found = faults.FAULTS[name](tree)
                assert found.seconds is not None
                runs.append(found.seconds)
                budget = found.budget
                tree.confirmed(found.payer)
                if problems := tree.why_not_sound():
                    raise AssertionError("; ".join(problems))
            yield Figure(part="repair", name=said, unit="s", runs=runs, budget=budget)
    finally:
        tree.close()


@dataclass(slots=True)
class Process:
    """What one process of the tree used and wrote while it was watched."""

    cpu: float = 0.0
    wakes: int = 0
    written: int = 0
    mb: float = 0.0
    #: When it was seen to have written (monotonic seconds).
    writes: list[float] = field(default_factory=list)

    @property
    def shortest(self) -> float | None:
        """Return the least time between two writes."""
        gaps = [after - before for before, after in zip(self.writes, self.writes[1:], strict=False)]
        return min(gaps) if gaps else None


#: How a process of the tree is known by its command line, and called.
KINDS: Mapping[str, str] = {
    "HeartbeatCheck": "plugin:heartbeat",
    "DailyRecycle": "plugin:recycle",
    "-m worker": "worker",
    "-m tests.tools.bench.hurry": "worker",
    "circusd": "circusd",
}


def kind_of(line: str) -> str:
    """Return what a process is called in the table."""
    return next((name for mark, name in KINDS.items() if mark in line), "another")


def rest(plan: Plan) -> Iterator[Figure]:
    """A tree that has done a cycle at a real ERP and now waits, out of hours: no browser, no demo ERP of its own."""
    with DemoErp(payments=20) as erp:
        circus = waiting(plan.folder / "rest", erp)
        circus.may_stay = True
        with circus:
            wait_until("a worker at rest", lambda: _is_at_rest(circus))
            ask(circus.data, circus.beat())
            wait_until("the end of a cycle", lambda: _has_ended(circus.data), 90)
            wait_until("a worker at rest", lambda: _is_at_rest(circus))
            plan.say("letting the tree settle")
            time.sleep(10 if plan.quick else 60)
            seconds = 20.0 if plan.quick else 300.0
            plan.say(f"watching it for {seconds:.0f} s")
            found = _watched(circus, seconds)
    yield Figure(
        part="rest",
        name=f"the tree at rest for {seconds:.0f} s: of a core",
        unit="%",
        runs=[100 * sum(one.cpu for one in found.values()) / seconds],
        budget=CPU,
        note=_told(found, lambda one: f"{100 * one.cpu / seconds:.3f}"),
    )
    yield Figure(
        part="rest",
        name="  memory (PSS)",
        unit="MB",
        runs=[sum(one.mb for one in found.values())],
        budget=MEMORY,
        note=_told(found, lambda one: f"{one.mb:.1f}"),
    )
    yield Figure(
        part="rest",
        name="  wake-ups a second",
        unit="",
        runs=[sum(one.wakes for one in found.values()) / seconds],
        note=_told(found, lambda one: f"{one.wakes / seconds:.2f}"),
    )
    yield Figure(
        part="rest",
        name="  written a minute",
        unit="KB",
        runs=[sum(one.written for one in found.values()) / 1000 * 60 / seconds],
        note=_told(found, lambda one: f"{one.written / 1000 * 60 / seconds:.1f}"),
    )
    shortest = [one.shortest for one in found.values() if one.shortest is not None]
    yield Figure(
        part="rest",
        name="  the least time between two writes of a process",
        unit="s",
        # A look comes a little late; so far two writes may seem nearer than they were.
        runs=[min(shortest) + LOOK if shortest else seconds],
        budget=WRITES,
        at_least=True,
        note=_told(found, lambda one: "none" if one.shortest is None else f"{one.shortest:.1f}"),
    )


def waiting(folder: Path, erp: DemoErp, *, sections: Mapping[str, Mapping[str, str]] | None = None) -> Circusd:
    """Return a tree in MODE = test at this ERP, its ledger adopted, with no cycle due; `sections` change its file."""
    data = folder / "var"
    data.mkdir(parents=True)
    secret = folder / "password"
    secret.touch(mode=0o600)
    secret.write_text("demo-pass-1\n", encoding="utf-8")
    chosen = {
        "ERP_URL": erp.url,
        "ERP_COMPANY": "DEMO01",
        "ERP_USER": "DAYBREAK",
        "ERP_PASSWORD_FILE": f"{secret}",
        **dict.fromkeys(("HOURS_MON_FRI", "HOURS_SAT", "HOURS_SUN"), ""),
        "DAYS_OFF_CYCLE": "23:59",
    }
    books = owner_of(loading.load({**chosen, "DATA_DIR": f"{data}"}))
    with Ledger(data) as ledger:
        ledger.adopt(books, by="bench", at=datetime.now(KST), note="nothing was posted")
    found = {name: dict(project_ini()[name]) for name in ("plugin:heartbeat", "plugin:recycle")}
    for name, values in (sections or {}).items():
        found.setdefault(name, {}).update(values)
    return Circusd(folder, settings=chosen, sections=found, demo=False)


def _is_at_rest(circus: Circusd) -> bool:
    beat = circus.beat()
    return beat is not None and beat.phase in AT_REST


def _has_ended(data: Path) -> bool:
    with Ledger(data, create=False) as ledger:
        last = ledger.last_cycles(1)
    return bool(last and last[0]["ended"])


def _told(found: Mapping[str, Process], say: Callable[[Process], str]) -> str:
    return ", ".join(f"{name} {say(one)}" for name, one in sorted(found.items()))


def _watched(circus: Circusd, seconds: float) -> dict[str, Process]:
    """Watch the tree's processes for so long."""
    pids = {one.pid: kind_of(line_of(one.pid)) for one in circus.processes()}
    before = {pid: (cpu_of(pid), _wakes(pid), _written(pid)) for pid in pids}
    found = {name: Process() for name in pids.values()}
    last = {pid: one[2] for pid, one in before.items()}
    wrote: set[int] = set()
    end = time.monotonic() + seconds
    while (now := time.monotonic()) < end:
        for pid, name in pids.items():
            written = _written(pid)
            # What two looks on end see was written in one go, and a look cut it in two.
            if written == last[pid] or pid in wrote:
                wrote.discard(pid)
            else:
                found[name].writes.append(now)
                wrote.add(pid)
            last[pid] = written
        time.sleep(LOOK)
    for pid, name in pids.items():
        one, (cpu, wakes, written) = found[name], before[pid]
        one.cpu += cpu_of(pid) - cpu
        one.wakes += _wakes(pid) - wakes
        one.written += _written(pid) - written
        one.mb += pss(pid)
    if sorted(pids) != sorted(one.pid for one in circus.processes()):
        raise AssertionError("a process of the tree at rest came or went")
    return found


def cpu_of(pid: int) -> float:
    """Return the seconds that all threads of a process have run."""
    total = 0
    for task in Path(f"/proc/{pid}/task").glob("*/schedstat"):
        with suppress(OSError):
            total += int(task.read_text().split()[0])
    return total / 1e9


def _wakes(pid: int) -> int:
    """Return how often a thread of the process was given the processor after it had waited."""
    total = 0
    for task in Path(f"/proc/{pid}/task").glob("*/status"):
        with suppress(OSError):
            total += int(value(task, "voluntary_ctxt_switches"))
    return total


def _written(pid: int) -> int:
    """Return how many bytes a process has caused to be written to a disk."""
    return int(value(Path(f"/proc/{pid}/io"), "write_bytes"))


def pss(pid: int) -> float:
    """Return a process's share of the memory (MB)."""
    return int(value(Path(f"/proc/{pid}/smaps_rollup"), "Pss").split()[0]) / 1000


def value(path: Path, name: str) -> str:
    """Return the value of a `name: value` line of a file."""
    for line in path.read_text().splitlines():
        key, _, found = line.partition(":")
        if key == name:
            return found.strip()
    raise AssertionError(f"{path} has no {name}")
