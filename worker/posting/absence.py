"""What it takes to believe that a deposit is not in the ERP: a list that shows what it must, for the days asked."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date

from worker.erp import Listing
from worker.i18n import Message, message
from worker.posting.remark import key_of

#: Confirmed deposits that are looked for on the list.
WITNESSES = 20

#: Number of slips of which one may be missing: a person may have taken it away, or changed its remark.
ONE_MISSING_OF = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmed:
    """A deposit that certainly was in the ERP once."""

    key: str
    #: The day it is dated.
    day: date
    #: The day on which it was entered.
    entered_on: date


def why_unproved(
    listing: Listing,
    *,
    days: Collection[date],
    until: date,
    confirmed: Callable[[date | None], Sequence[Confirmed]],
) -> Message | None:
    """Say why deposits of these days that a whole list does not show may be in the ERP all the same, or return None.

    A saved filter or period hides what is there. So the period that the list shows must hold each day and `until`, the
    last day on which they can have been entered; and of the newest confirmed deposits dated on or before the day, as
    far as they lie in that period, nine in ten must be on the list, and one at least. `confirmed(day)` returns those,
    the newest first, WITNESSES at most; `confirmed(None)` those of any day, for a day that has none before it. While
    nothing was ever confirmed, the period is the only evidence that there is.
    """
    if listing.is_search:
        return None
    seen = {key_of(one.remark) for one in listing.slips} | listing.found.keys()
    for day in sorted(set(days)):
        if listing.period is None:
            return message(
                "looking for deposits of {day}: the list does not say which days it shows, so they may be in the books "
                "all the same. Look there and settle them with daybreak resolve; the marker deposit_period says where "
                "the list shows its period",
                day=f"{day}",
            )
        first, last = listing.period
        if day < first or max(day, until) > last:
            return message(
                "looking for deposits of {day}, entered by {until}: the list shows {first} to {last} only. Have the "
                "ERP's list of deposits show those days, or settle them with daybreak resolve",
                day=f"{day}", until=f"{max(day, until)}", first=f"{first}", last=f"{last}",
            )  # fmt: skip
        witnesses = confirmed(day) or confirmed(None)
        expected = [one for one in witnesses if first <= one.day <= last and first <= one.entered_on <= last]
        shown = sum(one.key in seen for one in witnesses)
        if witnesses and shown < max(1, len(expected) - len(expected) // ONE_MISSING_OF):
            return message(
                "looking for deposits of {day}: of the last {count} that were confirmed, the list shows {shown}: "
                "something hides the others. Take the saved filter off the ERP's list of deposits, or settle them with "
                "daybreak resolve",
                day=f"{day}", count=len(witnesses), shown=shown,
            )  # fmt: skip
    return None
