"""Tables as files for a spreadsheet: no cell is a formula, no cell holds a card number, numbers stay numbers."""

import csv
import os
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from worker.payments import privacy

#: What a cell may hold.
Cell = str | int | None

#: A sheet holds no more rows than this (Excel's own limit, the headers included).
MOST_ROWS = 1_048_576

#: What a spreadsheet takes for the start of a formula, full-width forms included.
_FORMULA = tuple("=+-@＝＋－＠")

#: How a spreadsheet shows a day, and a time.
_DAY, _TIME = "yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss"

#: Maximum links of a sheet; Excel opens no sheet with more than 65,530, and each costs memory.
MOST_LINKS = 20_000

#: A text longer than this does not fit a cell.
_LONGEST = 32_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One table. Its rows are read once for each file that is written."""

    #: For the file's name and the sheet's.
    name: str
    title: str
    headers: tuple[str, ...]
    #: The columns that hold codes of the ERP, by their place: a long one is no card number.
    codes: frozenset[int] = frozenset()
    #: The columns that hold won.
    money: frozenset[int] = frozenset()
    #: The columns that hold days (2026-11-16 or 2026/11/16), and those that hold times (2026-11-16 09:00:00).
    days: frozenset[int] = frozenset()
    times: frozenset[int] = frozenset()
    #: What stands before the sums of the money columns, below the last row of the sheet; "" for no sums.
    total: str = ""
    #: Where the cells of a column lead to, by their place: an address, or "" for a cell that leads nowhere.
    links: Mapping[int, Callable[[str], str]] = field(default_factory=dict)


def safe(cell: Cell, *, is_code: bool = False) -> Cell:
    """Return a cell that no spreadsheet runs, in one line, without card numbers. Numbers are let alone."""
    if not isinstance(cell, str):
        return cell
    text = "".join(" " if unicodedata.category(one) in {"Cc", "Cs", "Zl", "Zp"} else one for one in cell)
    if not is_code:
        text = privacy.scrubbed(text)
    return f"'{text}"[:_LONGEST] if text.lstrip().startswith(_FORMULA) else text[:_LONGEST]


class CsvFile:
    """One table as CSV: UTF-8 with its mark, so that a Korean Excel reads it as such."""

    def __init__(self, path: Path, table: Table) -> None:
        self._codes = table.codes
        self._file = _private(path)
        self._writer = csv.writer(self._file)
        self._writer.writerow(table.headers)

    def add(self, row: Sequence[Cell]) -> None:
        """Write one more row."""
        self._writer.writerow([safe(cell, is_code=place in self._codes) for place, cell in enumerate(row)])

    def close(self) -> None:
        """Write the end."""
        self._file.close()


class Workbook:
    """Several tables in one xlsx. A table that is too long goes on in a further sheet."""

    def __init__(self, path: Path) -> None:
        import openpyxl

        self._path = path
        self._book = openpyxl.Workbook(write_only=True)
        self._blue = openpyxl.styles.Font(color="0563C1", underline="single")
        self._table: Table | None = None
        self._sheet: Any = None
        self._rows = self._sheets = self._links = 0
        self._sums: dict[int, int] = {}

    def begin(self, table: Table) -> None:
        """Begin a table."""
        self._end()
        self._table, self._sheets, self._sums = table, 0, {}
        self._turn()

    def add(self, row: Sequence[Cell]) -> None:
        """Write one more row of it."""
        assert self._table is not None, "a table was begun"
        if self._rows >= MOST_ROWS:
            self._turn()
        cells = [self._cell(cell, place) for place, cell in enumerate(row)]
        for place, leads_to in self._table.links.items():
            self._link(cells[place], leads_to(str(row[place] or "")), place)
        self._sheet.append(cells)
        self._rows += 1
        for place in self._table.money:
            cell = row[place]
            self._sums[place] = self._sums.get(place, 0) + (cell if isinstance(cell, int) else 0)

    def close(self) -> None:
        """Write the file."""
        self._end()
        with _private(self._path):
            pass
        self._book.save(self._path)

    def give_up(self) -> None:
        """Write nothing; let go of what is under way."""
        for sheet in self._book.worksheets:
            with suppress(OSError, ValueError):
                sheet.close()

    def _end(self) -> None:
        """End a table: its sums below the last row, which no filter hides."""
        if self._table is None or self._sheet is None:
            return
        self._filter()
        if not self._table.total or not self._sums or self._rows >= MOST_ROWS:
            return
        places = range(len(self._table.headers))
        row: list[Cell] = [self._sums.get(place, self._table.total if place == 0 else None) for place in places]
        self._append_bold(row)

    def _filter(self) -> None:
        """Give each column of the sheet its filter."""
        assert self._table is not None, "a table was begun"
        self._sheet.auto_filter.ref = f"A1:{_letter(len(self._table.headers) - 1)}{self._rows}"

    def _turn(self) -> None:
        assert self._table is not None, "a table was begun"
        if self._sheets:
            self._filter()
        self._sheets += 1
        self._sheet = self._book.create_sheet(f"{self._table.title}{f' {self._sheets}' if self._sheets > 1 else ''}")
        self._sheet.freeze_panes = "A2"
        for place in range(len(self._table.headers)):
            self._sheet.column_dimensions[_letter(place)].width = 18
        self._append_bold(self._table.headers)
        self._rows, self._links = 1, 0

    def _append_bold(self, row: Sequence[Cell]) -> None:
        from openpyxl.styles import Font

        cells = [self._cell(cell, place) for place, cell in enumerate(row)]
        for cell in cells:
            cell.font = Font(bold=True)
        self._sheet.append(cells)

    def _cell(self, cell: Cell, place: int) -> Any:
        from openpyxl.cell import WriteOnlyCell

        assert self._table is not None, "a table was begun"
        if moment := self._moment(cell, place):
            made = WriteOnlyCell(self._sheet, value=moment)
            made.number_format = _DAY if place in self._table.days else _TIME
            return made
        made = WriteOnlyCell(self._sheet, value=safe(cell, is_code=place in self._table.codes))
        if isinstance(cell, str):
            made.data_type = "s"  # never a formula, whatever it looks like
        elif place in self._table.money:
            made.number_format = "#,##0"
        return made

    def _link(self, made: Any, address: str, place: int) -> None:
        """Have a cell of the next row lead to an address."""
        if not address or self._links >= MOST_LINKS:
            return
        self._links += 1
        made.hyperlink = address
        made.hyperlink.ref = f"{_letter(place)}{self._rows + 1}"
        made.font = self._blue

    def _moment(self, cell: Cell, place: int) -> date | None:
        """Return a day or a time as one that a spreadsheet sorts and filters by; None for any other cell."""
        assert self._table is not None, "a table was begun"
        if not isinstance(cell, str) or place not in self._table.days | self._table.times:
            return None
        with suppress(ValueError):
            found = datetime.fromisoformat(cell.replace("/", "-"))
            return found.date() if place in self._table.days else found
        return None


def _letter(place: int) -> str:
    from openpyxl.utils import get_column_letter

    return str(get_column_letter(place + 1))


def _private(path: Path) -> Any:
    """Open a new file that only we can read."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    return os.fdopen(descriptor, "w", encoding="utf-8-sig", newline="")


@contextmanager
def workbook(path: Path) -> Iterator[Workbook]:
    """Yield a workbook that is written at the end."""
    book = Workbook(path)
    try:
        yield book
    except BaseException:
        book.give_up()
        raise
    book.close()
