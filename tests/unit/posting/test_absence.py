"""A deposit that the list does not show is believed not to be there only while nothing can hide it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest

from tests.fakes import SEOUL, FakeClock, FakeErp, Fault, Slip, Worker
from tests.unit.posting.desk import again
from worker.erp import Listing
from worker.erp import Slip as ShownSlip
from worker.errors import EndUnproved
from worker.ledger.copies import restore
from worker.posting.absence import WITNESSES, Confirmed, why_unproved


@pytest.fixture
def worker(folder: Path, erp: FakeErp, clock: FakeClock) -> Iterator[Worker]:
    worker = Worker(folder, erp, clock)
    worker.adopt()
    yield worker
    worker.close()


def in_doubt(worker: Worker, erp: FakeErp, *, days: int = 0, fault: Fault = Fault.LOST_AFTER) -> None:
    """Have 20 deposits confirmed, and let a deposit be in doubt, so many days later."""
    for number in range(WITNESSES):
        erp.approve(f"고객 {number}", 1_000 + number)
    worker.run_cycle()
    worker.clock.advance(days=days, minutes=30)
    erp.approve("김밥천국")
    erp.faults = [fault]
    worker.run_cycle()
    assert worker.states()["김밥천국 승인"] == "in_doubt"


#: What hides the deposit in doubt, and nothing or little else, or all.
HIDES: Mapping[str, Callable[[FakeErp], object]] = {
    "a filter that hides all": lambda erp: setattr(erp, "deposit_filter", lambda _: True),
    "a filter that hides half": lambda erp: setattr(erp, "deposit_filter", lambda slip: _serial(slip) % 2 == 0),
    "a filter by payer": lambda erp: setattr(erp, "deposit_filter", lambda slip: slip.payer != "고객 7"),
    "a period that begins later": lambda erp: setattr(erp, "deposit_days", -1),
    "a period that ends before": lambda erp: setattr(erp, "deposit_until_days", 1),
    "a period that the screen does not say": lambda erp: erp.__dict__.update(
        shows_period=False, deposit_filter=lambda slip: slip.payer == "김밥천국"
    ),
}


def _serial(slip: Slip) -> int:
    return int(slip.number.rpartition("-")[2])


@pytest.mark.parametrize("hides", HIDES)
@pytest.mark.parametrize("days", [0, 1])
def test_what_is_hidden_is_never_posted_again(worker: Worker, erp: FakeErp, hides: str, days: int) -> None:
    in_doubt(worker, erp, days=days)
    HIDES[hides](erp)

    again(worker, cycles=5)

    assert worker.states()["김밥천국 승인"] == "in_doubt"
    assert len(erp.slips) == WITNESSES + 1

    erp.deposit_days, erp.deposit_until_days, erp.shows_period = 30, 0, True
    erp.deposit_filter = lambda _: False
    again(worker, cycles=1)

    assert set(worker.states().values()) == {"posted"}
    assert len(erp.slips) == WITNESSES + 1


def test_what_was_not_stored_is_posted_after_two_look_ups_of_a_list_that_hides_nothing(
    worker: Worker, erp: FakeErp
) -> None:
    in_doubt(worker, erp, fault=Fault.LOST_BEFORE)

    again(worker, cycles=2)

    assert set(worker.states().values()) == {"posted"}
    assert len(erp.slips) == WITNESSES + 1


def test_a_look_up_of_a_list_that_hides_something_does_not_count_as_one(worker: Worker, erp: FakeErp) -> None:
    in_doubt(worker, erp, fault=Fault.LOST_BEFORE)
    again(worker, cycles=1)
    erp.deposit_filter = lambda _: True
    again(worker, cycles=3)
    erp.deposit_filter = lambda _: False
    assert worker.states()["김밥천국 승인"] == "in_doubt"

    again(worker, cycles=1)

    assert worker.states()["김밥천국 승인"] == "posted"


def at_midnight(worker: Worker, erp: FakeErp, *, ahead: float) -> None:
    """Let a deposit be in doubt at 23:52 by the slower of two clocks, ours and the ERP's, that stand minutes apart."""
    midnight = datetime.combine(worker.clock().astimezone(SEOUL).date() + timedelta(days=1), time.min, SEOUL)
    worker.clock.advance(seconds=(midnight - worker.clock()).total_seconds() - 38 * 60 - min(ahead, 0.0))
    worker.erp_ahead = ahead
    erp.now = lambda: worker.clock() + timedelta(seconds=ahead)
    in_doubt(worker, erp, fault=Fault.LOST_BEFORE)


def test_a_day_that_the_erp_has_not_begun_need_not_be_shown(worker: Worker, erp: FakeErp) -> None:
    at_midnight(worker, erp, ahead=-600.0)

    again(worker, cycles=2, minutes=2)

    assert worker.states()["김밥천국 승인"] == "posted"
    assert len(erp.slips) == WITNESSES + 1


def test_a_day_that_the_erp_has_begun_before_us_must_be_shown(worker: Worker, erp: FakeErp) -> None:
    at_midnight(worker, erp, ahead=600.0)
    erp.deposit_until_days = 1

    again(worker, cycles=2, minutes=2)

    assert worker.states()["김밥천국 승인"] == "in_doubt"
    assert len(erp.slips) == WITNESSES


def test_a_confirmed_deposit_is_looked_for_by_the_erps_clock_where_ours_is_hours_fast(
    worker: Worker, erp: FakeErp
) -> None:
    worker.erp_ahead = -7_200.0
    erp.now = lambda: worker.clock() - timedelta(hours=2)
    erp.approve("김밥천국")

    figures = worker.run_cycle()

    assert worker.states() == {"김밥천국 승인": "posted"}
    assert figures.posted == 1


def test_the_first_deposit_ever_is_looked_for_in_a_list_that_shows_its_day(worker: Worker, erp: FakeErp) -> None:
    erp.approve("김밥천국")
    erp.faults = [Fault.LOST_BEFORE]
    worker.run_cycle()
    erp.deposit_days = -1
    again(worker, cycles=4)
    assert worker.states() == {"김밥천국 승인": "in_doubt"}

    erp.deposit_days = 30
    again(worker, cycles=2)

    assert erp.books() == [("김밥천국", 10_000)]


def test_a_restored_ledger_is_not_proved_by_a_list_that_hides_what_was_posted_since(
    worker: Worker, folder: Path, erp: FakeErp
) -> None:
    for number in range(5):
        erp.approve(f"고객 {number}", 1_000 + number)
    worker.run_cycle()
    worker.clock.advance(minutes=30)
    worker.ledger.back_up(folder / "backup.db")
    erp.approve("김밥천국")
    worker.run_cycle()
    worker.close()
    restore(folder / "backup.db", folder)
    erp.deposit_filter = lambda slip: slip.payer != "고객 1"
    restored = Worker(folder, erp, worker.clock, rules=worker.rules)

    restored.clock.advance(minutes=5)
    with pytest.raises(EndUnproved, match=r"the list shows 1: something hides the others\. Take the saved filter off"):
        restored.run_cycle()
    again(restored, cycles=4)
    assert len(erp.slips) == 6
    assert restored.ledger.older()

    erp.deposit_filter = lambda _: False
    again(restored, cycles=3)
    assert restored.ledger.older() == ""
    assert len(erp.slips) == 6
    restored.close()


def test_a_person_can_still_end_what_no_list_proves(worker: Worker, folder: Path, erp: FakeErp) -> None:
    worker.ledger.back_up(folder / "backup.db")
    erp.approve("김밥천국")
    worker.run_cycle()
    worker.close()
    restore(folder / "backup.db", folder)
    erp.shows_period, erp.deposit_filter = False, lambda _: True
    restored = Worker(folder, erp, worker.clock, rules=worker.rules)
    again(restored, cycles=3)
    assert restored.ledger.why_no_posting(restored.books)

    restored.adopt(restored.key("김밥천국"))
    again(restored, cycles=2)

    assert erp.books() == [("김밥천국", 10_000)]
    restored.close()


# --- the rule itself -----------------------------------------------------------------------------------------------

TODAY = date(2026, 1, 8)


def key(number: int) -> str:
    return "WITNESS" + "".join("ABCDEFGHIJ"[int(digit)] for digit in f"{number:03}")


def witnesses(count: int, *, day: date = TODAY) -> Sequence[Confirmed]:
    return [Confirmed(key=key(number), day=day, entered_on=day) for number in range(count)]


def listing(*numbers: int, days: int = 30, until_days: int = 0) -> Listing:
    return Listing(
        found={},
        slips=[ShownSlip(number="", remark=f"카드결제 새빛 #{key(number)}", entered_at=None) for number in numbers],
        period=(TODAY - timedelta(days=days), TODAY - timedelta(days=until_days)),
    )


def unproved(shown: Listing, *known: Confirmed, day: date = TODAY) -> str:
    def confirmed(until: date | None) -> Sequence[Confirmed]:
        return [one for one in known if until is None or one.day <= until][:WITNESSES]

    return why_unproved(shown, days=[day], until=TODAY, confirmed=confirmed) or ""


@pytest.mark.parametrize(
    ("shown", "known", "is_proved"),
    [
        (20, 20, True),
        (18, 20, True),
        (17, 20, False),
        (9, 10, True),
        (8, 10, False),
        (8, 9, False),
        (1, 1, True),
        (0, 1, False),
        (0, 0, True),
    ],
)
def test_one_in_ten_may_be_missing_and_one_at_least_is_there(shown: int, known: int, *, is_proved: bool) -> None:
    assert bool(unproved(listing(*range(shown)), *witnesses(known))) is not is_proved


def test_what_lies_before_the_period_is_not_expected_but_proves_nothing_either() -> None:
    long_ago, week = witnesses(20, day=TODAY - timedelta(days=40)), TODAY - timedelta(days=7)

    assert unproved(listing(), *long_ago)
    assert not unproved(listing(0), *[*witnesses(1, day=week), *long_ago[1:]], day=week)


def test_what_is_dated_later_proves_a_day_only_where_there_is_nothing_before() -> None:
    before, day = TODAY - timedelta(days=3), TODAY - timedelta(days=2)

    assert unproved(listing(0, 1), *witnesses(2), Confirmed(key=key(9), day=before, entered_on=before), day=day)
    assert not unproved(listing(0, 1), *witnesses(2), day=day)


def test_an_erp_that_searches_its_books_needs_no_witness() -> None:
    assert not unproved(Listing(found={}, is_search=True), *witnesses(20))


def test_the_period_must_hold_the_day_and_the_last_day_on_which_it_may_have_been_entered() -> None:
    yesterday = TODAY - timedelta(days=1)

    assert unproved(listing(0, until_days=1), *witnesses(1, day=yesterday), day=yesterday)
    assert unproved(listing(0, days=0), *witnesses(1), day=yesterday)
    assert unproved(Listing(found={}, slips=listing(0).slips), *witnesses(1))
    assert not unproved(listing(0, days=1), *witnesses(1, day=yesterday), day=yesterday)
