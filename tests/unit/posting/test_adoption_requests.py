"""What was requested, and not approved, when somebody said what was posted before: approved later it is news."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.fakes import BOOKS, FakeClock, FakeErp, Worker
from worker.errors import NotAdopted
from worker.ledger.state import State
from worker.posting import adoption


@pytest.fixture
def worker(folder: Path) -> Iterator[Worker]:
    """A worker that has read a list of one approval and one request, and may not post yet."""
    clock = FakeClock()
    worker = Worker(folder, FakeErp(clock), clock)
    worker.erp.approve("옛 프로그램", 50_000)
    worker.erp.approve("김밥천국", number="").status = "요청중"
    with pytest.raises(NotAdopted):
        worker.run_cycle()
    yield worker
    worker.close()


def adopt(worker: Worker) -> tuple[str, ...]:
    """Adopt all until now; return what was shown before."""
    until = worker.clock()
    found = adoption.propose(worker.ledger, until=until)
    posted = [one.key for one in found.posted]
    worker.ledger.adopt(BOOKS, by="kim", at=until, note=found.note, posted=posted, asked=found.asked, until=until)
    return found.lines


def approve(worker: Worker) -> None:
    row = worker.erp.rows[-1]
    row.status, row.approval_no = "승인", "00000077"


def test_a_request_that_is_approved_before_the_next_reading_is_posted(worker: Worker) -> None:
    adopt(worker)
    approve(worker)
    worker.clock.advance(minutes=30)

    worker.run_cycle()

    assert worker.erp.books() == [("김밥천국", 10_000)]


def test_one_that_may_have_been_posted_before_the_adoption_is_held(worker: Worker) -> None:
    """It was approved after the last reading: before the adoption, and then somebody posted it, or after it."""
    worker.clock.advance(minutes=20)
    lines = adopt(worker)
    approve(worker)
    worker.clock.advance(minutes=10)
    worker.run_cycle()

    assert worker.erp.books() == []
    assert [one.payment.payer for one in worker.ledger.in_state(State.HELD)] == ["김밥천국"]
    assert any("are held for you" in line for line in lines)


def test_what_waited_for_its_number_then_is_released_by_no_number(worker: Worker) -> None:
    row = worker.erp.approve("다라상회", number="")
    for _ in range(2):
        worker.clock.advance(minutes=1)
        with pytest.raises(NotAdopted):
            worker.run_cycle()
    assert [one.payment.payer for one in worker.ledger.in_state(State.HELD)] == ["다라상회"]
    lines = adopt(worker)
    row.approval_no = "99887766"
    for _ in range(2):
        worker.clock.advance(minutes=30)
        worker.run_cycle()

    assert worker.erp.books() == []
    assert [one.payment.payer for one in worker.ledger.in_state(State.HELD)] == ["다라상회"]
    assert any("posted by a person's decision only" in line for line in lines)


def test_a_request_that_is_approved_some_readings_later_is_posted(worker: Worker) -> None:
    adopt(worker)
    for _ in range(3):
        worker.clock.advance(minutes=30)
        worker.run_cycle()
    approve(worker)
    worker.run_cycle()

    assert worker.erp.books() == [("김밥천국", 10_000)]


def test_a_later_adoption_does_not_forget_it(worker: Worker) -> None:
    adopt(worker)
    worker.erp.rows.append(replace(worker.erp.rows[-1], payer="한빛상사", at=worker.clock() + timedelta(minutes=1)))
    worker.clock.advance(minutes=30)
    worker.run_cycle()
    adopt(worker)
    for row in worker.erp.rows[-2:]:
        row.status, row.approval_no = "승인", row.payer[:1].encode().hex()
    worker.clock.advance(minutes=30)
    worker.run_cycle()

    assert worker.erp.books() == [("김밥천국", 10_000), ("한빛상사", 10_000)]


def test_what_is_asked_shows_the_requests(worker: Worker) -> None:
    lines = adopt(worker)

    place = next(
        number for number, line in enumerate(lines) if line.startswith("Of the payments up to then, 1 were requests")
    )
    assert lines[place + 1].split() == ["2026-01-08", "08:50:00", "김밥천국", "10,000", "won"]


def test_what_was_no_request_then_counts_as_posted_before(worker: Worker) -> None:
    adopt(worker)
    worker.erp.approve("늦게 보인 것", minutes_ago=20)
    worker.clock.advance(minutes=30)
    worker.run_cycle()

    assert worker.erp.books() == []
