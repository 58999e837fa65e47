"""The proof of a cycle."""

import logging

from worker.errors import ProofFailed
from worker.i18n import message
from worker.payments.payment import ParsedList
from worker.posting.decision import Decision
from worker.posting.means import Part

log = logging.getLogger(__name__)


class Proof(Part):
    """Compares what was listed with what the ledger says became of it."""

    def prove(self, payments: ParsedList, decision: Decision) -> None:
        """Compare what the page showed with what the ledger says became of it, in count and in won.

        A failed cancellation is a payment where the decision says so; a row that the next reading decides is none yet.
        """
        later = [one for one in decision.deferred if one in payments.payments]
        rows = [*payments.payments, *decision.failed]
        won = sum(one.won for one in rows) - sum(one.won for one in later)
        seen = (len(rows) - len(later), won)
        parts = self._ledger.proof()
        total = (sum(count for count, _ in parts.values()), sum(won for _, won in parts.values()))
        if total != seen:
            what = message(
                "the page showed {rows} payments, {won} won; the ledger has {known}, {total} won",
                rows=str(seen[0]),
                won=str(seen[1]),
                known=str(total[0]),
                total=str(total[1]),
            )
            log.error("the proof of cycle %s fails: %s", self._cycle, what)
            self._ledger.tell("proof", what, facts={"cycle": self._cycle, "parts": parts}, at=self._now())
            raise ProofFailed(message("proving the cycle: {what}", what=what))
        log.info(
            "cycle %s is proved: %s payments of %s won = %s",
            self._cycle,
            *seen,
            ", ".join(f"{count} {what}" for what, (count, _) in sorted(parts.items())) or "none",
        )
