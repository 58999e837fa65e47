"""The status page in a real Chromium: what people see, when it turns red, and that nothing in it is run."""

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from hooks.guards import status_fallback
from hooks.guards.status_fallback import Standing
from tests.fakes import SEOUL
from worker.browser.chromium import find_chromium, launch_flags
from worker.i18n import message
from worker.i18n.language import Language
from worker.ledger.pending_row import PendingRow
from worker.status import findings, page, snapshot
from worker.status.snapshot import Snapshot, TimelineMark

DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}

#: A name that would run twice if it were not shown.
EVIL = "<img src=x onerror=document.title='run'><script>document.title='run'</script>"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for all pages."""
    with sync_playwright() as playwright:
        path, sandbox = find_chromium(None), os.geteuid() != 0
        browser = playwright.chromium.launch(
            executable_path=path, args=[*launch_flags()], chromium_sandbox=sandbox, headless=True
        )
        yield browser
        browser.close()


def view(**other: object) -> Snapshot:
    """Return a page of a morning on which most went well, written just now."""
    now = datetime.now(SEOUL).replace(microsecond=0)
    states = ["ran"] * 5 + ["failed", "ran", "missed", "missed", "ran", "ran", "open"] + ["due"] * 12
    waits = {"held": 2, "in_doubt": 1}
    row = PendingRow(
        key="A1", state="held", since=now, why=message("not sent yet"), time=now, payer="해오름마트상회", won=123_450,
        approval_no="12345678", acquirer="KB국민카드",
    )  # fmt: skip
    given = {
        "problems": (
            message(
                "the last cycle failed at {at}: {why}", at="08:30", why="waiting for the list: not there after 30 s"
            ),
        ),
        "attention": tuple(findings.waiting(waits)),
        "waits": waits,
        "pending": (row, replace(row, key="A2", won=-99_000)),
        "doing": "reading",
        "step": "page 2 of 3",
        "since": (now - timedelta(seconds=72)).isoformat(),
        "written": now.isoformat(),
        "valid_until": (now + timedelta(minutes=3)).isoformat(),
        "next_cycle": (now + timedelta(minutes=25)).isoformat(),
        "batch": {"at": now.isoformat(), "rows": 40, "won": 12345600, "outcome": "posted"},
        "stats": {"total": 9, "success": 8, "failure": 1},
        "money": {"deposits": 123, "cancellations": 4, "won": 45678900},
        "marks": tuple(TimelineMark(start=360 + 30 * n, minutes=30, state=state) for n, state in enumerate(states)),
        "erp": {"address": "https://login.example.com", "mode": "production"},
        "worker": {"version": "0.1.0"},
    }
    return Snapshot(**{**given, **other})  # type: ignore[arg-type]


#: What makes it a page on which nothing is wrong and nothing waits.
WELL: dict[str, object] = {"problems": (), "attention": (), "waits": {}, "pending": ()}


def opened(browser: Browser, path: Path, size: dict[str, int], *, dark: bool = False) -> Page:
    """Open the page as somebody would."""
    context = browser.new_context(viewport=size, color_scheme="dark" if dark else "light")  # type: ignore[arg-type]
    shown = context.new_page()
    shown.goto(path.as_uri())
    return shown


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("language", list(Language))
def test_it_fits_the_screen_and_tells_the_state_in_one_word(
    browser: Browser, tmp_path: Path, size: dict[str, int], language: Language
) -> None:
    path = tmp_path / page.NAME
    page.write(tmp_path, view(language=language.value))

    shown = opened(browser, path, size, dark=size is PHONE)

    assert shown.locator("h1").inner_text() == {"en": "Degraded · 3 to look at", "ko": "주의 · 확인할 건 3건"}[language]
    assert shown.evaluate("document.documentElement.scrollWidth") <= size["width"]
    assert shown.locator("#for").inner_text().startswith({"en": "for 1 min 1", "ko": "1분 1"}[language])
    assert "45,678,900" in shown.locator("#today").inner_text()
    assert shown.locator("#needs ul li").count() == 2
    won = {"en": "₩123,450", "ko": "123,450원"}[language]
    assert f"해오름마트상회, {won} 12345678 · KB국민카드" in shown.locator("#needs ol li").first.inner_text()
    assert shown.locator("#needs ol li").count() == 3  # two that are named, and how many more
    assert shown.locator("svg rect").count() == 24 + 1
    keep(shown, f"page_{language}_{size['width']}")
    shown.context.close()


def test_it_turns_red_by_itself_when_nobody_renews_it(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / page.NAME
    soon = datetime.now(SEOUL) + timedelta(seconds=6)
    page.write(tmp_path, view(**WELL, valid_until=soon.isoformat()))

    shown = opened(browser, path, DESKTOP)

    assert shown.locator("h1").inner_text() == "Healthy"
    shown.wait_for_selector("html[data-health=stale]")
    assert shown.locator("h1").inner_text() == "No news"
    assert shown.title() == "No news · daybreak"
    assert "daybreak status" in shown.locator("#stale").inner_text()
    assert shown.locator("header").evaluate("e => getComputedStyle(e).backgroundColor") == "rgb(192, 38, 38)"
    keep(shown, "page_stale")
    shown.context.close()


def test_it_reloads_itself(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / page.NAME
    page.write(tmp_path, view())
    context = browser.new_context()
    shown = context.new_page()
    shown.clock.install()
    shown.goto(path.as_uri())

    page.write(tmp_path, view(**WELL))
    shown.clock.run_for(5_100)

    shown.wait_for_selector("html[data-health=healthy]")
    context.close()


def test_a_name_with_markup_is_shown_and_never_run(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / page.NAME
    row = PendingRow(key=EVIL, state="odd", since=datetime.now(SEOUL), why=EVIL, payer=EVIL)
    evil = view(
        problems=(EVIL,), attention=(EVIL, "`" + EVIL + "`"), doing=EVIL, step=EVIL, worker={"version": EVIL},
        erp={"address": EVIL, "mode": EVIL}, batch={"at": "", "rows": EVIL, "won": 1, "outcome": EVIL},
        marks=(TimelineMark(start=0, minutes=30, state=EVIL),), pending=(row,),
    )  # fmt: skip
    page.write(tmp_path, evil)

    shown = opened(browser, path, DESKTOP)

    assert shown.title() == "Degraded · 3 to look at · daybreak"
    assert shown.locator("img").count() == 0
    assert EVIL in shown.locator("#doing").inner_text()
    assert shown.locator("#needs ul li").all_inner_texts() == [EVIL, EVIL]
    assert EVIL in shown.locator("#needs ol li").first.inner_text()
    shown.context.close()


def test_without_javascript_it_says_what_to_look_at(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / page.NAME
    page.write(tmp_path, view())
    context = browser.new_context(java_script_enabled=False)
    shown = context.new_page()

    shown.goto(path.as_uri())

    assert "later than the time it is valid until" in shown.locator("header").inner_text()
    context.close()


def test_the_guard_puts_its_own_headline_over_what_the_last_worker_knew(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / page.NAME
    snapshot.write(tmp_path, view())

    guard = status_fallback.Notice(tmp_path, "ko")
    sentence = status_fallback.crashed(3, why="exit 1", at="08:00:10")
    guard.say(sentence, Standing.DOWN, now=datetime.now(SEOUL))

    shown = opened(browser, path, PHONE)
    assert shown.locator("h1").inner_text() == "중단 · 확인할 건 3건"
    assert "연속 3회 비정상 종료" in shown.locator("#doing").inner_text()
    assert shown.locator("#needs ul li").count() == 2
    assert "12,345,600" in shown.locator("#batch").inner_text()
    keep(shown, "page_guard")
    shown.context.close()


def keep(shown: Page, name: str) -> None:
    """Leave a picture for whoever wants to look, in the folder that SCREENSHOTS names."""
    if folder := os.environ.get("SCREENSHOTS"):
        shown.screenshot(path=f"{folder}/{name}.png", full_page=True)
