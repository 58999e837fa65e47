"""What the office's page costs: how soon a screen is there with a million payments, and what open pages take away."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import quote

from playwright.sync_api import BrowserContext, sync_playwright

from tests.erp import DemoErp
from tests.rig import free_ports, is_listening, wait_until
from tests.tools.bench import cycles
from tests.tools.bench.cycles import Desk
from tests.tools.bench.figures import Figure
from tests.tools.bench.history import fill
from tests.tools.bench.ledger import Clerk, questions
from tests.tools.bench.plan import Plan
from tests.tools.bench.trees import cpu_of, pss
from worker.admin import users
from worker.admin.users import Role
from worker.browser.chromium import find_chromium
from worker.console.pages import TRIM_AFTER
from worker.console.sessions import Sessions
from worker.console.site import ROUTES
from worker.payments.payment import KST
from worker.runtime import installation
from worker.status import snapshot
from worker.status.snapshot import Snapshot

#: Within which time a screen and a search are there (ms).
PAINT, SEARCH = 200.0, 1000.0

#: Of a core while nobody looks, and with one page open (%); memory (MB).
ALONE, ONE_OPEN, MEMORY = 0.02, 0.1, 45.0

#: So many open pages may make a cycle so much longer (times).
READERS, LONGER = 20, 1.05

#: Addresses that answer no whole screen.
NO_SCREENS = frozenset({"/today", "/payments/workbook", "/reports/page", "/reports/workbook", "/setup/running"})

#: Rows that wait for a person.
HELD = 40

NAME, PASSWORD = "박경리", "four words of mine"


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A page that runs, and a reader who is signed in."""

    pid: int
    port: int
    cookie: str

    @property
    def address(self) -> str:
        """Return where it is."""
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def served(folder: Path) -> Iterator[Served]:
    """Run the page of a data folder as the tree does."""
    (port,) = free_ports(1)
    ini = folder / "circus.ini"
    ini.write_text(f"[env:worker]\nDATA_DIR = {folder}\nCONSOLE_PORT = {port}\nTZ = Asia/Seoul\n", encoding="utf-8")
    if not users.read(folder):
        users.add(folder, NAME, Role.KEEPER, PASSWORD, now=datetime.now(KST))
    cookie = f"daybreak_{port}={Sessions(folder).begin(users.read(folder)[NAME])}"
    here = {**os.environ, installation.INI_VARIABLE: str(ini), "DATA_DIR": str(folder)}
    process = subprocess.Popen([sys.executable, "-m", "worker.console"], env=here, stderr=subprocess.DEVNULL)
    try:
        wait_until("the page", lambda: is_listening(port), 30)
        yield Served(pid=process.pid, port=port, cookie=cookie)
    finally:
        process.terminate()
        process.wait(10)


def measure(plan: Plan) -> Iterator[Figure]:
    """Screens and searches over a long history, what an open page costs, and cycles beside twenty of them."""
    yield from _history(plan)
    yield from _cycles(plan)


def _history(plan: Plan) -> Iterator[Figure]:
    size = 100_000 if plan.quick else 1_000_000
    folder = plan.folder / "page"
    folder.mkdir()
    plan.say(f"writing a ledger of {size:,} payments")
    fill(folder, size, now=datetime.now(KST))
    with Clerk(folder) as clerk, served(folder) as page, _browser(page) as context:
        clerk.hold(HELD)
        clerk.beat()
        name = f"{size:,} payments, {HELD} rows wait"
        screens = [("오늘", "/"), ("확인할 건", "/waiting"), ("결제 찾기", "/payments")]
        for what, path in screens:
            yield from _seen(plan, page, context, f"{name}: first paint of {what}", path)
        yield from _seen(plan, page, context, "  first paint of one row that waits", f"/waiting/{clerk.held()}")
        for what, text in questions(folder):
            path = f"/payments?q={quote(text)}"
            yield from _seen(plan, page, context, f"  a search, by {what}", path, budget=SEARCH)
        yield from _at_rest(plan, page, context, beat=clerk.beat)
        yield _figure("  memory (PSS), all screens seen", "MB", [_all_seen(page, context)], MEMORY)


def _at_rest(plan: Plan, page: Served, context: BrowserContext, *, beat: Callable[[], float]) -> Iterator[Figure]:
    seconds = 20.0 if plan.quick else 120.0
    plan.say(f"watching it for {2 * seconds:.0f} s")
    yield _figure("the page while nobody looks: of a core", "%", [_busy(page, seconds, beat)], ALONE)
    opened = context.new_page()
    opened.goto(page.address)
    opened.locator("#age").wait_for()
    yield _figure(
        "  with one page open: of a core", "%", [_busy(page, seconds, beat, opened.wait_for_timeout)], ONE_OPEN
    )
    age = opened.locator("#age").inner_text()
    assert any(f"{number}초" in age for number in range(15)), f"the page is {age} old: it was not refreshed"
    opened.close()


def _all_seen(page: Served, context: BrowserContext) -> float:
    """Look at every screen that has an address of its own; return what the page then holds (MB)."""
    for method, path, _, who in ROUTES:
        if method == "GET" and who is not None and "{" not in path and path not in NO_SCREENS:
            _painted(context, page.address + path)
    time.sleep(2 * TRIM_AFTER)
    return pss(page.pid)


def _busy(
    page: Served, seconds: float, beat: Callable[[], float], wait: Callable[[float], None] | None = None
) -> float:
    """Return which part of a core the page takes while a worker beats (%). `wait`: what lets a browser go on (ms)."""
    begun, before = time.monotonic(), cpu_of(page.pid)
    while (left := begun + seconds - time.monotonic()) > 0:
        beat()
        pause = min(5.0, left)
        if wait is not None:
            wait(pause * 1000)
        else:
            time.sleep(pause)
    return 100 * (cpu_of(page.pid) - before) / (time.monotonic() - begun)


@contextmanager
def _browser(page: Served) -> Iterator[BrowserContext]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(find_chromium()), args=["--no-sandbox"])
        context = browser.new_context(locale="ko-KR")
        name, _, value = page.cookie.partition("=")
        context.add_cookies([{"name": name, "value": value, "url": page.address}])
        yield context
        browser.close()


def _seen(
    plan: Plan, page: Served, context: BrowserContext, name: str, path: str, *, budget: float = PAINT
) -> Iterator[Figure]:
    """Open a screen again and again: when it was painted, and what of that the page itself has worked."""
    runs, worked = [], []
    for _ in range(plan.often(15, 5)):
        before = cpu_of(page.pid)
        runs.append(_painted(context, page.address + path))
        worked.append(1000 * (cpu_of(page.pid) - before))
    yield _figure(name, "ms", runs, budget)
    yield _figure("    of it the page's own time", "ms", worked)


def _painted(context: BrowserContext, address: str) -> float:
    """Open an address in a new tab; return how long after that its first words were painted (ms)."""
    tab = context.new_page()
    try:
        answer = tab.goto(address)
        assert answer is not None
        assert answer.status == 200, address
        assert "/sign-in" not in tab.url
        found = tab.evaluate(
            """() => new Promise(done => {
                const seen = list => {
                    const one = list.find(entry => entry.name === "first-contentful-paint");
                    if (one) done(one.startTime);
                };
                new PerformanceObserver(list => seen(list.getEntries())).observe({type: "paint", buffered: true});
            })"""
        )
        return float(found)
    finally:
        tab.close()


def _cycles(plan: Plan) -> Iterator[Figure]:
    """Do the ordinary cycle without and with twenty pages open, in turns: seconds do not travel between machines."""
    with DemoErp(payments=cycles.LISTED) as erp, Desk(erp, plan.folder / "page-cycles") as desk, ExitStack() as held:
        folder = desk.office.folder
        now = datetime.now(KST)
        snapshot.write(
            folder,
            Snapshot(written=now.isoformat(), valid_until=(now + timedelta(days=1)).isoformat(), doing="waiting"),
        )
        page = held.enter_context(served(folder))
        alone, beside, ratios = list[float](), list[float](), list[float]()
        for number in range(plan.often(12, 3)):
            # Who goes first changes: neither gets the warmer machine.
            for is_read in (number % 2 == 0, number % 2 != 0):
                desk.arrive(cycles.ORDINARY)
                (beside if is_read else alone).append(_read_cycle(desk, page) if is_read else desk.cycle()[0])
            ratios.append(beside[-1] / alone[-1])
    yield _figure("a cycle while nobody looks", "s", alone)
    yield _figure(f"  with {READERS} pages open", "s", beside)
    yield Figure(
        part="page", name="  in times of it", unit="×", runs=ratios, budget=LONGER, absolute=True,
        note=", ".join(f"{one:.2f}" for one in ratios),
    )  # fmt: skip


def _read_cycle(desk: Desk, page: Served) -> float:
    command = [sys.executable, "-m", "tests.tools.bench.readers", str(page.port), page.cookie, str(READERS)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as readers:
        assert readers.stdout is not None
        try:
            assert readers.stdout.readline().startswith(b"all have asked")
            seconds = desk.cycle()[0]
            assert readers.poll() is None, "the readers read to the end"
        finally:
            readers.kill()
    return seconds


def _figure(name: str, unit: str, runs: Sequence[float], budget: float | None = None) -> Figure:
    return Figure(part="page", name=name, unit=unit, runs=runs, budget=budget)
