"""What is too much to be believed: held where it is one payment, told where it is a day."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes import THURSDAY, FakeClock, FakeErp, Worker
from worker.i18n import Message
from worker.i18n.language import Language
from worker.ledger.totals import ListedDay
from worker.payments.payment import KST, Payment, PaymentKind
from worker.posting.limits import LEAST_COUNT, LEAST_DAYS, why_beyond_limits, why_far_above

NOW = THURSDAY

PAYMENT = Payment(
    key="A" * 10, time=NOW, payer="김밥천국", amount=10_000, kind=PaymentKind.APPROVAL, approval_no="00000001"
)


def why(
    *, amount: int = 10_000, ahead: timedelta = timedelta(0), kind: PaymentKind = PaymentKind.APPROVAL
) -> Message | None:
    payment = replace(PAYMENT, amount=amount, time=NOW + ahead, kind=kind)
    return why_beyond_limits(payment, most_won=100_000_000, now=NOW)


@pytest.mark.parametrize("kind", PaymentKind)
def test_a_payment_above_the_limit_must_not_be_posted_unasked(kind: PaymentKind) -> None:
    assert why(amount=100_000_000, kind=kind) is None
    assert (
        why(amount=100_000_001, kind=kind) == "it is of 100,000,001 won, above the limit of 100,000,000 won (MAX_WON)"
    )


def test_a_payment_dated_more_than_a_day_ahead_must_not_be_posted_unasked() -> None:
    assert why(ahead=timedelta(hours=24)) is None
    assert why(ahead=timedelta(days=-400)) is None
    far = why(ahead=timedelta(hours=24, seconds=1))
    assert far == "it is dated 2026-01-09 09:00:01, more than 24 h ahead (MAX_AHEAD_H)"
    assert far.text(Language.KO) == "결제 일시가 2026-01-09 09:00:01 로 24시간 넘게 앞서 있습니다 (MAX_AHEAD_H)"


def test_how_far_ahead_a_payment_may_be_can_be_chosen() -> None:
    payment = replace(PAYMENT, time=NOW + timedelta(hours=30))

    assert why_beyond_limits(payment, most_won=1_000_000, now=NOW, most_ahead_h=48) is None


def test_the_clock_is_compared_as_an_instant_not_as_it_is_written() -> None:
    payment = replace(PAYMENT, time=NOW + timedelta(hours=25))

    assert why_beyond_limits(payment, most_won=1_000_000, now=NOW.astimezone(tz=None)) is not None


def days(count: int, *, rows: int = 10, won: int = 100_000) -> list[ListedDay]:
    return [ListedDay(day=date(2026, 1, 1) + timedelta(days=number), count=rows, won=won) for number in range(count)]


def test_a_day_is_told_above_three_times_the_highest_and_not_at_it() -> None:
    before = days(LEAST_DAYS)

    def told(count: int, won: int) -> bool:
        return why_far_above(ListedDay(day=date(2026, 2, 1), count=count, won=won), before, times=3) is not None

    assert not told(30, 300_000)
    assert told(31, 300_000)
    assert told(1, 300_001)


def test_a_day_is_not_told_before_there_is_something_to_compare_it_with_nor_where_nobody_wants_it() -> None:
    huge = ListedDay(day=date(2026, 2, 1), count=10_000, won=10**12)

    assert why_far_above(huge, days(LEAST_DAYS - 1), times=3) is None
    assert why_far_above(huge, days(60), times=0) is None
    assert why_far_above(huge, days(LEAST_DAYS), times=3) is not None


def test_a_handful_of_payments_is_no_large_day_however_few_came_before() -> None:
    before = days(30, rows=1, won=10**9)
    few = ListedDay(day=date(2026, 2, 1), count=LEAST_COUNT - 1, won=1)

    assert why_far_above(few, before, times=3) is None
    assert why_far_above(replace(few, count=LEAST_COUNT), before, times=3) is not None


@given(st.lists(st.tuples(st.integers(1, 500), st.integers(1, 10**9)), min_size=LEAST_DAYS, max_size=60))
def test_a_day_like_one_of_those_before_is_never_told(seen: list[tuple[int, int]]) -> None:
    before = [ListedDay(day=date(2026, 1, 1), count=count, won=won) for count, won in seen]

    assert all(why_far_above(one, before, times=1) is None for one in before)


# --- in a cycle


@pytest.fixture
def worker(folder: Path, erp: FakeErp, clock: FakeClock) -> Iterator[Worker]:
    worker = Worker(folder, erp, clock)
    worker.adopt()
    yield worker
    worker.close()


def told(worker: Worker) -> list[str]:
    return [str(one["what"]) for one in worker.ledger.incidents(datetime(2020, 1, 1, tzinfo=KST))
            if one["kind"] == "large day"]  # fmt: skip


def work_day(worker: Worker, erp: FakeErp, rows: int, *, won: int = 10_000) -> None:
    """Let so many payments of a day come in, and post them."""
    for number in range(rows):
        erp.approve(f"가게 {number}", won, minutes_ago=1 + number / 60)
    worker.run_cycle()


def history(worker: Worker, erp: FakeErp, *, rows: int = 8) -> None:
    """Let LEAST_DAYS ordinary days go by; a day later it is the next one."""
    for _ in range(LEAST_DAYS):
        work_day(worker, erp, rows)
        worker.clock.advance(days=1)


def test_a_day_far_above_all_before_is_told_once_and_posted(worker: Worker, erp: FakeErp) -> None:
    history(worker, erp)
    assert told(worker) == []

    work_day(worker, erp, 25)
    worker.clock.advance(minutes=30)
    work_day(worker, erp, 5)
    worker.clock.advance(days=1)
    work_day(worker, erp, 8)

    assert told(worker) == [
        "2026-01-18: 25 approvals of 250,000 won are listed, more than 3 times the highest day before (8 approvals; "
        "80,000 won)"
    ]
    assert len(erp.slips) == 8 * LEAST_DAYS + 25 + 5 + 8
    assert [one.cause for one in worker.ledger.alarms()] == ["large day"]


def test_what_came_in_after_the_last_cycle_of_a_day_is_held_against_the_days_before(
    worker: Worker, erp: FakeErp
) -> None:
    history(worker, erp)
    work_day(worker, erp, 8)
    worker.clock.advance(days=1)
    for number in range(25):
        erp.approve(f"밤 가게 {number}", minutes_ago=11 * 60 + number)

    worker.run_cycle()

    assert [one[:10] for one in told(worker)] == ["2026-01-18"]


def test_a_first_day_is_never_too_large(worker: Worker, erp: FakeErp) -> None:
    work_day(worker, erp, 1)
    worker.clock.advance(days=1)
    work_day(worker, erp, 300)

    assert told(worker) == []


def test_a_payment_that_is_too_large_by_itself_makes_no_day_large(worker: Worker, erp: FakeErp) -> None:
    history(worker, erp)

    work_day(worker, erp, 1, won=999_999_999_999_999)
    worker.clock.advance(days=2)
    work_day(worker, erp, 25)

    assert [one[:10] for one in told(worker)] == ["2026-01-20"]


def test_what_was_noted_of_earlier_days_is_added_up_again_when_it_cannot_be_read(worker: Worker, erp: FakeErp) -> None:
    history(worker, erp)
    worker.ledger.set_note("highest_days", "{broken")

    work_day(worker, erp, 25)

    assert len(told(worker)) == 1


def test_what_is_beyond_a_limit_is_held_and_the_rest_is_posted(worker: Worker, erp: FakeErp) -> None:
    erp.approve("큰 손", 999_999_999_999_999)
    erp.approve("미래 상사", minutes_ago=-5 * 365 * 24 * 60)
    erp.approve("김밥천국", 100_000_000)

    worker.run_cycle()

    assert erp.books() == [("김밥천국", 100_000_000)]
    assert worker.states() == {"큰 손 승인": "held", "미래 상사 승인": "held", "김밥천국 승인": "posted"}
