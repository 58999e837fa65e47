"""입금보고서조회: the list of deposits, where a key can be found again. Optional: not confirmed everywhere."""

import re
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime
from itertools import pairwise

from worker.erp import Listing, ProgressReporter, Slip
from worker.erp.ecount.grid import Grid
from worker.erp.ecount.sheets import GridRow
from worker.erp.ecount.shell import Shell
from worker.payments.payment import parse_amount, parse_time, squeeze

_DAY = re.compile(r"(\d{4})[/.\-](\d{1,2})[/.\-](\d{1,2})")

#: What an element says: two fields with a day each are one text.
_TEXT = """selector => {
  const found = [...document.querySelectorAll(selector)].map(e => e.value ?? e.textContent);
  return found.length ? found.join(' ~ ') : null;
}"""


class DepositList:
    """Looks deposits up by the key in their remark."""

    def __init__(self, shell: Shell, *, pulse: ProgressReporter) -> None:
        self._shell = shell
        self._markers = shell.markers
        self._grid = Grid(
            shell,
            title=self._markers.deposit_list,
            columns=self._markers.deposit_columns,
            required=self._markers.required_deposit_columns,
            pulse=pulse,
        )

    def has_any(self) -> bool:
        """True unless the list itself says that it is empty."""
        return bool(self._grid.show().rows)

    def since(self, time: datetime) -> list[Slip]:
        """Return every deposit entered since a time, newest first: complete, or an exception."""
        column = self._markers.deposit_columns["entered"][0]

        def is_before(row: GridRow) -> bool:
            entered = _entered(row.get(column, ""))
            return entered is not None and entered < time

        def is_whole(rows: Sequence[Mapping[str, str]]) -> bool:
            times = [_entered(row["entered"]) for row in rows]
            return _is_newest_first(rows) and any(one is not None and one < time for one in times)

        rows = self._grid.read(until=is_before, is_whole=is_whole)
        return [one for one in map(_slip, rows) if one.entered_at is not None and one.entered_at >= time]

    def find(self, keys: Collection[str], since: datetime | None, older: Collection[str] = ()) -> Listing:
        """Return what the list shows. It is newest first, and read back to `since` or to its end."""
        column = self._markers.deposit_columns["entered"][0]

        def is_before(row: GridRow) -> bool:
            entered = _entered(row.get(column, ""))
            return since is not None and entered is not None and entered < since

        def is_whole(rows: Sequence[Mapping[str, str]]) -> bool:
            """True when what is listed below can matter no more."""
            if all(any(f"#{key}" in row["remark"] for row in rows) for key in keys):
                return True
            return _is_newest_first(rows) and any(f"#{key}" in row["remark"] for row in rows for key in older)

        wanted = set(keys)
        lengths = {len(key) for key in wanted}
        found: dict[str, list[str]] = {}
        slips: list[Slip] = []
        for row in self._grid.read(until=is_before, is_whole=is_whole):
            number = row["slip"].strip()
            slips.append(_slip(row))
            for key in keys_in(row["remark"], lengths) & wanted:
                found.setdefault(key, []).append(number)
        text = self._shell.look(_TEXT, self._markers.deposit_period)
        return Listing(found=found, slips=slips, period=period_of(str(text or "")))


def _slip(row: Mapping[str, str]) -> Slip:
    """Return a row as a deposit; a cell that can't be read says nothing."""
    won: int | None = None
    with suppress(ValueError):
        won = parse_amount(row.get("slip_amount", ""))
    number = row["slip"].strip()
    return Slip(
        number=number,
        remark=row["remark"],
        entered_at=_entered(row["entered"]),
        day=_first_day(number),
        account=row.get("slip_account", "").strip(),
        payer=squeeze(row.get("slip_payer", "")),
        won=won,
    )


def _first_day(text: str) -> date | None:
    """Return the day that a slip's number begins with: `2026/01/08 -3`."""
    found = _DAY.match(text)
    try:
        return date(*map(int, found.groups())) if found else None
    except ValueError:
        return None


def period_of(text: str) -> tuple[date, date] | None:
    """Return the first and last day of `2026/01/08 ~ 2026/02/07`; None for anything else."""
    try:
        days = [date(int(year), int(month), int(day)) for year, month, day in _DAY.findall(text)]
    except ValueError:
        return None
    return (days[0], days[1]) if len(days) == 2 and days[0] <= days[1] else None


def keys_in(remark: str, lengths: Collection[int]) -> set[str]:
    """Return everything in a remark that may be a key of one of these lengths: ten thousand are looked up at once."""
    after = [start + 1 for start, sign in enumerate(remark) if sign == "#"]
    return {remark[start : start + length] for start in after for length in lengths}


def _entered(text: str) -> datetime | None:
    """Return when a row was entered; None for one that says no time, such as a sum."""
    try:
        return parse_time(text)
    except ValueError:
        return None


def _is_newest_first(rows: Sequence[Mapping[str, str]]) -> bool:
    times = [_entered(row["entered"]) for row in rows]
    known = [one for one in times if one is not None]
    return len(known) == len(times) and all(one >= other for one, other in pairwise(known))
