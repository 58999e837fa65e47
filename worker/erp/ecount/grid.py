"""Reads a paged grid: every page in one look each, rows never paired by position, complete or not at all."""

import itertools
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from worker.browser import failure_means
from worker.erp.ecount import markers
from worker.erp.ecount.shell import Pulse, Shell
from worker.errors import ErpChanged, ErpUnavailable, SessionExpired

#: One row: {column id: text}. A column that the row lacks is simply not there.
GridRow = Mapping[str, str]

#: Seconds after which a click on a page number that changed nothing is repeated.
CLICK_AGAIN_AFTER = 2.0

#: Seconds for which a page must look the same before it is believed.
STILL_FOR = 0.05

#: How often a list that changes while it is read is read anew.
READINGS = 4

_LOOK = """(m) => {
  if ((document.querySelector(m.title)?.textContent.trim() ?? '') !== m.wanted) {
    const gone = [...document.querySelectorAll(m.dialog)].some(d => d.innerText.includes(m.expired));
    return gone ? {expired: true} : null;
  }
  const shown = e => !!e && e.getClientRects().length > 0;
  const id = e => e.getAttribute('data-column-id');
  const heads = {};
  for (const span of document.querySelectorAll(m.head)) heads[id(span)] ??= span.textContent.trim();
  const rows = [];
  for (const tr of document.querySelectorAll(m.row)) {
    if (tr.closest('thead')) continue;
    const row = {};
    for (const span of tr.querySelectorAll(m.cell)) if (!span.closest('th')) row[id(span)] = span.textContent;
    if (Object.keys(row).length) rows.push(row);
  }
  const pager = document.querySelector(m.pager);
  const total = pager?.querySelector(m.total)?.textContent.match(/\\d+/);
  const tab = m.tab ? document.querySelector(m.tab) : null;
  return {
    busy: [...document.querySelectorAll(m.progress)].some(shown),
    expired: [...document.querySelectorAll(m.dialog)].filter(shown).some(d => d.innerText.includes(m.expired)),
    tab: m.tab ? tab && !!tab.closest('.active') : true,
    heads, rows,
    empty: shown(document.querySelector(m.empty)),
    pager: pager !== null,
    page: pager ? Number(pager.querySelector(m.now)?.value || 0) : 1,
    pages: pager ? Number(total?.[0] ?? 0) : 1,
  };
}"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One page of a grid, as it stood still."""

    rows: tuple[GridRow, ...]
    page: int
    pages: int
    #: A full page and no pager: the list ends there by chance, or the pager was not found.
    may_go_on: bool = False


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
    ) -> None:
        """`columns`: field → (column id, label). `tab`: the tab that must be the active one."""
        self._shell = shell
        self._title = title
        self._columns = columns
        self._required = required
        self._pulse = pulse
        self._tab = tab
        self._marks = {
            "title": markers.TITLE,
            "wanted": title,
            "head": markers.HEAD,
            "row": markers.ROW,
            "cell": markers.CELL,
            "empty": markers.EMPTY,
            "pager": markers.PAGER,
            "now": markers.PAGER_NOW,
            "total": markers.PAGER_TOTAL,
            "progress": markers.PROGRESS,
            "dialog": markers.DIALOG,
            "expired": markers.EXPIRED,
            "tab": tab,
        }

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

        A list that changed while it was read is read anew. Raises ErpUnavailable if it never stands still, ErpChanged
        if nobody can say that it ends where it seems to: `is_whole` is asked for what else is known of it.
        """
        for _ in range(READINGS):
            sheets = self._read_through(until)
            if sheets is not None:
                found = [self._named(row) for sheet in sheets for row in sheet.rows]
                is_cut = until is not None and any(until(row) for row in sheets[-1].rows)
                if sheets[0].may_go_on and not is_cut and not is_whole(found):
                    raise ErpChanged(
                        f"reading {self._title}: a full page of {markers.PAGE_ROWS} rows and no pager: nobody can say "
                        "that the list ends there. If the pager looks different now, the screen has changed; else wait "
                        "for the next row"
                    )
                return found
        raise ErpUnavailable(f"reading {self._title}: the list kept changing in {READINGS} readings")

    def _first(self) -> Sheet:
        self._pulse(f"{self._title}, page 1", self._shell.list_s)
        if not self._tab:
            self._shell.open(self._title)
        else:
            doing = f"opening the tab {self._tab} of {self._title}"
            frame = self._shell.wait_for(
                lambda: self._shell.frame_with(self._tab), seconds=self._shell.list_s, doing=doing
            )
            with failure_means(ErpUnavailable, doing):
                frame.locator(self._tab).click()
        return self._still(1)

    def _read_through(self, until: Callable[[GridRow], bool] | None) -> list[Sheet] | None:
        first = self.show()
        sheets = [first]
        for number in range(2, first.pages + 1):
            if until is not None and any(until(row) for row in sheets[-1].rows):
                break
            sheets.append(self._turn(number))
            if sheets[-1].pages != first.pages:
                return None
        if len(sheets) > 1:
            full = len(first.rows)
            inner = sheets[1:-1] if sheets[-1].page == first.pages else sheets[1:]
            if any(len(sheet.rows) != full for sheet in inner) or not 0 < len(sheets[-1].rows) <= full:
                return None
            # A row that slipped in while we turned pages shows on page 1, or twice where two pages meet.
            if self._first().rows != first.rows or self._meet_twice(sheets):
                return None
        return sheets

    def _meet_twice(self, sheets: Sequence[Sheet]) -> bool:
        """True when two neighbouring pages share a row because it moved: the earlier page has changed since."""
        return any(
            self._turn(before.page).rows != before.rows
            for before, after in itertools.pairwise(sheets)
            if any(row in before.rows for row in after.rows)
        )

    def _turn(self, number: int) -> Sheet:
        doing = f"reading {self._title}, page {number}"
        self._pulse(f"{self._title}, page {number}", self._shell.list_s)
        for patience in (CLICK_AGAIN_AFTER, CLICK_AGAIN_AFTER, self._shell.list_s):
            with failure_means(ErpUnavailable, doing):
                link = markers.PAGER_NUMBER.format(number)
                frame = self._shell.frame_with(link)
                if frame is not None:
                    frame.locator(link).click()
                else:
                    frame = self._shell.frame_with(markers.PAGER_NEXT)
                    if frame is None:
                        raise ErpChanged(f"{doing}: there is no link to it")
                    frame.locator(markers.PAGER_NOW).fill(str(number))
                    frame.locator(markers.PAGER_NOW).press("Enter")
            if self._reacts(number, patience):
                return self._still(number)
        raise ErpUnavailable(f"{doing}: the page did not turn in three clicks")

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
            is_drawn = (
                seen is not None
                and not seen["busy"]
                and seen["tab"]
                and seen["page"] == number <= seen["pages"]
                and seen["heads"]
                and bool(seen["rows"]) != seen["empty"]
            )
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
            raise ErpUnavailable(f"{error}; the list drew neither rows nor its word for an empty one") from error
        self._check_columns(seen["heads"])
        rows = tuple(row for row in seen["rows"] if not self._repeats_heads(row, seen["heads"]))
        may_go_on = not seen["pager"] and len(seen["rows"]) == markers.PAGE_ROWS
        return Sheet(rows=rows, page=seen["page"], pages=seen["pages"], may_go_on=may_go_on)

    def _look(self) -> Any:
        seen = self._shell.look(_LOOK, self._marks)
        if seen is not None and seen["expired"]:
            raise SessionExpired(f"reading {self._title}: the ERP says that the session has ended")
        return seen

    def _check_tab(self) -> None:
        seen = self._look()
        if seen is not None and not seen["tab"]:
            raise ErpChanged(f"reading {self._title}: the tab {self._tab} did not become the active one")

    def _check_columns(self, heads: Mapping[str, str]) -> None:
        for name in self._required:
            column, label = self._columns[name]
            if column not in heads:
                raise ErpChanged(
                    f"reading {self._title}: the column {label} ({column}) is missing; there are "
                    f"{', '.join(f'{text} ({one})' for one, text in heads.items())}. The screen has changed"
                )
            if "".join(heads[column].split()) != "".join(label.split()):
                raise ErpChanged(
                    f"reading {self._title}: the column {column} is labelled {heads[column]!r}, not {label!r}. "
                    "The screen has changed"
                )

    @staticmethod
    def _repeats_heads(row: GridRow, heads: Mapping[str, str]) -> bool:
        """True for a header that stands among the rows."""
        filled = {column: text.strip() for column, text in row.items() if text.strip()}
        return bool(filled) and all(heads.get(column) == text for column, text in filled.items())

    def _named(self, row: GridRow) -> dict[str, str]:
        return {name: row.get(column, "") for name, (column, _) in self._columns.items()}
