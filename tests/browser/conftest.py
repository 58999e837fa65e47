"""What the tests of whole cycles share: one Chromium and one demo ERP a module, one office a test."""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, sync_playwright

from tests.erp import DemoErp
from tests.office import SMALL, Chromium, Office
from worker.browser.chromium import find_chromium, launch_flags

#: Opens an office with settings by name; see Office.
OpenOffice = Callable[..., Office]

#: The profile of a person who tries the demo by hand.
BY_HAND: Mapping[str, Any] = {"permissions": ["clipboard-read", "clipboard-write"], "viewport": SMALL}


@pytest.fixture(scope="module")
def chromium() -> Iterator[Chromium]:
    """One Chromium for all cycles of a file."""
    with Chromium() as chromium:
        yield chromium


@pytest.fixture(scope="module")
def profile(running: DemoErp) -> Iterator[BrowserContext]:
    """One Chromium and one profile for all tests of a file that drive it by hand: fresh ones take as long again."""
    with sync_playwright() as playwright:
        args = [*launch_flags(), "--renderer-process-limit=1"]
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=args)
        profile = browser.new_context(**BY_HAND)
        profile.new_page().goto(f"{running.zone}/static/logo.svg")  # keeps the process of the site's pages alive
        yield profile
        browser.close()


@pytest.fixture
def page(profile: BrowserContext) -> Iterator[Page]:
    """A page of the emptied profile."""
    page = profile.new_page()
    page.set_default_timeout(5000)
    yield page
    for page in profile.pages[1:]:
        page.close()
    profile.clear_cookies()


@pytest.fixture
def other(profile: BrowserContext) -> Iterator[Page]:
    """A page of another profile."""
    assert profile.browser is not None
    with profile.browser.new_context(**BY_HAND) as another:
        page = another.new_page()
        page.set_default_timeout(5000)
        yield page


@pytest.fixture(scope="module")
def running() -> Iterator[DemoErp]:
    """One server for all tests of a file."""
    with DemoErp(payments=0) as erp:
        yield erp


@pytest.fixture
def erp(running: DemoErp) -> Iterator[DemoErp]:
    """The server, as new, without payments; what it prints meanwhile is shown if the test fails."""
    running.reset(payments=0)
    before = len(running.output)
    yield running
    sys.stdout.write(running.output[before:])


@pytest.fixture
def open_office(erp: DemoErp, chromium: Chromium, tmp_path: Path) -> Iterator[OpenOffice]:
    """Opens offices at the ERP, all on one folder of the test's own."""
    with ExitStack() as stack:
        yield lambda **chosen: stack.enter_context(Office(erp, tmp_path / "var", chromium=chromium, **chosen))


@pytest.fixture
def office(open_office: OpenOffice) -> Office:
    """An office in demo mode."""
    return open_office()
