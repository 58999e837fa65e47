"""One cycle: sign in, settle doubts by proof, read, decide, post batch by batch, prove the sums.

The ledger says `armed` before the ERP hears of a save and `sent` before the request leaves. What each error means for
the rows is decided here and nowhere else.
"""

import json
import logging
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from worker import old_record
from worker.erp import Answer, Erp, NotSent
from worker.errors import DepositInDoubt, EndUnproved, ErpChanged, ErpError, NotAdopted, ProofFailed, SaveBlocked
from worker.heartbeat import Phase
from worker.ledger import BEFORE_ADOPTION, Doubt, Entry, Ledger, State
from worker.payments import (
    KST,
    Deposit,
    Kind,
    Payment,
    Row,
    Same,
    Sorted,
    approval_of,
    deposit_of,
    matches,
    nearly,
    same,
    sort_rows,
)

log = logging.getLogger(__name__)

#: After so many batches what was sent is settled, before more goes out.
ROUND = 40

#: How long the list keeps a row.
WINDOW = timedelta(days=7)

#: An empty list after one of so many rows is no ordinary thing.
MANY = 20

#: A share of rows found on both tabs above which we believe that we read the wrong tab.
SAME_TAB = 0.5


class Pulse(Protocol):
    """Beats before a step. Raises StopRequested between two steps when somebody asked the worker to stop."""

    def __call__(self, phase: Phase, step: str, seconds: float, *, stoppable: bool = True) -> None: ...


class Papers(Protocol):
    """Where the evidence of this cycle goes."""

    def text(self, name: str, content: str) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What the operator decided about posting."""

    posts: bool
    batch_rows: int
    #: The cycle posts no more rows than so many; None: all that wait.
    most: int | None = None
    card_account: str
    account_code: str
    remark_key: bool
    can_look_up: bool
    match_new_number: bool
    settle: timedelta
    list_s: float


@dataclass(slots=True)
class Figures:
    """What a cycle found and did, for the ledger, the log and the reports."""

    listed: int = 0
    ignored: dict[str, int] = field(default_factory=dict)
    odd: int = 0
    new: int = 0
    excluded: dict[str, int] = field(default_factory=dict)
    held: int = 0
    waiting: int = 0
    #: Deposits that could go out so far, and those of them that did and were answered.
    ready: int = 0
    sent: int = 0
    batches: int = 0
    posted: int = 0
    rejected: int = 0
    in_doubt: int = 0
    not_sent: int = 0
    resolved: int = 0
    won: int = 0


class Cycle:
    """One pass over the ERP with one ledger. Build a new one for each."""

    def __init__(
        self,
        *,
        erp: Erp,
        ledger: Ledger,
        rules: Rules,
        cycle: int,
        now: Callable[[], datetime],
        pulse: Pulse,
        papers: Papers,
        last_good: datetime | None,
        why_no_posting: Callable[[], str],
        still_ours: Callable[[], str],
        figures: "Figures",
        finishing: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        """Both questions return a reason or an empty text: may this ledger post, is this worker still the one that may.

        In a block of `finishing` no step raises StopRequested: from sent to settled nobody stops a batch.

        `figures` is filled as the cycle goes on, so that a failed one has told what it did.
        """
        self._erp = erp
        self._ledger = ledger
        self._rules = rules
        self._cycle = cycle
        self._now = now
        self._pulse = pulse
        self._papers = papers
        self._last_good = last_good
        self._why_no_posting = why_no_posting
        self._still_ours = still_ours
        self._finishing = finishing
        self.figures = figures

    def run(self) -> None:
        """Run the cycle after sign-in. Whatever it raises, the ledger holds what was done until then."""
        self._mend()
        self._settle_doubts()
        payments = self._read()
        self._prove_age()
        self._decide(payments)
        self._post(payments)
        self._prove(payments)

    # --- what broke off -------------------------------------------------------------------------------------------

    def _mend(self) -> None:
        """Have the ERP rid of what an earlier upload left half done: only what is whole may settle a doubt."""
        if not self._rules.posts or self._why_no_posting():
            return
        released: list[str] = []

        def release(payload: str) -> None:
            released.append(payload)
            self._papers.text(f"mending-{len(released)}-payload.txt", payload)
            if why := self._still_ours():
                raise SaveBlocked(f"mending what broke off: {why}. Nothing was sent")

        for done in self._erp.mend(release):
            log.warning("mended what broke off: %s", done)

    # --- doubts ----------------------------------------------------------------------------------------------------

    def _settle_doubts(self) -> None:
        """Settle rows in doubt by proof: the server had time, and two look-ups agree. Else they wait for a person.

        What other books than this ledger's do not hold proves nothing.
        """
        if not self._rules.can_look_up or self._why_no_posting():
            return
        for doubt in self._ledger.doubts():
            if not doubt.has_keys:
                continue
            # A clock that was set back makes both look as if they were to come: then the time between look-ups decides.
            age = self._now() - doubt.sent_at
            if timedelta(0) <= age < self._rules.settle:
                continue
            apart = self._rules.settle * (0.5 if age >= timedelta(0) else 1.5)
            if doubt.looked_up_at and timedelta(0) <= self._now() - doubt.looked_up_at < apart:
                continue
            try:
                self._look_up(doubt)
            except EndUnproved as error:
                # What can be posted goes on, and what it adds to the list makes the end known.
                log.warning("batch %s stays in doubt until the next look-up: %s", doubt.batch, error)

    def _look_up(self, doubt: Doubt) -> None:
        self._pulse(Phase.SETTLING, f"looking up batch {doubt.batch}", self._rules.list_s)
        found = self._erp.look_up(doubt.keys, None, older=self._ledger.confirmed_before(doubt.batch))
        missing = [key for key in doubt.keys if key not in found]
        for key, slips in found.items():
            why = f"found in the deposit list as {', '.join(slips)}"
            self._ledger.move(
                key, State.IN_DOUBT, State.POSTED, at=self._now(), by="look-up", why=why, slip=", ".join(slips)
            )
            self.figures.resolved += 1
            log.info("deposit %s was posted after all: %s", key, why)
            self._note_twice(key, slips)
        if not missing:
            return
        if doubt.missing != len(missing):
            self._ledger.note_look_up(doubt.batch, missing=len(missing), at=self._now())
            log.info("batch %s: %s deposits not found; a second look-up will decide", doubt.batch, len(missing))
            return
        for key in missing:
            why = "two look-ups did not find it: it was not stored"
            self._ledger.move(key, State.IN_DOUBT, State.SEEN, at=self._now(), by="look-up", why=why)
            self.figures.resolved += 1
            log.info("deposit %s was not posted: %s", key, why)

    # --- reading and deciding --------------------------------------------------------------------------------------

    def _read(self) -> Sorted:
        self._pulse(Phase.READING, "reading the payments", self._rules.list_s)
        rows = self._erp.read_open(self._holds_the_last_reading)
        payments = sort_rows(rows, with_requester=self._ledger.with_requester())
        at = self._now()
        new = self._ledger.note_seen(payments.payments, cycle=self._cycle, at=at)
        odd = [(json.dumps(asdict(one.row), ensure_ascii=False), one.why) for one in payments.oddities]
        for row, why in self._ledger.note_oddities(odd, cycle=self._cycle, at=at):
            log.error("a row that no rule covers is held for a person: %s: %s", why, row)
        self.figures.listed = len(rows)
        self.figures.ignored = dict(payments.ignored)
        self.figures.odd = len(odd)
        self.figures.new = len(new)
        log.info("read %s rows: %s payments, %s new", len(rows), len(payments.payments), len(new))
        self._watch_the_gap(len(rows))
        return payments

    def _holds_the_last_reading(self, rows: Sequence[Row]) -> bool:
        """True when all that the last complete reading held is still listed, or has left in a way that is known.

        Then the list is whole: new payments come at its other end.
        """
        last = self._ledger.keys_listed_last()
        found = sort_rows(rows, with_requester=self._ledger.with_requester()).payments
        gone = self._ledger.entries(last - {one.key for one in found})
        oldest = self._now().astimezone(KST).replace(hour=0, minute=0, second=0, microsecond=0) - WINDOW
        left = [
            entry.payment
            for entry in gone.values()
            if entry.payment.time >= oldest and not self._turned(entry.payment, found)
        ]
        if not last or not left:
            return bool(last)
        rows = self._erp.read_reflected(min(one.time for one in left))
        reflected = sort_rows(rows, with_requester=self._ledger.with_requester()).payments
        return all(any(matches(one, other) and one.kind is other.kind for other in reflected) for one in left)

    @staticmethod
    def _turned(payment: Payment, listed: Iterable[Payment]) -> Payment | None:
        """Return the cancellation that an approval has become, in the same row, or None."""
        turned = (one for one in listed if one.kind is Kind.CANCELLATION and one.time == payment.time)
        return next((one for one in turned if payment.kind is Kind.APPROVAL and matches(one, payment)), None)

    def _watch_the_gap(self, listed: int) -> None:
        """Tell somebody when rows may have left the list unseen, or when a list of many is suddenly empty."""
        if self._last_good is not None and self._now() - self._last_good > WINDOW - timedelta(days=1):
            last = f"{self._last_good:%Y-%m-%d %H:%M}"
            what = f"the last complete reading was at {last}, and the list keeps a row for {WINDOW.days} days"
            self._tell("gap in the list", f"{what}: rows may have left it unseen. Compare with the ERP")
        before = self._ledger.last_cycles(1, outcome="ran")
        figures = before[0]["figures"] if before else {}
        many = figures.get("listed", 0) if isinstance(figures, dict) else 0
        if not listed and many >= MANY:
            self._tell("empty list", f"the list is empty, the reading before held {many} rows. Look at it in the ERP")

    def _tell(self, kind: str, what: str) -> None:
        log.error("%s: %s", kind, what)
        self._ledger.tell(kind, what, facts={"cycle": self._cycle}, at=self._now())

    def _prove_age(self) -> None:
        """After a restored backup: find what was posted since, by two look-ups that agree; post nothing before.

        An earlier browser may have had a save on its way: the second look-up comes when the server had time to settle.
        What the replaced ledger had settled, and the ERP does not show, is held for a person, whoever ends the proof.
        """
        # What other books than this ledger's do not hold proves nothing.
        is_alone = self._why_no_posting() == self._ledger.why_older()
        can_prove = self._rules.can_look_up and not self._ledger.older_is_blind()
        if self._ledger.older() and is_alone and can_prove:
            self._look_up_what_waits()
        for key in self._ledger.hold_what_replaced_knows(at=self._now()):
            log.error("payment %s is held for a person (daybreak resolve): the replaced ledger had settled it", key)

    def _look_up_what_waits(self) -> None:
        entries = self._ledger.in_state(State.SEEN, State.HELD, State.REJECTED, State.IN_DOUBT)
        waiting = {entry.payment.key: entry.state for entry in entries}
        self._pulse(Phase.SETTLING, "looking up what an older ledger does not know", self._rules.list_s)
        found = self._erp.look_up(list(waiting), None, older=self._ledger.confirmed_before(None))
        for key, slips in found.items():
            why = f"posted after the backup that was restored, as {', '.join(slips)}"
            before = waiting[key]
            if before is State.SEEN:
                self._ledger.move(key, before, State.HELD, at=self._now(), by="look-up", why=why)
                before = State.HELD
            self._ledger.move(key, before, State.POSTED, at=self._now(), by="look-up", why=why, slip=", ".join(slips))
            self.figures.resolved += 1
            log.info("payment %s was %s", key, why)
            self._note_twice(key, slips)
        before_this = self._ledger.older_looked_up()
        age = self._now() - before_this[1] if before_this is not None else timedelta(0)
        if before_this is not None and not found and age >= self._rules.settle:
            self._ledger.no_longer_older(at=self._now(), waiting=len(waiting))
            log.info("the restored ledger is proved: %s payments are not in the ERP's list and wait", len(waiting))
        elif before_this is None or found or age < timedelta(0):  # a clock that was set back begins anew
            self._ledger.note_older_looked_up(found=len(found), at=self._now())

    def _decide(self, payments: Sorted) -> None:
        """Exclude what needs no deposit and hold what a person must decide; the rest stays as it is."""
        self._pulse(Phase.PLANNING, "deciding", self._rules.list_s)
        listed = {one.key: one for one in payments.payments}
        entries = self._ledger.entries(listed)
        waiting = [entry for entry in entries.values() if entry.state is State.SEEN and not entry.excluded]
        reflected = self._reflected(listed, waiting)
        by_hand: dict[Same, set[Kind]] = {}
        for one in reflected:
            by_hand.setdefault(same(one), set()).add(one.kind)
        gone = self._gone(listed)
        before = self._before_adoption([entry for entry in waiting if not entry.cleared], payments.payments)
        for entry in waiting:
            if entry.cleared:
                continue
            if entry.payment.key not in before:
                self._decide_one(entry, by_hand=by_hand, gone=gone)
            elif why := before[entry.payment.key]:
                self._hold(entry.payment, why)
            else:
                self._exclude(entry.payment, BEFORE_ADOPTION)
        self._decide_gone(listed, reflected)
        self.figures.held = len(self._ledger.in_state(State.HELD))

    def _before_adoption(self, waiting: Sequence[Entry], listed: Sequence[Payment]) -> dict[str, str]:
        """Return the payments that the adoption speaks of although they were not listed then: {key: why it is held}.

        An empty reason: posted before. A row that has turned since into the cancellation of an approval that was posted
        before is news, whatever its time.
        """
        until = self._ledger.adopted_until()
        payments = [entry.payment for entry in waiting if not self._has_turned(entry.payment)]
        before = {one.key: "" for one in payments if until is not None and one.time <= until}
        times = self._ledger.recorded_times() if payments else frozenset()
        if any(one.time in times for one in payments):
            twins = [entry.payment for entry in self._ledger.at_times({one.time for one in payments} & times)]
            compared = old_record.compare(payments, {one.key: one for one in [*listed, *twins]}.values(), times)
            before |= {one.key: before.get(one.key, why) for one, why in compared.ambiguous}
            before |= {one.key: "" for one in compared.matched}
        return before

    def _has_turned(self, payment: Payment) -> bool:
        if payment.kind is not Kind.CANCELLATION:
            return False
        known = self._ledger.alike(payment.payer, payment.amount)
        return any(
            one.payment.kind is Kind.APPROVAL and one.payment.time == payment.time and one.excluded == BEFORE_ADOPTION
            for one in known
        )

    def _reflected(self, listed: Mapping[str, Payment], waiting: Sequence[Entry]) -> Sequence[Payment]:
        """Read what people reflected by hand, as far back as the payments in question go."""
        unposted = [entry.payment for entry in self._ledger.in_state(State.SEEN)]
        if not waiting and all(one.key in listed for one in unposted):
            return ()
        since = min(one.time for one in [*unposted, *(entry.payment for entry in waiting)])
        self._pulse(Phase.READING, "reading what was reflected by hand", self._rules.list_s)
        rows = self._erp.read_reflected(since)
        found = sort_rows(rows, with_requester=self._ledger.with_requester()).payments
        both = {one.key for one in found} & listed.keys()
        if len(both) > SAME_TAB * len(listed):
            raise ErpChanged(
                f"reading the payments: {len(both)} of {len(listed)} rows stand under both tabs. The list did not "
                "change to the tab that was asked for; nothing was posted"
            )
        return found

    def _gone(self, listed: Mapping[str, Payment]) -> Mapping[object, Sequence[Payment]]:
        """Return posted payments that left the list before their time: an edited row comes back as a new one.

        By time and by approval number: of a row that differs in one field only, one of the two is as it was.
        """
        since = self._now() - WINDOW + timedelta(days=1)
        found: dict[object, list[Payment]] = {}
        for entry in self._ledger.posted_since(since):
            if entry.payment.key not in listed:
                found.setdefault(entry.payment.time, []).append(entry.payment)
                found.setdefault(entry.payment.approval_no, []).append(entry.payment)
        return found

    def _decide_one(
        self, entry: Entry, *, by_hand: Mapping[Same, set[Kind]], gone: Mapping[object, Sequence[Payment]]
    ) -> None:
        payment = entry.payment
        if payment.kind is Kind.APPROVAL:
            if Kind.APPROVAL in by_hand.get(same(payment), ()):
                self._exclude(payment, "reflected by hand")
            elif not payment.number:
                if entry.first_cycle != self._cycle:
                    self._hold(payment, "approved, but without an approval number")
            elif like := self._edited_from(payment, gone, by_hand):
                why = f"differs only in {nearly(payment, like)} from {like.key}, which was posted and left the list"
                self._hold(payment, why)
            return
        if entry.approval_key is not None:
            return
        known = self._ledger.alike(payment.payer, payment.amount)
        taken = {one.approval_key for one in known if one.approval_key}
        free = [one.payment for one in known if one.payment.key not in taken]
        approval = approval_of(payment, free, by_payer=self._rules.match_new_number)
        if approval is None:
            self._hold(payment, "a cancellation whose approval is not known")
            return
        self._ledger.link(payment.key, approval.key)

    @staticmethod
    def _edited_from(
        payment: Payment, gone: Mapping[object, Sequence[Payment]], by_hand: Collection[Same]
    ) -> Payment | None:
        """Return the posted payment that this new row may be an edited form of, or None."""
        like = (*gone.get(payment.time, ()), *gone.get(payment.approval_no, ()))
        return next((one for one in like if nearly(payment, one) and same(one) not in by_hand), None)

    def _decide_gone(self, listed: Mapping[str, Payment], reflected: Sequence[Payment]) -> None:
        """Payments that were seen, never posted, and are no longer listed: say why, or hold them."""
        for entry in self._ledger.in_state(State.SEEN):
            payment = entry.payment
            if payment.key in listed or entry.cleared:
                continue
            turned = self._turned(payment, listed.values())
            if any(matches(payment, one) and one.kind is payment.kind for one in reflected):
                self._exclude(payment, "reflected by hand")
            elif turned is not None:
                self._exclude(payment, "cancelled before it was posted")
                cancelling = self._ledger.entry(turned.key)
                if cancelling is not None and cancelling.state is State.SEEN and not cancelling.excluded:
                    self._exclude(turned, "takes back an approval that was never posted")
            elif not payment.number and self._came_back(payment, listed):
                self._exclude(payment, "listed again with its approval number")
            else:
                self._hold(payment, "left the list before it was posted")

    @staticmethod
    def _came_back(payment: Payment, listed: Mapping[str, Payment]) -> bool:
        """True when a row without an approval number is listed again with one."""
        fields = (payment.time, payment.payer, payment.amount, payment.kind)
        return any((one.time, one.payer, one.amount, one.kind) == fields for one in listed.values())

    def _exclude(self, payment: Payment, why: str) -> None:
        self._ledger.exclude(payment.key, why, at=self._now())
        self.figures.excluded[why] = self.figures.excluded.get(why, 0) + 1
        log.info("payment %s needs no deposit: %s", payment.key, why)

    def _hold(self, payment: Payment, why: str) -> None:
        self._ledger.move(payment.key, State.SEEN, State.HELD, at=self._now(), by="worker", why=why)
        log.error("payment %s is held for a person (daybreak resolve): %s", payment.key, why)

    # --- posting ---------------------------------------------------------------------------------------------------

    def _post(self, payments: Sorted) -> None:
        """Post round after round until nothing is left that may be posted; what is sent is settled in any case.

        A round holds the batches that can go out now, ROUND at most; cancellations come in the round after their
        approvals.
        """
        if why := self._why_no_posting():
            raise NotAdopted(f"nothing is posted: {why}")
        listed = {one.key for one in payments.payments}
        rows = self._rules.batch_rows
        goes_on = True
        left = self._rules.most
        while goes_on and (ready := self._ready(listed)[:left]):
            self.figures.ready = self.figures.sent + len(ready)
            sent: list[tuple[int, Sequence[Deposit], Answer]] = []
            try:
                for start in range(0, min(len(ready), ROUND * rows), rows):
                    deposits = self._deposits(ready[start : start + rows])
                    answered = self._post_batch(deposits) if deposits else None
                    left = left - len(deposits) if left is not None else None
                    if answered is None:
                        goes_on = not deposits
                        break
                    sent.append((answered[0], deposits, answered[1]))
            finally:
                self._settle(sent)
        self.figures.waiting = sum(entry.payment.key in listed for entry in self._ledger.in_state(State.SEEN))

    def _ready(self, listed: set[str]) -> list[Payment]:
        """Return what can go out now, oldest first. A cancellation comes only after its approval was posted."""
        candidates = [
            entry for entry in self._ledger.in_state(State.SEEN) if entry.payment.key in listed or entry.cleared
        ]
        approvals = self._ledger.entries({entry.approval_key for entry in candidates if entry.approval_key})
        ready = []
        for entry in candidates:
            if entry.cleared:
                pass  # a person said so
            elif entry.payment.kind is Kind.CANCELLATION:
                approval = approvals.get(entry.approval_key or "")
                if approval is None:
                    continue
                if approval.excluded and approval.excluded != BEFORE_ADOPTION:
                    self._hold(entry.payment, f"its approval {approval.payment.key} was {approval.excluded}")
                    continue
                if approval.state is not State.POSTED and not approval.excluded:
                    continue
            elif not entry.payment.number:
                continue
            ready.append(entry.payment)
        return ready

    def _deposits(self, payments: Sequence[Payment]) -> list[Deposit]:
        """Return the deposits of those that still wait: somebody may have decided otherwise since they were ready."""
        now = self._ledger.entries({one.key for one in payments})
        return [
            deposit_of(
                one,
                account_card=self._rules.card_account,
                account_code=self._rules.account_code,
                with_key=self._rules.remark_key,
            )
            for one in payments
            if now[one.key].state is State.SEEN and not now[one.key].excluded
        ]

    def _post_batch(self, deposits: Sequence[Deposit]) -> tuple[int, Answer] | None:
        """Send one batch; return its number and the answer, or None when no further one makes sense in this cycle."""
        step = f"a batch of {len(deposits)}{progress(self.figures, len(deposits))}"
        self._pulse(Phase.UPLOADING, step, self._rules.list_s)
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
                raise SaveBlocked(f"saving batch {batch}: {why}. Nothing was sent")
            if len(released) == 1:  # a save may take several requests: from the first one on, the batch is out
                self._ledger.mark_sent(batch, at=self._now())
                sent.enter_context(self._finishing())

        self.figures.batches += 1
        try:
            with ExitStack() as sent:
                answer = self._erp.upload(deposits, arm=arm, release=release)
        except DepositInDoubt as error:
            outcomes = {one.key: (State.IN_DOUBT, str(error)) for one in deposits}
            self._write_down(batch, deposits, outcomes, answer=str(error))
            return None
        except BaseException as error:
            # Certainly not sent; should the ledger know better, it refuses this move and the rows become in doubt.
            log.warning("batch %s was not sent: %s", batch, error)
            self._ledger.take_back(batch, at=self._now(), why=f"not sent: {error}")
            raise
        if isinstance(answer, NotSent):
            self._ledger.take_back(batch, at=self._now(), why=answer.why)
            self.figures.not_sent += len(deposits)
            log.info("batch %s of %s deposits was not sent: %s", batch, len(deposits), answer.why)
            return None
        self.figures.sent += len(deposits)
        return batch, answer

    def _settle(self, sent: Sequence[tuple[int, Sequence[Deposit], Answer]]) -> None:
        """Write down what became of each row: what the ERP said, checked against its own list where it can be read."""
        if sent:
            with self._finishing():
                self._settle_sent(sent)

    def _settle_sent(self, sent: Sequence[tuple[int, Sequence[Deposit], Answer]]) -> None:
        self._pulse(Phase.SETTLING, f"{len(sent)} batches", 2 * self._rules.list_s, stoppable=False)
        all_outcomes = [outcomes_of(deposits, answer) for _, deposits, answer in sent]
        told = {key: state for outcomes in all_outcomes for key, (state, _) in outcomes.items()}
        confirmed = [key for key, state in told.items() if state is State.POSTED]
        refused = [key for key, state in told.items() if state is State.REJECTED]
        slips: Mapping[str, Sequence[str]] | None = None
        problem: ErpError | None = None
        if self._rules.can_look_up and (confirmed or refused):
            older = self._ledger.confirmed_before(min(batch for batch, _, _ in sent))
            try:
                slips = self._erp.look_up([*confirmed, *refused], self._now() - timedelta(hours=1), older=older)
            except ErpError as error:
                problem = error
                log.warning("what the ERP confirmed could not be checked in its list: %s", error)
        for (batch, deposits, answer), outcomes in zip(sent, all_outcomes, strict=True):
            for key, (state, _) in outcomes.items():
                if state is State.POSTED and problem is not None:
                    outcomes[key] = (State.IN_DOUBT, "the ERP confirmed it, but its list could not be read")
                elif state is State.POSTED and slips is not None and key not in slips:
                    outcomes[key] = (State.IN_DOUBT, "the ERP confirmed it, but its list does not show it")
                elif state is State.REJECTED and slips is not None and key in slips:
                    outcomes[key] = (State.POSTED, "the ERP refused it, but its list shows it")
            self._write_down(batch, deposits, outcomes, answer=answer.text, slips=slips)
        for key, numbers in (slips or {}).items():
            self._note_twice(key, numbers)
        if problem is not None:
            raise problem

    def _write_down(
        self,
        batch: int,
        deposits: Sequence[Deposit],
        outcomes: Mapping[str, tuple[State, str]],
        *,
        answer: str,
        slips: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        numbers = {key: ", ".join(found) for key, found in (slips or {}).items()}
        self._ledger.settle(batch, outcomes, slips=numbers, at=self._now(), answer=answer)
        counts = Counter(state for state, _ in outcomes.values())
        self.figures.posted += counts[State.POSTED]
        self.figures.rejected += counts[State.REJECTED]
        self.figures.in_doubt += counts[State.IN_DOUBT]
        self.figures.won += sum(one.amount for one in deposits if outcomes[one.key][0] is State.POSTED)
        words = ", ".join(f"{count} {state}" for state, count in sorted(counts.items()))
        if counts[State.POSTED] == len(deposits):
            log.info("batch %s of %s deposits: %s", batch, len(deposits), words)
            return
        whys = sorted({why for state, why in outcomes.values() if state is not State.POSTED})
        log.error("batch %s of %s deposits: %s: %s", batch, len(deposits), words, "; ".join(whys)[:1000])

    def _note_twice(self, key: str, numbers: Sequence[str]) -> None:
        """Report a deposit that the ERP holds more than once: its own doing, and a person must take one away."""
        if len(numbers) < 2:
            return
        what = f"deposit {key} stands in the ERP {len(numbers)} times: {', '.join(numbers)}"
        log.error("%s. Take the extra ones away by hand", what)
        self._ledger.tell("stored twice", what, facts={"key": key}, at=self._now())

    # --- proof -----------------------------------------------------------------------------------------------------

    def _prove(self, payments: Sorted) -> None:
        """Compare what the page showed with what the ledger says became of it, in count and in won."""
        seen = (len(payments.payments), sum(one.won for one in payments.payments))
        parts = self._ledger.proof(self._cycle)
        total = (sum(count for count, _ in parts.values()), sum(won for _, won in parts.values()))
        if total != seen:
            what = f"the page showed {seen[0]} payments, {seen[1]} won; the ledger has {total[0]}, {total[1]} won"
            log.error("the proof of cycle %s fails: %s", self._cycle, what)
            self._ledger.tell("proof", what, facts={"cycle": self._cycle, "parts": parts}, at=self._now())
            raise ProofFailed(f"proving the cycle: {what}")
        log.info(
            "cycle %s is proved: %s payments of %s won = %s",
            self._cycle,
            *seen,
            ", ".join(f"{count} {what}" for what, (count, _) in sorted(parts.items())) or "none",
        )


def progress(figures: Figures, batch: int) -> str:
    """Return how far the posting is, to be said with a step, where it takes more than one batch; else nothing."""
    return f" ({figures.sent:,} of {figures.ready:,} are sent)" if figures.ready > batch else ""


def outcomes_of(deposits: Sequence[Deposit], answer: Answer) -> dict[str, tuple[State, str]]:
    """Say what became of each deposit. Believes only counts that add up and reasons that name every refused row."""
    if answer.success == len(deposits) and answer.failure == 0:
        return {one.key: (State.POSTED, "the ERP confirmed it") for one in deposits}
    adds_up = answer.success + answer.failure == len(deposits)
    names_all = len(answer.reasons) == answer.failure and all(0 <= row < len(deposits) for row in answer.reasons)
    if not adds_up or not names_all or not answer.failure:
        why = f"of {len(deposits)} the ERP counted {answer.success} stored and {answer.failure} refused: {answer.text}"
        return {one.key: (State.IN_DOUBT, why) for one in deposits}
    return {
        one.key: (State.REJECTED, f"the ERP refused it: {answer.reasons[number]}")
        if number in answer.reasons
        else (State.POSTED, "the ERP confirmed it")
        for number, one in enumerate(deposits)
    }
