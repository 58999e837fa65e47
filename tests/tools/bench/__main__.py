"""`./scripts/bench [PART…] [--quick] [--json] [--against naive]`: what everything costs, beside its budget.

Each figure is the median of its runs, with the least and the most of them. Exit code 1 if a median is above its budget.
Machines that do other work meanwhile show it: run it on a quiet one.
"""

import argparse
import json
import logging
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from tests.tools.bench import cycles, endurance, ledger, machine, page, reading, slowest, trees, week
from tests.tools.bench.figures import Figure, Verdict, exit_code, head, lines, markdown
from tests.tools.bench.opponents import BARE, MANNERS
from tests.tools.bench.plan import Plan

#: Each part by its name, in the order in which they run.
PARTS: Mapping[str, Callable[[Plan], Iterator[Figure]]] = {
    "cycle": cycles.measure,
    "reading": reading.measure,
    "ledger": ledger.measure,
    "start": trees.start,
    "repair": trees.repair,
    "rest": trees.rest,
    "week": week.measure,
    "page": page.measure,
    "outage": cycles.outage,
    "endurance": endurance.measure,
    "slowest": slowest.measure,
}

#: An hour of waiting: only when it is named.
ONLY_NAMED = frozenset({"slowest"})


def main() -> int:
    """Measure; return 0 only if every budget was met."""
    chosen = _arguments()
    began = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="bench-"))

    def say(text: str) -> None:
        print(text, file=sys.stderr if chosen.json else sys.stdout, flush=True)

    # What a worker under measurement has to tell goes nowhere; what is wrong ends the run.
    logging.getLogger().addHandler(logging.NullHandler())
    plan = Plan(
        folder=folder,
        quick=chosen.quick,
        against=tuple(chosen.against),
        runs=chosen.runs,
        minutes=chosen.minutes,
        say=lambda text: print(f"… {text}", file=sys.stderr, flush=True),
    )
    found = machine.facts()
    say(f"{machine.sentence(found)}\n\n{head()}")
    figures: list[Figure] = []
    try:
        for name in chosen.parts or [name for name in PARTS if name not in ONLY_NAMED]:
            for figure in PARTS[name](plan):
                figures.append(figure)
                say(lines(figure))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    seconds = time.monotonic() - began
    if chosen.json:
        told = {"machine": found, "seconds": round(seconds, 1), "figures": [figure.told() for figure in figures]}
        print(json.dumps(told, ensure_ascii=False, indent=1))
    if chosen.markdown:
        say(f"\n{markdown(figures)}")
    judged = [figure for figure in figures if figure.budget is not None]
    missed = [figure for figure in judged if figure.verdict is Verdict.MISSED]
    say(f"\n{len(judged) - len(missed)} of {len(judged)} budgets met, in {seconds:.0f} s")
    for figure in missed:
        say(f"MISSED: {figure.name.strip()}")
    return exit_code(figures)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="./scripts/bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"these alone: {', '.join(PARTS)}")
    parser.add_argument("--quick", action="store_true", help="fewer runs, and smaller ledgers")
    parser.add_argument("--json", action="store_true", help="print one JSON object; the table goes to the error output")
    parser.add_argument("--markdown", action="store_true", help="print the table once more, for docs/measurements.md")
    parser.add_argument("--runs", type=int, default=0, help="so many runs of each figure")
    parser.add_argument("--minutes", type=float, default=0.0, help="how long the slowest ERP is worked on; else 60")
    parser.add_argument(
        "--against",
        action="append",
        default=[],
        choices=[name for name in MANNERS if name != BARE],
        help="have an opponent do the same cycle in the same run: naive (fixed waits), middle (a call a cell)",
    )
    chosen = parser.parse_args()
    if unknown := [name for name in chosen.parts if name not in PARTS]:
        parser.error(f"unknown parts {', '.join(unknown)}; there are {', '.join(PARTS)}")
    return chosen


if __name__ == "__main__":
    sys.exit(main())
