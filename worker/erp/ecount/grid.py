"""Reads a paged grid: every page in one look each, rows never paired by position, complete or not at all.

A list is complete when it stood still, or when nothing happened to it but rows that slipped in above those on its
first page: then each page goes on where the one before it ended, and what slipped in stands on page 1 in the end.
"""

import itertools
import json
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from worker.browser.launch import failure_means
from worker.erp import Pulse
from worker.erp.ecount.scripts import script
from worker.erp.ecount.shell import TARGET, Shell
from worker.erp.ecount.table import Head, compact, keys
from worker.errors import EndUnproved, ErpChanged, ErpError, ErpUnavailable, SessionExpired
from worker.i18n import message

if TYPE_CHECKING:
    from playwright.sync_api import Frame

#: One row: {column id: text}. A column that the row lacks is simply not there.
GridRow = Mapping[str, str]

#: Seconds after which a click on a page number that changed nothing is repeated.
CLICK_AGAIN_AFTER = 2.0

#: Seconds for which a page must look the same before it is believed.
STILL_FOR = 0.05

#: The same for a page that can't be one that is still being drawn: as many rows as the first, others than before, and
#: more pages to come. Nothing in it may change meanwhile.
FULL_STILL_FOR = 0.002

#: So many pages are turned within the page before the worker beats again, and for so long (seconds).
PAGES_AT_ONCE = 16
AT_ONCE_FOR = 0.5

#: How many arrows are clicked on the way to one page.
ARROWS = 30

#: How often a list that changes while it is read is read anew.
READINGS = 4

#: Seconds after which the page looks at itself though nothing has changed in it.
LOOK_EVERY = 0.05

#: What is seen, as JSON: one text comes out of the browser in a fraction of the time that its thousand values take.
_LOOK = script("table", "pager", "tabs", "grid", call="(seen => seen && JSON.stringify(seen))(see(m))")

#: Turns page after page within the page itself.
_TURN = script("table", "pager", "tabs", "grid", "turn", call="turn(m)")

#: Marks the rows that stand there, before another tab is clicked.
_MAKE_STALE = script("table", "grid", call="makeStale(m)")

#: Marks what is to be clicked, for a real click; says what it is, or null where it is not there.
_POINT = script("table", "pager", "tabs", "point", call="point(m)")

#: By what the tab is found.
_HOW_TAB = script("table", "tabs", "elements", "editor", "inspect", call="howTab(m)")

#: The mark of the style that hides everything.
_UNSEEN = "daybreak-unseen"

#: Takes it away again.
_SHOW = "id => document.getElementById(id)?.remove()"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One page of a grid, as it stood still."""

    rows: tuple[GridRow, ...]
    page: int
    pages: int
    has_pager: bool = False
    #: A full page and no pager: the list ends there by chance, or the pager was not found.
    may_go_on: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """What one look at a list shows, for a person."""

    heads: Sequence[Head]
    rows: int
    is_empty: bool
    page: int
    pages: int
    has_pager: bool
    is_tab_active: bool
    #: Texts of rows that fit no columns.
    odd: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """The rows of all pages that were wanted, newest first."""

    rows: Sequence[GridRow]
    may_go_on: bool


def slipped_in(before: Sequence[GridRow], after: Sequence[GridRow]) -> list[GridRow] | None:
    """Return the rows that slipped in among those of a full page, pushing its last ones out.

    None for any other change: a row that left, moved or reads differently.
    """
    new: list[GridRow] = []
    stood = 0
    for row in after:
        if stood < len(before) and row == before[stood]:
            stood += 1
        else:
            new.append(row)
    # The last one must be an old one: else it may have come up from the next page, after one that left.
    only_pushed = len(before) == len(after) and stood > 0 and after[-1] == before[stood - 1]
    return new if only_pushed and not any(row in before for row in new) else None


def joined(pages: Sequence[Sequence[GridRow]], *, moved: int) -> list[GridRow] | None:
    """Return the rows of pages that were read one after the other while at most `moved` rows slipped in above them.

    A page begins with what was pushed out of the one before it, once more. None when a row stands twice for any other
    reason.
    """
    rows = list(pages[0])
    for before, page in itertools.pairwise(pages):
        most = min(moved, len(before), len(page))
        again = next(n for n in range(most, -1, -1) if list(page[:n]) == list(before[len(before) - n :]))
        moved -= again
        if any(row in before for row in page[again:]):
            return None
        rows.extend(page[again:])
    return rows


class Grid:
    """The grid of one screen, on one of its tabs."""

    def __init__(
        self,
        shell: Shell,
        *,
        title: str,
        columns: Mapping[str, tuple[str, str]],
        required: Sequence[str],
        pulse: Pulse,
        tab: str = "",
        others: Sequence[str] = (),
    ) -> None:
        """`columns`: field → (column id, label). `tab` must be the active one; `others` are its neighbours."""
        self._shell = shell
        self._title = title
        self._columns = columns
        self._required = required
        self._pulse = pulse
        self._tab = tab
        self._others = others
        self._markers = shell.markers
        named = [name for name in columns if name in required] or list(columns)
        self._marks = {
            "title": self._markers.title,
            "wanted": title,
            "labels": [columns[name][1] for name in named],
            "clone": self._markers.clone,
            "pager": self._markers.pager,
            "progress": self._markers.progress,
            "dialog": self._markers.dialog,
            "expired": self._markers.expired,
            "tab": self._markers.tab_labels.get(tab, ""),
            "tabHint": tab,
            "tabs": list(self._markers.tab_labels.values()),
        }
        #: The frame in which the grid was seen last.
        self._frame: Frame | None = None

    def show(self) -> Sheet:
        """Show the tab's first page; an empty one only after a second look that the ERP itself calls empty."""
        if not self._shell.is_at(self._title):
            self._shell.open(self._title)
            if self._is_active():
                sheet = self._still(1)
                return sheet if sheet.rows else self._first()
        sheet = self._first()
        return sheet if sheet.rows else self._first()

    def _is_active(self) -> bool:
        """True when the wanted tab is the one that a fresh page shows; waits until the page has drawn it."""

        def drawn() -> Any:
            seen = self._look()
            return seen if seen and seen["tab"] is not None else None

        doing = f"waiting for the tab {self._tab} of {self._title}"
        return bool(self._shell.wait_for(drawn, seconds=self._shell.list_s, doing=doing)["tab"])

    def read(
        self,
        *,
        until: Callable[[GridRow], bool] | None = None,
        is_whole: Callable[[list[dict[str, str]]], bool] = lambda _: False,
    ) -> list[dict[str, str]]:
        """Return the rows of all pages as {field: text}; with `until`, stop after the page that holds such a row.

        A list that changed while it was read is read anew; rows that only slipped in are read with it. Raises
        ErpUnavailable if it never stands still, EndUnproved if nobody can say that it ends where it seems to: neither
        another tab's pager nor `is_whole`, which is asked for what else is known of it.
        """
        for _ in range(READINGS):
            try:
                reading = self._read_through(until)
            finally:
                self._show_again()
            if reading is None:
                continue
            found = [self._named(row) for row in reading.rows]
            if not reading.may_go_on or is_whole(found):
                return found
            if not self._has_a_pager_elsewhere():
                raise EndUnproved(
                    f"reading {self._title}: a full page of {self._markers.page_rows} rows and no pager: nothing "
                    "proves that the list ends there. It is read again, and the next row that is listed or leaves "
                    "settles it. If you see more than one page there, the screen has changed: tell who looks after "
                    "daybreak"
                )
            sheet = self.show()
            if sheet.rows == tuple(reading.rows) and not sheet.has_pager:
                return found
        raise ErpUnavailable(f"reading {self._title}: the list kept changing in {READINGS} readings")

    def _has_a_pager_elsewhere(self) -> bool:
        """True when a longer tab of the same screen shows its pager: then one that is missing here is not needed."""
        for tab in self._others:
            other = Grid(
                self._shell,
                title=self._title,
                columns=self._columns,
                required=self._required,
                pulse=self._pulse,
                tab=tab,
            )
            if other.is_there() and other.show().has_pager:
                return True
        return False

    def inspect(self) -> "Inspection | None":
        """Look once at what stands there, whatever it is; None where the screen does not."""
        seen = self._look()
        if seen is None:
            return None
        heads = [Head(id=column, label=label) for column, label in seen["heads"]]
        return Inspection(
            heads=heads,
            rows=len(seen["rows"]),
            is_empty=seen["empty"],
            page=seen["page"],
            pages=seen["pages"],
            has_pager=seen["pager"],
            is_tab_active=bool(seen["tab"]),
            odd=seen["odd"],
        )

    def how_tab(self) -> Any:
        """Return by what the tab is found, {text, id}; None where it is not."""
        return self._shell.look(_HOW_TAB, self._marks)

    def is_there(self) -> bool:
        """True when the screen has this tab."""
        return self._point() is not None

    def _point(self, number: int = 0) -> "tuple[Frame, str] | None":
        """Mark the tab, or the page's number, or the arrow that leads there; say in which frame, and what it is."""
        for frame in self._shell.frames():
            found = self._shell.ask(frame, _POINT, {**self._marks, "number": number})
            if found is not None:
                return frame, str(found)
        return None

    def _first(self) -> Sheet:
        self._pulse(f"{self._title}, page 1", 0)
        if not self._tab:
            self._shell.open(self._title)
        else:
            doing = f"opening the tab {self._tab} of {self._title}"
            frame, _ = self._shell.wait_for(self._point, seconds=self._shell.list_s, doing=doing)
            seen = self._look()
            with failure_means(ErpUnavailable, doing):
                if seen and not seen["tab"]:
                    frame.evaluate(_MAKE_STALE, self._marks)
            self._shell.press(frame, TARGET, doing=doing)
        return self._still(1)

    def _read_through(self, until: Callable[[GridRow], bool] | None) -> _Reading | None:
        """Read page after page, then the first once more; None when something else happened than rows slipping in."""
        first = last = self.show()
        sheets = [first]
        is_cut = False
        full = len(first.rows)
        turned: list[Sheet] = []
        at_once = 1
        while not (is_cut := until is not None and any(until(row) for row in last.rows)) and last.page < last.pages:
            if not turned:
                turned = self._turn(last.page + 1, at_once=min(at_once, last.pages - last.page), full=full)
                at_once = min(2 * at_once, PAGES_AT_ONCE)
            sheets.append(turned.pop(0))
            if sheets[-1].pages < last.pages:
                return None
            last = sheets[-1]
        if len(sheets) == 1:
            return _Reading(rows=first.rows, may_go_on=first.may_go_on and not is_cut)
        inner = sheets[1:-1] if last.page == last.pages else sheets[1:]
        if any(len(sheet.rows) != full for sheet in inner) or not 0 < len(last.rows) <= full:
            return None
        again = self._first_again(full)
        new = slipped_in(first.rows, again.rows)
        if new is None or (not new and self._meet_twice(sheets)):
            return None
        rows = (
            joined([sheet.rows for sheet in sheets], moved=len(new))
            if new
            else [row for sheet in sheets for row in sheet.rows]
        )
        if rows is None:
            return None
        return _Reading(rows=[*again.rows, *rows[full - len(new) :]], may_go_on=False)

    def _first_again(self, full: int) -> Sheet:
        """Go back to page 1 from another one."""
        self._pulse(f"{self._title}, page 1", 0)
        sheets = self._turn_at_once(1, last=1, full=full, by_tab=True) if self._tab else []
        return sheets[0] if sheets else self._first()

    def _meet_twice(self, sheets: Sequence[Sheet]) -> bool:
        """True when two neighbouring pages share a row because it moved or one was misread: one looks different now.

        Two pages alike in every row are never believed: one's rows still stood under the other's number.
        """
        return any(
            before.rows == after.rows
            or any(self._turn(sheet.page, full=len(sheets[0].rows))[0].rows != sheet.rows for sheet in (before, after))
            for before, after in itertools.pairwise(sheets)
            if any(row in before.rows for row in after.rows)
        )

    def _turn(self, number: int, *, full: int, at_once: int = 1) -> list[Sheet]:
        """Turn to a page and perhaps to some more; return at least the first. `full`: the rows of one before the last.

        A page that is shown has been looked at twice, however it was turned to.
        """
        doing = f"reading {self._title}, page {number}"
        self._pulse(f"{self._title}, page {number}", 0)
        sheets = self._turn_at_once(number, last=number + at_once - 1, full=full)
        if sheets:
            return sheets
        for patience in (CLICK_AGAIN_AFTER, CLICK_AGAIN_AFTER, self._shell.list_s):
            if self._click(number, doing=doing) and self._reacts(number, patience):
                return [self._still(number)]
        raise ErpUnavailable(f"{doing}: the page did not turn in three clicks")

    def _click(self, number: int, *, doing: str) -> bool:
        """Click a page's number, after the arrows that show it where they are needed; False when one moved nothing."""
        for _ in range(ARROWS):
            found = self._point(number)
            if found is None:
                raise ErpChanged(message("{doing}: there is no link to it", doing=doing))
            frame, what = found
            before = self._look()
            self._shell.press(frame, TARGET, doing=doing)
            if what == "page":
                return True
            if not self._has_moved(before):
                return False
            if (now := self._look()) and now["page"] == number:
                return True
        return False

    def _has_moved(self, before: Any) -> bool:
        """True as soon as another page than before is drawn."""

        def moved() -> bool | None:
            seen = self._look()
            is_another = seen and before and seen["page"] not in (0, before["page"])
            return True if is_another and self._is_drawn(seen, seen["page"]) else None

        try:
            self._shell.wait_for(moved, seconds=self._shell.list_s, doing=f"turning pages of {self._title}")
        except SessionExpired:
            raise
        except ErpUnavailable:
            return False
        return True

    def _turn_at_once(self, number: int, *, last: int, full: int, by_tab: bool = False) -> list[Sheet]:
        """Click and look within the page itself; return nothing when it did not turn so: real clicks have to do it.

        `by_tab`: the tab is clicked and not the page's number.
        """
        if self._frame is None or self._frame not in self._shell.page.frames:
            return []
        marks = {
            **self._marks,
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
            "menu": self._markers.menu_link,
        }
        with failure_means(ErpUnavailable, f"reading {self._title}, page {number}"):
            found = self._shell.ask(self._frame, _TURN, marks)
        sheets = [self._sheet(self._not_expired(one)) for one in json.loads(found or "[]")]
        if sheets:
            return sheets
        # It is on its way: a second click would begin anew.
        return [self._still(number)] if self._reacts(number, 0) else []

    def _show_again(self) -> None:
        """Have everything shown again, for whoever looks at it or clicks there; no failure here matters."""
        for frame in self._shell.frames():
            with suppress(ErpError), failure_means(ErpUnavailable, "showing the rows"):
                self._shell.ask(frame, _SHOW, _UNSEEN)

    def _reacts(self, number: int, seconds: float) -> bool:
        """True as soon as the click shows: the grid is loading, the pager gone, or the page has turned."""

        def reacts() -> bool | None:
            seen = self._look()
            return True if seen and (seen["busy"] or not seen["pager"] or seen["page"] == number) else None

        try:
            self._shell.wait_for(reacts, seconds=seconds, doing=f"turning to page {number}")
        except SessionExpired:
            raise
        except ErpUnavailable:
            return False
        return True

    def _still(self, number: int) -> Sheet:
        """Wait until the page is drawn and stands still, and check its columns."""
        last: Any = None
        since = 0.0

        def settled() -> Any:
            nonlocal last, since
            seen = self._look()
            is_drawn = self._is_drawn(seen, number)
            if not is_drawn or seen != last:
                last, since = seen if is_drawn else None, time.monotonic()
                return None
            return seen if time.monotonic() >= since + STILL_FOR else None

        doing = f"reading {self._title}, page {number}"
        try:
            seen = self._shell.wait_for(settled, seconds=self._shell.list_s, doing=doing)
        except SessionExpired:
            raise
        except ErpUnavailable as error:
            self._check_tab()
            raise ErpUnavailable(f"{error}; {self._why_not_drawn()}") from error
        return self._sheet(seen)

    @staticmethod
    def _is_drawn(seen: Any, number: int) -> bool:
        """True when a page is drawn to its end: the same as `isDrawn` in grid.js."""
        return bool(
            seen
            and not seen["busy"]
            and not seen["stale"]
            and seen["tab"]
            and seen["page"] == number <= seen["pages"]
            and (not seen["one"] or seen["pages"] == 1)
            and seen["heads"]
            and bool(seen["rows"] or seen["odd"]) != seen["empty"]
            and (not seen["empty"] or seen["pages"] == 1)
        )

    def _why_not_drawn(self) -> str:
        """Say what about the list is not as it is when it is drawn."""
        seen = self._look()
        if seen and seen["heads"] and seen["rows"] and not seen["busy"]:
            if seen["stale"]:
                return message("the rows of the tab before still stand there")
            if seen["one"] and seen["pages"] != 1:
                return message("the pager is hidden and says that there are {pages} pages", pages=seen["pages"])
            if not seen["pages"]:
                return message("the pager does not say how many pages there are")
            if not seen["page"]:
                return message("the pager does not say which page is shown")
        return message("the list drew neither rows nor its word for an empty one")

    def _sheet(self, seen: Any) -> Sheet:
        """Return a page that stands still. Raises ErpChanged where its columns are others or a row fits none."""
        if seen["alike"] > 1:
            raise ErpChanged(
                message(
                    "reading {title}: {count} tables have its columns and rows. The screen has changed",
                    title=self._title, count=seen["alike"],
                )
            )  # fmt: skip
        names = keys(
            [Head(id=column, label=label) for column, label in seen["heads"]],
            self._columns,
            required=self._required,
            assumed=self._markers.assumed_fields,
            title=self._title,
        )
        if seen["odd"]:
            raise ErpChanged(
                message(
                    "reading {title}: a row has cells that fit no column: {row}. The screen has changed",
                    title=self._title, row=seen["odd"][0],
                )
            )  # fmt: skip
        labels = [label for _, label in seen["heads"]]
        rows = tuple(dict(zip(names, row, strict=True)) for row in seen["rows"] if not self._repeats_heads(row, labels))
        may_go_on = not seen["pager"] and len(seen["rows"]) == self._markers.page_rows
        return Sheet(rows=rows, page=seen["page"], pages=seen["pages"], has_pager=seen["pager"], may_go_on=may_go_on)

    def _look(self) -> Any:
        frames = self._shell.frames()
        if self._frame in frames:
            frames.insert(0, self._frame)
        for frame in frames:
            found = self._shell.ask(frame, _LOOK, self._marks)
            if found is not None:
                self._frame = frame
                return self._not_expired(json.loads(found))
        return None

    def _not_expired(self, seen: Any) -> Any:
        if seen["expired"]:
            raise SessionExpired(f"reading {self._title}: the ERP says that the session has ended")
        return seen

    def _check_tab(self) -> None:
        seen = self._look()
        if seen is not None and not seen["tab"]:
            raise ErpChanged(f"reading {self._title}: the tab {self._tab} did not become the active one")

    @staticmethod
    def _repeats_heads(row: Sequence[str], labels: Sequence[str]) -> bool:
        """True for a header that stands among the rows."""
        shown = [(compact(text), label) for text, label in zip(row, labels, strict=True) if text]
        return bool(shown) and all(text == label for text, label in shown)

    def _named(self, row: GridRow) -> dict[str, str]:
        return {name: row.get(column, "") for name, (column, _) in self._columns.items()}
