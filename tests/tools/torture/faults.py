"""The faults of the torture: each a function that harms a tree once, at a random moment of a cycle."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from signal import SIGCONT, SIGKILL, SIGSTOP
from typing import Any

from tests.tools.torture import damage
from tests.tools.torture.bench import Form, Tree, fill_disk

#: A fault: it asks for a cycle, does its harm, and returns in which step.
Fault = Callable[[Tree], str]


def _kill(part: str, *, saving: bool = False) -> Fault:
    def fault(tree: Tree) -> str:
        tree.ask()
        step = tree.at_save() if saving else tree.at_step()
        for one in tree.part(part):
            one.signal(SIGKILL)
        return step

    return fault


def _kill_sent(part: str) -> Fault:
    """While the ERP takes its time over a save that it has received; circusd is slow to see it, or not."""

    def fault(tree: Tree) -> str:
        tree.erp.knobs(commit_after_s=1.5)
        sent = len(tree.erp.uploads())
        tree.ask()
        tree.until("a save", lambda: len(tree.erp.uploads()) > sent, 90)
        is_slow = tree.chance.random() < 0.5
        if is_slow:
            os.kill(tree.circus.circusd_pid, SIGSTOP)
        for one in tree.part(part):
            one.signal(SIGKILL)
        if is_slow:
            time.sleep(2)
            os.kill(tree.circus.circusd_pid, SIGCONT)
        return f"sent, circusd {'slow' if is_slow else 'quick'}"

    return fault


def _freeze(part: str, *, thaw: bool, saving: bool = False) -> Fault:
    def fault(tree: Tree) -> str:
        tree.ask()
        step = tree.at_save() if saving else tree.at_step()
        tree.freeze(part)
        if thaw:
            time.sleep(tree.chance.uniform(0.5, 6))
            tree.thaw()
        return step

    return fault


def _kill_circusd(tree: Tree) -> str:
    tree.ask()
    step = tree.at_save() if tree.chance.random() < 0.5 else tree.at_step()
    tree.circus.kill()
    time.sleep(tree.chance.choice((0, 0.3, 2)))
    tree.start_again()
    return step


def _knobs(**values: object) -> Fault:
    def fault(tree: Tree) -> str:
        tree.erp.knobs(**values)
        tree.ask()
        return "save"

    return fault


def _slow(tree: Tree) -> str:
    tree.erp.knobs(slow_s=2)
    tree.ask()
    time.sleep(tree.chance.uniform(5, 12))
    tree.erp.knobs(slow_s=0)
    return "any"


def _two_workers(tree: Tree) -> str:
    """Freeze the worker right before a save, let a second one past the lock do its work, let the first go on.

    The guard that would end the first meanwhile is frozen, too.
    """
    tree.ask()
    step = tree.at_save(late=tree.chance.choice((0, 0, 0.02, 0.1)))
    tree.freeze("worker")
    for pid in tree.circus.pids_of("hooks.heartbeat"):
        os.kill(pid, SIGSTOP)
    with tempfile.TemporaryDirectory(prefix="second-") as temp:
        subprocess.run(
            [sys.executable, "-m", "tests.tools.torture.second", str(tree.circus.ini), str(tree.data)],
            env={**os.environ, "TMPDIR": temp},
            capture_output=True,
            check=False,
            timeout=120,
        )
    tree.thaw()
    return step


def _restart_erp(tree: Tree) -> str:
    tree.ask()
    step = tree.at_save() if tree.chance.random() < 0.5 else tree.at_step()
    tree.erp.kill()
    time.sleep(tree.chance.uniform(0, 2))
    tree.erp.start()
    return step


def _partial(tree: Tree) -> str:
    """Refuse one row; somebody settles it as not posted, then it goes through."""
    tree.erp.knobs(reject_payers=next(iter(tree.wanted))[0])
    tree.ask()
    tree.until("rows that are refused", lambda: tree.ledger("SELECT key FROM payment WHERE state = 'rejected'"), 40)
    tree.erp.knobs(reject_payers="")
    for (key,) in tree.ledger("SELECT key FROM payment WHERE state = 'rejected'"):
        _command(tree, "resolve", key, "--not-posted", "--why", "torture", "--yes")
    return "save"


def _command(tree: Tree, *words: str) -> None:
    """Run the people's command on this tree; it must succeed."""
    done = tree.command(*words)
    if done.returncode != 0:
        raise AssertionError(f"daybreak {' '.join(words)}: {done.stdout}{done.stderr}")


def _disk_full(tree: Tree) -> str:
    tree.ask()
    step = tree.at_save() if tree.chance.random() < 0.5 else tree.at_step()
    filler = fill_disk(tree.data)
    time.sleep(tree.chance.uniform(1, 4))
    filler.unlink()
    return step


def _await_adoption(tree: Tree) -> None:
    """Wait for a new tree's first cycle: books that nobody adopted go on nowhere without a person, and rightly so."""
    tree.until("the demo's adoption", lambda: tree.ledger("SELECT 1 FROM adoption"), 120)


def _restored(tree: Tree) -> str:
    """Back up, post this run's payments, go back to the backup."""
    _await_adoption(tree)
    backup = tree.data / "before.db"
    _command(tree, "backup", str(backup))
    tree.settle()
    tree.circus.ctl("stop", "worker", "--waiting")
    tree.until("the worker's end", lambda: tree.worker() is None, 30)
    _command(tree, "restore", str(backup), "--yes")
    backup.unlink()
    tree.circus.ctl("start", "worker")
    return "at rest"


def _moved(tree: Tree) -> str:
    """Move the books to another machine while payments arrive; try to go on with the side that was left."""
    _await_adoption(tree)
    tree.ask()
    step = tree.at_step(10) if tree.chance.random() < 0.5 else "at rest"
    tree.circus.ctl("stop", "worker", "--waiting")
    tree.until("the worker's end", lambda: tree.worker() is None, 90)
    archive = tree.folder.parent / f"books {tree.chance.randrange(10**9)}.tar.gz"
    _command(tree, "move", str(archive), "--yes", "--although-in-doubt")
    tree.add_payments(1, more=True)
    before = len(tree.erp.uploads())
    if tree.command("once").returncode == 0:
        raise AssertionError("a sealed side ran a cycle")
    tree.go_elsewhere()
    _command(tree, "move", "--unpack", str(archive))
    if tree.chance.random() < 0.5 and tree.command("once").returncode == 0:
        raise AssertionError("books that nobody adopted on this machine were used")
    if len(tree.erp.uploads()) != before:
        raise AssertionError("something was posted between leaving and arriving")
    _command(tree, "adopt", "--this-machine", "--yes")
    archive.unlink()
    tree.add_payments(1, more=True)
    # What the side that was left had open at the ERP ends after a while; nobody here may throw it out.
    tree.erp.control("/sessions/expire", {})
    tree.start_again()
    return step


def _upgraded(tree: Tree) -> str:
    """Upgrade or downgrade while payments arrive; now and then kill that at a random moment, and settle it."""
    tree.take_own_code()
    tree.ask()
    if tree.chance.random() < 0.5:
        tree.at_step(10)
    upgrade = tree.script("upgrade", str(tree.other_version()))
    seconds = tree.chance.uniform(0, 25) if tree.chance.random() < 0.6 else 300
    tree.add_payments(1, more=True)
    try:
        upgrade.wait(seconds)
        step = "upgraded" if upgrade.returncode == 0 else "put back"
    except subprocess.TimeoutExpired:
        upgrade.kill()
        upgrade.wait()
        step = f"killed after {seconds:.0f} s, {_after_a_kill(tree)}"
    tree.add_payments(1, more=True)
    if tree.circus.exit_code() is not None:
        # What runs now, the upgrade has started: the rig takes over again.
        _command(tree, "stop")
        tree.start_again()
    return step


def _after_a_kill(tree: Tree) -> str:
    """Settle a killed upgrade in one of the ways in which it may be settled."""
    how = tree.chance.choice(("start", "back", "again"))
    if how == "start":
        tree.kill_all()
        tree.start_again()
    else:
        words = ("--back",) if how == "back" else (str(tree.other_version()),)
        if tree.script("upgrade", *words).wait(400) != 0 and how == "back":
            raise AssertionError("./scripts/upgrade --back failed")
    return how


def _power_cut(tree: Tree) -> str:
    """Stop every writer after a batch was sent, and cut the ledger's log at a random byte after that commit."""
    sent = len(tree.erp.uploads())
    tree.ask()
    with suppress(AssertionError):
        tree.until("a save", lambda: len(tree.erp.uploads()) > sent, 30)
    wal = tree.data / "ledger.db-wal"
    durable = wal.stat().st_size if wal.exists() else 0
    time.sleep(tree.chance.uniform(0, 1.5))
    tree.kill_all()
    if wal.exists() and wal.stat().st_size > durable:
        keep = tree.chance.randrange(durable, wal.stat().st_size)
        copy = wal.with_name("cut")
        shutil.copy(wal, copy)
        with copy.open("r+b") as file:
            file.truncate(keep)
        copy.replace(wal)
    tree.data.joinpath("ledger.db-shm").unlink(missing_ok=True)
    tree.start_again()
    return "saving"


#: What an edit changes in a row of the list.
EDITS = (
    ("payer",),
    ("number",),
    ("amount",),
    ("second",),
    ("payer", "number"),
    ("number", "second"),
    ("number", "amount"),
    ("amount", "second"),
)


def _correct(tree: Tree, payment: Form) -> None:
    """Correct one or two fields of a payment's row, as a person does in the ERP's list."""
    fields = tree.chance.choice(EDITS)
    row = tree.rows[payment]
    new: dict[str, Any] = {}
    if "payer" in fields:
        new["payer"] = f"{row['payer']} (정정)"
    if "number" in fields:
        new["approval_no"] = f"{tree.chance.randrange(10**7, 10**8)}"
    if "amount" in fields:
        new["amount"] = row["amount"] + tree.chance.randrange(1, 10)
    if "second" in fields:
        # Earlier: what comes to be later than the last reading began is news.
        at = datetime.fromisoformat(row["requested_at"]) - timedelta(seconds=tree.chance.randrange(1, 40))
        new["requested_at"] = at.isoformat()
    tree.hits[f"{' and '.join(fields)} while {tree.state(payment)}"] += 1
    tree.edit(payment, **new)


def _edited(tree: Tree) -> str:
    """Correct up to three rows: while they wait, in the middle of a cycle or a save, when posted, when in doubt."""
    when = tree.chance.choice(("waiting", "cycle", "saving", "posted", "in doubt"))
    if when == "waiting":
        _await_adoption(tree)
        tree.run_cycle(is_test=True)
    elif when == "posted":
        tree.settle()
    elif when == "in doubt":
        tree.erp.knobs(save_fault=tree.chance.choice(("cut_after", "cut_before")))
        tree.run_cycle()
    else:
        tree.ask()
        tree.at_step() if when == "cycle" else tree.at_save()
    some = tree.chance.sample(sorted(tree.wanted), min(len(tree.wanted), tree.chance.randrange(1, 4)))
    for payment in some:
        _correct(tree, payment)
    for _ in range(2):  # one that reads the new rows, one that must not think otherwise
        tree.run_cycle()
        tree.answer()
    return when


def _filtered(tree: Tree, kind: str = "") -> str:
    """A saved search condition hides part of the payment list, or the deposits of rows in doubt, for some cycles."""
    kinds = ["waiting rows", "posted rows", "any rows"]
    if tree.has_deposit_list:
        kinds.append(DOUBTED)
    kind = kind or tree.chance.choice(kinds)
    _await_adoption(tree)
    if kind == DOUBTED:
        tree.settle()  # before any deposit was confirmed, nothing would be missed on the list
        tree.add_payments(tree.chance.randrange(1, 4), more=True)
        tree.erp.knobs(save_fault=tree.chance.choice(("cut_after", "cut_after", "cut_before")))
        tree.ask()
        tree.until("a row in doubt", lambda: tree.ledger("SELECT 1 FROM payment WHERE state = 'in_doubt'"), 60)
        tree.erp.knobs(**tree.chance.choice(HIDDEN_DEPOSITS))
        tree.hits["deposits of rows in doubt hidden"] += 1
        for _ in range(3):
            time.sleep(2)  # two look-ups count only so far apart
            tree.run_cycle()
    else:
        if kind == "waiting rows":
            tree.run_cycle(is_test=True)
        elif kind == "posted rows":
            tree.settle()
        else:
            tree.ask()
            tree.at_step(5)
        payers = sorted(payer for payer, _ in tree.wanted)
        hidden = payers[0].rpartition("-")[0] if tree.chance.random() < 0.5 else tree.chance.choice(payers)
        hit = [payment for payment in tree.wanted if hidden in payment[0]]
        tree.may_ask.update(tree.wanted)
        tree.hits[f"{kind}: {'some' if len(hit) < len(payers) else 'all'} of a run hidden"] += 1
        tree.erp.knobs(payments_hidden=hidden)
        tree.add_payments(tree.chance.randrange(0, 3), more=True)
        for _ in range(tree.chance.randrange(1, 4)):
            tree.run_cycle()
    tree.erp.knobs(**UNFILTERED)
    for _ in range(2):
        tree.run_cycle()
    return kind


def _snapshot(tree: Tree) -> str:
    """Take every file that the tree ever wrote back to a copy, as a snapshot of the machine does; the ERP goes on.

    Where nothing can be looked up, no trace would be left of that: the data folder alone goes back.
    """
    _await_adoption(tree)
    place = tree.folder if tree.has_deposit_list else tree.data
    tree.settle()
    tree.kill_all()
    with tempfile.TemporaryDirectory(prefix="snapshot-") as temp:
        copy = Path(temp) / "copy"
        shutil.copytree(place, copy, symlinks=True, ignore=_no_sockets)
        tree.start_again()
        tree.add_payments(tree.chance.randrange(1, 5), more=True)
        before = len(tree.erp.uploads())
        if tree.chance.random() < 0.5:
            tree.ask()
            step = tree.at_save(late=tree.chance.choice((0, 0.3, 0.8)))
        else:
            tree.settle()
            step = "at rest"
        tree.kill_all()
        posted = len(tree.erp.uploads()) - before
        tree.hits["the snapshot knows of no save" if posted else "nothing was posted since the snapshot"] += 1
        for found in place.iterdir():
            shutil.rmtree(found) if found.is_dir() and not found.is_symlink() else found.unlink()
        shutil.copytree(copy, place, symlinks=True, dirs_exist_ok=True)
    if tree.has_deposit_list:
        # The clock of a machine that comes back from a snapshot is set right by the network.
        tree.set_clock(600.0 if tree.ahead <= 0 else -600.0)
    tree.start_again()
    for _ in range(2):  # all of it may stand in the books already
        tree.run_cycle()
        tree.answer()
    return step


def _no_sockets(folder: str, names: list[str]) -> list[str]:
    return [name for name in names if (Path(folder) / name).is_socket() or (Path(folder) / name).is_fifo()]


def _damaged(tree: Tree) -> str:
    """Damage the ledger while rows wait: an index that knows them no more, or a page of something else.

    A person who is told of it restores the backup that was made before.
    """
    _await_adoption(tree)
    backup = tree.data / "before.db"
    _command(tree, "backup", str(backup))
    for _ in range(4):
        tree.run_cycle(is_test=True)
        if tree.ledger("SELECT 1 FROM payment WHERE state = 'seen' AND excluded = ''"):
            break
        tree.add_payments(2, more=True)  # the demo's own cycle of each minute was first
    tree.circus.ctl("stop", "worker", "--waiting")
    tree.until("the worker's end", lambda: tree.worker() is None, 30)
    kind = tree.chance.choice(("index", "page"))
    ledger = tree.data / "ledger.db"
    if kind == "index":
        tree.hits[f"index without {damage.forget_what_waits(ledger)} waiting rows"] += 1
    else:
        tree.hits[f"page of {damage.overwrite_a_page(ledger, tree.chance)}"] += 1
    tree.circus.ctl("start", "worker")
    end = time.monotonic() + 40
    while not tree.is_settled() and not _tells_of_the_ledger(tree) and time.monotonic() < end:
        tree.ask()
        time.sleep(1)
    if not _tells_of_the_ledger(tree):
        # A page that no cycle needs: the daily backup reads them all.
        tree.command("backup", str(tree.data / "after.db"))
        (tree.data / "after.db").unlink(missing_ok=True)
        tree.hits["found by a backup alone" if _tells_of_the_ledger(tree) else "of no consequence"] += 1
    if _tells_of_the_ledger(tree):
        tree.hits["told, and restored"] += 1
        tree.circus.ctl("stop", "worker", "--waiting")
        tree.until("the worker's end", lambda: tree.worker() is None, 30)
        _command(tree, "restore", str(backup), "--yes")
        tree.circus.ctl("start", "worker")
    backup.unlink()
    return kind


def _tells_of_the_ledger(tree: Tree) -> bool:
    """True when people are told that the ledger is not to be trusted, by what an operator sees."""
    status = json.loads(tree.command("status", "--json").stdout)
    causes = [alarm["cause"] for alarm in status["alarms"].get("open", [])]
    return "ledger" in causes or any("Nothing is posted" in problem for problem in status["problems"])


#: What only a look at the deposit list tells: the ERP itself says the contrary.
NEEDS_LIST = ("answered-not-stored", "stored-twice", "filtered-deposits")

#: What a saved condition hides: of the deposit list.
DOUBTED = "deposits in doubt"

#: Saved conditions of the deposit list that hide what was posted today.
HIDDEN_DEPOSITS: tuple[Mapping[str, object], ...] = (
    {"deposit_filter": "nobody's name"},
    {"deposit_until_days": 1},
    {"deposit_days": 0, "deposit_until_days": 1},
)

#: No saved condition anywhere.
UNFILTERED: Mapping[str, object] = {
    "payments_hidden": "",
    "deposit_filter": "",
    "deposit_days": 30,
    "deposit_until_days": 0,
}

#: Name → fault. Those of the group `save` strike around the save.
FAULTS: Mapping[str, Fault] = {
    "kill-worker": _kill("worker"),
    "kill-driver": _kill("driver"),
    "kill-browser": _kill("browser"),
    "kill-renderer": _kill("renderer"),
    "kill-worker-saving": _kill("worker", saving=True),
    "kill-driver-saving": _kill("driver", saving=True),
    "kill-browser-saving": _kill("browser", saving=True),
    "kill-worker-sent": _kill_sent("worker"),
    "kill-driver-sent": _kill_sent("driver"),
    "freeze-worker": _freeze("worker", thaw=False),
    "freeze-driver": _freeze("driver", thaw=False),
    "freeze-browser": _freeze("browser", thaw=False),
    "freeze-renderer": _freeze("renderer", thaw=False),
    "freeze-worker-saving": _freeze("worker", thaw=False, saving=True),
    "freeze-browser-saving": _freeze("browser", thaw=False, saving=True),
    "thaw-worker": _freeze("worker", thaw=True),
    "thaw-driver": _freeze("driver", thaw=True, saving=True),
    "thaw-browser": _freeze("browser", thaw=True, saving=True),
    "thaw-worker-saving": _freeze("worker", thaw=True, saving=True),
    "kill-circusd": _kill_circusd,
    "erp-slow": _slow,
    "two-workers": _two_workers,
    "erp-restart": _restart_erp,
    "cut-before": _knobs(save_fault="cut_before"),
    "cut-after": _knobs(save_fault="cut_after"),
    "cut-after-reused": _knobs(save_fault="cut_after_reused"),
    "stored-no-answer": _knobs(save_fault="no_dialog"),
    "answered-not-stored": _knobs(save_fault="dialog_only"),
    "stored-twice": _knobs(save_fault="stored_twice"),
    "zero": _knobs(save_fault="zero"),
    "partial": _partial,
    "session-lost": _knobs(save_fault="session_lost"),
    "session-lost-after": _knobs(save_fault="session_lost_after"),
    "error-500": _knobs(save_fault="error_500"),
    "error-500-after": _knobs(save_fault="error_500_after"),
    "disk-full": _disk_full,
    "restored": _restored,
    "upgraded": _upgraded,
    "moved": _moved,
    "power-cut": _power_cut,
    "edited": _edited,
    "filtered": _filtered,
    "filtered-deposits": partial(_filtered, kind=DOUBTED),
    "snapshot": _snapshot,
    "damaged": _damaged,
}

#: Groups that may be named instead of faults.
GROUPS: Mapping[str, tuple[str, ...]] = {
    # A machine can be played only by root: named alone.
    "all": tuple(name for name in FAULTS if name != "moved"),
    "save": tuple(
        name
        for name in FAULTS
        if name.endswith(("-saving", "-sent"))
        or name.startswith(("cut-", "stored-", "answered-", "session-", "error-", "zero"))
        or name in ("power-cut", "erp-restart", "two-workers", "thaw-driver", "thaw-browser", "kill-circusd")
    ),
}  # fmt: skip
