"""One snapshot under judgement: what its rows were matched with, and the steps decided so far."""

from worker.i18n import Message
from worker.ledger.entry import BEFORE_ADOPTION, Entry
from worker.ledger.readings import Act, Step
from worker.ledger.state import State
from worker.payments import why
from worker.payments.payment import Payment, PaymentKind
from worker.posting import edits
from worker.posting.cancellations import Approvals
from worker.posting.edits import Edits
from worker.posting.limits import why_beyond_limits
from worker.posting.matching import Matched, match
from worker.posting.presence import Presence
from worker.posting.snapshot import Snapshot


class Judge:
    """What every rule of judgement looks at and adds to."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._matched: Matched = match(snapshot)
        self._leave_failed_out()
        self._presence = Presence(snapshot, self._matched)
        self._edits: Edits = edits.find(snapshot, self._matched, self._presence)
        self._steps: list[Step] = []
        #: Keys that a step of this reading has moved already.
        self._moved: set[str] = set()
        self._approvals = Approvals(snapshot.entries.values(), (), {}, snapshot.rules)

    def _leave_failed_out(self) -> None:
        """A cancellation that failed changes nothing where its approval is posted or listed."""
        found = self._matched
        found.fresh = [one for one in found.fresh if one.key not in found.fresh_failed or not self._has_approval(one)]

    def _has_approval(self, row: Payment) -> bool:
        """True when an approval of this number is posted or listed: then the failed cancellation changes nothing."""
        listed = (one for one in self._snapshot.open.payments if one.kind is PaymentKind.APPROVAL)
        posted = (one.payment for one in self._snapshot.entries.values() if one.state is State.POSTED)
        return any(one.number == row.number and one.kind is PaymentKind.APPROVAL for one in (*listed, *posted))

    def _is_late(self, row: Payment) -> bool:
        last = self._snapshot.last
        return last is not None and row.time < last.at and row.request not in set(last.requested)

    def _why_not_plain(self, row: Payment) -> Message | None:
        """Return what a row by itself is held for, whatever it may be an edit of."""
        if row.key in self._matched.twins:
            return why.TWIN
        if row.key in self._matched.fresh_failed:
            return why.FAILED
        return self._beyond_limits(row)

    def _beyond_limits(self, row: Payment) -> Message | None:
        rules = self._snapshot.rules
        return why_beyond_limits(row, most_won=rules.max_won, most_ahead_h=rules.max_ahead_h, now=self._snapshot.now)

    def _judge_cancellation(self, row: Payment) -> None:
        found = self._approvals.judge(row)
        if found.approval:
            self._steps.append(Step(act=Act.LINK, key=row.key, other=found.approval))
        if found.excluded is why.NEVER_SEEN_APPROVED and self._is_late(row):
            # An earlier reading would have shown the approval: its row may be one that is known, edited as well.
            self._step(Act.HOLD, row.key, why.FIRST_CANCELLED)
        elif found.excluded:
            self._step(Act.EXCLUDE, row.key, found.excluded)
        elif found.held:
            self._step(Act.HOLD, row.key, found.held)

    def _see(self, payment: Payment) -> None:
        self._steps.append(Step(act=Act.SEE, key=payment.key, payment=payment))

    def _step(self, act: Act, key: str, said: Message | str) -> None:
        self._moved.add(key)
        self._steps.append(Step(act=act, key=key, why=said))


#: States of a payment that is posted, or may be.
OUT = frozenset({State.SENT, State.POSTED, State.IN_DOUBT})


def is_booked(entry: Entry) -> bool:
    """True for an approval whose deposit stands in the ERP: posted here, or before the adoption."""
    return entry.payment.kind is PaymentKind.APPROVAL and (
        entry.state is State.POSTED or entry.excluded == BEFORE_ADOPTION
    )


def form_of(payment: Payment) -> str:
    return f"{payment.payer} {payment.approval_no or '–'}".strip()
