"""A look at the screens that the work needs, within seconds: nothing is entered, no picture is taken.

What can't be seen in time is left out: being slow is no change.
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from worker.browser.launch import failure_means
from worker.erp import ProgressReporter
from worker.erp.ecount import popup
from worker.erp.ecount.deposit_sheet import columns_of
from worker.erp.ecount.grid import Grid
from worker.erp.ecount.grid_view import Inspection
from worker.erp.ecount.shell import Shell
from worker.erp.ecount.sign_in import strangers_page
from worker.erp.ecount.table import compact, keys, way
from worker.erp.findings import DEPOSIT_COLUMN
from worker.erp.sight import Sight, Way
from worker.errors import ErpChanged, ErpError, ErpUnavailable, SessionExpired
from worker.i18n import message, said_by
from worker.payments.payment import Deposit

log = logging.getLogger(__name__)

#: Seconds for one wait: what is not there by then is not looked at.
WAIT_S = 5.0

#: What the screens are called that have no title of their own.
SIGN_IN, UPLOAD = "로그인", "웹자료올리기"


class Look:
    """One look, in one signed-in page."""

    def __init__(self, shell: Shell, *, pulse: ProgressReporter, address: str, with_deposits: bool) -> None:
        self._shell = shell
        self._markers = shell.markers
        self._pulse = pulse
        self._address = address
        self._with_deposits = with_deposits

    def walk(self, seconds: float) -> Iterator[Sight]:
        """Yield what is seen of each screen, the ones that money depends on first, for so many seconds in all.

        Raises SessionExpired; whatever else goes wrong on a screen costs this screen alone.
        """
        screens: list[tuple[str, Callable[[], Iterator[Sight]]]] = [
            (self._markers.payment_list, self._payments),
            (self._markers.deposit_report, self._report),
        ]
        if self._with_deposits:
            screens.append((self._markers.deposit_list, self._deposits))
        screens.append((SIGN_IN, self._sign_in_page))
        with self._shell.within(seconds, wait_s=WAIT_S):
            for title, look in screens:
                if self._shell.is_late:
                    log.info("looking at the screens: no time is left for %s", title)
                    return
                self._pulse(message("looking at {title}", title=title), WAIT_S)
                try:
                    yield from look()
                except SessionExpired:
                    raise
                except ErpError as error:
                    log.info("looking at the screens: %s was not seen: %s", title, error)

    # --- the screens -----------------------------------------------------------------------------------------------

    def _payments(self) -> Iterator[Sight]:
        markers, title = self._markers, self._markers.payment_list
        if other := self._opened(title):
            yield Sight(screen=title, refusals=(other,))
            return
        problem: ErpError | None = None
        for tab in (markers.tab_reflected, markers.tab_open):
            try:
                self._grid(tab).show()
            except SessionExpired:
                raise
            except ErpError as error:
                problem = error
                break
        grid = self._grid(markers.tab_open)
        seen = grid.inspect() if problem is None else self._as_it_stands(grid, problem)
        refusals = [said_by(problem)] if isinstance(problem, ErpChanged) else []
        refusals += _refused(lambda: self._columns(seen, markers.payment_columns, markers.required_columns, title))
        marks = self._ways(seen, markers.payment_columns, "column_")
        tabs = {name: _way(self._grid(getattr(markers, name)).how_tab()) for name in _TABS}
        refusals += [
            message("the tab {label} is missing", label=getattr(markers, f"{name}_label"))
            for name in _TABS[:2]
            if tabs[name] is None
        ]
        marks |= {name: found for name, found in tabs.items() if found is not None}
        columns = [name for name in marks if name.removeprefix("column_") in markers.required_columns]
        yield Sight(
            screen=title,
            marks=marks,
            columns=_titles(seen),
            money={name: compact(getattr(markers, name)[1]) for name in columns}
            | {name: getattr(markers, f"{name}_label") for name in _TABS[:2]},
            refusals=tuple(dict.fromkeys(refusals)),
        )

    def _as_it_stands(self, grid: Grid, problem: ErpError) -> Inspection:
        """Return what is drawn of a list that could not be shown. Raises the problem where that is not even a header.

        It must stand still: what is being drawn lacks what comes last.
        """
        seen = grid.inspect()
        self._shell.page.wait_for_timeout(STILL_MS)
        if seen is None or not seen.heads or grid.inspect() != seen:
            raise problem
        return seen

    def _report(self) -> Iterator[Sight]:
        markers, title = self._markers, self._markers.deposit_report
        if other := self._opened(title):
            yield Sight(screen=title, refusals=(other,))
            return
        doing = message("waiting for {label}", label=markers.uploader_label)
        found = self._shell.wait_for(
            lambda: popup.how_button(self._shell, markers.uploader, markers.uploader_label),
            seconds=self._shell.list_s,
            doing=doing,
        )
        by = _way(found)
        yield Sight(screen=title, marks={"uploader": by} if by else {})
        try:
            found = popup.opened(self._shell)
        finally:
            # Nothing was entered. Whatever stands in the way of the next screen is gone then.
            with suppress(ErpUnavailable):
                self._shell.reopen()
        if found:
            yield self._upload(found)
        else:
            log.info("looking at the screens: the bulk upload did not open")

    def _upload(self, found: Any) -> Sight:
        heads = found["heads"]
        return Sight(
            screen=UPLOAD,
            marks={"popup": Way.ID if found["id"] else Way.WORDS},
            columns=tuple(("", head) for head in heads),
            refusals=tuple(_refused(lambda: columns_of(heads, self._markers, [_ANY.cells()]))),
        )

    def _deposits(self) -> Iterator[Sight]:
        markers, title = self._markers, self._markers.deposit_list
        if other := self._opened(title):
            yield Sight(screen=title, refusals=(other,), is_needed=False)
            return
        grid = Grid(self._shell, title=title, columns=markers.deposit_columns, required=(), pulse=self._pulse)
        grid.show()
        seen = grid.inspect()
        yield Sight(
            screen=title,
            marks=self._ways(seen, markers.deposit_columns, DEPOSIT_COLUMN),
            columns=_titles(seen),
            refusals=tuple(
                _refused(lambda: self._columns(seen, markers.deposit_columns, markers.required_deposit_columns, title))
            ),
            is_needed=False,
        )

    def _sign_in_page(self) -> Iterator[Sight]:
        names = ("company", "user", "password", "sign_in")
        with strangers_page(self._shell, self._address) as page:
            with failure_means(ErpUnavailable, message("looking at the sign-in page")):
                found = [name for name in names if page.locator(getattr(self._markers, name)).count() == 1]
            if found:
                yield Sight(screen=SIGN_IN, marks=dict.fromkeys(found, Way.ID), is_needed=False)

    # --- looking ---------------------------------------------------------------------------------------------------

    def _opened(self, title: str) -> str:
        """Open a page; say that another one stands there instead, or return an empty text. Raises ErpError."""
        before = self._shell.titles()
        try:
            self._shell.open(title)
        except SessionExpired:
            raise
        except ErpUnavailable:
            there = self._shell.titles()
            others = [one for one in there if one not in before]
            if title in there or not others:
                raise
            return message("its page is titled {other}", other=", ".join(others))
        return ""

    def _grid(self, tab: str) -> Grid:
        markers = self._markers
        return Grid(
            self._shell, title=markers.payment_list, columns=markers.payment_columns, required=(), pulse=self._pulse,
            tab=tab,
        )  # fmt: skip

    def _columns(
        self, seen: Inspection | None, columns: Mapping[str, tuple[str, str]], required: Sequence[str], title: str
    ) -> None:
        """Raise what the reading of these columns would raise."""
        heads = seen.heads if seen is not None else ()
        keys(heads, columns, required=required, assumed=self._markers.assumed_fields, title=title)

    def _ways(self, seen: Inspection | None, columns: Mapping[str, tuple[str, str]], prefix: str) -> dict[str, Way]:
        heads = seen.heads if seen is not None else ()
        assumed = self._markers.assumed_fields
        found = {
            f"{prefix}{field}": way(heads, column, label, is_assumed=field in assumed)
            for field, (column, label) in columns.items()
        }
        return {name: by for name, by in found.items() if by is not None}


#: The tabs; the first two are read in each cycle that needs them, the others where an account has them.
_TABS = ("tab_open", "tab_reflected", "tab_all", "tab_forced")

#: A deposit as every one is: what it has a cell for must have a column.
_ANY = Deposit(key="K", date="D", account="A", account_code="C", payer="P", amount=1, remark="R")

#: How long a list that could not be shown must stay as it is, to be judged (milliseconds).
STILL_MS = 300


def _titles(seen: Inspection | None) -> tuple[tuple[str, str], ...]:
    return tuple((head.id, head.label) for head in (seen.heads if seen is not None else ()))


def _refused(look: Callable[[], object]) -> list[str]:
    try:
        look()
    except ErpChanged as error:
        return [said_by(error)]
    return []


def _way(found: Any) -> Way | None:
    """Return by what an element is found; `found` is {text, id}, or None where it is not."""
    if not found:
        return None
    if found["text"]:
        return Way.WORDS_AND_ID if found["id"] else Way.WORDS
    return Way.ID
