"""The columns of each exported table, in both languages, and a row of each."""

from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from worker.config import console_url
from worker.config.console_url import NO_LINKS, PageLinks
from worker.i18n import reasons
from worker.i18n.language import Language
from worker.i18n.words import Words
from worker.ledger.state import State
from worker.ledger.words import KINDS, STATES, who
from worker.reports.export.books import Entered, Listed, Moved
from worker.reports.export.sheets import Cell, Table

_TITLES = {
    "payments": Words("Payments"),
    "deposits": Words("Deposits"),
    "totals": Words("Totals"),
    "moves": Words("History"),
}

_KEY = Words("Key")
_BY = Words("By")
_WHY = Words("Why")
_BATCH = Words("Batch")
_KIND = Words("Kind")
_PAYER = Words("Payer")
_WON = Words("Won")
_APPROVAL_NO = Words("Approval number")
_SLIP = Words("Slip")
_POSTED_AT = Words("Posted at")

_PAYMENTS = (
    _KEY,
    Words("First listed at"),
    Words("Payment time"),
    _KIND,
    _PAYER,
    _WON,
    _APPROVAL_NO,
    Words("Acquirer"),
    Words("Requester"),
    Words("State"),
    Words("Needs no deposit, because"),
    _WHY,
    _BY,
    Words("Key of its approval"),
    _BATCH,
    _SLIP,
    _POSTED_AT,
)
#: What an accountant enters and looks for comes first.
_DEPOSITS = (
    Words("Date entered"),
    _SLIP,
    _PAYER,
    _WON,
    _APPROVAL_NO,
    Words("Remark"),
    _KIND,
    Words("Account"),
    Words("Account code"),
    _POSTED_AT,
    _KEY,
    _BATCH,
    _BY,
    _WHY,
)
_MOVES = (
    Words("At"),
    _KEY,
    Words("From"),
    Words("To"),
    _BY,
    _BATCH,
    Words("Generation"),
    _WHY,
)
_TOTALS = (
    Words("Day"),
    Words("Payments listed"),
    Words("Won listed"),
    Words("Deposits posted"),
    Words("Of those, cancellations"),
    Words("Money in (approvals)"),
    Words("Money out (cancellations)"),
    Words("Difference"),
)
_ALL = Words("Total")


def payments(language: Language, page: PageLinks = NO_LINKS) -> Table:
    """Return the table of payments. `page`: where their keys lead to."""
    table = _table("payments", _PAYMENTS, language, codes={0, 6, 13, 15}, money={5}, times={1, 2, 16}, is_summed=True)
    return _leading_to_payments(table, page, 0, 13)


def deposits(language: Language, page: PageLinks = NO_LINKS) -> Table:
    """Return the table of deposits. `page`: where their keys lead to."""
    table = _table("deposits", _DEPOSITS, language, codes={1, 4, 8, 10}, money={3}, days={0}, times={9}, is_summed=True)
    return _leading_to_payments(table, page, 10)


def moves(language: Language, page: PageLinks = NO_LINKS) -> Table:
    """Return the table of moves. `page`: where their payments' keys lead to."""
    return _leading_to_payments(_table("moves", _MOVES, language, codes={1}, times={0}), page, 1)


def totals(language: Language, page: PageLinks = NO_LINKS) -> Table:
    """Return the table of totals, one row a day. `page`: where the days lead to."""

    def report(cell: str) -> str:
        with suppress(ValueError):
            return page.to(console_url.report(date.fromisoformat(cell)))
        return ""  # the last row is of all days

    return replace(_table("totals", _TOTALS, language, money={2, 5, 6, 7}, days={0}), links={0: report})


def _leading_to_payments(table: Table, page: PageLinks, *places: int) -> Table:
    def payment(key: str) -> str:
        return page.to(console_url.payment(key)) if key else ""

    return replace(table, links=dict.fromkeys(places, payment))


def _table(
    name: str,
    headers: tuple[Words, ...],
    language: Language,
    *,
    codes: set[int] | None = None,
    money: set[int] | None = None,
    days: set[int] | None = None,
    times: set[int] | None = None,
    is_summed: bool = False,
) -> Table:
    return Table(
        name=name,
        title=_TITLES[name](language),
        headers=tuple(one(language) for one in headers),
        codes=frozenset(codes or ()),
        money=frozenset(money or ()),
        days=frozenset(days or ()),
        times=frozenset(times or ()),
        total=_ALL(language) if is_summed else "",
    )


def payment_row(one: Listed, *, zone: ZoneInfo, language: Language) -> list[Cell]:
    """Return a payment as a row of its table."""
    return [
        one.key,
        _time(one.seen_at, zone),
        f"{one.time:%Y-%m-%d %H:%M:%S}",
        KINDS[one.kind](language),
        one.payer,
        one.won,
        one.approval_no,
        one.acquirer,
        one.requester,
        STATES[one.state](language),
        _said(one.excluded, language),
        _said(one.why, language),
        who(one.by, language),
        one.approval_key,
        one.batch,
        one.slip,
        _time(one.posted_at, zone) if one.posted_at else "",
    ]


def deposit_row(one: Entered, *, zone: ZoneInfo, language: Language) -> list[Cell]:
    """Return a deposit as a row of its table."""
    return [
        one.date,
        one.slip,
        one.payer,
        one.won,
        one.approval_no,
        one.remark,
        KINDS[one.kind](language),
        one.account,
        one.account_code,
        _time(one.posted_at, zone),
        one.key,
        one.batch,
        who(one.by, language),
        _said(one.why, language),
    ]


def move_row(one: Moved, *, zone: ZoneInfo, language: Language) -> list[Cell]:
    """Return a move as a row of its table."""
    before, after = (STATES[State(state) if state else ""](language) for state in (one.before, one.after))
    return [
        _time(one.at, zone),
        one.key,
        before,
        after,
        who(one.by, language),
        one.batch,
        one.generation,
        _said(one.why, language),
    ]


@dataclass(slots=True)
class Total:
    """The sums of a day, or of all days. Won of approvals and cancellations are both above zero."""

    listed: int = 0
    won_listed: int = 0
    posted: int = 0
    cancellations: int = 0
    won_in: int = 0
    won_out: int = 0

    def row(self, day: date | None, language: Language) -> list[Cell]:
        """Return the row of a day; of all days without one."""
        return [
            day.isoformat() if day else _ALL(language),
            self.listed,
            self.won_listed,
            self.posted,
            self.cancellations,
            self.won_in,
            self.won_out,
            self.won_in - self.won_out,
        ]


@dataclass(slots=True)
class Totals:
    """The sums of each day, taken from the rows that are written."""

    zone: ZoneInfo
    days: dict[date, Total] = field(default_factory=dict)
    all: Total = field(default_factory=Total)

    def list(self, one: Listed) -> None:
        """Count one more payment."""
        for total in self._of(one.seen_at):
            total.listed += 1
            total.won_listed += one.won

    def post(self, one: Entered) -> None:
        """Count one more deposit."""
        for total in self._of(one.posted_at):
            total.posted += 1
            if one.won < 0:
                total.cancellations += 1
                total.won_out -= one.won
            else:
                total.won_in += one.won

    def _of(self, at: datetime) -> tuple[Total, Total]:
        return self.days.setdefault(at.astimezone(self.zone).date(), Total()), self.all


def _said(reason: str, language: Language) -> str:
    return reasons.say(reason, language) if reason else ""


def _time(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S}"
