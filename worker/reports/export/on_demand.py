"""An export that is asked for by hand: four tables as CSV, all of them as one xlsx, and whether the totals agree."""

import calendar
import os
import re
import shutil
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from worker.config.settings import Settings
from worker.errors import DaybreakError
from worker.i18n import message
from worker.i18n.language import Language
from worker.i18n.words import Words
from worker.reports import figures
from worker.reports.export import tables
from worker.reports.export.books import Books
from worker.reports.export.sheets import Cell, CsvFile, Table, Workbook, workbook
from worker.reports.export.tables import Total, Totals
from worker.reports.figures import midnight
from worker.runtime import time_words
from worker.runtime.files import sync, sync_names

_EMPTY = Words("The ledger knows nothing of {since} to {until}: the files hold their headers and no rows.")
_DONE = Words(
    "{since} to {until}: {listed} payments listed, of {won_listed} won; {posted} deposits posted (of those, "
    "{cancellations} cancellations): {won_in} won in, {won_out} won out, difference {won} won."
)
_FOR_EXCEL = Words(
    "In a spreadsheet open daybreak.xlsx: opening a CSV file there takes the leading zeros off approval numbers."
)
_AGREES = Words("The totals agree with the daily reports of these days.")
_DIFFERS = Words(
    "The totals do NOT agree with the daily reports of: {days}. Do not hand this out; keep the ledger and ask."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What was written."""

    folder: Path
    sentences: tuple[str, ...]
    #: The days whose totals differ from their daily reports: none, unless the ledger was tampered with.
    different: tuple[date, ...]


def span(first: str, last: str) -> tuple[date, date]:
    """Read two days, or months: 2026-11-01, 2026/11/01 or 2026-11. Raises DaybreakError that says what to write."""
    since, until = _day(first, is_end=False), _day(last, is_end=True)
    if until < since:
        raise DaybreakError(message("exporting: {last} comes before {first}", last=last, first=first))
    return since, until


def _day(text: str, *, is_end: bool) -> date:
    written = time_words.read(text)
    if written is not None and written.day is not None and written.at is None:
        return written.day
    month = re.fullmatch(r"(\d{4}) ?[-/.] ?(\d{1,2})\.?", text.strip(), re.ASCII)
    if month is None or not 1 <= int(month[2]) <= 12 or not int(month[1]):
        raise DaybreakError(
            message(
                'exporting: "{text}" is no day and no month. Write a day like 2026-11-01, 2026/11/01 or 2026.11.01, or '
                "a month like 2026-11",
                text=text,
            )
        )
    year, number = int(month[1]), int(month[2])
    return date(year, number, calendar.monthrange(year, number)[1] if is_end else 1)


def make(settings: Settings, first: str, last: str, *, folder: Path | None, language: Language | None) -> Exported:
    """Write the tables of these days into a new folder, all of one moment; nothing is left of a failed try.

    Raises DaybreakError, which says what to write or do instead.
    """
    since, until = span(first, last)
    language = language or settings.report_language
    with (
        Books(settings.data_dir, read_only=True) as books,
        books.one_moment(),
        _whole(settings, folder, since, until) as (
            draft,
            target,
        ),
    ):
        export = _Export(books, settings, since=since, until=until, language=language)
        export.write(draft)
        return Exported(folder=target, sentences=tuple(export.sentences()), different=tuple(export.different()))


@contextmanager
def _whole(settings: Settings, folder: Path | None, since: date, until: date) -> Iterator[tuple[Path, Path]]:
    """Yield a folder to write into, and the one that it becomes when all went well."""
    parent = folder or settings.data_dir / "exports"
    name = f"export_{since:%Y%m%d}-{until:%Y%m%d}_{settings.now():%Y%m%d_%H%M%S}"
    target, draft = parent / name, parent / f".{name}.{os.getpid()}"
    try:
        parent.mkdir(parents=True, exist_ok=True)
        draft.mkdir(mode=0o700)
        yield draft, target
        for path in draft.iterdir():
            sync(path)
        draft.rename(target)
        sync_names(parent)
    except OSError as error:
        raise DaybreakError(
            message("exporting to {folder}: {error}. Nothing was written", folder=str(target), error=str(error))
        ) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)


class _Export:
    """One export under way."""

    def __init__(self, books: Books, settings: Settings, *, since: date, until: date, language: Language) -> None:
        self._books = books
        self._settings = settings
        self._days = (since, until)
        self._language = language
        zone = self._zone = settings.zone
        self._span = (midnight(since, zone), midnight(until + timedelta(days=1), zone))
        self._totals = Totals(zone)

    def write(self, folder: Path) -> None:
        """Write every table twice: as CSV, and into one xlsx."""
        language, page = self._language, self._settings.channels.page
        with workbook(folder / "daybreak.xlsx") as book:
            self._put(folder, book, tables.payments(language, page), self._payments())
            self._put(folder, book, tables.deposits(language, page), self._deposits())
            self._put(folder, book, tables.totals(language, page), self._sums())
            self._put(folder, book, tables.moves(language, page), self._moves())

    @staticmethod
    def _put(folder: Path, book: Workbook, table: Table, rows: Generator[list[Cell]]) -> None:
        book.begin(table)
        with closing(rows), closing(CsvFile(folder / f"{table.name}.csv", table)) as file:
            for row in rows:
                file.add(row)
                book.add(row)

    def _payments(self) -> Generator[list[Cell]]:
        for one in self._books.listed(*self._span):
            self._totals.list(one)
            yield tables.payment_row(one, zone=self._zone, language=self._language)

    def _deposits(self) -> Generator[list[Cell]]:
        for one in self._books.entered(*self._span):
            self._totals.post(one)
            yield tables.deposit_row(one, zone=self._zone, language=self._language)

    def _moves(self) -> Generator[list[Cell]]:
        for one in self._books.all_moves(*self._span):
            yield tables.move_row(one, zone=self._zone, language=self._language)

    def _sums(self) -> Generator[list[Cell]]:
        for day, total in sorted(self._totals.days.items()):
            yield total.row(day, self._language)
        if self._totals.days:
            yield self._totals.all.row(None, self._language)

    def different(self) -> Iterator[date]:
        """Yield the days whose totals are not those that the daily report tells, which come from the moves."""
        now = self._settings.now()
        first, last = self._days
        known = self._books.beginning()
        if known is None:
            return
        first, last = max(first, known.astimezone(self._zone).date()), min(last, now.date())
        days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
        for day, told in figures.by_day(self._books, days, now=now, zone=self._zone):
            money = told.money
            total = self._totals.days.get(day, Total())
            ours = (total.listed, total.won_listed, total.posted, total.won_in, total.won_out)
            theirs = (
                money.seen.count,
                money.seen.won,
                money.posted.count,
                money.approvals.won,
                money.cancellations.won,
            )
            if ours != theirs:
                yield day

    def sentences(self) -> Iterator[str]:
        """Say what was written, and whether it agrees."""
        since, until = (day.isoformat() for day in self._days)
        total, language = self._totals.all, self._language
        if total == Total():
            yield _EMPTY(language, since=since, until=until)
            return
        sums = {name: f"{getattr(total, name):,}" for name in Total.__slots__}
        yield _DONE(language, since=since, until=until, won=f"{total.won_in - total.won_out:,}", **sums)
        yield _FOR_EXCEL(language)
        different = list(self.different())
        if different:
            yield _DIFFERS(language, days=", ".join(day.isoformat() for day in different))
        else:
            yield _AGREES(language)
