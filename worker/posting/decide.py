"""What becomes of each payment after a reading: the rules of judgement, pure, over one snapshot of lists and ledger."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from worker.i18n import Message
from worker.ledger.entry import BEFORE_ADOPTION, Entry
from worker.ledger.readings import AGAIN, DIFFERENT, QUESTIONS, RELEASED, SAME, Act, Pairing, Step
from worker.ledger.state import State
from worker.payments import why
from worker.payments.payment import Identity, Kind, Payment, key_of
from worker.posting import brakes, edits, old_record
from worker.posting.brakes import Question
from worker.posting.cancellations import Approvals
from worker.posting.chains import chains
from worker.posting.edits import Candidate, Edits
from worker.posting.limits import why_beyond_limits
from worker.posting.matching import Matched, match
from worker.posting.presence import Presence
from worker.posting.snapshot import Snapshot, Tab

#: 회계반영 is read at least so often, as far back as 미반영 goes and what was posted before it.
REFLECTED_EVERY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What one reading decides."""

    steps: tuple[Step, ...] = ()
    #: The payments that 미반영 holds, by key, each as it is listed.
    listed: Mapping[str, Payment] = field(default_factory=dict)
    #: Of these, those never seen before.
    fresh: frozenset[str] = frozenset()
    #: Rows of a failed cancellation that count as payments: their approval stands.
    failed: tuple[Payment, ...] = ()
    #: Rows that the next reading decides.
    deferred: tuple[Payment, ...] = ()
    #: The question that stops this reading: then nothing else is decided.
    question: Question | None = None
    #: True when 회계반영 was read as far back as it is at least once a day.
    read_reflected: bool = False


def decide(snapshot: Snapshot) -> Decision:
    """Judge every row of one complete reading. Raises MoreNeeded for a tab that a rule needs."""
    return _Judge(snapshot).decide()


class _Judge:
    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._matched: Matched = match(snapshot)
        self._leave_failed_out()
        self._presence = Presence(snapshot, self._matched)
        self._edits: Edits = edits.find(snapshot, self._matched, self._presence)
        self._steps: list[Step] = []
        #: Keys that a step of this reading has moved already.
        self._moved: set[str] = set()
        self._approvals = Approvals(snapshot.entries.values(), (), {}, snapshot.rules)

    def decide(self) -> Decision:
        snapshot, matched = self._snapshot, self._matched
        self._read_daily()
        asked = brakes.question(snapshot, matched, self._edits, self._presence)
        if asked is not None:
            return Decision(question=asked)
        self._follow_answer()
        places = self._edits.places
        rows = [replace(one, key=places.get(one.key, one.key)) for one in matched.fresh]
        self._approvals = Approvals(snapshot.entries.values(), rows, chains(snapshot.pairings), snapshot.rules)
        self._judge_known()
        self._judge_fresh()
        self._judge_unlisted()
        self._judge_reflected()
        listed = {**matched.rows, **{one.key: one for one in matched.fresh}}
        listed |= matched.failed
        listed = {places.get(key, key): row for key, row in listed.items()}
        return Decision(
            steps=tuple(self._steps),
            listed={key: replace(row, key=key) for key, row in listed.items()},
            fresh=frozenset(one.key for one in matched.fresh if one.key not in places),
            failed=(*matched.failed.values(), *(one for one in matched.fresh if one.key in matched.fresh_failed)),
            deferred=tuple(matched.deferred),
            read_reflected=self._has_read_reflected(),
        )

    def _leave_failed_out(self) -> None:
        """A cancellation that failed changes nothing where its approval is posted or listed."""
        found = self._matched
        found.fresh = [one for one in found.fresh if one.key not in found.fresh_failed or not self._has_approval(one)]

    def _follow_answer(self) -> None:
        """Let the rows that a person calls the same take the place of what was never sent."""
        answer = self._snapshot.answer
        for row, key in (answer.same if answer is not None else {}).items():
            entry = self._snapshot.entries.get(key)
            is_unsent = entry is not None and entry.state in (State.SEEN, State.HELD) and not entry.excluded
            if is_unsent and row in self._edits.candidates and key not in self._edits.places.values():
                del self._edits.candidates[row]
                self._edits.places[row] = key

    # --- the daily look at 회계반영 ---

    def _read_daily(self) -> None:
        last, since = self._snapshot.last, self._daily_since()
        if since is None or last is None:
            return
        if last.reflected_at is None or self._snapshot.now - last.reflected_at >= REFLECTED_EVERY:
            self._snapshot.tab(Tab.REFLECTED, since)

    def _has_read_reflected(self) -> bool:
        reading, since = self._snapshot.tabs.get(Tab.REFLECTED), self._daily_since()
        return reading is not None and since is not None and (reading.rows is None or reading.since <= since)

    def _daily_since(self) -> datetime | None:
        """Return how far back 회계반영 is read once a day: to the oldest open row, and to what was posted before it.

        An approval that was reflected is not open any more, and may be older than every row that is.
        """
        window, reach = self._presence.window, self._snapshot.reach
        if reach is None:
            return window
        booked = (
            one.payment.time
            for one in self._snapshot.entries.values()
            if _is_booked(one) and one.payment.time >= reach and not self._presence.is_listed(one.payment.key)
        )
        return min((*booked, *([window] if window else ())), default=None)

    # --- what is known and listed ---

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
            elif entry.state is State.SEEN and row.kind is Kind.APPROVAL and not row.number:
                if entry.first_cycle != self._snapshot.cycle:
                    self._step(Act.HOLD, key, why.NO_NUMBER)
            elif entry.state is State.SEEN and row.kind is Kind.CANCELLATION and entry.approval_key is None:
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
            is_its_own = approval.payment.kind is Kind.APPROVAL and edits.place_of(approval.payment) == place
            if is_its_own and approval.state in _OUT:
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
        said = why.number_came(_form(known), _form(row))
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
            if new is None or new.state is not State.HELD or key in self._moved:
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
            if one.payment.kind is Kind.APPROVAL and one.state in _OUT
        }
        for cancellation in self._snapshot.entries.values():
            if cancellation.payment.kind is not Kind.CANCELLATION or cancellation.state is not State.POSTED:
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

    # --- what is listed for the first time ---

    def _judge_fresh(self) -> None:
        before = self._before_adoption()
        rows = sorted(self._matched.fresh, key=lambda one: one.kind is not Kind.APPROVAL)
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
            elif row.kind is Kind.CANCELLATION:
                self._judge_cancellation(row)

    def _why_held(self, row: Payment) -> Message | None:
        if self._snapshot.answer is not None and self._is_late(row):
            return self._why_not_plain(row) or why.LATE
        return self._why_not_plain(row)

    def _why_not_plain(self, row: Payment) -> Message | None:
        """Return what a row by itself is held for, whatever it may be an edit of."""
        if row.key in self._matched.twins:
            return why.TWIN
        if row.key in self._matched.fresh_failed:
            return why.FAILED
        return self._beyond_limits(row)

    def _beyond_limits(self, row: Payment) -> Message | None:
        rules = self._snapshot.rules
        return why_beyond_limits(row, most_won=rules.most_won, most_ahead=rules.most_ahead, now=self._snapshot.now)

    def _has_approval(self, row: Payment) -> bool:
        """True when an approval of this number is posted or listed: then the failed cancellation changes nothing."""
        listed = (one for one in self._snapshot.open.payments if one.kind is Kind.APPROVAL)
        posted = (one.payment for one in self._snapshot.entries.values() if one.state is State.POSTED)
        return any(one.number == row.number and one.kind is Kind.APPROVAL for one in (*listed, *posted))

    def _is_late(self, row: Payment) -> bool:
        last = self._snapshot.last
        return last is not None and row.time < last.at and row.request not in set(last.requested)

    def _take_place(self, row: Payment, key: str) -> None:
        """(d), (f): the row is a known payment in a new form. What was posted, is in doubt or was decided stays so."""
        entry = self._snapshot.entries[key]
        said = why.number_came(_form(entry.payment), _form(row))
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
            elif row.kind is Kind.CANCELLATION:
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

    def _judge_cancellation(self, row: Payment) -> None:
        found = self._approvals.judge(row)
        if found.approval:
            self._steps.append(Step(act=Act.LINK, key=row.key, other=found.approval))
        if found.excluded is why.NEVER_SEEN_APPROVED and self._is_late(row):
            # An earlier reading would have shown the approval: its row may be one that is known, edited as well.
            self._step(Act.HOLD, row.key, why.FIRST_CANCELLED)
        elif found.excluded:
            self._step(Act.EXCLUDE, row.key, found.excluded)
        elif found.held:
            self._step(Act.HOLD, row.key, found.held)

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
        if row.kind is not Kind.CANCELLATION:
            return False
        return any(
            one.payment.kind is Kind.APPROVAL
            and (one.payment.time, one.payment.amount) == (row.time, row.amount)
            and one.excluded == BEFORE_ADOPTION
            for one in self._snapshot.entries.values()
        )

    # --- what waits, and is listed no more ---

    def _judge_unlisted(self) -> None:
        places = set(self._edits.places.values())
        gone = [
            entry
            for key, entry in self._snapshot.entries.items()
            if entry.state is State.SEEN
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
            if entry.cleared:
                self._pair_again(entry)
            else:
                self._judge_gone(entry)

    def _judge_gone(self, entry: Entry) -> None:
        """Say why a payment that was seen, and never posted, is listed no more; or hold it."""
        payment = entry.payment
        if self._presence.stands_under(Tab.REFLECTED, payment):
            self._step(Act.EXCLUDE, payment.key, why.REFLECTED)
        elif self._presence.has_turned(payment) and payment.kind is Kind.APPROVAL:
            self._step(Act.EXCLUDE, payment.key, why.CANCELLED_FIRST)
            self._exclude_turned(payment)
        elif self._presence.stands_under(Tab.FORCED, payment):
            self._step(Act.HOLD, payment.key, why.FORCED)
        else:
            self._step(Act.HOLD, payment.key, why.LEFT)

    def _exclude_turned(self, approval: Payment) -> None:
        """The row in place of an approval that was never posted takes back nothing."""
        place = edits.place_of(approval)
        for row in (*self._matched.fresh, *(one.payment for one in self._snapshot.entries.values())):
            if row.kind is not Kind.CANCELLATION or edits.place_of(row) != place:
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
            if row.kind is not old.kind or edits.other_acquirer(row, old) or frozenset((key, old.key)) in answered:
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

    # --- what 회계반영 alone shows ---

    def _judge_reflected(self) -> None:
        """An approval that was posted, reflected, and then cancelled in place never shows under 미반영 again."""
        known = {one.payment.identity: one for one in self._snapshot.entries.values()}
        for row in self._snapshot.read(Tab.REFLECTED).payments:
            if row.kind is not Kind.CANCELLATION or not row.number or row.identity in known:
                continue
            approval = known.get(_as_approval(row))
            if approval is None or not _is_booked(approval) or self._presence.is_listed(approval.payment.key):
                continue
            if any(one.identity == row.identity for one in self._matched.fresh):
                continue
            self._see(row)
            self._steps.append(Step(act=Act.LINK, key=row.key, other=approval.payment.key))
            self._step(Act.HOLD, row.key, why.cancelled_after_reflection(approval.payment.key))

    # --- inside ---

    def _see(self, payment: Payment) -> None:
        self._steps.append(Step(act=Act.SEE, key=payment.key, payment=payment))

    def _step(self, act: Act, key: str, said: Message | str) -> None:
        self._moved.add(key)
        self._steps.append(Step(act=act, key=key, why=said))


#: States of a payment that is posted, or may be.
_OUT = frozenset({State.SENT, State.POSTED, State.IN_DOUBT})

#: What a cancellation of an unknown approval was held for by earlier versions.
UNKNOWN_BEFORE = Message("a cancellation whose approval is not known", {})


def _is_booked(entry: Entry) -> bool:
    """True for an approval whose deposit stands in the ERP: posted here, or before the adoption."""
    return entry.payment.kind is Kind.APPROVAL and (entry.state is State.POSTED or entry.excluded == BEFORE_ADOPTION)


def _is_paired(entry: Entry) -> bool:
    return getattr(entry.why, "id", "") == why.replaced("").id


def _form(payment: Payment) -> str:
    return f"{payment.payer} {payment.approval_no or '–'}".strip()


def _as_approval(row: Payment) -> Identity:
    return Kind.APPROVAL, row.time, row.amount, row.number, ""
