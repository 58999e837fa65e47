"""Every screen of the page in a real Chromium: wide and narrow, Korean and English, by keyboard, for everybody."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.axe import barriers
from tests.browser.page_desk import NARROW, WIDE, Desk
from tests.browser.page_office import NAMES, PageOffice, page_office
from tests.browser.page_screens import SCREENS, PageScreen
from tests.rig import wait_until
from worker.browser.chromium import find_chromium, launch_flags
from worker.console.site import ROUTES
from worker.ledger.ledger import Ledger

#: Language, window and colours of each look at a screen.
LOOKS = (
    ("ko-KR", WIDE, "light"),
    ("ko-KR", NARROW, "dark"),
    ("en-US", NARROW, "light"),
    ("en-US", WIDE, "light"),
)

#: What is loaded into a screen, or leads to a file or to another screen.
NO_SCREENS = (
    "/today", "/waiting/{key}/evidence/{id}", "/payments/workbook", "/evidence/{cycle}/{id}", "/reports/page",
    "/reports/workbook", "/setup/running", "/setup/picture/{id}",
)  # fmt: skip

each_screen = pytest.mark.parametrize("screen", SCREENS, ids=lambda one: one.name)

#: The stops of the Tab key in their order: what can be focused and is shown; of the buttons of one choice, one.
STOPS = """() => {
  const shown = one => one.checkVisibility({visibilityProperty: true}) && !one.closest('[inert]');
  const kinds = 'a[href], button, input, select, textarea, summary, iframe, [tabindex="0"]';
  const all = [...document.querySelectorAll(kinds)];
  return all.filter(one => {
    if (one.disabled || one.type === 'hidden' || one.tabIndex < 0 || !shown(one)) return false;
    if (one.type !== 'radio') return true;
    const group = one.form ? [...one.form.elements].filter(other => other.name === one.name) : [one];
    const stop = group.find(other => other.checked) || group[0];
    return stop === one;
  }).map(one => { one.dataset.stop = one.dataset.stop || String(Math.random()); return one.dataset.stop; });
}"""

#: What has the focus, and whether a reader sees that it has.
FOCUSED = """() => {
  const one = document.activeElement;
  if (!one || one === document.body) return null;
  const style = getComputedStyle(one), box = one.getBoundingClientRect();
  return {
    stop: one.dataset.stop || '', html: one.outerHTML.slice(0, 160),
    ring: one.tagName === 'IFRAME' || style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
    inside: box.width > 0 && box.right > 0 && box.left < innerWidth && box.bottom > 0 && box.top < innerHeight,
  };
}"""


#: What reaches beyond the content of the part of the screen that it stands in, but for what is scrolled or not seen.
BEYOND = """() => [...document.querySelectorAll('main section, main .card')].flatMap(part => {
  const style = getComputedStyle(part), edge = part.getBoundingClientRect().right - parseFloat(style.paddingRight) + 1;
  const narrow = one => one?.getBoundingClientRect().width <= 1;
  const hidden = one => one.closest('.scroll, .unseen, svg') || narrow(one.closest('thead'));
  return [...part.querySelectorAll('*')]
    .filter(one => one.checkVisibility() && !hidden(one) && one.getBoundingClientRect().right > edge)
    .map(one => one.outerHTML.slice(0, 120));
})"""


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PageOffice]:
    with page_office(tmp_path_factory.mktemp("office")) as office:
        yield office


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(None), args=[*launch_flags()])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def people(browser: Browser, office: PageOffice) -> Desk:
    return Desk(browser, office)


@pytest.fixture
def desk(people: Desk) -> Desk:
    """The people's browsers, none of which has complained yet."""
    people.complaints.clear()
    return people


def test_every_screen_of_the_page_is_looked_at(office: PageOffice) -> None:
    looked_at = [screen.address(office).partition("?")[0] for screen in SCREENS]

    for method, path, _, _ in ROUTES:
        pattern = re.sub(r"\{\w+\}", "[^/]+", path)
        if method == "GET" and path not in NO_SCREENS:
            assert any(re.fullmatch(pattern, one) for one in looked_at), path


@each_screen
def test_a_screen_is_whole_for_everybody_wide_and_narrow_in_both_languages(desk: Desk, screen: PageScreen) -> None:
    for locale, window, colours in LOOKS:
        page = desk.open(screen, locale=locale, window=window, colours=colours)
        assert page.locator("html").get_attribute("lang") == locale[:2]
        assert page.get_by_role("main").count() == 1
        assert page.get_by_role("heading", level=1).count() == 1
        assert page.evaluate("document.documentElement.scrollWidth") <= window["width"], window
        assert page.evaluate(BEYOND) == [], window
        if locale == "en-US":
            assert not re.search("[가-힣]{2}", own_words(page)), "Korean on an English screen"
        assert barriers(page) == []
    assert desk.said(screen) == []


def own_words(page: Page) -> str:
    """Return what a screen says of itself: labels, heads and buttons, without the names that others gave."""
    texts: list[str] = page.locator("label, h1, h2, thead, dt, legend, button, nav").evaluate_all(
        "all => all.map(one => one.innerText)"
    )
    return re.sub("|".join(("한국어", "입금보고서조회", *NAMES)), "", " ".join(texts))


@each_screen
def test_the_tab_key_reaches_every_control_in_order_and_leaves_again(desk: Desk, screen: PageScreen) -> None:
    page = desk.open(screen)
    stops = page.evaluate(STOPS)
    # What has the focus of itself is not where the order begins: that is the link past the menu.
    page.locator(".skip").focus()

    reached: list[str] = []
    for _ in range(3 * len(stops) + 60):
        found = page.evaluate(FOCUSED)
        if found is None or (len(reached) > 1 and found["stop"] == reached[0]):
            break
        # The same again: a link inside a frame, or a part of a date.
        if not reached or reached[-1] != found["stop"]:
            assert found["ring"], f"no ring on {found['html']}"
            assert found["inside"], f"out of sight: {found['html']}"
            reached.append(found["stop"])
        page.keyboard.press("Tab")
    else:
        pytest.fail("the focus never leaves the screen")

    assert reached == stops


def test_the_frame_of_a_report_is_as_high_as_the_report_in_every_window(desk: Desk) -> None:
    page = desk.open(next(one for one in SCREENS if one.name == "a report"))
    page.frame_locator("iframe").get_by_role("heading", level=1).wait_for()

    def height() -> int:
        return int(page.evaluate("document.getElementById('frame').clientHeight"))

    wait_until("the height of the report", lambda: height() > WIDE["height"])
    first = height()

    page.set_viewport_size(NARROW)
    wait_until("a higher report", lambda: height() > first + 100)
    page.set_viewport_size(WIDE)

    wait_until("the same height", lambda: abs(height() - first) < 20)


def test_a_row_is_decided_by_the_keyboard_alone(desk: Desk, office: PageOffice) -> None:
    page = desk.open(next(one for one in SCREENS if one.name == "waiting"))
    for name, key in (
        ("미등록상사", "Enter"),
        ("입금이 필요 없습니다", "Space"),
        ("미등록상사 45,000원, 올리지 않기", "Enter"),
    ):
        tab_to(page, name)
        with page.expect_navigation():
            page.keyboard.press(key)

    with Ledger(office.data, create=False) as ledger:
        entry = ledger.entry(office.keys["refused"])
    assert entry is not None
    assert entry.excluded


def tab_to(page: Page, name: str) -> None:
    """Press the Tab key until what is called so has the focus."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.innerText") == name:
            return
    pytest.fail(f"no Tab leads to {name}")
