"""Rounds of batches, until nothing is left that may be posted."""

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

from worker.erp import Answer
from worker.errors import AgeUnproved, NotAdopted
from worker.i18n import Message, message
from worker.ledger.entry import BEFORE_ADOPTION, Entry
from worker.ledger.state import State
from worker.payments.payment import WINDOW, Deposit, Payment, PaymentKind, deposit_of
from worker.payments.why import approval_excluded
from worker.posting import refused
from worker.posting.chains import chain_of, chains
from worker.posting.decision import Decision
from worker.posting.means import Means, Part
from worker.posting.refused import Group

if TYPE_CHECKING:
    from worker.posting.narrowing import Narrowing
    from worker.posting.released import Released
    from worker.posting.settling import Settling
    from worker.posting.upload import Upload

log = logging.getLogger(__name__)


#: Batches after which what was sent is settled, before more goes out.
ROUND = 40


class Rounds(Part):
    """Posts what waits and may go out now."""

    def __init__(
        self, means: Means, *, released: "Released", upload: "Upload", settling: "Settling", narrowing: "Narrowing"
    ) -> None:
        super().__init__(means)
        self._released = released
        self._upload = upload
        self._settling = settling
        self._narrowing = narrowing

    def post(self, decision: Decision) -> None:
        """Post round after round until nothing is left that may be posted; what is sent is settled in any case.

        A round holds the batches that can go out now, ROUND at most; cancellations come in the round after their
        approvals.
        """
        self._ledger.demand_whole(list(decision.listed), self._now() - WINDOW)
        if why := self._why_no_posting():
            can_prove = self._rules.can_look_up and not self._ledger.older_is_blind()
            said = message("nothing is posted: {why}", why=why)
            raise AgeUnproved(said) if can_prove and why == self._ledger.why_older() else NotAdopted(said)
        self._narrowing.demand_mended()
        listed = set(decision.listed)
        rows = self._rules.batch_rows
        goes_on = True
        left = self._most
        #: Keys that were sent again by themselves: a further round of this cycle leaves them alone.
        narrowed: set[str] = set()
        while goes_on and (ready := self._next(listed, narrowed)[:left]):
            self.figures.ready = self.figures.sent + len(ready)
            sent: list[tuple[int, Sequence[Deposit], Answer]] = []
            groups: Sequence[Group] = ()
            try:
                for start in range(0, min(len(ready), ROUND * rows), rows):
                    deposits = self._deposits(ready[start : start + rows])
                    answered = self._upload.post_batch(deposits) if deposits else None
                    left = left - len(deposits) if left is not None else None
                    if answered is None:
                        goes_on = not deposits
                        break
                    sent.append((answered[0], deposits, answered[1]))
                    if refused.is_suspect(deposits, answered[1]):
                        break  # what follows would be refused as well
            finally:
                groups = self._settling.settle(sent)
            for group in groups if goes_on else ():
                narrowed |= {one.key for one in group.deposits}
                goes_on = goes_on and self._narrowing.narrow(group)
        if self.figures.posted:
            refused.note_stored(self._ledger)
        self.figures.waiting = sum(entry.payment.key in listed for entry in self._ledger.in_state(State.SEEN))

    def _next(self, listed: set[str], narrowed: set[str]) -> list[Payment]:
        ready = [one for one in self._ready(listed) if not self._only or one.key == self._only]
        return self._released.not_stored([one for one in ready if one.key not in narrowed])

    def _ready(self, listed: set[str]) -> list[Payment]:
        """Return what can go out now, oldest first. A cancellation comes only after its approval was posted."""
        not_yet = self._ledger.not_yet(self._now())
        candidates = [
            entry
            for entry in self._ledger.in_state(State.SEEN)
            if (entry.payment.key in listed or entry.cleared) and entry.payment.key not in not_yet
        ]
        approvals = self._ledger.entries({entry.approval_key for entry in candidates if entry.approval_key})
        ready = []
        for entry in candidates:
            if entry.cleared:
                pass  # a person said so
            elif entry.payment.kind is PaymentKind.CANCELLATION:
                approval = approvals.get(entry.approval_key or "")
                if approval is None:
                    continue
                if approval.excluded and approval.excluded != BEFORE_ADOPTION and not self._is_posted(approval):
                    self._hold(entry.payment, approval_excluded(approval.payment.key, approval.excluded))
                    continue
                if approval.state is not State.POSTED and not approval.excluded:
                    continue
            elif not entry.payment.number:
                continue
            ready.append(entry.payment)
        return ready

    def _is_posted(self, approval: Entry) -> bool:
        """True when one of the forms of an approval was posted."""
        forms = chain_of(approval.payment.key, chains(self._ledger.pairings((approval.payment.key,))))
        return any(one.state is State.POSTED for one in self._ledger.entries(forms).values())

    def _deposits(self, payments: Sequence[Payment]) -> list[Deposit]:
        """Return the deposits of those that still wait: a person may have decided otherwise since they were ready."""
        now, not_yet = self._ledger.entries({one.key for one in payments}), self._ledger.not_yet(self._now())
        return [
            deposit_of(
                one,
                account_card=self._rules.card_account,
                account_code=self._rules.account_code,
                with_key=self._rules.remark_key,
            )
            for one in payments
            if now[one.key].state is State.SEEN and not now[one.key].excluded and one.key not in not_yet
        ]

    def _hold(self, payment: Payment, said: Message) -> None:
        self._ledger.move(payment.key, State.SEEN, State.HELD, at=self._now(), by="worker", why=said)
        log.error("payment %s is held for a person (daybreak resolve): %s", payment.key, said)
