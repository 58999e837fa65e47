"""Takes one protection out at a time and shows that the torture notices.

`python -m tests.tools.torture.mutants [name …]`.

Run by hand: each mutant is a clone of HEAD with an environment of its own, tortured for up to 30 runs around the save.
`--whole` tortures on after the first failure and says how many runs failed.
"""

import argparse
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[3]

#: A run's line: what follows it may be a ledger's rows, which begin with numbers too.
RUN = re.compile(r" *\d+  [a-z-]+ +(ok|WRONG|STUCK|broken) ")

#: Name → {file: ((text, replacement), …)}.
MUTANTS: Mapping[str, Mapping[str, tuple[tuple[str, str], ...]]] = {
    "gate out": {
        "worker/browser/save_gate.py": (
            ('            self._context.route("**/*", self._on_request)\n', "            pass\n"),
            ("            context.route(self._pattern, self._on_request)\n", "            pass\n"),
            ("        self._relay.shut()\n", ""),
            (
                "        self._ask = Ask(write=write, release=release)\n",
                "        self._ask = Ask(write=write, release=release)\n        release('')\n"
                "        self._ask.outcome = Outcome.ANSWERED\n",
            ),
        ),
    },
    "no relay": {
        "worker/browser/launch.py": (
            ('            proxy={"server": ways.driver.address},\n', ""),
            ("*ways.browser.flags(), ", ""),
        ),
    },
    "continue_ instead of fetch, and the relay open": {
        "worker/browser/save_gate.py": (
            ("        self._relay.shut()\n", ""),
            (
                "        try:\n            with self._driver.saving()",
                "        route.continue_()\n        ask.outcome = Outcome.ANSWERED\n"
                "        return\n"
                "        try:\n            with self._driver.saving()",
            ),
        ),
    },
    "nothing written before the save": {
        "worker/ledger/state.py": (
            ("    State.PLANNED: frozenset({State.ARMED, State.SEEN}),", "    State.PLANNED: frozenset(State),"),
        ),
        "worker/ledger/batches.py": (
            (
                '        self._move_batch(batch, State.PLANNED, State.ARMED, '
                'at=at, why=message("armed"), column="armed_at")\n',
                "",
            ),
            (
                '        self._move_batch(batch, State.ARMED, State.SENT, '
                'at=at, why=message("sent"), column="sent_at")\n',
                "",
            ),
            (
                "        self._write_marks("
                "WitnessMark(generation=self.generation or 0, batch=batch, keyless=keyless))\n",
                "",
            ),
            (
                "                self._move(db, key, State.SENT, state, at=at",
                "                self._move(db, key, State.PLANNED, state, at=at",
            ),
        ),
    },
    "recovery takes sent for not sent": {
        "worker/ledger/state.py": (("    State.SENT: frozenset({", "    State.SENT: frozenset({State.SEEN, "),),
        "worker/ledger/batches.py": (
            ("                    if state is State.SENT:\n", "                    if False:\n"),
            (
                "elif state in (State.PLANNED, State.ARMED):",
                "elif state in (State.PLANNED, State.ARMED, State.SENT):",
            ),
        ),
    },
    "no generation, no compare-and-set": {
        "worker/app/parts.py": (
            (
                "        if not ledger.is_current():\n            return message(\"a newer",
                "        if False:\n            return message(\"a newer",
            ),
        ),
        "worker/ledger/database.py": (
            ("                if fenced and self._meta_int", "                if False and self._meta_int"),
        ),
        "worker/ledger/moves.py": (
            (
                "        if done.rowcount != 1:\n            found = self.entry(key)\n",
                "        if False:\n            found = self.entry(key)\n",
            ),
            (
                "\"WHERE key = ? AND state = ? AND excluded = ''\",\n",
                '"WHERE key = ? AND ? <> \'\'",\n',
            ),
        ),
        "worker/ledger/batches.py": (
            (
                "            if not rows:\n"
                '                raise IllegalMove(message("batch {batch} holds no payment", batch=str(batch)))\n',
                "",
            ),
        ),
    },
    "a row that is listed anew is news": {
        "worker/posting/edits.py": (
            ("    def _candidate(self, row", "    def _no_candidate(self, *_: object, **__: object) -> None:\n"
             "        return None\n\n    def _candidate(self, row"),
            ("(one := self._candidate(row,", "(one := self._no_candidate(row,"),
        ),
    },
    "what is not on the list is not there": {
        "worker/posting/absence.py": (("    if listing.is_search:\n", "    if True:\n"),),
    },
    "a machine that was taken back goes on": {
        "worker/runtime/moment.py": (
            ('        boot, _, text = before.partition(" ")\n', '        return ""\n        text = before\n'),
        ),
    },
    "no witness outside": {
        "worker/app/parts.py": (("None if settings.demo else Witness(folders())", "None"),),
    },
    "a damaged ledger goes on": {
        "worker/posting/rounds.py": (
            ("        self._ledger.demand_whole(list(decision.listed), self._now() - WINDOW)\n", ""),
        ),
        "worker/runtime/soundness.py": (
            ('    return _check(db, "PRAGMA quick_check(1)", alive)\n', '    return ""\n'),
            ('    return _check(db, "PRAGMA integrity_check(1)", alive)\n', '    return ""\n'),
        ),
    },
}  # fmt: skip

#: What notices a mutant; the group `save` where it is not named here.
FAULTS: Mapping[str, tuple[str, ...]] = {
    "no relay": ("kill-worker-sent",),
    "a row that is listed anew is news": ("edited",),
    "what is not on the list is not there": ("filtered-deposits",),
    "a machine that was taken back goes on": ("snapshot",),
    "no witness outside": ("snapshot", "--deposit-list", "off"),
    "a damaged ledger goes on": ("damaged",),
}


def main() -> int:
    """Torture each mutant; return 0 only if every one was noticed."""
    parser = argparse.ArgumentParser(prog="python -m tests.tools.torture.mutants", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=f"without one: {', '.join(MUTANTS)}")
    parser.add_argument("--runs", type=int, default=30)
    parser.add_argument("--whole", action="store_true", help="go on after the first failure")
    chosen = parser.parse_args()
    names = chosen.names or list(MUTANTS)
    missed = []
    for name in names:
        with tempfile.TemporaryDirectory(prefix="mutant-") as folder:
            clone = Path(folder) / "project"
            subprocess.run(["git", "clone", "-q", str(PROJECT), str(clone)], check=True)
            for file, changes in MUTANTS[name].items():
                path = clone / file
                text = path.read_text(encoding="utf-8")
                for old, new in changes:
                    if old not in text:
                        raise SystemExit(f"mutant {name!r}: {file} does not hold {old!r} any more")
                    text = text.replace(old, new)
                path.write_text(text, encoding="utf-8")
            done = subprocess.run(
                [
                    str(clone / "scripts" / "torture"),
                    f"{chosen.runs}",
                    "--faults",
                    *FAULTS.get(name, ("save",)),
                    *(() if chosen.whole else ("--stop",)),
                    "--seed",
                    "1",
                ],
                capture_output=True,
                text=True,
                check=False,
            )
        runs = [line for line in done.stdout.splitlines() if RUN.match(line)]
        if done.returncode == 0:
            missed.append(name)
        failed = [line for line in runs if " ok " not in line]
        noticed = f"noticed in {len(failed)} of {len(runs)} runs" if chosen.whole else f"noticed in run {len(runs)}"
        verdict = "NOT NOTICED" if done.returncode == 0 else noticed
        said = (failed or runs or [done.stderr[-300:]])[0]
        sys.stdout.write(f"{name}: {verdict}\n    {said}\n")
        sys.stdout.flush()
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
