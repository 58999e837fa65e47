"""A payment that nothing keeps and that is not posted for hours of business."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.fakes import BLIND, FakeClock, FakeErp, Fault, Plan, Worker
from worker.alerts import lateness
from worker.alerts.acknowledged import rests
from worker.alerts.catalogue import LATE
from worker.errors import PasteLost
from worker.ledger.alarms import Alarm
from worker.ledger.state import State
from worker.ledger.verdicts import RowVerdict
from worker.payments import privacy


@pytest.fixture
def worker(folder: Path) -> Iterator[Worker]:
    """A worker that has read a payment on a Thursday at nine and could not paste it."""
    clock = FakeClock()
    worker = Worker(folder, FakeErp(clock), clock)
    worker.adopt()
    worker.erp.approve("김밥천국", 12_500, minutes_ago=600)
    worker.erp.faults = [Fault.PASTE_LOST]
    with pytest.raises(PasteLost):
        worker.run_cycle()
    yield worker
    worker.close()


def told(worker: Worker, *, hours: float = 0) -> list[str]:
    """Look at it after so many hours; return the texts of the alarm."""
    worker.clock.advance(minutes=60 * hours)
    lateness.look(worker.ledger, Plan(), at=worker.clock())
    return [one.what for one in worker.ledger.alarms() if one.cause == LATE]


def test_a_late_payment_is_told_once_and_its_end_with_its_posting(worker: Worker) -> None:
    assert told(worker, hours=3.9) == []
    (what,) = told(worker, hours=0.2)
    assert worker.key("김밥천국") in what
    (entry,) = worker.ledger.in_state(State.SEEN)
    made = f"{entry.payment.time:%Y-%m-%d %H:%M}"
    assert what.startswith(f"{privacy.masked('김밥천국')}, 12,500 won, made at {made}: ")
    assert "김밥천국" not in what
    assert told(worker, hours=1) == [what]

    worker.run_cycle()

    assert told(worker) == []
    assert len(worker.erp.slips) == 1


@pytest.mark.parametrize("cause", sorted(lateness.SAID_BY))
def test_where_another_alarm_says_why_it_is_not_told(worker: Worker, cause: str) -> None:
    worker.ledger.raise_alarm(cause, "x", at=worker.clock())
    assert told(worker, hours=5) == []

    worker.ledger.end_alarm(cause, at=worker.clock())

    assert len(told(worker)) == 1


def test_the_night_does_not_count_and_nobody_is_told_in_it(worker: Worker) -> None:
    worker.clock.advance(minutes=8 * 60)  # 17:00
    (key,) = (one.payment.key for one in worker.ledger.in_state(State.SEEN))
    worker.ledger.move(key, State.SEEN, State.HELD, at=worker.clock(), by="worker", why="x")
    worker.ledger.resolve(key, RowVerdict.NOT_POSTED, by="kim", why="x", at=worker.clock())

    assert told(worker, hours=13) == []  # 06:00: an hour of business since it was released
    assert told(worker, hours=2.9) == []
    assert len(told(worker, hours=0.2)) == 1


def test_an_alarm_is_not_begun_out_of_hours(worker: Worker) -> None:
    assert told(worker, hours=14) == []  # 23:00
    assert len(told(worker, hours=7.1)) == 1


def test_what_waits_for_a_person_is_told_by_its_own_alarm(folder: Path, worker: Worker) -> None:
    worker.rules = BLIND
    worker.erp.faults = [Fault.LOST_BEFORE]
    worker.run_cycle()
    assert worker.ledger.in_state(State.IN_DOUBT)

    assert told(worker, hours=5) == []
    oldest = worker.ledger.oldest_unposted()
    assert oldest is not None
    assert (oldest.state, worker.clock() - oldest.time) == (State.IN_DOUBT, timedelta(hours=15))


def late(worker: Worker) -> Alarm:
    (found,) = (one for one in worker.ledger.alarms() if one.cause == LATE)
    return found


def acknowledged(worker: Worker, cause: str) -> None:
    (alarm,) = (one for one in worker.ledger.alarms() if one.cause == cause)
    worker.ledger.acknowledge(alarm, by="kim", at=worker.clock(), exactly=True)


def test_one_more_late_payment_is_told_though_the_first_was_acknowledged(worker: Worker) -> None:
    told(worker, hours=4.1)
    acknowledged(worker, LATE)
    told(worker, hours=0.1)
    assert rests(late(worker))
    for number in range(2):
        worker.erp.approve(f"분식{number}", 9_000 + number, minutes_ago=1)
    worker.erp.faults = [Fault.PASTE_LOST]
    with pytest.raises(PasteLost):
        worker.run_cycle()
    told(worker, hours=1)
    assert rests(late(worker))

    told(worker, hours=3.5)

    assert late(worker).facts["late"] == 3
    assert not rests(late(worker))
    count = late(worker).count
    told(worker, hours=0.1)
    assert late(worker).count == count


def test_another_late_payment_in_the_place_of_one_that_is_settled_is_told(worker: Worker) -> None:
    told(worker, hours=4.1)
    acknowledged(worker, LATE)
    worker.erp.approve("분식", 9_000, minutes_ago=1)
    worker.erp.faults = [Fault.PASTE_LOST]
    with pytest.raises(PasteLost):
        worker.run_cycle()
    worker.ledger.move(worker.key("김밥천국"), State.SEEN, State.HELD, at=worker.clock(), by="worker", why="x")
    worker.clock.advance(minutes=60 * 16)

    told(worker, hours=4)

    assert late(worker).facts["late"] == 1
    assert not rests(late(worker))


@pytest.mark.parametrize("cause", ["cycles fail", "password", "layout", "adoption", "stopped"])
def test_an_alarm_that_rests_keeps_nothing_from_being_told(worker: Worker, cause: str) -> None:
    worker.ledger.raise_alarm(cause, "x", at=worker.clock())
    assert told(worker, hours=5) == []

    acknowledged(worker, cause)

    assert len(told(worker)) == 1
