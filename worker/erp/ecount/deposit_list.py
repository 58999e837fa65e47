"""입금보고서조회: the list of deposits, where a key can be found again. Optional: not confirmed everywhere."""

from collections.abc import Collection, Mapping
from datetime import datetime

from worker.erp.ecount import markers
from worker.erp.ecount.grid import Grid, GridRow
from worker.erp.ecount.shell import Pulse, Shell
from worker.payments import parse_time


class DepositList:
    """Looks deposits up by the key in their remark."""

    def __init__(self, shell: Shell, *, pulse: Pulse) -> None:
        self._grid = Grid(
            shell,
            title=markers.DEPOSIT_LIST,
            columns=markers.DEPOSIT_COLUMNS,
            required=tuple(markers.DEPOSIT_COLUMNS),
            pulse=pulse,
        )

    def has_any(self) -> bool:
        """True unless the list itself says that it is empty."""
        return bool(self._grid.show().rows)

    def find(self, keys: Collection[str], since: datetime | None) -> Mapping[str, list[str]]:
        """Return {key: slip numbers}. The list is newest first; it is read back to `since`, or to its end."""
        column = markers.DEPOSIT_COLUMNS["entered"][0]

        def is_before(row: GridRow) -> bool:
            return since is not None and parse_time(row.get(column, "")) < since

        found: dict[str, list[str]] = {}
        for row in self._grid.read(until=is_before):
            for key in keys:
                if f"#{key}" in row["remark"]:
                    found.setdefault(key, []).append(row["slip"].strip())
        return found
