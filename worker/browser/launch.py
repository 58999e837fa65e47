"""A fresh Chromium for each cycle, what its failures mean, and the evidence they leave behind."""

import json
import logging
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime
from itertools import chain, repeat
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from worker.browser.chromium import find_chromium, launch_flags
from worker.browser.proxy import Ways
from worker.errors import DaybreakError, ErpError, ErpUnavailable
from worker.i18n import during, message
from worker.runtime import environ, private
from worker.runtime.files import read_json, write_private
from worker.runtime.reaper import browser_flag, end_browsers, mark

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

log = logging.getLogger(__name__)

T = TypeVar("T")

#: Seconds between two looks at a page; the last one holds for all later ones. A look costs a few milliseconds.
LOOK_EVERY = (0.01, 0.01, 0.02, 0.03, 0.05)

#: Seconds within which a page that lives answers.
ANSWERS_WITHIN = 4.0

#: Playwright's driver keeps here what it has compiled of itself: 70 ms less for each later start. Who may not write
#: there goes without (nodejs.org/api/module.html, "Module compile cache").
COMPILED = Path(sys.prefix) / "compiled-driver"


@contextmanager
def failure_means(kind: type[ErpError], doing: str) -> Iterator[None]:
    """Turn any Playwright error of the block into one of ours, which says what was being done."""
    from playwright.sync_api import Error

    try:
        yield
    except Error as error:
        first = (error.message.strip().splitlines() or ["no reason given"])[0]
        raise kind(during(doing, first)) from error


def is_answering(page: "Page") -> bool:
    """True when every frame of a page answers within seconds; a page on its way to another does not."""
    from playwright.sync_api import Error
    from playwright.sync_api import TimeoutError as TimedOut

    deadline = time.monotonic() + ANSWERS_WITHIN
    for frame in page.frames:
        try:
            frame.wait_for_function("1", timeout=max(0.1, deadline - time.monotonic()) * 1000)
        except TimedOut:
            return False
        except Error:
            continue  # it has gone
    return True


def poll(page: "Page", question: Callable[[], T | None], *, seconds: float, doing: str) -> T:
    """Ask until there is an answer; raise ErpUnavailable after so many seconds.

    Waits inside Playwright, because the handlers of routes and dialogs run only there.
    """
    deadline = time.monotonic() + seconds
    waits = chain(LOOK_EVERY, repeat(LOOK_EVERY[-1]))
    with failure_means(ErpUnavailable, doing):
        while (answer := question()) is None:
            if time.monotonic() >= deadline:
                raise ErpUnavailable(during(doing, message("not there after {seconds} s", seconds=f"{seconds:g}")))
            page.wait_for_timeout(next(waits) * 1000)
    return answer


class _Stored(NamedTuple):
    owner: str
    address: str
    state: dict[str, object]


class Session:
    """The signed-in state that outlives a browser: cookies and the shell's address, in a file of mode 0600.

    `owner` names ERP, company and user: a session of another one is not used.
    """

    def __init__(self, path: Path, *, owner: str) -> None:
        self._path = path
        self._owner = owner
        self._intent = path.with_name("signing_in")
        #: The shell's address, or "" when there is no session to resume.
        self.address = ""

    def load(self) -> dict[str, object] | None:
        """Return the stored cookies and remember the address, or None when there is nothing usable."""
        stored = read_json(self._path, lambda one: _Stored(one["owner"], str(one["address"]), one["state"]), None)
        if stored is None or stored.owner != self._owner:
            return None
        self.address = stored.address
        return stored.state

    def begin(self) -> bool:
        """Note that a sign-in begins; return True when an earlier one of ours began and never ended."""
        interrupted = self._intent.exists()
        self._intent.touch(mode=0o600)
        return interrupted

    def store(self, context: "BrowserContext", address: str) -> None:
        """Keep cookies and address for the next browser: the sign-in is complete."""
        self.address = address
        text = json.dumps({"owner": self._owner, "address": address, "state": context.storage_state()})
        write_private(self._path, text)
        self.settled()

    def settled(self) -> None:
        """Note that no sign-in of ours is open."""
        self._intent.unlink(missing_ok=True)

    def forget(self) -> None:
        """Drop a session that has ended."""
        self.address = ""
        self._path.unlink(missing_ok=True)


@contextmanager
def open_browser(
    *, chromium: str, data_dir: Path, session: Session, ways: Ways, headed: bool, timeout: float
) -> Iterator["Page"]:
    """Yield one page of a fresh Chromium; it and its driver reach what they may through `ways`. Close all after.

    `timeout`: seconds for an ordinary step. Raises ErpUnavailable when the browser does not start, ChromiumMissing when
    there is none.
    """
    from playwright.sync_api import sync_playwright

    path = find_chromium(chromium or None)
    with failure_means(ErpUnavailable, message("starting {path}", path=str(path))), ExitStack() as held:
        held.callback(end_browsers, data_dir)
        end_browsers(data_dir)
        with environ.having(TMPDIR=sweep(data_dir), NODE_COMPILE_CACHE=COMPILED):
            playwright = held.enter_context(sync_playwright())
        browser = playwright.chromium.launch(
            executable_path=path,
            headless=not headed,
            # The driver's own way; of two addresses Chromium obeys the last, which `flags` names.
            proxy={"server": ways.driver.address},
            args=[*launch_flags(), *ways.browser.flags(), browser_flag(data_dir)],
            # Playwright's own default is no sandbox for anybody; root can't have one.
            chromium_sandbox=os.geteuid() != 0,
            handle_sigint=False,
            handle_sigterm=False,
            handle_sighup=False,
            timeout=30_000,
        )
        try:
            context = browser.new_context(
                storage_state=session.load(),  # type: ignore[arg-type]
                service_workers="block",
                locale="ko-KR",
                timezone_id="Asia/Seoul",
                permissions=["clipboard-read", "clipboard-write"],
                viewport={"width": 1440, "height": 900},
            )
            context.set_default_timeout(timeout * 1000)
            yield context.new_page()
        finally:
            with suppress(DaybreakError), failure_means(ErpUnavailable, message("closing the browser")):
                browser.close()


def sweep(data_dir: Path) -> Path:
    """Return an empty folder for what browsers leave in the temp folder; what a killed one left there goes away.

    Its path is short: Chromium keeps a socket there. Call it only while no browser of this data folder runs.
    """
    folder = Path(tempfile.gettempdir()) / f"daybreak-{mark(data_dir)}"
    shutil.rmtree(folder, ignore_errors=True)
    try:
        return private.make(folder)
    except OSError as error:
        own = data_dir / "tmp"
        log.warning("%s; the browser's files go into %s", error, own)
        shutil.rmtree(own, ignore_errors=True)
        return private.make(own)


class Evidence:
    """One folder per cycle or batch, with what a person needs to judge it later. Files are readable by us only."""

    def __init__(self, data_dir: Path, *, now: datetime, name: str) -> None:
        self.folder = data_dir / "evidence" / now.strftime("%Y%m%d") / name

    def text(self, name: str, content: str) -> None:
        """Keep a text; raises OSError when it can't be kept."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_private(self.folder / name, content)

    def snapshot(self, page: "Page", name: str) -> None:
        """Keep what the page shows, as `<name>.png` and, frame by frame, `<name>.html`; no failure here matters."""
        from playwright.sync_api import Error

        from worker.browser import kept_pages

        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            target = self.folder / f"{name}.png"
            target.touch(mode=0o600)
            page.screenshot(path=target, timeout=5_000)
            frames = [frame for frame in page.frames if not frame.url.startswith("about:")]
            self.text(f"{name}.html", kept_pages.written(frames))
        except (Error, OSError) as error:
            log.warning("no snapshot %s: %s", name, error)
