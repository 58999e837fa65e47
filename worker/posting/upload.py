"""One batch, sent."""

import json
import logging
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict
from typing import TYPE_CHECKING

from worker.erp import Answer, NotSent
from worker.errors import DepositInDoubt, SaveBlocked
from worker.i18n import message, said_by
from worker.ledger.state import State
from worker.payments.payment import Deposit
from worker.posting.figures import progress
from worker.posting.means import Means, Part
from worker.runtime.heartbeat import Phase

if TYPE_CHECKING:
    from worker.posting.outcomes import Outcomes

log = logging.getLogger(__name__)


class Upload(Part):
    """Sends a batch: the ledger knows of it before the ERP does."""

    def __init__(self, means: Means, *, outcomes: "Outcomes") -> None:
        super().__init__(means)
        self._outcomes = outcomes

    def post_batch(self, deposits: Sequence[Deposit]) -> tuple[int, Answer] | None:
        """Send one batch; return its number and the answer, or None when no further one makes sense in this cycle."""
        step = progress(self.figures, len(deposits), message("a batch of {count}", count=len(deposits)))
        self._pulse(Phase.UPLOADING, step, self._list_s)
        batch = self._ledger.plan(deposits, cycle=self._cycle, at=self._now())

        def arm() -> None:
            plan = json.dumps([asdict(one) for one in deposits], ensure_ascii=False)
            self._papers.text(f"batch-{batch}-plan.json", plan)
            self._ledger.arm(batch, at=self._now())

        released: list[str] = []

        def release(payload: str) -> None:
            released.append(payload)
            step = f"-{len(released)}" if len(released) > 1 else ""
            self._papers.text(f"batch-{batch}-payload{step}.txt", payload)
            if not self._rules.posts:
                return
            why = self._still_ours()
            if why:
                raise SaveBlocked(message("saving batch {batch}: {why}. Nothing was sent", batch=str(batch), why=why))
            if len(released) == 1:  # a save may take several requests: from the first one on, the batch is out
                self._ledger.mark_sent(batch, at=self._now())
                sent.enter_context(self._finishing())

        self.figures.batches += 1
        try:
            with ExitStack() as sent:
                answer = self._erp.upload(deposits, arm=arm, release=release)
        except DepositInDoubt as error:
            outcomes = {one.key: (State.IN_DOUBT, said_by(error)) for one in deposits}
            self._outcomes.write_down(batch, deposits, outcomes, answer=said_by(error))
            return None
        except BaseException as error:
            # Certainly not sent; should the ledger know better, it refuses this move and the rows become in doubt.
            log.warning("batch %s was not sent: %s", batch, error)
            self._ledger.take_back(batch, at=self._now(), why=message("not sent: {error}", error=said_by(error)))
            raise
        if isinstance(answer, NotSent):
            self._ledger.take_back(batch, at=self._now(), why=answer.why)
            self.figures.not_sent += len(deposits)
            log.info("batch %s of %s deposits was not sent: %s", batch, len(deposits), answer.why)
            return None
        self.figures.sent += len(deposits)
        return batch, answer
