"""`python -m tests.tools.month [--seed S] [--days N] [--mutant NAME]`: a month on a real tree, judged by the books.

Exits 0 when every payment stands in the books once and a person is asked about what was planted for that, and about
nothing else. `--mutant` takes a rule out of a copy of the code: then 1 is right. `--mutants` tries them all.
"""

import argparse
import shutil
import sys
import tempfile
import time
from contextlib import ExitStack
from datetime import datetime, timedelta
from datetime import time as time_of_day
from pathlib import Path

from tests.rig import PROJECT
from tests.tools.month import mutants
from tests.tools.month.judge import Asked, Line, Verdict, judge
from tests.tools.month.office import Office
from tests.tools.month.plan import Month, plan
from worker.demo.clock import KST

#: Work days of a month.
DAYS = 22

#: Problems that are printed; the rest is counted.
PRINTED = 60


def main() -> int:
    """Play the month; print what became of it; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.tools.month", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--days", type=int, default=DAYS, help=f"work days, {DAYS} without")
    parser.add_argument("--mutant", choices=tuple(mutants.MUTANTS), help="take a rule out")
    parser.add_argument("--mutants", action="store_true", help="try every mutant; exit 1 when one is not noticed")
    parser.add_argument("--keep", action="store_true", help="leave the tree's folder where it is")
    chosen = parser.parse_args()
    if chosen.mutants:
        return _all_mutants(chosen.seed, chosen.days)
    return 0 if _play(chosen.seed, chosen.days, chosen.mutant, keep=chosen.keep) else 1


def _all_mutants(seed: int, days: int) -> int:
    missed = [name for name in mutants.MUTANTS if _play(seed, days, name, keep=False)]
    print(f"{len(mutants.MUTANTS)} rules taken out, {len(missed)} missed by nobody {', '.join(missed)}".rstrip())
    return 1 if missed else 0


def _play(seed: int, days: int, mutant: str | None, *, keep: bool) -> bool:
    """Play one month; return True when all is as it must be."""
    folder = Path(tempfile.mkdtemp(prefix="month-"))
    began = time.monotonic()
    try:
        with ExitStack() as held:
            project = PROJECT if mutant is None else mutants.copy(mutant, folder / "code")
            office = held.enter_context(Office(folder / "tree", project=project))
            month = plan(office.days(days), seed=seed)
            _say(f"seed {seed}, {days} days, {len(month.readings)} readings, mutant {mutant or 'none'}: {folder}")
            verdict = _live(office, month)
        is_well = not verdict.problems
        _print(office, month, verdict, time.monotonic() - began)
    finally:
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)
    return is_well


def _live(office: Office, month: Month) -> Verdict:
    """Let the month pass."""
    first = month.readings[0].at
    office.start(datetime.combine(first.date(), time_of_day(5, 0), KST) - timedelta(minutes=2))
    ever: dict[Asked, None] = {}
    day = None
    for reading in month.readings:
        office.read(reading)
        ever |= dict.fromkeys(office.asked())
        if reading.at.date() != day:
            day = reading.at.date()
            _say(
                f"{day}: {len(office.erp.slips())} deposits, {len(office.asked())} rows ask, {office.seconds[-1]:.1f} s"
            )
    return judge(month.rows, office.erp.slips(), office.asked(), ever=list(ever))


def _print(office: Office, month: Month, verdict: Verdict, seconds: float) -> None:
    _say("planted: " + ", ".join(f"{count} {name}" for name, count in sorted(month.counts.items())))
    heads = ("rows", "deposits", "once", "twice", "lost", "to ask", "asked", "needless")
    names = tuple(Line.__dataclass_fields__)
    _say(f"\n{'what':28s}" + "".join(f"{head:>10s}" for head in heads))
    for what, line in [*sorted(verdict.lines.items()), ("all", verdict.total())]:
        _say(f"{what:28s}" + "".join(f"{getattr(line, name):>10,d}" for name in names))
    for at, why in office.failures:
        _say(f"a cycle failed at {at:%m-%d %H:%M}: {why}")
    for problem in verdict.problems[:PRINTED]:
        _say(f"- {problem}")
    if len(verdict.problems) > PRINTED:
        _say(f"- and {len(verdict.problems) - PRINTED} more")
    cycles = sorted(office.seconds)
    _say(
        f"\n{len(cycles)} cycles, median {cycles[len(cycles) // 2]:.1f} s, longest {cycles[-1]:.1f} s; "
        f"{seconds / 60:.1f} min in all. {'FAILED' if verdict.problems else 'as it must be'}"
    )


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
