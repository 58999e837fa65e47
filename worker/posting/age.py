"""A ledger that may be older than the ERP, and the look-ups that prove what waits in it."""

import logging
from datetime import timedelta

from worker.i18n import message
from worker.ledger.state import State
from worker.posting.look_ups import LookUps
from worker.posting.means import ERP_SAYS, Means, Part
from worker.runtime.heartbeat import Phase

log = logging.getLogger(__name__)


class Age(Part):
    """Proves, before anything is posted, that what waits was not posted by an earlier life."""

    def __init__(self, means: Means, *, look_ups: LookUps) -> None:
        super().__init__(means)
        self._look_ups = look_ups

    def prove(self) -> None:
        """After a restored backup: find what was posted since, by two look-ups that agree; post nothing before.

        An earlier browser may have had a save on its way: the second look-up comes when the server had time to settle.
        What the replaced ledger had settled, and the ERP does not show, is held for a person, whoever ends the proof.
        """
        # What other books than this ledger's do not hold proves nothing.
        is_alone = self._why_no_posting() == self._ledger.why_older()
        can_prove = self._rules.can_look_up and not self._ledger.older_is_blind()
        if self._ledger.older() and is_alone and can_prove:
            self._look_up_what_waits()
        elif self._rules.posts and can_prove and not self._why_no_posting() and (why := self._ledger.why_unproved()):
            self._prove_this_life(why)
        for key in self._ledger.hold_what_replaced_knows(at=self._now()):
            log.error("payment %s is held for a person (daybreak resolve): the replaced ledger had settled it", key)
        self._look_ups.demand_no_unknown_slip()

    def _prove_this_life(self, why: str) -> None:
        """After a start of the machine, or a jump of its clock: show that what waits is not posted already.

        One look-up that finds nothing shows it: what an earlier life sent had time to be stored before the cycle began.
        One that finds something shows that the machine was taken back to a snapshot: the ledger is older then.
        """
        entries = self._ledger.in_state(State.SEEN, State.HELD, State.REJECTED)
        waiting = [entry.payment.key for entry in entries]
        if not waiting:
            return
        self._pulse(Phase.SETTLING, message("looking up what waits, once after a start of the machine"), ERP_SAYS)
        listing = self._erp.look_up(waiting, None, older=self._ledger.confirmed_before(None))
        found = listing.found
        if not found:
            self._look_ups.compare(listing)
            to_post = [entry.payment.key for entry in entries if entry.state is State.SEEN]
            self._look_ups.demand_evidence(listing, to_post, until=self._now())
            self._ledger.note_proved()
            log.info("%s: %s payments wait and are not in the ERP's list", why, len(waiting))
            return
        self._ledger.mark_older(
            message(
                "{why}, and {count} payments that wait here are in the ERP's list. So the machine, or DATA_DIR, was "
                "taken back to a copy of an earlier time",
                why=why,
                count=len(found),
            )
        )
        self._look_up_what_waits()

    def _look_up_what_waits(self) -> None:
        entries = self._ledger.in_state(State.SEEN, State.HELD, State.REJECTED, State.IN_DOUBT)
        waiting = {entry.payment.key: entry.state for entry in entries}
        self._pulse(Phase.SETTLING, message("looking up what an older ledger does not know"), ERP_SAYS)
        listing = self._erp.look_up(list(waiting), None, older=self._ledger.confirmed_before(None))
        step = message("writing down what an older ledger did not know")
        self._pulse(Phase.SETTLING, step, 2 * self._list_s)
        found = listing.found
        for key, slips in found.items():
            why = message("posted after the backup that was restored, as {slips}", slips=", ".join(slips))
            before = waiting[key]
            if before is State.SEEN:
                self._ledger.move(key, before, State.HELD, at=self._now(), by="look-up", why=why)
                before = State.HELD
            self._ledger.move(key, before, State.POSTED, at=self._now(), by="look-up", why=why, slip=", ".join(slips))
            self.figures.resolved += 1
            log.info("payment %s was %s", key, why)
            self._look_ups.note_twice(key, slips)
        self._look_ups.compare(listing, explained_until=self._now())
        # What is held, refused or in doubt is not posted by that: it has a proof, or a person, of its own.
        to_post = [key for key, state in waiting.items() if state is State.SEEN and key not in found]
        self._look_ups.demand_evidence(listing, to_post, until=self._now())
        before_this = self._ledger.older_looked_up()
        age = self._now() - before_this[1] if before_this is not None else timedelta(0)
        if before_this is not None and not found and age >= self._rules.settle:
            self._ledger.no_longer_older(at=self._now(), waiting=len(waiting))
            log.info("the restored ledger is proved: %s payments are not in the ERP's list and wait", len(waiting))
        elif before_this is None or found or age < timedelta(0):  # a clock that was set back begins anew
            self._ledger.note_older_looked_up(found=len(found), at=self._now())
