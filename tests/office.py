"""A rig that runs whole cycles in the test's own process: a real ledger, a real Chromium, a demo ERP."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from unittest.mock import patch
from urllib.parse import urlencode
from urllib.request import urlopen

from playwright.sync_api import Page, sync_playwright

from tests.erp import DemoErp
from worker.app.job import Job
from worker.browser.chromium import find_chromium, launch_flags
from worker.browser.launch import sweep
from worker.config import loading
from worker.ledger.alarms import Alarm
from worker.ledger.ledger import Ledger
from worker.ledger.state import State
from worker.posting.books import owner_of
from worker.runtime.commands import CommandKind, CommandResult
from worker.runtime.files import write_private
from worker.runtime.heartbeat import Phase, now_ticks
from worker.runtime.locks import Lock
from worker.runtime.stop import HeartbeatWriter, Stop
from worker.schedule.calendar import Slot
from worker.schedule.loop import Outcome

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

#: Time-outs that only a step which fails would wait for, and no time to settle (seconds).
PATIENT: Mapping[str, object] = {"SIGN_IN_S": 40, "LIST_S": 30, "STEP_S": 15, "RESULT_S": 30, "SETTLE_S": 0.01}

#: The demo's save, as an operator of a real ERP would have confirmed it.
SAVE_PATTERN = r"/action/BulkUpload\b"

PASSWORD = "demo-pass-1"  # the demo's, open to all

#: A smaller window is drawn faster.
SMALL = {"width": 1000, "height": 560}


class Chromium:
    """One Chromium for many cycles, with one profile that is emptied after each: starting anew would take a second."""

    def __enter__(self) -> Self:
        self._playwright = sync_playwright().start()
        # One process for all pages of the profile; the fonts are found and the scripts compiled once.
        args = [*launch_flags(), "--renderer-process-limit=1"]
        self.browser = self._playwright.chromium.launch(executable_path=find_chromium(), args=args)
        self._profile: BrowserContext | None = None
        self._is_lent = False
        return self

    def __exit__(self, *_: object) -> None:
        self.browser.close()
        self._playwright.stop()

    def lend(self, site: str, options: Mapping[str, Any]) -> "BrowserContext | None":
        """Return the profile with the cookies it should have, or None while somebody has it."""
        if self._is_lent:
            return None
        if self._profile is None:
            self._profile = self.browser.new_context(**{**options, "storage_state": None, "viewport": SMALL})
            self._profile.new_page().goto(f"{site}/static/logo.svg")  # keeps the process of the site's pages alive
        self._is_lent = True
        if state := options["storage_state"]:
            self._profile.add_cookies(state["cookies"])
        return self._profile

    def take_back(self) -> None:
        """Empty the profile."""
        assert self._profile is not None
        for page in self._profile.pages[1:]:
            page.close()
        self._profile.unroute_all()
        self._profile.clear_cookies()
        self._is_lent = False


class Lease:
    """Stands for `sync_playwright()`, for Playwright and for its browser: lends what runs already."""

    def __init__(self, chromium: Chromium, *, site: str, script: str) -> None:
        """`script` runs in every page before the page's own."""
        self._lender = chromium
        self._site = site
        self._script = script
        self._lent: BrowserContext | None = None
        self._own: BrowserContext | None = None
        self.chromium = self

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def launch(self, **_: object) -> Self:
        """Start nothing."""
        return self

    def new_context(self, **options: Any) -> "BrowserContext":
        """Return the emptied profile, or a fresh one if that is in use or would keep the script."""
        self._lent = None if self._script else self._lender.lend(self._site, options)
        if self._lent is not None:
            return self._lent
        self._own = self._lender.browser.new_context(**options)
        if self._script:
            self._own.add_init_script(self._script)
        return self._own

    def close(self) -> None:
        """Give back what was lent and close what was made."""
        if self._lent is not None:
            self._lender.take_back()
        if self._own is not None:
            self._own.close()
        self._lent = self._own = None

    @property
    def page(self) -> Page:
        """Return the page that the worker has open."""
        context = self._lent or self._own
        assert context is not None, "no page is open"
        return context.pages[-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """How one cycle ended, as the ledger has it."""

    outcome: Outcome
    why: str
    figures: Mapping[str, Any]


class _HeartbeatWriter(HeartbeatWriter):
    """A heart that calls somebody before a step, and remembers each: when (monotonic seconds), phase, words."""

    calls: list[tuple[str, Callable[[], object]]]
    steps: list[tuple[float, Phase, str]]

    def step(self, phase: Phase, step: str, seconds: float, *, stoppable: bool = True) -> None:
        self.steps.append((now_ticks(), phase, step))
        super().step(phase, step, seconds, stoppable=stoppable)
        call = next((one for one in self.calls if step.startswith(one[0])), None)
        if call is not None:
            self.calls.remove(call)
            call[1]()


class Office:
    """One worker's job at one demo ERP, as a context manager. Settings are given by name; the rest is PATIENT.

    Without `real`, the worker runs in demo mode. With it, the demo plays a real ERP: address, company, user, password
    file, MODE = production and a confirmed SAVE_PATTERN, unless settings say otherwise.
    """

    def __init__(
        self,
        erp: DemoErp,
        folder: Path,
        *,
        chromium: Chromium | None,
        real: bool = False,
        signed_in: bool = True,
        adopted: bool = True,
        **chosen: object,
    ) -> None:
        """Without `chromium`, each cycle starts a browser of its own.

        `signed_in`: a session is stored already; `adopted`: the ledger is, with nothing posted before.
        """
        self.erp = erp
        self.folder = folder
        self.script = ""
        self._chromium = chromium
        self._lease: Lease | None = None
        self._held = ExitStack()
        self._calls: list[tuple[str, Callable[[], object]]] = []
        #: Every step that was begun since the list was last emptied: when, in which phase, in what words.
        self.steps: list[tuple[float, Phase, str]] = []
        self._real = real
        self._signed_in = signed_in
        self._adopted = adopted
        self._chosen = chosen

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        if self._real:
            self.change_password(PASSWORD)
        self._load()
        if self._signed_in:
            self._sign_in()
        self._start()
        if self._adopted:
            self.adopt()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._held.close()
        sweep(self.folder).rmdir()

    def _load(self) -> None:
        values = {**PATIENT, "DATA_DIR": self.folder}
        values |= {"DEMO_PORT": self.erp.port, "DEMO_CONTROL_PORT": self.erp.control_port}
        if self._real:
            values |= {"ERP_URL": self.erp.url, "ERP_COMPANY": "DEMO01", "ERP_USER": "DAYBREAK"}
            values |= {"ERP_PASSWORD_FILE": self.secret, "MODE": "production", "SAVE_PATTERN": SAVE_PATTERN}
        values |= self._chosen
        markers = values.pop("markers", {})
        loaded = loading.load({name: str(value) for name, value in values.items()})
        self.settings = loaded.model_copy(update={"erp": loaded.erp.model_copy(update={"markers": markers})})

    def _sign_in(self) -> None:
        """Store a session as an earlier sign-in would have."""
        form = urlencode({"com_code": "DEMO01", "id": "DAYBREAK", "passwd": PASSWORD}).encode()
        with urlopen(f"{self.erp.zone}/ec5/view/app.login/erp_login_processor", form) as response:  # our own server
            name, _, value = response.headers["Set-Cookie"].partition(";")[0].partition("=")
        sid = value.partition("=")[0]
        cookie = {"name": name, "value": value, "domain": "localhost", "path": "/", "expires": -1}
        cookie |= {"httpOnly": True, "secure": False, "sameSite": "Lax"}
        owner = self.settings.erp.account
        address = f"{self.erp.zone}/ec5/view/erp?w_flag=1&ec_req_sid={sid}"
        stored = {"owner": owner, "address": address, "state": {"cookies": [cookie], "origins": []}}
        write_private(self.folder / "session.json", json.dumps(stored))

    def _start(self) -> None:
        """Do what a worker does at its start, but for what lies outside the job."""
        name = f"runtime{len(list(self.folder.glob('runtime*.lock')))}.lock"
        lock = self._held.enter_context(Lock(self.folder / name, version="test"))
        #: Give it a `reason`, and somebody has asked the worker to stop.
        self.stop = Stop()
        heart = _HeartbeatWriter(self.folder / "heartbeat.txt", version="test", now=self.settings.now, stop=self.stop)
        heart.calls = self._calls
        heart.steps = self.steps
        #: The heart of the job, which beats before each step.
        self.heart = heart
        self.job = Job(self.settings, heart=heart, lock=lock)
        self._held.callback(self.job.close)
        self.job.open_ledger()

    @property
    def secret(self) -> Path:
        """Return the password file."""
        return self.folder / "password"

    def change_password(self, password: str) -> None:
        """Write the password file, as an operator does."""
        self.secret.touch(mode=0o600)
        self.secret.write_text(f"{password}\n", encoding="utf-8")

    def adopt(self) -> None:
        """Declare that nothing was posted before."""
        self.ledger.adopt(
            owner_of(self.settings), by="a test", at=self.settings.now(), note="nothing was posted", posted=()
        )

    def restart(self, **chosen: object) -> None:
        """Begin anew on the same folder, as the next worker does: with the next generation, perhaps other settings."""
        self._held.close()
        self._chosen |= chosen
        self._load()
        self._start()

    @property
    def ledger(self) -> Ledger:
        """Return the ledger of the job."""
        return self.job.open_ledger()

    @property
    def page(self) -> Page:
        """Return the worker's page, from a call that `when` made."""
        assert self._lease is not None, "no cycle is running"
        return self._lease.page

    def when(self, step: str, act: Callable[[], object]) -> None:
        """Call somebody once, after a beat for a step whose words begin so; one call a beat, in their order."""
        self._calls.append((step, act))

    def cycle(self, at: datetime | None = None, *, test: bool = False, rows: int | None = None) -> Report:
        """Run one cycle and tell how it ended."""
        slot = Slot(at=at or self.settings.now(), test=test, rows=rows)
        with self._browser():
            outcome = self.job.run_cycle(slot)
        last = self.ledger.last_cycles(1)[0]
        found = last["figures"]
        assert isinstance(found, dict)
        return Report(outcome=outcome, why=str(last["why"]), figures=found)

    def errand(self, what: CommandKind) -> CommandResult:
        """Have done what a command asks for."""
        with self._browser():
            return self.job.errand(what)

    def asked(self) -> Slot | None:
        """Look for a request, as the loop does while it waits."""
        with self._browser():
            return self.job.asked()

    @contextmanager
    def _browser(self) -> Iterator[None]:
        """Lend the browser of all tests, if this office has none of its own."""
        if self._chromium is None:
            yield
            return
        before, self._lease = self._lease, Lease(self._chromium, site=self.erp.zone, script=self.script)
        with self._lease as lease, patch("playwright.sync_api.sync_playwright", lambda: lease):
            yield
        self._lease = before

    # --- what is true then -----------------------------------------------------------------------------------------

    def slips(self) -> list[tuple[str, int]]:
        """Return (payer, won) of every deposit that the ERP stored, in order."""
        return [(slip["payer"], slip["amount"]) for slip in self.erp.slips()]

    def won(self) -> list[int]:
        """Return the won of every deposit that the ERP stored, from the smallest."""
        return sorted(slip["amount"] for slip in self.erp.slips())

    def due(self) -> list[int]:
        """Return the won that approved and cancelled payments should bring, from the smallest; no reflected ones."""
        sign = {"승인": 1, "취소": -1}
        open_ones = [one for one in self.erp.payments() if not one["reflected"]]
        return sorted(sign[one["status"]] * one["amount"] for one in open_ones if one["status"] in sign)

    def states(self) -> dict[int, State]:
        """Return where the ledger has the payments that are not posted, by their won."""
        others = [one for one in State if one is not State.POSTED]
        return {entry.payment.won: entry.state for entry in self.ledger.in_state(*others)}

    def alarms(self) -> list[Alarm]:
        """Return the open alarms, but for planned times: the real clock may pass one while a test runs."""
        return [one for one in self.ledger.alarms() if one.cause != "slot"]

    def incidents(self, kind: str) -> list[str]:
        """Return what the ledger tells of incidents of a kind."""
        old = datetime.fromisoformat("2000-01-01T00:00:00+09:00")
        return [str(one["what"]) for one in self.ledger.incidents(old) if one["kind"] == kind]
