"""A reading judged, and written down with what it decides."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NoReturn

from worker.errors import ErpChanged, IllegalMove, ListDoubted
from worker.i18n import message
from worker.ledger.readings import Act, Reading
from worker.ledger.state import State
from worker.payments.payment import WINDOW, ListRow, ParsedList, PaymentKind, parse_rows
from worker.posting import comparison, list_question
from worker.posting.brakes import Question
from worker.posting.decide import decide
from worker.posting.decision import Decision
from worker.posting.list_reader import ListReader
from worker.posting.means import ERP_SAYS, Means, Part
from worker.posting.snapshot import Adoption, MoreNeeded, Snapshot, Tab, TabReading
from worker.runtime.heartbeat import Phase

log = logging.getLogger(__name__)


#: A share of rows found on both tabs above which we believe that we read the wrong tab.
SAME_TAB = 0.5


class Deciding(Part):
    """Gathers what the rules of judgement need, and keeps what they decide."""

    def __init__(self, means: Means, *, reader: ListReader) -> None:
        super().__init__(means)
        self._reader = reader

    def decide(self, payments: ParsedList) -> Decision:
        """Judge the reading and write down what it decides, in one step; a list that is not believed decides nothing.

        Raises ListDoubted with the question that a person is asked.
        """
        self._pulse(Phase.PLANNING, message("deciding"), self._list_s)
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

    def _judge(self, payments: ParsedList, tabs: dict[Tab, TabReading]) -> Decision:
        """Return what the rules say; the tabs that they need are read, each once as far back as is needed."""
        snapshot = self._snapshot(payments, tabs)
        while True:
            try:
                return decide(snapshot)
            except MoreNeeded as more:
                deeper = _left(snapshot) if more.tab is Tab.REFLECTED else ()
                tabs[more.tab] = self._read_tab(more.tab, min([more.since, *deeper]), payments)
                self._pulse(Phase.PLANNING, message("deciding"), self._list_s)
                snapshot = replace(snapshot, tabs=dict(tabs))

    def _snapshot(self, payments: ParsedList, tabs: Mapping[Tab, TabReading]) -> Snapshot:
        ledger = self._ledger
        rows = (*payments.payments, *payments.failed)
        last = ledger.last_reading()
        # Other tabs show what left this one, as far back as the list keeps a row.
        reach = min(self._reader.read_at - WINDOW, payments.oldest or self._reader.read_at)
        return Snapshot(
            open=payments,
            listed=self.figures.listed,
            tabs=dict(tabs),
            entries=(entries := ledger.known(
                since=reach,
                numbers={one.number for one in rows},
                like={(one.payer, one.amount) for one in payments.payments if one.kind is PaymentKind.CANCELLATION},
            )),
            reach=reach,
            left=tuple(ledger.entries(last.keys).values()) if last is not None and not self.figures.listed else (),
            pairings=ledger.pairings(entries),
            by_hand=self._by_hand(),
            last=last,
            adoption=Adoption(
                until=ledger.adopted_until(),
                recorded=ledger.recorded_times(),
                requested=ledger.asked_before_adoption(),
                is_fresh=ledger.is_fresh_adoption(),
            ),
            answer=ledger.brake_answer(self._now()),
            cycle=self._cycle,
            now=self._now(),
            rules=self._rules,
        )  # fmt: skip

    def _by_hand(self) -> frozenset[str]:
        """Return the approvals that count as posted although the ledger never sent them."""
        if self._rules.shadows:
            return self._ledger.would_be_posted()
        return comparison.posted_by_hand(self._ledger.own_deposits(), self._ledger.hand_deposits())

    def _read_tab(self, tab: Tab, since: datetime, payments: ParsedList) -> TabReading:
        """Read a tab back to a time, for a rule that needs it."""
        if tab is Tab.REFLECTED:
            self._pulse(Phase.READING, message("reading what was reflected by hand"), ERP_SAYS)
            rows: Sequence[ListRow] | None = self._erp.read_reflected(since)
        elif tab is Tab.FORCED:
            self._pulse(Phase.READING, message("reading what was reflected without a deposit"), ERP_SAYS)
            rows = self._erp.read_forced(since)
        else:
            self._pulse(Phase.READING, message("reading all payments"), ERP_SAYS)
            rows = self._erp.read_all(since)
        found = parse_rows(rows) if rows is not None else None
        if tab is Tab.REFLECTED and found is not None:
            self._demand_another_tab(found, payments)
        return TabReading(rows=found, since=since)

    @staticmethod
    def _demand_another_tab(found: ParsedList, payments: ParsedList) -> None:
        """Raise ErpChanged when 회계반영 shows what 미반영 shows: then the list did not change to it."""
        both = sum((found.counts & payments.counts).values())
        if both > SAME_TAB * len(payments.payments):
            raise ErpChanged(
                message(
                    "reading the payments: {both} of {count} rows stand under both tabs. The list did not change to "
                    "the tab that was asked for; nothing was posted",
                    both=both,
                    count=len(payments.payments),
                )
            )

    def _reading(self, payments: ParsedList, decision: Decision) -> Reading:
        """Return the reading as it is written down. Requests of before an adoption's time stay news."""
        until = self._ledger.adopted_until()
        return Reading(
            cycle=self._cycle,
            at=self._reader.read_at,
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


def _left(snapshot: Snapshot) -> Iterator[datetime]:
    """Yield the seconds of what the last reading held and this one lacks: a later rule asks for it, so it is read too.

    What is older than the oldest open row has left the list in its time.
    """
    oldest, counts = snapshot.open.oldest, snapshot.open.counts
    if snapshot.last is None or oldest is None:
        return
    for key in snapshot.last.keys:
        entry = snapshot.entries.get(key)
        if entry is not None and oldest <= entry.payment.time and not counts[entry.payment.identity]:
            yield entry.payment.time
