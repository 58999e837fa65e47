"""What daybreak would have posted, held against what a person posted by hand. Pure: two lists in, the findings out.

A person's slip carries no key. It is taken for a deposit by what both say: first where all agrees, then where one thing
differs. Where two slips or two deposits could be meant, none is taken: that is told as missing on both sides.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from worker.ledger.compared import HandDeposit, OwnDeposit

#: A slip that is entered so long before its payment was made is not its own: clocks are that far apart at most.
SLACK = timedelta(hours=1)

#: A slip that is entered so long after its payment is not its own.
LONGEST = timedelta(days=31)

#: A person has so long to reflect what was entered, or to enter what was reflected.
TIME_TO_FINISH = timedelta(days=1)

#: What a person has not posted so long after daybreak would have is missing; until then it may still come.
MISSING_AFTER = timedelta(days=3)


class Result(StrEnum):
    """How one deposit compares."""

    SAME = "same"
    DIFFERENT = "different"
    #: The person posted it, daybreak would not have.
    MISSING_BY_US = "missing by us"
    #: Daybreak would have posted it, the person did not.
    MISSING_BY_THEM = "missing by them"
    #: An approval and its cancellation, both posted by daybreak and neither by the person: the sum is equal.
    NETTED = "netted"
    #: The person may still post it.
    OPEN = "open"


class Difference(StrEnum):
    """In what a deposit differs."""

    AMOUNT = "amount"
    DAY = "day"
    ACCOUNT = "account"
    PAYER = "payer"
    #: Reflected, and no slip is there.
    NOT_ENTERED = "not entered"
    #: Entered, and the payment is not reflected.
    NOT_REFLECTED = "not reflected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One deposit, as daybreak would have posted it and as the person did."""

    result: Result
    own: OwnDeposit | None = None
    by_hand: HandDeposit | None = None
    differs: tuple[Difference, ...] = ()
    #: How much earlier daybreak would have posted it; below zero: how much later than the person. None: unknown.
    ahead: timedelta | None = None

    @property
    def number(self) -> str:
        """The slip's, or ""."""
        return self.by_hand.number if self.by_hand is not None else ""

    @property
    def at(self) -> datetime:
        """When it belongs: when it was due, else when the person did it."""
        times = (
            self.own.due_at if self.own else None,
            self.by_hand.entered_at if self.by_hand else None,
            self.own.reflected_at if self.own else None,
            self.own.paid_at if self.own else None,
        )
        return next(one for one in times if one is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """What a comparison comes to."""

    same: int = 0
    different: int = 0
    missing_by_us: int = 0
    missing_by_them: int = 0
    netted: int = 0
    #: Not compared yet: the person may still post them. Not part of the total.
    open: int = 0
    #: Of those on both sides: how many daybreak would have posted before the person, and after.
    earlier: int = 0
    later: int = 0
    #: By how much at most (seconds).
    most_earlier_s: int = 0
    most_later_s: int = 0
    #: In what they differ: {difference: how many}.
    differs: Mapping[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """All that is compared."""
        return self.equal + self.different + self.missing_by_us + self.missing_by_them

    @property
    def equal(self) -> int:
        """Of those, what comes to the same."""
        return self.same + self.netted

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        names = (
            "total", "equal", "same", "different", "missing_by_us", "missing_by_them", "netted", "open", "earlier",
            "later", "most_earlier_s", "most_later_s",
        )  # fmt: skip
        return {**{name: getattr(self, name) for name in names}, "differs": dict(self.differs)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """When both sides were looked at."""

    #: What a person entered before that was posted before it was compared.
    since: datetime
    #: The last look.
    now: datetime
    #: False where the list of deposits can't be read: then what was reflected counts as posted.
    reads_slips: bool


def score_from(values: Mapping[str, Any]) -> Score:
    """Return the score that `as_dict` gave; what is missing is none."""
    names = [one.name for one in fields(Score) if one.name != "differs"]
    return Score(**{name: int(values.get(name, 0)) for name in names}, differs=dict(values.get("differs", {})))


def score_of(compared: Iterable[Compared]) -> Score:
    """Return what findings come to."""
    rows = list(compared)
    counts = Counter(one.result for one in rows)
    seconds = [
        one.ahead.total_seconds()
        for one in rows
        if one.ahead is not None and one.result in (Result.SAME, Result.DIFFERENT)
    ]
    return Score(
        same=counts[Result.SAME],
        different=counts[Result.DIFFERENT],
        missing_by_us=counts[Result.MISSING_BY_US],
        missing_by_them=counts[Result.MISSING_BY_THEM],
        netted=counts[Result.NETTED],
        open=counts[Result.OPEN],
        earlier=sum(one > 0 for one in seconds),
        later=sum(one < 0 for one in seconds),
        most_earlier_s=round(max([*seconds, 0.0])),
        most_later_s=round(-min([*seconds, 0.0])),
        differs=Counter(str(name) for one in rows for name in one.differs),
    )


def compare(own: Iterable[OwnDeposit], by_hand: Sequence[HandDeposit], looked: Looked) -> tuple[Compared, ...]:
    """Compare every deposit of both sides, each once, in the order of time.

    What neither side posted is left out, and so is what was posted before it was compared.
    """
    ours = [one for one in own if one.due_at is None or one.due_at >= looked.since]
    theirs = by_hand if looked.reads_slips else ()
    partners = pairs(ours, theirs)
    taken = {one.number for one in partners.values()}
    found = [_judged(one, partners.get(one.key), looked) for one in ours]
    # Deposits of another account are not about card payments.
    accounts = {one.account for one in ours}
    found += [
        Compared(result=Result.MISSING_BY_US, by_hand=one)
        for one in theirs
        if one.number not in taken and one.account in accounts and one.entered_at >= looked.since
    ]
    told = _net([one for one in found if one is not None])
    return tuple(sorted(told, key=lambda one: (one.at, one.own.key if one.own else "", one.number)))


def _judged(own: OwnDeposit, slip: HandDeposit | None, looked: Looked) -> Compared | None:
    """Say how one deposit of ours compares; None for one that is not compared."""
    done_at = slip.entered_at if slip is not None else own.reflected_at
    if done_at is not None and done_at < looked.since:
        return None
    if own.due_at is None:
        return Compared(result=Result.MISSING_BY_US, own=own, by_hand=slip) if done_at is not None else None
    if done_at is None:
        is_late = own.left_at is not None or looked.now - own.due_at >= MISSING_AFTER
        return Compared(result=Result.MISSING_BY_THEM if is_late else Result.OPEN, own=own)
    ahead = done_at - own.due_at
    if slip is None:
        if not looked.reads_slips:
            return Compared(result=Result.SAME, own=own, ahead=ahead)
        if looked.now - done_at < TIME_TO_FINISH:
            return Compared(result=Result.OPEN, own=own)
        return Compared(result=Result.DIFFERENT, own=own, differs=(Difference.NOT_ENTERED,), ahead=ahead)
    differs = list(differences(own, slip))
    if own.reflected_at is None and looked.now - slip.entered_at >= TIME_TO_FINISH:
        differs.append(Difference.NOT_REFLECTED)
    result = Result.DIFFERENT if differs else Result.SAME
    return Compared(result=result, own=own, by_hand=slip, differs=tuple(differs), ahead=ahead)


def differences(own: OwnDeposit, slip: HandDeposit) -> Iterable[Difference]:
    """Yield in what a slip differs from its deposit; what the list does not show counts as equal."""
    if slip.won is not None and slip.won != own.won:
        yield Difference.AMOUNT
    if slip.day is not None and slip.day != own.day:
        yield Difference.DAY
    if slip.account and slip.account != own.account:
        yield Difference.ACCOUNT
    if slip.payer and slip.payer != own.payer:
        yield Difference.PAYER


def is_sure(own: OwnDeposit, slip: HandDeposit) -> bool:
    """True where a slip says all that its deposit says: what the list does not show is not equal here.

    A transfer of the same payer, or the deposit of another day, may be other money.
    """
    return (slip.won, slip.payer, slip.account, slip.day) == (own.won, own.payer, own.account, own.day)


def _net(found: Sequence[Compared]) -> list[Compared]:
    """Take an approval and its cancellation together where the person entered neither: the sum is equal."""
    without = {
        one.own.key: one
        for one in found
        if one.own is not None and one.own.due_at is not None and one.by_hand is None and _is_done(one)
    }
    netted: set[str] = set()
    for key, one in without.items():
        own = one.own
        approval = without.get(own.approval) if own is not None and own.approval else None
        if own is None or approval is None or approval.own is None or own.approval in netted:
            continue
        if own.won + approval.own.won == 0:
            netted |= {key, own.approval}
    return [
        Compared(result=Result.NETTED, own=one.own) if one.own is not None and one.own.key in netted else one
        for one in found
    ]


def _is_done(one: Compared) -> bool:
    """True for a deposit without a slip whose payment waits no more."""
    own = one.own
    is_gone = own is not None and (own.reflected_at is not None or own.left_at is not None)
    return is_gone or one.result is Result.MISSING_BY_THEM


# --- which slip is which deposit -------------------------------------------------------------------------------------

#: What may differ, the surest first. A rename and another amount are believed only where nothing else can be meant.
_MAY_DIFFER: tuple[tuple[frozenset[str], bool], ...] = (
    (frozenset(), False),
    (frozenset({"account"}), False),
    (frozenset({"day"}), False),
    (frozenset({"account", "day"}), False),
    (frozenset({"payer"}), True),
    (frozenset({"won"}), True),
)

_FIELDS = ("won", "payer", "day", "account")


def pairs(own: Sequence[OwnDeposit], by_hand: Sequence[HandDeposit]) -> dict[str, HandDeposit]:
    """Return {key: its slip}. The order in which either list comes changes nothing."""
    known = frozenset(name for name in _FIELDS if all(getattr(one, name) not in (None, "") for one in by_hand))
    # Of equal ones, first what is reflected: a person has finished it, so its slip is the likeliest to be there.
    left = sorted(own, key=lambda one: (one.reflected_at is None, one.due_at is None, one.paid_at, one.key))
    slips = sorted(by_hand, key=lambda one: (one.entered_at, one.number))
    found: dict[str, HandDeposit] = {}
    for differs, is_single in _MAY_DIFFER:
        fields = tuple(name for name in _FIELDS if name in known - differs)
        if not differs <= known or ("won" not in fields and "payer" not in fields):
            continue
        new = _of_fields(left, slips, fields, is_single=is_single)
        found |= new
        taken = {one.number for one in new.values()}
        left = [one for one in left if one.key not in new]
        slips = [one for one in slips if one.number not in taken]
    return found


def _of_fields(
    own: Sequence[OwnDeposit], slips: Sequence[HandDeposit], names: Sequence[str], *, is_single: bool
) -> dict[str, HandDeposit]:
    """Pair those that agree in these fields; `is_single`: only where one of each does."""
    groups: dict[tuple[object, ...], tuple[list[OwnDeposit], list[HandDeposit]]] = {}
    for one in own:
        groups.setdefault(tuple(getattr(one, name) for name in names), ([], []))[0].append(one)
    for slip in slips:
        key = tuple(getattr(slip, name) for name in names)
        if key in groups:
            groups[key][1].append(slip)
    found: dict[str, HandDeposit] = {}
    for ours, theirs in groups.values():
        if is_single and not len(ours) == len(theirs) == 1:
            continue
        free = list(theirs)
        for one in ours:
            fitting = next((slip for slip in free if _may_be(one, slip)), None)
            if fitting is not None:
                free.remove(fitting)
                found[one.key] = fitting
    return found


def posted_by_hand(own: Sequence[OwnDeposit], by_hand: Sequence[HandDeposit]) -> frozenset[str]:
    """Return the payments that a person entered and reflected: their deposits stand in the ERP.

    One that was reflected alone has no deposit there, and a cancellation of it would take back what nobody posted.
    """
    partners = pairs(own, by_hand)
    return frozenset(
        one.key
        for one in own
        if one.reflected_at is not None and one.key in partners and is_sure(one, partners[one.key])
    )


def _may_be(own: OwnDeposit, slip: HandDeposit) -> bool:
    return own.paid_at - SLACK <= slip.entered_at <= own.paid_at + LONGEST
