"""Rows that were sent once and that a person has released: looked up once more right before they are sent again.

A person who says that a deposit is missing may have looked at another day, or before it was there. Where the list can
be read, it has the last word.
"""

import logging
from collections.abc import Sequence

from worker.errors import IllegalMove
from worker.i18n import message
from worker.payments.payment import Payment
from worker.posting.look_ups import LookUps
from worker.posting.means import ERP_SAYS, Means, Part
from worker.runtime.heartbeat import Phase

log = logging.getLogger(__name__)


class Released(Part):
    """Takes those out of what is about to be posted that the ERP holds already."""

    def __init__(self, means: Means, *, look_ups: LookUps) -> None:
        super().__init__(means)
        self._look_ups = look_ups

    def not_stored(self, ready: Sequence[Payment]) -> list[Payment]:
        """Return what may go out: all but the released rows that the list of deposits shows, which are posted then.

        Raises ErpError where the list can't be read: nothing is sent again unseen.
        """
        keys = self._ledger.released_after_sent({one.key for one in ready}) if self._rules.can_look_up else frozenset()
        if not keys:
            return list(ready)
        step = message("looking up {count} rows that a person released", count=len(keys))
        self._pulse(Phase.SETTLING, step, ERP_SAYS)
        listing = self._erp.look_up(keys, None, older=self._ledger.confirmed_before(None))
        for key, slips in listing.found.items():
            why = message("found in the deposit list as {slips}, though it was released", slips=", ".join(slips))
            try:
                self._ledger.take_back_release(key, why=why, slip=", ".join(slips), at=self._now())
            except IllegalMove as error:  # a person took the decision back meanwhile
                log.warning("deposit %s stands in the list, and is decided about anew: %s", key, error)
                continue
            self.figures.resolved += 1
            log.warning("deposit %s was released by a person, and is posted: %s", key, why)
            self._look_ups.note_twice(key, slips)
        return [one for one in ready if one.key not in listing.found]
