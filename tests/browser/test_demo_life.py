"""What goes on by itself in the demo, turn by turn, without a server and without waiting."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import timedelta
from pathlib import Path

import pytest

from worker.demo import seed
from worker.demo.deposits import Entry
from worker.demo.erp import Erp
from worker.demo.life import FULL_AT, TIDY_ABOVE, Life


@pytest.fixture
def lively(tmp_path: Path) -> Iterator[Callable[..., tuple[Erp, Life]]]:
    """Makes a demo with its usual week, and its life, begun at 0 on the monotonic clock."""
    with ExitStack() as stack:

        def make(**knobs: object) -> tuple[Erp, Life]:
            erp = Erp(tmp_path, knobs=knobs)
            stack.callback(erp.db.close)
            seed.plant(erp, count=seed.COUNT, seed=seed.SEED)
            return erp, Life(erp, started=0)

        yield make


def live(life: Life, *, begin: int, end: int) -> None:
    """Let seconds pass, without a worker."""
    for second in range(begin, end):
        life.turn(second)


def post_all(erp: Erp) -> None:
    """Post every listed payment once, as a worker does."""
    posted = {(slip["date"], slip["payer"], slip["amount"]) for slip in erp.deposits.slips()}
    entries = []
    for row in erp.payments.page("unreflected", number=1, size=1000):
        amount = {"승인": 1, "취소": -1}.get(row["status"], 0) * row["amount"]
        date = row["requested_at"][:10].replace("-", "/")
        if amount and (date, row["payer"], amount) not in posted:
            entries.append(
                Entry(date=date, account="카드사", account_code="1089", payer=row["payer"], amount=amount, memo="")
            )
    upload = erp.deposits.receive(rows=len(entries), fault="", reused_connection=False)
    erp.deposits.store(upload, entries, writer="DAYBREAK")


def test_nothing_arrives_before_90_seconds_and_then_a_few_a_minute(lively: Callable[..., tuple[Erp, Life]]) -> None:
    erp, life = lively()

    live(life, begin=0, end=90)
    at_first = erp.payments.count("unreflected")
    live(life, begin=90, end=690)

    assert at_first == 206
    assert 15 <= erp.payments.count("unreflected") - 206 <= 60


def test_after_a_restart_other_payments_arrive_than_before_it(
    lively: Callable[..., tuple[Erp, Life]], tmp_path: Path
) -> None:
    erp, life = lively(cancel_share=0)
    runs = [arrived(erp, life)]
    for _ in range(2):
        with closing((again := Erp(tmp_path, knobs={"cancel_share": 0})).db):
            runs.append(arrived(again, Life(again, started=0)))

    numbers = [number for run in runs for number in run]
    assert len(numbers) > 20
    assert len(numbers) == len(set(numbers))


def arrived(erp: Erp, life: Life) -> set[str]:
    """Return the approval numbers of a payment that somebody adds, and of those that arrive by themselves then."""
    known = erp.payments.total()
    erp.payments.add([{"payer": "홍길동", "amount": 12345}])
    live(life, begin=0, end=300)
    return {payment["approval_no"] for payment in erp.payments.all()[known:] if payment["approval_no"]}


def test_some_of_the_new_payments_are_cancelled_a_little_later(lively: Callable[..., tuple[Erp, Life]]) -> None:
    erp, life = lively(cancel_share=0.5)
    before = Counter(payment["status"] for payment in erp.payments.all())

    live(life, begin=0, end=900)

    after = Counter(payment["status"] for payment in erp.payments.all())
    assert after["취소"] > before["취소"] + 5
    assert after["승인"] > before["승인"] + 10


def test_without_a_worker_the_list_fills_up_and_no_further(lively: Callable[..., tuple[Erp, Life]]) -> None:
    erp, life = lively(arrivals_per_min=600)

    live(life, begin=0, end=300)

    assert FULL_AT - 10 < erp.payments.count("unreflected") <= FULL_AT + 10


def test_with_a_worker_about_300_rows_stay_listed(lively: Callable[..., tuple[Erp, Life]]) -> None:
    erp, life = lively(arrivals_per_min=60)
    listed = []

    for minute in range(2, 30):
        live(life, begin=minute * 60, end=minute * 60 + 60)
        post_all(erp)
        live(life, begin=minute * 60 + 60, end=minute * 60 + 61)
        listed.append(erp.payments.count("unreflected"))

    assert max(listed) <= TIDY_ABOVE + 60
    assert listed[-1] > TIDY_ABOVE - 60


def test_what_was_posted_an_hour_ago_is_reflected(lively: Callable[..., tuple[Erp, Life]]) -> None:
    erp, life = lively(arrivals_per_min=0)
    post_all(erp)
    life.turn(1)
    fresh = erp.payments.count("unreflected")

    erp.clock.offset += timedelta(hours=1, seconds=1)
    life.turn(2)

    left = Counter(row["status"] for row in erp.payments.page("unreflected", number=1, size=1000))
    assert fresh == 206
    assert set(left) <= {"승인실패", "취소실패", "요청중", "승인"}
    assert left["승인"] < 10


def test_a_reset_forgets_what_was_to_follow(lively: Callable[..., tuple[Erp, Life]]) -> None:
    erp, life = lively(cancel_share=1, arrivals_per_min=60)
    live(life, begin=90, end=95)
    erp.reset()
    erp.knobs.set({"arrivals_per_min": 0})

    live(life, begin=95, end=200)

    assert erp.payments.all() == []
