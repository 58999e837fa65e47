"""The slowest ERP that keeps within every time-out, on busy cores: a worker that only waits is never replaced."""

import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from tests.tools.bench.figures import Figure
from tests.tools.bench.plan import Plan
from tests.tools.drill.bench import Tree
from worker.runtime.heartbeat import AT_REST, Heartbeat, Phase
from worker.runtime.process_identity import Identity
from worker.runtime.stop import SLICED

#: How long it is watched, in full and in quick (minutes).
MINUTES, QUICK_MINUTES = 60.0, 10.0

#: Processes that do nothing but compute, one for each core of the machine that the budgets are for.
SPINNERS = 2

#: Seconds of each answer, a little below the time-outs of circus.ini: SIGN_IN_S 60, LIST_S 30, STEP_S 15, RESULT_S 60.
KNOBS: Mapping[str, object] = {
    "login_delay_s": 20,
    "shell_delay_s": 20,
    "rows_late_s": 24,
    "uploader_late_s": 26,
    "popup_grid_late_s": 12,
    "result_delay_s": 52,
    "arrivals_per_min": 0,
}

#: Their steps wait in slices, but for the browser's start.
IN_SLICES = frozenset({Phase.SIGNING_IN, Phase.READING})

#: Rows that are listed from the start: two pages of them.
PAYMENTS = "120"

#: A whole cycle takes no longer, each of its answers as late as it may be (seconds).
CYCLE_S = 600.0

#: Between two looks at the heartbeat; after so long without one a beat may have been missed (seconds).
LOOK, MISSED_AFTER = 0.05, 1.0


@dataclass(slots=True)
class Watched:
    """What was seen of the worker's beats."""

    workers: list[Identity] = field(default_factory=list)
    #: The longest silences after a beat that promised the next one within a slice: (seconds, step).
    silences: list[tuple[float, str]] = field(default_factory=list)
    #: The largest share of a promise that was used, over all beats, and in which step.
    share: float = 0.0
    step: str = ""
    last: Heartbeat | None = None
    #: When it was looked at last (monotonic seconds).
    looked: float = 0.0

    def see(self, beat: Heartbeat) -> None:
        """Note one beat; the same one again is none, and beats may have been missed after a pause in the looking."""
        now, before = time.monotonic(), self.last
        if now > self.looked + MISSED_AFTER:
            before = None
        self.last, self.looked = beat, now
        if beat.identity not in self.workers:
            self.workers.append(beat.identity)
            return
        if before is None or before.ticks == beat.ticks:
            return
        silence = beat.ticks - before.ticks
        if silence / before.patience > self.share:
            self.share, self.step = silence / before.patience, f"{before.step or before.phase}"
        if before.phase in IN_SLICES and before.step != "starting the browser":
            self.silences.append((silence, before.step))


def measure(plan: Plan) -> Iterator[Figure]:
    """Watch a tree that signs in anew in each cycle and has something to post in each."""
    minutes = plan.minutes or (QUICK_MINUTES if plan.quick else MINUTES)
    tree = Tree(plan.folder / "slowest", payments=PAYMENTS, knobs=KNOBS)
    watched = Watched()
    try:
        tree.circus.write_ini()
        tree.circus.launch()
        tree.until("the first beat", tree.beat)
        with _busy():
            _watch(tree, watched, plan, time.monotonic() + 60 * minutes)
        # A batch that is under way is finished before the tree ends.
        tree.circus.erp("/knobs", dict.fromkeys(KNOBS, 0))
        tree.at_rest(CYCLE_S)
        cycles = dict(tree.ledger("SELECT outcome, COUNT(*) FROM cycle WHERE ended IS NOT NULL GROUP BY outcome"))
        kills = tree.circus.guards_log.count("promise")
    finally:
        tree.close()
    longest, step = max(watched.silences, default=(0.0, ""))
    yield Figure(
        part="slowest",
        name=f"workers replaced in {minutes:g} min though the ERP was only slow",
        unit="",
        runs=[len(watched.workers) - 1],
        budget=0,
        absolute=True,
        note=f"cycles: {', '.join(f'{count} {outcome}' for outcome, count in cycles.items())}; "
        f"the guards' word of a broken promise: {kills}",
    )
    yield Figure(
        part="slowest",
        name="  cycles that failed",
        unit="",
        runs=[sum(count for outcome, count in cycles.items() if outcome != "ran")],
        budget=0,
        absolute=True,
    )
    yield Figure(
        part="slowest",
        name="  the longest silence in a step that waits in slices",
        unit="s",
        runs=[longest],
        budget=SLICED,
        absolute=True,
        note=f"in {step!r}, of {len(watched.silences):,} beats; the most of any promise: {100 * watched.share:.0f} % "
        f"in {watched.step!r}",
    )


def _watch(tree: Tree, watched: Watched, plan: Plan, end: float) -> None:
    """Look until the end; between two cycles end the session and have a payment come."""
    said = time.monotonic()
    prepared = ""
    while time.monotonic() < end:
        beat = tree.circus.beat()
        if beat is not None:
            watched.see(beat)
            # Once in each wait between two cycles.
            if beat.phase in AT_REST and beat.next_cycle != prepared:
                prepared = beat.next_cycle
                tree.circus.erp("/sessions/expire", {})
                tree.new_payment()
        if time.monotonic() > said + 60:
            said = time.monotonic()
            longest = max(watched.silences, default=(0.0, ""))
            plan.say(f"{(end - said) / 60:.0f} min left; workers: {len(watched.workers)}; longest: {longest}")
        time.sleep(LOOK)


@contextmanager
def _busy() -> Iterator[None]:
    """Keep the cores busy for the length of a block."""
    with ExitStack() as held:
        for _ in range(SPINNERS):
            one = held.enter_context(subprocess.Popen([sys.executable, "-c", "while True: pass"]))
            held.callback(one.kill)
        yield
