"""MODE = shadow: a worker beside a person who posts by hand. It saves nothing, and says how the two compare."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.fakes import BOOKS, FakeClock, FakeErp, Worker
from tests.unit.posting.beside_a_person import BLIND, SHADOW, cycle, finish, started
from worker.errors import NotAdopted
from worker.ledger.state import State
from worker.posting import comparison
from worker.posting.comparison import Compared, Difference, Looked, Result, Score


@pytest.fixture
def worker(folder: Path, erp: FakeErp, clock: FakeClock) -> Iterator[Worker]:
    worker = started(folder, erp, clock)
    yield worker
    worker.close()


def looked(worker: Worker) -> tuple[Compared, ...]:
    times = worker.ledger.shadow_times()
    assert times is not None
    span = Looked(since=times.since, now=times.last, reads_slips=times.slips_at is not None)
    return comparison.compare(worker.ledger.own_deposits(), worker.ledger.hand_deposits(), span)


def score(worker: Worker) -> Score:
    return comparison.score_of(looked(worker))


def test_what_the_person_posts_as_we_would_is_the_same_and_nothing_is_saved(worker: Worker) -> None:
    row = worker.erp.approve("해오름상회", 123_450)
    cycle(worker)
    assert score(worker) == Score(open=1)

    worker.clock.advance(minutes=20)
    finish(worker, row)
    cycle(worker)

    assert score(worker) == Score(same=1, earlier=1, most_earlier_s=20 * 60)
    assert (worker.erp.uploads, worker.states()) == (0, {"해오름상회 승인": "excluded: reflected by hand"})


def test_a_person_who_was_there_before_the_reading_was_earlier(worker: Worker) -> None:
    row = worker.erp.approve("해오름상회", 123_450, minutes_ago=0)
    worker.clock.advance(minutes=10)
    finish(worker, row)
    cycle(worker, minutes=20)

    assert score(worker) == Score(same=1, later=1, most_later_s=20 * 60)

    cycle(worker)
    assert score(worker).total == 1


@pytest.mark.parametrize(
    ("mistake", "difference"),
    [
        ({"won": 123_540}, Difference.AMOUNT),
        ({"payer": "해오름상사"}, Difference.PAYER),
        ({"account": "국민은행"}, Difference.ACCOUNT),
        ({"day": "yesterday"}, Difference.DAY),
    ],
)
def test_what_differs_is_named(worker: Worker, mistake: dict[str, object], difference: Difference) -> None:
    row = worker.erp.approve("해오름상회", 123_450)
    worker.erp.approve("달빛서점", 50_000).is_reflected = False
    cycle(worker)

    if "day" in mistake:
        mistake = {"day": row.at.date() - timedelta(days=1)}
    worker.erp.enter(row, **mistake)  # type: ignore[arg-type]
    row.is_reflected = True
    cycle(worker)

    (found,) = (one for one in looked(worker) if one.result is not Result.OPEN)
    assert (found.result, found.differs) == (Result.DIFFERENT, (difference,))


def test_what_is_reflected_without_a_slip_and_entered_without_reflecting_differs_a_day_later(worker: Worker) -> None:
    reflected, entered = worker.erp.approve("해오름상회"), worker.erp.approve("달빛서점")
    cycle(worker)
    reflected.is_reflected = True
    worker.erp.enter(entered)
    cycle(worker)
    assert (score(worker).open, score(worker).same) == (1, 1)

    cycle(worker, minutes=25 * 60)

    assert score(worker).differs == {"not entered": 1, "not reflected": 1}


def test_a_person_who_posts_a_day_later_is_the_same_by_so_much(worker: Worker) -> None:
    row = worker.erp.approve("해오름상회")
    cycle(worker)
    cycle(worker, minutes=24 * 60)
    assert score(worker) == Score(open=1)

    finish(worker, row)
    cycle(worker)

    assert (score(worker).same, score(worker).most_earlier_s) == (1, 24 * 3600)


def test_what_the_person_never_posts_is_missing_by_them_after_three_days(worker: Worker) -> None:
    worker.erp.approve("해오름상회")
    cycle(worker)
    cycle(worker, minutes=3 * 24 * 60 - 1)
    assert score(worker).open == 1

    cycle(worker, minutes=2)

    assert score(worker) == Score(missing_by_them=1)


def test_what_we_would_ask_about_and_a_person_posts_is_missing_by_us(worker: Worker) -> None:
    beyond = worker.erp.approve("큰손상사", 200_000_000)
    cycle(worker)
    finish(worker, beyond)
    worker.erp.enter(worker.erp.approve("해오름상회", 1, minutes_ago=60 * 24 * 9))  # listed nowhere
    cycle(worker)

    found = looked(worker)
    assert [one.result for one in found] == [Result.MISSING_BY_US] * 2
    assert sorted(bool(one.own and one.own.why) for one in found) == [False, True]


def test_an_approval_and_its_cancellation_that_nobody_posts_come_to_the_same(worker: Worker) -> None:
    row = worker.erp.approve("해오름상회")
    cycle(worker)
    worker.erp.cancel(row, model="A")
    cycle(worker)
    for one in worker.erp.rows:
        one.has_left = True
    worker.erp.approve("달빛서점")
    cycle(worker)

    assert score(worker) == Score(netted=2, open=1)


def test_a_cancellation_of_what_was_posted_by_hand_is_compared_like_any_other(worker: Worker) -> None:
    row = worker.erp.approve("해오름상회")
    cycle(worker)
    finish(worker, row)
    cycle(worker)
    back = worker.erp.cancel(row)
    back.is_reflected = False
    cycle(worker)
    finish(worker, back)
    cycle(worker)

    assert (score(worker).same, score(worker).total) == (2, 2)
    assert worker.ledger.in_state(State.HELD) == []


def test_two_like_rows_are_two(worker: Worker) -> None:
    rows = [worker.erp.approve("해오름상회", 10_000) for _ in range(2)]
    cycle(worker)
    finish(worker, rows[1])
    cycle(worker)
    assert (score(worker).same, score(worker).open) == (1, 1)

    finish(worker, rows[0])
    cycle(worker)
    assert (score(worker).same, score(worker).total) == (2, 2)


def test_a_slip_that_was_taken_away_is_none(worker: Worker) -> None:
    row = worker.erp.approve("해오름상회")
    cycle(worker)
    wrong = worker.erp.enter(row, won=1)
    cycle(worker)
    worker.erp.slips.remove(wrong)
    finish(worker, row)
    cycle(worker)

    assert score(worker).same == score(worker).total == 1


def test_deposits_of_another_account_are_not_compared(worker: Worker) -> None:
    row = worker.erp.approve("해오름상회", 70_000)
    cycle(worker)
    worker.erp.enter(row, won=999, account="보통예금", payer="이체고객")
    cycle(worker)

    assert score(worker) == Score(open=1)


def test_without_a_list_of_deposits_what_was_reflected_counts_as_posted(worker: Worker) -> None:
    worker.rules = BLIND
    row = worker.erp.approve("해오름상회")
    cycle(worker)
    row.is_reflected = True
    cycle(worker)

    assert looked(worker)[0].by_hand is None


def test_nothing_is_compared_before_somebody_has_said_what_was_posted(folder: Path, erp: FakeErp) -> None:
    worker = Worker(folder, erp, erp.now, rules=SHADOW, books=replace(BOOKS, mode="shadow"))  # type: ignore[arg-type]
    erp.approve("해오름상회")

    with pytest.raises(NotAdopted, match="nothing is compared"):
        worker.run_cycle()

    assert worker.ledger.shadow_times() is None
    worker.close()


def test_the_demo_is_compared_cycle_after_cycle(folder: Path, erp: FakeErp, clock: FakeClock) -> None:
    worker = Worker(folder, erp, clock, rules=SHADOW, books=replace(BOOKS, mode="demo"))
    erp.posts = False
    worker.adopt()
    for _ in range(2):
        cycle(worker)

    times = worker.ledger.shadow_times()
    assert times is not None
    assert times.last == clock()
    worker.close()
