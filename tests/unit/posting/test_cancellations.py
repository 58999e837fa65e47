"""What a cancellation takes back, and when a person is asked: models A, B and C, partial ones, failed ones."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import permutations
from pathlib import Path

import pytest

from tests.fakes import BLIND, RULES, FakeClock, FakeErp, Fault, Listed, Worker, with_rules
from tests.unit.posting.desk import ANCHOR, again, copy, deposits, entry_of, held, key_of, say, see_unsent, whys, won
from worker.errors import IllegalMove
from worker.ledger.verdicts import RowVerdict
from worker.payments import why

EDITED = why.edited("", why.HOW["a"]).id
PARTIAL = why.partial("", total=0, back=0, left=0).id


@pytest.fixture
def matching(folder: Path, erp: FakeErp, clock: FakeClock) -> Iterator[Worker]:
    """A worker for an office whose cancellations have numbers of their own."""
    erp.approve(ANCHOR, 1_000, number="88000001", minutes_ago=3 * 24 * 60)
    worker = Worker(folder, erp, clock, rules=with_rules(RULES, cancel_new_number="match"))
    worker.adopt()
    yield worker
    worker.close()


# --- the approval that is meant -------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", ["A", "B", "C"])
def test_a_posted_approval_is_taken_back_once(matching: Worker, erp: FakeErp, model: str) -> None:
    row = erp.approve("김밥천국")
    matching.run_cycle()

    erp.cancel(row, model=model)
    again(matching, cycles=3)

    assert won(erp) == [-10_000, 10_000]
    assert held(matching) == []


@pytest.mark.parametrize("model", ["A", "B"])
def test_a_renamed_cancellation_finds_its_approval_by_number(worker: Worker, erp: FakeErp, model: str) -> None:
    row = erp.approve("김밥천국")
    worker.run_cycle()

    erp.cancel(row, model=model).payer = "김밥천국 2호점"
    again(worker, cycles=3)

    assert won(erp) == [-10_000, 10_000]
    assert held(worker) == []


def test_a_customer_renamed_when_approval_and_cancellation_are_both_posted_costs_nothing(
    worker: Worker, erp: FakeErp
) -> None:
    row = erp.approve("김밥천국")
    worker.run_cycle()
    minus = erp.cancel(row)
    again(worker)

    row.payer = minus.payer = "김밥천국 2호점"
    again(worker, cycles=3)

    assert won(erp) == [-10_000, 10_000]
    assert held(worker) == []


def test_an_approval_whose_cancellation_was_reflected_by_hand_may_be_renamed(worker: Worker, erp: FakeErp) -> None:
    row = erp.approve("김밥천국")
    worker.run_cycle()
    erp.cancel(row).is_reflected = True
    again(worker)

    row.payer = "김밥천국 2호점"
    again(worker, cycles=3)

    assert won(erp) == [10_000]
    assert held(worker) == []


@pytest.mark.parametrize("payer", ["둘째 손님", "모르는 손님"])
def test_of_two_approvals_of_one_number_the_payer_breaks_the_tie_or_a_person_does(
    worker: Worker, erp: FakeErp, payer: str
) -> None:
    first = erp.approve("첫째 손님", number="31000001", minutes_ago=40)
    second = erp.approve("둘째 손님", number="31000001", minutes_ago=20)
    second.acquirer = "신한카드"
    worker.run_cycle()
    assert won(erp) == [10_000] * 2

    copy(erp, first, at=worker.clock(), status="취소", payer=payer, acquirer="")
    again(worker, cycles=3)

    is_certain = payer == "둘째 손님"
    assert won(erp) == ([-10_000] if is_certain else []) + [10_000] * 2
    assert whys(worker) == ([] if is_certain else [why.ambiguous("").id])


def test_the_acquirer_tells_apart_two_approvals_of_one_number(worker: Worker, erp: FakeErp) -> None:
    first = erp.approve("손님", number="31000001", minutes_ago=40)
    second = copy(erp, first, at=first.at + timedelta(minutes=20), acquirer="신한카드", payer="다른 손님")
    worker.run_cycle()

    erp.cancel(second)
    again(worker, cycles=2)

    assert deposits(erp) == [("다른 손님", -10_000), ("다른 손님", 10_000), ("손님", 10_000)]


def test_two_forms_of_one_approval_are_one_candidate(worker: Worker, erp: FakeErp) -> None:
    row = erp.approve("김밥천국")
    worker.run_cycle()
    row.at += timedelta(minutes=1)
    again(worker)
    say(worker, key_of(worker, row), RowVerdict.POSTED)
    again(worker)

    erp.cancel(row)
    again(worker, cycles=3)

    assert won(erp) == [-10_000, 10_000]
    assert held(worker) == []


def test_a_cancellation_is_judged_while_its_approval_is_held_as_an_edit(worker: Worker, erp: FakeErp) -> None:
    row = erp.approve("김밥천국")
    worker.run_cycle()
    row.at += timedelta(minutes=1)
    again(worker)

    erp.cancel(row)
    again(worker, cycles=2)
    for one in held(worker):
        say(worker, one.payment.key, RowVerdict.POSTED)
    again(worker, cycles=3)

    assert sum(won(erp)) in (0, 10_000)
    assert won(erp).count(10_000) == 1
    assert won(erp).count(-10_000) <= 1


# --- model C --------------------------------------------------------------------------------------------------------


def test_a_cancellation_with_a_number_of_its_own_is_held_unless_the_setting_says_otherwise(
    worker: Worker, erp: FakeErp
) -> None:
    row = erp.approve("김밥천국")
    worker.run_cycle()

    erp.cancel(row, model="C")
    again(worker, cycles=2)

    assert won(erp) == [10_000]
    assert whys(worker) == [why.FIRST_CANCELLED.id]


def test_with_two_equal_approvals_a_cancellation_with_a_number_of_its_own_is_held(
    matching: Worker, erp: FakeErp
) -> None:
    row = erp.approve("김밥천국")
    erp.approve("김밥천국", minutes_ago=20)
    matching.run_cycle()

    erp.cancel(row, model="C")
    again(matching, cycles=2)

    assert won(erp) == [10_000] * 2
    assert len(held(matching)) == 1


def test_a_second_cancellation_with_a_number_of_its_own_takes_back_nothing_more(matching: Worker, erp: FakeErp) -> None:
    row = erp.approve("김밥천국")
    matching.run_cycle()
    erp.cancel(row, model="C")
    again(matching)
    erp.cancel(row, model="C")
    again(matching, cycles=2)

    assert won(erp) == [-10_000, 10_000]
    assert len(held(matching)) == 1


# --- model A --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_silent", [False, True])
def test_an_approval_that_was_never_seen_is_told_as_that_or_left_out_by_a_setting(
    worker: Worker, erp: FakeErp, *, is_silent: bool
) -> None:
    worker.rules = with_rules(RULES, cancel_in_place=is_silent)
    erp.cancel(erp.approve("김밥천국"), model="A")

    worker.run_cycle()
    again(worker, cycles=2)

    assert won(erp) == []
    assert whys(worker) == ([] if is_silent else [why.FIRST_CANCELLED.id])


def test_an_unsent_approval_that_turns_in_place_comes_to_nothing(worker: Worker, erp: FakeErp) -> None:
    row = erp.approve("김밥천국")
    see_unsent(worker)

    erp.cancel(row, model="A")
    again(worker, cycles=3)

    assert won(erp) == []
    assert held(worker) == []


@pytest.mark.parametrize("number", ["", "31000001"])
def test_an_approval_in_doubt_that_turns_in_place_waits_for_the_proof(
    worker: Worker, erp: FakeErp, number: str
) -> None:
    worker.run_cycle()
    row = erp.approve("김밥천국", number="31000001")
    erp.faults = [Fault.LOST_AFTER]
    again(worker)

    erp.cancel(row, model="A")
    again(worker, cycles=5)

    assert won(erp) == [-10_000, 10_000]
    assert number in row.approval_no


# --- 취소실패 --------------------------------------------------------------------------------------------------------


def test_a_failed_cancellation_of_a_posted_approval_changes_nothing(worker: Worker, erp: FakeErp) -> None:
    row = erp.approve("김밥천국")
    worker.run_cycle()

    copy(erp, row, at=worker.clock(), status="취소실패")
    again(worker, cycles=3)

    assert won(erp) == [10_000]
    assert held(worker) == []


def test_a_failed_cancellation_whose_approval_is_listed_for_the_first_time_changes_nothing(
    worker: Worker, erp: FakeErp
) -> None:
    row = erp.approve("김밥천국")
    copy(erp, row, at=row.at + timedelta(minutes=1), status="취소실패")

    worker.run_cycle()
    again(worker, cycles=2)

    assert won(erp) == [10_000]
    assert held(worker) == []


def test_a_failed_cancellation_of_a_number_that_nobody_knows_is_held(worker: Worker, erp: FakeErp) -> None:
    erp.approve("김밥천국").status = "취소실패"

    worker.run_cycle()
    again(worker, cycles=2)

    assert won(erp) == []
    assert whys(worker) == [why.FAILED.id]


def test_a_held_failed_cancellation_that_a_person_releases_is_posted_as_the_approval_that_it_is(
    worker: Worker, erp: FakeErp
) -> None:
    erp.approve("김밥천국").status = "취소실패"
    worker.run_cycle()

    say(worker, held(worker)[0].payment.key, RowVerdict.NOT_POSTED)
    again(worker, cycles=3)

    assert won(erp) == [10_000]


@pytest.mark.parametrize("is_posted", [True, False])
def test_an_approval_whose_cancellation_fails_in_place_is_posted_once_or_asked_about(
    worker: Worker, erp: FakeErp, *, is_posted: bool
) -> None:
    row = erp.approve("김밥천국")
    if is_posted:
        worker.run_cycle()
    else:
        see_unsent(worker)

    row.status = "취소실패"
    again(worker, cycles=3)

    assert won(erp) == ([10_000] if is_posted else [])
    assert whys(worker) == ([] if is_posted else [why.FAILED.id])


@pytest.mark.parametrize("order", list(permutations(["취소실패", "취소", "승인"])), ids=str)
def test_a_posted_row_that_turns_in_any_order_is_never_posted_or_taken_back_twice(
    worker: Worker, erp: FakeErp, order: tuple[str, ...]
) -> None:
    row = erp.approve("김밥천국")
    worker.run_cycle()

    for status in order:
        row.status = status
        again(worker, cycles=2)

    assert won(erp) == ([-10_000, 10_000])
    assert len(held(worker)) == (order.index("취소") != 2)


# --- partial ones ---------------------------------------------------------------------------------------------------


def test_partial_cancellations_are_one_hold_each_and_released_one_after_the_other(worker: Worker, erp: FakeErp) -> None:
    row = erp.approve("김밥천국", 10_000)
    worker.run_cycle()

    for amount in (4_000, 3_000, 3_000):
        worker.clock.advance(minutes=5)
        erp.cancel(row).amount = amount
        again(worker, cycles=2)
        (found,) = held(worker)
        assert whys(worker) == [PARTIAL]
        say(worker, found.payment.key, RowVerdict.NOT_POSTED)
        again(worker)

    assert won(erp) == [-4_000, -3_000, -3_000, 10_000]
    assert held(worker) == []


def test_a_partial_cancellation_tells_the_approval_what_was_taken_back_and_what_is_left(
    worker: Worker, erp: FakeErp
) -> None:
    row = erp.approve("김밥천국", 10_000)
    worker.run_cycle()
    erp.cancel(row).amount = 4_000
    again(worker)
    say(worker, held(worker)[0].payment.key, RowVerdict.NOT_POSTED)
    again(worker)

    worker.clock.advance(minutes=5)
    erp.cancel(row).amount = 1_500
    again(worker)

    assert [str(one.why) for one in held(worker)] == [
        f"a partial cancellation of {key_of(worker, row)}: approved 10,000 won, taken back so far 4,000 won, left "
        "after it 4,500 won"
    ]


def test_what_would_take_back_more_than_was_approved_is_refused(worker: Worker, erp: FakeErp) -> None:
    row = erp.approve("김밥천국", 10_000)
    worker.run_cycle()
    minuses = []
    for amount in (6_000, 5_000):
        worker.clock.advance(minutes=5)
        minus = erp.cancel(row)
        minus.amount = amount
        minuses.append(minus)
        again(worker)
    say(worker, key_of(worker, minuses[0]), RowVerdict.NOT_POSTED)

    with pytest.raises(IllegalMove, match="more than was approved"):
        say(worker, key_of(worker, minuses[1]), RowVerdict.NOT_POSTED)
    again(worker, cycles=2)

    assert won(erp) == [-6_000, 10_000]


def test_equal_partial_cancellations_are_not_edits_of_each_other(worker: Worker, erp: FakeErp) -> None:
    row = erp.approve("김밥천국", 10_000)
    worker.run_cycle()

    erp.cancel(row).amount = 3_000
    worker.clock.advance(minutes=5)
    erp.cancel(row).amount = 3_000
    again(worker, cycles=2)

    assert whys(worker) == [PARTIAL] * 2
    for one in held(worker):
        say(worker, one.payment.key, RowVerdict.NOT_POSTED)
    again(worker, cycles=2)
    assert won(erp) == [-3_000, -3_000, 10_000]


def test_a_cancellation_that_moves_in_time_is_held_as_an_edit(worker: Worker, erp: FakeErp) -> None:
    row = erp.approve("김밥천국")
    worker.run_cycle()
    minus = erp.cancel(row)
    again(worker)

    minus.at += timedelta(minutes=1)
    again(worker, cycles=2)

    assert won(erp) == [-10_000, 10_000]
    assert whys(worker) == [EDITED]


@pytest.mark.parametrize("changes", [{"amount": 4_000}, {"approval_no": "77000001"}, {"approval_no": ""}], ids=str)
@pytest.mark.parametrize("verdict", list(RowVerdict))
def test_an_edit_of_a_posted_cancellation_takes_nothing_back_unasked(
    worker: Worker, erp: FakeErp, changes: dict[str, object], verdict: RowVerdict
) -> None:
    row = erp.approve("김밥천국")
    worker.run_cycle()
    minus = erp.cancel(row)
    again(worker)

    for field, value in changes.items():
        setattr(minus, field, value)
    again(worker, cycles=2)

    assert won(erp) == [-10_000, 10_000]
    for one in held(worker):
        if verdict is RowVerdict.NOT_POSTED and one.approval_key:
            with pytest.raises(IllegalMove):
                say(worker, one.payment.key, verdict)
        elif verdict is not RowVerdict.NOT_POSTED:
            say(worker, one.payment.key, verdict)
    again(worker, cycles=2)
    assert won(erp) == [-10_000, 10_000]


def test_a_partial_cancellation_that_grows_is_one_question_and_one_click(worker: Worker, erp: FakeErp) -> None:
    row = erp.approve("김밥천국", 10_000)
    worker.run_cycle()
    minus = erp.cancel(row)
    minus.amount = 3_000
    again(worker)

    minus.amount = 4_000
    again(worker, cycles=2)
    assert won(erp) == [10_000]
    say(worker, key_of(worker, minus), RowVerdict.NOT_POSTED)
    again(worker, cycles=3)

    assert won(erp) == [-4_000, 10_000]
    assert held(worker) == []


@pytest.mark.parametrize("model", ["B", "A"])
def test_what_was_taken_back_already_says_by_whom(worker: Worker, erp: FakeErp, model: str) -> None:
    row = erp.approve("김밥천국")
    worker.run_cycle()
    first = copy(erp, row, at=worker.clock(), status="취소")
    again(worker)

    if model == "B":
        worker.clock.advance(minutes=5)
    erp.cancel(row, model=model)
    again(worker, cycles=2)

    assert won(erp) == [-10_000, 10_000]
    (found,) = held(worker)
    assert str(found.why) == str(why.taken_back(entry_of(worker, first).approval_key or "", key_of(worker, first)))


# --- what 회계반영 shows, and what comes back ------------------------------------------------------------------------


def test_an_approval_that_was_reflected_and_then_cancelled_in_place_is_asked_about(
    worker: Worker, erp: FakeErp
) -> None:
    row = erp.approve("김밥천국")
    worker.run_cycle()
    row.is_reflected = True
    again(worker)

    row.status = "취소"
    again(worker, cycles=3, minutes=12 * 60)

    assert won(erp) == [10_000]
    assert whys(worker) == [why.cancelled_after_reflection("").id]
    say(worker, held(worker)[0].payment.key, RowVerdict.NOT_POSTED)
    again(worker, cycles=2)
    assert won(erp) == [-10_000, 10_000]
    assert held(worker) == []


@pytest.mark.parametrize("model", ["A", "B"])
def test_an_approval_that_is_listed_again_whose_posted_cancellation_is_gone_is_asked_about(
    worker: Worker, erp: FakeErp, model: str
) -> None:
    row = erp.approve("김밥천국")
    worker.run_cycle()
    minus = erp.cancel(row, model=model)
    again(worker)
    assert won(erp) == [-10_000, 10_000]

    if model == "A":
        row.status = "승인"
    else:
        minus.has_left = True
    again(worker, cycles=3)

    assert won(erp) == [-10_000, 10_000]
    assert whys(worker) == [why.approved_again("").id]
    say(worker, held(worker)[0].payment.key, RowVerdict.NOT_POSTED)
    again(worker, cycles=2)
    assert won(erp) == [-10_000, 10_000, 10_000]
    assert held(worker) == []


def test_an_approval_whose_cancellation_was_reflected_by_hand_is_not_asked_about(worker: Worker, erp: FakeErp) -> None:
    row = erp.approve("김밥천국")
    worker.run_cycle()
    minus = erp.cancel(row)
    again(worker)

    minus.is_reflected = True
    again(worker, cycles=3)

    assert won(erp) == [-10_000, 10_000]
    assert held(worker) == []


def test_a_minus_waits_while_its_plus_is_in_doubt_and_goes_once_it_is_posted(worker: Worker, erp: FakeErp) -> None:
    worker.run_cycle()
    worker.rules = BLIND
    row = erp.approve("김밥천국")
    erp.faults = [Fault.LOST_AFTER]
    again(worker)
    erp.cancel(row)
    again(worker, cycles=2)
    assert won(erp) == [10_000]

    say(worker, key_of(worker, row), RowVerdict.POSTED)
    again(worker, cycles=2)

    assert won(erp) == [-10_000, 10_000]


def test_the_minus_of_a_plus_that_was_decided_never_is_held(worker: Worker, erp: FakeErp) -> None:
    row: Listed = erp.approve("김밥천국")
    see_unsent(worker)
    row.has_left = True
    again(worker)
    say(worker, held(worker)[0].payment.key, RowVerdict.NEVER)
    row.has_left = False

    erp.cancel(row)
    again(worker, cycles=3)

    assert won(erp) == []
    assert why.approval_excluded("", "").id in whys(worker)
