"""One tree under torture: circusd, worker, browser and a demo ERP of its own, with short patience."""

import json
import os
import random
import shutil
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from tests import own_code
from tests.erp import DemoErp
from tests.rig import BIN, PROJECT, RIG, Circusd, state_of
from tests.tools.open_pages import OpenPages
from worker.admin import versions
from worker.alerts import channel_tests
from worker.config import loading
from worker.config.channels import Channel
from worker.config.erp_settings import DEMO_COMPANY, DEMO_PASSWORD, DEMO_SAVE_PATTERN, DEMO_USER
from worker.control import requests
from worker.ledger.ledger import Ledger
from worker.posting.books import owner_of
from worker.runtime import reaper
from worker.runtime import sqlite as sqlite3
from worker.runtime.files import write_private
from worker.runtime.heartbeat import Heartbeat
from worker.runtime.process_identity import Identity
from worker.status.processes import is_worker

T = TypeVar("T")

#: Short patience everywhere (seconds): a frozen step is found within about 12 s.
SETTINGS = {
    "SIGN_IN_S": "10",
    "LIST_S": "6",
    "STEP_S": "5",
    "RESULT_S": "5",
    "SETTLE_S": "3",
    "REMARK_KEY": "on",
}

#: Small delays, so that every window between two steps is open for a moment.
KNOBS = {"delays": 0.1, "arrivals_per_min": 0, "result_delay_s": 0.2, "commit_after_s": 0.2, "rival_check": True}

#: Phases of a cycle in which a fault may come, by the first word of the beat's step.
STEPS = (
    "starting",
    "signing",
    "opening",
    "reading",
    "결제내역조회,",
    "deciding",
    "a",
    "pasting",
    "saving",
    "1",
    "입금보고서조회,",
)

#: Seconds after which a run that is not settled counts as stuck.
DEADLINE = 150.0


#: The file that keeps a failed tree's folder.
KEPT = "books.json"

#: A tree without a deposit list: the demo plays a real ERP, a cycle comes only when it is asked for, and nobody listens
#: to what is mailed.
REAL = {
    "ERP_COMPANY": DEMO_COMPANY,
    "ERP_USER": DEMO_USER,
    "MODE": "production",
    "TAKE_OVER": "on",
    "SAVE_PATTERN": DEMO_SAVE_PATTERN,
    "DEPOSIT_LIST": "off",
    # A tree for which no cycle is ever due is refused: one slot, in a night's hour.
    **dict.fromkeys(("HOURS_MON_FRI", "HOURS_SAT", "DAYS_OFF_CYCLE"), ""),
    "HOURS_SUN": "03:00-03:30",
    **dict.fromkeys(("PING_URL", "PING_GUARDS_URL"), "off"),
    "SMTP_HOST": "127.0.0.1",
    "SMTP_PORT": "9",
    "SMTP_TLS": "off",
    "MAIL_FROM": "a@example.com",
    "MAIL_TO": "b@example.com",
}

#: A payment as it was added: payer and won.
Form = tuple[str, int]


class Stuck(AssertionError):
    """The tree did not come back by itself in time."""


class Tree:
    """A running tree and its ERP. `wanted` is what must stand in the books: {(payer, won): how it may stand there}."""

    deadline = DEADLINE

    def __init__(
        self, folder: Path, number: int, chance: random.Random, *, deposit_list: bool = True, pages: int = 0
    ) -> None:
        """Without `deposit_list` nothing can be looked up: a person answers what the worker asks, by the books.

        `pages`: so many readers keep the page open; without one it does not run.
        """
        self.chance = chance
        self.has_deposit_list = deposit_list
        self.erp = DemoErp(payments=0, knobs=KNOBS)
        self.folder = folder
        self._root = folder
        self._number = number
        self._run = 0
        self._circus: Circusd | None = None
        self.has_page = pages > 0
        self.pages = OpenPages(lambda: (self.data, self.circus.page_port), pages)
        #: What a command of this tree begins with, once it was moved to another machine.
        self._elsewhere: tuple[str, ...] = ()
        self._moves = 0
        #: Payments of this run, by payer: what the ERP's books must hold.
        self.wanted: dict[Form, str] = {}
        self.all_wanted: dict[Form, str] = {}
        #: The demo's number of each payment, and how its row reads after all edits.
        self.ids: dict[Form, int] = {}
        self.rows: dict[Form, dict[str, Any]] = {}
        #: Edited payments: as they may stand in the books → as they were added.
        self.origins: dict[Form, Form] = {}
        #: Payments that a person may rightly be asked about: to be asked is not to be lost.
        self.may_ask: set[Form] = set()
        #: What really struck, in words, since the run began.
        self.hits: Counter[str] = Counter()
        #: Seconds that the wall clock of the tree was set ahead, in a file of this name.
        self._ahead = 0.0

    # --- life

    def __enter__(self) -> "Tree":
        self.erp.start()
        try:
            self.start()
            self.pages.begin()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.pages.end()
        with suppress(Exception):
            self.thaw()
        if self._circus is not None:
            self._circus.may_stay = True
            self._circus.__exit__(None, None, None)
        self.erp.stop()

    @property
    def circus(self) -> Circusd:
        """The running circusd."""
        assert self._circus is not None
        return self._circus

    @property
    def data(self) -> Path:
        """The worker's data folder."""
        return self.circus.data

    def start(self) -> None:
        """Start circusd on this tree's folder."""
        self._make()
        self.circus.start()
        self.until("a first beat", lambda: self.beat() is not None, 30)

    def _make(self) -> None:
        values = {
            **SETTINGS,
            "DEMO_PORT": str(self.erp.port),
            "DEMO_CONTROL_PORT": str(self.erp.control_port),
        }
        if not self.has_deposit_list:
            password = self.folder / "password"
            password.touch(mode=0o600)
            password.write_text(DEMO_PASSWORD, encoding="utf-8")
            values |= {**REAL, "ERP_URL": self.erp.url, "ERP_PASSWORD_FILE": str(password)}
        clockwork = f"{PROJECT / 'tests' / 'clockwork'}{os.pathsep}{PROJECT}"
        environment = {"PYTHONPATH": clockwork, "AHEAD": str(self.folder / "ahead")}
        self._circus = Circusd(self.folder, settings=values, environment=environment, demo=False, page=self.has_page)
        self._circus.write_ini()
        if not self.has_deposit_list and not (self._circus.data / "ledger.db").exists():
            _adopt_nothing(self._circus.data, values)

    def start_again(self) -> None:
        """Start circusd anew, as systemd would; a tree of its own code by ./scripts/start."""
        program = ("./scripts/start",) if self.has_own_code else (str(BIN / "circusd"), str(self.circus.ini))
        self.circus.launch((*self._elsewhere, *program))
        self.until("circusd's answer", self.circus.status, 120)

    def set_clock(self, ahead: float) -> None:
        """Set the wall clock of the tree so many seconds ahead of the host's; no other clock sees that."""
        write_private(self.folder / "ahead", f"{ahead}", durable=False)
        self._ahead = ahead

    @property
    def ahead(self) -> float:
        """Return how far the wall clock of the tree was set ahead, in seconds."""
        return self._ahead

    # --- another machine

    def command(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """Run the people's command on this tree, on its machine."""
        programs = self.folder / ".venv" / "bin" if self.has_own_code else BIN
        return subprocess.run(
            [*self._elsewhere, str(programs / "daybreak"), *words],
            env={"DAYBREAK_INI": str(self.circus.ini), "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
            capture_output=True,
            text=True,
            timeout=90,
        )

    def go_elsewhere(self) -> None:
        """Be another machine with another folder from now on; the old tree has ended, and its folder stays."""
        self.circus.stop()
        self._moves += 1
        old, self.folder = self.folder, self._root / f"elsewhere {self._moves}"
        self.folder.mkdir()
        machine = self.folder / "machine-id"
        machine.write_text(f"{self._number:016x}{self._moves:016x}\n", encoding="ascii")
        mount = 'mount --bind "$0" /etc/machine-id && exec "$@"'
        self._elsewhere = ("unshare", "--mount", "/bin/sh", "-c", mount, str(machine))
        self._make()
        if (old / "scripts" / "upgrade").exists():
            own_code.settle(self.folder, old)
            for name in ("first", "next"):
                (old / name).rename(self.folder / name)
                shutil.copy(self.folder / "circus.ini", self.folder / name / "circus.ini")
        for folder in self._root.glob("elsewhere *"):
            if folder not in (old, self.folder):
                shutil.rmtree(folder)

    # --- code of its own

    @property
    def has_own_code(self) -> bool:
        """True once the folder holds code that can be upgraded."""
        return (self.folder / "scripts" / "upgrade").exists()

    def take_own_code(self) -> None:
        """Run from now on from a copy of the code in the tree's own folder, with its next version beside it."""
        if self.has_own_code:
            return
        self.circus.stop()
        own_code.settle(self.folder)
        own_code.write_next(self.folder, self.folder / "next")
        versions.copy(self.folder, self.folder / "first")
        for packages in (self.folder / ".venv" / "lib").glob("python3*/site-packages"):
            shutil.copy(PROJECT / "tests" / "clockwork" / "sitecustomize.py", packages)
        self.start_again()
        self.until("a first beat", lambda: self.beat() is not None, 60)

    def script(self, name: str, *words: str) -> "subprocess.Popen[bytes]":
        """Start one of the scripts of the tree's own code, as a person would."""
        with (self.folder / "upgrades.txt").open("ab") as file:
            return subprocess.Popen(
                [*self._elsewhere, str(self.folder / "scripts" / name), *words],
                env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", RIG: self.circus.id},
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                start_new_session=True,
            )

    def other_version(self) -> Path:
        """Return the folder with the version that the tree does not have now."""
        there = (self.folder / "worker" / "version.py").read_text(encoding="utf-8")
        return self.folder / ("first" if own_code.NEXT in there else "next")

    def kill_all(self) -> None:
        """Kill every process of the tree at once, circusd first: the power is cut."""
        with suppress(Exception):
            self.circus.kill()
        for identity in self.circus.processes():
            identity.signal(signal.SIGKILL)
        self.until("the end of all processes", lambda: not self.circus.processes(), 20)

    # --- looking

    def beat(self) -> Heartbeat | None:
        """Return the newest beat of a living worker, or None."""
        beat = self.circus.beat()
        return beat if beat and beat.identity.is_alive() and state_of(beat.identity.pid) not in ("Z", "X") else None

    def worker(self) -> Identity | None:
        """Return the running worker."""
        beat = self.beat()
        return beat.identity if beat else None

    def part(self, name: str) -> list[Identity]:
        """Return the worker's processes of a kind: worker, driver, browser, renderer."""
        worker = self.worker()
        if worker is None:
            return []
        if name == "worker":
            return [worker]
        found = []
        for one in reaper.tree(worker):
            line = _line(one.pid)
            is_chromium = reaper.FLAG in line
            kind = (
                "renderer" if "--type=renderer" in line
                else "driver" if "run-driver" in line
                else "browser" if is_chromium and "--type=" not in line
                else ""
            )  # fmt: skip
            if kind == name:
                found.append(one)
        return found

    def ledger(self, sql: str) -> list[tuple[Any, ...]]:
        """Ask the ledger; nothing while it can't be read."""
        try:
            db = sqlite3.connect(f"file:{self.data / 'ledger.db'}?mode=ro", uri=True, timeout=2)
            try:
                return db.execute(sql).fetchall()
            finally:
                db.close()
        except sqlite3.Error:
            return []

    def until(self, what: str, condition: Callable[[], T], seconds: float) -> T:
        """Wait for something; raise Stuck when it does not come."""
        end = time.monotonic() + seconds
        while not (answer := condition()):
            if time.monotonic() > end:
                raise Stuck(f"waited {seconds:g} s for {what}")
            time.sleep(0.02)
        return answer

    # --- doing

    def add_payments(self, count: int, *, more: bool = False) -> None:
        """Seed payments with payers of this run alone; `more`: beside those it has."""
        if not more:
            self._run += 1
            self.wanted = {}
            self.hits.clear()
        first = len(self.wanted)
        for index in range(first, first + count):
            payer = f"고객{self._number:02d}-{self._run:03d}-{index:02d}"
            amount = 1000 + self.chance.randrange(1, 200) * 10
            number = f"{self._number + 1:02d}{self._run:04d}{index:02d}"
            row = self.erp.add(payer=payer, amount=amount, status="승인", approval_no=number)
            self.wanted[payer, amount] = "once"
            if row:
                self.ids[payer, amount], self.rows[payer, amount] = row["id"], row
        self.all_wanted.update(self.wanted)

    def edit(self, payment: Form, **fields: Any) -> None:
        """Change fields of a payment's row in the ERP's list, as a person does; it is the same payment still."""
        row = self.rows[payment] = dict(self.erp.change(self.ids[payment], **fields))
        self.origins[row["payer"], row["amount"]] = payment
        self.may_ask.add(payment)

    def state(self, payment: Form) -> str:
        """Return the ledger's word for a payment as it was added, or `unknown`."""
        found = self.ledger("SELECT payer, amount, state FROM payment")
        return next((state for payer, amount, state in found if (payer, amount) == payment), "unknown")

    def run_cycle(self, seconds: float = 90.0, *, is_test: bool = False) -> bool:
        """Ask for a cycle and wait for the end of one that began after that; return True if it ran."""
        newest = "SELECT COALESCE(MAX(id), 0) FROM cycle"
        last = max((row[0] for row in self.ledger(newest)), default=0)
        done = f"SELECT outcome FROM cycle WHERE id > {last} AND ended IS NOT NULL ORDER BY id LIMIT 1"
        end = time.monotonic() + seconds
        while not (found := self.ledger(done)):
            if time.monotonic() > end:
                raise Stuck(f"waited {seconds:g} s for a cycle after {last}")
            beat = self.beat()
            if beat is not None and beat.phase in ("waiting", "waiting for the ERP"):
                self.ask(is_test=is_test)
            time.sleep(0.3)
        return bool(found[0][0] == "ran")

    def ask(self, *, is_test: bool = False) -> None:
        """Ask the worker for a cycle now; a test keeps every save back."""
        worker = self.worker()
        with suppress(OSError):
            write_private(self.data / requests.FILE, json.dumps({"test": is_test}))
        if worker is not None and is_worker(worker.pid):
            worker.signal(signal.SIGUSR2)

    def at_step(self, seconds: float = 20.0) -> str:
        """Wait until the next cycle has made a random number of steps; return the step it is in."""
        number = self.chance.randrange(1, 16)
        seen = 0
        last: tuple[str, float] | None = None
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            beat = self.circus.beat()
            if beat is not None and beat.step and (beat.step, beat.ticks) != last:
                last = (beat.step, beat.ticks)
                seen += 1
                if seen >= number:
                    time.sleep(self.chance.choice((0, 0, 0.05, 0.2, 0.5)))
                    return beat.step
            time.sleep(0.003)
        return last[0] if last else ""

    def at_save(self, seconds: float = 30.0, late: float | None = None) -> str:
        """Wait until the save of a batch is about to be asked for, then `late` seconds or a random moment more."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            beat = self.circus.beat()
            if beat is not None and beat.step.startswith("saving"):
                time.sleep(self.chance.uniform(0, 0.8) if late is None else late)
                return beat.step
            time.sleep(0.002)
        return ""

    def freeze(self, name: str) -> None:
        """Stop all processes of a kind."""
        for one in self.part(name):
            one.signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let everything that is stopped go on."""
        for identity in self.circus.processes():
            if state_of(identity.pid) == "T":
                identity.signal(signal.SIGCONT)

    # --- judging

    def is_settled(self) -> bool:
        """True when every payment of this run is in the books as it must be or asked about, and no doubt is left."""
        books = self.books()
        missing = {one for one in self.wanted if books[one] < 1}
        if missing and missing - self.asked():
            return False
        return not self.ledger("SELECT 1 FROM payment WHERE state IN ('planned', 'armed', 'sent', 'in_doubt') LIMIT 1")

    def asked(self) -> set[Form]:
        """Return the payments of which a row waits for a person who may rightly be asked."""
        held = self.ledger("SELECT payer, amount FROM payment WHERE state = 'held' AND excluded = ''")
        return {self.origins.get(one, one) for one in held} & self.may_ask

    def books(self) -> Counter[Form]:
        """Return how often each payment stands in the ERP's books, under whatever name and amount it has had."""
        found = ((slip["payer"], slip["amount"]) for slip in self.erp.slips())
        return Counter(self.origins.get(one, one) for one in found)

    def answer(self) -> None:
        """Do what a person does who has the ERP's books before them: nothing where the worker can look for itself."""
        if self.has_deposit_list:
            return
        books = self.books()
        for key, payer, amount in self.ledger("SELECT key, payer, amount FROM payment WHERE state = 'in_doubt'"):
            verdict = "--posted" if books[self.origins.get((payer, amount), (payer, amount))] else "--not-posted"
            self.command("resolve", key, verdict, "--why", "the books say so", "--yes")
        last = self.ledger("SELECT outcome, why FROM cycle WHERE ended IS NOT NULL ORDER BY id DESC LIMIT 1")
        if last and last[0][0] == "failed" and "daybreak adopt" in last[0][1]:
            waiting = self.ledger("SELECT key, payer, amount FROM payment WHERE state = 'seen' AND excluded = ''")
            posted = [key for key, *form in waiting if books[self.origins.get(tuple(form), tuple(form))]]
            file = self.folder / "posted.txt"
            file.write_text("".join(f"{key}\n" for key in posted), encoding="ascii")
            how = ("--list", str(file)) if posted else ("--nothing",)
            self.command("adopt", *how, "--by", "a person", "--yes")
            self.hits["a person compared and adopted"] += 1

    def settle(self) -> None:
        """Ask for cycles until all is settled. Raises Stuck."""
        end = time.monotonic() + self.deadline
        while not self.is_settled():
            if time.monotonic() > end:
                raise Stuck(self.told())
            beat = self.beat()
            if beat is not None and beat.phase in ("waiting", "waiting for the ERP"):
                self.answer()
                self.ask()
            time.sleep(0.3)

    def keep(self) -> None:
        """Write down what the ERP has, beside the tree's own files: somebody will want to know how it came to this."""
        books = {"slips": self.erp.slips(), "uploads": self.erp.uploads()}
        text = json.dumps(books, ensure_ascii=False, indent=1)
        (self._root / KEPT).write_text(text, encoding="utf-8")

    def told(self) -> str:
        """Say where things stand, for a run that failed."""
        states = self.ledger("SELECT state, excluded, COUNT(*) FROM payment GROUP BY 1, 2")
        logs = "".join(path.read_text(encoding="utf-8")[-3000:] for path in (self.data / "logs").glob("worker_*"))
        return f"not settled after {self.deadline:g} s; ledger {states}; uploads {self.erp.uploads()[-6:]}\n{logs}"

    def judge(self, *, own_fault: bool) -> str:
        """Return `ok`, or what is wrong with the books: judged over every payment of this tree so far."""
        books = self.books()
        missing = {one for one in self.all_wanted if books[one] < 1}
        lost = sorted(missing - self.asked()) if missing else []
        twice = [one for one in self.all_wanted if books[one] > 1 and self.all_wanted[one] == "once"]
        strange = [one for one in books if one not in self.all_wanted]
        if own_fault:
            # The ERP stored twice by itself: that must have been noticed.
            doubled = [one for one in self.wanted if books[one] > 1]
            told = self.ledger("SELECT COUNT(*) FROM incident WHERE kind = 'stored twice'")
            noticed = bool(told) and told[0][0] > 0
            for one in doubled:
                self.all_wanted[one] = "twice by the ERP itself"
            twice = [] if noticed or not doubled else doubled
        if lost or twice or strange:
            return f"lost {lost}, twice {twice}, strange {strange}"
        return "ok"

    def stray_browsers(self) -> int:
        """Return how many Chromiums of this tree run outside a worker's tree."""
        worker = self.worker()
        ours = {one.pid for one in reaper.tree(worker)} if worker else set()
        return sum(1 for one in self.circus.processes() if reaper.FLAG in _line(one.pid) and one.pid not in ours)


def _adopt_nothing(data: Path, values: Mapping[str, str]) -> None:
    """Declare that nothing was posted before and that people can be told."""
    data.mkdir(parents=True)
    chosen = loading.load({**values, "DATA_DIR": str(data)})
    with Ledger(data) as ledger:
        ledger.begin_generation()
        ledger.adopt(owner_of(chosen), by="the torture", at=chosen.now(), note="nothing was posted", posted=())
    channel_tests.note(data, chosen.channels, Channel.MAIL, at=chosen.now())


def _line(pid: int) -> str:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    return ""


def fill_disk(folder: Path) -> Path:
    """Take all space of the file system that a folder lies on; return the file that holds it."""
    path = folder / "filler"
    for size in (65536, 512, 1):
        with path.open("ab", buffering=0) as file, suppress(OSError):
            while file.write(b"\0" * size) == size:
                pass
    return path
