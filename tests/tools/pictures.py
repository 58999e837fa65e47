"""Takes a picture of each report, of the status page and of each screen of the office's page, to be looked at:
`python -m tests.tools.pictures FOLDER [WORD]`.

In both languages, on a desktop and on a telephone; reports light and dark, of a simulated week with planted incidents.
WORD: only the screens of the office's page whose name holds it.
"""

import os
import re
import sys
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Literal

import time_machine
from playwright.sync_api import Browser, sync_playwright

from tests.browser.page_desk import NARROW, WIDE, Desk
from tests.browser.page_office import page_office
from tests.browser.page_screens import SCREENS
from tests.browser.test_status_page import view
from tests.fakes import quick_folder
from tests.week import a_week, at
from worker.browser.chromium import find_chromium, launch_flags
from worker.config import loading
from worker.i18n.language import Language
from worker.reports import on_demand
from worker.status import page

#: What is shown, in pixels.
SIZES = {"desktop": WIDE, "phone": NARROW}

THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


def pages(folder: Path) -> Iterator[tuple[str, Path]]:
    """Make the pages in a folder; yield their names with them."""
    with quick_folder() as data, a_week(data, until=at(5, "18:00")):
        chosen = loading.load({"DATA_DIR": str(data)})
        with time_machine.travel(at(5, "18:00"), tick=False):
            for what, language in product(("day", "week", "month"), Language):
                path = folder / f"{what}_{language}.html"
                made = on_demand.make(chosen, what, at(2, "12:00").date() if what == "day" else None, language)
                path.write_bytes(made.path.read_bytes())
                yield path.stem, path
    for language in Language:
        path = folder / f"status_{language}.html"
        path.write_text(page.render(view(language=language.value)), encoding="utf-8")
        yield path.stem, path


def take(browser: Browser, name: str, path: Path, folder: Path) -> None:
    """Take the pictures of one page."""
    for theme, (size, pixels) in product(THEMES, SIZES.items()):
        context = browser.new_context(viewport=pixels, color_scheme=theme)
        shown = context.new_page()
        shown.goto(path.as_uri())
        shown.screenshot(path=folder / f"{name}_{theme}_{size}.png", full_page=True)
        context.close()


def take_screens(browser: Browser, folder: Path, word: str) -> None:
    """Take the pictures of the office's page, numbered in the order of its screens."""
    with quick_folder() as place, page_office(place) as office:
        desk = Desk(browser, office)
        for number, screen in enumerate(SCREENS, start=1):
            if word not in screen.name:
                continue
            name = f"page_{number:02}_{re.sub('[^a-z]+', '_', screen.name)}"
            for locale, (size, pixels) in product(("ko-KR", "en-US"), SIZES.items()):
                shown = desk.open(screen, locale=locale, window=pixels)
                shown.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
                shown.screenshot(path=folder / f"{name}_{locale[:2]}_{size}.png", full_page=True)


def main(folder: Path, word: str = "") -> None:
    """Take all pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_chromium(None), args=[*launch_flags()], chromium_sandbox=os.geteuid() != 0
        )
        for name, path in [] if word else list(pages(folder)):
            take(browser, name, path, folder)
        take_screens(browser, folder, word)
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
