"""How far back a rule looks, and on which tab: by what is listed, never by a clock."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.fakes import RULES, FakeClock, FakeErp, Worker, with_rules
from tests.unit.posting.desk import (
    ANCHOR,
    again,
    copy,
    deposits,
    entries,
    held,
    is_asked,
    many,
    say,
    see_unsent,
    whys,
    won,
)
from tests.unit.posting.test_identity import of_first_version
from worker.alerts.monitors import cause_of_failure
from worker.errors import ListDoubted
from worker.ledger.state import State
from worker.ledger.verdicts import RowVerdict
from worker.payments import why
from worker.payments.payment import KST, ListRow
from worker.posting.brakes import UNKNOWN

CANCELLED_AFTER = why.cancelled_after_reflection("").id


class OtherReach(FakeErp):
    """An ERP whose list goes back another number of days than most do."""

    days = 40

    def _list(self, is_on_tab: object, since: datetime | None = None) -> list[ListRow]:
        oldest = max(self.now() - timedelta(days=self.days), since or datetime.min.replace(tzinfo=KST))
        found = [one for one in self.rows if is_on_tab(one) and not one.has_left and one.at >= oldest]  # type: ignore[operator]
        return [one.row() for one in sorted(found, key=lambda one: one.at, reverse=True)]


@pytest.fixture
def taps(worker: Worker) -> list[str]:
    """The tabs that are read from the first cycle on, in order."""
    worker.run_cycle()
    found: list[str] = []
    worker.tap(lambda step: found.append(step) if step.startswith("read_") else None)
    return found


# --- the window -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("days", [7.1, 7.5, 12, 30])
def test_a_rename_and_an_edit_in_a_list_that_goes_far_back_are_that_payment(
    folder: Path, clock: FakeClock, days: float
) -> None:
    erp = OtherReach(clock)
    worker = Worker(folder, erp, clock)
    worker.adopt()
    row = erp.approve("김밥천국")
    worker.run_cycle()
    clock.advance(days=days)

    row.payer, row.approval_no = "김밥천국 2호점", row.approval_no.lstrip("0")
    again(worker, cycles=2)
    assert held(worker) == []
    row.approval_no = "77000001"
    again(worker, cycles=2)

    assert erp.books() == [("김밥천국", 10_000)]
    assert whys(worker) == [why.edited("", why.HOW["b"]).id]
    worker.close()


@pytest.mark.parametrize("is_posted", [True, False], ids=["posted", "held"])
@pytest.mark.parametrize("days", [3, 7])
def test_what_leaves_a_list_at_its_old_end_has_not_vanished(
    folder: Path, clock: FakeClock, days: int, *, is_posted: bool
) -> None:
    erp = OtherReach(clock)
    erp.days = days
    worker = Worker(folder, erp, clock, rules=RULES if is_posted else with_rules(RULES, max_won=9_000))
    worker.adopt()
    many(erp, 12)
    worker.run_cycle()
    clock.advance(days=days, minutes=-15)
    erp.approve("새 손님", 5_000)
    worker.run_cycle()

    erp.approve("또 새 손님", 6_000, minutes_ago=-20)
    again(worker, cycles=2)

    assert worker.ledger.brake() is None
    assert [one for one in won(erp) if one < 9_000] == [5_000, 6_000]
    assert len(held(worker)) == (0 if is_posted else 12)
    worker.close()


# --- which tab is read, and when ------------------------------------------------------------------------------------


def test_the_tab_of_all_rows_is_read_once_and_only_where_a_rule_asks(
    worker: Worker, erp: FakeErp, taps: list[str]
) -> None:
    rows = many(erp, 8)
    again(worker)
    assert "read_all" not in taps
    taps.clear()

    for row in rows[:3]:
        row.approval_no = f"9{row.approval_no}"
    rows[4].has_left = True
    copy(erp, rows[5], approval_no="66000001")
    again(worker)

    assert taps[0] == "read_open"
    assert taps.count("read_all") == 1
    assert len(held(worker)) == 3


def test_what_was_reflected_is_read_once_a_day_though_no_rule_asks(worker: Worker, taps: list[str]) -> None:
    again(worker, cycles=3 * 48, minutes=30)

    assert taps.count("read_open") == 3 * 48
    assert 3 <= taps.count("read_reflected") <= 4
    assert "read_all" not in taps


# --- what was reflected long ago ------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_list_empty", [True, False])
def test_an_approval_older_than_the_list_that_was_reflected_and_then_cancelled_is_asked_about(
    worker: Worker, erp: FakeErp, *, is_list_empty: bool
) -> None:
    row = erp.approve("김밥천국")
    worker.run_cycle()
    row.is_reflected = erp.rows[0].has_left = True
    worker.clock.advance(hours=20)
    if not is_list_empty:
        erp.approve("새 손님", 7_000)
    again(worker)

    row.status = "취소"
    again(worker, cycles=3, minutes=12 * 60)

    assert won(erp) == ([] if is_list_empty else [7_000]) + [10_000]
    assert whys(worker) == [CANCELLED_AFTER]
    say(worker, held(worker)[0].payment.key, RowVerdict.NOT_POSTED)
    again(worker, cycles=6, minutes=12 * 60)
    assert won(erp).count(-10_000) == 1
    assert held(worker) == []


def test_an_approval_of_before_the_adoption_that_was_reflected_and_then_cancelled_is_asked_about(
    folder: Path, erp: FakeErp, clock: FakeClock
) -> None:
    erp.approve(ANCHOR, 1_000, minutes_ago=3 * 24 * 60)
    row = erp.approve("김밥천국", minutes_ago=60)
    worker = Worker(folder, erp, clock)
    again(worker)
    worker.adopt(*(one.payment.key for one in worker.ledger.in_state(State.SEEN)))
    again(worker)
    row.is_reflected = True
    again(worker)

    row.status = "취소"
    again(worker, cycles=3, minutes=12 * 60)

    assert erp.books() == []
    assert whys(worker) == [CANCELLED_AFTER]
    worker.close()


# --- the brakes -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_adopted", [True, False])
def test_a_list_of_strangers_is_believed_at_the_first_reading_after_an_adoption_alone(
    worker: Worker, erp: FakeErp, *, is_adopted: bool
) -> None:
    many(erp, 2)
    worker.run_cycle()
    worker.clock.advance(minutes=1)
    if is_adopted:
        worker.adopt()
    for row in erp.rows:
        row.has_left = True
    erp.approve("옛 손님", 500, minutes_ago=2 * 24 * 60)
    many(erp, UNKNOWN, "모르는 손님", minutes_ago=24 * 60)

    if is_adopted:
        again(worker, cycles=2)
        assert worker.ledger.brake() is None
        assert len(deposits(erp)) == UNKNOWN + 3
    else:
        assert is_asked(worker) == "unknown"


def test_a_list_that_is_not_believed_is_told_under_the_cause_of_the_layout() -> None:
    assert cause_of_failure(ListDoubted("is it the right list?"), 1) == "layout"


# --- brothers of what was reflected by hand -------------------------------------------------------------------------


@pytest.mark.parametrize("is_of_one_second", [True, False])
@pytest.mark.parametrize("is_seen_before", [True, False])
def test_a_posted_approval_whose_cancellation_stands_under_the_reflected_rows_may_be_renamed(
    worker: Worker, erp: FakeErp, *, is_of_one_second: bool, is_seen_before: bool
) -> None:
    row = erp.approve("김밥천국")
    worker.run_cycle()
    minus = copy(erp, row, status="취소") if is_of_one_second else erp.cancel(row)
    if is_seen_before:
        see_unsent(worker)
    minus.is_reflected = True
    again(worker)

    row.payer = "김밥천국 2호점"
    again(worker, cycles=3)

    assert won(erp) == [10_000]


@pytest.mark.parametrize("is_forced", [False, True])
@pytest.mark.parametrize("is_seen_before", [False, True])
def test_of_two_equal_payments_without_a_number_the_open_one_stays_itself_for_days(
    worker: Worker, erp: FakeErp, *, is_forced: bool, is_seen_before: bool
) -> None:
    first = erp.approve("일반고객", number="")
    second = copy(erp, first)
    if is_seen_before:
        worker.run_cycle()
    first.is_reflected, first.is_forced = not is_forced, is_forced
    again(worker, cycles=6, minutes=12 * 60)
    known = len(entries(worker))

    second.approval_no = "31000002"
    again(worker, cycles=6, minutes=3 * 60)

    assert won(erp) == [10_000]
    assert len(entries(worker)) == known == 1 + is_seen_before
    assert [one for one in held(worker) if one.payment.number] == []
    assert len(held(worker)) == is_seen_before


@pytest.mark.parametrize("is_forced", [False, True])
def test_no_hold_is_left_by_a_number_that_comes_while_an_equal_row_stands_elsewhere(
    worker: Worker, erp: FakeErp, *, is_forced: bool
) -> None:
    """A hold of the old form could be released, and would post the payment a second time."""
    first = erp.approve("일반고객", number="")
    second = copy(erp, first)
    first.is_reflected, first.is_forced = not is_forced, is_forced
    worker.run_cycle()
    again(worker)

    second.approval_no = "31000002"
    again(worker, cycles=3)

    assert won(erp) == [10_000]
    assert held(worker) == []


def test_a_row_without_a_number_that_leaves_is_asked_about_though_one_like_it_stands_under_the_reflected_rows(
    worker: Worker, erp: FakeErp
) -> None:
    row = erp.approve("일반고객", number="")
    see_unsent(worker)

    row.is_reflected = True
    again(worker, cycles=2)

    assert won(erp) == []
    assert whys(worker) == [why.LEFT.id]


def test_a_cancellation_that_was_reflected_and_then_un_reflected_is_held_with_both_readings(
    worker: Worker, erp: FakeErp
) -> None:
    row = erp.approve("김밥천국")
    worker.run_cycle()
    minus = erp.cancel(row)
    see_unsent(worker)
    minus.is_reflected = True
    again(worker)

    minus.is_reflected = False
    again(worker, cycles=2)

    assert won(erp) == [10_000]
    (found,) = held(worker)
    assert found.why == why.contradicted(why.REFLECTED)
    say(worker, found.payment.key, RowVerdict.NOT_POSTED)
    again(worker, cycles=2)
    assert won(erp) == [-10_000, 10_000]


def test_a_row_that_is_reflected_renamed_and_loses_its_zeros_at_once_is_excluded_as_reflected(
    worker: Worker, erp: FakeErp
) -> None:
    row = erp.approve("김밥천국", number="00710001")
    see_unsent(worker)

    row.is_reflected, row.payer, row.approval_no = True, "김밥천국 2호점", "710001"
    again(worker, cycles=2)

    assert won(erp) == []
    assert held(worker) == []
    assert [one.excluded for one in entries(worker)] == [why.REFLECTED]


def test_two_payments_of_the_first_version_that_only_their_payers_told_apart_stay_two(
    worker: Worker, erp: FakeErp
) -> None:
    first = erp.approve("김밥천국", number="00710001")
    second = copy(erp, first, payer="다른 손님")
    for row in (first, second):
        of_first_version(worker, row, State.POSTED)
    worker.run_cycle()

    first.payer, second.payer = "새 이름", "또 새 이름"
    again(worker, cycles=2)

    assert won(erp) == []
    assert held(worker) == []
