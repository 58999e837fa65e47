"""A machine that thinks of histories: payments, faults, kills at any step, two workers, older ledgers, clocks set back.

Judged by the slips in the ERP's books alone: no payment twice by our doing, none lost. The same histories in every run;
`EXAMPLES=3000 pytest tests/unit/ledger/test_ledger_machine.py` thinks of that many new ones.
"""

import os
import shutil
import tempfile
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.fakes import BLIND, LIES, RULES, FakeClock, FakeErp, Fault, Killed, Listed, Worker, with_rules
from worker.errors import DaybreakError, SessionExpired
from worker.ledger.copies import restore
from worker.ledger.state import State

#: Where a ledger's many syncs cost nothing.
MEMORY = Path("/dev/shm")

#: Between these two steps the save is on its way, and nobody can call it back.
ON_ITS_WAY = ("after mark_sent", "sent")

#: A cycle that posts two batches has about 60 steps.
STEPS = st.integers(min_value=1, max_value=60)


#: What may become of a payment: nothing, a cancellation in its row or in a new one, a second one just like it.
AFTERWARDS = st.sampled_from(["", "A", "B", "twin"])

#: What leaves the worker without a clear and true answer.
UNCLEAR = [
    Fault.STORED_LATE, Fault.LOST_BEFORE, Fault.ONE_REFUSED, Fault.LIE, Fault.LOST_AFTER, Fault.NAMELESS,
]  # fmt: skip


class Kill:
    """Ends the worker at one step of the protocol; a killed worker does nothing more, whatever it still runs."""

    def __init__(self, at: int) -> None:
        self.left = at

    def __call__(self, step: str) -> None:
        self.left -= 1
        if self.left <= 0:
            raise Killed(step)


class Posting(RuleBasedStateMachine):
    """An ERP, a ledger, and one worker after the other, or two at once."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="daybreak-", dir=MEMORY if MEMORY.is_dir() else None))
        self.clock = FakeClock()
        self.erp = FakeErp(self.clock)
        self.chosen = RULES
        self.worker: Worker | None = None

    @initialize(batch_rows=st.sampled_from([1, 2, 50]), can_ask=st.sampled_from([True, True, False]))
    def begin(self, batch_rows: int, can_ask: bool) -> None:
        self.chosen = with_rules(RULES if can_ask else BLIND, batch_rows=batch_rows)
        self.worker = self.new_worker()
        self.worker.adopt()

    def new_worker(self) -> Worker:
        return Worker(self.folder, self.erp, self.clock, rules=self.chosen)

    def run(self) -> None:
        """Run a cycle; whatever has a name is the worker's business."""
        assert self.worker is not None
        with suppress(DaybreakError, RuntimeError):
            self.worker.run_cycle()

    def replace_worker(self) -> None:
        assert self.worker is not None
        self.worker.close()
        self.worker = self.new_worker()

    # --- what people do ----------------------------------------------------------------------------------------------

    @rule(count=st.integers(1, 3), then=AFTERWARDS)
    def pay(self, count: int, then: str) -> None:
        for _ in range(count):
            row = self.erp.approve(f"가게 {len(self.erp.rows)}")
        if then == "twin":
            self.erp.rows.append(replace(row))
        elif then:
            self.erp.cancel(row, model=then)

    @precondition(lambda self: self.erp.rows)
    @rule(data=st.data(), model=st.sampled_from("AB"))
    def cancel(self, data: st.DataObject, model: str) -> None:
        row = data.draw(st.sampled_from(self.erp.rows))
        if len(self.rows_of(row.payer)) == 1 and row.status == "승인":
            self.erp.cancel(row, model=model)

    @precondition(lambda self: self.erp.rows)
    @rule(data=st.data())
    def reflect_by_hand(self, data: st.DataObject) -> None:
        row = data.draw(st.sampled_from(self.erp.rows))
        if len(self.rows_of(row.payer)) == 1:
            row.is_reflected = True

    @rule(hours=st.sampled_from([-26, -1, 1, 26]))
    def set_the_clock(self, hours: int) -> None:
        self.clock.advance(hours=hours)
        if hours < 0:  # the ERP keeps its own time: what it stores later, it does not store sooner or later for that
            self.erp.late = [(due + timedelta(hours=hours), slips) for due, slips in self.erp.late]

    # --- what the worker does ----------------------------------------------------------------------------------------

    @rule(minutes=st.sampled_from([0.05, 0.5, 5, 30]), faults=st.lists(st.sampled_from(Fault), max_size=2))
    def cycle(self, minutes: float, faults: list[Fault]) -> None:
        self.clock.advance(minutes=minutes)
        self.erp.faults = self.possible(faults)
        self.run()
        self.erp.faults = []

    @rule(fault=st.sampled_from(UNCLEAR), then=AFTERWARDS)
    def hurry(self, fault: Fault, then: str) -> None:
        """After an unclear answer run cycles faster than the server settles: one look-up comes, no second one."""
        self.pay(count=2, then=then)
        self.cycle(minutes=5, faults=[fault])
        for _ in range(3):
            self.cycle(minutes=35 / 60, faults=[])

    @rule(step=st.sampled_from(["sign_in", "read_open", "read_reflected", "upload", "look_up"]))
    def expire(self, step: str) -> None:
        self.clock.advance(minutes=5)
        self.erp.fails = {step: SessionExpired(step)}
        self.run()
        self.erp.fails = {}

    @rule(step=STEPS, fault=st.sampled_from(Fault))
    def kill(self, step: int, fault: Fault) -> None:
        assert self.worker is not None
        self.clock.advance(seconds=10)
        self.erp.faults = self.possible([fault])
        self.worker.tap(Kill(step))
        with suppress(Killed):
            self.run()
        self.erp.faults = []
        self.replace_worker()

    @rule(step=STEPS)
    def take_over(self, step: int) -> None:
        """Freeze a worker at a step, let another one run, and thaw it: past the lock, only the ledger stands guard."""
        assert self.worker is not None
        old, new = self.worker, []
        left = step

        def freeze(name: str) -> None:
            nonlocal left
            left -= 1
            if left == 0:
                new.append(self.new_worker())
                self.worker = new[0]
                self.run()
                self.erp.tap = freeze
                if name in ON_ITS_WAY:
                    raise Killed("a new worker ends the old one's browser before it looks anything up")

        self.clock.advance(minutes=5)
        old.tap(freeze)
        with suppress(DaybreakError, Killed):
            old.run_cycle()
        old.tap(lambda _: None)
        if new:
            old.close()

    @rule(fault=st.sampled_from(Fault))
    def lose_the_ledger(self, fault: Fault) -> None:
        """Restore a backup from before a cycle."""
        assert self.worker is not None
        self.worker.ledger.back_up(self.folder / "backup.db")
        self.pay(count=1, then="")
        self.cycle(minutes=5, faults=[fault])
        self.worker.close()
        restore(self.folder / "backup.db", self.folder)
        self.worker = self.new_worker()

    # --- what is judged ----------------------------------------------------------------------------------------------

    def possible(self, faults: list[Fault]) -> list[Fault]:
        """Leave out the lies that nobody could find out: the ERP's word is all there is without a list."""
        return [one for one in faults if one not in LIES or self.chosen.can_look_up]

    def rows_of(self, payer: str) -> list[Listed]:
        return [one for one in self.erp.rows if one.payer == payer]

    def slips_of(self, payer: str) -> Counter[int]:
        """Return how often each sign stands in the books, without what the ERP itself stored twice."""
        return Counter(
            1 if slip.amount > 0 else -1 for slip in self.erp.slips if slip.payer == payer and not slip.is_copy
        )

    @invariant()
    def nothing_is_posted_twice(self) -> None:
        for payer in {slip.payer for slip in self.erp.slips}:
            rows, found = self.rows_of(payer), self.slips_of(payer)
            cancelled = sum(one.status == "취소" for one in rows)
            approved = max(sum(one.status == "승인" for one in rows), cancelled)
            assert found[1] <= approved, f"{payer}: {found[1]} deposits for {approved} approvals"
            assert found[-1] <= min(cancelled, found[1]), f"{payer}: a minus without its plus"

    def teardown(self) -> None:
        """Let it run without faults: then each payment is posted once, or the ledger says for whom it waits."""
        try:
            if self.worker is not None:
                self.settle()
                self.nothing_is_posted_twice()
                self.nothing_is_lost(self.worker)
                self.worker.close()
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)

    def settle(self) -> None:
        self.erp.faults, self.erp.fails = [], {}
        if (gap := max((row.at for row in self.erp.rows), default=self.clock()) - self.clock()) > timedelta(0):
            self.clock.advance(seconds=gap.total_seconds())
        for _ in range(6):
            self.clock.advance(minutes=30)
            self.run()

    def nothing_is_lost(self, worker: Worker) -> None:
        if worker.ledger.older():
            assert not self.chosen.can_look_up, "an older ledger was not proved in six cycles"
            return
        waiting = {State.IN_DOUBT, State.HELD, State.REJECTED}
        for payer in {one.payer for one in self.erp.rows}:
            rows, found = self.rows_of(payer), self.slips_of(payer)
            entries = worker.ledger.alike(payer, rows[0].amount)
            if any(entry.state in waiting or entry.excluded for entry in entries):
                continue
            if all(one.is_reflected for one in rows):
                continue
            cancelled = sum(one.status == "취소" for one in rows)
            approved = max(sum(one.status == "승인" for one in rows), cancelled)
            assert (found[1], found[-1]) == (approved, cancelled), f"{payer}: {found} for {rows}"
            assert {entry.state for entry in entries} == {State.POSTED}
        if self.chosen.can_look_up:
            assert worker.ledger.in_state(State.IN_DOUBT) == []


WIDE = int(os.environ.get("EXAMPLES", "0"))

Posting.TestCase.settings = settings(
    max_examples=WIDE or 50,
    stateful_step_count=12,
    derandomize=not WIDE,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)

TestPosting = Posting.TestCase
