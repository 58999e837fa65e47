"""The rules for rows that are listed for the first time."""

from collections.abc import Iterable, Sequence

from worker.i18n import Message
from worker.ledger.entry import BEFORE_ADOPTION
from worker.ledger.readings import SAME, Act, Step
from worker.ledger.state import State
from worker.payments import why
from worker.payments.payment import Payment, PaymentKind
from worker.posting import brakes, old_record
from worker.posting.edits import Candidate
from worker.posting.judge import Judge, form_of


class FreshRows(Judge):
    """Judges whether a row is a payment of its own."""

    def _judge_fresh(self) -> None:
        before = self._before_adoption()
        rows = sorted(self._matched.fresh, key=lambda one: one.kind is not PaymentKind.APPROVAL)
        for row in rows:
            if row.key in self._edits.places:
                self._take_place(row, self._edits.places[row.key])
                continue
            self._see(row)
            if row.key in before:
                said = before[row.key]
                self._step(Act.HOLD if said else Act.EXCLUDE, row.key, said or BEFORE_ADOPTION)
            elif row.key in self._edits.candidates:
                self._judge_edit(row, self._edits.candidates[row.key])
            elif held := self._why_held(row):
                self._step(Act.HOLD, row.key, held)
            elif row.kind is PaymentKind.CANCELLATION:
                self._judge_cancellation(row)

    def _why_held(self, row: Payment) -> Message | None:
        if self._snapshot.answer is not None and self._is_late(row):
            return self._why_not_plain(row) or why.LATE
        return self._why_not_plain(row)

    def _take_place(self, row: Payment, key: str) -> None:
        """(d), (f): the row is a known payment in a new form. What was posted, is in doubt or was decided stays so."""
        entry = self._snapshot.entries[key]
        said = why.number_came(form_of(entry.payment), form_of(row))
        self._steps.append(Step(act=Act.FORM, key=key, why=said, payment=row))
        if entry.excluded or entry.cleared:
            return
        is_released = entry.state is State.HELD and bool(row.number) and why.is_reason(entry.why, why.NO_NUMBER)
        if is_released:
            self._step(Act.RELEASE, key, why.HAS_NUMBER)
        if (is_released or entry.state is State.SEEN) and (held := self._beyond_limits(row)):
            self._step(Act.HOLD, key, held)

    def _judge_edit(self, row: Payment, candidates: Sequence[Candidate]) -> None:
        """Hold a row that may be an edit, with all that it may be an edit of; what was answered is followed."""
        answer = self._snapshot.answer
        if answer is not None and answer.covers(brakes.Brake.EDITED, frozenset({row.key})):
            if known := answer.same.get(row.key):
                self._step(Act.EXCLUDE, row.key, why.same_as(known))
                self._pair(row, [one for one in candidates if one.key == known] or candidates[:1], answer=SAME)
                return
            # It is another payment: judged like any other row.
            if held := self._why_not_plain(row):
                self._step(Act.HOLD, row.key, held)
            elif row.kind is PaymentKind.CANCELLATION:
                self._judge_cancellation(row)
            return
        keys = ", ".join(one.key for one in candidates)
        self._step(Act.HOLD, row.key, why.edited(keys, why.HOW[candidates[0].rule]))
        self._pair(row, candidates)
        for one in candidates:
            entry = self._snapshot.entries.get(one.key)
            is_waiting = entry is not None and entry.state is State.SEEN and not entry.excluded
            if is_waiting and one.gone and one.key not in self._moved:
                self._step(Act.HOLD, one.key, why.replaced(row.key))

    def _pair(self, row: Payment, candidates: Iterable[Candidate], *, answer: str = "") -> None:
        for one in candidates:
            self._steps.append(Step(act=Act.PAIR, key=row.key, other=one.key, rule=one.rule, gone=one.gone))
            if answer:
                self._steps.append(Step(act=Act.ANSWER, key=row.key, other=one.key, rule=answer))

    def _before_adoption(self) -> dict[str, str]:
        """Return the fresh rows that the adoption speaks of: {key: why it is held}; an empty reason: posted before.

        A row that was a request then, and one that has turned since into the cancellation of an approval that was
        posted before, is news, whatever its time.
        """
        adoption = self._snapshot.adoption
        rows = [one for one in self._matched.fresh if not self._has_turned(one) and one.key not in self._edits.places]
        rows = [one for one in rows if one.request not in adoption.requested]
        # Approved before the adoption or after it: no reading tells.
        last = self._snapshot.last
        asked = frozenset(last.requested) if last is not None and adoption.is_fresh else frozenset()
        before: dict[str, str] = {
            one.key: why.REQUESTED_THEN if one.request in asked else ""
            for one in rows
            if adoption.until is not None and one.time <= adoption.until
        }
        if any(one.time in adoption.recorded for one in rows):
            known = [one.payment for one in self._snapshot.entries.values()]
            listed = {one.key: one for one in (*known, *self._matched.fresh)}
            compared = old_record.compare(rows, listed.values(), adoption.recorded)
            before |= {one.key: before.get(one.key, said) for one, said in compared.ambiguous}
            before |= {one.key: "" for one in compared.matched}
        return before

    def _has_turned(self, row: Payment) -> bool:
        if row.kind is not PaymentKind.CANCELLATION:
            return False
        return any(
            one.payment.kind is PaymentKind.APPROVAL
            and (one.payment.time, one.payment.amount) == (row.time, row.amount)
            and one.excluded == BEFORE_ADOPTION
            for one in self._snapshot.entries.values()
        )
