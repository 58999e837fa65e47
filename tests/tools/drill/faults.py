"""The faults of the drill: each does its harm, waits for the next worker's first beat, and says within what budget.

The budgets are the product's promises; docs/measurements.md shows them beside the figures.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from signal import SIGKILL, SIGSTOP, Signals
from zoneinfo import ZoneInfo

from tests.rig import BIN
from tests.tools.drill.bench import WATCHDOG_SEC, Missed, Tree
from worker.runtime import heartbeat
from worker.runtime.heartbeat import AT_REST, now_ticks
from worker.runtime.installation import INI_VARIABLE
from worker.runtime.process_identity import Identity
from worker.status.processes import is_worker

#: What the guards may take beyond a broken promise (seconds).
FOUND = 10.0

#: A freeze in a step that waits in slices, to the next first beat (seconds).
IN_A_SLICE = 20.0

#: `kill -9` of the worker, and `circusd circus.ini`, to the first beat (seconds).
REPLACED, STARTED = 1.5, 3.0

#: A guard's death or silence, to its next beat (seconds).
GUARD = 30.0

#: RestartSec of the systemd unit; here a helper does what systemd would (seconds).
RESTART_SEC = 2.0


#: The instants at which something is frozen.
CHANCE = Random()


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """One fault, repaired."""

    #: When the harm was done (monotonic seconds).
    at: float
    #: From there to the new worker's (or guard's) first beat; None where the first tree had to stay untouched.
    seconds: float | None
    budget: float
    #: Of a payment that entered the ERP right after the harm.
    payer: str
    note: str = ""
    #: What was not as it had to be.
    problem: str = ""


Fault = Callable[[Tree], Repair]


def _replaced(tree: Tree, harm: Callable[[Identity], object], budget: float, note: str = "") -> Repair:
    """Harm the waiting worker and wait for the next one."""
    old = tree.at_rest().identity
    at = now_ticks()
    harm(old)
    payer = tree.new_payment()
    return Repair(at=at, seconds=tree.another(old) - at, budget=budget, payer=payer, note=note)


def kill_worker(tree: Tree) -> Repair:
    """kill -9 of the waiting worker."""
    return _replaced(tree, lambda old: old.signal(SIGKILL), REPLACED)


def freeze_waiting(tree: Tree) -> Repair:
    """SIGSTOP of the waiting worker."""
    return _replaced(tree, lambda old: old.signal(SIGSTOP), 15.0)


def _named(fault: Fault, about: str) -> Fault:
    fault.__doc__ = about
    return fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """Where in a cycle something is frozen."""

    about: str
    #: How the beat's step begins then; an empty text stands for the tree's own word for reading.
    step: str = ""
    #: What makes the demo take so long there that the harm comes in the middle of it.
    knobs: Mapping[str, object] = field(default_factory=dict)
    #: The harm comes at any instant of so many seconds.
    within: float = 2.0
    #: What has to be so before the cycle is asked for.
    prepare: Callable[[Tree], object] = lambda _: None
    #: From the harm to the first beat; None: the step's own promise and FOUND.
    budget: float | None = IN_A_SLICE


SIGNING_IN = Moment(
    about="while the worker signs in",
    step="signing in",
    knobs={"login_delay_s": 4, "shell_delay_s": 4},
    within=8.0,
    prepare=lambda tree: tree.circus.erp("/sessions/expire", {}),
)
READING = Moment(about="while the worker reads the list", knobs={"rows_late_s": 4})
LOOKING_UP = Moment(
    about="while the worker looks deposits up",
    step="1 batches",
    knobs={"rows_late_s": 4},
    prepare=lambda tree: tree.new_payment(),
)
STARTING = Moment(about="while the browser starts", step="starting the browser", within=0.2, budget=None)
CLOSING = Moment(about="while the browser closes", step="closing the browser", within=0.0, budget=None)
SAVING = Moment(
    about="while a save is awaited",
    step="saving",
    knobs={"result_delay_s": 4},
    prepare=lambda tree: tree.new_payment(),
    budget=None,
)


def _freeze(name: str, moment: Moment) -> Fault:
    """Return the fault that a part of the worker's tree is stopped at a moment of a cycle."""

    def fault(tree: Tree) -> Repair:
        tree.at_rest()
        moment.prepare(tree)
        with tree.slowed(moment.knobs):
            tree.in_step(moment.step or tree.reading, part=name)
            # At another instant each time: what is waited for there is now a page, now its rows, now an answer.
            time.sleep(CHANCE.uniform(0.0, moment.within))
            old = tree.worker()
            struck = tree.beat()
            at = now_ticks()
            for one in tree.part(name):
                one.signal(SIGSTOP)
            payer = tree.new_payment()
            promise = at

            def seen() -> float | None:
                nonlocal promise
                beat = tree.circus.beat()
                if beat is None:
                    return None
                if beat.identity != old:
                    return beat.ticks
                # With its own process alive the worker may get on: its time-out fails the step, and the closing hangs.
                promise = beat.ticks + beat.patience
                if beat.phase in AT_REST and beat.ticks > at:
                    return beat.ticks
                return None

            healed = tree.until(f"a worker after the {name} froze", seen)
        beat = tree.beat()
        same = beat is not None and beat.identity == old
        note = f"in {struck.step!r}" if struck else ""
        note += "; the worker ended its browser itself" if same else ""
        budget = moment.budget if tree.is_sliced and moment.budget is not None else promise - at + FOUND
        return Repair(at=at, seconds=healed - at, budget=budget, payer=payer, note=note)

    return _named(fault, f"SIGSTOP of the {name} {moment.about}.")


def no_first_beat(tree: Tree) -> Repair:
    """The next worker is frozen before its first beat."""
    old = tree.at_rest().identity
    old.signal(SIGKILL)

    def newborn() -> Identity | None:
        for one in tree.circus.processes():
            if one != old and is_worker(one.pid):
                return one
        return None

    silent = tree.until("the next worker", newborn, 10)
    silent.signal(SIGSTOP)
    at = now_ticks()
    payer = tree.new_payment()
    beat = tree.circus.beat()
    problem = "it had beaten already" if beat and beat.identity == silent else ""

    def another() -> float | None:
        found = tree.beat()
        return found.ticks if found and found.identity not in (old, silent) else None

    seconds = tree.until("a worker that beats", another) - at
    # 30 s from its start, then found and replaced as any other.
    return Repair(at=at, seconds=seconds, budget=30.0 + FOUND, payer=payer, problem=problem)


def crash_loop(tree: Tree) -> Repair:
    """Four kills, each right after a first beat: back-off, told by `status`; cleared by a good cycle."""
    old = tree.at_rest().identity
    for _ in range(3):
        old.signal(SIGKILL)
        tree.another(old)
        old = tree.worker()
    at = now_ticks()
    old.signal(SIGKILL)
    payer = tree.new_payment()
    said = " ".join(tree.status()["problems"])
    problem = "" if "backing off until" in said else f"status did not say that it backs off: {said!r}"
    seconds = tree.another(old) - at
    if seconds < 3.0:
        problem = f"no back-off: the fourth start came after {seconds:.1f} s"
    tree.confirmed(payer)
    old = tree.at_rest().identity
    cleared = now_ticks()
    old.signal(SIGKILL)
    again = tree.another(old) - cleared
    if again > REPLACED:
        problem = f"not cleared by a good cycle: the next start took {again:.1f} s"
    note = f"waits 4 s before the fourth start, said by status; after a good cycle {again:.2f} s"
    return Repair(at=at, seconds=seconds, budget=4.0 * 1.1 + REPLACED, payer=payer, note=note, problem=problem)


def _guard(name: str, number: Signals) -> Fault:
    def fault(tree: Tree) -> Repair:
        worker = tree.at_rest().identity
        guard = Identity.of(tree.circus.pid(f"plugin:{name}") or 0)
        assert guard is not None, f"plugin:{name} runs"
        at = now_ticks()
        guard.signal(number)
        payer = tree.new_payment()
        path = tree.data / "guards" / f"{name}.txt"

        def another() -> float | None:
            beat = heartbeat.read(path)
            return beat.ticks if beat and beat.identity != guard and beat.identity.is_alive() else None

        seconds = tree.until(f"another plugin:{name}", another) - at
        beat = tree.beat()
        same = beat is not None and beat.identity == worker
        problem = "" if same else "the worker was replaced as well"
        return Repair(at=at, seconds=seconds, budget=GUARD, payer=payer, note="the guard's own beat", problem=problem)

    return _named(fault, f"Signal {number.name} to plugin:{name}.")


def freeze_guard_and_worker(tree: Tree) -> Repair:
    """plugin:heartbeat and the worker frozen at once: the other guard mends the first, that one the worker."""
    guard = Identity.of(tree.circus.pid("plugin:heartbeat") or 0)
    assert guard is not None, "plugin:heartbeat runs"

    def harm(old: Identity) -> None:
        guard.signal(SIGSTOP)
        old.signal(SIGSTOP)

    return _replaced(tree, harm, GUARD + 15.0)


def kill_circusd(tree: Tree) -> Repair:
    """kill -9 of circusd; a helper starts it again as systemd would."""
    old = tree.at_rest().identity
    at = now_ticks()
    tree.circus.kill()
    tree.until("the end of all children", lambda: not tree.circus.processes(), 10)
    ended = now_ticks() - at
    problem = f"the children took {ended:.1f} s to end" if ended > 2.0 else ""
    time.sleep(max(0.0, RESTART_SEC - ended))
    tree.circus.launch()
    seconds = tree.another(old) - at
    payer = tree.new_payment()
    note = f"children gone after {ended:.2f} s; started again after {RESTART_SEC:g} s"
    return Repair(at=at, seconds=seconds, budget=RESTART_SEC + STARTED, payer=payer, note=note, problem=problem)


def freeze_circusd(tree: Tree) -> Repair:
    """SIGSTOP of circusd: nobody feeds systemd, which kills and restarts it; a helper does that here."""
    old = tree.at_rest().identity
    tree.until("systemd's feeding", lambda: tree.systemd.count("WATCHDOG=1"))
    at = now_ticks()
    tree.circus.signal(SIGSTOP)
    tree.until("the watchdog's limit", tree.systemd.is_starved)
    tree.circus.kill()
    tree.until("the end of all children", lambda: not tree.circus.processes(), 10)
    time.sleep(RESTART_SEC)
    tree.circus.launch()
    seconds = tree.another(old) - at
    payer = tree.new_payment()
    budget = WATCHDOG_SEC + RESTART_SEC + STARTED
    return Repair(at=at, seconds=seconds, budget=budget, payer=payer, note="its watchdog: 60 s without a word")


def _untouched(tree: Tree, run: Callable[[Identity], str], note: str) -> Repair:
    """Run something that must be refused while the worker stays the same."""
    worker = tree.at_rest().identity
    at = now_ticks()
    problem = run(worker)
    took = now_ticks() - at
    payer = tree.new_payment()
    if tree.circus.pid() != worker.pid:
        problem = f"the worker was replaced; {problem}"
    if took > 5.0:
        problem = f"refused only after {took:.1f} s; {problem}"
    return Repair(at=at, seconds=None, budget=5.0, payer=payer, note=f"{note} in {took:.2f} s", problem=problem)


def second_circusd(tree: Tree) -> Repair:
    """A second `circusd circus.ini`."""

    def run(_: Identity) -> str:
        done = subprocess.run(
            [str(BIN / "circusd"), str(tree.circus.ini)],
            cwd=tree.circus.folder,
            capture_output=True,
            text=True,
            timeout=30,
        )
        said = done.stdout + done.stderr
        return "" if "Address already in use" in said else f"it said {said[-200:]!r}"

    return _untouched(tree, run, "refused: the port is taken,")


def second_worker(tree: Tree) -> Repair:
    """A worker started by hand."""

    def run(worker: Identity) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "worker"],
            cwd=tree.circus.folder,
            env={**os.environ, INI_VARIABLE: str(tree.circus.ini)},
            capture_output=True,
            text=True,
            timeout=30,
        )
        if done.returncode != 75:
            return f"exit {done.returncode} instead of 75"
        said = done.stdout + done.stderr + tree.circus.daily_log("worker")
        return "" if f"pid {worker.pid}" in said else "the holder's pid was not named"

    return _untouched(tree, run, "refused: exit 75, names the holder,")


def restart_frozen(tree: Tree) -> Repair:
    """circusctl restart worker while the worker is frozen."""

    def harm(old: Identity) -> None:
        old.signal(SIGSTOP)
        tree.circus.call("restart", name="worker")

    return _replaced(tree, harm, 75.0 + REPLACED)


def restart_in_batch(tree: Tree) -> Repair:
    """circusctl restart worker inside a batch: it is finished first."""
    first = tree.new_payment()
    tree.in_step("saving")
    old = tree.worker()
    at = now_ticks()
    tree.circus.call("restart", name="worker")
    payer = tree.new_payment()
    seconds = tree.another(old) - at
    tree.confirmed(first)
    return Repair(at=at, seconds=seconds, budget=75.0 + REPLACED, payer=payer, note="the batch was finished first")


def recycle(tree: Tree) -> Repair:
    """The daily recycle, due in a few seconds."""
    zone = ZoneInfo("Asia/Seoul")
    old = tree.at_rest().identity
    while (now := datetime.now(zone)).strftime("%H:%M") == "23:59":
        time.sleep(1)
    # It was not needed today: the tree is younger than 05:55. Forget that, or today has had its recycle.
    tree.circus.ctl("stop", "plugin:recycle", "--waiting")
    (tree.data / "recycle.json").unlink(missing_ok=True)
    due = (now + timedelta(seconds=8)).replace(microsecond=0)
    (tree.data / "local.ini").write_text(f"[plugin:recycle]\nat = {due:%H:%M:%S}\n", encoding="utf-8")
    tree.circus.ctl("start", "plugin:recycle")
    at = now_ticks() + due.timestamp() - time.time()
    payer = tree.new_payment()
    seconds = tree.another(old) - at
    try:
        tree.until("the record", lambda: '"result": "done"' in _text(tree.data / "recycle.json"), 10)
        problem = ""
    except Missed as error:
        problem = str(error)
    (tree.data / "local.ini").unlink()
    # It looks every 2 s; a worker that waits ends at once.
    return Repair(at=at, seconds=seconds, budget=5.0, payer=payer, note="from its due moment", problem=problem)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return ""


#: In the order they strike.
FAULTS: Mapping[str, Fault] = {
    "kill-worker": kill_worker,
    "freeze-waiting": freeze_waiting,
    "freeze-worker-signing-in": _freeze("worker", SIGNING_IN),
    "freeze-driver-signing-in": _freeze("driver", SIGNING_IN),
    "freeze-browser-signing-in": _freeze("browser", SIGNING_IN),
    "freeze-renderer-signing-in": _freeze("renderer", SIGNING_IN),
    "freeze-worker": _freeze("worker", READING),
    "freeze-driver": _freeze("driver", READING),
    "freeze-browser": _freeze("browser", READING),
    "freeze-renderer": _freeze("renderer", READING),
    "freeze-worker-looking-up": _freeze("worker", LOOKING_UP),
    "freeze-driver-looking-up": _freeze("driver", LOOKING_UP),
    "freeze-browser-looking-up": _freeze("browser", LOOKING_UP),
    "freeze-renderer-looking-up": _freeze("renderer", LOOKING_UP),
    "freeze-driver-starting": _freeze("driver", STARTING),
    "freeze-browser-closing": _freeze("browser", CLOSING),
    "freeze-worker-saving": _freeze("worker", SAVING),
    "no-first-beat": no_first_beat,
    "crash-loop": crash_loop,
    "kill-guard": _guard("heartbeat", SIGKILL),
    "kill-recycle": _guard("recycle", SIGKILL),
    "freeze-guard": _guard("heartbeat", SIGSTOP),
    "freeze-recycle": _guard("recycle", SIGSTOP),
    "freeze-guard-and-worker": freeze_guard_and_worker,
    "kill-circusd": kill_circusd,
    "freeze-circusd": freeze_circusd,
    "second-circusd": second_circusd,
    "second-worker": second_worker,
    "restart-frozen": restart_frozen,
    "restart-in-batch": restart_in_batch,
    "recycle": recycle,
}
