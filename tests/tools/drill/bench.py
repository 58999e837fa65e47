"""The tree under the drill: the defaults of circus.ini, a demo ERP with its clock at rest, and what is true of it."""

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http.client import HTTPException
from pathlib import Path
from signal import SIGKILL, SIGUSR2
from typing import Any, TypeVar

from tests.rig import Circusd, project_ini, state_of
from tests.systemd import Systemd
from tests.tools.open_pages import OpenPages
from worker.control import requests
from worker.runtime import reaper
from worker.runtime import sqlite as sqlite3
from worker.runtime.files import write_private
from worker.runtime.heartbeat import AT_REST, Heartbeat, now_ticks
from worker.runtime.process_identity import Identity
from worker.status.processes import is_worker

T = TypeVar("T")

#: So many payments are listed from the start; a cycle takes a few seconds.
PAYMENTS = "40"

#: The demo answers a little late, so that a fault can come in the middle of a step; nothing happens by itself.
KNOBS: Mapping[str, object] = {"delays": 0.3, "arrivals_per_min": 0}

#: WatchdogSec of the unit that ./scripts/install writes (seconds).
WATCHDOG_SEC = 60.0

#: Nothing in the drill takes longer (seconds).
AT_MOST = 180.0


class Missed(AssertionError):
    """What had to become true did not, within AT_MOST."""


class Tree:
    """A running tree with the default guards and the default patience."""

    #: The step in which a cycle reads the payments, as far as its beat shows it.
    reading = "reading the payments"

    #: Whether its steps wait in slices, with a sign of life in each.
    is_sliced = True

    def __init__(
        self, folder: Path, *, payments: str = PAYMENTS, knobs: Mapping[str, object] = KNOBS, pages: int = 0
    ) -> None:
        """`pages`: so many readers keep the page open once it is there; without one it does not run."""
        self.plant(folder, {"DEMO_PAYMENTS": payments, "DEMO_KNOBS": json.dumps(knobs)}, demo=True, pages=pages)

    def plant(self, folder: Path, settings: Mapping[str, str], *, demo: bool, pages: int = 0) -> None:
        """Make the tree's circusd, with the ERP of these settings."""
        # The rig's tests look more often than the default; the drill must not.
        guards = {name: dict(project_ini()[name]) for name in ("plugin:heartbeat", "plugin:recycle")}
        #: Hears what the unit's systemd would; what it would do then is done by a fault.
        self.systemd = Systemd(limit=WATCHDOG_SEC)
        self.circus = Circusd(
            folder,
            demo=demo,
            page=pages > 0,
            settings=settings,
            sections=guards,
            environment=self.systemd.environment(),
        )
        self.pages = OpenPages(lambda: (self.data, self.circus.page_port), pages)
        self.circus.may_stay = True
        self._drills = 0

    def close(self) -> None:
        """End the tree; whatever it leaves is killed."""
        self.pages.end()
        self.circus.__exit__(None, None, None)
        self.systemd.close()

    # --- looking

    @property
    def data(self) -> Path:
        """The data folder."""
        return self.circus.data

    def beat(self) -> Heartbeat | None:
        """Return the newest beat of a living worker, or None."""
        beat = self.circus.beat()
        return beat if beat and not reaper.is_gone(beat.identity) else None

    def worker(self) -> Identity:
        """Return the worker that beats now."""
        return self.until("a worker that beats", self.beat).identity

    def part(self, name: str) -> list[Identity]:
        """Return the worker's processes of a kind: worker, driver, browser, renderer."""
        worker = self.worker()
        kinds: dict[str, list[Identity]] = {"worker": [worker], "driver": [], "browser": [], "renderer": []}
        for one in reaper.tree(worker):
            line = line_of(one.pid)
            if "run-driver" in line:
                kinds["driver"].append(one)
            elif "--type=renderer" in line:
                kinds["renderer"].append(one)
            elif reaper.FLAG in line and "--type=" not in line:
                kinds["browser"].append(one)
        return kinds[name]

    def until(self, what: str, condition: Callable[[], T | None], seconds: float = AT_MOST) -> T:
        """Return the condition's first true answer. Raises Missed."""
        end = time.monotonic() + seconds
        while not (answer := condition()):
            if time.monotonic() > end:
                raise Missed(f"waited {seconds:g} s for {what}")
            time.sleep(0.01)
        return answer

    def at_rest(self, seconds: float = AT_MOST) -> Heartbeat:
        """Wait until the worker waits and holds no browser."""

        def found() -> Heartbeat | None:
            beat = self.beat()
            return beat if beat and beat.phase in AT_REST else None

        return self.until("a worker at rest", found, seconds)

    def in_step(self, first_words: str, *, part: str = "renderer") -> Heartbeat:
        """Ask for a cycle and wait until it is in a step that begins so, with this part of its tree there.

        A short step may be over before anybody has looked: then for another cycle.
        """
        self.at_rest()
        self.ask()

        def found() -> Heartbeat | None:
            beat = self.beat()
            if beat and beat.step.startswith(first_words) and self.part(part):
                return beat
            if beat and beat.phase in AT_REST and not (self.data / requests.FILE).exists():
                self.ask()
            return None

        return self.until(f"a cycle in the step {first_words!r}", found, 60)

    @contextmanager
    def slowed(self, knobs: Mapping[str, object]) -> Iterator[None]:
        """Have the demo take its time for the length of a block."""
        before = self.circus.erp("/knobs", {}) if knobs else {}
        if knobs:
            self.circus.erp("/knobs", dict(knobs))
        try:
            yield
        finally:
            if knobs:
                self.circus.erp("/knobs", {name: before[name] for name in knobs})

    def ledger(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """Ask the ledger; nothing while it can't be read."""
        with suppress(sqlite3.Error):
            db = sqlite3.connect(f"file:{self.data / 'ledger.db'}?mode=ro", uri=True, timeout=2)
            try:
                return db.execute(sql, values).fetchall()
            finally:
                db.close()
        return []

    def status(self) -> dict[str, Any]:
        """Return what `daybreak status --json` prints."""
        done = subprocess.run(
            [str(Path(sys.executable).parent / "daybreak"), "status", "--json"],
            env={"DAYBREAK_INI": str(self.circus.ini), "PATH": os.defpath, "LC_ALL": "C.UTF-8"},
            capture_output=True,
            text=True,
            timeout=60,
        )
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    # --- doing

    def ask(self) -> None:
        """Ask the worker for a cycle now, as `daybreak once` does."""
        ask(self.data, self.beat())

    def another(self, old: Identity) -> float:
        """Wait for the first beat of another worker; return when it came (monotonic seconds)."""

        def found() -> float | None:
            beat = self.circus.beat()
            return beat.ticks if beat and beat.identity != old and not reaper.is_gone(beat.identity) else None

        return self.until("another worker's first beat", found)

    def new_payment(self) -> str:
        """Have a payment enter the ERP now; return its payer, a new one each time."""
        self._drills += 1
        payer = f"훈련{self._drills:03d}"
        number = f"77{self._drills:06d}"
        self.until("the ERP", lambda: self.add(payer, 1000 + self._drills, number))
        return payer

    def add(self, payer: str, won: int, number: str) -> bool:
        """Have one payment enter the ERP; return False while it does not answer."""
        try:
            self.circus.erp("/payments", [{"payer": payer, "amount": won, "status": "승인", "approval_no": number}])
        except (OSError, HTTPException):
            return False
        return True

    def posted(self) -> list[str]:
        """Return what marks each deposit in the ERP's books, one for each deposit."""
        return [str(slip["memo"]) for slip in self.circus.erp("/slips")]

    def confirmed(self, payer: str) -> float:
        """Wait until this payer's deposit stands in the ERP and as posted in the ledger; return when that was."""

        def found() -> bool:
            if self.ledger("SELECT 1 FROM payment WHERE state = 'posted' AND payer = ?", payer):
                return True
            beat = self.beat()
            if beat and beat.phase in AT_REST and not (self.data / requests.FILE).exists():
                self.ask()
                # The worker takes the request, then begins: give it the time, or it is asked twice.
                time.sleep(0.3)
            return False

        self.until(f"the deposit of {payer}", found)
        return now_ticks()

    def clear_up(self) -> None:
        """After a drill that missed: end what is still frozen, so that the next one begins with a sound tree."""
        for one in self.circus.processes():
            if state_of(one.pid) == "T":
                one.signal(SIGKILL)

    # --- judging

    def why_not_sound(self) -> list[str]:
        """Say what is wrong once all is at rest: more than one worker, a stray browser, a slip that stands twice."""
        self.at_rest()
        problems: list[str] = []
        try:
            self.until("the end of all browsers", lambda: self.beat() is not None and not self._browsers(), 5)
        except Missed:
            problems.append(f"stray browser processes: {self._browsers()}")
        workers = [one.pid for one in self.circus.processes() if is_worker(one.pid)]
        if len(workers) != 1:
            problems.append(f"{len(workers)} workers: {workers}")
        stopped = [one.pid for one in self.circus.processes() if state_of(one.pid) == "T"]
        if stopped:
            problems.append(f"still frozen: {stopped}")
        twice = [mark for mark, count in Counter(self.posted()).items() if count > 1]
        if twice:
            problems.append(f"posted twice: {twice}")
        if why := self.pages.why_not_served():
            problems.append(why)
        return problems

    def _browsers(self) -> list[int]:
        """Return what belongs to a browser: none may be there while the worker waits."""
        return [
            one.pid
            for one in self.circus.processes()
            if any(word in line_of(one.pid) for word in (reaper.FLAG, "run-driver", "--type=", "crashpad"))
        ]


def ask(data: Path, beat: Heartbeat | None) -> None:
    """Ask the worker of a data folder for a cycle now, as `daybreak once` does."""
    with suppress(OSError):
        write_private(data / requests.FILE, json.dumps({"test": False}))
    if beat is not None:
        beat.identity.signal(SIGUSR2)


def line_of(pid: int) -> str:
    """Return a process's command line, or an empty text."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    return ""
