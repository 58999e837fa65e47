"""The list of payments as a page shows it: a text, filters, fifty at a time; and the workbook of what is shown."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path

from worker.config.settings import Settings
from worker.errors import DaybreakError
from worker.i18n import message
from worker.i18n.language import Language
from worker.ledger.search import Hit, OddRow
from worker.ledger.search_list import MOST_COUNTED, Narrowing, SearchList
from worker.ledger.search_terms import meanings
from worker.ledger.standing import OPEN, Standing
from worker.payments.text import fold
from worker.posting import refused
from worker.posting.books import owner_of

#: Payments of one page.
PAGE = 50

#: Days that the list goes back without a text and without days, and most days that it spans with them: all of ten years
#: would have to be read.
DEFAULT_DAYS, MOST_DAYS = 31, 92

#: Maximum signs of a text that is looked for.
LONGEST_TEXT = 200

#: Maximum payments of one workbook.
MOST_ROWS = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which payments are looked for."""

    #: As `daybreak find` takes it; "": all.
    text: str = ""
    narrowing: Narrowing = field(default_factory=Narrowing)


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentPage:
    """One page of a list."""

    #: As asked for, with the days that were in force.
    wanted: Wanted
    hits: tuple[Hit, ...]
    odd: tuple[OddRow, ...]
    #: Up to MOST_COUNTED; `is_more`: and there are more.
    total: int
    is_more: bool
    #: The page's number, from 1, and how many there are.
    number: int
    pages: int
    why_no_posting: str
    acquirers: tuple[str, ...]
    #: Payments that a person has released and that no cycle posts yet: {key: from when on one may}.
    not_yet: Mapping[str, datetime]


def listed(settings: Settings, wanted: Wanted, *, number: int = 1) -> PaymentPage:
    """Return one page of the payments that are looked for, newest first. Changes nothing.

    Raises DaybreakError for what can't be looked for and a page that is not there, LedgerError.
    """
    wanted = _checked(settings, wanted)
    today, text = settings.now().date(), wanted.text
    with SearchList(settings.data_dir, read_only=True) as ledger:
        meant = meanings(text, today) if text else None
        first = (number - 1) * PAGE
        if not 0 <= first < MOST_COUNTED:
            raise _no_page(number)
        total, keys = ledger.keys(meant, wanted.narrowing, first=first, most=PAGE)
        if first and not keys:
            raise _no_page(number)
        is_plain = number == 1 and wanted.narrowing == Narrowing()
        return PaymentPage(
            wanted=wanted,
            hits=tuple(ledger.hits(keys)),
            odd=tuple(ledger.odd_rows_with(text, meant)) if meant and is_plain else (),
            total=min(total, MOST_COUNTED),
            is_more=total > MOST_COUNTED,
            number=number,
            pages=max(1, -(-min(total, MOST_COUNTED) // PAGE)),
            why_no_posting=ledger.why_no_posting(owner_of(settings)) or refused.why_nothing_is_sent(ledger),
            acquirers=tuple(ledger.acquirers()),
            not_yet=ledger.not_yet(settings.now()),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentShown:
    """One payment with what its answer needs."""

    hit: Hit
    #: Why nothing is posted at present, or "".
    why_no_posting: str
    #: No cycle posts it before; None: the next one may.
    not_before: datetime | None


def one(settings: Settings, key: str) -> PaymentShown | None:
    """Return one payment by its whole key; None: none has this key.

    Raises LedgerError.
    """
    if not re.fullmatch(r"[A-Z2-7]{10}", key):
        return None
    with SearchList(settings.data_dir, read_only=True) as ledger:
        if ledger.entry(key) is None:
            return None
        (hit,) = ledger.hits([key])
        return PaymentShown(
            hit=hit,
            why_no_posting=ledger.why_no_posting(owner_of(settings)) or refused.why_nothing_is_sent(ledger),
            not_before=ledger.not_yet(settings.now()).get(key),
        )


def workbook(settings: Settings, wanted: Wanted, path: Path, *, language: Language) -> int:
    """Write the payments that are looked for as an xlsx, newest first; return how many. `path`: replaced.

    Raises DaybreakError for what can't be looked for and for more than MOST_ROWS, LedgerError, OSError.
    """
    from worker.reports.export import sheets, tables  # openpyxl only for this
    from worker.reports.export.books import Books

    wanted = _checked(settings, wanted)
    meant = meanings(wanted.text, settings.now().date()) if wanted.text else None
    with SearchList(settings.data_dir, read_only=True) as ledger:
        total, keys = ledger.keys(meant, wanted.narrowing, first=0, most=MOST_ROWS)
    if total > MOST_ROWS:
        raise DaybreakError(
            message("writing the workbook: more than {most} payments are meant. Narrow it by days", most=MOST_ROWS)
        )
    with Books(settings.data_dir, read_only=True) as books, sheets.workbook(path) as book:
        book.begin(tables.payments(language, settings.channels.page))
        for listed_one in books.listed_of(keys):
            book.add(tables.payment_row(listed_one, zone=settings.zone, language=language))
    return len(keys)


def _checked(settings: Settings, wanted: Wanted) -> Wanted:
    """Return what is looked for with the days in force. Raises DaybreakError."""
    narrowing = wanted.narrowing
    if len(wanted.text) > LONGEST_TEXT:
        raise DaybreakError(message("looking for a payment: the text is too long, write {most} signs at most",
                                    most=LONGEST_TEXT))  # fmt: skip
    text = wanted.text if fold(wanted.text) else ""
    if wanted.text.strip() and not text:
        raise DaybreakError(
            message("looking for a payment: nothing in this text can be read. Write a name or a number")
        )
    since, until = narrowing.since, narrowing.until
    if since and until and until < since:
        raise DaybreakError(
            message("looking for a payment: {until} comes before {since}", until=str(until), since=str(since))
        )
    # No index knows these: among all payments of one name they would be looked for one by one.
    is_slow = bool(narrowing.acquirer or narrowing.kind) or narrowing.standing in (Standing.NOT_NEEDED, Standing.BEFORE)
    if narrowing.standing in OPEN or (text and (since or until or not is_slow)):
        return replace(wanted, text=text)
    if since is None:
        last = until or settings.now().date()
        since = last - timedelta(days=min(DEFAULT_DAYS - 1, (last - date.min).days))
    until = until or settings.now().date()
    if (until - since).days >= MOST_DAYS:
        raise DaybreakError(
            message(
                "looking for a payment: without a text the list spans {most} days at most. Write a name or a number, "
                "or fewer days",
                most=MOST_DAYS,
            )
        )
    return Wanted(text=text, narrowing=replace(narrowing, since=since, until=until))


def _no_page(number: int) -> DaybreakError:
    return DaybreakError(message("looking for a payment: there is no page {number}", number=str(number)))
