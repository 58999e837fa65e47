"""Which rows are held against which: those of one reading, those that turned in place, those of another acquirer."""

from datetime import timedelta

import pytest

from tests.fakes import THURSDAY, FakeErp, Listed, Worker
from tests.unit.posting.desk import again, copy, entry_of, held, key_of, say, see_unsent, whys, won
from worker.ledger.entry import BEFORE_ADOPTION
from worker.ledger.verdicts import RowVerdict
from worker.payments import why

EDITED = why.edited("", why.HOW["a"]).id


def post_without_number(worker: Worker, erp: FakeErp, count: int = 1) -> list[Listed]:
    """Have equal payments without a number posted, as a person said."""
    row = erp.approve("김밥천국", number="")
    rows = [row, *(copy(erp, row) for _ in range(count - 1))]
    worker.run_cycle()
    again(worker)
    for one in held(worker):
        say(worker, one.payment.key, RowVerdict.NOT_POSTED)
    again(worker)
    assert won(erp) == [10_000] * count
    return rows


@pytest.mark.parametrize("changes", [{"amount": 12_000}, {"at": THURSDAY - timedelta(minutes=12)}], ids=["c", "a"])
def test_of_two_new_rows_of_one_reading_with_one_number_the_later_one_is_held(
    worker: Worker, erp: FakeErp, changes: dict[str, object]
) -> None:
    row = erp.approve("김밥천국")
    copy(erp, row, **changes)

    worker.run_cycle()
    again(worker, cycles=2)

    assert len(won(erp)) == 1
    assert whys(worker) == [EDITED]


@pytest.mark.parametrize("status", ["취소", "취소실패"])
@pytest.mark.parametrize("has_all", [True, False])
def test_a_row_that_turned_in_place_has_not_vanished_and_one_of_its_second_and_won_is_another_payment(
    worker: Worker, erp: FakeErp, status: str, *, has_all: bool
) -> None:
    erp.tab_all_missing = not has_all
    row = erp.approve("김밥천국")
    worker.run_cycle()

    row.status = status
    copy(erp, row, status="승인", approval_no="77000001")
    again(worker, cycles=3)

    assert won(erp) == ([-10_000] if status == "취소" else []) + [10_000] * 2
    assert held(worker) == []


def test_a_row_with_a_number_of_another_acquirer_takes_no_place(worker: Worker, erp: FakeErp) -> None:
    (row,) = post_without_number(worker, erp)
    row.has_left = True

    copy(erp, row, has_left=False, acquirer="신한카드", approval_no="31000001")
    again(worker, cycles=2)

    assert won(erp) == [10_000] * 2
    assert held(worker) == []


def test_a_row_without_a_number_of_another_acquirer_and_payer_takes_no_place(worker: Worker, erp: FakeErp) -> None:
    (row,) = post_without_number(worker, erp)
    row.has_left = True

    other = copy(erp, row, has_left=False, acquirer="신한카드", payer="다른 손님")
    again(worker, cycles=2)
    assert whys(worker) == [why.NO_NUMBER.id]
    other.approval_no = "31000001"
    again(worker, cycles=2)

    assert won(erp) == [10_000] * 2


@pytest.mark.parametrize("is_posted", [True, False], ids=["posted", "held"])
def test_two_numbers_for_one_row_that_had_none_are_both_asked_about(
    worker: Worker, erp: FakeErp, *, is_posted: bool
) -> None:
    if is_posted:
        (row,) = post_without_number(worker, erp)
    else:
        row = erp.approve("김밥천국", number="")
        worker.run_cycle()
        again(worker)
    row.has_left = True

    rows = [copy(erp, row, has_left=False, approval_no=f"3100000{one}") for one in (1, 2)]
    again(worker, cycles=3)

    assert len(won(erp)) == is_posted
    asked = {one.payment.key for one in held(worker) if getattr(one.why, "id", "") == EDITED}
    assert asked == {key_of(worker, one) for one in rows}


def test_one_number_for_two_posted_rows_that_had_none_is_asked_about_with_both(worker: Worker, erp: FakeErp) -> None:
    first, second = post_without_number(worker, erp, count=2)

    first.approval_no, second.has_left = "31000001", True
    again(worker, cycles=3)

    assert won(erp) == [10_000] * 2
    (found,) = held(worker)
    assert len(worker.ledger.pairings([found.payment.key])) == 2


def test_a_number_that_comes_to_a_row_of_before_the_adoption_changes_nothing(worker: Worker, erp: FakeErp) -> None:
    row = erp.approve("김밥천국", number="")
    see_unsent(worker)
    worker.adopt(key_of(worker, row))

    row.approval_no = "31000001"
    again(worker, cycles=3)

    assert won(erp) == []
    assert held(worker) == []
    assert entry_of(worker, row).excluded == BEFORE_ADOPTION


@pytest.mark.parametrize("verdict", list(RowVerdict))
@pytest.mark.parametrize("asks_for", ["the old form", "the new form"])
def test_a_held_row_whose_number_comes_with_another_payer_is_posted_once_at_most(
    worker: Worker, erp: FakeErp, verdict: RowVerdict, asks_for: str
) -> None:
    row = erp.approve("김밥천국", number="")
    worker.run_cycle()
    again(worker)
    old = held(worker)[0].payment.key

    row.payer, row.approval_no = "김밥천국 2호점", "31000001"
    again(worker, cycles=2)
    say(worker, old if asks_for == "the old form" else key_of(worker, row), verdict)
    again(worker, cycles=3)

    assert won(erp) == ([10_000] if verdict is RowVerdict.NOT_POSTED else [])
    assert held(worker) == []


def test_a_late_row_of_a_vanished_ones_second_is_held_whatever_else_was_edited(worker: Worker, erp: FakeErp) -> None:
    row = erp.approve("김밥천국")
    worker.run_cycle()

    row.payer, row.approval_no, row.amount = "김밥천국 2호점", "77000001", 12_000
    again(worker, cycles=2)

    assert won(erp) == [10_000]
    assert whys(worker) == [EDITED]


def test_an_edit_after_an_answer_is_asked_about_with_the_newest_form_alone(worker: Worker, erp: FakeErp) -> None:
    row = erp.approve("김밥천국")
    worker.run_cycle()
    row.approval_no = "77000001"
    again(worker)
    newest = key_of(worker, row)
    say(worker, newest, RowVerdict.POSTED)
    again(worker)

    row.amount = 12_000
    again(worker, cycles=2)

    assert won(erp) == [10_000]
    (found,) = held(worker)
    assert [one.old for one in worker.ledger.pairings([found.payment.key])] == [newest]


def test_of_two_approvals_of_one_number_and_payer_a_cancellation_takes_back_that_of_its_acquirer(
    worker: Worker, erp: FakeErp
) -> None:
    first = erp.approve("손님", number="31000001", minutes_ago=40)
    second = copy(erp, first, at=first.at + timedelta(minutes=20), acquirer="신한카드")
    worker.run_cycle()

    minus = erp.cancel(second)
    again(worker, cycles=2)

    assert won(erp) == [-10_000, 10_000, 10_000]
    assert held(worker) == []
    assert entry_of(worker, minus).approval_key == key_of(worker, second)


def test_an_approval_that_came_back_and_was_released_is_no_edit_of_what_stood_beside_it(
    worker: Worker, erp: FakeErp
) -> None:
    """A customer who pays the same again: the row that came back has never stood under 미반영 by its own key."""
    row = erp.approve("김밥천국")
    worker.run_cycle()
    row.status = "취소"
    again(worker)
    erp.approve("김밥천국")
    again(worker)
    row.status = "승인"
    again(worker)
    (asked,) = held(worker)
    say(worker, asked.payment.key, RowVerdict.NOT_POSTED)

    again(worker, cycles=2)

    assert held(worker) == []
    assert won(erp) == [-10_000, 10_000, 10_000, 10_000]
