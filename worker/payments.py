"""Payment, Deposit, and the pure rules from the one to the other. No clock, no files, no browser."""

import base64
import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta, timezone
from enum import StrEnum

from worker.posting.text import narrow, real_number, visible
from worker.posting.text import parse_amount as parse_amount

#: The ERP's clock. Korea has had no summer time since 1988.
KST = timezone(timedelta(hours=9), "KST")

#: Version of the identity rule, stored beside each key.
IDENTITY_VERSION = 1

#: What every remark begins with.
REMARK = "카드결제"


class Kind(StrEnum):
    """Which way the money went."""

    APPROVAL = "승인"
    CANCELLATION = "취소"


#: Statuses that are no money (yet): the row is looked at again in the next cycle.
NO_MONEY = {
    "요청중": "requested, no answer yet",
    "승인실패": "approval failed",
    "취소실패": "cancellation failed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of the ERP's payment list, as text, exactly as shown."""

    time: str
    payer: str
    amount: str
    status: str
    approval_no: str
    requester: str = ""
    acquirer: str = ""
    method: str = ""
    card: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """One card payment, or one cancellation, as the list has it."""

    key: str
    #: When it was requested, to the second, in KST.
    time: datetime
    payer: str
    #: Won, always above zero; `kind` gives the direction.
    amount: int
    kind: Kind
    #: Text, as shown: it may begin with zeros. Empty while the ERP has not got it.
    approval_no: str
    requester: str = ""
    acquirer: str = ""
    #: 0 for the first of rows that agree in every field of the identity, 1 for the second …
    ordinal: int = 0
    raw_time: str = ""

    @property
    def won(self) -> int:
        """Won with the sign of the deposit: below zero for a cancellation."""
        return -self.amount if self.kind is Kind.CANCELLATION else self.amount

    @property
    def number(self) -> str:
        """The approval number as it is compared; empty where what is shown is no number."""
        return real_number(self.approval_no)


@dataclass(frozen=True, slots=True, kw_only=True)
class Oddity:
    """A row that can't be taken for money with certainty: posted by nobody, shown to a person."""

    row: Row
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sorted:
    """A list's rows, each in exactly one place."""

    payments: tuple[Payment, ...] = ()
    #: Rows that are no money (yet), by reason.
    ignored: Counter[str] = field(default_factory=Counter)
    oddities: tuple[Oddity, ...] = ()


#: The text as it is compared and posted.
squeeze = visible


def _as_first_named(text: str) -> str:
    """Return a text as identity version 1 has it, for ever: NFC, trimmed, one blank for any run of white space."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def parse_time(text: str) -> datetime:
    """Return the time of `2026/01/08 오전 8:07:05` in KST. 오전 12 is 0 h, 오후 12 is 12 h. Raises ValueError."""
    found = re.fullmatch(r"(\d{4})/(\d{1,2})/(\d{1,2}) (오전|오후) (\d{1,2}):(\d{2}):(\d{2})", narrow(text), re.ASCII)
    if not found:
        raise ValueError(f"{text!r} is not a time like '2026/01/08 오전 8:07:05'")
    year, month, day, half, hour, minute, second = found.groups()
    if not 1 <= int(hour) <= 12:
        raise ValueError(f"{text!r} has no hour from 1 to 12")
    hours = int(hour) % 12 + (12 if half == "오후" else 0)
    return datetime(int(year), int(month), int(day), hours, int(minute), int(second), tzinfo=KST)


def identity(*, time: datetime, payer: str, amount: int, approval_no: str, kind: Kind, ordinal: int, extra: str) -> str:
    """Return the text that names a payment for ever. `extra` is the requester's id where that column is confirmed."""
    fields = (str(IDENTITY_VERSION), time.astimezone(KST).isoformat(), payer, str(amount), approval_no, kind)
    return "\x1f".join((*fields, str(ordinal), extra))


def short_key(named: str) -> str:
    """Return 10 characters of A–Z and 2–7 for an identity: what the remark of its deposit carries."""
    return base64.b32encode(hashlib.sha256(named.encode("utf-8")).digest())[:10].decode("ascii")


def sort_rows(rows: Iterable[Row], *, with_requester: bool = False) -> Sorted:
    """Put every row of one complete reading into its place. The row's status decides, never the tab or a filter."""
    payments: list[Payment] = []
    ignored: Counter[str] = Counter()
    oddities: list[Oddity] = []
    twins: Counter[str] = Counter()
    for row in map(_whole, rows):
        status = narrow(row.status).replace(" ", "")
        if status in NO_MONEY:
            ignored[NO_MONEY[status]] += 1
            continue
        why = _why_odd(row, status)
        if why:
            oddities.append(Oddity(row=row, why=why))
            continue
        kind = Kind(status)
        extra = _as_first_named(row.requester) if with_requester else ""
        named = {
            "time": parse_time(row.time),
            "payer": _as_first_named(row.payer),
            "amount": abs(parse_amount(row.amount)),
            "approval_no": _as_first_named(unicodedata.normalize("NFKC", row.approval_no)),
            "kind": kind,
        }
        twin = identity(**named, ordinal=0, extra=extra)  # type: ignore[arg-type]
        ordinal = twins[twin]
        twins[twin] += 1
        key = short_key(identity(**named, ordinal=ordinal, extra=extra))  # type: ignore[arg-type]
        payments.append(
            Payment(
                key=key,
                ordinal=ordinal,
                requester=squeeze(row.requester),
                acquirer=squeeze(row.acquirer),
                raw_time=row.time,
                **{**named, "payer": squeeze(row.payer), "approval_no": narrow(row.approval_no)},  # type: ignore[arg-type]
            )
        )
    return Sorted(payments=tuple(payments), ignored=ignored, oddities=tuple(oddities))


#: Half of a letter outside the basic plane: what is left of an emoji that another program cut in two.
_HALF = re.compile("[\ud800-\udfff]")


def _whole(row: Row) -> Row:
    """Return the row with every half letter marked: no file, hash or database takes one."""
    halves = {one.name: getattr(row, one.name) for one in fields(row) if _HALF.search(getattr(row, one.name))}
    return replace(row, **{name: _HALF.sub("\N{REPLACEMENT CHARACTER}", text) for name, text in halves.items()})


def _why_odd(row: Row, status: str) -> str:
    """Say why a row can't be taken for money, or return an empty text."""
    if status not in tuple(Kind):
        return f"unknown status {row.status!r}" if status else "the status is empty"
    try:
        parse_time(row.time)
        amount = parse_amount(row.amount)
    except ValueError as error:
        return str(error)
    if amount < 0 and status == Kind.APPROVAL:
        return f"an approval with the amount {row.amount.strip()}"
    if not squeeze(row.payer):
        return "the payer is empty"
    return ""


#: By what a row of 회계반영 is known: approval number, amount and payer, never one alone.
Same = tuple[str, int, str]


def same(payment: Payment) -> Same:
    """Return by what this payment is known there."""
    return payment.number, payment.amount, squeeze(payment.payer)


def matches(payment: Payment, other: Payment) -> bool:
    """True when a row of 회계반영 is this payment: approval number, amount and payer agree, never one alone."""
    return same(payment) == same(other)


def approval_of(cancellation: Payment, approvals: Iterable[Payment], *, by_payer: bool = False) -> Payment | None:
    """Return the approval that a cancellation takes back, or None when that is not certain.

    The same row turned 취소 (same time and number), or a new row that carries the approval's number. With `by_payer`
    also a new row with a number of its own, if exactly one earlier approval has its payer and amount.
    """
    candidates = [
        one
        for one in approvals
        if one.kind is Kind.APPROVAL
        and (squeeze(one.payer), one.amount) == (squeeze(cancellation.payer), cancellation.amount)
        and one.time <= cancellation.time
    ]
    numbered = [one for one in candidates if one.number and one.number == cancellation.number]
    if numbered:
        return max(numbered, key=lambda one: (one.time == cancellation.time, one.time, -one.ordinal))
    return candidates[0] if by_payer and len(candidates) == 1 else None


def nearly(new: Payment, old: Payment) -> str:
    """Name the one field in which two payments of a kind differ, or return an empty text.

    Two keys for what is seen as one payment come of a payer in which something invisible was changed.
    """
    if new.kind is not old.kind:
        return ""
    fields = ("time", "payer", "amount", "approval_no")
    different = [name for name in fields if getattr(new, name) != getattr(old, name)]
    if not different and new.key != old.key and (new.ordinal, new.requester) == (old.ordinal, old.requester):
        return "payer"
    return different[0] if len(different) == 1 else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deposit:
    """One row of the ERP's bulk upload."""

    key: str
    #: YYYY/MM/DD in KST.
    date: str
    account: str
    account_code: str
    payer: str
    #: Won, below zero for a cancellation.
    amount: int
    remark: str

    def cells(self) -> tuple[str, ...]:
        """Return the twelve cells A–L of the upload grid, left to right."""
        money = str(self.amount)
        return (self.date, "", "", self.account, self.account_code, "", self.payer, money, "", self.remark, "", "")


#: A grid may take a text that begins so for a formula: written full-width instead.
_FORMULA = {"=": "＝", "+": "＋", "@": "＠"}

#: The payer column's width, in characters.
PAYER_WIDTH = 100


def clean(text: str) -> str:
    """Return a payer's name that can't break a paste: what is seen of it, no formula, at most 100 characters."""
    name = squeeze(text)[:PAYER_WIDTH].rstrip()
    return _FORMULA.get(name[:1], name[:1]) + name[1:]


def deposit_of(payment: Payment, *, account_card: str, account_code: str, with_key: bool) -> Deposit:
    """Return the deposit that posts a payment. The account is the card word unless the acquirer is no card company."""
    is_card = not payment.acquirer or "카드" in payment.acquirer
    payer = clean(payment.payer)
    remark = f"{REMARK} {payer} #{payment.key}" if with_key else f"{REMARK} {payer}"
    return Deposit(
        key=payment.key,
        date=payment.time.strftime("%Y/%m/%d"),
        account=account_card if is_card else clean(payment.acquirer),
        account_code=account_code,
        payer=payer,
        amount=payment.won,
        remark=remark,
    )


def paste_text(deposits: Sequence[Deposit]) -> str:
    """Return what is pasted: TAB between cells, CRLF between rows, no header."""
    return "\r\n".join("\t".join(deposit.cells()) for deposit in deposits)
