"""Reads a paged grid: every page in one look each, rows never paired by position, complete or not at all."""

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from worker.erp import ProgressReporter
from worker.erp.ecount.grid_view import GridView, Inspection
from worker.erp.ecount.page_turner import PAGES_AT_ONCE, PageTurner
from worker.erp.ecount.sheets import GridRow, Sheet, joined, slipped_in
from worker.erp.ecount.shell import Shell
from worker.errors import EndUnproved, ErpUnavailable
from worker.i18n import during, message

#: How often a list that changes while it is read is read anew.
READINGS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """The rows of all pages that were wanted, newest first."""

    rows: Sequence[GridRow]
    may_go_on: bool


class Grid:
    """The grid of one screen, on one of its tabs."""

    def __init__(
        self,
        shell: Shell,
        *,
        title: str,
        columns: Mapping[str, tuple[str, str]],
        required: Sequence[str],
        pulse: ProgressReporter,
        tab: str = "",
        others: Sequence[str] = (),
    ) -> None:
        """`columns`: field → (column id, label). `tab` must be the active one; `others` are its neighbours."""
        self._shell = shell
        self._view = GridView(shell, title=title, columns=columns, required=required, tab=tab)
        self._turner = PageTurner(self._view, pulse)
        self._title = title
        self._required = required
        self._pulse = pulse
        self._others = others

    def show(self) -> Sheet:
        """Show the tab's first page; an empty one only after a second look that the ERP itself calls empty."""
        if not self._shell.is_at(self._title):
            self._shell.open(self._title)
            if self._view.is_active():
                sheet = self._view.still(1)
                return sheet if sheet.rows else self._first()
        sheet = self._first()
        return sheet if sheet.rows else self._first()

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
                self._turner.show_again()
            if reading is None:
                continue
            found = [self._view.named(row) for row in reading.rows]
            if not reading.may_go_on or is_whole(found):
                return found
            if not self._has_a_pager_elsewhere():
                raise EndUnproved(
                    message(
                        "reading {title}: a full page of {count} rows and no pager: nothing proves that the list ends "
                        "there. It is read again, and the next row that is listed or leaves settles it. If you see "
                        "more than one page there, the screen has changed: tell who looks after daybreak",
                        title=self._title,
                        count=self._shell.markers.page_rows,
                    )
                )
            sheet = self.show()
            if sheet.rows == tuple(reading.rows) and not sheet.has_pager:
                return found
        why = message("the list kept changing in {count} readings", count=READINGS)
        raise ErpUnavailable(during(message("reading {title}", title=self._title), why))

    def inspect(self) -> Inspection | None:
        """Look once at what stands there, whatever it is; None where the screen does not."""
        return self._view.inspect()

    def how_tab(self) -> Any:
        """Return by what the tab is found, {text, id}; None where it is not."""
        return self._view.how_tab()

    def is_there(self) -> bool:
        """True when the screen has this tab."""
        return self._view.is_there()

    def _has_a_pager_elsewhere(self) -> bool:
        """True when a longer tab of the same screen shows its pager: then one that is missing here is not needed."""
        for tab in self._others:
            other = Grid(
                self._shell,
                title=self._title,
                columns=self._view.columns,
                required=self._required,
                pulse=self._pulse,
                tab=tab,
            )
            if other.is_there() and other.show().has_pager:
                return True
        return False

    def _first(self) -> Sheet:
        self._pulse(message("{title}, page {number}", title=self._title, number=1), 0)
        if not self._view.tab:
            self._shell.open(self._title)
        else:
            doing = message("opening the tab {tab} of {title}", tab=self._view.tab, title=self._title)
            self._view.pick_tab(doing=doing)
        return self._view.still(1)

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
                turned = self._turner.turn(last.page + 1, at_once=min(at_once, last.pages - last.page), full=full)
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
        self._pulse(message("{title}, page {number}", title=self._title, number=1), 0)
        sheets = self._turner.turn_at_once(1, last=1, full=full, by_tab=True) if self._view.tab else []
        return sheets[0] if sheets else self._first()

    def _meet_twice(self, sheets: Sequence[Sheet]) -> bool:
        """True when two neighbouring pages share a row, and one of them looks different now.

        A row moved then, or a page was misread. Two pages alike in every row are never believed: the rows of one still
        stood under the number of the other.
        """
        return any(
            before.rows == after.rows
            or any(
                self._turner.turn(sheet.page, full=len(sheets[0].rows))[0].rows != sheet.rows
                for sheet in (before, after)
            )
            for before, after in itertools.pairwise(sheets)
            if any(row in before.rows for row in after.rows)
        )
