"""MODE = shadow: what would go out now is written down beside what a person did meanwhile. Nothing is sent."""

import json
import logging
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from worker.erp import Slip
from worker.errors import NotAdopted
from worker.i18n import message
from worker.ledger.compared import HandDeposit, OwnDeposit, ShadowTimes
from worker.ledger.notes import SHADOW_SCORE
from worker.ledger.state import State
from worker.payments import why
from worker.payments.payment import WINDOW, ParsedList, Payment, PaymentKind, key_of, parse_rows
from worker.posting import comparison
from worker.posting.comparison import Looked
from worker.posting.decision import Decision
from worker.posting.means import ERP_SAYS, Means, Part
from worker.posting.ready import Ready
from worker.posting.remark import keys_in
from worker.posting.unknown_slips import was_sent
from worker.runtime.heartbeat import Phase

if TYPE_CHECKING:
    from worker.posting.list_reader import ListReader
    from worker.posting.look_ups import LookUps

log = logging.getLogger(__name__)

#: The list of deposits is read back so far, at least: who corrects or takes away what was entered does so within that
#: time.
SLIPS_BACK = timedelta(days=3)

#: 회계반영 and the list of deposits are read back so far beyond the last comparison, at least.
OVERLAP = timedelta(days=1)


class Shadow(Part):
    """Compares at the end of a cycle that posts nothing."""

    def __init__(self, means: Means, *, reader: "ListReader", look_ups: "LookUps") -> None:
        super().__init__(means)
        self._reader = reader
        self._look_ups = look_ups
        self._ready = Ready(means)

    def compare(self, decision: Decision) -> None:
        """Write down what would go out, what was reflected, and what was entered by hand.

        Raises NotAdopted while nobody has said what was posted before: all that is listed would count as missing.
        """
        unsaid = self._why_no_posting() if self._rules.shadows else ""
        # That it is compared is no reason to compare no more: in the demo the owner's mode is the demo's, not shadow.
        if unsaid and unsaid != self._ledger.why_compared():
            raise NotAdopted(message("nothing is compared: {why}", why=unsaid))
        now = self._now()
        before = self._ledger.shadow_times()
        is_new = before is None or not self._ledger.why_compared()
        since = now if is_new or before is None else before.since
        known = {one.key: one for one in self._ledger.own_deposits()}
        own = {**known, **self._own(decision, known, now)}
        reflected = self._reflected(own.values(), before.last if before is not None else now)
        own |= self._unseen(own, reflected, listed=decision.listed, since=since)
        own = {one.key: one for one in self._seen_gone(own, decision.listed, reflected)}
        back = now - SLIPS_BACK
        if before is not None and not is_new:
            # What was entered since the last reading is not known yet, however long ago that was.
            back = min(back, before.slips_at - OVERLAP if before.slips_at is not None else before.since)
        # One time for both: what the list is asked for, and what must stand in it. Slips carry the ERP's time.
        by_hand = self._by_hand(shown_since := self._look_ups.by_the_erp(back))
        slips_at = now if by_hand is not None else (None if is_new or before is None else before.slips_at)
        self._ledger.note_compared(
            [one for one in own.values() if known.get(one.key) != one],
            by_hand,
            times=ShadowTimes(since=since, last=now, slips_at=slips_at),
            shown_since=shown_since,
        )
        self._tell(since, now, reads_slips=by_hand is not None)

    # --- our side --------------------------------------------------------------------------------------------------

    def _own(self, decision: Decision, known: Mapping[str, OwnDeposit], now: datetime) -> dict[str, OwnDeposit]:
        """Return what would go out now, and what waits for a person instead."""
        due = {key for key, one in known.items() if one.due_at is not None}
        found: dict[str, OwnDeposit] = {}
        # A cancellation comes in the round after its approval.
        for _ in range(2):
            for payment in self._ready.rows(set(decision.listed), due):
                if payment.key not in due:
                    found[payment.key] = self._deposit(payment, due_at=now)
                    due.add(payment.key)
        for one in self._taken_back(known, due):
            found[one.key] = self._deposit(one, due_at=now)
        for entry in self._ledger.in_state(State.HELD):
            if entry.payment.key in decision.listed and entry.payment.key not in due:
                found[entry.payment.key] = self._deposit(entry.payment, due_at=None, why=entry.why)
        return {key: replace(one, approval=self._approval_of(key)) for key, one in found.items()}

    def _taken_back(self, known: Mapping[str, OwnDeposit], due: set[str]) -> Iterator[Payment]:
        """Yield cancellations of approvals that would be posted: nothing was posted, so the ledger needs none."""
        for key, entry in self._ledger.entries(self._ledger.keys_listed_last()).items():
            if key not in due and why.is_reason(entry.excluded, why.TAKES_BACK_NOTHING):
                approval = self._approval_of(key)
                if approval in known and known[approval].due_at is not None:
                    yield entry.payment

    def _approval_of(self, key: str) -> str:
        entry = self._ledger.entry(key)
        return (entry.approval_key or "") if entry is not None else ""

    def _deposit(self, payment: Payment, *, due_at: datetime | None, why: str = "") -> OwnDeposit:
        deposit = self._ready.deposit(payment)
        return OwnDeposit(
            key=payment.key,
            paid_at=payment.time,
            day=payment.time.date(),
            account=deposit.account,
            payer=deposit.payer,
            won=deposit.amount,
            due_at=due_at,
            why=why,
        )

    # --- the person's side -----------------------------------------------------------------------------------------

    def _reflected(self, own: Iterable[OwnDeposit], last: datetime) -> ParsedList:
        """Read 회계반영 as far back as anything that is not reflected yet, as far as the list goes."""
        oldest = self._reader.read_at - WINDOW
        open_ones = [one.paid_at for one in own if one.reflected_at is None and one.paid_at >= oldest]
        self._pulse(Phase.READING, message("reading what was reflected by hand"), ERP_SAYS)
        return parse_rows(self._erp.read_reflected(max(oldest, min([*open_ones, last - OVERLAP]))))

    def _unseen(
        self, own: Mapping[str, OwnDeposit], reflected: ParsedList, *, listed: Collection[str], since: datetime
    ) -> dict[str, OwnDeposit]:
        """Return payments that a person reflected before a reading has seen them: they would go out now at the soonest.

        An approval that was cancelled in place under 회계반영 shows there as a cancellation: a person decides that.
        """
        rows = [one for one in reflected.payments if one.time > self._look_ups.by_the_erp(since)]
        entries = self._ledger.known(since=since - WINDOW, numbers={one.number for one in rows}, like=set())
        gone = [one.payment for key, one in entries.items() if key not in listed]
        places = {(one.payment.time, one.payment.amount, one.payment.number) for one in entries.values()}
        known = Counter(one.identity for one in gone)
        found: dict[str, OwnDeposit] = {}
        for row in rows:
            if known[row.identity] > 0:
                known[row.identity] -= 1
                continue
            ordinal = row.ordinal
            while (key := key_of(row.identity, ordinal)) in entries or key in found:
                ordinal += 1
            if key in own:  # found here before
                found[key] = own[key]
                continue
            has_turned = row.kind is PaymentKind.CANCELLATION and (row.time, row.amount, row.number) in places
            payment, said = replace(row, key=key, ordinal=ordinal), why.CANCELLED_THERE if has_turned else ""
            found[key] = self._deposit(payment, due_at=None if has_turned else self._now(), why=said)
        return found

    def _seen_gone(
        self, own: Mapping[str, OwnDeposit], listed: Collection[str], reflected: ParsedList
    ) -> Iterator[OwnDeposit]:
        """Yield every deposit with what the lists say of its payment now."""
        now = self._now()
        entries = self._ledger.entries(own.keys())
        counts = Counter(reflected.counts)
        # What was reflected before stands there first.
        for key, one in sorted(own.items(), key=lambda item: (item[1].reflected_at is None, item[0])):
            identity = entries[key].payment.identity if key in entries else None
            is_there = identity is not None and counts[identity] > 0
            if key in listed:
                yield replace(one, reflected_at=None, left_at=None)
                continue
            if identity is not None and is_there:
                counts[identity] -= 1
            if one.reflected_at is not None:
                yield one
            elif is_there or identity is None:  # or found under 회계반영 alone
                yield replace(one, reflected_at=now, left_at=None)
            else:
                yield replace(one, left_at=one.left_at or now)

    def _by_hand(self, since: datetime) -> list[HandDeposit] | None:
        """Read the deposits that were entered since a time of the ERP's; None where no list shows them."""
        read = getattr(self._erp, "read_deposits", None)
        if read is None or not self._rules.deposit_list:
            return None
        self._pulse(Phase.READING, message("reading the deposits entered by hand"), ERP_SAYS)
        slips = read(since)
        if slips is None:
            return None
        return _numbered(
            [
                HandDeposit(
                    number=one.number, entered_at=one.entered_at, day=one.day, account=one.account, payer=one.payer,
                    won=one.won,
                )
                for one in self._of_people(slips)
                if one.entered_at is not None
            ]
        )  # fmt: skip

    def _of_people(self, slips: Sequence[Slip]) -> list[Slip]:
        """Leave out what was posted from here: it was entered for its own payment, and for no other."""
        entries = self._ledger.entries({key for one in slips for key in keys_in(one.remark)})
        ours = {key for key, entry in entries.items() if entry.state is State.POSTED or was_sent(self._ledger, key)}
        return [one for one in slips if ours.isdisjoint(keys_in(one.remark))]

    def _tell(self, since: datetime, now: datetime, *, reads_slips: bool) -> None:
        """Keep the score for the state of things, and log it."""
        span = Looked(since=since, now=now, reads_slips=reads_slips)
        found = comparison.compare(self._ledger.own_deposits(), self._ledger.hand_deposits(), span)
        score = comparison.score_of(found)
        self._ledger.set_note(SHADOW_SCORE, json.dumps(score.as_dict()))
        log.info(
            "compared with what was posted by hand: %s of %s equal, %s different, %s missing by us, "
            "%s missing by them, %s open; %s later than the person",
            score.equal, score.total, score.different, score.missing_by_us, score.missing_by_them, score.open,
            score.later,
        )  # fmt: skip


def _numbered(by_hand: Sequence[HandDeposit]) -> list[HandDeposit]:
    """Give the lines of one slip, which share its number, a number each: every line is a deposit of its own."""
    lines: Counter[str] = Counter()
    found: list[HandDeposit] = []
    for one in sorted(by_hand, key=lambda one: (one.entered_at, one.payer, one.won or 0, one.account)):
        lines[one.number] += 1
        line = lines[one.number]
        found.append(replace(one, number=f"{one.number} ({line})") if line > 1 else one)
    return found
