"""`./scripts/drill [--only NAME,…] [--erp tryton] [--pages N] [--json] [--live]`: break a tree, time each repair.

The tree is one of its own, with the guards and the patience of circus.ini. For each fault: the time from the harm to
the new worker's first beat, beside its budget; the time to the confirmed deposit of a payment that came right after
the harm; and whether one worker, no stray browser and no duplicate slip are left. Exit code 1 if anything missed.
"""

import argparse
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Collection
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tests.tools.drill import live
from tests.tools.drill.bench import Missed, Tree
from tests.tools.drill.faults import FAULTS, STARTED, Repair
from worker.runtime.heartbeat import now_ticks

#: From the end of the repair to the deposit: a cycle that was under way, and one more (seconds).
A_CYCLE = 30.0


@dataclass(slots=True)
class Row:
    """One line of the table; times in seconds since the harm."""

    fault: str
    about: str = ""
    beat: float | None = None
    beat_budget: float | None = None
    deposit: float | None = None
    deposit_budget: float | None = None
    note: str = ""
    problems: list[str] = field(default_factory=list)

    def judge(self) -> None:
        """Add a problem for each figure above its budget."""
        for what, value, budget in (
            ("first beat", self.beat, self.beat_budget),
            ("deposit", self.deposit, self.deposit_budget),
        ):
            if value is not None and budget is not None and value > budget:
                self.problems.append(f"{what} after {value:.2f} s, the budget is {budget:.1f} s")


def main() -> int:
    """Run the drill; return 0 only if every budget was met and nothing was left behind."""
    parser = argparse.ArgumentParser(
        prog="./scripts/drill", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", default="", help="these faults alone, with commas")
    parser.add_argument("--erp", choices=("demo", "tryton"), default="demo", help="tryton: after ./scripts/tryton")
    parser.add_argument("--pages", type=int, default=0, help="so many readers keep the page open meanwhile")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of the table")
    parser.add_argument("--list", action="store_true", help="name the faults and end")
    parser.add_argument("--live", action="store_true", help="break the tree that runs in this folder; asks first")
    parser.add_argument("--yes", action="store_true", help="with --live: ask nothing")
    chosen = parser.parse_args()
    if chosen.live:
        if chosen.pages:
            parser.error("--pages goes with a tree of the drill's own, not with --live")
        return live.main(yes=chosen.yes)
    kind, faults = _drill(chosen.erp)
    if chosen.list:
        print("\n".join(f"{name:26s}{FAULTS[name].__doc__ or ''}" for name in faults))
        return 0
    names = [one.strip() for one in chosen.only.split(",") if one.strip()] or list(faults)
    if unknown := [name for name in names if name not in faults]:
        parser.error(f"unknown faults {', '.join(unknown)}; there are {', '.join(faults)}")
    began = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="drill-"))
    rows: list[Row] = []

    def say(text: str) -> None:
        print(text, file=sys.stderr if chosen.json else sys.stdout, flush=True)

    tree = kind(folder / "drill 훈련", pages=chosen.pages)
    try:
        rows.append(_start(tree))
        say(HEAD)
        say(line(rows[0]))
        tree.pages.begin()
        for name in names:
            rows.append(_strike(tree, name))
            say(line(rows[-1]))
    finally:
        tree.close()
        if all(not row.problems for row in rows):
            shutil.rmtree(folder, ignore_errors=True)
        else:
            say(f"the tree's files stay in {folder}")
    seconds = time.monotonic() - began
    missed = [row for row in rows if row.problems]
    if text := tree.pages.said():
        say(f"\n{text}")
    if chosen.json:
        found = {"seconds": round(seconds, 1), "missed": len(missed), "rows": [asdict(row) for row in rows]}
        print(json.dumps(found, ensure_ascii=False, indent=1))
    say(f"\n{len(rows) - len(missed)} of {len(rows)} within every budget, in {seconds:.0f} s")
    return 1 if missed else 0


def _drill(erp: str) -> tuple[type[Tree], Collection[str]]:
    """Return how a tree on an ERP is planted, and the faults it suffers."""
    if erp == "demo":
        return Tree, FAULTS
    from tests.tryton import drill  # it needs a Tryton to be set up

    return drill.TrytonTree, drill.NAMES


HEAD = f"{'fault':26s}{'first beat':>12s}{'budget':>9s}{'deposit':>10s}{'budget':>9s}   "


def line(row: Row) -> str:
    """Return one line of the table, and one more for each problem."""

    def figure(value: float | None, width: int, digits: int) -> str:
        return f"{'–' if value is None else f'{value:.{digits}f} s':>{width}s}"

    text = (
        f"{row.fault:26s}{figure(row.beat, 12, 2)}{figure(row.beat_budget, 9, 1)}"
        f"{figure(row.deposit, 10, 1)}{figure(row.deposit_budget, 9, 1)}   {row.note}"
    )
    return "\n".join([text, *(f"{'':10s}MISSED: {problem}" for problem in row.problems)])


def _start(tree: Tree) -> Row:
    """Start the tree and wait for its first deposits."""
    row = Row(fault="start", about="circusd circus.ini", beat_budget=STARTED, note="circusd circus.ini, all beginnings")
    tree.circus.write_ini()
    at = now_ticks()
    tree.circus.launch()
    row.beat = tree.until("the first beat", tree.beat).ticks - at
    payer = tree.new_payment()
    row.deposit = tree.confirmed(payer) - at
    row.problems += tree.why_not_sound()
    row.judge()
    return row


def _strike(tree: Tree, name: str) -> Row:
    fault = FAULTS[name]
    row = Row(fault=name, about=fault.__doc__ or name)
    try:
        found: Repair = fault(tree)
        row.beat, row.beat_budget, row.note = found.seconds, found.budget, found.note
        row.deposit = tree.confirmed(found.payer) - found.at
        row.deposit_budget = found.budget + A_CYCLE
        row.problems += [found.problem] if found.problem else []
        row.problems += tree.why_not_sound()
    except (Missed, AssertionError) as error:
        row.problems.append(str(error).splitlines()[0])
        tree.clear_up()
    row.judge()
    return row


if __name__ == "__main__":
    sys.exit(main())
