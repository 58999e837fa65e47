"""When a whole list is not believed: nothing is posted, one question is asked, and what its answer does."""

from datetime import timedelta
from typing import Any

import pytest

from tests.fakes import FakeErp, Listed, Worker
from tests.unit.posting.desk import (
    again,
    answer,
    copy,
    deposits,
    held,
    is_asked,
    key_of,
    many,
    say,
    see_unsent,
    whys,
    won,
)
from worker.errors import IllegalMove, ListDoubted
from worker.ledger.verdicts import RowVerdict
from worker.payments import why
from worker.posting.brakes import FEW_PAIRS, HIDDEN, PAIRS, UNKNOWN

EDITED = why.edited("", why.HOW["a"]).id

#: One change for each rule that counts.
COUNTED: dict[str, dict[str, object]] = {
    "a": {"minutes": 1},
    "b": {"number": "9"},
    "c": {"won": 7},
    "e": {"minutes": 1, "won": 7},
}


def edit(row: Listed, *, minutes: int = 0, won: int = 0, number: str = "") -> None:
    """Change the second, the won or the number of a listed row."""
    row.at += timedelta(minutes=minutes)
    row.amount += won
    row.approval_no = f"{number}{row.approval_no}"


# --- 1: too many edits ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("changes", COUNTED.values(), ids=COUNTED)
def test_ten_edits_of_one_reading_stop_posting_with_one_question(
    worker: Worker, erp: FakeErp, changes: dict[str, Any]
) -> None:
    rows = many(erp, 60, minutes_ago=100)
    worker.run_cycle()
    erp.approve("새 손님", minutes_ago=-20)

    for row in rows[:PAIRS]:
        edit(row, **changes)
    assert is_asked(worker) == "edited"
    again(worker, cycles=2)

    assert len(deposits(erp)) == 60
    assert held(worker) == []


def test_nine_edits_among_many_rows_stop_nothing(worker: Worker, erp: FakeErp) -> None:
    rows = many(erp, 60)
    worker.run_cycle()
    erp.approve("새 손님", minutes_ago=-20)

    for row in rows[: PAIRS - 1]:
        edit(row, won=7)
    again(worker, cycles=2)

    assert len(deposits(erp)) == 61
    assert len(held(worker)) == PAIRS - 1


@pytest.mark.parametrize(("rows", "is_stopped"), [(24, True), (25, False)])
def test_five_edits_stop_posting_from_a_fifth_of_the_rows_on(
    worker: Worker, erp: FakeErp, rows: int, *, is_stopped: bool
) -> None:
    listed = many(erp, rows)
    worker.run_cycle()

    for row in listed[:FEW_PAIRS]:
        edit(row, won=7)

    if is_stopped:
        assert is_asked(worker) == "edited"
    else:
        again(worker)
        assert len(held(worker)) == FEW_PAIRS


def test_four_edits_of_four_rows_stop_nothing(worker: Worker, erp: FakeErp) -> None:
    rows = many(erp, FEW_PAIRS - 1)
    worker.run_cycle()

    for row in rows:
        edit(row, won=7)
    again(worker)

    assert len(held(worker)) == FEW_PAIRS - 1


def test_forty_rows_called_the_same_are_posted_once_each_and_what_is_new_goes_on(worker: Worker, erp: FakeErp) -> None:
    rows = many(erp, 40)
    worker.run_cycle()
    for row in rows:
        edit(row, number="9")
    is_asked(worker)
    erp.approve("새 손님", minutes_ago=-1)

    answer(worker, same=True)
    again(worker, cycles=3)

    assert len(deposits(erp)) == 41
    assert held(worker) == []


def test_ten_rows_called_other_payments_are_posted_as_they_are(worker: Worker, erp: FakeErp) -> None:
    rows = many(erp, PAIRS)
    worker.run_cycle()
    for row in rows:
        row.has_left = True
        edit(copy(erp, row, has_left=False), number="9")
    is_asked(worker)

    answer(worker, same=False)
    again(worker, cycles=3)

    assert len(deposits(erp)) == 2 * PAIRS
    assert held(worker) == []


def test_unsent_rows_that_are_called_the_same_are_posted_once(worker: Worker, erp: FakeErp) -> None:
    worker.run_cycle()
    rows = many(erp, PAIRS)
    see_unsent(worker)
    for row in rows:
        edit(row, number="9", won=0)
    is_asked(worker)

    answer(worker, same=True)
    again(worker, cycles=3)

    assert len(deposits(erp)) == PAIRS
    assert held(worker) == []


def test_a_row_that_is_called_another_payment_is_still_held_above_the_limit(worker: Worker, erp: FakeErp) -> None:
    rows = many(erp, 60, minutes_ago=100)
    worker.run_cycle()
    for row in rows[:PAIRS]:
        edit(row, won=7)
    rows[0].amount = 200_000_000
    assert is_asked(worker) == "edited"

    answer(worker, same=False)
    again(worker, cycles=2)

    assert 200_000_000 not in [slip.amount for slip in erp.slips]
    assert len(held(worker)) == 1
    assert len(deposits(erp)) == 60 + PAIRS - 1


def test_a_failed_cancellation_that_is_called_another_payment_is_still_held(worker: Worker, erp: FakeErp) -> None:
    rows = many(erp, 60, minutes_ago=100)
    worker.run_cycle()
    for row in rows[:PAIRS]:
        edit(row, number="9")
    rows[0].status = "취소실패"
    assert is_asked(worker) == "edited"

    answer(worker, same=False)
    again(worker, cycles=2)

    assert len(held(worker)) == 1
    assert len(deposits(erp)) == 60 + PAIRS - 1


def test_a_question_is_asked_anew_when_more_rows_are_edited_before_the_answer_is_followed(
    worker: Worker, erp: FakeErp
) -> None:
    rows = many(erp, 60)
    worker.run_cycle()
    for row in rows[:PAIRS]:
        edit(row, won=7)
    is_asked(worker)
    answer(worker, same=True)

    for row in rows[PAIRS : 2 * PAIRS]:
        edit(row, won=7)
    assert is_asked(worker) == "edited"
    answer(worker, same=True)
    again(worker, cycles=2)

    assert len(deposits(erp)) == 60
    assert held(worker) == []


def test_an_answer_is_followed_by_one_reading_only(worker: Worker, erp: FakeErp) -> None:
    rows = many(erp, 60)
    worker.run_cycle()
    for row in rows[:PAIRS]:
        edit(row, won=7)
    is_asked(worker)
    answer(worker, same=True)
    again(worker)

    for row in rows[PAIRS : 2 * PAIRS]:
        edit(row, won=7)

    assert is_asked(worker) == "edited"
    assert len(deposits(erp)) == 60


def test_a_late_row_in_no_pair_is_held_after_an_answer(worker: Worker, erp: FakeErp) -> None:
    rows = many(erp, 60)
    worker.run_cycle()
    for row in rows[:PAIRS]:
        edit(row, won=7)
    erp.approve("늦은 손님", 77_777, minutes_ago=60)
    is_asked(worker)

    answer(worker, same=True)
    again(worker, cycles=2)

    assert 77_777 not in won(erp)
    assert whys(worker) == [why.LATE.id]


def test_a_cancellation_held_with_the_list_and_released_is_missed_when_its_row_is_approved_again(
    worker: Worker, erp: FakeErp
) -> None:
    """A person said that its minus is due: nobody has looked for its approval, but it stands where that stood."""
    row = erp.approve("김밥천국", 77_777)
    rows = many(erp, 60)
    worker.run_cycle()
    for one in rows[:PAIRS]:
        edit(one, won=7)
    erp.cancel(row, model="A")
    is_asked(worker)
    answer(worker, same=True)
    again(worker, cycles=2)
    (asked,) = held(worker)
    assert asked.why == why.LATE
    say(worker, asked.payment.key, RowVerdict.NOT_POSTED)
    again(worker, cycles=2)
    assert -77_777 in won(erp)

    row.status = "승인"
    again(worker, cycles=2)

    assert whys(worker) == [why.approved_again("").id]


def test_the_edits_undone_before_the_answer_leave_no_question(worker: Worker, erp: FakeErp) -> None:
    rows = many(erp, 60)
    worker.run_cycle()
    for row in rows[:PAIRS]:
        edit(row, won=7)
    is_asked(worker)

    for row in rows[:PAIRS]:
        edit(row, won=-7)
    erp.approve("새 손님", minutes_ago=1)
    again(worker, cycles=2)

    assert worker.ledger.brake() is None
    assert len(deposits(erp)) == 61
    assert held(worker) == []


def test_an_answer_that_names_what_the_question_does_not_hold_is_refused(worker: Worker, erp: FakeErp) -> None:
    rows = many(erp, 60)
    worker.run_cycle()
    for row in rows[:PAIRS]:
        edit(row, won=7)
    is_asked(worker)
    asked = worker.ledger.brake()
    assert asked is not None
    assert isinstance(asked["pairs"], dict)
    row = next(iter(asked["pairs"]))

    with pytest.raises(IllegalMove):
        worker.ledger.answer_brake({row: key_of(worker, erp.rows[0])}, by="kim", why="looked", at=worker.clock())


# --- 2: a list of strangers -----------------------------------------------------------------------------------------


def another_list(worker: Worker, erp: FakeErp, rows: int) -> None:
    """Post a few payments; then the list shows so many that nobody knows, none of which is newer than they are."""
    many(erp, 8)
    worker.run_cycle()
    for row in erp.rows:
        row.has_left = True
    erp.approve("옛 손님", 500, minutes_ago=2 * 24 * 60)
    many(erp, rows - 1, "모르는 손님", minutes_ago=24 * 60)


def test_twenty_rows_none_of_which_is_known_stop_posting(worker: Worker, erp: FakeErp) -> None:
    another_list(worker, erp, UNKNOWN)

    assert is_asked(worker) == "unknown"
    again(worker, cycles=3)

    assert len(deposits(erp)) == 8


@pytest.mark.parametrize("is_all_missing", [False, True])
def test_strangers_stop_posting_with_and_without_the_tab_of_all_rows(
    worker: Worker, erp: FakeErp, *, is_all_missing: bool
) -> None:
    erp.tab_all_missing = is_all_missing
    another_list(worker, erp, UNKNOWN + 5)

    assert is_asked(worker) == "unknown"


def test_a_list_of_strangers_that_hides_what_is_known_is_asked_about_twice_and_then_believed(
    worker: Worker, erp: FakeErp
) -> None:
    another_list(worker, erp, UNKNOWN)

    for brake in ("unknown", "hidden"):
        assert is_asked(worker) == brake
        answer(worker, same=False)
    again(worker)
    new = erp.approve("새 손님", 5_000, minutes_ago=1)
    again(worker, cycles=2)

    assert len(deposits(erp)) == 9
    assert new.amount in won(erp)
    assert set(whys(worker)) == {why.LATE.id}
    assert len(held(worker)) == UNKNOWN


def test_that_it_is_the_right_list_says_nothing_of_the_edits_in_it(worker: Worker, erp: FakeErp) -> None:
    rows = many(erp, 3)
    worker.run_cycle()
    erp.rows[0].has_left = True
    many(erp, UNKNOWN, "모르는 손님", minutes_ago=-1)
    for row in rows:
        edit(row, won=7)

    assert is_asked(worker) == "unknown"
    answer(worker, same=False)
    again(worker, cycles=2)

    assert len(deposits(erp)) == UNKNOWN + 3
    assert whys(worker) == [EDITED] * 3


def test_nineteen_strangers_stop_nothing(worker: Worker, erp: FakeErp) -> None:
    many(erp, 2)
    worker.run_cycle()
    for row in erp.rows:
        row.has_left = True

    erp.approve("옛 손님", 500, minutes_ago=2 * 24 * 60)
    many(erp, UNKNOWN - 2, "모르는 손님", minutes_ago=24 * 60)
    again(worker)

    assert len(deposits(erp)) == UNKNOWN + 1


def test_a_list_emptied_at_a_months_end_and_filled_anew_is_believed(worker: Worker, erp: FakeErp) -> None:
    many(erp, 30)
    worker.run_cycle()
    for row in erp.rows:
        row.is_reflected = True
    again(worker)
    worker.clock.advance(minutes=60)

    many(erp, 40, "새 손님")
    again(worker, cycles=2)

    assert len(deposits(erp)) == 70
    assert held(worker) == []


def test_a_list_emptied_between_two_readings_is_believed_when_the_tab_of_all_rows_shows_the_old_ones(
    worker: Worker, erp: FakeErp
) -> None:
    rows = many(erp, 30)
    worker.run_cycle()
    for row in erp.rows:
        row.is_reflected = True
    worker.clock.advance(minutes=60)

    many(erp, 40, "새 손님", minutes_ago=75)
    again(worker, cycles=2)

    assert len(deposits(erp)) == 70
    assert all(one.is_reflected for one in rows)


def test_one_known_row_makes_the_list_the_right_one(worker: Worker, erp: FakeErp) -> None:
    many(erp, 4)
    worker.run_cycle()
    worker.clock.advance(minutes=60)

    many(erp, 40, "새 손님")
    again(worker)

    assert len(deposits(erp)) == 44


# --- 3: a part of the list is hidden --------------------------------------------------------------------------------


@pytest.mark.parametrize("has_all", [True, False])
@pytest.mark.parametrize("is_sent", [True, False])
def test_five_known_rows_that_stand_nowhere_stop_posting(
    worker: Worker, erp: FakeErp, *, has_all: bool, is_sent: bool
) -> None:
    erp.tab_all_missing = not has_all
    rows = many(erp, 12)
    if is_sent:
        worker.run_cycle()
    else:
        see_unsent(worker)
    erp.approve("새 손님", 5_000, minutes_ago=-20)

    for row in rows[:HIDDEN]:
        row.has_left = True
    assert is_asked(worker) == "hidden"

    assert 5_000 not in won(erp)


def test_many_rows_that_a_person_reflected_cost_one_reading_of_one_tab(
    worker: Worker, erp: FakeErp, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = many(erp, 12)
    worker.run_cycle()
    for row in rows[2:10]:
        row.is_reflected = True
    erp.approve("새 손님", 5_000, minutes_ago=-20)
    steps: list[str] = []
    enter = erp._enter

    def noted(step: str) -> None:
        steps.append(step)
        enter(step)

    monkeypatch.setattr(erp, "_enter", noted)

    again(worker)

    assert 5_000 in won(erp)
    assert [step for step in steps if step.startswith("read_")] == ["read_open", "read_reflected"]


def test_what_a_filter_hid_is_posted_once_when_it_is_lifted(worker: Worker, erp: FakeErp) -> None:
    rows = many(erp, 12)
    worker.run_cycle()
    erp.approve("새 손님", 5_000, minutes_ago=-20)
    for row in rows[:8]:
        row.has_left = True
    is_asked(worker)
    again(worker, cycles=2)

    for row in rows[:8]:
        row.has_left = False
    again(worker, cycles=2)

    assert len(deposits(erp)) == 13
    assert worker.ledger.brake() is None
    assert held(worker) == []


def test_rows_that_a_filter_brings_up_while_it_hides_others_are_held_after_the_answer(
    worker: Worker, erp: FakeErp
) -> None:
    rows = many(erp, 12)
    worker.run_cycle()
    for row in rows[:8]:
        row.has_left = True
    late = erp.approve("숨은 손님", 5_000, minutes_ago=60)
    is_asked(worker)

    answer(worker, same=False)
    again(worker, cycles=2)
    assert whys(worker) == [why.LATE.id]
    say(worker, key_of(worker, late), RowVerdict.NOT_POSTED)
    again(worker, cycles=2)

    assert won(erp).count(5_000) == 1


def test_four_rows_that_stand_nowhere_stop_nothing(worker: Worker, erp: FakeErp) -> None:
    rows = many(erp, 12)
    worker.run_cycle()
    erp.approve("새 손님", 5_000, minutes_ago=-20)

    for row in rows[: HIDDEN - 1]:
        row.has_left = True
    again(worker)

    assert 5_000 in won(erp)


@pytest.mark.parametrize("tab", ["is_reflected", "is_forced"])
def test_rows_that_stand_under_another_tab_are_not_hidden(worker: Worker, erp: FakeErp, tab: str) -> None:
    rows = many(erp, 12)
    worker.run_cycle()
    erp.approve("새 손님", 5_000, minutes_ago=-20)

    for row in rows:
        setattr(row, tab, True)
    again(worker)

    assert 5_000 in won(erp)
    assert held(worker) == []


def test_rows_that_left_at_the_lists_old_end_are_not_hidden(worker: Worker, erp: FakeErp) -> None:
    many(erp, 12)
    worker.run_cycle()
    erp.rows[0].has_left = True
    worker.clock.advance(days=6, hours=23, minutes=45)

    erp.approve("새 손님", 5_000)
    again(worker, cycles=2)

    assert 5_000 in won(erp)


def test_rows_that_were_cancelled_in_place_are_not_hidden(worker: Worker, erp: FakeErp) -> None:
    rows = many(erp, 8)
    worker.run_cycle()

    for row in rows:
        erp.cancel(row, model="A")
    again(worker, cycles=2)

    assert sum(won(erp)) == 0
    assert held(worker) == []


# --- an empty list ---------------------------------------------------------------------------------------------------


def hide(erp: FakeErp, *, is_hidden: bool = True) -> None:
    """Have a saved filter hide every row on every tab, or lift it."""
    for row in erp.rows:
        row.has_left = is_hidden


@pytest.mark.parametrize("has_all", [True, False])
@pytest.mark.parametrize("count", [1, 3])
def test_a_list_that_is_empty_because_of_a_filter_is_not_believed(
    worker: Worker, erp: FakeErp, *, count: int, has_all: bool
) -> None:
    erp.tab_all_missing = not has_all
    many(erp, count)
    worker.run_cycle()

    hide(erp)
    assert is_asked(worker) == "hidden"
    erp.approve("새 손님", 5_000, minutes_ago=-20)
    hide(erp)
    again(worker)
    hide(erp, is_hidden=False)
    again(worker, cycles=2)

    assert worker.ledger.brake() is None
    assert len(deposits(erp)) == count + 1
    assert held(worker) == []


def test_an_empty_list_that_a_person_calls_right_asks_no_more(worker: Worker, erp: FakeErp) -> None:
    many(erp, 2)
    worker.run_cycle()
    hide(erp)
    assert is_asked(worker) == "hidden"

    answer(worker, same=False)
    again(worker, cycles=2)
    erp.approve("새 손님", 5_000)
    again(worker)

    assert worker.ledger.brake() is None
    assert 5_000 in won(erp)


@pytest.mark.parametrize("tab", ["is_reflected", "is_forced"])
@pytest.mark.parametrize("others", [0, HIDDEN - 2])
def test_a_list_that_was_emptied_by_reflecting_is_believed(
    worker: Worker, erp: FakeErp, *, tab: str, others: int
) -> None:
    rows = many(erp, 2 + others)
    worker.run_cycle()

    hide(erp)
    for row in rows[:2]:
        row.has_left = False
        setattr(row, tab, True)
    again(worker)

    assert worker.ledger.brake() is None
    assert held(worker) == []


def test_a_list_that_is_empty_because_its_rows_are_old_is_believed(worker: Worker, erp: FakeErp) -> None:
    many(erp, 3)
    worker.run_cycle()
    worker.clock.advance(days=6, hours=1)

    hide(erp)
    again(worker)

    assert worker.ledger.brake() is None


def test_what_a_braked_reading_held_is_still_new(worker: Worker, erp: FakeErp) -> None:
    rows = many(erp, 12)
    worker.run_cycle()
    for row in rows[:8]:
        row.has_left = True
    new = erp.approve("새 손님", 5_000, minutes_ago=-20)
    is_asked(worker)
    again(worker, cycles=3)

    new.amount = 6_000
    for row in rows[:8]:
        row.has_left = False
    again(worker, cycles=2)

    assert won(erp).count(6_000) == 1
    assert 5_000 not in won(erp)
    assert held(worker) == []


def test_a_braked_reading_does_not_end_silently(worker: Worker, erp: FakeErp) -> None:
    rows = many(erp, 12)
    worker.run_cycle()
    for row in rows[:8]:
        row.has_left = True
    worker.clock.advance(minutes=30)

    with pytest.raises(ListDoubted, match="daybreak resolve list"):
        worker.run_cycle()

    assert worker.ledger.last_cycles(1)[0]["outcome"] == "failed"
    assert EDITED not in whys(worker)
