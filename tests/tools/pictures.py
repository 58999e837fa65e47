"""Takes a picture of each report and of the status page, to be looked at: `python -m tests.tools.pictures FOLDER`.

In both languages, light and dark, on a desktop and on a telephone, of a simulated week with planted incidents.
"""

import os
import sys
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Literal

import time_machine
from playwright.sync_api import Browser, sync_playwright

from tests.browser.test_status_page import view
from tests.fakes import quick_folder
from tests.week import a_week, at
from worker.browser.chromium import find_chromium, launch_flags
from worker.config import loading
from worker.i18n.language import Language
from worker.reports import on_demand
from worker.status import page

#: What is shown, in pixels.
SIZES = {"desktop": {"width": 1280, "height": 900}, "phone": {"width": 390, "height": 844}}

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
        context = browser.new_context(viewport=pixels, color_scheme=theme)  # type: ignore[arg-type]
        shown = context.new_page()
        shown.goto(path.as_uri())
        shown.screenshot(path=folder / f"{name}_{theme}_{size}.png", full_page=True)
        context.close()


def main(folder: Path) -> None:
    """Take all pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_chromium(None), args=[*launch_flags()], chromium_sandbox=os.geteuid() != 0
        )
        for name, path in list(pages(folder)):
            take(browser, name, path, folder)
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
