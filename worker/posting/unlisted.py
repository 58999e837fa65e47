"""The rules for what waits and is listed no more, and for what 회계반영 alone shows."""

from worker.ledger.entry import Entry
from worker.ledger.readings import RELEASED, Act, Step
from worker.ledger.state import State
from worker.payments import why
from worker.payments.payment import Identity, Payment, PaymentKind, other_acquirer
from worker.posting import edits
from worker.posting.judge import Judge, is_booked
from worker.posting.snapshot import Tab


class Unlisted(Judge):
    """Judges what became of a payment that 미반영 does not show."""

    def _judge_unlisted(self) -> None:
        places = set(self._edits.places.values())
        gone = [
            entry
            for key, entry in self._snapshot.entries.items()
            if (entry.state is State.SEEN or (self._snapshot.rules.shadows and entry.state is State.HELD))
            and not entry.excluded
            and key not in self._moved
            and key not in places
            and not self._presence.is_listed(key)
        ]
        if waiting := [one.payment.time for one in gone if not one.cleared and one.payment.number]:
            self._snapshot.tab(Tab.REFLECTED, min(waiting))
        for entry in gone:
            if entry.payment.key in self._moved:
                continue
            if entry.cleared and entry.state is State.SEEN:
                self._pair_again(entry)
            else:
                self._judge_gone(entry)

    def _judge_gone(self, entry: Entry) -> None:
        """Say why a payment that was seen, and never posted, is listed no more; or hold it."""
        payment = entry.payment
        if entry.state is State.HELD:
            # Beside a person who posts by hand: what was asked here was answered there.
            if self._presence.stands_under(Tab.REFLECTED, payment):
                self._step(Act.EXCLUDE, payment.key, why.REFLECTED)
            return
        if self._presence.stands_under(Tab.REFLECTED, payment):
            self._step(Act.EXCLUDE, payment.key, why.REFLECTED)
        elif self._presence.has_turned(payment) and payment.kind is PaymentKind.APPROVAL:
            self._step(Act.EXCLUDE, payment.key, why.CANCELLED_FIRST)
            self._exclude_turned(payment)
        elif self._snapshot.rules.shadows and payment.key in self._snapshot.by_hand:
            self._step(Act.EXCLUDE, payment.key, why.BY_HAND)
        elif self._presence.stands_under(Tab.FORCED, payment):
            self._step(Act.HOLD, payment.key, why.FORCED)
        else:
            self._step(Act.HOLD, payment.key, why.LEFT)

    def _exclude_turned(self, approval: Payment) -> None:
        """The row in place of an approval that was never posted takes back nothing."""
        place = edits.place_of(approval)
        for row in (*self._matched.fresh, *(one.payment for one in self._snapshot.entries.values())):
            if row.kind is not PaymentKind.CANCELLATION or edits.place_of(row) != place:
                continue
            entry = self._snapshot.entries.get(row.key)
            waits = entry is None or (entry.state is State.SEEN and not entry.excluded)
            if waits and row.key not in self._moved:
                self._step(Act.EXCLUDE, row.key, why.TAKES_BACK_NOTHING)

    def _pair_again(self, entry: Entry) -> None:
        """A payment that a person released is listed no more: was it reflected, is a row listed its newest form?

        What stood in one reading beside it is another payment.
        """
        old = entry.payment
        was_asked = any(one.rule == RELEASED and one.new == old.key for one in self._snapshot.pairings)
        # What 미반영 never listed was found under 회계반영, and a person released it knowing that.
        if entry.last_cycle and not was_asked and self._presence.may_stand_under(Tab.REFLECTED, old):
            self._step(Act.HOLD, old.key, why.REFLECTED_AFTER)
            self._steps.append(Step(act=Act.PAIR, key=old.key, other=old.key, rule=RELEASED))
            return
        is_gone = not self._presence.is_inside(old) or self._presence.is_gone(entry)
        answered = {frozenset((one.new, one.old)) for one in self._snapshot.pairings if one.answer}
        for key, row in {**self._matched.rows, **{one.key: one for one in self._matched.fresh}}.items():
            known = self._snapshot.entries.get(key)
            if row.kind is not old.kind or other_acquirer(row, old) or frozenset((key, old.key)) in answered:
                continue
            if row.identity == old.identity:
                continue  # a twin, or the approval itself that is asked about again: no edit
            if known is not None and known.first_cycle <= max(entry.first_cycle, entry.last_cycle):
                continue
            rules = [name for name, rule in edits.RULES.items() if rule(row, old, gone=is_gone, late=True)]
            if rules:
                self._step(Act.HOLD, old.key, why.edited(key, why.HOW[rules[0]]))
                self._steps.append(Step(act=Act.PAIR, key=key, other=old.key, rule=rules[0], gone=True))
                return

    def _judge_reflected(self) -> None:
        """An approval that was posted, reflected, and then cancelled in place never shows under 미반영 again."""
        known = {one.payment.identity: one for one in self._snapshot.entries.values()}
        for row in self._snapshot.read(Tab.REFLECTED).payments:
            if row.kind is not PaymentKind.CANCELLATION or not row.number or row.identity in known:
                continue
            approval = known.get(_as_approval(row))
            if approval is None or not is_booked(approval) or self._presence.is_listed(approval.payment.key):
                continue
            if any(one.identity == row.identity for one in self._matched.fresh):
                continue
            self._see(row)
            self._steps.append(Step(act=Act.LINK, key=row.key, other=approval.payment.key))
            self._step(Act.HOLD, row.key, why.cancelled_after_reflection(approval.payment.key))


def _as_approval(row: Payment) -> Identity:
    return PaymentKind.APPROVAL, row.time, row.amount, row.number, ""
