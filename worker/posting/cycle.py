"""One cycle: sign in, settle doubts by proof, read, decide, post batch by batch (or compare), prove the sums.

The ledger says `armed` before the ERP hears of a save and `sent` before the request leaves. What each error means for
the rows is decided in upload.py, settling.py and outcomes.py, and nowhere else.
"""

import logging

from worker.errors import SaveBlocked
from worker.i18n import message
from worker.posting.age import Age
from worker.posting.deciding import Deciding
from worker.posting.doubts import Doubts
from worker.posting.list_reader import ListReader
from worker.posting.look_ups import LookUps
from worker.posting.means import Means, Part
from worker.posting.narrowing import Narrowing
from worker.posting.outcomes import Outcomes
from worker.posting.proof import Proof
from worker.posting.released import Released
from worker.posting.rounds import Rounds
from worker.posting.settling import Settling
from worker.posting.shadow import Shadow
from worker.posting.upload import Upload

log = logging.getLogger(__name__)


class Cycle(Part):
    """One pass over the ERP with one ledger. Build a new one for each."""

    def __init__(self, means: Means) -> None:
        super().__init__(means)
        look_ups = LookUps(means)
        outcomes = Outcomes(means)
        settling = Settling(means, look_ups=look_ups, outcomes=outcomes)
        upload = Upload(means, outcomes=outcomes)
        self._doubts = Doubts(means, look_ups=look_ups)
        self._reader = ListReader(means)
        self._deciding = Deciding(means, reader=self._reader)
        self._age = Age(means, look_ups=look_ups)
        self._rounds = Rounds(
            means,
            released=Released(means, look_ups=look_ups),
            upload=upload,
            settling=settling,
            narrowing=Narrowing(means, upload=upload, settling=settling),
        )
        self._shadow = Shadow(means, reader=self._reader, look_ups=look_ups)
        self._proof = Proof(means)

    def run(self) -> None:
        """Run the cycle after sign-in. Whatever it raises, the ledger holds what was done until then."""
        self._mend()
        self._doubts.settle()
        payments = self._reader.read()
        decision = self._deciding.decide(payments)
        self._age.prove()
        self._reader.watch_the_day()
        if self._rules.shadows or self._ledger.why_compared():
            # Also until an adoption: what a person has entered last is known then.
            self._shadow.compare(decision)
        if not self._rules.shadows:
            self._rounds.post(decision)
        self._proof.prove(payments, decision)

    def _mend(self) -> None:
        """Have the ERP rid of what an earlier upload left half done: only what is whole may settle a doubt."""
        if not self._rules.posts or self._why_no_posting():
            return
        released: list[str] = []

        def release(payload: str) -> None:
            released.append(payload)
            self._papers.text(f"mending-{len(released)}-payload.txt", payload)
            if why := self._still_ours():
                raise SaveBlocked(message("mending what broke off: {why}. Nothing was sent", why=why))

        for done in self._erp.mend(release):
            log.warning("mended what broke off: %s", done)
