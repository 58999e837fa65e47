"""Payment, Deposit, and the pure rules from the one to the other. No clock, no files, no browser."""

import base64
import hashlib
import re
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta, timezone
from enum import StrEnum
from functools import lru_cache

from worker.i18n import message, said_by
from worker.payments.text import narrow, real_number, visible
from worker.payments.text import parse_amount as parse_amount

#: The ERP's clock. Korea has had no summer time since 1988.
KST = timezone(timedelta(hours=9), "KST")

#: How long the ERP's list keeps a row.
WINDOW = timedelta(days=7)

#: Version of the identity rule, stored beside each key.
IDENTITY_VERSION = 2

#: What every remark begins with.
REMARK = "카드결제"


class PaymentKind(StrEnum):
    """Which way the money went."""

    APPROVAL = "승인"
    CANCELLATION = "취소"


#: Statuses that are no money (yet): the row is looked at again in the next cycle.
REQUESTED, CANCELLATION_FAILED = "요청중", "취소실패"
NO_MONEY = {
    REQUESTED: message("requested, no answer yet"),
    "승인실패": message("approval failed"),
    CANCELLATION_FAILED: message("cancellation failed"),
}

#: What a payment is known by: kind, second, won, approval number, and the payer where the number is not real.
Identity = tuple[PaymentKind, datetime, int, str, str]

#: What a request is known by, before and after it is approved: second, won, payer.
Request = tuple[datetime, int, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRow:
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
    kind: PaymentKind
    #: Text: it may begin with zeros. Empty while the ERP has not got it.
    approval_no: str
    requester: str = ""
    acquirer: str = ""
    #: 0 for the first of rows that agree in every field of the identity, 1 for the second …
    ordinal: int = 0
    raw_time: str = ""

    @property
    def number(self) -> str:
        """The approval number as it is compared; empty where it is not real."""
        return real_number(self.approval_no)

    @property
    def identity(self) -> Identity:
        """What it is known by. Two payments may share it: `ordinal` tells them apart."""
        return identity_of(self.kind, self.time, self.amount, number=self.number, payer=self.payer)

    @property
    def request(self) -> Request:
        """What it was known by while it was requested."""
        return self.time, self.amount, self.payer

    @property
    def won(self) -> int:
        """Won with the sign of the deposit: below zero for a cancellation."""
        return -self.amount if self.kind is PaymentKind.CANCELLATION else self.amount


@dataclass(frozen=True, slots=True, kw_only=True)
class Oddity:
    """A row that can't be taken for money with certainty: not posted, and shown to a person."""

    row: ListRow
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedList:
    """A list's rows, each in exactly one place."""

    payments: tuple[Payment, ...] = ()
    #: Cancellations that failed, of rows with an approval number: the approval stands, and is what is kept here.
    failed: tuple[Payment, ...] = ()
    #: Requests without an answer, each as often as it is listed.
    requested: tuple[Request, ...] = ()
    #: The second of the oldest row, of whatever status, whose time can be read; None in an empty list.
    oldest: datetime | None = None
    #: Rows that are no money (yet), by reason.
    ignored: Counter[str] = field(default_factory=Counter)
    oddities: tuple[Oddity, ...] = ()
    #: How often each identity is listed; a failed cancellation counts as its approval.
    counts: Counter[Identity] = field(default_factory=Counter)


#: The text as it is compared and posted.
squeeze = visible


def identity_of(kind: PaymentKind, time: datetime, amount: int, *, number: str, payer: str) -> Identity:
    """Return what a payment is known by; `number` is real or empty. The payer counts where there is no number."""
    return kind, time, amount, number, "" if number else squeeze(payer)


@lru_cache(maxsize=8192)
def parse_time(text: str) -> datetime:
    """Return the time of `2026/01/08 오전 8:07:05` in KST. 오전 12 is 0 h, 오후 12 is 12 h. Raises ValueError."""
    found = re.fullmatch(r"(\d{4})/(\d{1,2})/(\d{1,2}) (오전|오후) (\d{1,2}):(\d{2}):(\d{2})", narrow(text), re.ASCII)
    if not found:
        raise ValueError(message("{text} is not a time like '2026/01/08 오전 8:07:05'", text=repr(text)))
    year, month, day, half, hour, minute, second = found.groups()
    if not 1 <= int(hour) <= 12:
        raise ValueError(message("{text} has no hour from 1 to 12", text=repr(text)))
    if not 2000 <= int(year) <= 2099:
        raise ValueError(message("{text} has no year from 2000 to 2099", text=repr(text)))
    hours = int(hour) % 12 + (12 if half == "오후" else 0)
    return datetime(int(year), int(month), int(day), hours, int(minute), int(second), tzinfo=KST)


def name_of(identity: Identity, ordinal: int) -> str:
    """Return the text that names a payment for ever: its identity when it was first seen, and which of its twins."""
    kind, time, amount, number, payer = identity
    at = time.astimezone(KST).isoformat()
    return "\x1f".join((str(IDENTITY_VERSION), at, payer, str(amount), number, kind, str(ordinal)))


def short_key(named: str) -> str:
    """Return 10 characters of A–Z and 2–7 for a name: what the remark of its deposit carries."""
    return base64.b32encode(hashlib.sha256(named.encode("utf-8")).digest())[:10].decode("ascii")


def key_of(identity: Identity, ordinal: int) -> str:
    """Return the key of a payment that is first seen with this identity."""
    return short_key(name_of(identity, ordinal))


def first_key_of(payment: Payment, *, requester: str = "") -> str:
    """Return the key that identity version 1 gave a payment: an earlier daybreak looks for it under this one."""
    at = payment.time.astimezone(KST).isoformat()
    fields = ("1", at, payment.payer, str(payment.amount), payment.approval_no, payment.kind, str(payment.ordinal))
    return short_key("\x1f".join((*fields, requester)))


def parse_rows(rows: Iterable[ListRow]) -> ParsedList:
    """Put every row of one complete reading into its place. The row's status decides, never the tab or a filter.

    Keys are those of payments never seen before; which of them are known, worker.posting.matching says.
    """
    payments: list[Payment] = []
    failed: list[Payment] = []
    requested: list[Request] = []
    ignored: Counter[str] = Counter()
    oddities: list[Oddity] = []
    twins: Counter[Identity] = Counter()
    oldest: datetime | None = None
    for row in map(_whole, rows):
        status = narrow(row.status).replace(" ", "")
        at = _time_of(row)
        oldest = at if oldest is None or (at is not None and at < oldest) else oldest
        if status in NO_MONEY:
            ignored[NO_MONEY[status]] += 1
            with suppress(ValueError):
                kept = _payment(row, PaymentKind.APPROVAL)
                if status == REQUESTED:
                    requested.append(kept.request)
                elif status == CANCELLATION_FAILED and kept.number:
                    failed.append(kept)
            continue
        why = _why_odd(row, status)
        if why:
            oddities.append(Oddity(row=row, why=why))
            continue
        payment = _payment(row, PaymentKind(status))
        identity = payment.identity
        if ordinal := twins[identity]:
            payment = replace(payment, ordinal=ordinal, key=key_of(identity, ordinal))
        twins[identity] += 1
        payments.append(payment)
    return ParsedList(
        payments=tuple(payments),
        failed=tuple(failed),
        requested=tuple(requested),
        oldest=oldest,
        ignored=ignored,
        oddities=tuple(oddities),
        counts=twins + Counter(one.identity for one in failed),
    )


def _payment(row: ListRow, kind: PaymentKind) -> Payment:
    """Return a row as a payment of this kind. Raises ValueError where time or amount can't be read."""
    time, amount, payer = parse_time(row.time), abs(parse_amount(row.amount)), squeeze(row.payer)
    approval_no = narrow(row.approval_no)
    return Payment(
        key=key_of(identity_of(kind, time, amount, number=real_number(approval_no), payer=payer), 0),
        time=time,
        payer=payer,
        amount=amount,
        kind=kind,
        approval_no=approval_no,
        requester=squeeze(row.requester),
        acquirer=squeeze(row.acquirer),
        raw_time=row.time,
    )


def _time_of(row: ListRow) -> datetime | None:
    try:
        return parse_time(row.time)
    except ValueError:
        return None


#: Half of a letter outside the basic plane: what is left of an emoji that another program cut in two.
_HALF = re.compile("[\ud800-\udfff]")

_CELLS = tuple(one.name for one in fields(ListRow))


def _whole(row: ListRow) -> ListRow:
    """Return the row with every half letter marked: no file, hash or database takes one."""
    halves = {name: text for name in _CELLS if _HALF.search(text := getattr(row, name))}
    if not halves:
        return row
    return replace(row, **{name: _HALF.sub("\N{REPLACEMENT CHARACTER}", text) for name, text in halves.items()})


def _why_odd(row: ListRow, status: str) -> str:
    """Say why a row can't be taken for money, or return an empty text."""
    if status not in tuple(PaymentKind):
        return message("unknown status {status}", status=repr(row.status)) if status else message("the status is empty")
    try:
        parse_time(row.time)
        amount = parse_amount(row.amount)
    except ValueError as error:
        return said_by(error)
    if amount < 0 and status == PaymentKind.APPROVAL:
        return message("an approval with the amount {amount}", amount=row.amount.strip())
    if not squeeze(row.payer):
        return message("the payer is empty")
    return ""


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

#: From a sign of ASCII to its full-width form.
_TO_FULL_WIDTH = 0xFEE0

#: A grid may split a pasted text at its product's name: it is written with a full-width first letter instead.
SPLITS = re.compile("ecount", re.IGNORECASE)

#: The payer column's width, in characters.
PAYER_WIDTH = 100


def clean(text: str) -> str:
    """Return a name that can't break a paste: what is seen of it, no formula, nothing that splits, 100 characters."""
    name = SPLITS.sub(lambda found: chr(ord(found[0][0]) + _TO_FULL_WIDTH) + found[0][1:], squeeze(text))
    name = name[:PAYER_WIDTH].rstrip()
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


def other_acquirer(one: Payment, other: Payment) -> bool:
    """True when both acquirers are known and differ: then they are two payments, whatever else agrees."""
    return bool(one.acquirer) and bool(other.acquirer) and one.acquirer != other.acquirer
