"""Rounds of batches, until nothing is left that may be posted."""

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

from worker.erp import Answer
from worker.errors import AgeUnproved, NotAdopted
from worker.i18n import message
from worker.ledger.state import State
from worker.payments.payment import WINDOW, Deposit, Payment
from worker.posting import comparison, refused
from worker.posting.decision import Decision
from worker.posting.means import Means, Part
from worker.posting.ready import Ready
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
        self._ready = Ready(means)

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
                    deposits = self._ready.deposits(ready[start : start + rows])
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
        by_hand = comparison.posted_by_hand(self._ledger.own_deposits(), self._ledger.hand_deposits())
        ready = self._ready.rows(listed, by_hand)
        ready = [one for one in ready if not self._only or one.key == self._only]
        return self._released.not_stored([one for one in ready if one.key not in narrowed])
