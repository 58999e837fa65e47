"""What a person entered by hand and did not reflect: it still waits in the list, and needs no deposit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from worker.errors import DaybreakError
from worker.i18n import Message, message
from worker.ledger.compared import HandDeposit
from worker.ledger.ledger import Ledger
from worker.payments.payment import KST, Payment
from worker.payments.text import fold
from worker.posting import comparison

#: What was entered by hand must be known up to so long ago.
FRESH = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class PostedByHand:
    """Of the payments that wait: those that a person has entered, and those that a person may have entered."""

    posted: frozenset[str] = frozenset()
    #: {payment: why a person is asked}.
    held: Mapping[str, Message] = field(default_factory=dict)
    #: Of the payments that wait for a person already: those that a person may have entered.
    asked: frozenset[str] = frozenset()
    #: What to show before anybody is asked; none where nothing was compared since the last adoption.
    lines: tuple[str, ...] = ()


def find(ledger: Ledger, waiting: Sequence[Payment], held_already: Sequence[Payment] = ()) -> PostedByHand:
    """Hold what waits, to be posted or for a person, against what was entered by hand since it was compared."""
    times = ledger.shadow_times()
    if times is None or not ledger.why_compared():
        return PostedByHand()
    at = f"{times.last.astimezone(KST):%Y-%m-%d %H:%M}"
    unlisted = (
        message(
            "Compared with a person until {at}, without the list of deposits: what was entered by hand and not "
            "reflected is not known here, and would be posted again. Name it with --list, or reflect it first.",
            at=at,
        ),
    )
    if times.slips_at is None:
        return PostedByHand(asked=frozenset(one.key for one in held_already), lines=unlisted)
    own = {one.key: one for one in ledger.own_deposits()}
    slips = ledger.hand_deposits()
    partners = comparison.pairs(tuple(own.values()), slips)
    taken = {one.number for one in partners.values()}
    free = [one for one in slips if one.number not in taken]
    posted: set[str] = set()
    held: dict[str, Message] = {}
    for payment in waiting:
        slip = partners.get(payment.key)
        if slip is not None and comparison.is_sure(own[payment.key], slip):
            posted.add(payment.key)
        elif alike := [slip] if slip is not None else [one for one in free if _is_alike(payment, one)]:
            held[payment.key] = message(
                "was it entered by hand? Slip {slips} is like it", slips=", ".join(one.number for one in alike)
            )
    return PostedByHand(
        posted=frozenset(posted),
        held=held,
        asked=frozenset(
            one.key
            for one in held_already
            if not times.reads_slips or one.key in partners or any(_is_alike(one, slip) for slip in free)
        ),
        lines=(
            message(
                "Compared with a person until {at}: of what waits, {posted} were entered by hand and not reflected, "
                "and will not be posted; {held} may have been, and are held for you.",
                at=at,
                posted=len(posted),
                held=len(held),
            ),
            # A list that was read in an earlier look does not show what was entered since.
            *(() if times.reads_slips else unlisted),
        ),
    )


def _is_alike(payment: Payment, slip: HandDeposit) -> bool:
    """True where a slip may be this payment's: clocks differ, a list may show no seconds, and a name is retyped."""
    if slip.entered_at < payment.time - comparison.SLACK:
        return False
    shows_nothing = slip.won is None and not slip.payer
    return shows_nothing or slip.won == payment.won or fold(slip.payer) == fold(payment.payer)


def demand_fresh(ledger: Ledger, *, now: datetime) -> None:
    """Raise DaybreakError where a person may have entered more since the last comparison."""
    times = ledger.shadow_times()
    # A comparison that is to come was made by a clock that was set back since: how long ago it was is not known.
    if times is None or not ledger.why_compared() or abs(now - times.last) <= FRESH:
        return
    raise DaybreakError(
        message(
            "adopting: what was posted by hand was last looked at on {at}. Look once more, then adopt: daybreak once "
            "--test. Nothing was changed",
            at=f"{times.last.astimezone(KST):%Y-%m-%d %H:%M}",
        )
    )
