"""The tree that lives through a month: circusd, guards, worker and Chromium, on a demo ERP; both clocks are set."""

import os
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Self

from tests.erp import DemoErp
from tests.postbox import Postbox
from tests.rig import BIN, PROJECT, Circusd, wait_until
from tests.tools.month.ask import answer_list, asked_in
from tests.tools.month.judge import Asked
from tests.tools.month.plan import Change, Reading
from worker.config import ini, loading
from worker.config.erp_settings import DEMO_COMPANY, DEMO_PASSWORD, DEMO_SAVE_PATTERN, DEMO_USER
from worker.control import requests
from worker.demo.clock import KST
from worker.errors import LedgerError
from worker.ledger.ledger import Ledger
from worker.runtime.commands import CommandKind
from worker.runtime.files import write_private
from worker.runtime.heartbeat import AT_REST
from worker.schedule import calendar
from worker.schedule.loop import Outcome

#: A cycle has ended after so long, or the worker is stuck (seconds).
CYCLE_S = 300.0

#: A failed cycle is tried again so often, and the clock is set so far ahead for that.
TRIES, TRY_AGAIN_AFTER = 3, timedelta(minutes=16)

#: A worker that rests for so long although a cycle is wanted has none due (seconds).
QUIET_S = 20.0


class Office:
    """A tree in production on a demo ERP in which nothing happens by itself. The clocks of both go ahead together."""

    def __init__(self, folder: Path, *, project: Path = PROJECT) -> None:
        """`project`: whose code runs."""
        self._held = ExitStack()
        self._ahead = timedelta()
        self._slept = folder / "slept"
        self._folder = folder
        self._project = project
        #: Cycles that failed: when, and why.
        self.failures: list[tuple[datetime, str]] = []
        #: Questions about a whole list.
        self.questions: list[str] = []
        #: How long each cycle took (seconds).
        self.seconds: list[float] = []
        #: The demo's numbers of the rows.
        self._ids: dict[int, int] = {}

    def __enter__(self) -> Self:
        with ExitStack() as held:
            self.erp = held.enter_context(DemoErp(payments=0, knobs={"reflect_after_s": 0}))
            postbox = held.enter_context(Postbox())
            self._folder.mkdir(parents=True, exist_ok=True)
            path = f"{self._project / 'tests' / 'clockwork'}{os.pathsep}{self._project}"
            self._environment = {"PYTHONPATH": path, "SLEPT": str(self._slept)}
            password = self._folder / "password"
            password.touch(mode=0o600)
            password.write_text(DEMO_PASSWORD, encoding="utf-8")
            self._chosen = {
                "ERP_URL": self.erp.url,
                "ERP_COMPANY": DEMO_COMPANY,
                "ERP_USER": DEMO_USER,
                "ERP_PASSWORD_FILE": str(password),
                "MODE": "production",
                "SAVE_PATTERN": DEMO_SAVE_PATTERN,
                "DEPOSIT_LIST": "on",
                "HOURS_SAT": "",
                "DAYS_OFF_CYCLE": "",
                "PING_URL": "off",
                "PING_GUARDS_URL": "off",
                "SMTP_HOST": "127.0.0.1",
                "SMTP_PORT": str(postbox.port),
                "SMTP_TLS": "off",
                "MAIL_FROM": "daybreak@example.com",
                "MAIL_TO": "office@example.com",
            }
            self.circus = Circusd(self._folder, settings=self._chosen, environment=self._environment)
            self.circus.may_stay = True
            self.circus.write_ini()
            self._held = held.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self.circus.__exit__(None, None, None)
        finally:
            self._held.close()

    # --- time

    def days(self, count: int) -> list[date]:
        """Return the next so many work days, from a Monday on; Thursday and Friday of the third week are off."""
        monday = datetime.now(KST).date() + timedelta(days=1)
        while monday.weekday() != 0:
            monday += timedelta(days=1)
        off = [monday + timedelta(days=number) for number in (17, 18)]
        self._chosen["EXTRA_DAYS_OFF"] = ",".join(day.isoformat() for day in off)
        self.circus.write_ini(**self._chosen)
        values = ini.worker_settings(self.circus.ini)
        plan = loading.load({**values, "DATA_DIR": str(self.circus.data)})
        found: list[date] = []
        while len(found) < count:
            if not calendar.is_day_off(monday, plan.schedule):
                found.append(monday)
            monday += timedelta(days=1)
        return found

    def start(self, at: datetime) -> None:
        """Adopt that nothing was posted, prove the way to people, start the tree, all at this time."""
        self.set_clocks(at)
        self.command("adopt", "--nothing", "--by", "the month", "--yes")
        self.command("alert-test")
        self.circus.start()
        self.circus.beating(deadline=60)

    def set_clocks(self, at: datetime) -> None:
        """Let ERP and tree have this time: the machine has slept until then. Time never goes back."""
        self._ahead = max(at - datetime.now(KST), self._ahead)
        self.erp.clock(offset_s=self._ahead.total_seconds())
        write_private(self._slept, f"{self._ahead.total_seconds()}", durable=False)

    def now(self) -> datetime:
        """Return what ERP and tree take for the time."""
        return datetime.now(KST) + self._ahead

    def command(self, *words: str) -> str:
        """Run the people's command on this tree; return what it printed."""
        done = subprocess.run(
            [str(BIN / "daybreak"), *words],
            env={**self._environment, "DAYBREAK_INI": str(self.circus.ini), "PATH": os.defpath, "LC_ALL": "C.UTF-8"},
            capture_output=True,
            text=True,
            timeout=120,
        )
        if done.returncode != 0:
            raise AssertionError(f"daybreak {' '.join(words)}: {done.stdout}{done.stderr}")
        return done.stdout

    # --- readings

    def read(self, reading: Reading) -> None:
        """Let happen what comes before a reading, and have it read."""
        self.erp.clock(offset_s=(reading.at - datetime.now(KST)).total_seconds())
        self._change(reading.changes)
        last = self._last_cycle()
        self.set_clocks(reading.at + timedelta(seconds=2))
        for _ in range(TRIES):
            began = time.monotonic()
            if reading.is_test:
                requests.leave(self.circus.data, CommandKind.CYCLE, test=True)
            self._wake()
            outcome, why = self._end_of_cycle(last, is_test=reading.is_test)
            self.seconds.append(time.monotonic() - began)
            if outcome == Outcome.RAN:
                return
            last = self._last_cycle()
            with Ledger(self.circus.data, create=False) as ledger:
                question = answer_list(ledger, at=self.now())
            if question:
                self.questions.append(question)
                self.set_clocks(self.now() + TRY_AGAIN_AFTER)
            else:
                self.failures.append((self.now(), why))

    def _change(self, changes: Sequence[Change]) -> None:
        new: list[Change] = []

        def add() -> None:
            added = self.erp.control("/payments", [change.fields for change in new]) if new else []
            self._ids |= {change.row: row["id"] for change, row in zip(new, added, strict=True)}
            new.clear()

        for change in changes:
            if change.is_new:
                new.append(change)
            else:
                add()
                self.erp.change(self._ids[change.row], **change.fields)
        add()

    def _wake(self) -> None:
        beat = self.circus.beat()
        if beat is not None:
            beat.identity.signal(signal.SIGUSR2)

    def _last_cycle(self) -> int:
        with Ledger(self.circus.data, read_only=True) as ledger:
            return max((int(str(cycle["id"])) for cycle in ledger.last_cycles(1)), default=0)

    def _end_of_cycle(self, last: int, *, is_test: bool) -> tuple[str, str]:
        """Return how the next cycle after that one ended. Where none comes by itself, as after a crash, one is made."""
        quiet_since = time.monotonic()

        def ended() -> tuple[str, str] | None:
            nonlocal quiet_since
            with suppress(LedgerError), Ledger(self.circus.data, read_only=True) as ledger:
                for cycle in reversed(ledger.last_cycles(3)):
                    if cycle["ended"] and int(str(cycle["id"])) > last:
                        return str(cycle["outcome"]), str(cycle["why"])
            beat = self.circus.beat()
            if beat is None or beat.phase not in AT_REST:
                quiet_since = time.monotonic()
            elif time.monotonic() - quiet_since > QUIET_S:
                quiet_since = time.monotonic()
                if is_test:
                    requests.leave(self.circus.data, CommandKind.CYCLE, test=True)
                else:
                    self.set_clocks(self.now() + TRY_AGAIN_AFTER)
                self._wake()
            time.sleep(0.1)
            return None

        return wait_until(f"the end of a cycle after {last}", ended, CYCLE_S) or ("", "")

    # --- what the ledger says

    def asked(self) -> list[Asked]:
        """Return every row that waits for a person."""
        with Ledger(self.circus.data, read_only=True) as ledger:
            return asked_in(ledger)

    def slips(self) -> list[dict[str, Any]]:
        """Return all deposits that the ERP has."""
        return self.erp.slips()

    def alarms(self) -> list[str]:
        """Return every open alarm: its cause and what it says."""
        with Ledger(self.circus.data, read_only=True) as ledger:
            return [f"{alarm.cause}: {alarm.what}" for alarm in ledger.alarms()]
