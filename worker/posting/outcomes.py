"""What the ERP's answer says of each row, and how it is written down."""

import logging
from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from worker.erp import Answer
from worker.i18n import message
from worker.ledger.state import State
from worker.payments.payment import Deposit
from worker.posting.means import Part

log = logging.getLogger(__name__)


class Outcomes(Part):
    """Writes a sent batch down, once it is known what became of each of its rows."""

    def write_down(
        self,
        batch: int,
        deposits: Sequence[Deposit],
        outcomes: Mapping[str, tuple[State, str]],
        *,
        answer: str,
        slips: Mapping[str, Sequence[str]] | None = None,
        again: Collection[str] = (),
    ) -> None:
        """Write one batch down; the rows in `again` were refused and wait as before."""
        numbers = {key: ", ".join(found) for key, found in (slips or {}).items()}
        self._ledger.settle(batch, outcomes, slips=numbers, at=self._now(), answer=answer, again=again)
        counts = Counter(state for key, (state, _) in outcomes.items() if key not in again)
        self.figures.sent -= len(again)
        self.figures.posted += counts[State.POSTED]
        self.figures.rejected += counts[State.REJECTED]
        self.figures.in_doubt += counts[State.IN_DOUBT]
        self.figures.won += sum(one.amount for one in deposits if outcomes[one.key][0] is State.POSTED)
        words = ", ".join(f"{count} {state}" for state, count in sorted(counts.items()))
        if again:
            words = f"{words}, {len(again)} refused, which wait again".removeprefix(", ")
        if counts[State.POSTED] == len(deposits):
            log.info("batch %s of %s deposits: %s", batch, len(deposits), words)
            return
        whys = sorted({why for state, why in outcomes.values() if state is not State.POSTED})
        log.error("batch %s of %s deposits: %s: %s", batch, len(deposits), words, "; ".join(whys)[:1000])


def outcomes_of(deposits: Sequence[Deposit], answer: Answer) -> dict[str, tuple[State, str]]:
    """Say what became of each deposit. Believes only counts that add up and reasons that name every refused row."""
    if answer.success == len(deposits) and answer.failure == 0:
        return {one.key: (State.POSTED, message("the ERP confirmed it")) for one in deposits}
    adds_up = answer.success + answer.failure == len(deposits)
    names_all = len(answer.reasons) == answer.failure and all(0 <= row < len(deposits) for row in answer.reasons)
    if not adds_up or not names_all or not answer.failure:
        why = message(
            "of {count} the ERP counted {stored} stored and {refused} refused: {text}",
            count=str(len(deposits)),
            stored=str(answer.success),
            refused=str(answer.failure),
            text=answer.text,
        )
        return {one.key: (State.IN_DOUBT, why) for one in deposits}
    return {
        one.key: (State.REJECTED, message("the ERP refused it: {why}", why=answer.reasons[number]))
        if number in answer.reasons
        else (State.POSTED, message("the ERP confirmed it"))
        for number, one in enumerate(deposits)
    }
