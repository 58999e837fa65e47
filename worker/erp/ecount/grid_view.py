"""Looks at one grid: on which tab it stands, what its columns are, and what a page of it holds once it stands still."""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from worker.browser.launch import failure_means
from worker.erp.ecount.scripts import script
from worker.erp.ecount.sheets import GridRow, Sheet
from worker.erp.ecount.shell import TARGET, Shell
from worker.erp.ecount.table import Head, compact, keys
from worker.errors import ErpChanged, ErpUnavailable, SessionExpired
from worker.i18n import during, message, said_by

if TYPE_CHECKING:
    from playwright.sync_api import Frame

#: Seconds for which a page must look the same before it is believed.
STILL_FOR = 0.05

#: What is seen, as JSON: one text comes out of the browser in a fraction of the time that its thousand values take.
_LOOK = script("table", "pager", "tabs", "grid", call="(seen => seen && JSON.stringify(seen))(see(m))")

#: Marks the rows that stand there, before another tab is clicked.
_MAKE_STALE = script("table", "grid", call="makeStale(m)")

#: Marks what is to be clicked, for a real click; says what it is, or null where it is not there.
_POINT = script("table", "pager", "tabs", "point", call="point(m)")

#: By what the tab is found.
_HOW_TAB = script("table", "tabs", "elements", "editor", "inspect", call="howTab(m)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """What one look at a list shows, for a person."""

    heads: Sequence[Head]
    rows: int
    is_empty: bool
    page: int
    pages: int
    has_pager: bool
    #: Texts of rows that fit no columns.
    odd: Sequence[str]


class GridView:
    """What one screen's grid shows on one of its tabs."""

    def __init__(
        self,
        shell: Shell,
        *,
        title: str,
        columns: Mapping[str, tuple[str, str]],
        required: Sequence[str] = (),
        tab: str = "",
    ) -> None:
        """`columns`: field → (column id, label). `tab` must be the active one."""
        self.shell = shell
        self.title = title
        self.tab = tab
        self.columns = columns
        self._required = required
        self._markers = shell.markers
        named = [name for name in columns if name in required] or list(columns)
        self.marks = {
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
        self.frame: Frame | None = None

    def inspect(self) -> "Inspection | None":
        """Look once at what stands there, whatever it is; None where the screen does not."""
        seen = self.look()
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
            odd=seen["odd"],
        )

    def how_tab(self) -> Any:
        """Return by what the tab is found, {text, id}; None where it is not."""
        return self.shell.look(_HOW_TAB, self.marks)

    def is_there(self) -> bool:
        """True when the screen has this tab."""
        return self.point() is not None

    def pick_tab(self, *, doing: str) -> None:
        """Click the tab; what stands there now is marked as of the tab before."""
        frame, _ = self.shell.wait_for(self.point, seconds=self.shell.list_s, doing=doing)
        seen = self.look()
        with failure_means(ErpUnavailable, doing):
            if seen and not seen["tab"]:
                frame.evaluate(_MAKE_STALE, self.marks)
        self.shell.press(frame, TARGET, doing=doing)

    def is_active(self) -> bool:
        """True when the wanted tab is the one that a fresh page shows; waits until the page has drawn it."""

        def drawn() -> Any:
            seen = self.look()
            return seen if seen and seen["tab"] is not None else None

        doing = message("waiting for the tab {tab} of {title}", tab=self.tab, title=self.title)
        return bool(self.shell.wait_for(drawn, seconds=self.shell.list_s, doing=doing)["tab"])

    def point(self, number: int = 0) -> "tuple[Frame, str] | None":
        """Mark the tab, or the page's number, or the arrow that leads there; say in which frame, and what it is."""
        for frame in self.shell.frames():
            found = self.shell.ask(frame, _POINT, {**self.marks, "number": number})
            if found is not None:
                return frame, str(found)
        return None

    def still(self, number: int) -> Sheet:
        """Wait until the page is drawn and stands still, and check its columns."""
        last: Any = None
        since = 0.0

        def settled() -> Any:
            nonlocal last, since
            seen = self.look()
            is_drawn = self.is_drawn(seen, number)
            if not is_drawn or seen != last:
                last, since = seen if is_drawn else None, time.monotonic()
                return None
            return seen if time.monotonic() >= since + STILL_FOR else None

        doing = message("reading {title}, page {number}", title=self.title, number=number)
        try:
            seen = self.shell.wait_for(settled, seconds=self.shell.list_s, doing=doing)
        except SessionExpired:
            raise
        except ErpUnavailable as error:
            self._check_tab()
            raise ErpUnavailable(message("{error}; {why}", error=said_by(error), why=self._why_not_drawn())) from error
        return self.sheet(seen)

    @staticmethod
    def is_drawn(seen: Any, number: int) -> bool:
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
        seen = self.look()
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

    def sheet(self, seen: Any) -> Sheet:
        """Return a page that stands still. Raises ErpChanged where its columns are others or a row fits none."""
        if seen["alike"] > 1:
            raise ErpChanged(
                message(
                    "reading {title}: {count} tables have its columns and rows. The screen has changed",
                    title=self.title, count=seen["alike"],
                )
            )  # fmt: skip
        names = keys(
            [Head(id=column, label=label) for column, label in seen["heads"]],
            self.columns,
            required=self._required,
            assumed=self._markers.assumed_fields,
            title=self.title,
        )
        if seen["odd"]:
            raise ErpChanged(
                message(
                    "reading {title}: a row has cells that fit no column: {row}. The screen has changed",
                    title=self.title, row=seen["odd"][0],
                )
            )  # fmt: skip
        labels = [label for _, label in seen["heads"]]
        rows = tuple(dict(zip(names, row, strict=True)) for row in seen["rows"] if not self._repeats_heads(row, labels))
        may_go_on = not seen["pager"] and len(seen["rows"]) == self._markers.page_rows
        return Sheet(rows=rows, page=seen["page"], pages=seen["pages"], has_pager=seen["pager"], may_go_on=may_go_on)

    def look(self) -> Any:
        """Return what the grid shows at this instant, None where there is none. Raises SessionExpired."""
        frames = self.shell.frames()
        if self.frame in frames:
            frames.insert(0, self.frame)
        for frame in frames:
            found = self.shell.ask(frame, _LOOK, self.marks)
            if found is not None:
                self.frame = frame
                return self.not_expired(json.loads(found))
        return None

    def not_expired(self, seen: Any) -> Any:
        """Return what was seen. Raises SessionExpired where it says that the session has ended."""
        if seen["expired"]:
            why = message("the ERP says that the session has ended")
            raise SessionExpired(during(message("reading {title}", title=self.title), why))
        return seen

    def _check_tab(self) -> None:
        seen = self.look()
        if seen is not None and not seen["tab"]:
            why = message("the tab {tab} did not become the active one", tab=self.tab)
            raise ErpChanged(during(message("reading {title}", title=self.title), why))

    @staticmethod
    def _repeats_heads(row: Sequence[str], labels: Sequence[str]) -> bool:
        """True for a header that stands among the rows."""
        shown = [(compact(text), label) for text, label in zip(row, labels, strict=True) if text]
        return bool(shown) and all(text == label for text, label in shown)

    def named(self, row: GridRow) -> dict[str, str]:
        """Return a row as {field: text}; a column that it lacks is empty."""
        return {name: row.get(column, "") for name, (column, _) in self.columns.items()}
