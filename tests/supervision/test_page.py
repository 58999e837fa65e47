"""The office's page under a real circusd: signing in with a real Chromium, what keeps it off, and its end."""

import os
import re
import signal
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from tests.rig import Circusd, is_listening, wait_until
from tests.supervision.test_real_worker import all_posted_once, demo_settings, slips
from tests.supervision.test_verbs import daybreak
from worker.browser.chromium import find_chromium, launch_flags
from worker.runtime import desired_state, spool
from worker.runtime.desired_state import DesiredState
from worker.runtime.loopback import listen

Make = Callable[..., Circusd]

NAME, PASSWORD = "김관리", "네 낱말 비밀번호 하나"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests of the file."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_chromium(None), args=[*launch_flags()], chromium_sandbox=os.geteuid() != 0
        )
        yield browser
        browser.close()


def link_of(circus: Circusd) -> str:
    """Return the link that the tree's operator gets."""
    said = daybreak(circus, "page")
    found = re.search(r"http://127\.0\.0\.1:\d+/welcome\?token=\S+", said.stdout)
    assert found, said.stdout + said.stderr
    return found[0]


def complaints_of(page: Page) -> list[str]:
    """Return the list that fills with what the browser complains of on a page."""
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if is_complaint(said) else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return complaints


def enter(page: Page, link: str) -> None:
    """Come by the link as the first person does, by the names that a screen reader says."""
    page.goto(link)
    page.get_by_label("이름").fill(NAME)
    page.get_by_label("비밀번호", exact=False).first.fill(PASSWORD)
    page.get_by_label("비밀번호 다시 입력").fill(PASSWORD)
    page.get_by_role("button", name="시작하기").click()
    page.get_by_role("heading", name="오늘", exact=True).wait_for()


def test_the_office_signs_in_by_the_link_sees_today_and_a_dead_page_touches_no_posting(
    browser: Browser, tmp_path: Path
) -> None:
    with Circusd(tmp_path, demo=True, page=True, settings=demo_settings()) as circus:
        worker = circus.beating(deadline=30)
        wait_until("the page", lambda: is_listening(circus.page_port), 30)
        context = browser.new_context(locale="ko-KR", viewport={"width": 390, "height": 844})
        page = context.new_page()
        complaints = complaints_of(page)

        enter(page, link_of(circus))
        first = circus.pid("console") or 0
        os.kill(first, signal.SIGKILL)

        wait_until("all deposits, once", lambda: all_posted_once(circus), 90)
        count = f"{len(slips(circus)):,}"
        # The screen is the same one: it has refreshed itself across the page's death, and nobody signed in again.
        expect(page.get_by_role("row", name=re.compile(f"^합계 {count} "))).to_be_visible(timeout=60_000)
        expect(page.locator("#age")).to_have_text(re.compile(r"갱신 \d초 전"), timeout=20_000)
        assert circus.pid("console") not in (None, first)
        assert circus.pid() == worker
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        keep(page, "console_today_390")

        page.get_by_role("button", name="English").click()
        page.get_by_role("heading", name="Today", exact=True).wait_for()
        page.get_by_label("until the end of today").check()
        page.get_by_role("button", name="Pause").click()
        expect(page.get_by_text(re.compile("Pause, by 김관리 at .*no worker runs"))).to_be_visible(timeout=120_000)
        wish = desired_state.read(circus.data)
        assert (wish.wanted, wish.by) == (DesiredState.PAUSED, f"{NAME} (page)")

        page.get_by_role("button", name="Resume").click()
        circus.beating(other_than=worker, deadline=60)
        assert desired_state.read(circus.data).wanted is DesiredState.RUNNING
        # While the page was dead, a poll failed: the browser says so, and nothing else.
        assert [one for one in complaints if "ERR_CONNECTION" not in one and "Failed to fetch" not in one] == []
        context.close()


def is_complaint(said: ConsoleMessage) -> bool:
    return said.type in ("error", "warning")


def test_a_page_that_hears_nothing_more_says_that_it_is_old(browser: Browser, make: Make) -> None:
    with make(page=True) as circus:
        wait_until("the page", lambda: is_listening(circus.page_port), 30)
        context = browser.new_context(locale="ko-KR")
        page = context.new_page()
        page.clock.install()
        enter(page, link_of(circus))
        expect(page.get_by_text("이 화면은 오래되었습니다")).to_be_hidden()

        other = context.new_page()
        other.goto(f"http://localhost:{circus.page_port}/sign-in")  # another site, as a mail's would be
        other.evaluate(f"location.href = 'http://127.0.0.1:{circus.page_port}/'")
        other.get_by_role("heading", name="오늘", exact=True).wait_for()

        circus.ctl("stop", "console", "--waiting")
        page.clock.run_for(40_000)

        expect(page.get_by_text("이 화면은 오래되었습니다")).to_be_visible()
        keep(page, "console_old")
        context.close()
        assert circus.status()["console"] == "stopped"


def test_without_a_port_there_is_no_page_and_everything_else_runs(make: Make) -> None:
    with make(page=True, settings={"CONSOLE_PORT": ""}) as circus:
        circus.beating()
        assert circus.status()["console"] == "stopped"
        assert circus.log.count("console started (pid") == 0

        circus.write_ini(CONSOLE_PORT=str(circus.page_port))
        circus.ctl("start", "console")

        wait_until("the page", lambda: is_listening(circus.page_port), 30)


def test_a_page_that_finds_its_port_taken_says_so_once_and_comes_when_it_is_free(make: Make) -> None:
    circus = make(page=True)
    with listen(circus.page_port) as held, circus:
        worker = circus.beating()

        wait_until("the note for people", lambda: taken(circus), 30)
        held.close()

        wait_until("the page", lambda: is_listening(circus.page_port), 30)
        assert len(taken(circus)) == 1
        assert circus.pid() == worker
        assert circus.log.count("console started (pid") == 1


def told(circus: Circusd) -> list[str]:
    """Return what people are told of the page."""
    return [content["text"] for _, content in spool.waiting(circus.data) if content.get("cause") == "page"]


def taken(circus: Circusd) -> list[str]:
    """Return what people are told of the page's port."""
    return [text for text in told(circus) if f"port {circus.page_port} is another program's" in text]


def test_a_page_without_circusd_ends(make: Make) -> None:
    with make(page=True) as circus:
        wait_until("the page", lambda: is_listening(circus.page_port), 30)

        circus.kill()

        wait_until("the end of the page", lambda: not is_listening(circus.page_port))
        circus.may_stay = True


def test_a_port_that_is_none_is_refused_and_told(make: Make) -> None:
    with make(page=True, settings={"CONSOLE_PORT": "http"}) as circus:
        refusal = "CONSOLE_PORT='http': write a port from 1 to 65535"
        wait_until("the page's refusal", lambda: refusal in circus.daily_log("console"), 30)
        wait_until("the note for people", lambda: told(circus), 30)

        assert circus.status()["console"] == "stopped"
        assert [text for text in told(circus) if "refuses its settings" in text]


def keep(shown: Page, name: str) -> None:
    """Leave a picture for whoever wants to look, in the folder that SCREENSHOTS names."""
    if folder := os.environ.get("SCREENSHOTS"):
        shown.screenshot(path=f"{folder}/{name}.png", full_page=True)


def test_the_page_listens_on_the_loopback_alone(make: Make) -> None:
    with make(page=True) as circus:
        wait_until("the page", lambda: is_listening(circus.page_port), 30)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect(("192.0.2.1", 9))  # sends nothing: asks the kernel which address would be ours
            own = probe.getsockname()[0]
        with socket.socket() as other:
            other.settimeout(2)
            assert other.connect_ex((own, circus.page_port)) != 0
