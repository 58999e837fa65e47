"""결제내역조회: the list of card payments, read tab by tab."""

from collections.abc import Callable, Sequence
from datetime import datetime

from worker.erp import Pulse
from worker.erp.ecount import markers
from worker.erp.ecount.grid import Grid, GridRow
from worker.erp.ecount.shell import Shell
from worker.payments import Row, parse_time


class PaymentList:
    """Reads the tabs that matter: what waits, and what a person reflected by hand."""

    def __init__(self, shell: Shell, *, pulse: Pulse) -> None:
        self._shell = shell
        self._pulse = pulse

    def read_open(self, is_whole: Callable[[Sequence[Row]], bool]) -> Sequence[Row]:
        """Return every row of 미반영, on all its pages; `is_whole` as in worker.erp.Erp.read_open."""
        if self._shell.is_at(markers.PAYMENT_LIST):
            self._shell.open(markers.PAYMENT_LIST)  # what stands there may be old
        grid = self._grid(markers.TAB_OPEN)
        return [Row(**row) for row in grid.read(is_whole=lambda rows: is_whole([Row(**row) for row in rows]))]

    def read_reflected(self, since: datetime) -> Sequence[Row]:
        """Return every row of 회계반영 back to `since`. Newest first; earlier pages are left out."""
        column = markers.PAYMENT_COLUMNS["time"][0]

        def is_before(row: GridRow) -> bool:
            try:
                return parse_time(row.get(column, "")) < since
            except ValueError:
                return False

        return [Row(**row) for row in self._grid(markers.TAB_REFLECTED).read(until=is_before)]

    def _grid(self, tab: str) -> Grid:
        return Grid(
            self._shell,
            title=markers.PAYMENT_LIST,
            columns=markers.PAYMENT_COLUMNS,
            required=markers.REQUIRED_COLUMNS,
            pulse=self._pulse,
            tab=tab,
            others=[one for one in (markers.TAB_REFLECTED, markers.TAB_ALL) if one != tab],
        )
