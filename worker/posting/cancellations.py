"""What a cancellation takes back: all of one approval, a part of it, or something that is not certain."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from worker.config.posting_settings import PostingSettings
from worker.i18n import Message
from worker.ledger.entry import BEFORE_ADOPTION, Entry
from worker.ledger.state import State
from worker.payments import why
from worker.payments.payment import Payment, PaymentKind, other_acquirer
from worker.posting.chains import chain_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What is known of a cancellation."""

    #: The approval it takes back, or "".
    approval: str = ""
    #: Why a person must decide, or None.
    held: Message | None = None
    #: Why it needs no deposit, or None.
    excluded: Message | None = None


#: States in which a cancellation takes won back, or will.
_COUNTS = frozenset({State.SEEN, State.PLANNED, State.ARMED, State.SENT, State.POSTED, State.IN_DOUBT})


class Approvals:
    """The approvals of one reading, known and fresh, and what was taken back of each."""

    def __init__(
        self,
        entries: Iterable[Entry],
        fresh: Sequence[Payment],
        forms: Mapping[str, frozenset[str]],
        rules: PostingSettings,
        by_hand: Collection[str] = frozenset(),
    ) -> None:
        """`by_hand`: approvals that count as posted although the ledger never sent them."""
        self._rules = rules
        self._forms = forms
        self._by_hand = by_hand
        self._entries = {one.payment.key: one for one in entries}
        self._approvals = [
            *(one.payment for one in self._entries.values() if one.payment.kind is PaymentKind.APPROVAL),
            *(one for one in fresh if one.kind is PaymentKind.APPROVAL),
        ]
        #: {approval: the cancellations that take it back}.
        self._back: dict[str, list[Payment]] = {}
        for one in self._entries.values():
            if one.approval_key and one.state in _COUNTS and not one.excluded:
                self.take(one.approval_key, one.payment)

    def take(self, approval: str, cancellation: Payment) -> None:
        """Remember that a cancellation takes this approval back."""
        self._back.setdefault(approval, []).append(cancellation)

    def judge(self, cancellation: Payment) -> Taken:
        """Say what a fresh cancellation takes back. One that is certain is remembered."""
        found = self._named(cancellation)
        if len(found) > 1:
            keys = ", ".join(sorted(one.key for one in found))
            return Taken(held=why.ambiguous(keys))
        if not found:
            return self._unknown(cancellation)
        approval = found[0]
        entry = self._entries.get(approval.key)
        if entry is not None and entry.excluded and entry.excluded != BEFORE_ADOPTION and not self._is_posted(approval):
            if why.is_reason(entry.excluded, why.CANCELLED_FIRST):
                return Taken(approval=approval.key, excluded=why.TAKES_BACK_NOTHING)
            return Taken(approval=approval.key, held=why.approval_excluded(approval.key, entry.excluded))
        return self._amount(cancellation, approval)

    def _amount(self, cancellation: Payment, approval: Payment) -> Taken:
        before = [one for key in chain_of(approval.key, self._forms) for one in self._back.get(key, ())]
        back = sum(one.amount for one in before)
        left = approval.amount - back - cancellation.amount
        if left < 0 and before:
            return Taken(approval=approval.key, held=why.taken_back(approval.key, ", ".join(one.key for one in before)))
        if left < 0 or cancellation.amount != approval.amount:
            said = why.partial(approval.key, total=approval.amount, back=back, left=left)
            return Taken(approval=approval.key, held=said)
        self.take(approval.key, cancellation)
        return Taken(approval=approval.key)

    def _named(self, cancellation: Payment) -> list[Payment]:
        """Return the approvals that a cancellation may mean, those that are one payment once."""
        number = cancellation.number
        found = [
            one
            for one in self._approvals
            if ((number and one.number == number) or (not number and _same_row(cancellation, one)))
            and one.time <= cancellation.time
            and not other_acquirer(cancellation, one)
        ]
        if in_place := [one for one in found if _same_row(cancellation, one)]:
            found = in_place
        found = self._once(found)
        if len(found) > 1 and (open_ones := [one for one in found if self._left(one) >= cancellation.amount]):
            found = open_ones
        if len(found) > 1 and (of_payer := [one for one in found if one.payer == cancellation.payer]):
            found = of_payer
        return found

    def _left(self, approval: Payment) -> int:
        taken = [one for key in chain_of(approval.key, self._forms) for one in self._back.get(key, ())]
        return approval.amount - sum(one.amount for one in taken)

    def _once(self, approvals: Sequence[Payment]) -> list[Payment]:
        """Keep one form of each: the posted one, else the newest."""
        found: dict[frozenset[str], Payment] = {}
        for one in approvals:
            chain = chain_of(one.key, self._forms)
            if chain not in found or (self._is_posted(one) and not self._is_posted(found[chain])):
                found[chain] = one
        return list(found.values())

    def _is_posted(self, approval: Payment) -> bool:
        forms = chain_of(approval.key, self._forms)
        entries = (self._entries.get(key) for key in forms)
        is_sent = any(one is not None and one.state is State.POSTED for one in entries)
        return is_sent or not forms.isdisjoint(self._by_hand)

    def _unknown(self, cancellation: Payment) -> Taken:
        if self._rules.cancel_new_number == "match":
            alike = self._once([one for one in self._approvals if _of_payer(cancellation, one)])
            free = [one for one in alike if self._left(one) >= cancellation.amount]
            if len(free) == 1:
                return self._amount(cancellation, free[0])
        if self._rules.cancel_in_place:
            return Taken(excluded=why.NEVER_SEEN_APPROVED)
        return Taken(held=why.FIRST_CANCELLED)


def _same_row(cancellation: Payment, approval: Payment) -> bool:
    """True when the approval's own row may have turned: second and won agree, and the number or, without, the payer."""
    same = (cancellation.time, cancellation.amount) == (approval.time, approval.amount)
    if cancellation.number or approval.number:
        return same and cancellation.number == approval.number
    return same and cancellation.payer == approval.payer


def _of_payer(cancellation: Payment, approval: Payment) -> bool:
    same = (cancellation.payer, cancellation.amount) == (approval.payer, approval.amount)
    return same and approval.time <= cancellation.time and not other_acquirer(cancellation, approval)
