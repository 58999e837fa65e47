"""A person counts what stands in the ERP; daybreak concludes only what has no other explanation."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes import BLIND, FakeErp, Fault, Worker
from worker.config.settings import Settings
from worker.errors import IllegalMove
from worker.ledger.state import State
from worker.ledger.verdicts import RowVerdict
from worker.operations import counting
from worker.operations.counting import CountQuestion
from worker.operations.decisions import Verdict

PAYER = "해오름상회"


def asked(*, shown: int, perhaps: int = 0, in_doubt: int = 1) -> CountQuestion:
    return CountQuestion(
        key="A", day=date(2026, 1, 8), payer=PAYER, won=1, shown=shown, perhaps=perhaps, in_doubt=("A",) * in_doubt
    )


@pytest.mark.parametrize(
    ("question", "count", "verdict"),
    [
        (asked(shown=0), 0, Verdict.NOT_POSTED),
        (asked(shown=0), 1, Verdict.POSTED),
        (asked(shown=2), 2, Verdict.NOT_POSTED),
        (asked(shown=2), 3, Verdict.POSTED),
        (asked(shown=2), 1, None),
        (asked(shown=2), 4, None),
        (asked(shown=0, in_doubt=2), 1, None),
        (asked(shown=0, perhaps=1), 1, None),
        (asked(shown=0, perhaps=1), 2, Verdict.POSTED),
        (asked(shown=0), -1, None),
    ],
)
def test_a_count_is_a_verdict_only_where_nothing_else_explains_it(
    question: CountQuestion, count: int, verdict: Verdict | None
) -> None:
    assert counting.conclude(question, count).verdict is verdict


@given(st.integers(0, 3), st.integers(0, 3), st.integers(1, 3), st.data())
def test_no_true_count_leads_to_a_false_verdict(shown: int, perhaps: int, in_doubt: int, data: st.DataObject) -> None:
    """Whichever of the uncertain deposits stand there: what is concluded of those in doubt is so."""
    by_hand, stored = data.draw(st.integers(0, perhaps)), data.draw(st.integers(0, in_doubt))

    found = counting.conclude(asked(shown=shown, perhaps=perhaps, in_doubt=in_doubt), shown + by_hand + stored)

    if found.verdict is Verdict.POSTED:
        assert stored == in_doubt
    if found.verdict is Verdict.NOT_POSTED:
        assert stored == 0


def test_what_the_erp_has_shown_is_known_and_what_a_person_said_is_perhaps(
    worker: Worker, chosen: Settings, erp: FakeErp
) -> None:
    worker.rules = BLIND
    erp.approve(PAYER, 5_000, minutes_ago=30)
    worker.run_cycle()
    erp.approve(PAYER, 5_000, minutes_ago=20)
    erp.refused_payers = {PAYER}
    worker.clock.advance(minutes=30)
    worker.run_cycle()
    (said,) = (one.payment.key for one in worker.ledger.alike(PAYER, 5_000) if one.state == "rejected")
    worker.ledger.resolve(said, RowVerdict.POSTED, by="kim", why="by hand", at=worker.clock())
    erp.refused_payers, erp.faults = set(), [Fault.LOST_AFTER]
    erp.approve(PAYER, 5_000, minutes_ago=10)
    erp.approve(PAYER, 7_000, minutes_ago=10)
    worker.clock.advance(minutes=30)
    worker.run_cycle()
    (doubtful,) = (one.payment.key for one in worker.ledger.alike(PAYER, 5_000) if one.state == "in_doubt")

    found = counting.question(chosen, f"#{doubtful}")

    assert (found.day, found.payer, found.won) == (date(2026, 1, 8), PAYER, 5_000)
    assert (found.shown, found.perhaps, found.in_doubt) == (1, 1, (doubtful,))
    with pytest.raises(IllegalMove, match="is not in doubt"):
        counting.question(chosen, said)


def in_doubt(worker: Worker, erp: FakeErp, fault: Fault) -> str:
    """Have one deposit in doubt that no look-up settles; return its key."""
    worker.rules = BLIND
    erp.faults = [fault]
    erp.approve(PAYER, 5_000, minutes_ago=10)
    worker.run_cycle()
    (key,) = (one.payment.key for one in worker.ledger.in_state(State.IN_DOUBT))
    return key


def test_what_waits_to_be_posted_explains_a_count_too_and_changes_the_stamp(
    worker: Worker, chosen: Settings, erp: FakeErp
) -> None:
    key = in_doubt(worker, erp, Fault.LOST_AFTER)
    before = counting.question(chosen, key)
    erp.approve(PAYER, 5_000, minutes_ago=5)
    worker.clock.advance(minutes=30)
    worker.run_cycle()

    found = counting.question(chosen, key)

    assert (found.shown, found.stamp != before.stamp) == (1, True)
    assert counting.conclude(before, 1).verdict is Verdict.POSTED
    assert counting.conclude(found, 1).verdict is Verdict.NOT_POSTED


def test_after_a_rename_a_count_tells_nothing(worker: Worker, chosen: Settings, erp: FakeErp) -> None:
    key = in_doubt(worker, erp, Fault.LOST_AFTER)
    (row,) = erp.rows
    row.payer = "다른상회"
    worker.clock.advance(minutes=30)
    worker.run_cycle()

    found = counting.question(chosen, key)

    assert (found.payer, found.is_renamed) == (PAYER, True)
    assert {counting.conclude(found, count).verdict for count in range(4)} == {None}
