"""What the ledger costs: whether a cycle, a settled batch or the day's figures feel the years behind them."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, nullcontext
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Self
from unittest.mock import Mock, patch

from tests.fakes import FakeErp, see
from tests.tools.bench.figures import Figure
from tests.tools.bench.history import fill
from tests.tools.bench.plan import Plan
from worker.app.job import Job
from worker.config import loading
from worker.erp.ecount import Ecount
from worker.ledger.ledger import Ledger
from worker.ledger.state import State
from worker.payments.payment import KST, WINDOW, deposit_of, parse_rows
from worker.posting.books import owner_of
from worker.reports import figures as report
from worker.reports.records import Records
from worker.runtime import installation
from worker.runtime import sqlite as sqlite3
from worker.runtime.heartbeat import Phase
from worker.runtime.locks import Lock
from worker.runtime.stop import HeartbeatWriter, Stop
from worker.schedule.calendar import Slot
from worker.schedule.loop import WAITING_PATIENCE, Outcome

#: Listed, and new, in each cycle.
LISTED, NEW = 206, 40

#: What a million payments may add to a cycle (ms).
OVERHEAD = 100.0

#: Rows of the batch that is settled.
BATCH = 50

#: Within which time `daybreak find` answers (seconds).
ANSWER = 1.0


class _Kind:
    """Stands for the class of an ERP: it makes the one that is there already."""

    save_pattern = ""
    wire = Ecount.wire

    def __init__(self, erp: FakeErp) -> None:
        self._erp = erp

    def __call__(self, *_: object, **__: object) -> FakeErp:
        return self._erp


class Clerk:
    """A worker's job at an ERP without a browser: what remains of a cycle is the worker's own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held = ExitStack()
        self._at = 0

    def __enter__(self) -> Self:
        self._settings = loading.load({"DATA_DIR": str(self._folder), "SETTLE_S": "0.01"})
        lock = self._held.enter_context(Lock(self._folder / "runtime.lock", version="bench"))
        path = self._folder / "heartbeat.txt"
        self._heart = HeartbeatWriter(path, version="bench", now=self._settings.now, stop=Stop())
        self._job = Job(self._settings, heart=self._heart, lock=lock)
        self._held.callback(self._job.close)
        books = owner_of(self._settings)
        self.ledger.adopt(books, by="bench", at=self._settings.now(), note="nothing was posted")
        self._erp = FakeErp(self._settings.now)
        for index in range(LISTED - NEW):
            self._erp.approve(f"처음{index:03d}", 5000 + index, minutes_ago=20)
        self._held.enter_context(patch("worker.erp.visit.open_browser", lambda **_: nullcontext(Mock(frames=[]))))
        self._held.enter_context(patch("worker.erp.visit.find", lambda _: _Kind(self._erp)))
        self.cycle(0)
        return self

    def __exit__(self, *_: object) -> None:
        self._held.close()

    @property
    def ledger(self) -> Ledger:
        """Return the open ledger."""
        return self._job.open_ledger()

    def cycle(self, new: int = NEW) -> float:
        """Have new payments arrive and as many of the oldest be reflected, run one cycle; return its milliseconds."""
        rows = sorted((row for row in self._erp.rows if not row.is_reflected), key=lambda row: row.at)
        for row in rows[: new if len(rows) >= LISTED else 0]:
            row.is_reflected = True
        for _ in range(new):
            self._at += 1
            self._erp.approve(f"측정{self._at:06d}", 1000 + self._at, minutes_ago=0)
        at = time.monotonic()
        outcome = self._job.run_cycle(Slot(at=self._settings.now()))
        spent = time.monotonic() - at
        if outcome is not Outcome.RAN:
            raise AssertionError(f"the cycle {outcome}: {self.ledger.last_cycles(1)[0]['why']}")
        return spent * 1000

    def hold(self, count: int) -> None:
        """Have so many payments come that a person must decide about."""
        for number in range(count):
            self._erp.approve(f"보류{number:03d}", 70_000 + number, number="", minutes_ago=20)
        for _ in range(2):
            self.cycle(0)
        self._held_key = self.ledger.in_state(State.HELD)[0].payment.key

    def held(self) -> str:
        """Return the key of one of them."""
        return self._held_key

    def settle(self) -> float:
        """Plan, arm, send and settle one batch; return how many milliseconds its moves took."""
        self._at += BATCH
        erp = FakeErp(self._settings.now)
        for index in range(BATCH):
            erp.approve(f"묶음{self._at + index:06d}", 900, number=f"9{self._at + index:07d}", minutes_ago=30)
        found = parse_rows([row.row() for row in erp.rows]).payments
        deposits = [deposit_of(one, account_card="카드사", account_code="1089", with_key=True) for one in found]
        ledger, now = self.ledger, self._settings.now
        number = ledger.begin_cycle(slot=now(), at=now())
        see(ledger, found, cycle=number, at=now())
        at = time.monotonic()
        batch = ledger.plan(deposits, cycle=number, at=now())
        ledger.arm(batch, at=now())
        ledger.mark_sent(batch, at=now())
        ledger.settle(batch, {one.key: (State.POSTED, "bench") for one in deposits}, at=now(), answer="")
        spent = time.monotonic() - at
        ledger.end_cycle(number, at=now(), outcome="ran", why="", figures={})
        return spent * 1000

    def count(self) -> float:
        """Count what waits by the table and by its index, as before each posting; return the milliseconds."""
        listed = self.ledger.keys_listed_last()
        at = time.monotonic()
        if why := self.ledger.why_miscounted(listed, self._settings.now() - WINDOW):
            raise AssertionError(why)
        return (time.monotonic() - at) * 1000

    def check(self) -> float:
        """Check the file as after a crash; return the seconds."""
        at = time.monotonic()
        self.ledger.demand_sound(lambda: None)
        return time.monotonic() - at

    def day(self) -> float:
        """Add up the day as the report does; return the milliseconds."""
        now, zone = self._settings.now(), self._settings.zone
        at = time.monotonic()
        with Records(self._folder, create=False) as records, records.one_moment():
            since = report.midnight(now.date(), zone)
            report.read(records, since, since + timedelta(days=1), now=now, zone=zone)
            records.stats(now.date(), zone)
        return (time.monotonic() - at) * 1000

    def chores(self) -> None:
        """Do what is done between two beats of a wait."""
        self._job.chores()

    def beat(self) -> float:
        """Write one beat of a wait, with all that hangs on it; return the milliseconds."""
        at = time.monotonic()
        self._heart.beat(Phase.WAITING, patience=WAITING_PATIENCE)
        return (time.monotonic() - at) * 1000

    def copy(self) -> float:
        """Back the ledger up as once a day; return the seconds."""
        at = time.monotonic()
        self.ledger.back_up(self._folder / "copy.db")
        spent = time.monotonic() - at
        (self._folder / "copy.db").unlink()
        return spent


def measure(plan: Plan) -> Iterator[Figure]:
    """The same work on ledgers of a growing number of payments."""
    sizes = (0, 1_000, 100_000) if plan.quick else (0, 1_000, 100_000, 1_000_000)
    cycles: dict[int, list[float]] = {}
    for size in sizes:
        plan.say(f"writing a ledger of {size:,} payments")
        folder = plan.folder / f"ledger-{size}"
        folder.mkdir()
        at = time.monotonic()
        fill(folder, size, now=datetime.now(KST))
        plan.say(f"written in {time.monotonic() - at:.0f} s")
        many = f"{size:,} payments in the ledger"
        mb = (folder / "ledger.db").stat().st_size / 1e6
        with Clerk(folder) as clerk:
            runs = plan.often(10, 5)
            cycles[size] = [clerk.cycle() for _ in range(runs)]
            yield _figure(f"{many}: a cycle but for its browser", "ms", cycles[size])
            yield _figure(
                f"  {BATCH} deposits planned, armed, sent, settled", "ms", [clerk.settle() for _ in range(runs)]
            )
            yield _figure("  what waits, counted twice", "ms", [clerk.count() for _ in range(runs)])
            yield _figure("  the check after a crash", "s", [clerk.check()])
            yield _figure("  the day's figures", "ms", [clerk.day() for _ in range(runs)])
            yield _figure("  a beat with the status page", "ms", [clerk.beat() for _ in range(5 * runs)])
            yield _figure("  on disk", "MB", [mb])
            yield _figure("  the daily copy, proved", "s", [clerk.copy()])
            for what, text in questions(folder) if size else ():
                asked = [_find(folder, text) for _ in range(plan.often(5, 1))]
                yield _figure(f"  `daybreak find`, by {what}", "s", asked, budget=ANSWER)
        shutil.rmtree(folder)
    most = max(sizes)
    more = [one - median(cycles[0]) for one in cycles[most]]
    yield Figure(
        part="ledger",
        name=f"what {most:,} payments add to a cycle",
        unit="ms",
        runs=more,
        budget=OVERHEAD,
    )


def _figure(name: str, unit: str, runs: Sequence[float], *, budget: float | None = None) -> Figure:
    return Figure(part="ledger", name=name, unit=unit, runs=runs, budget=budget)


def questions(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield what an auditor asks for, with the values of one of the oldest payments."""
    with closing(sqlite3.connect(folder / "ledger.db")) as db:
        payer, won, at, key = db.execute(
            "SELECT payer, amount, time, key FROM payment WHERE approval_no = '00000777' AND slip = '2020/01/01 -777'"
        ).fetchone()
    wide = "".join(chr(ord(sign) + 0xFEE0) if sign.isalnum() else sign for sign in payer.upper())
    yield from (("a part of a name", payer), ("a name in other signs", wide), ("approval number", "777"))
    yield from (("amount", f"{won:,}"), ("day", at[:10]), ("key", key))


def _find(folder: Path, text: str) -> float:
    """Ask as an auditor does, by the command, while a worker has the ledger open; return the seconds."""
    chosen = folder / "circus.ini"
    chosen.write_text(f"[env:worker]\nDATA_DIR = {folder}\n", encoding="utf-8")
    command = [str(Path(sys.executable).parent / "daybreak"), "find", text]
    here = {**os.environ, installation.INI_VARIABLE: str(chosen), "DATA_DIR": str(folder)}
    at = time.monotonic()
    done = subprocess.run(command, env=here, capture_output=True, text=True)
    spent = time.monotonic() - at
    if done.returncode != 0:
        raise AssertionError(f"daybreak find {text}: {done.stdout}{done.stderr}")
    return spent
