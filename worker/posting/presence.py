"""Whether a known payment still stands in the ERP's list: under another tab, in place of its approval, or nowhere."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from worker.ledger.entry import Entry
from worker.payments.payment import Identity, ParsedList, Payment, PaymentKind
from worker.posting.snapshot import Snapshot, Tab

if TYPE_CHECKING:
    from worker.posting.matching import Matched

#: Second, won, kind, and the number or, where that is not real, the payer.
Place = tuple[datetime, int, PaymentKind, str]


class Presence:
    """Answers for one snapshot. Every question may raise MoreNeeded."""

    def __init__(self, snapshot: Snapshot, matched: "Matched") -> None:
        self._snapshot = snapshot
        self._matched = matched
        #: The oldest second listed: what is older has left the list in its time.
        self.window: datetime | None = snapshot.open.oldest
        open_keys = {*matched.rows, *matched.failed}
        #: Known payments that are not listed under 미반영, by identity.
        self._unlisted: dict[Identity, list[str]] = {}
        for key, entry in snapshot.entries.items():
            if key not in open_keys:
                self._unlisted.setdefault(entry.payment.identity, []).append(key)
        self._places = _places(snapshot.open)
        self._all_places: set[Place] | None = None

    def is_listed(self, key: str) -> bool:
        """True while 미반영 holds it, as an approval, a cancellation, or an approval whose cancellation failed."""
        return key in self._matched.rows or key in self._matched.failed

    def is_inside(self, payment: Payment) -> bool:
        """True when the list would still show it."""
        return self.window is not None and payment.time >= self.window

    def has_turned(self, payment: Payment) -> bool:
        """True when the row stands under 미반영 with the other kind: cancelled in place, or approved again."""
        return _turned(payment) in self._places

    def is_gone(self, entry: Entry) -> bool:
        """True when it has vanished: inside the window, and neither under 미반영 nor under 전체, nor turned in place.

        Where 전체 can't be read, what is not listed counts as gone unless another tab shows it.
        """
        payment = entry.payment
        if self.is_listed(payment.key) or not self.is_inside(payment) or self.has_turned(payment):
            return False
        if payment.key in self._matched.reflected:
            return False
        assert self.window is not None
        everything = self._snapshot.tab(Tab.ALL, self.window)
        if everything is None:
            shown = (self._snapshot.tab(Tab.REFLECTED, self.window), self._snapshot.read(Tab.FORCED))
            return not self._stands_in(shown, payment)
        here = self._snapshot.open.counts[payment.identity]
        there = everything.counts[payment.identity] - here
        if self._rank(payment) < there:
            return False
        if self._all_places is None:
            self._all_places = _places(everything)
        return _turned(payment) not in self._all_places

    def stands_under(self, tab: Tab, payment: Payment) -> bool:
        """True when a tab shows it, by identity; an empty number proves nothing there. May raise MoreNeeded."""
        return bool(payment.number) and self.may_stand_under(tab, payment)

    def may_stand_under(self, tab: Tab, payment: Payment) -> bool:
        """True when a tab shows a row like it, with or without a number. May raise MoreNeeded."""
        rows = self._snapshot.tab(tab, payment.time)
        return rows is not None and self._rank(payment) < rows.counts[payment.identity]

    def stands_anywhere(self, payment: Payment) -> bool:
        """True when any other tab shows it, cancelled in place or not. May raise MoreNeeded, once for each tab."""
        for tab in (Tab.REFLECTED, Tab.FORCED, Tab.ALL):
            if self.may_stand_under(tab, payment):
                return True
            rows = self._snapshot.tab(tab, payment.time)
            if rows is not None and _turned(payment) in _places(rows):
                return True
        return False

    def _stands_in(self, lists: Iterable[object], payment: Payment) -> bool:
        counts: Counter[Identity] = Counter()
        for one in lists:
            counts.update(getattr(one, "counts", {}))
        return self._rank(payment) < counts[payment.identity]

    def _rank(self, payment: Payment) -> int:
        """Return which of the unlisted payments of its identity it is, from 0."""
        keys = self._unlisted.get(payment.identity, [])
        return keys.index(payment.key) if payment.key in keys else 0


def _places(rows: ParsedList) -> set[Place]:
    """Return where rows stand. One whose cancellation failed stands where its approval stood, cancelled or not."""
    return {(one.time, one.amount, one.kind, one.number or one.payer) for one in rows.payments} | {
        (one.time, one.amount, PaymentKind.CANCELLATION, one.number) for one in rows.failed
    }


def _turned(payment: Payment) -> Place:
    """Return where the same row stands after it was cancelled in place, or approved again."""
    other = PaymentKind.CANCELLATION if payment.kind is PaymentKind.APPROVAL else PaymentKind.APPROVAL
    return payment.time, payment.amount, other, payment.number or payment.payer
