"""The rules for rows that are known and listed."""

from dataclasses import replace

from worker.i18n import message
from worker.ledger.entry import Entry
from worker.ledger.readings import AGAIN, DIFFERENT, QUESTIONS, Act, Pairing, Step
from worker.ledger.state import State
from worker.payments import why
from worker.payments.payment import Payment, PaymentKind, key_of
from worker.posting import edits
from worker.posting.judge import OUT, Judge, form_of


class KnownRows(Judge):
    """Judges what a known payment has become."""

    def _judge_known(self) -> None:
        for key, row in {**self._matched.rows, **self._matched.failed}.items():
            entry = self._snapshot.entries[key]
            self._note_form(entry, row)
            if key in self._matched.contradicted:
                self._step(Act.CONTRADICT, key, why.contradicted(entry.excluded))
            elif why.is_reason(entry.excluded, why.TAKES_BACK_NOTHING, why.NEVER_SEEN_APPROVED):
                self._judge_excluded_minus(entry)
        self._judge_pairings()
        for key, row in self._matched.rows.items():
            entry = self._snapshot.entries[key]
            if key in self._moved or entry.excluded or entry.cleared:
                continue
            if entry.state is State.HELD and why.is_reason(entry.why, why.LEFT):
                self._step(Act.RELEASE, key, why.BACK)
            elif entry.state is State.HELD and why.is_reason(entry.why, why.FIRST_CANCELLED, UNKNOWN_BEFORE):
                self._judge_again(entry)
            elif entry.state is State.SEEN and row.kind is PaymentKind.APPROVAL and not row.number:
                if entry.first_cycle != self._snapshot.cycle:
                    self._step(Act.HOLD, key, why.NO_NUMBER)
            elif entry.state is State.SEEN and row.kind is PaymentKind.CANCELLATION and entry.approval_key is None:
                self._judge_cancellation(entry.payment)
        for key in self._matched.failed:
            entry = self._snapshot.entries[key]
            if entry.state is State.SEEN and not entry.excluded and not entry.cleared and key not in self._moved:
                self._step(Act.HOLD, key, why.FAILED)
        self._judge_approved_again()

    def _judge_excluded_minus(self, entry: Entry) -> None:
        """A cancellation that took back nothing, listed again after its approval was approved again and posted."""
        place = edits.place_of(entry.payment)
        for approval in self._snapshot.entries.values():
            is_its_own = approval.payment.kind is PaymentKind.APPROVAL and edits.place_of(approval.payment) == place
            if is_its_own and approval.state in OUT:
                self._steps.append(Step(act=Act.LINK, key=entry.payment.key, other=approval.payment.key))
                self._step(Act.CONTRADICT, entry.payment.key, why.contradicted(entry.excluded))
                return

    def _note_form(self, entry: Entry, row: Payment) -> None:
        """Write down a row that is listed in another form: renamed, its number rewritten, its acquirer known."""
        known = entry.payment
        if (known.payer, known.approval_no, known.acquirer) == (
            row.payer,
            row.approval_no,
            row.acquirer or known.acquirer,
        ):
            return
        said = why.number_came(form_of(known), form_of(row))
        self._steps.append(Step(act=Act.FORM, key=known.key, why=said, payment=row))

    def _judge_again(self, entry: Entry) -> None:
        """A cancellation that was held for want of its approval."""
        found = self._approvals.judge(entry.payment)
        if found.held is None and found.excluded is None:
            self._steps.append(Step(act=Act.LINK, key=entry.payment.key, other=found.approval))
            self._step(Act.RELEASE, entry.payment.key, why.HAS_APPROVAL)

    def _judge_pairings(self) -> None:
        """Questions that answer themselves: every row that a held one was taken for is listed again."""
        questions: dict[str, list[Pairing]] = {}
        for one in self._snapshot.pairings:
            if not one.answer and one.rule not in QUESTIONS:
                questions.setdefault(one.new, []).append(one)
        for key, pairs in questions.items():
            new = self._snapshot.entries.get(key)
            if new is None or new.state is not State.HELD or key in self._moved or why.was_said_posted(new.why):
                continue
            if not all(one.gone and self._presence.is_listed(one.old) for one in pairs):
                continue
            is_listed = self._presence.is_listed(key)
            self._step(Act.RELEASE if is_listed else Act.EXCLUDE, key, why.ANOTHER if is_listed else why.UNDONE)
            for one in pairs:
                self._steps.append(Step(act=Act.ANSWER, key=key, other=one.old, rule=DIFFERENT))
                old = self._snapshot.entries[one.old]
                if old.state is State.HELD and one.old not in self._moved and _is_paired(old):
                    self._step(Act.RELEASE, one.old, why.BACK)

    def _judge_approved_again(self) -> None:
        """An approval that is listed again although its cancellation was posted: the minus may be one too many."""
        # A cancellation that was edited is listed in another form: it is not gone, and that form is asked about.
        asked = {one.old for one in self._snapshot.pairings} | {
            one.key for row in self._edits.candidates.values() for one in row
        }
        in_place = {
            edits.place_of(one.payment): one.payment.key
            for one in self._snapshot.entries.values()
            if one.payment.kind is PaymentKind.APPROVAL and one.state in OUT
        }
        for cancellation in self._snapshot.entries.values():
            if cancellation.payment.kind is not PaymentKind.CANCELLATION or cancellation.state is not State.POSTED:
                continue
            # What a person released has no approval of its own in the ledger; in place, it stands where that stood.
            key = cancellation.approval_key or in_place.get(edits.place_of(cancellation.payment))
            if not key or not self._presence.is_listed(key):
                continue
            payment, approval = cancellation.payment, self._snapshot.entries[key].payment
            if payment.key in asked or self._presence.is_listed(payment.key) or not self._presence.is_inside(payment):
                continue
            if not self._has_gone(cancellation, approval):
                continue
            again = self._another(approval)
            self._see(again)
            self._step(Act.HOLD, again.key, why.approved_again(payment.key))
            self._steps.append(Step(act=Act.PAIR, key=again.key, other=payment.key, rule=AGAIN))

    def _has_gone(self, cancellation: Entry, approval: Payment) -> bool:
        """True when the row of a cancellation is there no more; one in place has become its approval again."""
        payment = cancellation.payment
        in_place = (payment.time, payment.amount, payment.number) == (approval.time, approval.amount, approval.number)
        return in_place or self._presence.is_gone(cancellation)

    def _another(self, payment: Payment) -> Payment:
        """Return one more payment of an identity, with a key of its own."""
        ordinal = payment.ordinal + 1
        taken = {*self._snapshot.entries, *(one.key for one in self._matched.fresh)}
        while (key := key_of(payment.identity, ordinal)) in taken:
            ordinal += 1
        return replace(payment, key=key, ordinal=ordinal)


#: What a cancellation of an unknown approval was held for by earlier versions.
UNKNOWN_BEFORE = message("a cancellation whose approval is not known")


def _is_paired(entry: Entry) -> bool:
    return getattr(entry.why, "id", "") == why.replaced("").id
