"""The columns of each exported table, in both languages, and a row of each."""

from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from worker.i18n import reasons
from worker.i18n.language import Language, Words
from worker.ledger.state import State
from worker.ledger.words import KINDS, STATES, who
from worker.reports.export.books import Entered, Listed, Moved
from worker.reports.export.sheets import Cell, Table

_TITLES = {
    "payments": Words("Payments", "결제"),
    "deposits": Words("Deposits", "입금"),
    "totals": Words("Totals", "합계"),
    "moves": Words("History", "처리 이력"),
}

_KEY = Words("Key", "식별번호")
_BY = Words("By", "처리자")
_WHY = Words("Why", "사유")
_BATCH = Words("Batch", "배치")
_KIND = Words("Kind", "구분")
_PAYER = Words("Payer", "거래처")
_WON = Words("Won", "금액(원)")
_APPROVAL_NO = Words("Approval number", "승인번호")
_SLIP = Words("Slip", "전표번호")
_POSTED_AT = Words("Posted at", "입금 처리 일시")

_PAYMENTS = (
    _KEY,
    Words("First listed at", "최초 조회 일시"),
    Words("Payment time", "결제일시"),
    _KIND,
    _PAYER,
    _WON,
    _APPROVAL_NO,
    Words("Acquirer", "매입사"),
    Words("Requester", "요청자"),
    Words("State", "상태"),
    Words("Needs no deposit, because", "입금 제외 사유"),
    _WHY,
    _BY,
    Words("Key of its approval", "원승인 식별번호"),
    _BATCH,
    _SLIP,
    _POSTED_AT,
)
_DEPOSITS = (
    _KEY,
    _POSTED_AT,
    _SLIP,
    Words("Date entered", "전표일자"),
    Words("Account", "계정"),
    Words("Account code", "계정코드"),
    _PAYER,
    _WON,
    Words("Remark", "적요"),
    _KIND,
    _APPROVAL_NO,
    _BATCH,
    _BY,
    _WHY,
)
_MOVES = (
    Words("At", "일시"),
    _KEY,
    Words("From", "이전 상태"),
    Words("To", "이후 상태"),
    _BY,
    _BATCH,
    Words("Generation", "세대"),
    _WHY,
)
_TOTALS = (
    Words("Day", "일자"),
    Words("Payments listed", "접수된 결제"),
    Words("Won listed", "접수 금액(원)"),
    Words("Deposits posted", "입금 처리"),
    Words("Of those, cancellations", "그중 취소"),
    Words("Money in (approvals)", "입금액 (승인)"),
    Words("Money out (cancellations)", "취소액 (취소)"),
    Words("Difference", "차액 (순입금)"),
)
_ALL = Words("Total", "합계")


def payments(language: Language) -> Table:
    """Return the table of payments."""
    return _table("payments", _PAYMENTS, language, codes={0, 6, 13, 15}, money={5})


def deposits(language: Language) -> Table:
    """Return the table of deposits."""
    return _table("deposits", _DEPOSITS, language, codes={0, 2, 5, 10}, money={7})


def moves(language: Language) -> Table:
    """Return the table of moves."""
    return _table("moves", _MOVES, language, codes={1})


def totals(language: Language) -> Table:
    """Return the table of totals, one row a day."""
    return _table("totals", _TOTALS, language, money={2, 5, 6, 7})


def _table(
    name: str,
    headers: tuple[Words, ...],
    language: Language,
    *,
    codes: set[int] | None = None,
    money: set[int] | None = None,
) -> Table:
    return Table(
        name=name,
        title=_TITLES[name](language),
        headers=tuple(one(language) for one in headers),
        codes=frozenset(codes or ()),
        money=frozenset(money or ()),
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
        one.key,
        _time(one.posted_at, zone),
        one.slip,
        one.date,
        one.account,
        one.account_code,
        one.payer,
        one.won,
        one.remark,
        KINDS[one.kind](language),
        one.approval_no,
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
