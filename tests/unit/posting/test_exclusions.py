"""What a reading excluded, and a later one contradicts: no exclusion is a verdict."""

from datetime import timedelta
from itertools import product
from pathlib import Path

import pytest

from tests.fakes import RULES, FakeClock, FakeErp, Listed, Worker, with_rules
from tests.unit.posting.desk import (
    again,
    answer,
    copy,
    deposits,
    entries,
    entry_of,
    held,
    is_asked,
    key_of,
    many,
    say,
    see_unsent,
    whys,
    won,
)
from worker.errors import SessionExpired
from worker.ledger.entry import BEFORE_ADOPTION
from worker.ledger.state import State
from worker.ledger.verdicts import RowVerdict
from worker.payments import why
from worker.payments.payment import PaymentKind

CONTRADICTED = why.contradicted("").id


@pytest.mark.parametrize("verdict", list(RowVerdict))
def test_a_row_that_was_reflected_and_then_un_reflected_is_held_with_both_readings(
    worker: Worker, erp: FakeErp, verdict: RowVerdict
) -> None:
    row = erp.approve("김밥천국")
    see_unsent(worker)
    row.is_reflected = True
    again(worker)
    assert entry_of(worker, row).excluded == why.REFLECTED

    row.is_reflected = False
    again(worker, cycles=3)

    assert won(erp) == []
    (found,) = held(worker)
    assert found.why == why.contradicted(why.REFLECTED)
    say(worker, found.payment.key, verdict)
    again(worker, cycles=3)
    assert won(erp) == ([10_000] if verdict is RowVerdict.NOT_POSTED else [])


def test_a_posted_row_that_was_reflected_and_then_un_reflected_is_posted_once_and_not_held(
    worker: Worker, erp: FakeErp
) -> None:
    row = erp.approve("김밥천국")
    worker.run_cycle()

    for is_reflected in (True, False, True, False):
        row.is_reflected = is_reflected
        again(worker, cycles=2)

    assert won(erp) == [10_000]
    assert held(worker) == []


def test_an_un_reflected_row_that_was_renamed_meanwhile_is_held_as_well(worker: Worker, erp: FakeErp) -> None:
    row = erp.approve("김밥천국")
    see_unsent(worker)
    row.is_reflected = True
    again(worker)

    row.is_reflected, row.payer = False, "김밥천국 2호점"
    again(worker, cycles=2)

    assert whys(worker) == [CONTRADICTED]


def test_a_row_that_was_cancelled_in_place_and_approved_again_is_held(worker: Worker, erp: FakeErp) -> None:
    row = erp.approve("김밥천국")
    see_unsent(worker)
    erp.cancel(row, model="A")
    again(worker)

    row.status = "승인"
    again(worker, cycles=3)

    assert won(erp) == []
    (found,) = held(worker)
    assert found.why == why.contradicted(why.CANCELLED_FIRST)
    say(worker, found.payment.key, RowVerdict.NOT_POSTED)
    again(worker, cycles=2)
    assert won(erp) == [10_000]


def test_the_minus_of_a_row_that_was_cancelled_approved_again_and_posted_is_asked_about(
    worker: Worker, erp: FakeErp
) -> None:
    row = erp.approve("김밥천국")
    see_unsent(worker)
    erp.cancel(row, model="A")
    again(worker)
    row.status = "승인"
    again(worker)
    say(worker, held(worker)[0].payment.key, RowVerdict.NOT_POSTED)
    again(worker)

    row.status = "취소"
    again(worker, cycles=3)
    assert whys(worker) == [CONTRADICTED]
    say(worker, held(worker)[0].payment.key, RowVerdict.NOT_POSTED)
    again(worker, cycles=3)

    assert won(erp) == [-10_000, 10_000]
    assert held(worker) == []


def test_the_minus_of_a_row_that_was_left_out_as_cancelled_and_then_approved_is_asked_about(
    worker: Worker, erp: FakeErp
) -> None:
    worker.rules = with_rules(RULES, cancel_in_place=True)
    row = erp.approve("김밥천국")
    row.status = "취소"
    worker.run_cycle()
    row.status = "승인"
    again(worker)
    assert won(erp) == [10_000]

    row.status = "취소"
    again(worker, cycles=2)

    assert won(erp) == [10_000]
    assert whys(worker) == [CONTRADICTED]


def test_what_a_person_called_never_while_it_was_gone_is_asked_about_once_more_when_it_is_back(
    worker: Worker, erp: FakeErp
) -> None:
    row = erp.approve("김밥천국")
    see_unsent(worker)
    row.has_left = True
    again(worker)
    say(worker, held(worker)[0].payment.key, RowVerdict.NEVER)

    row.has_left = False
    again(worker, cycles=2)
    say(worker, held(worker)[0].payment.key, RowVerdict.NEVER)
    for has_left in (True, False):
        row.has_left = has_left
        again(worker, cycles=2)

    assert won(erp) == []
    assert held(worker) == []


@pytest.mark.parametrize("verdict", list(RowVerdict))
def test_an_unposted_row_under_the_forced_tab_is_asked_about(worker: Worker, erp: FakeErp, verdict: RowVerdict) -> None:
    row = erp.approve("김밥천국")
    see_unsent(worker)

    row.is_forced = True
    again(worker, cycles=2)

    assert won(erp) == []
    assert whys(worker) == [why.FORCED.id]
    say(worker, held(worker)[0].payment.key, verdict)
    again(worker, cycles=2)
    assert won(erp) == ([10_000] if verdict is RowVerdict.NOT_POSTED else [])


def test_without_the_forced_tab_a_row_that_is_gone_is_asked_about(worker: Worker, erp: FakeErp) -> None:
    erp.tab_forced_missing = erp.tab_all_missing = True
    row = erp.approve("김밥천국")
    see_unsent(worker)

    row.is_forced = True
    again(worker, cycles=2)

    assert won(erp) == []
    assert whys(worker) == [why.LEFT.id]


def test_a_row_that_left_unposted_is_held_and_posted_once_when_it_returns(worker: Worker, erp: FakeErp) -> None:
    row = erp.approve("김밥천국")
    see_unsent(worker)
    row.has_left = True
    again(worker, cycles=2)
    assert whys(worker) == [why.LEFT.id]

    row.has_left = False
    again(worker, cycles=3)

    assert won(erp) == [10_000]
    assert held(worker) == []


def test_held_rows_that_come_and_go_are_posted_once(worker: Worker, erp: FakeErp) -> None:
    rows = many(erp, 4)
    see_unsent(worker)

    for shown in product((True, False), repeat=2):
        for place, row in enumerate(rows):
            row.has_left = not shown[place % 2]
        see_unsent(worker)
    for row in rows:
        row.has_left = False
    again(worker, cycles=3)

    assert len(deposits(erp)) == 4
    assert held(worker) == []


@pytest.mark.parametrize(
    "statuses", list(product(["승인", "취소", "승인실패", "요청중", "취소실패"], repeat=2)), ids=str
)
def test_an_unsent_row_that_turns_in_place_is_never_posted_as_what_it_is_no_more(
    worker: Worker, erp: FakeErp, statuses: tuple[str, ...]
) -> None:
    row = erp.approve("김밥천국")
    see_unsent(worker)

    for status in statuses:
        row.status = status
        see_unsent(worker)
    again(worker, cycles=3)

    if statuses == ("승인", "승인"):
        assert won(erp) == [10_000]
    else:
        assert sum(won(erp)) in (0, 10_000)
        assert len(won(erp)) <= 1
    # Not posted, and nobody asked: only what was cancelled and is not approved.
    if won(erp) == [] and held(worker) == []:
        assert "취소" in statuses
        assert row.status in ("취소", "승인실패", "요청중")


@pytest.mark.parametrize(
    "statuses", list(product(["승인", "취소", "승인실패", "요청중", "취소실패"], repeat=2)), ids=str
)
def test_a_posted_row_that_turns_in_place_is_posted_once_and_taken_back_once(
    worker: Worker, erp: FakeErp, statuses: tuple[str, ...]
) -> None:
    row = erp.approve("김밥천국")
    worker.run_cycle()

    for status in statuses:
        row.status = status
        again(worker, cycles=2)

    was_cancelled = "취소" in statuses
    assert won(erp) == ([-10_000] if was_cancelled else []) + [10_000]


def test_a_session_that_ends_in_mid_cycle_with_a_row_that_leaves_makes_no_false_alarm(
    worker: Worker, erp: FakeErp
) -> None:
    row = erp.approve("김밥천국")
    worker.run_cycle()
    erp.approve("다른 손님")
    erp.meanwhile["upload"] = lambda: setattr(row, "has_left", True)
    erp.fails["upload"] = SessionExpired("the session ended")
    again(worker)

    again(worker, cycles=2)

    assert deposits(erp) == [("김밥천국", 10_000), ("다른 손님", 10_000)]
    assert "proof" not in [one["kind"] for one in worker.ledger.incidents(worker.clock() - timedelta(days=1))]
    assert worker.ledger.last_cycles(1)[0]["outcome"] == "ran"


# --- what an adoption says ------------------------------------------------------------------------------------------


def adopt_until(worker: Worker, *, minutes_ago: float) -> None:
    """Say that what was made up to so many minutes ago is posted."""
    until = worker.clock() - timedelta(minutes=minutes_ago)
    worker.ledger.adopt(worker.books, by="operator", at=worker.clock(), note="", until=until)


@pytest.fixture
def newcomer(folder: Path, erp: FakeErp, clock: FakeClock) -> Worker:
    """A worker that reads a list before anybody has adopted its ledger."""
    erp.approve("첫 손님", 1_000, number="88000001", minutes_ago=3 * 24 * 60)
    return Worker(folder, erp, clock)


def requested(erp: FakeErp, minutes_ago: float) -> Listed:
    """List a request without an answer."""
    row = erp.approve("김밥천국", number="", minutes_ago=minutes_ago)
    row.status = "요청중"
    return row


@pytest.mark.parametrize("cycles_before", [0, 1])
@pytest.mark.parametrize("cycles_between", [1, 3])
def test_a_request_that_the_adoption_saw_is_posted_when_it_is_approved(
    newcomer: Worker, erp: FakeErp, cycles_before: int, cycles_between: int
) -> None:
    row = requested(erp, 60)
    again(newcomer, cycles=cycles_before)
    adopt_until(newcomer, minutes_ago=0)
    again(newcomer, cycles=cycles_between)

    row.status, row.approval_no = "승인", "31000001"
    again(newcomer, cycles=2)

    assert won(erp) == [10_000]


def test_a_request_that_is_approved_between_the_reading_before_the_adoption_and_the_one_after_it_is_asked_about(
    newcomer: Worker, erp: FakeErp
) -> None:
    row = requested(erp, 60)
    again(newcomer)
    newcomer.clock.advance(minutes=1)
    adopt_until(newcomer, minutes_ago=0)

    row.status, row.approval_no = "승인", "31000001"
    again(newcomer, cycles=2)

    assert won(erp) == []
    assert whys(newcomer) == [why.REQUESTED_THEN.id]


def test_what_was_approved_at_the_adoption_is_not_posted_however_it_is_edited(newcomer: Worker, erp: FakeErp) -> None:
    row = erp.approve("김밥천국", minutes_ago=60)
    adopt_until(newcomer, minutes_ago=0)
    again(newcomer)

    row.payer = "김밥천국 2호점"
    again(newcomer)
    row.amount = 12_000
    again(newcomer)
    row.approval_no = "77000001"
    again(newcomer, cycles=2)

    assert won(erp) == []


@pytest.mark.parametrize("seconds", [-1, 0, 1])
def test_the_second_of_an_adoption_itself_counts_as_before(newcomer: Worker, erp: FakeErp, seconds: int) -> None:
    row = erp.approve("김밥천국", minutes_ago=30)
    row.at += timedelta(seconds=seconds)
    adopt_until(newcomer, minutes_ago=30)

    again(newcomer, cycles=2)

    assert won(erp) == ([10_000] if seconds > 0 else [])


def test_a_row_of_before_the_adoption_that_is_cancelled_in_place_is_taken_back(newcomer: Worker, erp: FakeErp) -> None:
    row = erp.approve("김밥천국", minutes_ago=60)
    adopt_until(newcomer, minutes_ago=0)
    again(newcomer)

    row.status = "취소"
    again(newcomer, cycles=3)

    assert won(erp) == [-10_000]


def test_a_cancellation_after_the_adoption_of_an_approval_before_it_is_posted(newcomer: Worker, erp: FakeErp) -> None:
    row = erp.approve("김밥천국", minutes_ago=60)
    adopt_until(newcomer, minutes_ago=0)
    again(newcomer)

    erp.cancel(row)
    again(newcomer, cycles=3)

    assert won(erp) == [-10_000]


def test_what_the_old_record_names_is_not_posted_however_it_is_renamed_and_is_asked_about_when_edited(
    newcomer: Worker, erp: FakeErp
) -> None:
    row = erp.approve("김밥천국", minutes_ago=60)
    newcomer.ledger.adopt(newcomer.books, by="operator", at=newcomer.clock(), note="", recorded=[row.at])
    again(newcomer)
    assert entry_of(newcomer, row).excluded == BEFORE_ADOPTION

    row.payer = "김밥천국 2호점"
    again(newcomer)
    row.at += timedelta(minutes=1)
    again(newcomer, cycles=2)

    assert won(erp) == []
    assert len(held(newcomer)) == 1


def test_an_edit_between_the_reading_and_the_adoption_by_list_is_asked_about(newcomer: Worker, erp: FakeErp) -> None:
    row = erp.approve("김밥천국", minutes_ago=60)
    again(newcomer)
    key = key_of(newcomer, row)
    row.amount = 12_000
    newcomer.adopt(key)

    again(newcomer, cycles=2)

    assert won(erp) == []
    assert [one.payment.amount for one in held(newcomer)] == [12_000]


def test_a_first_reading_of_many_rows_after_an_adoption_is_believed(newcomer: Worker, erp: FakeErp) -> None:
    many(erp, 30)
    newcomer.adopt()

    again(newcomer, cycles=2)

    assert len(deposits(erp)) == 30


# --- the list's own end ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("hours", [24 * 7 - 1, 24 * 7 - 0.1, 24 * 7 + 0.1])
def test_a_posted_row_that_leaves_at_the_windows_edge_is_neither_asked_about_nor_posted_again(
    worker: Worker, erp: FakeErp, hours: float
) -> None:
    row = erp.approve("김밥천국", minutes_ago=0)
    worker.run_cycle()

    worker.clock.advance(hours=hours)
    again(worker, cycles=3, minutes=3)

    assert won(erp) == [10_000]
    assert entry_of(worker, row).state is State.POSTED
    assert held(worker) == []


def test_an_unsent_row_that_grows_older_than_the_list_is_asked_about(worker: Worker, erp: FakeErp) -> None:
    worker.run_cycle()
    erp.approve("김밥천국")
    see_unsent(worker)

    worker.clock.advance(days=8)
    erp.approve("새 손님")
    again(worker, cycles=2)

    assert deposits(erp) == [("새 손님", 10_000)]
    assert whys(worker) == [why.LEFT.id]


@pytest.mark.parametrize("at", ["23:59:59", "00:00:00", "00:00:01"])
@pytest.mark.parametrize("is_posted", [True, False])
def test_a_payment_at_midnight_in_korea_is_posted_once_on_its_day(
    worker: Worker, erp: FakeErp, at: str, *, is_posted: bool
) -> None:
    hour, minute, second = map(int, at.split(":"))
    row = erp.approve("김밥천국")
    row.at = row.at.replace(hour=hour, minute=minute, second=second) - timedelta(days=hour // 23)
    if is_posted:
        worker.run_cycle()
    else:
        see_unsent(worker)
    row.payer = "김밥천국 2호점"

    again(worker, cycles=6, minutes=5 * 60)

    assert won(erp) == [10_000]
    assert [one.payment.kind for one in entries(worker)] == [PaymentKind.APPROVAL]


def test_an_empty_list_between_two_full_ones_changes_nothing(worker: Worker, erp: FakeErp) -> None:
    rows = [*many(erp, 4), erp.rows[0]]
    worker.run_cycle()
    for row in rows:
        row.has_left = True
    again(worker, cycles=2)

    for row in rows:
        row.has_left = False
    again(worker, cycles=2)

    assert len(deposits(erp)) == 4
    assert held(worker) == []


@pytest.mark.parametrize("is_right", [True, False])
def test_an_empty_list_with_unsent_rows_is_asked_about_and_posts_them_when_they_return(
    worker: Worker, erp: FakeErp, *, is_right: bool
) -> None:
    many(erp, 3)
    worker.run_cycle()
    rows = many(erp, 3, "새 손님", minutes_ago=5)
    see_unsent(worker)
    for row in erp.rows:
        row.has_left = True
    assert is_asked(worker) == "hidden"
    assert held(worker) == []
    if is_right:
        answer(worker, same=False)
    again(worker, cycles=2)
    assert len(held(worker)) == (len(rows) if is_right else 0)

    for row in erp.rows:
        row.has_left = False
    again(worker, cycles=2)

    assert len(deposits(erp)) == 6
    assert held(worker) == []


def test_a_very_old_row_alone_in_the_list_makes_no_false_question(worker: Worker, erp: FakeErp) -> None:
    rows = many(erp, 12)
    worker.run_cycle()
    for row in rows:
        row.is_reflected = True

    erp.approve("아주 옛 손님", 9_000, minutes_ago=7 * 24 * 60 - 60)
    again(worker, cycles=2)

    assert len(deposits(erp)) == 13
    assert held(worker) == []


def test_a_limit_holds_a_row_whose_number_comes_late(worker: Worker, erp: FakeErp) -> None:
    worker.rules = with_rules(RULES, max_won=5_000)
    row = erp.approve("김밥천국", number="")
    worker.run_cycle()
    again(worker)

    row.approval_no = "31000001"
    again(worker, cycles=3)

    assert won(erp) == []
    assert len(held(worker)) == 1
    assert copy(erp, row, has_left=True).amount == 10_000


def test_what_a_person_decided_while_it_was_reflected_is_asked_again_once_it_is_open_again(
    worker: Worker, erp: FakeErp
) -> None:
    """That it needs no deposit was true while its deposit stood there, entered by hand."""
    row = erp.approve("김밥천국", number="")
    erp.approve("다른 가게")
    worker.run_cycle()
    again(worker)
    row.is_reflected = True
    again(worker)
    (asked,) = held(worker)
    say(worker, asked.payment.key, RowVerdict.NEVER)
    again(worker, cycles=2)
    assert held(worker) == []

    row.is_reflected = False
    again(worker)

    (asked,) = held(worker)
    assert "(it was not on the list then), and is listed as open again" in str(asked.why)
    say(worker, asked.payment.key, RowVerdict.NEVER)
    again(worker, cycles=2)
    assert held(worker) == []
    assert deposits(erp) == [("다른 가게", 10_000)]


def test_what_a_person_decided_while_it_was_listed_stays_so(worker: Worker, erp: FakeErp) -> None:
    row = erp.approve("김밥천국", number="")
    again(worker, cycles=2)
    say(worker, held(worker)[0].payment.key, RowVerdict.NEVER)

    row.has_left = True
    again(worker)
    row.has_left = False
    again(worker, cycles=2)

    assert held(worker) == []
    assert deposits(erp) == []
