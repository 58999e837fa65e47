"""From MODE = shadow to production: what a person posted is not posted again, what nobody posted is posted once."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.fakes import BOOKS, RULES, FakeClock, FakeErp, Worker, with_rules
from tests.unit.posting.beside_a_person import BLIND, SHADOW, cycle, finish, started
from worker.config.posting_settings import PostingSettings
from worker.errors import DaybreakError, LedgerError, NotAdopted
from worker.ledger.ledger import Ledger
from worker.ledger.notes import SHADOW_SCORE
from worker.posting import adoption, adoption_by_hand

PAYERS = ("가나상회", "다라상회", "마바상회", "사아상회")


@pytest.fixture
def worker(folder: Path, erp: FakeErp, clock: FakeClock) -> Iterator[Worker]:
    worker = started(folder, erp, clock)
    yield worker
    worker.close()


def go_live(worker: Worker, *, hold: int = 0, rules: PostingSettings = RULES) -> None:
    """Look once more, adopt what was posted by hand, and post from here on: the steps of docs/going-live.md."""
    worker.books, worker.erp.posts = BOOKS, True
    worker.rules = rules
    uploads = worker.erp.uploads
    with pytest.raises(NotAdopted, match="compared with what a person posts by hand"):
        cycle(worker)
    assert worker.erp.uploads == uploads
    proposal = adoption.propose(worker.ledger)
    assert len(proposal.held) == hold
    worker.clock.advance(minutes=1)
    worker.ledger.adopt(
        BOOKS,
        by="kim",
        at=worker.clock(),
        note=proposal.note,
        posted=[one.key for one in proposal.posted],
        held=proposal.held,
        asked=proposal.asked,
    )


def test_what_the_person_posted_is_not_posted_again_and_what_nobody_posted_is_posted_once(worker: Worker) -> None:
    both, entered, late, waiting = (
        worker.erp.approve(payer) for payer in ("가나상회", "다라상회", "마바상회", "사아상회")
    )
    cycle(worker)
    finish(worker, both)
    worker.erp.enter(entered)
    cycle(worker)
    worker.erp.enter(late)  # after the last comparison in MODE = shadow

    go_live(worker)
    cycle(worker)
    cycle(worker)

    assert worker.erp.books() == [(payer, 10_000) for payer in PAYERS]
    assert worker.states()[f"{waiting.payer} 승인"] == "posted"


def test_of_two_equal_payments_the_one_that_nobody_posted_is_posted(worker: Worker) -> None:
    _, finished = (worker.erp.approve("가나상회", minutes_ago=minutes) for minutes in (20, 10))
    cycle(worker)
    finish(worker, finished)
    cycle(worker)

    go_live(worker)
    cycle(worker)

    assert worker.erp.books() == [("가나상회", 10_000)] * 2


def test_what_may_have_been_posted_by_hand_is_asked_about(worker: Worker) -> None:
    row = worker.erp.approve("가나상회", 10_000)
    cycle(worker)
    worker.erp.enter(row, won=1_000)
    cycle(worker)

    go_live(worker, hold=1)
    cycle(worker)

    assert (worker.erp.uploads, worker.states()["가나상회 승인"]) == (0, "held")


@pytest.mark.parametrize("other", [{"account": "보통예금"}, {"days": 1}])
def test_a_transfer_of_the_same_payer_or_a_slip_of_another_day_is_asked_about(
    worker: Worker, other: dict[str, object]
) -> None:
    row = worker.erp.approve("가나상회")
    cycle(worker)
    if "days" in other:
        other = {"day": row.at.date() + timedelta(days=1)}
    worker.erp.enter(row, **other)  # type: ignore[arg-type]
    cycle(worker)

    go_live(worker, hold=1)
    cycle(worker)

    assert (worker.erp.uploads, worker.states()["가나상회 승인"]) == (0, "held")


def test_a_slip_that_a_clock_or_minutes_show_before_its_payment_is_asked_about(worker: Worker) -> None:
    rows = [worker.erp.approve("가나상회", minutes_ago=minutes) for minutes in (0, 0)]
    cycle(worker)
    for row in rows:
        worker.erp.enter(row, payer="가나")
    shown = worker.erp.read_deposits
    worker.erp.read_deposits = lambda since: [  # type: ignore[method-assign]
        replace(one, entered_at=rows[0].at.replace(second=0) - timedelta(minutes=1)) for one in shown(since) or ()
    ]
    cycle(worker)

    go_live(worker, hold=2)


@pytest.mark.parametrize("is_listed", [True, False])
@pytest.mark.parametrize("is_entered", [True, False])
def test_what_waited_for_a_person_and_was_entered_by_hand_is_released_by_no_rule(
    worker: Worker, *, is_listed: bool, is_entered: bool
) -> None:
    row = worker.erp.approve("가나상회", number="")
    cycle(worker)
    cycle(worker)
    assert worker.states()["가나상회 승인"] == "held"
    if is_entered:
        worker.erp.enter(row)
    if not is_listed:
        worker.rules = BLIND
    cycle(worker)

    go_live(worker, rules=RULES if is_listed else with_rules(RULES, deposit_list=False))
    row.approval_no = "99887766"
    cycle(worker)
    cycle(worker)

    may_be_posted = is_entered or not is_listed
    assert worker.erp.books() == ([("가나상회", 10_000)] if is_entered or is_listed else [])
    assert worker.states()["가나상회 승인"] == ("held" if may_be_posted else "posted")


def test_each_line_of_a_slip_is_a_deposit(worker: Worker) -> None:
    rows = [worker.erp.approve(payer) for payer in PAYERS[:2]]
    cycle(worker)
    for row in rows:
        worker.erp.enter(row)
    shown = worker.erp.read_deposits
    worker.erp.read_deposits = lambda since: [  # type: ignore[method-assign]
        replace(one, number="2026/01/08 -1") for one in shown(since) or ()
    ]
    cycle(worker)

    go_live(worker)
    cycle(worker)

    assert worker.erp.books() == [(payer, 10_000) for payer in PAYERS[:2]]


@pytest.mark.parametrize("hidden", [{"account": ""}, {"day": None}, {"payer": ""}, {"won": None}])
def test_what_the_list_does_not_show_is_not_equal(worker: Worker, hidden: dict[str, object]) -> None:
    row = worker.erp.approve("가나상회")
    cycle(worker)
    worker.erp.enter(row)
    shown = worker.erp.read_deposits
    worker.erp.read_deposits = lambda since: [replace(one, **hidden) for one in shown(since) or ()]  # type: ignore
    cycle(worker)

    go_live(worker, hold=1)


def test_the_cancellation_of_what_was_posted_by_hand_is_posted_after_the_change(worker: Worker) -> None:
    row = worker.erp.approve("가나상회")
    cycle(worker)
    finish(worker, row)
    cycle(worker)
    go_live(worker)

    worker.erp.cancel(row).is_reflected = False
    cycle(worker)

    assert worker.erp.books() == [("가나상회", -10_000), ("가나상회", 10_000)]


@pytest.mark.parametrize("deed", ["reflects only", "another amount", "no list is read"])
def test_the_cancellation_of_what_has_no_such_deposit_is_asked_about(worker: Worker, deed: str) -> None:
    rules = RULES
    if deed == "no list is read":
        worker.rules, rules = BLIND, with_rules(RULES, deposit_list=False)
    row = worker.erp.approve("가나상회")
    cycle(worker)
    if deed != "reflects only":
        worker.erp.enter(row, won=1_000 if deed == "another amount" else None)
    row.is_reflected = True
    cycle(worker)
    go_live(worker, rules=rules)

    worker.erp.cancel(row).is_reflected = False
    cycle(worker)

    assert worker.erp.uploads == 0
    assert worker.states()["가나상회 취소"] == "held"


def test_production_after_shadow_and_back_asks_again_each_time(worker: Worker) -> None:
    worker.erp.approve("가나상회")
    cycle(worker)
    go_live(worker)
    cycle(worker)
    assert worker.erp.uploads == 1

    worker.rules, worker.books, worker.erp.posts = SHADOW, replace(BOOKS, mode="shadow"), False
    row = worker.erp.approve("다라상회")
    cycle(worker)
    worker.erp.enter(row)
    cycle(worker)

    go_live(worker)
    cycle(worker)

    assert worker.erp.books() == [("가나상회", 10_000), ("다라상회", 10_000)]


def test_a_deposit_of_our_own_is_not_taken_for_a_persons(worker: Worker) -> None:
    worker.erp.approve("가나상회")
    cycle(worker)
    go_live(worker)
    cycle(worker)
    worker.rules, worker.books, worker.erp.posts = SHADOW, replace(BOOKS, mode="shadow"), False
    worker.erp.approve("가나상회")
    cycle(worker)
    assert worker.ledger.hand_deposits() == []

    go_live(worker)
    cycle(worker)

    assert worker.erp.books() == [("가나상회", 10_000)] * 2


def test_without_the_list_of_deposits_silence_is_no_answer_to_what_was_posted(worker: Worker, folder: Path) -> None:
    worker.rules = BLIND
    worker.ledger.adopt(worker.books, by="kim", at=worker.clock(), note="again")
    worker.erp.approve("가나상회")
    cycle(worker)

    with pytest.raises(DaybreakError, match="what was posted before"):
        adoption.demand_an_answer(folder, BOOKS)


def test_an_old_look_is_no_ground_for_an_adoption(worker: Worker) -> None:
    cycle(worker)
    adoption_by_hand.demand_fresh(worker.ledger, now=worker.clock() + timedelta(minutes=59))

    for minutes in (61, -61):  # also by a clock that was set back
        with pytest.raises(DaybreakError, match="Look once more"):
            adoption_by_hand.demand_fresh(worker.ledger, now=worker.clock() + timedelta(minutes=minutes))


def test_a_list_of_deposits_that_is_read_no_more_is_no_answer_either(worker: Worker, folder: Path) -> None:
    row = worker.erp.approve("가나상회")
    cycle(worker)
    adoption.demand_an_answer(folder, BOOKS)

    worker.rules = BLIND
    worker.erp.enter(row)
    cycle(worker)

    with pytest.raises(DaybreakError, match="what was posted before"):
        adoption.demand_an_answer(folder, BOOKS)
    assert any("without the list of deposits" in one for one in adoption.propose(worker.ledger).lines)


def test_what_was_entered_while_the_worker_was_off_is_not_posted_again(worker: Worker) -> None:
    row = worker.erp.approve("가나상회")
    cycle(worker)
    worker.clock.advance(minutes=5)
    worker.erp.enter(row)
    worker.clock.advance(days=5)

    go_live(worker)
    cycle(worker)

    assert worker.erp.books() == [("가나상회", 10_000)]


def test_a_list_that_is_read_for_the_first_time_is_read_back_to_the_first_comparison(worker: Worker) -> None:
    worker.rules = BLIND
    worker.ledger.adopt(worker.books, by="kim", at=worker.clock(), note="again")
    row = worker.erp.approve("가나상회")
    cycle(worker)
    worker.erp.enter(row)
    for _ in range(5):
        cycle(worker, minutes=24 * 60)

    go_live(worker)
    cycle(worker)

    assert worker.erp.books() == [("가나상회", 10_000)]


def test_a_slip_at_the_end_of_what_is_read_is_not_taken_away_by_a_clock_that_differs(worker: Worker) -> None:
    row = worker.erp.approve("가나상회")
    cycle(worker)
    worker.erp_ahead = 120.0
    worker.clock.advance(minutes=5)
    entered_at = worker.clock() + timedelta(seconds=120)
    worker.erp.slips.append(replace(worker.erp.enter(row), entered_at=entered_at))
    del worker.erp.slips[0]
    for minutes in (30, 24 * 60, 24 * 60):
        cycle(worker, minutes=minutes)
    worker.clock.at = entered_at + timedelta(days=3) - timedelta(minutes=1)
    worker.run_cycle()

    go_live(worker)
    cycle(worker)

    assert worker.erp.books() == [("가나상회", 10_000)]


# --- to an earlier daybreak, which compares nothing ------------------------------------------------------------------


def test_an_earlier_daybreak_gets_no_ledger_while_a_person_may_have_posted_what_waits(
    worker: Worker, folder: Path
) -> None:
    row = worker.erp.approve("가나상회")
    cycle(worker)
    worker.erp.enter(row)
    cycle(worker)

    with pytest.raises(LedgerError, match=r"compared with what a person posts by hand.*Nothing was changed"):
        worker.ledger.take_down(8)

    assert worker.ledger.hand_deposits()
    go_live(worker)
    worker.ledger.take_down(8)
    worker.ledger.close()
    with Ledger(folder, create=False) as again:  # and a later one, which begins anew
        assert (again.shadow_times(), again.note(SHADOW_SCORE)) == (None, "")
        assert again.hand_deposits() == []
