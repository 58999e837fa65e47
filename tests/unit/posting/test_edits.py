"""Rows that may be known payments with a field changed: held with all their candidates, or put in their place."""

from collections.abc import Callable
from datetime import timedelta
from itertools import permutations, product

import pytest

from tests.fakes import BLIND, THURSDAY, FakeErp, Fault, Listed, Worker
from tests.unit.posting.desk import (
    again,
    copy,
    deposits,
    entries,
    entry_of,
    held,
    key_of,
    many,
    say,
    see_unsent,
    whys,
    won,
)
from worker.errors import IllegalMove
from worker.ledger.readings import DIFFERENT, SAME
from worker.ledger.state import State
from worker.ledger.verdicts import RowVerdict
from worker.payments import why

EDITED = why.edited("", why.HOW["a"]).id


def edit(row: Listed, **changes: object) -> None:
    """Change fields of a listed row, as a clerk does."""
    for field, value in changes.items():
        setattr(row, field, value)


#: One change for each rule that makes a question: (a), (b) a number that differs or is gone, (c), (e) of three kinds.
EDITS: dict[str, dict[str, object]] = {
    "a": {"at": THURSDAY - timedelta(minutes=12)},
    "b": {"approval_no": "77000001"},
    "b: no number": {"approval_no": ""},
    "c": {"amount": 12_000},
    "e: second and won": {"at": THURSDAY - timedelta(minutes=12), "amount": 12_000},
    "e: number and won": {"approval_no": "77000001", "amount": 12_000},
    "e: number and second": {"approval_no": "77000001", "at": THURSDAY - timedelta(minutes=12)},
}


@pytest.mark.parametrize("changes", EDITS.values(), ids=EDITS)
def test_an_edit_of_a_posted_row_is_held_with_its_candidate(
    worker: Worker, erp: FakeErp, changes: dict[str, object]
) -> None:
    row = erp.approve("김밥천국")
    worker.run_cycle()
    key = key_of(worker, row)

    edit(row, **changes)
    again(worker, cycles=3)

    assert won(erp) == [10_000]
    (found,) = held(worker)
    assert key in str(found.why)
    assert [(one.old, one.answer) for one in worker.ledger.pairings([found.payment.key])] == [(key, "")]


@pytest.mark.parametrize("changes", [EDITS[name] for name in ("a", "b", "c")], ids=["a", "b", "c"])
def test_an_edit_together_with_a_rename_is_held(worker: Worker, erp: FakeErp, changes: dict[str, object]) -> None:
    row = erp.approve("김밥천국")
    worker.run_cycle()

    edit(row, payer="김밥천국 2호점", **changes)
    again(worker, cycles=3)

    assert won(erp) == [10_000]
    assert whys(worker) == [EDITED]


def _posted(worker: Worker, _row: Listed) -> None:
    worker.run_cycle()


def _in_doubt(worker: Worker, _row: Listed) -> None:
    worker.rules = BLIND
    worker.erp.faults = [Fault.LOST_AFTER]
    worker.run_cycle()


def _rejected(worker: Worker, row: Listed) -> None:
    worker.erp.refused_payers = {row.payer}
    worker.run_cycle()


def _adopted(worker: Worker, row: Listed) -> None:
    see_unsent(worker)
    worker.adopt(key_of(worker, row))
    again(worker)


def _decided(worker: Worker, row: Listed) -> None:
    see_unsent(worker)
    row.has_left = True
    again(worker)
    say(worker, held(worker)[0].payment.key, RowVerdict.NEVER)
    row.has_left = False


KNOWN: dict[str, Callable[[Worker, Listed], None]] = {
    "posted": _posted,
    "in doubt": _in_doubt,
    "rejected": _rejected,
    "adopted": _adopted,
    "decided never": _decided,
}


@pytest.mark.parametrize("changes", [EDITS[name] for name in ("a", "b", "c")], ids=["a", "b", "c"])
@pytest.mark.parametrize("become", KNOWN.values(), ids=KNOWN)
def test_whatever_became_of_the_row_before_its_edit_is_held(
    worker: Worker, erp: FakeErp, become: Callable[[Worker, Listed], None], changes: dict[str, object]
) -> None:
    row = erp.approve("김밥천국")
    become(worker, row)
    before, waiting = won(erp), len(held(worker))

    edit(row, **changes)
    again(worker, cycles=3)

    assert won(erp) == before
    assert len(held(worker)) == waiting + 1


@pytest.mark.parametrize("name", ["a", "c"])
def test_a_row_with_a_known_number_is_held_though_the_known_one_is_listed_as_well(
    worker: Worker, erp: FakeErp, name: str
) -> None:
    row = erp.approve("김밥천국")
    worker.run_cycle()

    copy(erp, row, **EDITS[name])
    again(worker, cycles=2)

    assert won(erp) == [10_000]
    assert whys(worker) == [EDITED]


@pytest.mark.parametrize("name", ["b", "e: number and won", "e: second and won"])
def test_a_row_like_one_that_is_still_listed_is_another_payment(worker: Worker, erp: FakeErp, name: str) -> None:
    row = erp.approve("김밥천국")
    worker.run_cycle()

    copy(erp, row, **{"approval_no": "77000002", **EDITS[name]})
    again(worker, cycles=2)

    assert len(deposits(erp)) == 2
    assert held(worker) == []


@pytest.mark.parametrize("has_all", [True, False])
@pytest.mark.parametrize("tab", ["is_reflected", "is_forced"])
def test_a_row_like_one_that_stands_under_another_tab_is_another_payment(
    worker: Worker, erp: FakeErp, tab: str, *, has_all: bool
) -> None:
    row = erp.approve("김밥천국")
    worker.run_cycle()
    erp.tab_all_missing = not has_all
    setattr(row, tab, True)

    copy(erp, row, approval_no="77000001", is_reflected=False, is_forced=False)
    again(worker, cycles=2)

    # Without the tab 전체 a row under 강제회계반영 is not looked for: that is asked, not posted.
    is_seen = has_all or tab == "is_reflected"
    assert len(deposits(erp)) == (2 if is_seen else 1)


@pytest.mark.parametrize("is_all_missing", [False, True])
@pytest.mark.parametrize("is_forced_missing", [False, True])
def test_an_edit_is_held_whatever_tabs_the_erp_lacks(
    worker: Worker, erp: FakeErp, *, is_all_missing: bool, is_forced_missing: bool
) -> None:
    erp.tab_all_missing, erp.tab_forced_missing = is_all_missing, is_forced_missing
    row = erp.approve("김밥천국")
    worker.run_cycle()

    row.approval_no = "77000001"
    again(worker, cycles=2)

    assert won(erp) == [10_000]
    assert whys(worker) == [EDITED]


@pytest.mark.parametrize("changes", EDITS.values(), ids=EDITS)
def test_a_row_of_another_acquirer_is_never_an_edit(worker: Worker, erp: FakeErp, changes: dict[str, object]) -> None:
    row = erp.approve("김밥천국")
    worker.run_cycle()
    row.has_left = True

    copy(erp, row, has_left=False, acquirer="신한카드", **changes)
    again(worker, cycles=2)

    assert len(deposits(erp)) == (1 if changes.get("approval_no") == "" else 2)
    assert EDITED not in whys(worker)


@pytest.mark.parametrize("changes", EDITS.values(), ids=EDITS)
def test_an_acquirer_that_is_known_on_one_side_only_keeps_no_pair_apart(
    worker: Worker, erp: FakeErp, changes: dict[str, object]
) -> None:
    row = erp.approve("김밥천국")
    worker.run_cycle()

    edit(row, acquirer="", **changes)
    again(worker, cycles=2)

    assert won(erp) == [10_000]
    assert whys(worker) == [EDITED]


def test_a_cancellation_is_no_edit_of_an_approval_nor_the_other_way_round(worker: Worker, erp: FakeErp) -> None:
    row = erp.approve("김밥천국")
    worker.run_cycle()

    erp.cancel(row)
    again(worker, cycles=2)

    assert won(erp) == [-10_000, 10_000]
    assert held(worker) == []


def test_payer_won_and_day_alone_make_no_edit(worker: Worker, erp: FakeErp) -> None:
    row = erp.approve("김밥천국")
    worker.run_cycle()
    row.has_left = True
    worker.clock.advance(minutes=60)

    erp.approve("김밥천국", minutes_ago=5)
    again(worker, cycles=2)

    assert won(erp) == [10_000] * 2
    assert held(worker) == []


def test_a_late_row_that_was_requested_when_the_list_was_last_read_is_no_edit_by_two_fields(
    worker: Worker, erp: FakeErp
) -> None:
    row = erp.approve("김밥천국", minutes_ago=20)
    asked = erp.approve("김밥천국", minutes_ago=15)
    asked.status = "요청중"
    worker.run_cycle()
    row.has_left = True

    asked.status = "승인"
    again(worker, cycles=2)

    assert won(erp) == [10_000] * 2
    assert held(worker) == []


def test_a_vanished_row_older_than_the_window_is_no_candidate_by_two_fields(worker: Worker, erp: FakeErp) -> None:
    row = erp.approve("김밥천국", minutes_ago=6 * 24 * 60)
    worker.run_cycle()
    row.has_left = True

    copy(erp, row, has_left=False, at=row.at + timedelta(days=4), approval_no="77000001")
    again(worker, cycles=2)

    assert won(erp) == [10_000] * 2


def test_every_candidate_stands_in_the_question(worker: Worker, erp: FakeErp) -> None:
    row = erp.approve("김밥천국")
    other = copy(erp, row, approval_no="77000005")
    worker.run_cycle()
    keys = {key_of(worker, one) for one in (row, other)}

    row.has_left = other.has_left = True
    copy(erp, row, has_left=False, approval_no="77000009")
    again(worker, cycles=2)

    (found,) = held(worker)
    assert {one.old for one in worker.ledger.pairings([found.payment.key])} == keys
    assert all(key in str(found.why) for key in keys)


@pytest.mark.parametrize("name", [name for name in EDITS if name.startswith("e")])
def test_an_edit_of_two_fields_is_noticed_by_a_machine_whose_clock_is_slow(
    worker: Worker, erp: FakeErp, name: str
) -> None:
    """Rows are dated by the ERP: by our own clock each of them would be younger than the reading that saw it."""
    worker.erp_ahead = 600.0
    row = erp.approve("김밥천국", minutes_ago=-9.5)
    worker.run_cycle()
    changes = {
        field: worker.clock() + timedelta(minutes=8) if field == "at" else value for field, value in EDITS[name].items()
    }

    edit(row, **changes)
    again(worker, cycles=3, minutes=0.2)

    assert won(erp) == [10_000]
    assert whys(worker) == [EDITED]


def test_a_row_edited_twice_between_two_readings_is_held(worker: Worker, erp: FakeErp) -> None:
    row = erp.approve("김밥천국")
    worker.run_cycle()

    row.amount = 12_000
    row.approval_no = "77000001"
    again(worker, cycles=2)

    assert won(erp) == [10_000]
    assert whys(worker) == [EDITED]


@pytest.mark.parametrize("name", ["a", "b", "c", "e: second and won"])
@pytest.mark.parametrize("verdict", list(RowVerdict))
def test_what_a_person_says_of_an_edit_of_a_posted_row_is_done(
    worker: Worker, erp: FakeErp, name: str, verdict: RowVerdict
) -> None:
    row = erp.approve("김밥천국")
    worker.run_cycle()
    edit(row, **EDITS[name])
    again(worker)

    say(worker, held(worker)[0].payment.key, verdict)
    again(worker, cycles=3)

    assert len(deposits(erp)) == (2 if verdict is RowVerdict.NOT_POSTED else 1)
    assert held(worker) == []


# --- a row that was never sent --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a", "b", "c", "e: number and second"])
@pytest.mark.parametrize("verdict", list(RowVerdict))
@pytest.mark.parametrize("asks_for", ["the old form", "the new form"])
def test_an_unsent_row_and_its_edit_make_one_question_and_one_answer_settles_both(
    worker: Worker, erp: FakeErp, name: str, verdict: RowVerdict, asks_for: str
) -> None:
    row = erp.approve("김밥천국")
    see_unsent(worker)
    old = key_of(worker, row)
    edit(row, **EDITS[name])
    again(worker, cycles=2)
    assert won(erp) == []
    assert {one.payment.key for one in held(worker)} == {old, key_of(worker, row)}

    say(worker, old if asks_for == "the old form" else key_of(worker, row), verdict)
    again(worker, cycles=3)

    assert won(erp) == ([row.amount] if verdict is RowVerdict.NOT_POSTED else [])
    assert held(worker) == []


def test_the_old_form_of_a_released_edit_cannot_be_released_as_well(worker: Worker, erp: FakeErp) -> None:
    row = erp.approve("김밥천국")
    see_unsent(worker)
    old = key_of(worker, row)
    row.approval_no = "77000001"
    again(worker)
    say(worker, key_of(worker, row), RowVerdict.NOT_POSTED)

    with pytest.raises(IllegalMove):
        say(worker, old, RowVerdict.NOT_POSTED)
    again(worker, cycles=2)

    assert won(erp) == [10_000]


def test_an_edit_of_a_row_in_doubt_is_not_released_before_the_doubt_is_settled(worker: Worker, erp: FakeErp) -> None:
    worker.run_cycle()
    worker.rules = BLIND
    row = erp.approve("김밥천국")
    erp.faults = [Fault.LOST_AFTER]
    again(worker)
    row.amount = 12_000
    again(worker)

    with pytest.raises(IllegalMove, match="settle that one first"):
        say(worker, key_of(worker, row), RowVerdict.NOT_POSTED)
    again(worker, cycles=2)

    assert won(erp) == [10_000]


@pytest.mark.parametrize(
    ("fault", "verdict", "books"),
    [(Fault.LOST_AFTER, RowVerdict.POSTED, [10_000]), (Fault.LOST_BEFORE, RowVerdict.NOT_POSTED, [12_000])],
)
def test_a_row_in_doubt_that_was_edited_is_settled_first_and_then_its_edit(
    worker: Worker, erp: FakeErp, fault: Fault, verdict: RowVerdict, books: list[int]
) -> None:
    worker.run_cycle()
    worker.rules = BLIND
    row = erp.approve("김밥천국")
    erp.faults = [fault]
    again(worker)
    old = key_of(worker, row)
    row.amount = 12_000
    again(worker)

    say(worker, old, verdict)
    again(worker, cycles=2)
    say(worker, key_of(worker, row), verdict)
    again(worker, cycles=2)

    assert won(erp) == books
    assert held(worker) == []
    assert worker.ledger.in_state(State.IN_DOUBT) == []


def test_an_edit_that_is_undone_settles_itself(worker: Worker, erp: FakeErp) -> None:
    row = erp.approve("김밥천국")
    worker.run_cycle()
    before = row.approval_no
    row.approval_no = "77000001"
    again(worker)

    row.approval_no = before
    again(worker, cycles=2)

    assert won(erp) == [10_000]
    assert held(worker) == []


def test_an_unsent_row_whose_edit_is_undone_is_posted_once(worker: Worker, erp: FakeErp) -> None:
    row = erp.approve("김밥천국")
    see_unsent(worker)
    before = row.approval_no
    row.approval_no = "77000001"
    again(worker)

    row.approval_no = before
    again(worker, cycles=3)

    assert won(erp) == [10_000]
    assert held(worker) == []


def test_when_the_known_row_is_listed_beside_the_held_one_both_are_payments(worker: Worker, erp: FakeErp) -> None:
    row = erp.approve("김밥천국")
    worker.run_cycle()
    row.has_left = True
    other = copy(erp, row, has_left=False, approval_no="77000001")
    again(worker)
    assert len(held(worker)) == 1

    row.has_left = False
    again(worker, cycles=3)

    assert won(erp) == [10_000] * 2
    assert held(worker) == []
    (pair,) = worker.ledger.pairings([key_of(worker, other)])
    assert pair.answer == DIFFERENT


def test_an_undone_edit_that_comes_back_is_asked_about_again_and_posts_nothing(worker: Worker, erp: FakeErp) -> None:
    row = erp.approve("김밥천국")
    worker.run_cycle()
    before = row.approval_no

    for number in ("77000001", before, "77000001", before, "77000001"):
        row.approval_no = number
        again(worker, cycles=2)

    assert won(erp) == [10_000]


def test_a_released_row_that_is_edited_before_it_is_posted_is_paired_again(worker: Worker, erp: FakeErp) -> None:
    row = erp.approve("김밥천국")
    see_unsent(worker)
    row.has_left = True
    again(worker)
    old = held(worker)[0].payment.key
    say(worker, old, RowVerdict.NOT_POSTED)

    edit(row, has_left=False, approval_no="77000001")
    again(worker, cycles=3)

    assert won(erp) == []
    say(worker, key_of(worker, row), RowVerdict.NOT_POSTED)
    again(worker, cycles=3)
    assert won(erp) == [10_000]


def test_a_released_row_is_asked_about_again_when_a_row_like_it_was_posted_meanwhile(
    worker: Worker, erp: FakeErp
) -> None:
    row = erp.approve("김밥천국")
    see_unsent(worker)
    row.has_left = True
    again(worker)
    old = held(worker)[0].payment.key
    erp.approve("김밥천국", minutes_ago=-10)
    again(worker)
    assert won(erp) == [10_000]

    say(worker, old, RowVerdict.NOT_POSTED)
    again(worker, cycles=2)
    assert won(erp) == [10_000]
    say(worker, old, RowVerdict.NOT_POSTED)
    again(worker, cycles=2)

    assert won(erp) == [10_000] * 2
    assert held(worker) == []


def test_a_released_row_is_posted_though_it_is_listed_no_more_and_nothing_is_like_it(
    worker: Worker, erp: FakeErp
) -> None:
    row = erp.approve("김밥천국")
    see_unsent(worker)
    row.has_left = True
    again(worker)
    say(worker, held(worker)[0].payment.key, RowVerdict.NOT_POSTED)

    erp.approve("다른 손님", 7_000, minutes_ago=-31)
    again(worker, cycles=3)

    assert won(erp) == [7_000, 10_000]


# --- chains ---------------------------------------------------------------------------------------------------------

#: What a clerk changes after another: the number, the won, the second.
CHAIN: tuple[dict[str, object], ...] = (
    {"approval_no": "77000001"},
    {"amount": 12_000},
    {"at": THURSDAY - timedelta(minutes=12)},
)


@pytest.mark.parametrize("is_posted", [True, False], ids=["posted", "unsent"])
@pytest.mark.parametrize("order", list(permutations(range(3), 2)), ids=str)
def test_a_chain_of_edits_comes_to_one_payment_whatever_form_is_answered(
    worker: Worker, erp: FakeErp, order: tuple[int, ...], *, is_posted: bool
) -> None:
    row = erp.approve("김밥천국")
    if is_posted:
        worker.run_cycle()
    else:
        see_unsent(worker)
    for place in order:
        edit(row, **CHAIN[place])
        again(worker, cycles=2)
    assert len(deposits(erp)) == is_posted

    verdict = RowVerdict.NEVER if is_posted else RowVerdict.NOT_POSTED
    say(worker, key_of(worker, row), verdict)
    again(worker, cycles=3)

    assert len(deposits(erp)) == 1
    assert held(worker) == []


@pytest.mark.parametrize("verdicts", list(product(RowVerdict, repeat=2)), ids=str)
@pytest.mark.parametrize("is_oldest_first", [True, False])
def test_no_answers_on_a_chain_post_the_oldest_form_and_the_newest_one_unless_they_are_called_different(
    worker: Worker, erp: FakeErp, verdicts: tuple[RowVerdict, ...], *, is_oldest_first: bool
) -> None:
    row = erp.approve("김밥천국")
    see_unsent(worker)
    for changes in CHAIN[:2]:
        edit(row, **changes)
        again(worker)

    for verdict in verdicts:
        waiting = [one.payment.key for one in held(worker)]
        if waiting:
            say(worker, waiting[0 if is_oldest_first else -1], verdict)
        again(worker)
    again(worker, cycles=2)

    assert len(deposits(erp)) <= 1
    assert held(worker) == []


def test_a_row_that_is_edited_after_its_edit_was_called_the_same_is_held_again(worker: Worker, erp: FakeErp) -> None:
    row = erp.approve("김밥천국")
    worker.run_cycle()
    row.approval_no = "77000001"
    again(worker)
    say(worker, key_of(worker, row), RowVerdict.POSTED)
    again(worker)

    row.amount = 12_000
    again(worker, cycles=2)

    assert won(erp) == [10_000]
    assert whys(worker) == [EDITED]


def test_a_row_that_returns_to_its_first_form_after_it_was_called_the_same_is_posted_once(
    worker: Worker, erp: FakeErp
) -> None:
    row = erp.approve("김밥천국")
    worker.run_cycle()
    before = row.approval_no
    row.approval_no = "77000001"
    again(worker)
    say(worker, key_of(worker, row), RowVerdict.POSTED)
    again(worker)

    row.approval_no = before
    again(worker, cycles=3)

    assert won(erp) == [10_000]


# --- a number that comes: (d) ---------------------------------------------------------------------------------------


def test_a_row_that_gets_its_number_is_posted_once_under_the_key_it_had(worker: Worker, erp: FakeErp) -> None:
    row = erp.approve("김밥천국", number="")
    worker.run_cycle()
    again(worker)
    (before,) = held(worker)

    row.approval_no = "31000001"
    again(worker, cycles=3)

    assert won(erp) == [10_000]
    assert held(worker) == []
    assert [one.payment.key for one in entries(worker)] == [before.payment.key]


@pytest.mark.parametrize("verdict", [RowVerdict.NEVER, RowVerdict.POSTED])
def test_a_number_that_comes_changes_nothing_that_a_person_decided(
    worker: Worker, erp: FakeErp, verdict: RowVerdict
) -> None:
    row = erp.approve("김밥천국", number="")
    worker.run_cycle()
    again(worker)
    say(worker, held(worker)[0].payment.key, verdict)

    row.approval_no = "31000001"
    again(worker, cycles=3)

    assert won(erp) == []
    assert held(worker) == []


@pytest.mark.parametrize("cycles_between", [0, 1])
def test_a_released_row_without_a_number_is_posted_once_though_its_number_comes(
    worker: Worker, erp: FakeErp, cycles_between: int
) -> None:
    row = erp.approve("김밥천국", number="")
    worker.run_cycle()
    again(worker)
    say(worker, held(worker)[0].payment.key, RowVerdict.NOT_POSTED)
    again(worker, cycles=cycles_between)

    row.approval_no = "31000001"
    again(worker, cycles=3)

    assert won(erp) == [10_000]
    assert held(worker) == []


def test_the_old_form_of_a_row_whose_number_came_cannot_be_released(worker: Worker, erp: FakeErp) -> None:
    row = erp.approve("김밥천국", number="")
    worker.run_cycle()
    again(worker)
    old = held(worker)[0].payment.key
    row.approval_no = "31000001"
    again(worker, cycles=2)

    with pytest.raises(IllegalMove):
        say(worker, old, RowVerdict.NOT_POSTED)
    again(worker, cycles=2)

    assert won(erp) == [10_000]


def test_a_row_in_doubt_that_gets_its_number_stays_in_doubt(worker: Worker, erp: FakeErp) -> None:
    worker.run_cycle()
    worker.rules = BLIND
    row = erp.approve("김밥천국", number="")
    again(worker, cycles=2)
    say(worker, held(worker)[0].payment.key, RowVerdict.NOT_POSTED)
    erp.faults = [Fault.LOST_AFTER]
    again(worker)

    row.approval_no = "31000001"
    again(worker, cycles=3)

    assert won(erp) == [10_000]
    assert entry_of(worker, row).state is State.IN_DOUBT


@pytest.mark.parametrize("number", ["", "31000009"])
def test_a_row_whose_place_was_taken_is_nobodys_candidate_again(worker: Worker, erp: FakeErp, number: str) -> None:
    row = erp.approve("김밥천국", number="")
    worker.run_cycle()
    row.approval_no = "31000001"
    again(worker, cycles=2)

    copy(erp, row, approval_no=number)
    again(worker, cycles=3)

    assert won(erp) == ([10_000] * 2 if number else [10_000])
    assert EDITED not in whys(worker)


def test_a_number_that_comes_with_another_payer_is_held(worker: Worker, erp: FakeErp) -> None:
    row = erp.approve("김밥천국", number="")
    worker.run_cycle()
    again(worker)
    say(worker, held(worker)[0].payment.key, RowVerdict.NOT_POSTED)
    again(worker)

    edit(row, approval_no="31000001", payer="김밥천국 2호점")
    again(worker, cycles=2)

    assert won(erp) == [10_000]
    assert whys(worker) == [EDITED]


# --- a payer that changes while there is no number: (f) -------------------------------------------------------------


def test_a_row_without_a_number_that_is_renamed_keeps_its_place(worker: Worker, erp: FakeErp) -> None:
    row = erp.approve("김밥천국", number="")
    worker.run_cycle()
    again(worker)
    (before,) = held(worker)

    row.payer = "김밥천국 2호점"
    again(worker, cycles=2)
    assert [one.payment.key for one in held(worker)] == [before.payment.key]
    row.approval_no = "31000001"
    again(worker, cycles=2)

    assert deposits(erp) == [("김밥천국 2호점", 10_000)]


def test_a_posted_row_without_a_number_that_is_renamed_is_not_posted_again(worker: Worker, erp: FakeErp) -> None:
    row = erp.approve("김밥천국", number="")
    worker.run_cycle()
    again(worker)
    say(worker, held(worker)[0].payment.key, RowVerdict.NOT_POSTED)
    again(worker)

    row.payer = "김밥천국 2호점"
    again(worker, cycles=3)

    assert won(erp) == [10_000]
    assert held(worker) == []


def test_a_row_without_a_number_after_a_reflected_one_of_another_payer_is_a_payment_of_its_own(
    worker: Worker, erp: FakeErp
) -> None:
    row = erp.approve("김밥천국", number="")
    worker.run_cycle()
    again(worker)
    say(worker, held(worker)[0].payment.key, RowVerdict.NOT_POSTED)
    again(worker)
    row.is_reflected = True

    other = copy(erp, row, is_reflected=False, payer="다른 손님")
    again(worker, cycles=2)
    assert [one.payment.payer for one in held(worker)] == ["다른 손님"]
    other.approval_no = "31000001"
    again(worker, cycles=2)

    assert deposits(erp) == [("김밥천국", 10_000), ("다른 손님", 10_000)]


def test_two_rows_without_numbers_that_may_be_one_renamed_row_are_both_asked_about(
    worker: Worker, erp: FakeErp
) -> None:
    row = erp.approve("김밥천국", number="")
    worker.run_cycle()
    again(worker)
    row.has_left = True

    copy(erp, row, has_left=False, payer="새 손님 1")
    copy(erp, row, has_left=False, payer="새 손님 2")
    again(worker, cycles=2)

    asked = [one for one in held(worker) if getattr(one.why, "id", "") == EDITED]
    assert {one.payment.payer for one in asked} == {"새 손님 1", "새 손님 2"}
    assert won(erp) == []


# --- late approvals -------------------------------------------------------------------------------------------------


def a_vanished_twin_and_a_request(worker: Worker, erp: FakeErp, *, payer: str) -> Listed:
    """Post a row, and list a request of its second and won; then the posted row leaves. Returns the request."""
    row = erp.approve("김밥천국")
    asked = copy(erp, row, payer=payer, approval_no="", status="요청중")
    worker.run_cycle()
    row.has_left = True
    return asked


def test_a_request_that_is_approved_is_news_though_a_row_of_its_second_and_won_vanished(
    worker: Worker, erp: FakeErp
) -> None:
    asked = a_vanished_twin_and_a_request(worker, erp, payer="다른 손님")

    edit(asked, status="승인", approval_no="31000001")
    again(worker, cycles=2)

    assert won(erp) == [10_000] * 2
    assert held(worker) == []


def test_a_late_approval_with_the_payer_of_a_vanished_row_of_its_second_is_asked_about(
    worker: Worker, erp: FakeErp
) -> None:
    asked = a_vanished_twin_and_a_request(worker, erp, payer="김밥천국")

    edit(asked, status="승인", approval_no="31000001")
    again(worker, cycles=2)

    assert won(erp) == [10_000]
    assert whys(worker) == [EDITED]


def test_more_new_rows_than_requests_that_are_gone_are_asked_about(worker: Worker, erp: FakeErp) -> None:
    asked = a_vanished_twin_and_a_request(worker, erp, payer="다른 손님")

    edit(asked, status="승인", approval_no="31000001")
    copy(erp, asked, approval_no="31000002")
    again(worker, cycles=2)

    assert won(erp) == [10_000]
    assert whys(worker) == [EDITED] * 2


def test_a_request_that_is_still_listed_makes_no_late_approval(worker: Worker, erp: FakeErp) -> None:
    asked = a_vanished_twin_and_a_request(worker, erp, payer="다른 손님")

    copy(erp, asked, status="승인", approval_no="31000001")
    again(worker, cycles=2)

    assert won(erp) == [10_000]
    assert whys(worker) == [EDITED]


@pytest.mark.parametrize("count", [3, 9])
def test_requests_of_one_second_that_are_approved_at_once_are_posted(worker: Worker, erp: FakeErp, count: int) -> None:
    first = erp.approve("손님 0", number="")
    rows = [first, *(copy(erp, first, payer=f"손님 {one}") for one in range(1, count))]
    for row in rows:
        row.status = "요청중"
    worker.run_cycle()

    for number, row in enumerate(rows):
        edit(row, status="승인", approval_no=f"3100{number:04}")
    again(worker, cycles=2)

    assert len(deposits(erp)) == count
    assert held(worker) == []


# --- while a person decides, and while a list is not read to its end ------------------------------------------------


def test_an_answer_that_comes_while_the_worker_decides_is_followed(worker: Worker, erp: FakeErp) -> None:
    row = erp.approve("김밥천국")
    worker.run_cycle()
    before = row.approval_no
    row.approval_no = "77000001"
    again(worker)
    (asked,) = held(worker)
    row.approval_no = before
    real = worker.ledger.judge

    def judge(*args: object, **kwargs: object) -> None:
        if held(worker):
            say(worker, asked.payment.key, RowVerdict.POSTED)
        real(*args, **kwargs)  # type: ignore[arg-type] # passed on as they came

    worker.ledger.judge = judge  # type: ignore[method-assign] # the moment between deciding and writing down
    again(worker, cycles=2)

    assert won(erp) == [10_000]
    assert held(worker) == []
    assert [one.answer for one in worker.ledger.pairings([asked.payment.key])] == [SAME]


def test_a_row_that_a_stopped_reading_held_is_judged_by_the_next_one(worker: Worker, erp: FakeErp) -> None:
    row = erp.approve("김밥천국")
    worker.run_cycle()
    row.approval_no = "77000001"
    worker.stop_before = "deciding"
    worker.clock.advance(minutes=30)
    with pytest.raises(BaseException, match="asked to stop"):
        worker.run_cycle()

    worker.stop_before = ""
    again(worker, cycles=2)

    assert won(erp) == [10_000]
    assert whys(worker) == [EDITED]


def test_a_held_edit_that_comes_and_goes_is_posted_never(worker: Worker, erp: FakeErp) -> None:
    row = erp.approve("김밥천국")
    worker.run_cycle()
    row.approval_no = "77000001"
    again(worker)

    for has_left in (True, False, True, False):
        row.has_left = has_left
        again(worker)

    assert won(erp) == [10_000]
    assert len(held(worker)) == 1


def test_nine_edits_of_one_reading_are_nine_questions(worker: Worker, erp: FakeErp) -> None:
    rows = many(erp, 60)
    worker.run_cycle()

    for row in rows[:9]:
        row.amount += 7
    again(worker, cycles=2)

    assert len(deposits(erp)) == 60
    assert whys(worker) == [EDITED] * 9
