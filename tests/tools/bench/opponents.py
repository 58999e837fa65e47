"""The same cycle as scripts of the usual kind do it: with fixed waits and a call a cell, or with a call a cell alone.

Neither has a ledger, a gate, a look-up or a second look; they are here to be measured against, not to be used.
"""

import json
import time
from collections.abc import Callable, Mapping, Set
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Self

from playwright.sync_api import Locator, sync_playwright

from tests.erp import DemoErp
from worker.browser.chromium import find_chromium, launch_flags
from worker.erp.ecount.markers import DEFAULT as MARKERS


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How somebody waits."""

    about: str
    about_s: float
    runs: int
    #: Playwright waits so long after each action (ms).
    slow_mo: float
    #: Fixed waits are kept; else the script waits for what it needs.
    waits: bool
    #: A page is read in one call; else each cell is.
    reads_pages: bool = False


#: The manner that every run of the bench holds our cycle against.
BARE = "bare"

MANNERS: Mapping[str, Manner] = {
    "naive": Manner(
        about="fixed waits, slow_mo 300, one call a cell",
        about_s=90,
        runs=3,
        slow_mo=300,
        waits=True,
    ),
    "middle": Manner(about="no fixed waits, but one call a cell", about_s=15, runs=5, slow_mo=0, waits=False),
    BARE: Manner(
        about="no waits, one call a page, no second look at anything",
        about_s=3,
        runs=10,
        slow_mo=0,
        waits=False,
        reads_pages=True,
    ),
}

#: Fields that are read of each row, in their order.
FIELDS = ("time", "payer", "amount", "acquirer", "status", "approval_no")

#: The pager that shows, and the rows of the list.
PAGER = ".wrapper-pagination:visible"
ROW = "#grid-main tbody tr[data-key]:not(.muted)"

#: Reads the page that stands there in one call.
_PAGE = """([rows, columns]) => [...document.querySelectorAll(rows)].map(row => Object.fromEntries(
  Object.entries(columns).map(([field, cell]) => [field, row.querySelector(cell).innerText.trim()])))"""

#: How long anything may take to appear (ms).
PATIENCE = 30_000


class Opponent:
    """One browser of its own, and one cycle with it. The session is the one that stands stored: it needs no sign-in."""

    def __init__(self, erp: DemoErp, manner: Manner, *, state: Path) -> None:
        self._erp = erp
        self._manner = manner
        self._stored = json.loads(state.read_text(encoding="utf-8"))
        self._held = ExitStack()

    def __enter__(self) -> Self:
        playwright = self._held.enter_context(sync_playwright())
        browser = playwright.chromium.launch(
            executable_path=find_chromium(), args=launch_flags(), slow_mo=self._manner.slow_mo
        )
        self._held.callback(browser.close)
        context = browser.new_context(
            storage_state=self._stored["state"],
            locale="ko-KR",
            timezone_id="Asia/Seoul",
            permissions=["clipboard-read", "clipboard-write"],
        )
        context.set_default_timeout(PATIENCE)
        self._page = context.new_page()
        return self

    def __exit__(self, *_: object) -> None:
        self._held.close()

    def cycle(self, known: Set[str]) -> None:
        """Read both tabs, paste what is new, save it, read the answer."""
        page = self._page
        page.goto(self._stored["address"])
        page.evaluate("hash => { location.hash = hash }", MARKERS.pages[MARKERS.payment_list][1])
        self._wait(15, lambda: self._drawn(MARKERS.tab_open))
        self._wait(8, lambda: None)
        page.locator(MARKERS.tab_reflected).click()
        self._wait(5, lambda: self._drawn(MARKERS.tab_reflected))
        reflected = {row["approval_no"] for row in self._rows()}
        self._wait(5, lambda: None)
        page.locator(MARKERS.tab_open).click()
        self._wait(10, lambda: self._drawn(MARKERS.tab_open))
        rows = []
        pages = self._pages()
        for number in range(1, pages + 1):
            if number > 1:
                page.locator(f"{PAGER} li:not(.hidden) a").get_by_text(str(number), exact=True).click()
            self._wait(5, partial(self._drawn, MARKERS.tab_open, number if pages > 1 else 0))
            rows += self._rows()
        new = [
            row
            for row in reversed(rows)
            if row["status"] == "승인" and row["approval_no"] not in known and row["approval_no"] not in reflected
        ]
        self._post(new)

    def _post(self, rows: list[dict[str, str]]) -> None:
        page = self._page
        page.evaluate("hash => { location.hash = hash }", MARKERS.pages[MARKERS.deposit_report][1])
        self._wait(5, lambda: page.locator(MARKERS.uploader).wait_for())
        page.locator(MARKERS.uploader).click()
        first = page.locator(f"{MARKERS.popup} tbody tr").first.locator("td").first
        self._wait(3, first.wait_for)
        page.evaluate("text => navigator.clipboard.writeText(text)", "\r\n".join(_line(row) for row in rows))
        first.click()
        page.keyboard.down("Control")
        page.keyboard.press("v")
        page.keyboard.up("Control")
        last = page.locator(f"{MARKERS.popup} tbody tr").nth(len(rows) - 1).locator('td[data-columnid="AMT"]')
        self._wait(3, lambda: self._until(lambda: bool(last.inner_text().strip())))
        page.keyboard.press(MARKERS.save_key)
        answer = page.locator(MARKERS.dialog).filter(has_text="성공")
        self._wait(3, answer.wait_for)
        answer.wait_for()
        answer.get_by_role("button", name=MARKERS.close).click()

    def _wait(self, seconds: float, fact: Callable[[], object]) -> None:
        """Wait so long, or for what is needed, as the manner is."""
        if self._manner.waits:
            time.sleep(seconds)
        else:
            fact()

    def _drawn(self, tab: str, number: int = 0) -> None:
        """Wait until the tab is the active one and its rows are there."""
        page = self._page
        page.locator(f".active > {tab}").wait_for()
        page.locator(MARKERS.progress).first.wait_for(state="hidden")
        if number:
            self._until(lambda: page.locator(f"{PAGER} li.active").inner_text() == str(number))
        page.locator(ROW).or_(page.locator("#grid-main td.nothing")).first.wait_for()

    def _until(self, question: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE / 1000
        while not question():
            if time.monotonic() > end:
                raise AssertionError("the opponent waited in vain")
            self._page.wait_for_timeout(20)

    def _pages(self) -> int:
        pager = self._page.locator(PAGER)
        return int(pager.inner_text().rpartition("/")[2]) if pager.count() else 1

    def _rows(self) -> list[dict[str, str]]:
        """Read the page that stands there, as the manner is."""
        if self._manner.reads_pages:
            columns = {field: _cell_of(field) for field in FIELDS}
            read: list[dict[str, str]] = self._page.evaluate(_PAGE, [ROW, columns])
            return read
        return [{field: self._cell(row, field) for field in FIELDS} for row in self._page.locator(ROW).all()]

    @staticmethod
    def _cell(row: Locator, field: str) -> str:
        found: Any = row.locator(_cell_of(field)).inner_text()
        return str(found).strip()


def _cell_of(field: str) -> str:
    return f'td[data-columnid="{MARKERS.payment_columns[field][0]}"]'


def _line(row: Mapping[str, str]) -> str:
    day = row["time"].split(" ", 1)[0]
    cells = [day, "", "", "카드사", "1089", "", row["payer"], row["amount"].replace(",", ""), ""]
    return "\t".join([*cells, f"카드결제 {row['payer']}", "", ""])
