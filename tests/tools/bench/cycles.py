"""A whole cycle and its parts, with more and more new payments, and the same cycle done by others."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

from tests.erp import DemoErp
from tests.office import Office
from tests.tools.bench.figures import Figure
from tests.tools.bench.opponents import BARE, MANNERS, Manner, Opponent
from tests.tools.bench.plan import Plan
from worker.runtime import sqlite as sqlite3
from worker.runtime.heartbeat import Phase, now_ticks
from worker.schedule.loop import Outcome

#: So many payments are listed, as on an ordinary day.
LISTED = 206

#: New payments of the cycle that has a budget, and how many seconds it may take.
ORDINARY, BUDGET = 40, 5.0

#: How many times longer the predecessor's manner takes, at least.
RATIO = 15.0

#: How many times as long as the barest client a cycle may take that decides, proves and looks twice.
BARE_RATIO = 1.5

#: The default patience of circus.ini; the tests' own would be shorter.
PATIENCE: Mapping[str, Any] = {"SIGN_IN_S": 60, "LIST_S": 30, "STEP_S": 15, "RESULT_S": 60}

#: What a step of a cycle belongs to, by the first words of its beat; what has no line follows the step before.
PARTS: Mapping[str, str] = {
    "starting the browser": "browser",
    "opening the stored session": "session",
    "signing in": "session",
    "reading": "reading",
    "deciding": "planning",
    "a batch": "pasting",
    "pasting": "pasting",
    "saving": "gate and result",
    "closing the browser": "closing",
}

#: Parts in their order.
ORDER = ("browser", "session", "reading", "planning", "pasting", "gate and result", "evidence", "settling", "closing")


def part_of(phase: Phase, step: str, before: str) -> str:
    """Return the part that a step belongs to."""
    if phase is Phase.SETTLING:
        return "settling"
    if "closing the answer" in step:
        return "evidence"
    return next((part for words, part in PARTS.items() if step.startswith(words)), before)


def parts(steps: Sequence[tuple[float, Phase, str]], end: float) -> dict[str, float]:
    """Return how many seconds each part of one cycle took: each step lasts until the next, the last until the end."""
    spent: dict[str, float] = dict.fromkeys(ORDER, 0.0)
    part = ORDER[0]
    for (at, phase, step), after in zip(steps, [*(at for at, _, _ in steps[1:]), end], strict=True):
        part = part_of(phase, step, part)
        spent[part] += after - at
    return spent


class Desk:
    """One office at one demo ERP that lists LISTED payments, all of them posted, when a measured cycle begins."""

    def __init__(self, erp: DemoErp, folder: Path) -> None:
        self.erp = erp
        self._numbers = count(1)
        self.office = Office(erp, folder, chromium=None, **PATIENCE)

    def __enter__(self) -> "Desk":
        self.office.__enter__()
        self.cycle()
        self._age()
        return self

    def __exit__(self, *_: Any) -> None:
        self.office.__exit__(None, None, None)

    def arrive(self, new: int) -> list[dict[str, Any]]:
        """Have new payments arrive, and a person reflect as many of the oldest, so that the list stays as long."""
        listed = [one for one in self.erp.payments() if not one["reflected"] and one["status"] == "승인"]
        for one in sorted(listed, key=lambda one: str(one["requested_at"]))[:new]:
            self.erp.change(one["id"], reflected=True)
        self._age()
        return add(self.erp, new, self._numbers)

    def _age(self) -> None:
        """Make the ERP's deposits two hours older, as if the cycle before had been no minute ago."""
        with closing(sqlite3.connect(self.erp.folder / "demo" / "erp.db", timeout=10, isolation_level=None)) as db:
            db.execute("UPDATE slip SET entered_at = strftime('%Y-%m-%dT%H:%M:%S', entered_at, '-2 hours')")

    def cycle(self) -> tuple[float, dict[str, float]]:
        """Run one cycle; return its seconds, and those of its parts."""
        self.office.steps.clear()
        at = time.monotonic()
        report = self.office.cycle()
        seconds = time.monotonic() - at
        if report.outcome is not Outcome.RAN:
            raise AssertionError(f"the cycle {report.outcome}: {report.why}")
        return seconds, parts(self.office.steps, now_ticks())


def add(erp: DemoErp, new: int, numbers: Iterator[int], *, over: timedelta = timedelta()) -> list[dict[str, Any]]:
    """Have approved payments arrive, spread over the time up to now; return them."""
    if not new:
        return []
    now = erp.now()
    step = over / new
    made = []
    for index in range(new):
        number = next(numbers)
        made.append(
            {
                "payer": f"측정{number:06d}",
                "amount": 1000 + number,
                "status": "승인",
                "approval_no": f"{number:08d}",
                "requested_at": (now - over + step * (index + 1)).isoformat(),
            }
        )
    return list(erp.control("/payments", made))


def measure(plan: Plan) -> Iterator[Figure]:
    """Cycles with LISTED rows on the list, then catching up with many more; then the opponents."""
    with DemoErp(payments=LISTED) as erp, Desk(erp, plan.folder / "cycle") as desk:
        for new, full in ((0, 10), (1, 10), (ORDINARY, 10), (50, 5)):
            runs, spent = [], []
            for _ in range(plan.often(full, 3)):
                desk.arrive(new)
                seconds, one = desk.cycle()
                runs.append(seconds)
                spent.append(one)
            yield Figure(
                part="cycle",
                name=f"a cycle, {LISTED} listed, {new} new",
                unit="s",
                runs=runs,
                budget=BUDGET if new == ORDINARY else None,
            )
            if new == ORDINARY:
                ours = runs
                yield from _of_parts(spent)
        yield _sign_in(plan, desk)
        yield from _beside_the_barest(plan, desk)
        for name in plan.against:
            yield from _opponent(plan, desk, name, ours)
    for new in () if plan.quick else (500, 5000):
        yield _catching_up(plan, new)


def outage(plan: Plan) -> Iterator[Figure]:
    """Ten thousand payments after a long outage."""
    yield _catching_up(plan, 300 if plan.quick else 10_000)


def _of_parts(spent: Sequence[Mapping[str, float]]) -> Iterator[Figure]:
    for part in ORDER:
        runs = [one[part] for one in spent]
        if any(runs):
            yield Figure(part="cycle", name=f"  of it: {part}", unit="s", runs=runs)


def _sign_in(plan: Plan, desk: Desk) -> Figure:
    """Measure the part `session` when the ERP has forgotten it: by name and password."""
    runs = []
    for _ in range(plan.often(5, 2)):
        desk.erp.control("/sessions/expire", {})
        runs.append(desk.cycle()[1]["session"])
    return Figure(part="cycle", name="  signing in by password instead", unit="s", runs=runs)


def _beside_the_barest(plan: Plan, desk: Desk) -> Iterator[Figure]:
    """Do the ordinary cycle and have the barest client do it, in turns: seconds do not travel between machines."""
    bare, ratios = [], []
    for _ in range(plan.often(10, 3)):
        desk.arrive(ORDINARY)
        ours, _ = desk.cycle()
        bare.append(_one_by(desk, MANNERS[BARE]))
        ratios.append(ours / bare[-1])
    yield Figure(part="cycle", name="the same by the barest client", unit="s", runs=bare, note=MANNERS[BARE].about)
    yield Figure(part="cycle", name="  a cycle in times of it", unit="×", runs=ratios, budget=BARE_RATIO)


def _opponent(plan: Plan, desk: Desk, name: str, ours: Sequence[float]) -> Iterator[Figure]:
    """Have somebody else do the same cycle, in the same run, on the same ERP."""
    manner = MANNERS[name]
    runs = []
    for _ in range(min(manner.runs, plan.often(manner.runs, 1))):
        plan.say(f"the {name} opponent, about {manner.about_s:g} s")
        runs.append(_one_by(desk, manner))
    yield Figure(part="cycle", name=f"the same by the {name} opponent", unit="s", runs=runs, note=manner.about)
    middle = sorted(ours)[len(ours) // 2]
    yield Figure(
        part="cycle",
        name=f"  times as long as ours ({name})",
        unit="×",
        runs=[one / middle for one in runs],
        budget=RATIO if name == "naive" else None,
        at_least=True,
    )


def _one_by(desk: Desk, manner: Manner) -> float:
    """Have somebody else do one ordinary cycle; return the seconds. Raises AssertionError where it posted others."""
    known = {one["approval_no"] for one in desk.erp.payments()}
    new = desk.arrive(ORDINARY)
    before = len(desk.erp.slips())
    at = time.monotonic()
    with Opponent(desk.erp, manner, state=desk.office.folder / "session.json") as opponent:
        opponent.cycle(known)
    seconds = time.monotonic() - at
    posted = len(desk.erp.slips()) - before
    if posted != len(new):
        raise AssertionError(f"the opponent posted {posted} of {len(new)} payments")
    # What it posted is none of our ledger's business: it leaves the list.
    for one in new:
        desk.erp.change(one["id"], reflected=True)
    return seconds


def _catching_up(plan: Plan, new: int) -> Figure:
    """Post everything that came in a long outage, in one cycle."""
    with DemoErp(payments=0) as erp, Desk(erp, plan.folder / f"new-{new}") as desk:
        plan.say(f"a cycle with {new} new payments")
        add(erp, new, count(1), over=timedelta(days=6))
        seconds, spent = desk.cycle()
        if len(erp.slips()) != new:
            raise AssertionError(f"{len(erp.slips())} deposits of {new} payments")
    note = ", ".join(f"{part} {spent[part]:.1f} s" for part in ORDER if spent[part] >= 0.1)
    return Figure(
        part="cycle", name=f"a cycle, {new:,} new, all of them listed", unit="s", runs=[seconds], note=note, facts=spent
    )
