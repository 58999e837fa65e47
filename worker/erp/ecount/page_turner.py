"""Turns to other pages of a grid: within the page itself where that works, by real clicks where it does not."""

import json
from contextlib import suppress
from typing import Any

from worker.browser.launch import failure_means
from worker.erp import ProgressReporter
from worker.erp.ecount.grid_view import STILL_FOR, GridView
from worker.erp.ecount.scripts import script
from worker.erp.ecount.sheets import Sheet
from worker.erp.ecount.shell import TARGET
from worker.errors import ErpChanged, ErpError, ErpUnavailable, SessionExpired
from worker.i18n import during, message

#: Seconds after which a click on a page number that changed nothing is repeated.
CLICK_AGAIN_AFTER = 2.0

#: Seconds for which a page must look the same that can't be one that is still being drawn: as many rows as the first,
#: others than before, and more pages to come. Nothing in it may change meanwhile.
FULL_STILL_FOR = 0.002

#: Maximum pages that are turned within the page between two beats.
PAGES_AT_ONCE = 16
AT_ONCE_FOR = 0.5

#: How many arrows are clicked on the way to one page.
ARROWS = 30

#: Seconds after which the page looks at itself though nothing has changed in it.
LOOK_EVERY = 0.05

#: Turns page after page within the page itself.
_TURN = script("table", "pager", "tabs", "grid", "turn", call="turn(m)")

#: The mark of the style that hides everything.
_UNSEEN = "daybreak-unseen"

#: Takes it away again.
_SHOW = "id => document.getElementById(id)?.remove()"


class PageTurner:
    """Turns the pages of one grid."""

    def __init__(self, view: GridView, pulse: ProgressReporter) -> None:
        """`pulse`: told of each page before it is turned to."""
        self._view = view
        self._shell = view.shell
        self._title = view.title
        self._pulse = pulse

    def turn(self, number: int, *, full: int, at_once: int = 1) -> list[Sheet]:
        """Turn to a page and perhaps to some more; return at least the first. `full`: the rows of one before the last.

        A page that is shown has been looked at twice, however it was turned to.
        """
        doing = message("reading {title}, page {number}", title=self._title, number=number)
        self._pulse(message("{title}, page {number}", title=self._title, number=number), 0)
        sheets = self.turn_at_once(number, last=number + at_once - 1, full=full)
        if sheets:
            return sheets
        for patience in (CLICK_AGAIN_AFTER, CLICK_AGAIN_AFTER, self._shell.list_s):
            if self._click(number, doing=doing) and self._reacts(number, patience):
                return [self._view.still(number)]
        raise ErpUnavailable(during(doing, message("the page did not turn in three clicks")))

    def turn_at_once(self, number: int, *, last: int, full: int, by_tab: bool = False) -> list[Sheet]:
        """Click and look within the page itself; return nothing when it did not turn so: real clicks have to do it.

        `by_tab`: the tab is clicked and not the page's number.
        """
        if self._view.frame is None or self._view.frame not in self._shell.page.frames:
            return []
        marks = {
            **self._view.marks,
            "byTab": by_tab,
            "number": number,
            "last": last,
            "full": full,
            "patience": CLICK_AGAIN_AFTER * 1000,
            "still": STILL_FOR * 1000,
            "fullStill": FULL_STILL_FOR * 1000,
            "every": LOOK_EVERY * 1000,
            "atOnceFor": AT_ONCE_FOR * 1000,
            "unseen": _UNSEEN,
            "menu": self._shell.markers.menu_link,
        }
        doing = message("reading {title}, page {number}", title=self._title, number=number)
        with failure_means(ErpUnavailable, doing):
            found = self._shell.ask(self._view.frame, _TURN, marks)
        sheets = [self._view.sheet(self._view.not_expired(one)) for one in json.loads(found or "[]")]
        if sheets:
            return sheets
        # It is on its way: a second click would begin anew.
        return [self._view.still(number)] if self._reacts(number, 0) else []

    def show_again(self) -> None:
        """Have everything shown again, for a person who looks or clicks there; no failure here matters."""
        for frame in self._shell.frames():
            with suppress(ErpError), failure_means(ErpUnavailable, message("showing the rows")):
                self._shell.ask(frame, _SHOW, _UNSEEN)

    def _click(self, number: int, *, doing: str) -> bool:
        """Click a page's number, after the arrows that show it where they are needed; False when one moved nothing."""
        for _ in range(ARROWS):
            found = self._view.point(number)
            if found is None:
                raise ErpChanged(during(doing, message("there is no link to it")))
            frame, what = found
            before = self._view.look()
            self._shell.press(frame, TARGET, doing=doing)
            if what == "page":
                return True
            if not self._has_moved(before):
                return False
            if (now := self._view.look()) and now["page"] == number:
                return True
        return False

    def _has_moved(self, before: Any) -> bool:
        """True as soon as another page than before is drawn."""

        def moved() -> bool | None:
            seen = self._view.look()
            is_another = seen and before and seen["page"] not in (0, before["page"])
            return True if is_another and self._view.is_drawn(seen, seen["page"]) else None

        try:
            doing = message("turning pages of {title}", title=self._title)
            self._shell.wait_for(moved, seconds=self._shell.list_s, doing=doing)
        except SessionExpired:
            raise
        except ErpUnavailable:
            return False
        return True

    def _reacts(self, number: int, seconds: float) -> bool:
        """True as soon as the click shows: the grid is loading, the pager gone, or the page has turned."""

        def reacts() -> bool | None:
            seen = self._view.look()
            return True if seen and (seen["busy"] or not seen["pager"] or seen["page"] == number) else None

        try:
            doing = message("turning to page {number}", number=number)
            self._shell.wait_for(reacts, seconds=seconds, doing=doing)
        except SessionExpired:
            raise
        except ErpUnavailable:
            return False
        return True
