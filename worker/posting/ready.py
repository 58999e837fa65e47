"""Which payments can go out now."""

import logging
from collections.abc import Collection, Sequence

from worker.i18n import Message
from worker.ledger.entry import BEFORE_ADOPTION, Entry
from worker.ledger.state import State
from worker.payments.payment import Deposit, Payment, PaymentKind, deposit_of
from worker.payments.why import approval_excluded
from worker.posting.chains import chain_of, chains
from worker.posting.means import Part

log = logging.getLogger(__name__)


class Ready(Part):
    """Chooses from what waits."""

    def rows(self, listed: Collection[str], posted: Collection[str] = frozenset()) -> list[Payment]:
        """Return what can go out now, oldest first. A cancellation comes only after its approval was posted.

        `posted`: approvals that count as posted whatever the ledger says, because a person posted them.
        """
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
                if not self._has_posted_approval(entry, approvals.get(entry.approval_key or ""), posted):
                    continue
            elif not entry.payment.number:
                continue
            ready.append(entry.payment)
        return ready

    def _has_posted_approval(self, entry: Entry, approval: Entry | None, posted: Collection[str]) -> bool:
        if approval is None:
            return False
        if approval.payment.key in posted:
            return True
        if approval.excluded and approval.excluded != BEFORE_ADOPTION and not self._is_posted(approval, posted):
            self._hold(entry.payment, approval_excluded(approval.payment.key, approval.excluded))
            return False
        return approval.state is State.POSTED or bool(approval.excluded)

    def _is_posted(self, approval: Entry, posted: Collection[str]) -> bool:
        """True when one of the forms of an approval was posted."""
        forms = chain_of(approval.payment.key, chains(self._ledger.pairings((approval.payment.key,))))
        states = self._ledger.entries(forms).items()
        return any(one.state is State.POSTED or key in posted for key, one in states)

    def deposit(self, payment: Payment) -> Deposit:
        """Return the deposit that posts a payment."""
        return deposit_of(
            payment,
            account_card=self._rules.card_account,
            account_code=self._rules.account_code,
            with_key=self._rules.remark_key,
        )

    def deposits(self, payments: Sequence[Payment]) -> list[Deposit]:
        """Return the deposits of those that still wait: somebody may have decided otherwise since they were ready."""
        now, not_yet = self._ledger.entries({one.key for one in payments}), self._ledger.not_yet(self._now())
        return [
            self.deposit(one)
            for one in payments
            if now[one.key].state is State.SEEN and not now[one.key].excluded and one.key not in not_yet
        ]

    def _hold(self, payment: Payment, said: Message) -> None:
        self._ledger.move(payment.key, State.SEEN, State.HELD, at=self._now(), by="worker", why=said)
        log.error("payment %s is held for a person (daybreak resolve): %s", payment.key, said)
