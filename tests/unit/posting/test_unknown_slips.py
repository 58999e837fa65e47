"""A deposit of our form that this ledger never sent: another daybreak posts, or the ledger is an old copy."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.fakes import RULES, FakeClock, FakeErp, Fault, Slip, Worker, with_rules
from tests.unit.posting.desk import again
from worker.alerts.monitors import cause_of_failure
from worker.erp import Slip as ShownSlip
from worker.errors import LedgerError
from worker.ledger.copies import restore
from worker.ledger.state import State
from worker.ledger.verdicts import RowVerdict
from worker.payments.payment import short_key
from worker.posting import unknown_slips
from worker.posting.remark import key_of


@pytest.fixture
def worker(folder: Path, erp: FakeErp, clock: FakeClock) -> Iterator[Worker]:
    worker = Worker(folder, erp, clock)
    worker.adopt()
    clock.advance(minutes=1)
    yield worker
    worker.close()


def enter(erp: FakeErp, remark: str, *, minutes_ago: float = 0) -> None:
    """Have somebody else enter a deposit."""
    at = erp.now() - timedelta(minutes=minutes_ago)
    number = f"2026/01/08 -{900 + len(erp.slips)}"
    erp.slips.append(Slip(number=number, upload=0, payer="남의 것", amount=1, remark=remark, entered_at=at))


FOREIGN = f"카드결제 남의 것 #{short_key('a payment of another machine')}"


def test_a_slip_of_our_form_that_the_ledger_does_not_know_stops_posting(worker: Worker, erp: FakeErp) -> None:
    enter(erp, FOREIGN)
    erp.approve("김밥천국")

    with pytest.raises(
        LedgerError, match=r"daybreak's own form that this ledger does not know: 1, .* daybreak adopt$"
    ) as e:
        worker.run_cycle()
    erp.approve("새빛")
    again(worker, cycles=3)

    assert cause_of_failure(e.value, 1) == "ledger"
    assert [payer for payer, _ in erp.books()] == ["김밥천국", "남의 것"]
    assert "2026/01/08 -900, entered 2026-01-08 09:01:00" in worker.ledger.why_no_posting(worker.books)
    assert worker.states()["김밥천국 승인"] == "posted", "what was confirmed is settled all the same"


def test_it_stops_in_the_midst_of_a_cycle_and_stays_so_for_the_next_worker(
    worker: Worker, folder: Path, erp: FakeErp
) -> None:
    worker.rules = with_rules(RULES, batch_rows=1)
    for number in range(50):
        erp.approve(f"고객 {number}")
    enter(erp, FOREIGN)

    again(worker)
    worker.close()
    following = Worker(folder, erp, worker.clock)
    again(following, cycles=2)

    assert erp.uploads == 40, "one round of batches"
    following.close()


def test_an_adoption_ends_it_for_good(worker: Worker, erp: FakeErp) -> None:
    enter(erp, FOREIGN)
    erp.approve("김밥천국")
    again(worker)
    erp.approve("새빛")
    again(worker)

    worker.adopt()
    again(worker, cycles=2)
    assert worker.states()["새빛 승인"] == "posted"

    enter(erp, f"카드결제 남의 것 #{short_key('one more')}")
    erp.approve("또 하나")
    again(worker)

    assert worker.ledger.why_unknown_slips()


def test_slips_from_before_the_adoption_are_none_of_ours(worker: Worker, erp: FakeErp) -> None:
    enter(erp, FOREIGN, minutes_ago=2)
    erp.approve("김밥천국")

    worker.run_cycle()

    assert worker.states() == {"김밥천국 승인": "posted"}


@pytest.mark.parametrize(
    "remark",
    [
        "카드결제 홍길동 #1",
        "카드결제 홍길동",
        "카드결제 홍길동 #ABCDEFGHI",
        "카드결제 홍길동 #ABCDEFGHIJK",
        "카드결제 홍길동 #abcdefghij",
        "카드결제 홍길동 #ABCDEFGHI1",
        "카드결제 홍길동 #ABCDE FGHIJ",
        "현금결제 홍길동 #ABCDEFGHIJ",
        "카드결제#ABCDEFGHIJ",
        "",
    ],
)
def test_a_remark_that_only_looks_like_ours_stops_nothing(worker: Worker, erp: FakeErp, remark: str) -> None:
    enter(erp, remark)
    erp.approve("김밥천국")

    worker.run_cycle()

    assert key_of(remark) == ""
    assert worker.states() == {"김밥천국 승인": "posted"}


def test_a_remark_with_a_persons_words_behind_the_key_is_ours() -> None:
    assert key_of(" 카드결제 ＃가게 #1 #ABCDEFGH27 (확인)") == "ABCDEFGH27"


def test_it_costs_no_look_at_the_list_that_is_not_made_anyway(worker: Worker, erp: FakeErp) -> None:
    looks: list[str] = []
    worker.tap(lambda step: looks.append(step) if step == "look_up" else None)
    erp.approve("김밥천국")

    worker.run_cycle()
    again(worker, cycles=5)

    assert len(looks) == 1


def test_what_another_machine_has_posted_is_not_posted_by_us_and_stops_posting(worker: Worker, erp: FakeErp) -> None:
    worker.most = 1
    erp.approve("김밥천국", minutes_ago=20)
    erp.approve("새빛", minutes_ago=10)
    again(worker)
    enter(erp, f"카드결제 새빛 #{worker.key('새빛')}")
    erp.approve("다른 집", minutes_ago=50)

    again(worker, cycles=3)

    assert worker.states()["새빛 승인"] == "posted"
    assert worker.ledger.why_unknown_slips()
    assert erp.uploads == 2


def test_a_second_machine_that_posts_the_same_payments_is_found(
    worker: Worker, folder: Path, erp: FakeErp, clock: FakeClock
) -> None:
    (folder / "second").mkdir()
    second = Worker(folder / "second", erp, clock)
    second.adopt()
    clock.advance(minutes=1)
    erp.approve("김밥천국")
    worker.run_cycle()
    clock.advance(minutes=1)
    second.run_cycle()
    assert erp.books() == [("김밥천국", 10_000)] * 2
    erp.approve("새빛")

    with pytest.raises(LedgerError, match="Another daybreak posts to this company"):
        worker.run_cycle()
    erp.approve("다른 집")
    again(worker, cycles=3)

    assert erp.books().count(("다른 집", 10_000)) == 0
    second.close()


def test_what_the_erp_itself_stores_twice_stops_nothing(worker: Worker, erp: FakeErp) -> None:
    erp.approve("김밥천국")
    erp.faults = [Fault.TWICE]
    worker.run_cycle()
    erp.approve("새빛")

    again(worker)

    assert worker.ledger.why_unknown_slips() == ""
    assert worker.states()["새빛 승인"] == "posted"


def test_a_slip_that_a_person_has_given_another_date_is_known(worker: Worker, erp: FakeErp) -> None:
    erp.approve("김밥천국")
    worker.run_cycle()
    erp.slips = [replace(one, number="2026/01/09 -1") for one in erp.slips]
    erp.approve("새빛")

    again(worker)

    assert worker.ledger.why_unknown_slips() == ""


def test_what_a_worker_sent_and_the_erp_stored_long_after_is_posted_and_stops_nothing(
    worker: Worker, erp: FakeErp
) -> None:
    erp.approve("김밥천국")
    erp.faults = [Fault.LOST_BEFORE]
    worker.run_cycle()
    key = worker.key("김밥천국")
    worker.ledger.move(key, State.IN_DOUBT, State.SEEN, at=worker.clock(), by="look-up", why="not found twice")
    late = ShownSlip(number="2026/01/08 -7", remark=f"카드결제 김밥천국 #{key}", entered_at=worker.clock())

    posted = unknown_slips.compare(worker.ledger, [late], at=worker.clock())

    assert posted == 1
    assert worker.states() == {"김밥천국 승인": "posted"}
    assert worker.ledger.why_unknown_slips() == ""


def test_what_a_person_has_settled_as_posted_is_known(worker: Worker, erp: FakeErp) -> None:
    erp.approve("김밥천국")
    erp.faults = [Fault.LOST_AFTER]
    worker.run_cycle()
    key = worker.key("김밥천국")
    worker.ledger.resolve(key, RowVerdict.POSTED, by="kim", why="it is there", at=worker.clock())
    erp.approve("새빛")

    again(worker)

    assert worker.ledger.why_unknown_slips() == ""


def test_what_was_posted_after_a_backup_and_has_left_the_list_is_explained_by_the_restoring(
    worker: Worker, folder: Path, erp: FakeErp
) -> None:
    worker.ledger.back_up(folder / "backup.db")
    gone = erp.approve("김밥천국")
    worker.run_cycle()
    gone.has_left = True
    worker.close()
    restore(folder / "backup.db", folder)
    restored = Worker(folder, erp, worker.clock, rules=worker.rules)
    erp.approve("새빛")

    again(restored, cycles=4)

    assert restored.states()["새빛 승인"] == "posted"
    assert restored.ledger.why_unknown_slips() == ""

    enter(erp, FOREIGN)
    erp.approve("다른 집")
    again(restored)
    assert restored.ledger.why_unknown_slips()
    restored.close()
