"""MODE = shadow: a worker beside a person who posts by hand. It saves nothing, and says how the two compare."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.fakes import BOOKS, RULES, FakeClock, FakeErp, Listed, Worker, with_rules
from worker.errors import DaybreakError, NotAdopted
from worker.ledger.state import State
from worker.posting import adoption, adoption_by_hand, comparison
from worker.posting.comparison import Compared, Difference, Looked, Result, Score

SHADOW = with_rules(RULES, mode="shadow")
PAYERS = ("가나상회", "다라상회", "마바상회", "사아상회")

BLIND = with_rules(SHADOW, deposit_list=False)


@pytest.fixture
def worker(folder: Path, erp: FakeErp, clock: FakeClock) -> Iterator[Worker]:
    """A worker that compares since a reading of an empty list, a minute ago."""
    worker = Worker(folder, erp, clock, rules=SHADOW, books=replace(BOOKS, mode="shadow"))
    erp.posts = False
    worker.adopt()
    worker.run_cycle()
    clock.advance(minutes=1)
    yield worker
    worker.close()


def looked(worker: Worker) -> tuple[Compared, ...]:
    times = worker.ledger.shadow_times()
    assert times is not None
    span = Looked(since=times.since, now=times.last, reads_slips=times.slips_at is not None)
    return comparison.compare(worker.ledger.own_deposits(), worker.ledger.hand_deposits(), span)


def score(worker: Worker) -> Score:
    return comparison.score_of(looked(worker))


def cycle(worker: Worker, *, minutes: int = 30) -> None:
    worker.clock.advance(minutes=minutes)
    worker.run_cycle()


def finish(worker: Worker, row: Listed) -> None:
    """Post and reflect a row by hand, as it is."""
    worker.erp.enter(row)
    row.is_reflected = True


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


# --- from shadow to production ---------------------------------------------------------------------------------------


def go_live(worker: Worker, *, hold: int = 0) -> None:
    """Look once more, adopt what was posted by hand, and post from here on: the steps of docs/going-live.md."""
    worker.books, worker.erp.posts = BOOKS, True
    worker.rules = RULES
    uploads = worker.erp.uploads
    with pytest.raises(NotAdopted, match="compared with what a person posts by hand"):
        cycle(worker)
    assert worker.erp.uploads == uploads
    proposal = adoption.propose(worker.ledger)
    assert len(proposal.held) == hold
    worker.clock.advance(minutes=1)
    worker.ledger.adopt(
        BOOKS,
        by="kim",
        at=worker.clock(),
        note=proposal.note,
        posted=[one.key for one in proposal.posted],
        held=proposal.held,
    )


def test_what_the_person_posted_is_not_posted_again_and_what_nobody_posted_is_posted_once(worker: Worker) -> None:
    both, entered, late, waiting = (
        worker.erp.approve(payer) for payer in ("가나상회", "다라상회", "마바상회", "사아상회")
    )
    cycle(worker)
    finish(worker, both)
    worker.erp.enter(entered)
    cycle(worker)
    worker.erp.enter(late)  # after the last comparison in MODE = shadow

    go_live(worker)
    cycle(worker)
    cycle(worker)

    assert worker.erp.books() == [(payer, 10_000) for payer in PAYERS]
    assert worker.states()[f"{waiting.payer} 승인"] == "posted"


def test_what_may_have_been_posted_by_hand_is_asked_about(worker: Worker) -> None:
    row = worker.erp.approve("가나상회", 10_000)
    cycle(worker)
    worker.erp.enter(row, won=1_000)
    cycle(worker)

    go_live(worker, hold=1)
    cycle(worker)

    assert (worker.erp.uploads, worker.states()["가나상회 승인"]) == (0, "held")


def test_the_cancellation_of_what_was_posted_by_hand_is_posted_after_the_change(worker: Worker) -> None:
    row = worker.erp.approve("가나상회")
    cycle(worker)
    finish(worker, row)
    cycle(worker)
    go_live(worker)

    worker.erp.cancel(row).is_reflected = False
    cycle(worker)

    assert worker.erp.books() == [("가나상회", -10_000), ("가나상회", 10_000)]


def test_production_after_shadow_and_back_asks_again_each_time(worker: Worker) -> None:
    worker.erp.approve("가나상회")
    cycle(worker)
    go_live(worker)
    cycle(worker)
    assert worker.erp.uploads == 1

    worker.rules, worker.books, worker.erp.posts = SHADOW, replace(BOOKS, mode="shadow"), False
    row = worker.erp.approve("다라상회")
    cycle(worker)
    worker.erp.enter(row)
    cycle(worker)

    go_live(worker)
    cycle(worker)

    assert worker.erp.books() == [("가나상회", 10_000), ("다라상회", 10_000)]


def test_without_the_list_of_deposits_silence_is_no_answer_to_what_was_posted(worker: Worker, folder: Path) -> None:
    worker.rules = BLIND
    worker.ledger.adopt(worker.books, by="kim", at=worker.clock(), note="again")
    worker.erp.approve("가나상회")
    cycle(worker)

    with pytest.raises(DaybreakError, match="what was posted before"):
        adoption.demand_an_answer(folder, BOOKS)


def test_an_old_look_is_no_ground_for_an_adoption(worker: Worker) -> None:
    cycle(worker)
    adoption_by_hand.demand_fresh(worker.ledger, now=worker.clock() + timedelta(minutes=59))

    with pytest.raises(DaybreakError, match="Look once more"):
        adoption_by_hand.demand_fresh(worker.ledger, now=worker.clock() + timedelta(minutes=61))
