"""What became of what was sent."""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from worker.erp import Answer, Listing
from worker.errors import ErpError
from worker.i18n import Message, message
from worker.ledger.state import State
from worker.payments.payment import Deposit
from worker.posting import refused
from worker.posting.means import Means, Part
from worker.posting.outcomes import Outcomes, outcomes_of
from worker.posting.refused import Group
from worker.runtime.heartbeat import Phase

if TYPE_CHECKING:
    from worker.posting.look_ups import LookUps

log = logging.getLogger(__name__)


class Settling(Part):
    """Writes down what the ERP answered, checked against its own list where it can be read."""

    def __init__(self, means: Means, *, look_ups: "LookUps", outcomes: Outcomes) -> None:
        super().__init__(means)
        self._outcomes = outcomes
        self._look_ups = look_ups

    def settle(
        self,
        sent: Sequence[tuple[int, Sequence[Deposit], Answer]],
        *,
        waits: Callable[[str], bool] = lambda _: False,
    ) -> Sequence[Group]:
        """Write down what became of each row: what the ERP said, checked against its own list where it can be read.

        Returns the groups of rows that were refused and wait again.
        """
        if not sent:
            return ()
        with self._finishing():
            return self._settle_sent(sent, waits)

    def _settle_sent(
        self, sent: Sequence[tuple[int, Sequence[Deposit], Answer]], waits: Callable[[str], bool]
    ) -> Sequence[Group]:
        step = message("{count} batches", count=len(sent))
        self._pulse(Phase.SETTLING, step, 2 * self._list_s, stoppable=False)
        all_outcomes = [outcomes_of(deposits, answer) for _, deposits, answer in sent]
        told = {key: state for outcomes in all_outcomes for key, (state, _) in outcomes.items()}
        confirmed = [key for key, state in told.items() if state is State.POSTED]
        rejected = [key for key, state in told.items() if state is State.REJECTED]
        # Refused whole, without a reason for each row: the list must bear it out, or they stay in doubt.
        silent = [
            one.key
            for _, deposits, answer in sent
            for one in deposits
            if refused.is_whole(deposits, answer) and told[one.key] is State.IN_DOUBT
        ]
        listing: Listing | None = None
        slips: Mapping[str, Sequence[str]] | None = None
        why_unproved: Message | None = None
        problem: ErpError | None = None
        if self._rules.can_look_up and (confirmed or rejected or silent):
            older = self._ledger.confirmed_before(min(batch for batch, _, _ in sent))
            try:
                since = None if silent else self._look_ups.by_the_erp(self._now()) - timedelta(hours=1)
                listing = self._erp.look_up([*confirmed, *rejected, *silent], since, older=older)
                slips = listing.found
                missing = [key for key in silent if key not in slips]
                why_unproved = self._look_ups.why_unproved(listing, missing, until=self._now())
            except ErpError as error:
                problem = error
                log.warning("what the ERP confirmed could not be checked in its list: %s", error)
            step = message("writing down {count} batches", count=len(sent))
            self._pulse(Phase.SETTLING, step, self._list_s, stoppable=False)
        again: list[Group] = []
        for (batch, deposits, answer), outcomes in zip(sent, all_outcomes, strict=True):
            is_suspect = refused.is_suspect(deposits, answer)
            for key, (state, _) in outcomes.items():
                if state is State.POSTED and problem is not None:
                    outcomes[key] = (State.IN_DOUBT, message("the ERP confirmed it, but its list could not be read"))
                elif state is State.POSTED and slips is not None and key not in slips:
                    outcomes[key] = (State.IN_DOUBT, message("the ERP confirmed it, but its list does not show it"))
                elif state is State.REJECTED and slips is not None and key in slips:
                    outcomes[key] = (State.POSTED, message("the ERP refused it, but its list shows it"))
                elif state is State.REJECTED and problem is not None and is_suspect:
                    # A person would have to decide each; the next look-ups tell as well.
                    outcomes[key] = (State.IN_DOUBT, message("the ERP refused it, but its list could not be read"))
                elif key in silent and slips is not None and key in slips:
                    outcomes[key] = (State.POSTED, message("the ERP refused it, but its list shows it"))
                elif key in silent and why_unproved:
                    outcomes[key] = (State.IN_DOUBT, why_unproved)
                elif key in silent and slips is not None:
                    why = message("the ERP refused it without a reason, and its list does not show it")
                    outcomes[key] = (State.REJECTED, why)
            stayed = {key for key, (state, _) in outcomes.items() if state is State.REJECTED}
            groups = list(refused.groups(deposits, answer, stayed))
            if len(deposits) == 1 and stayed and waits(answer.reasons.get(0, "")):
                groups = [Group(deposits=tuple(deposits), reasons=(answer.reasons.get(0, ""),))]
            again += groups
            waiting = {one.key for group in groups for one in group.deposits}
            self._outcomes.write_down(batch, deposits, outcomes, answer=answer.text, slips=slips, again=waiting)
        for key, numbers in (slips or {}).items():
            self._look_ups.note_twice(key, numbers)
        if problem is not None:
            raise problem
        if listing is not None:
            self._look_ups.compare(listing)
            self._look_ups.demand_no_unknown_slip()
        return again
