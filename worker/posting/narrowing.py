"""What the ERP refused whole: sent again in ever smaller batches, until a refused row stands alone."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from worker.errors import SettingsRefused
from worker.ledger.state import State
from worker.payments.payment import Deposit
from worker.posting import refused
from worker.posting.means import Means, Part
from worker.posting.refused import Accounts, Group, Refusal

if TYPE_CHECKING:
    from worker.posting.settling import Settling
    from worker.posting.upload import Upload

log = logging.getLogger(__name__)


class Narrowing(Part):
    """Finds the row, or the setting, for which the ERP refuses a group of rows."""

    def __init__(self, means: Means, *, upload: "Upload", settling: "Settling") -> None:
        super().__init__(means)
        self._upload = upload
        self._settling = settling

    def demand_mended(self) -> None:
        """Raise SettingsRefused while the ERP refuses every row for one reason; a changed setting ends that."""
        if not self._rules.posts or (refusal := refused.read(self._ledger)) is None:
            return
        if refusal.accounts != self._accounts():
            log.info("the settings of the accounts have changed since the ERP refused batch %s whole", refusal.batch)
            refused.end(self._ledger)
            return
        raise SettingsRefused(refusal.said(len(self._ledger.in_state(State.SEEN))))

    def _accounts(self) -> Accounts:
        rules = self._rules
        return Accounts(account_card=rules.card_account, account_code=rules.account_code, remark_key=rules.remark_key)

    def narrow(self, group: Group) -> bool:
        """Send the first row of a refused group alone, then halves of the rest; return False when no more may be sent.

        Raises SettingsRefused when that row is refused for the reason that the whole group was: all of it waits then.
        """
        own = refused.rows_own(self._ledger)
        first, *rest = group.deposits
        ended = self._send_again([first], waits=lambda reason: group.blames_settings(reason, rows_own=own))
        if not ended.goes_on or not ended.refused:
            return ended.goes_on and self._halve(rest)
        refusal = Refusal(
            reason=ended.refused[0].reasons[0] or group.reasons[0],
            batch=ended.batch,
            at=self._now(),
            accounts=self._accounts(),
        )
        refused.write(self._ledger, refusal)
        raise SettingsRefused(refusal.said(len(self._ledger.in_state(State.SEEN))))

    def _halve(self, deposits: Sequence[Deposit]) -> bool:
        """Send rows in ever smaller batches until a refused one stands alone; return False when no more may be sent."""
        if not deposits:
            return True
        ended = self._send_again(deposits)
        if not ended.goes_on or not ended.refused:
            return ended.goes_on
        middle = len(deposits) // 2
        return self._halve(deposits[:middle]) and self._halve(deposits[middle:])

    def _send_again(self, deposits: Sequence[Deposit], *, waits: Callable[[str], bool] = lambda _: False) -> "_Again":
        """Send those of some refused rows that still wait, as one batch, and settle it at once.

        `waits(reason)`: a row that is refused alone for this reason waits on instead of being decided by a person.
        """
        now = self._ledger.entries({one.key for one in deposits})
        still = [one for one in deposits if now[one.key].state is State.SEEN and not now[one.key].excluded]
        if not still:
            return _Again(goes_on=True)
        answered = self._upload.post_batch(still)
        if answered is None:
            return _Again(goes_on=False)
        batch, answer = answered
        return _Again(goes_on=True, batch=batch, refused=self._settling.settle([(batch, still, answer)], waits=waits))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Again:
    """What came of rows that were sent again."""

    #: False: no further batch makes sense in this cycle.
    goes_on: bool
    batch: int = 0
    #: The rows that were refused and wait again; empty when all of them are settled.
    refused: Sequence[Group] = ()
