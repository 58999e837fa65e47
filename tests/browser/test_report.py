"""Report pages in a real Chromium: a payer's name is shown and not run, both themes, desktop and phone."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
import time_machine
from playwright.sync_api import Page

from tests.fakes import quick_folder
from tests.office import Chromium
from tests.week import HTML_PAYER, a_week, at
from worker.config import loading
from worker.i18n.language import Language
from worker.reports import on_demand

#: Desktop and phone, in pixels.
WIDTHS = (1280, 390)


@pytest.fixture(scope="module")
def pages() -> Iterator[dict[tuple[str, Language], Path]]:
    """The pages of a week until Wednesday evening, by report and language."""
    with quick_folder() as folder, a_week(folder, until=at(2, "18:00")):
        chosen = loading.load({"DATA_DIR": str(folder)})
        found = {}
        with time_machine.travel(at(2, "18:00"), tick=False):
            for language in Language:
                for what in ("day", "week", "month"):
                    path = on_demand.make(chosen, what, None, language).path
                    found[what, language] = path.rename(path.with_stem(f"{what}_{language}"))
        yield found


def see(page: Page) -> list[str]:
    """Return everything that a page does besides being shown."""
    done: list[str] = []
    page.on("request", lambda one: done.append(f"request {one.url}") if not one.url.startswith("file:") else None)
    page.on("dialog", lambda one: done.append(f"dialog {one.message}"))
    page.on("console", lambda one: done.append(f"console {one.text}"))
    page.on("pageerror", lambda one: done.append(f"error {one}"))
    return done


@pytest.mark.parametrize("language", [Language.KO, pytest.param(Language.EN, marks=pytest.mark.deep)])
@pytest.mark.parametrize("what", ["day", "month", pytest.param("week", marks=pytest.mark.deep)])
def test_a_page_is_whole_in_both_themes_and_on_a_phone(
    chromium: Chromium, pages: dict[tuple[str, Language], Path], what: str, language: Language
) -> None:
    themes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    for theme in themes:
        context = chromium.browser.new_context(color_scheme=theme)
        page = context.new_page()
        done = see(page)
        page.goto(pages[what, language].as_uri())
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate("document.documentElement.scrollWidth") <= width
        shown = page.locator("body").inner_text()
        assert HTML_PAYER in shown
        assert ("입금 처리" in shown) is (language is Language.KO)
        assert page.evaluate("document.scripts.length") == 0
        assert page.locator("img").count() == 0
        assert page.evaluate("document.title") != "run"
        dark = page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(18, 21, 27)"
        assert dark is (theme == "dark")
        assert page.locator("svg.timeline rect.ran").count() >= 24
        assert page.locator("svg.chart rect.rect, svg.chart circle").count() > 0
        assert done == []
        context.close()
