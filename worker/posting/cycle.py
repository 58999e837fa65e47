"""One cycle: sign in, settle doubts by proof, read, decide, post batch by batch, prove the sums.

The ledger says `armed` before the ERP hears of a save and `sent` before the request leaves. What each error means for
the rows is decided here and nowhere else.
"""

import json
import logging
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import NoReturn, Protocol

from worker.erp import Answer, Erp, Listing, NotSent
from worker.errors import (
    AgeUnproved,
    DepositInDoubt,
    EndUnproved,
    ErpChanged,
    ErpError,
    IllegalMove,
    LedgerError,
    ListDoubted,
    NotAdopted,
    ProofFailed,
    SaveBlocked,
    SettingsRefused,
)
from worker.i18n import Message, message
from worker.ledger.doubts import Doubt
from worker.ledger.entry import BEFORE_ADOPTION, Entry
from worker.ledger.ledger import Ledger
from worker.ledger.readings import Act, Reading
from worker.ledger.state import State
from worker.payments.payment import KST, Deposit, Kind, Payment, Row, Sorted, deposit_of, sort_rows
from worker.payments.why import approval_excluded
from worker.posting import absence, list_question, refused, unknown_slips
from worker.posting.brakes import Question
from worker.posting.chains import chain_of, chains
from worker.posting.day_watch import news
from worker.posting.decide import Decision, decide
from worker.posting.refused import Accounts, Group, Refusal
from worker.posting.snapshot import Adoption, Judgement, MoreNeeded, Snapshot, Tab, TabReading
from worker.runtime.heartbeat import Phase

log = logging.getLogger(__name__)

#: Seconds promised before the ERP is asked to read or look up: it says itself at once what its own steps may take.
ERP_SAYS = 0.0

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
    #: An approval that is first listed as 취소 is silently left out.
    skip_first_cancelled: bool = False
    settle: timedelta
    list_s: float
    #: What is beyond these is held: see worker/posting/limits.py.
    most_won: int = 100_000_000
    most_ahead: timedelta = timedelta(hours=24)
    #: A day above so many times the highest before is told; 0: never.
    day_times: int = 3


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
        erp_ahead: Callable[[], float] = lambda: 0.0,
    ) -> None:
        """Both questions return a reason or an empty text: may this ledger post, is this worker still the one that may.

        In a block of `finishing` no step raises StopRequested: from sent to settled nobody stops a batch.

        `figures` is filled as the cycle goes on, so that a failed one has told what it did.
        `erp_ahead` returns the ERP's clock less ours (seconds), as far as it is known.
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
        self._erp_ahead = erp_ahead
        self._read_at = now()
        self.figures = figures

    def run(self) -> None:
        """Run the cycle after sign-in. Whatever it raises, the ledger holds what was done until then."""
        self._mend()
        self._settle_doubts()
        payments = self._read()
        decision = self._decide(payments)
        self._prove_age()
        self._watch_the_day()
        self._post(decision)
        self._prove(payments, decision)

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
        self._pulse(Phase.SETTLING, f"looking up batch {doubt.batch}", ERP_SAYS)
        listing = self._erp.look_up(doubt.keys, None, older=self._ledger.confirmed_before(doubt.batch))
        self._pulse(Phase.SETTLING, f"writing down what became of batch {doubt.batch}", self._rules.list_s)
        missing = [key for key in doubt.keys if key not in listing.found]
        for key, slips in listing.found.items():
            why = f"found in the deposit list as {', '.join(slips)}"
            self._ledger.move(
                key, State.IN_DOUBT, State.POSTED, at=self._now(), by="look-up", why=why, slip=", ".join(slips)
            )
            self.figures.resolved += 1
            log.info("deposit %s was posted after all: %s", key, why)
            self._note_twice(key, slips)
        self._compare(listing)
        if not missing:
            return
        self._demand_evidence(listing, missing, until=doubt.sent_at)
        if doubt.missing != len(missing):
            self._ledger.note_look_up(doubt.batch, missing=len(missing), at=self._now())
            log.info("batch %s: %s deposits not found; a second look-up will decide", doubt.batch, len(missing))
            return
        for key in missing:
            why = "two look-ups did not find it: it was not stored"
            self._ledger.move(key, State.IN_DOUBT, State.SEEN, at=self._now(), by="look-up", why=why)
            self.figures.resolved += 1
            log.info("deposit %s was not posted: %s", key, why)

    def _demand_evidence(self, listing: Listing, missing: Collection[str], *, until: datetime) -> None:
        """Raise EndUnproved unless what a whole list does not show is certainly not there. `until`: see absence."""
        if why := self._why_unproved(listing, missing, until=until):
            raise EndUnproved(why)

    def _why_unproved(self, listing: Listing, missing: Collection[str], *, until: datetime) -> Message | None:
        return absence.why_unproved(
            listing,
            days={one.payment.time.astimezone(KST).date() for one in self._ledger.entries(missing).values()},
            until=self._by_the_erp(until).astimezone(KST).date(),
            confirmed=lambda day: [
                absence.Confirmed(key=key, day=dated, entered_on=entered_on)
                for key, dated, entered_on in self._ledger.newest_confirmed(day, most=absence.WITNESSES)
            ],
        )

    def _by_the_erp(self, time: datetime) -> datetime:
        """Return a time of the past by the ERP's clock. Where ours is fast, none of it lies after the ERP's now."""
        ahead = timedelta(seconds=self._erp_ahead())
        return time + ahead if ahead >= timedelta(0) else min(time, self._now() + ahead)

    def _compare(self, listing: Listing, *, explained_until: datetime | None = None) -> None:
        """Hold what a look-up has shown against the ledger, see worker.posting.unknown_slips."""
        self.figures.resolved += unknown_slips.compare(
            self._ledger, listing.slips, at=self._now(), explained_until=explained_until
        )

    def _demand_no_unknown_slip(self) -> None:
        """Raise LedgerError while the ERP holds deposits of our form that the ledger does not know."""
        if why := self._ledger.why_unknown_slips():
            raise LedgerError(why)

    # --- reading and deciding --------------------------------------------------------------------------------------

    def _read(self) -> Sorted:
        self._pulse(Phase.READING, "reading the payments", ERP_SAYS)
        # Rows are dated by the ERP's clock. With a clock of ours that is slow, what was listed long ago would be news.
        self._read_at = self._now() + timedelta(seconds=max(0.0, self._erp_ahead()))
        rows = self._erp.read_open(self._holds_the_last_reading)
        payments = sort_rows(rows)
        odd = [(json.dumps(asdict(one.row), ensure_ascii=False), one.why) for one in payments.oddities]
        for row, odd_why in self._ledger.note_oddities(odd, cycle=self._cycle, at=self._now()):
            log.error("a row that no rule covers is held for a person: %s: %s", odd_why, row)
        self.figures.listed = len(rows)
        self.figures.ignored = dict(payments.ignored)
        self.figures.odd = len(odd)
        self._watch_the_gap(len(rows))
        return payments

    def _holds_the_last_reading(self, rows: Sequence[Row]) -> bool:
        """True when all that the last complete reading held is still listed, or has left in a way that is known.

        Then the list is whole: new payments come at its other end.
        """
        last = self._ledger.entries(self._ledger.keys_listed_last())
        found = sort_rows(rows)
        places = {(one.time, one.amount, one.number or one.payer) for one in (*found.payments, *found.failed)}
        oldest = self._now().astimezone(KST).replace(hour=0, minute=0, second=0, microsecond=0) - WINDOW
        left = [
            entry.payment
            for entry in last.values()
            if entry.payment.time >= oldest
            and (entry.payment.time, entry.payment.amount, entry.payment.number or entry.payment.payer) not in places
        ]
        if not last or not left:
            return bool(last)
        reflected = sort_rows(self._erp.read_reflected(min(one.time for one in left))).counts
        return all(one.number and reflected[one.identity] for one in left)

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

    def _watch_the_day(self) -> None:
        """Tell somebody of a day that is far above every day before, once; it is posted like any other."""
        rules = self._rules
        for _, what in news(self._ledger, now=self._now(), most_won=rules.most_won, times=rules.day_times):
            self._tell("large day", what)

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
        elif self._rules.posts and can_prove and not self._why_no_posting() and (why := self._ledger.why_unproved()):
            self._prove_this_life(why)
        for key in self._ledger.hold_what_replaced_knows(at=self._now()):
            log.error("payment %s is held for a person (daybreak resolve): the replaced ledger had settled it", key)
        self._demand_no_unknown_slip()

    def _prove_this_life(self, why: str) -> None:
        """After a start of the machine, or a jump of its clock: show that what waits is not posted already.

        One look-up that finds nothing shows it: what an earlier life sent had time to be stored before the cycle began.
        One that finds something shows that the machine was taken back to a snapshot: the ledger is older then.
        """
        entries = self._ledger.in_state(State.SEEN, State.HELD, State.REJECTED)
        waiting = [entry.payment.key for entry in entries]
        if not waiting:
            return
        self._pulse(Phase.SETTLING, "looking up what waits, once after a start of the machine", ERP_SAYS)
        listing = self._erp.look_up(waiting, None, older=self._ledger.confirmed_before(None))
        found = listing.found
        if not found:
            self._compare(listing)
            to_post = [entry.payment.key for entry in entries if entry.state is State.SEEN]
            self._demand_evidence(listing, to_post, until=self._now())
            self._ledger.note_proved()
            log.info("%s: %s payments wait and are not in the ERP's list", why, len(waiting))
            return
        self._ledger.mark_older(
            message(
                "{why}, and {count} payments that wait here are in the ERP's list. So the machine, or DATA_DIR, was "
                "taken back to a copy of an earlier time",
                why=why,
                count=len(found),
            )
        )
        self._look_up_what_waits()

    def _look_up_what_waits(self) -> None:
        entries = self._ledger.in_state(State.SEEN, State.HELD, State.REJECTED, State.IN_DOUBT)
        waiting = {entry.payment.key: entry.state for entry in entries}
        self._pulse(Phase.SETTLING, "looking up what an older ledger does not know", ERP_SAYS)
        listing = self._erp.look_up(list(waiting), None, older=self._ledger.confirmed_before(None))
        self._pulse(Phase.SETTLING, "writing down what an older ledger did not know", 2 * self._rules.list_s)
        found = listing.found
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
        self._compare(listing, explained_until=self._now())
        # What is held, refused or in doubt is not posted by that: it has a proof, or a person, of its own.
        to_post = [key for key, state in waiting.items() if state is State.SEEN and key not in found]
        self._demand_evidence(listing, to_post, until=self._now())
        before_this = self._ledger.older_looked_up()
        age = self._now() - before_this[1] if before_this is not None else timedelta(0)
        if before_this is not None and not found and age >= self._rules.settle:
            self._ledger.no_longer_older(at=self._now(), waiting=len(waiting))
            log.info("the restored ledger is proved: %s payments are not in the ERP's list and wait", len(waiting))
        elif before_this is None or found or age < timedelta(0):  # a clock that was set back begins anew
            self._ledger.note_older_looked_up(found=len(found), at=self._now())

    def _decide(self, payments: Sorted) -> Decision:
        """Judge the reading and write down what it decides, in one step; a list that is not believed decides nothing.

        Raises ListDoubted with the question that a person is asked.
        """
        self._pulse(Phase.PLANNING, "deciding", self._rules.list_s)
        tabs: dict[Tab, TabReading] = {}
        for is_last in (False, False, True):
            decision = self._judge(payments, tabs)
            if decision.question is not None:
                self._doubt(decision.question)
            try:
                self._ledger.judge(decision.steps, self._reading(payments, decision), at=self._now())
            except IllegalMove:
                # A person settled one of these payments meanwhile.
                if is_last:
                    raise
                continue
            break
        self._tell_steps(decision)
        self.figures.new = len(decision.fresh)
        self.figures.held = len(self._ledger.in_state(State.HELD))
        counts = (self.figures.listed, len(decision.listed), self.figures.new)
        log.info("read %s rows: %s payments, %s new", *counts)
        return decision

    def _judge(self, payments: Sorted, tabs: dict[Tab, TabReading]) -> Decision:
        """Return what the rules say; the tabs that they need are read, each once as far back as is needed."""
        snapshot = self._snapshot(payments, tabs)
        while True:
            try:
                return decide(snapshot)
            except MoreNeeded as more:
                tabs[more.tab] = self._read_tab(more.tab, more.since, payments)
                self._pulse(Phase.PLANNING, "deciding", self._rules.list_s)
                snapshot = replace(snapshot, tabs=dict(tabs))

    def _snapshot(self, payments: Sorted, tabs: Mapping[Tab, TabReading]) -> Snapshot:
        ledger = self._ledger
        rows = (*payments.payments, *payments.failed)
        last = ledger.last_reading()
        # Other tabs show what left this one, as far back as the list keeps a row.
        reach = min(self._read_at - WINDOW, payments.oldest or self._read_at)
        return Snapshot(
            open=payments,
            listed=self.figures.listed,
            tabs=dict(tabs),
            entries=(entries := ledger.known(
                since=reach,
                numbers={one.number for one in rows},
                like={(one.payer, one.amount) for one in payments.payments if one.kind is Kind.CANCELLATION},
            )),
            reach=reach,
            left=tuple(ledger.entries(last.keys).values()) if last is not None and not self.figures.listed else (),
            pairings=ledger.pairings(entries),
            last=last,
            adoption=Adoption(
                until=ledger.adopted_until(),
                recorded=ledger.recorded_times(),
                requested=ledger.asked_before_adoption(),
                is_fresh=ledger.is_fresh_adoption(),
            ),
            answer=ledger.brake_answer(),
            cycle=self._cycle,
            now=self._now(),
            rules=Judgement(
                match_new_number=self._rules.match_new_number,
                skip_first_cancelled=self._rules.skip_first_cancelled,
                most_won=self._rules.most_won,
                most_ahead=self._rules.most_ahead,
            ),
        )  # fmt: skip

    def _read_tab(self, tab: Tab, since: datetime, payments: Sorted) -> TabReading:
        """Read a tab back to a time, for a rule that needs it."""
        if tab is Tab.REFLECTED:
            self._pulse(Phase.READING, "reading what was reflected by hand", ERP_SAYS)
            rows: Sequence[Row] | None = self._erp.read_reflected(since)
            self._demand_another_tab(sort_rows(rows or ()), payments)
        elif tab is Tab.FORCED:
            self._pulse(Phase.READING, "reading what was reflected without a deposit", ERP_SAYS)
            rows = self._erp.read_forced(since)
        else:
            self._pulse(Phase.READING, "reading all payments", ERP_SAYS)
            rows = self._erp.read_all(since)
        return TabReading(rows=sort_rows(rows) if rows is not None else None, since=since)

    @staticmethod
    def _demand_another_tab(found: Sorted, payments: Sorted) -> None:
        """Raise ErpChanged when 회계반영 shows what 미반영 shows: then the list did not change to it."""
        both = sum((found.counts & payments.counts).values())
        if both > SAME_TAB * len(payments.payments):
            raise ErpChanged(
                f"reading the payments: {both} of {len(payments.payments)} rows stand under both tabs. The list did "
                "not change to the tab that was asked for; nothing was posted"
            )

    def _reading(self, payments: Sorted, decision: Decision) -> Reading:
        """Return the reading as it is written down. Requests of before an adoption's time stay news."""
        until = self._ledger.adopted_until()
        return Reading(
            cycle=self._cycle,
            at=self._read_at,
            rows=self.figures.listed,
            keys=tuple(decision.listed),
            requested=payments.requested,
            deferred=[one.identity for one in decision.deferred],
            reflected_at=self._now() if decision.read_reflected else None,
            asked_before=[one for one in payments.requested if until is not None and one[0] <= until],
        )

    def _doubt(self, question: Question) -> NoReturn:
        list_question.note(self._ledger, question)
        raise ListDoubted(list_question.said(question.text))

    def _tell_steps(self, decision: Decision) -> None:
        """Log what was decided, and count what needs no deposit."""
        for step in decision.steps:
            if step.act is Act.EXCLUDE:
                self.figures.excluded[str(step.why)] = self.figures.excluded.get(str(step.why), 0) + 1
                log.info("payment %s needs no deposit: %s", step.key, step.why)
            elif step.act in (Act.HOLD, Act.CONTRADICT):
                log.error("payment %s is held for a person (daybreak resolve): %s", step.key, step.why)
            elif step.act is Act.RELEASE:
                log.info("payment %s is held no more: %s", step.key, step.why)
            elif step.act is Act.FORM:
                log.info("payment %s: %s", step.key, step.why)

    def _hold(self, payment: Payment, said: Message) -> None:
        self._ledger.move(payment.key, State.SEEN, State.HELD, at=self._now(), by="worker", why=said)
        log.error("payment %s is held for a person (daybreak resolve): %s", payment.key, said)

    # --- posting ---------------------------------------------------------------------------------------------------

    def _post(self, decision: Decision) -> None:
        """Post round after round until nothing is left that may be posted; what is sent is settled in any case.

        A round holds the batches that can go out now, ROUND at most; cancellations come in the round after their
        approvals.
        """
        self._ledger.demand_whole(list(decision.listed), self._now() - WINDOW)
        if why := self._why_no_posting():
            can_prove = self._rules.can_look_up and not self._ledger.older_is_blind()
            said = message("nothing is posted: {why}", why=why)
            raise AgeUnproved(said) if can_prove and why == self._ledger.why_older() else NotAdopted(said)
        self._demand_mended()
        listed = set(decision.listed)
        rows = self._rules.batch_rows
        goes_on = True
        left = self._rules.most
        #: Keys that were sent again by themselves: a further round of this cycle leaves them alone.
        narrowed: set[str] = set()
        while goes_on and (ready := [one for one in self._ready(listed) if one.key not in narrowed][:left]):
            self.figures.ready = self.figures.sent + len(ready)
            sent: list[tuple[int, Sequence[Deposit], Answer]] = []
            groups: Sequence[Group] = ()
            try:
                for start in range(0, min(len(ready), ROUND * rows), rows):
                    deposits = self._deposits(ready[start : start + rows])
                    answered = self._post_batch(deposits) if deposits else None
                    left = left - len(deposits) if left is not None else None
                    if answered is None:
                        goes_on = not deposits
                        break
                    sent.append((answered[0], deposits, answered[1]))
                    if refused.is_suspect(deposits, answered[1]):
                        break  # what follows would be refused as well
            finally:
                groups = self._settle(sent)
            for group in groups if goes_on else ():
                narrowed |= {one.key for one in group.deposits}
                goes_on = goes_on and self._narrow(group)
        if self.figures.posted:
            refused.note_stored(self._ledger)
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
                if approval.excluded and approval.excluded != BEFORE_ADOPTION and not self._is_posted(approval):
                    self._hold(entry.payment, approval_excluded(approval.payment.key, approval.excluded))
                    continue
                if approval.state is not State.POSTED and not approval.excluded:
                    continue
            elif not entry.payment.number:
                continue
            ready.append(entry.payment)
        return ready

    def _is_posted(self, approval: Entry) -> bool:
        """True when one of the forms of an approval was posted."""
        forms = chain_of(approval.payment.key, chains(self._ledger.pairings((approval.payment.key,))))
        return any(one.state is State.POSTED for one in self._ledger.entries(forms).values())

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

    def _demand_mended(self) -> None:
        """Raise SettingsRefused while the ERP refuses every row for one reason; a changed setting ends that."""
        if not self._rules.posts or (refusal := refused.read(self._ledger)) is None:
            return
        if refusal.accounts != self._accounts():
            log.info("the settings of the accounts have changed since the ERP refused batch %s whole", refusal.batch)
            refused.end(self._ledger)
            return
        raise SettingsRefused(refusal.said(len(self._ledger.in_state(State.SEEN))))

    def _accounts(self) -> Accounts:
        rules = self._rules
        return Accounts(account_card=rules.card_account, account_code=rules.account_code, remark_key=rules.remark_key)

    def _narrow(self, group: Group) -> bool:
        """Send the first row of a refused group alone, then halves of the rest; return False when no more may be sent.

        Raises SettingsRefused when that row is refused for the reason that the whole group was: all of it waits then.
        """
        own = refused.rows_own(self._ledger)
        first, *rest = group.deposits
        ended = self._send_again([first], waits=lambda reason: group.blames_settings(reason, rows_own=own))
        if not ended.goes_on or not ended.refused:
            return ended.goes_on and self._halve(rest)
        refusal = Refusal(
            reason=ended.refused[0].reasons[0] or group.reasons[0],
            batch=ended.batch,
            at=self._now(),
            accounts=self._accounts(),
        )
        refused.write(self._ledger, refusal)
        raise SettingsRefused(refusal.said(len(self._ledger.in_state(State.SEEN))))

    def _halve(self, deposits: Sequence[Deposit]) -> bool:
        """Send rows in ever smaller batches until a refused one stands alone; return False when no more may be sent."""
        if not deposits:
            return True
        ended = self._send_again(deposits)
        if not ended.goes_on or not ended.refused:
            return ended.goes_on
        middle = len(deposits) // 2
        return self._halve(deposits[:middle]) and self._halve(deposits[middle:])

    def _send_again(self, deposits: Sequence[Deposit], *, waits: Callable[[str], bool] = lambda _: False) -> "_Again":
        """Send those of some refused rows that still wait, as one batch, and settle it at once.

        `waits(reason)`: a row that is refused alone for this reason waits on instead of being decided by a person.
        """
        now = self._ledger.entries({one.key for one in deposits})
        still = [one for one in deposits if now[one.key].state is State.SEEN and not now[one.key].excluded]
        if not still:
            return _Again(goes_on=True)
        answered = self._post_batch(still)
        if answered is None:
            return _Again(goes_on=False)
        batch, answer = answered
        return _Again(goes_on=True, batch=batch, refused=self._settle([(batch, still, answer)], waits=waits))

    def _settle(
        self,
        sent: Sequence[tuple[int, Sequence[Deposit], Answer]],
        *,
        waits: Callable[[str], bool] = lambda _: False,
    ) -> Sequence[Group]:
        """Write down what became of each row: what the ERP said, checked against its own list where it can be read.

        Returns the groups of rows that were refused and wait again.
        """
        if not sent:
            return ()
        with self._finishing():
            return self._settle_sent(sent, waits)

    def _settle_sent(
        self, sent: Sequence[tuple[int, Sequence[Deposit], Answer]], waits: Callable[[str], bool]
    ) -> Sequence[Group]:
        self._pulse(Phase.SETTLING, f"{len(sent)} batches", 2 * self._rules.list_s, stoppable=False)
        all_outcomes = [outcomes_of(deposits, answer) for _, deposits, answer in sent]
        told = {key: state for outcomes in all_outcomes for key, (state, _) in outcomes.items()}
        confirmed = [key for key, state in told.items() if state is State.POSTED]
        rejected = [key for key, state in told.items() if state is State.REJECTED]
        # Refused whole, without a reason for each row: the list must bear it out, or they stay in doubt.
        silent = [
            one.key
            for _, deposits, answer in sent
            for one in deposits
            if refused.is_whole(deposits, answer) and told[one.key] is State.IN_DOUBT
        ]
        listing: Listing | None = None
        slips: Mapping[str, Sequence[str]] | None = None
        why_unproved: Message | None = None
        problem: ErpError | None = None
        if self._rules.can_look_up and (confirmed or rejected or silent):
            older = self._ledger.confirmed_before(min(batch for batch, _, _ in sent))
            try:
                since = None if silent else self._by_the_erp(self._now()) - timedelta(hours=1)
                listing = self._erp.look_up([*confirmed, *rejected, *silent], since, older=older)
                slips = listing.found
                missing = [key for key in silent if key not in slips]
                why_unproved = self._why_unproved(listing, missing, until=self._now())
            except ErpError as error:
                problem = error
                log.warning("what the ERP confirmed could not be checked in its list: %s", error)
            self._pulse(Phase.SETTLING, f"writing down {len(sent)} batches", self._rules.list_s, stoppable=False)
        again: list[Group] = []
        for (batch, deposits, answer), outcomes in zip(sent, all_outcomes, strict=True):
            is_suspect = refused.is_suspect(deposits, answer)
            for key, (state, _) in outcomes.items():
                if state is State.POSTED and problem is not None:
                    outcomes[key] = (State.IN_DOUBT, "the ERP confirmed it, but its list could not be read")
                elif state is State.POSTED and slips is not None and key not in slips:
                    outcomes[key] = (State.IN_DOUBT, "the ERP confirmed it, but its list does not show it")
                elif state is State.REJECTED and slips is not None and key in slips:
                    outcomes[key] = (State.POSTED, "the ERP refused it, but its list shows it")
                elif state is State.REJECTED and problem is not None and is_suspect:
                    # A person would have to decide each; the next look-ups tell as well.
                    outcomes[key] = (State.IN_DOUBT, message("the ERP refused it, but its list could not be read"))
                elif key in silent and slips is not None and key in slips:
                    outcomes[key] = (State.POSTED, message("the ERP refused it, but its list shows it"))
                elif key in silent and why_unproved:
                    outcomes[key] = (State.IN_DOUBT, why_unproved)
                elif key in silent and slips is not None:
                    why = message("the ERP refused it without a reason, and its list does not show it")
                    outcomes[key] = (State.REJECTED, why)
            stayed = {key for key, (state, _) in outcomes.items() if state is State.REJECTED}
            groups = list(refused.groups(deposits, answer, stayed))
            if len(deposits) == 1 and stayed and waits(answer.reasons.get(0, "")):
                groups = [Group(deposits=tuple(deposits), reasons=(answer.reasons.get(0, ""),))]
            again += groups
            waiting = {one.key for group in groups for one in group.deposits}
            self._write_down(batch, deposits, outcomes, answer=answer.text, slips=slips, again=waiting)
        for key, numbers in (slips or {}).items():
            self._note_twice(key, numbers)
        if problem is not None:
            raise problem
        if listing is not None:
            self._compare(listing)
            self._demand_no_unknown_slip()
        return again

    def _write_down(
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

    def _note_twice(self, key: str, numbers: Sequence[str]) -> None:
        """Report a deposit that the ERP holds more than once: its own doing, and a person must take one away."""
        if len(numbers) < 2:
            return
        what = f"deposit {key} stands in the ERP {len(numbers)} times: {', '.join(numbers)}"
        log.error("%s. Take the extra ones away by hand", what)
        self._ledger.tell("stored twice", what, facts={"key": key}, at=self._now())

    # --- proof -----------------------------------------------------------------------------------------------------

    def _prove(self, payments: Sorted, decision: Decision) -> None:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Again:
    """What came of rows that were sent again."""

    #: False: no further batch makes sense in this cycle.
    goes_on: bool
    batch: int = 0
    #: The rows that were refused and wait again; empty when all of them are settled.
    refused: Sequence[Group] = ()


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
