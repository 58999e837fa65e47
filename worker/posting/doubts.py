"""Rows in doubt, settled by look-ups."""

import logging
from datetime import timedelta

from worker.errors import EndUnproved
from worker.i18n import message
from worker.ledger.doubts import Doubt
from worker.ledger.state import State
from worker.posting.look_ups import LookUps
from worker.posting.means import ERP_SAYS, Means, Part
from worker.runtime.heartbeat import Phase

log = logging.getLogger(__name__)


class Doubts(Part):
    """Settles what was sent and has no clear answer, or leaves it to a person."""

    def __init__(self, means: Means, *, look_ups: LookUps) -> None:
        super().__init__(means)
        self._look_ups = look_ups

    def settle(self) -> None:
        """Settle rows in doubt by proof: the server had time, and two look-ups agree. Else they wait for a person.

        What other books than this ledger's do not hold proves nothing.
        """
        if not self._rules.can_look_up or self._why_no_posting():
            return
        for doubt in self._ledger.doubts():
            if not doubt.has_keys:
                continue
            # A clock that was set back makes both look as if they were to come: then the time between look-ups decides.
            age = self._now() - doubt.sent_at
            if timedelta(0) <= age < self._rules.settle:
                continue
            apart = self._rules.settle * (0.5 if age >= timedelta(0) else 1.5)
            if doubt.looked_up_at and timedelta(0) <= self._now() - doubt.looked_up_at < apart:
                continue
            try:
                self._look_up(doubt)
            except EndUnproved as error:
                # What can be posted goes on, and what it adds to the list makes the end known.
                log.warning("batch %s stays in doubt until the next look-up: %s", doubt.batch, error)

    def _look_up(self, doubt: Doubt) -> None:
        self._pulse(Phase.SETTLING, message("looking up batch {batch}", batch=str(doubt.batch)), ERP_SAYS)
        listing = self._erp.look_up(doubt.keys, None, older=self._ledger.confirmed_before(doubt.batch))
        step = message("writing down what became of batch {batch}", batch=str(doubt.batch))
        self._pulse(Phase.SETTLING, step, self._list_s)
        missing = [key for key in doubt.keys if key not in listing.found]
        for key, slips in listing.found.items():
            why = message("found in the deposit list as {slips}", slips=", ".join(slips))
            self._ledger.move(
                key, State.IN_DOUBT, State.POSTED, at=self._now(), by="look-up", why=why, slip=", ".join(slips)
            )
            self.figures.resolved += 1
            log.info("deposit %s was posted after all: %s", key, why)
            self._look_ups.note_twice(key, slips)
        self._look_ups.compare(listing)
        if not missing:
            return
        self._look_ups.demand_evidence(listing, missing, until=doubt.sent_at)
        if doubt.missing != len(missing):
            self._ledger.note_look_up(doubt.batch, missing=len(missing), at=self._now())
            log.info("batch %s: %s deposits not found; a second look-up will decide", doubt.batch, len(missing))
            return
        for key in missing:
            why = message("two look-ups did not find it: it was not stored")
            self._ledger.move(key, State.IN_DOUBT, State.SEEN, at=self._now(), by="look-up", why=why)
            self.figures.resolved += 1
            log.info("deposit %s was not posted: %s", key, why)
