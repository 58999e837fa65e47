"""What a look-up shows, and what it proves."""

import logging
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from worker.erp import Listing
from worker.errors import EndUnproved, LedgerError
from worker.i18n import Message
from worker.payments.payment import KST
from worker.payments.why import stored_twice
from worker.posting import absence, unknown_slips
from worker.posting.means import Part

log = logging.getLogger(__name__)


class LookUps(Part):
    """Holds what the ERP's list of deposits shows against the ledger."""

    def demand_evidence(self, listing: Listing, missing: Collection[str], *, until: datetime) -> None:
        """Raise EndUnproved unless what a whole list does not show is certainly not there. `until`: see absence."""
        if why := self.why_unproved(listing, missing, until=until):
            raise EndUnproved(why)

    def why_unproved(self, listing: Listing, missing: Collection[str], *, until: datetime) -> Message | None:
        return absence.why_unproved(
            listing,
            days={one.payment.time.astimezone(KST).date() for one in self._ledger.entries(missing).values()},
            until=self.by_the_erp(until).astimezone(KST).date(),
            confirmed=lambda day: [
                absence.Confirmed(key=key, day=dated, entered_on=entered_on)
                for key, dated, entered_on in self._ledger.newest_confirmed(day, most=absence.WITNESSES)
            ],
        )

    def by_the_erp(self, time: datetime) -> datetime:
        """Return a time of the past by the ERP's clock. Where ours is fast, none of it lies after the ERP's now."""
        ahead = timedelta(seconds=self._erp_ahead())
        return time + ahead if ahead >= timedelta(0) else min(time, self._now() + ahead)

    def compare(self, listing: Listing, *, explained_until: datetime | None = None) -> None:
        """Hold what a look-up has shown against the ledger, see worker.posting.unknown_slips."""
        self.figures.resolved += unknown_slips.compare(
            self._ledger, listing.slips, at=self._now(), explained_until=explained_until
        )

    def demand_no_unknown_slip(self) -> None:
        """Raise LedgerError while the ERP holds deposits of our form that the ledger does not know."""
        if why := self._ledger.why_unknown_slips():
            raise LedgerError(why)

    def note_twice(self, key: str, numbers: Sequence[str]) -> None:
        """Report a deposit that the ERP holds more than once: its own doing, and a person must take one away."""
        if len(numbers) < 2:
            return
        what = stored_twice(key, numbers)
        log.error("%s. Take the extra ones away by hand", what)
        self._ledger.tell("stored twice", what, facts={"key": key}, at=self._now())
