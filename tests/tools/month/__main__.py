"""`python -m tests.tools.month [--seed S] [--days N] [--mutant NAME]`: a month on a real tree, judged by the books.

Exits 0 when every payment stands in the books once and a person is asked about what was planted for that, and about
nothing else. `--mutant` takes a rule out of a copy of the code: then 1 is right. `--mutants` tries them all.
`--rehearse` plays it without tree and browser, before an ERP in memory: in seconds.
"""

import argparse
import os
import shutil
import subprocess
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
from tests.tools.month.rehearsal import Rehearsal
from worker.demo.clock import KST

#: Work days of a month.
DAYS = 22

#: Problems that are printed; the rest is counted.
PRINTED = 60

#: Where the month is played.
Stage = Office | Rehearsal


def main() -> int:
    """Play the month; print what became of it; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.tools.month", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--days", type=int, default=DAYS, help=f"work days, {DAYS} without")
    parser.add_argument("--mutant", choices=tuple(mutants.MUTANTS), help="take a rule out")
    parser.add_argument("--mutants", action="store_true", help="try every mutant; exit 1 when one is not noticed")
    parser.add_argument("--rehearse", action="store_true", help="before an ERP in memory")
    parser.add_argument("--keep", action="store_true", help="leave the tree's folder where it is")
    chosen = parser.parse_args()
    if chosen.mutants:
        return _all_mutants(chosen)
    if chosen.mutant and chosen.rehearse:
        done = _rehearse_mutant(chosen, chosen.mutant)
        _say(done.stdout + done.stderr)
        return done.returncode
    return 0 if _play(chosen) else 1


def _all_mutants(chosen: argparse.Namespace) -> int:
    """Try each mutant; say by what it was noticed, and return 0 only if all were."""
    missed = []
    for name in mutants.MUTANTS:
        if chosen.rehearse:
            done = _rehearse_mutant(chosen, name)
            lines = (done.stdout + done.stderr).splitlines()
            is_noticed = done.returncode == 1 and any(line.startswith("- ") for line in lines)
            said = [line for line in lines if line.startswith("- ")] or lines
            _say(f"{name}: {'missed' if is_noticed else 'NOBODY MISSES IT'}, {len(said)} problems\n    {said[:1]}")
        else:
            is_noticed = not _play(argparse.Namespace(**{**vars(chosen), "mutant": name}))
        missed += [] if is_noticed else [name]
    _say(f"{len(mutants.MUTANTS)} rules taken out, {len(missed)} missed by nobody {', '.join(missed)}".rstrip())
    return 1 if missed else 0


def _rehearse_mutant(chosen: argparse.Namespace, name: str) -> "subprocess.CompletedProcess[str]":
    """Rehearse on a copy of the code without that rule."""
    words = ("--rehearse", "--seed", f"{chosen.seed}", "--days", f"{chosen.days}")
    with tempfile.TemporaryDirectory(prefix="mutant-") as temp:
        code = mutants.copy(name, Path(temp) / "code")
        return subprocess.run(
            [sys.executable, "-m", "tests.tools.month", *words],
            cwd=code,
            env={**os.environ, "PYTHONPATH": str(code), "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            check=False,
        )


def _play(chosen: argparse.Namespace) -> bool:
    """Play one month; return True when all is as it must be."""
    folder = Path(tempfile.mkdtemp(prefix="month-"))
    began = time.monotonic()
    try:
        with ExitStack() as held:
            project = PROJECT if chosen.mutant is None else mutants.copy(chosen.mutant, folder / "code")
            stage: Stage = Rehearsal() if chosen.rehearse else Office(folder / "tree", project=project)
            held.enter_context(stage)
            month = plan(stage.days(chosen.days), seed=chosen.seed)
            _say(
                f"seed {chosen.seed}, {chosen.days} days, {len(month.readings)} readings, "
                f"mutant {chosen.mutant or 'none'}: {folder}"
            )
            verdict = _live(stage, month)
            _print(stage, month, verdict, time.monotonic() - began)
    finally:
        if not chosen.keep:
            shutil.rmtree(folder, ignore_errors=True)
    return not verdict.problems


def _live(stage: Stage, month: Month) -> Verdict:
    """Let the month pass."""
    first = month.readings[0].at
    stage.start(datetime.combine(first.date(), time_of_day(5, 0), KST) - timedelta(minutes=2))
    ever: dict[Asked, None] = {}
    day = None
    for reading in month.readings:
        stage.read(reading)
        ever |= dict.fromkeys(stage.asked())
        if reading.at.date() != day:
            day = reading.at.date()
            _say(f"{day}: {len(stage.slips())} deposits, {len(stage.asked())} rows ask, {stage.seconds[-1]:.1f} s")
    return judge(
        month.rows,
        stage.slips(),
        stage.asked(),
        ever=list(ever),
        questions=stage.questions,
        doubted=month.counts["shifted lists"],
    )


def _print(stage: Stage, month: Month, verdict: Verdict, seconds: float) -> None:
    _say("planted: " + ", ".join(f"{count} {name}" for name, count in sorted(month.counts.items())))
    heads = ("rows", "deposits", "once", "twice", "lost", "to ask", "asked", "needless")
    names = tuple(Line.__dataclass_fields__)
    _say(f"\n{'what':28s}" + "".join(f"{head:>10s}" for head in heads))
    for what, line in [*sorted(verdict.lines.items()), ("all", verdict.total())]:
        _say(f"{what:28s}" + "".join(f"{getattr(line, name):>10,d}" for name in names))
    for question in stage.questions:
        _say(f"asked about a list: {question}")
    for at, why in stage.failures:
        _say(f"a cycle failed at {at:%m-%d %H:%M}: {why}")
    for problem in verdict.problems[:PRINTED]:
        _say(f"- {problem}")
    if len(verdict.problems) > PRINTED:
        _say(f"- and {len(verdict.problems) - PRINTED} more")
    cycles = sorted(stage.seconds)
    _say(
        f"\n{len(cycles)} cycles, median {cycles[len(cycles) // 2]:.1f} s, longest {cycles[-1]:.1f} s; "
        f"{seconds / 60:.1f} min in all. {'FAILED' if verdict.problems else 'as it must be'}"
    )


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
