"""What an office does every day: posted without a question, or the office clicks until it clicks without looking."""

from datetime import timedelta

import pytest

from tests.fakes import FakeErp, Worker
from tests.unit.posting.desk import again, copy, deposits, held, many, won


def test_equal_payments_of_one_customer_on_one_day(worker: Worker, erp: FakeErp) -> None:
    for minute in range(30):
        erp.approve("단골", 5_000, minutes_ago=120 - minute)
        again(worker, minutes=1)

    assert won(erp) == [5_000] * 30
    assert held(worker) == []


@pytest.mark.parametrize("comes_in", [1, 5])
def test_fifty_requests_of_one_second_and_amount_with_different_numbers(
    worker: Worker, erp: FakeErp, comes_in: int
) -> None:
    first = erp.approve("손님 0", 5_000, number="41000000", minutes_ago=-1)
    rows = [first, *(copy(erp, first, payer=f"손님 {one % 7}", approval_no=f"4100{one:04}") for one in range(1, 60))]
    for row in rows:
        row.status, row.has_left = "요청중", True
    numbers = [row.approval_no for row in rows]

    for part in range(comes_in):
        for row in rows[part::comes_in]:
            row.has_left, row.approval_no = False, ""
        again(worker)
        for row, number in zip(rows[part::comes_in], numbers[part::comes_in], strict=True):
            row.status, row.approval_no = "승인", number
        again(worker)
    again(worker, cycles=2)

    assert won(erp) == [5_000] * 60
    assert held(worker) == []


@pytest.mark.parametrize("cycles_between", [0, 1])
def test_failed_then_approved(worker: Worker, erp: FakeErp, cycles_between: int) -> None:
    failed = erp.approve("김밥천국", number="")
    failed.status = "승인실패"
    again(worker, cycles=cycles_between)

    copy(erp, failed, at=failed.at + timedelta(minutes=1), status="승인", approval_no="31000001")
    again(worker, cycles=2)

    assert won(erp) == [10_000]
    assert held(worker) == []


@pytest.mark.parametrize("model", ["A", "B"])
@pytest.mark.parametrize("cycles_between", [0, 1])
def test_cancelled_and_paid_again_minutes_later(worker: Worker, erp: FakeErp, model: str, cycles_between: int) -> None:
    row = erp.approve("김밥천국")
    worker.run_cycle()

    erp.cancel(row, model=model)
    again(worker, cycles=cycles_between)
    erp.approve("김밥천국", minutes_ago=-1)
    again(worker, cycles=3)

    assert won(erp) == [-10_000, 10_000, 10_000]
    assert held(worker) == []


def test_instalments_of_one_customer_in_one_minute(worker: Worker, erp: FakeErp) -> None:
    for part in range(6):
        erp.approve("김밥천국", 100_000, minutes_ago=10 - part / 60)

    again(worker, cycles=2)

    assert won(erp) == [100_000] * 6
    assert held(worker) == []


@pytest.mark.parametrize("is_same_won", [True, False])
def test_a_number_used_again_by_another_acquirer(worker: Worker, erp: FakeErp, *, is_same_won: bool) -> None:
    erp.approve("김밥천국", number="31000001", minutes_ago=60)
    again(worker)

    erp.approve("다른 손님", 10_000 if is_same_won else 7_000, number="31000001").acquirer = "신한카드"
    again(worker, cycles=2)

    assert len(deposits(erp)) == 2
    assert held(worker) == []


def test_a_number_used_again_after_days_for_another_sum(worker: Worker, erp: FakeErp) -> None:
    erp.approve("김밥천국", number="31000001", minutes_ago=60)
    again(worker)
    worker.clock.advance(days=3)

    erp.approve("다른 손님", 7_000, number="31000001")
    again(worker, cycles=2)

    assert len(deposits(erp)) == 2
    assert held(worker) == []


def test_renames_by_the_dozen_the_generic_payer_included(worker: Worker, erp: FakeErp) -> None:
    rows = [*many(erp, 40), *(erp.approve("일반고객", 3_000 + one, minutes_ago=30) for one in range(12))]
    worker.run_cycle()

    for row in rows:
        row.payer = "일반고객" if row.payer != "일반고객" else "새 거래처"
    again(worker, cycles=3)

    assert len(deposits(erp)) == 52
    assert held(worker) == []


def test_a_months_end_of_ten_times_the_volume(worker: Worker, erp: FakeErp) -> None:
    many(erp, 20, minutes_ago=100)
    again(worker)

    many(erp, 200, "월말 손님", minutes_ago=3)
    again(worker, cycles=2)

    assert len(deposits(erp)) == 220
    assert held(worker) == []


def test_a_months_end_that_empties_the_list_into_the_reflected_rows(worker: Worker, erp: FakeErp) -> None:
    many(erp, 100)
    worker.run_cycle()

    for row in erp.rows:
        row.is_reflected = True
    again(worker)
    many(erp, 40, "다음 달 손님", minutes_ago=1)
    again(worker, cycles=2)

    assert len(deposits(erp)) == 140
    assert held(worker) == []


@pytest.mark.parametrize("days", [3, 5, 9])
def test_the_first_day_after_holidays(worker: Worker, erp: FakeErp, days: int) -> None:
    many(erp, 30)
    worker.run_cycle()
    worker.clock.advance(days=days)

    many(erp, 60, "연휴 손님", minutes_ago=min(days - 1, 6) * 24 * 60)
    again(worker, cycles=2)

    assert len(deposits(erp)) == 90
    assert held(worker) == []


def test_half_of_the_rows_reflected_once_a_week(worker: Worker, erp: FakeErp) -> None:
    for day in range(10):
        many(erp, 10, f"손님 {day}")
        again(worker, minutes=24 * 60)
        if day % 5 == 4:
            for row in erp.rows[::2]:
                row.is_reflected = True

    again(worker, cycles=2)

    assert len(deposits(erp)) == 100
    assert held(worker) == []


def test_requests_that_are_refused_or_given_up(worker: Worker, erp: FakeErp) -> None:
    rows = many(erp, 5)
    for row in rows:
        row.status, row.approval_no = "요청중", ""
    worker.run_cycle()

    rows[0].status = "승인실패"
    rows[1].has_left = True
    again(worker, cycles=3)

    assert won(erp) == []
    assert held(worker) == []


def test_more_than_fifty_rows_of_one_second_without_a_request_before(worker: Worker, erp: FakeErp) -> None:
    first = erp.approve("손님 0", 5_000, number="41000000")
    for one in range(1, 120):
        copy(erp, first, payer=f"손님 {one}", approval_no=f"4100{one:04}")

    again(worker, cycles=3)

    assert won(erp) == [5_000] * 120
    assert held(worker) == []
