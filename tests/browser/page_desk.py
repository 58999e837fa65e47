"""The people's browsers at the page: a tab for each reader and language."""

from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Page, ViewportSize

from tests.browser.page_office import PageOffice
from tests.browser.page_screens import PageScreen
from tests.unit.console.reader import PASSWORD

WIDE, NARROW = ViewportSize(width=1280, height=900), ViewportSize(width=390, height=844)


class Desk:
    """A tab for each reader and language, and what the browser complained of."""

    def __init__(self, browser: Browser, office: PageOffice) -> None:
        self._browser = browser
        self._office = office
        self._tabs: dict[tuple[str, str], Page] = {}
        self.complaints: list[str] = []

    def open(self, screen: PageScreen, *, locale: str = "ko-KR", window: Any = WIDE, colours: Any = "light") -> Page:
        """Open a screen as who may see it."""
        page = self._tab(screen.who, locale)
        page.set_viewport_size(window)
        page.emulate_media(color_scheme=colours, reduced_motion="reduce")
        answer = page.goto(self._office.address + screen.address(self._office))
        assert answer is not None
        assert answer.status == screen.status
        return page

    def _tab(self, who: str, locale: str) -> Page:
        if (who, locale) not in self._tabs:
            page = self._browser.new_context(locale=locale).new_page()
            page.set_default_timeout(30_000)
            if who:
                page.goto(f"{self._office.address}/sign-in")
                page.get_by_role("textbox").nth(0).fill(who)
                page.get_by_role("textbox").nth(1).fill(PASSWORD)
                page.keyboard.press("Enter")
                page.get_by_role("navigation").first.wait_for()
            page.on("console", lambda said: self.complaints.append(said.text) if is_complaint(said) else None)
            page.on("pageerror", lambda error: self.complaints.append(str(error)))
            self._tabs[who, locale] = page
        return self._tabs[who, locale]

    def said(self, screen: PageScreen) -> list[str]:
        """Return what the browser complained of, but for the status of a screen that says why something is not."""
        expected = f"status of {screen.status}"
        return [one for one in self.complaints if screen.status == 200 or expected not in one]


def is_complaint(said: ConsoleMessage) -> bool:
    return said.type in ("error", "warning")
