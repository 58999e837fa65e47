"""`./scripts/torture N [--seed S] [--faults …] [--pages N]`: N runs, one fault each, judged by the ERP's books."""

import argparse
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.tools.torture.bench import KEPT, KNOBS, Stuck, Tree
from tests.tools.torture.faults import FAULTS, GROUPS, NEEDS_LIST, UNFILTERED, Fault

#: Trees in a row that do not come up, after which no further one is tried.
UNBORN = 3


@dataclass(slots=True)
class Results:
    """What the runs came to. Several threads add to it."""

    outcomes: dict[str, Counter[str]] = field(default_factory=dict)
    #: What really struck, by fault, where the fault says it.
    hits: dict[str, Counter[str]] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    #: What became of the open pages' requests, for each tree.
    pages: list[str] = field(default_factory=list)
    done: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(
        self, fault: str, outcome: str, detail: str, seconds: float, step: str, hits: Mapping[str, int] | None = None
    ) -> None:
        """Count one run and print its line."""
        with self.lock:
            self.done += 1
            self.hits.setdefault(fault, Counter()).update(hits or {})
            self.outcomes.setdefault(fault, Counter())[outcome] += 1
            if outcome != "ok":
                self.failures.append(f"{fault} ({step}): {detail}")
            said = step if outcome == "ok" else f"{step}: {' '.join(detail.split())[:150]}"
            print(f"{self.done:4d}  {fault:22s} {outcome:8s} {seconds:5.1f} s  {said}", flush=True)


def main() -> int:
    """Run; print the table; return 0 only if nothing was lost and nothing was posted twice."""
    parser = argparse.ArgumentParser(prog="./scripts/torture", description=__doc__)
    parser.add_argument("runs", type=int)
    parser.add_argument("--seed", type=int, default=int(time.time()) % 1_000_000)
    parser.add_argument("--faults", default="all", help="names or groups (all, save), with commas")
    parser.add_argument("--trees", type=int, default=2)
    parser.add_argument("--stop", action="store_true", help="end at the first failure")
    parser.add_argument("--erp", choices=("demo", "tryton"), default="demo", help="tryton: after ./scripts/tryton")
    parser.add_argument("--deposit-list", choices=("on", "off"), default="on", help="off: nothing can be looked up")
    parser.add_argument("--pages", type=int, default=0, help="so many readers keep each tree's page open meanwhile")
    parser.add_argument("--list", action="store_true", help="name the faults and end")
    chosen = parser.parse_args()
    faults = _faults(chosen.erp)
    groups = {**GROUPS, "all": tuple(faults)} if chosen.erp != "demo" else GROUPS
    if chosen.list:
        print("\n".join(faults))
        return 0
    names = [one for word in chosen.faults.split(",") for one in groups.get(word, (word,))]
    unknown = [name for name in names if name not in faults]
    if unknown:
        parser.error(f"unknown faults {', '.join(unknown)}; there are {', '.join(faults)}, and {', '.join(groups)}")
    beside = f", {chosen.pages} pages open on each" if chosen.pages else ""
    print(f"seed {chosen.seed}, {chosen.runs} runs, {len(names)} faults, {chosen.trees} trees{beside}")
    plan = _plan(names, chosen.runs, chosen.seed)
    results = Results()
    began = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="torture-"))
    places = [folder / f"tree {number} 나무" for number in range(chosen.trees)]
    mounted = [place for place in places if _small_disk(place)]
    if len(mounted) < len(places) and "disk-full" in plan:
        print("no small file system could be mounted here: disk-full is left out")
        plan = [name for name in plan if name != "disk-full"]
    if chosen.deposit_list == "off" and (unfit := sorted({*plan} & {*NEEDS_LIST})):
        print(f"without a deposit list nobody can settle these: {', '.join(unfit)} are left out")
        plan = [name for name in plan if name not in NEEDS_LIST]
    if "moved" in plan and not _can_be_another_machine():
        print("no machine can be played here (unshare): moved is left out")
        plan = [name for name in plan if name != "moved"]
    threads = [
        threading.Thread(
            target=_suffer,
            args=(places[number], number, plan[number :: chosen.trees], chosen, results),
        )
        for number in range(chosen.trees)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if results.failures:
        print(f"\nthe files of each tree that failed stay in {folder}")
    else:
        for place in mounted:
            subprocess.run(["umount", "-l", str(place)], check=False)
        shutil.rmtree(folder, ignore_errors=True)
    return _report(results, len(plan), chosen.seed, time.monotonic() - began)


def _faults(erp: str) -> Mapping[str, Fault]:
    """Return the faults that an ERP's tree can suffer."""
    if erp == "demo":
        return FAULTS
    from tests.tryton.torture import ALL  # it needs a Tryton to be set up

    return ALL


def _tree(erp: str) -> type[Tree]:
    if erp == "demo":
        return Tree
    from tests.tryton.torture import TrytonTree

    return TrytonTree


def _plan(names: list[str], runs: int, seed: int) -> list[str]:
    """Return the faults in the order they strike: each as often as any other, shuffled."""
    chance = random.Random(seed)
    plan: list[str] = []
    while len(plan) < runs:
        chance.shuffle(names)
        plan.extend(names)
    return plan[:runs]


def _small_disk(folder: Path) -> bool:
    """Mount a small file system in memory, so that it can be filled."""
    folder.mkdir(parents=True)
    command = ["mount", "-t", "tmpfs", "-o", "size=192m", "torture", str(folder)]
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def _can_be_another_machine() -> bool:
    """True where a process can have an /etc/machine-id of its own."""
    try:
        return subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def _suffer(folder: Path, number: int, plan: list[str], chosen: argparse.Namespace, results: Results) -> None:
    """One tree, run after run; a tree that got stuck is replaced by a new one."""
    left = list(plan)
    attempt = unborn = 0
    while left and unborn < UNBORN and not (chosen.stop and results.failures):
        attempt += 1
        place = folder / str(attempt)
        place.mkdir(parents=True)
        try:
            chance = random.Random(f"{chosen.seed} {number} {attempt}")
            options = {} if chosen.deposit_list == "on" else {"deposit_list": False}
            with _tree(chosen.erp)(place, number, chance, pages=chosen.pages, **options) as tree:
                while left and not (chosen.stop and results.failures):
                    if not _one(tree, left.pop(0), results, _faults(chosen.erp)):
                        tree.keep()
                        break
                    unborn = 0
                results.pages.append(tree.pages.said())
        except Exception as error:
            unborn += 1
            results.add("tree", "broken", f"{type(error).__name__}: {error}", 0, "")
        if not (place / KEPT).exists():
            shutil.rmtree(place, ignore_errors=True)


def _one(tree: Tree, name: str, results: Results, faults: Mapping[str, Fault]) -> bool:
    """One run; return False when the tree can't be used for the next one."""
    began = time.monotonic()
    step = detail = ""
    try:
        tree.add_payments(tree.chance.randrange(1, 8))
        step = faults[name](tree)
        tree.settle()
        detail = tree.judge(own_fault=name == "stored-twice")
        outcome = "ok" if detail == "ok" else "WRONG"
        if outcome == "ok" and (why := tree.pages.why_not_served()):
            outcome, detail = "STUCK", why
    except Stuck as error:
        outcome, detail = "STUCK", str(error)
        with suppress(Exception):
            detail = f"{tree.judge(own_fault=name == 'stored-twice')}\n{detail}"
    except AssertionError as error:
        outcome, detail = "broken", str(error)
    with suppress(Exception):
        tree.thaw()
        tree.erp.knobs(**{**KNOBS, "save_fault": "none", "slow_s": 0, "reject_payers": "", **UNFILTERED})
    results.add(name, outcome, detail, time.monotonic() - began, step, tree.hits)
    return outcome == "ok"


def _report(results: Results, planned: int, seed: int, seconds: float) -> int:
    print(f"\n{'fault':24s}{'runs':>6s}{'posted once':>14s}{'wrong':>8s}{'stuck':>8s}")
    for name in sorted(results.outcomes):
        counts = results.outcomes[name]
        wrong = counts["WRONG"] + counts["broken"]
        print(f"{name:24s}{sum(counts.values()):6d}{counts['ok']:14d}{wrong:8d}{counts['STUCK']:8d}")
    for name, hits in sorted(results.hits.items()):
        if hits:
            print(f"\n{name} struck: " + ", ".join(f"{count} × {what}" for what, count in hits.most_common()))
    print("".join(f"\n{text}" for text in results.pages if text))
    print(
        f"\n{results.done} of {planned} runs in {seconds:.0f} s "
        f"({seconds / max(1, results.done):.1f} s each), seed {seed}"
    )
    for failure in results.failures:
        print(f"\n{failure}")
    if results.failures or results.done < planned:
        print("\nFAILED")
        return 1
    print("0 lost, 0 posted twice")
    return 0


if __name__ == "__main__":
    sys.exit(main())
