"""결제내역조회: the list of card payments, read tab by tab."""

from collections.abc import Callable, Sequence
from datetime import datetime

from worker.erp import ProgressReporter
from worker.erp.ecount.grid import Grid
from worker.erp.ecount.sheets import GridRow
from worker.erp.ecount.shell import Shell
from worker.i18n import message
from worker.payments.payment import ListRow, parse_time


class PaymentList:
    """Reads the tabs that matter: what waits, and what a person reflected by hand."""

    def __init__(self, shell: Shell, *, pulse: ProgressReporter) -> None:
        self._shell = shell
        self._markers = shell.markers
        self._pulse = pulse

    def read_open(self, is_whole: Callable[[Sequence[ListRow]], bool]) -> Sequence[ListRow]:
        """Return every row of 미반영, on all its pages; `is_whole` as in worker.erp.Erp.read_open."""
        if self._shell.is_at(self._markers.payment_list):
            self._shell.open(self._markers.payment_list)  # what stands there may be old
        grid = self._grid(self._markers.tab_open)
        return [ListRow(**row) for row in grid.read(is_whole=lambda rows: is_whole([ListRow(**row) for row in rows]))]

    def read_reflected(self, since: datetime) -> Sequence[ListRow]:
        """Return every row of 회계반영 back to `since`. Newest first; earlier pages are left out."""
        return self._read(self._markers.tab_reflected, since)

    def read_all(self, since: datetime | None) -> Sequence[ListRow] | None:
        """Return every row of 전체 back to `since`, or to its end; None where the list has no such tab."""
        return self._read(self._markers.tab_all, since) if self._has(self._markers.tab_all) else None

    def read_forced(self, since: datetime) -> Sequence[ListRow] | None:
        """Return every row of 강제회계반영 back to `since`; None where the list has no such tab."""
        return self._read(self._markers.tab_forced, since) if self._has(self._markers.tab_forced) else None

    def _has(self, tab: str) -> bool:
        """True when the list offers a tab. It is judged only once 미반영 stands there, which every list has."""
        if not self._shell.is_at(self._markers.payment_list):
            self._shell.open(self._markers.payment_list)
        self._shell.wait_for(
            lambda: self._grid(self._markers.tab_open).is_there() or None,
            seconds=self._shell.list_s,
            doing=message("looking for the tab {tab} of {title}", tab=tab, title=self._markers.payment_list),
        )
        return self._grid(tab).is_there()

    def _read(self, tab: str, since: datetime | None) -> Sequence[ListRow]:
        column = self._markers.payment_columns["time"][0]

        def is_before(row: GridRow) -> bool:
            try:
                return since is not None and parse_time(row.get(column, "")) < since
            except ValueError:
                return False

        return [ListRow(**row) for row in self._grid(tab).read(until=is_before)]

    def _grid(self, tab: str) -> Grid:
        return Grid(
            self._shell,
            title=self._markers.payment_list,
            columns=self._markers.payment_columns,
            required=self._markers.required_columns,
            pulse=self._pulse,
            tab=tab,
            others=[one for one in (self._markers.tab_reflected, self._markers.tab_all) if one != tab],
        )
