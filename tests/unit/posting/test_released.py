"""A row that was sent, and that a person says is missing, is looked up once more right before it is sent again."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fakes import FakeClock, FakeErp, Fault, Worker
from worker.errors import DaybreakError, ErpUnavailable
from worker.ledger.state import State
from worker.ledger.verdicts import RowVerdict


@pytest.fixture
def worker(folder: Path, erp: FakeErp, clock: FakeClock) -> Iterator[Worker]:
    worker = Worker(folder, erp, clock)
    worker.adopt()
    yield worker
    worker.close()


def in_doubt(worker: Worker, erp: FakeErp, fault: Fault) -> str:
    """Have one deposit confirmed and one in doubt; return the key of the second."""
    erp.approve("고객 하나", 1_000)
    worker.run_cycle()
    worker.clock.advance(minutes=30)
    erp.approve("김밥천국")
    erp.faults = [fault]
    worker.run_cycle()
    (entry,) = worker.ledger.in_state(State.IN_DOUBT)
    return entry.payment.key


def say(worker: Worker, key: str, verdict: RowVerdict) -> None:
    worker.ledger.resolve(key, verdict, by="경리", why="조회함", at=worker.clock())


@pytest.mark.parametrize("fault", [Fault.LOST_AFTER, Fault.LOST_BEFORE])
def test_what_a_person_takes_for_missing_goes_out_once(worker: Worker, erp: FakeErp, fault: Fault) -> None:
    key = in_doubt(worker, erp, fault)

    say(worker, key, RowVerdict.NOT_POSTED)
    worker.run_cycle()

    assert len(erp.slips) == 2
    entry = worker.ledger.entry(key)
    assert entry is not None
    assert entry.state is State.POSTED
    assert entry.slip == erp.slips[-1].number
    assert "in doubt" not in {one.cause for one in worker.ledger.alarms()}


def test_while_the_list_can_not_be_read_nothing_is_sent_again(
    worker: Worker, erp: FakeErp, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = in_doubt(worker, erp, Fault.LOST_AFTER)
    say(worker, key, RowVerdict.NOT_POSTED)

    def fail(*_: object, **__: object) -> None:
        raise ErpUnavailable("the list does not open")

    with monkeypatch.context() as patch:
        patch.setattr(erp, "look_up", fail)
        with pytest.raises(DaybreakError):
            worker.run_cycle()
    assert len(erp.slips) == 2

    worker.run_cycle()
    assert len(erp.slips) == 2
    assert worker.states()["김밥천국 승인"] == "posted"


def test_ordinary_rows_cost_no_look_up_of_their_own(worker: Worker, erp: FakeErp) -> None:
    steps: list[str] = []
    worker.tap(steps.append)
    erp.approve("고객 하나", 1_000)
    worker.run_cycle()
    assert steps.count("erp.look_up") + steps.count("look_up") == 1


def test_a_decision_that_is_taken_back_while_the_list_is_read_ends_no_cycle(
    worker: Worker, erp: FakeErp, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = in_doubt(worker, erp, Fault.LOST_AFTER)
    say(worker, key, RowVerdict.NOT_POSTED)
    erp.approve("고객 둘", 2_000)
    look_up = erp.look_up

    def meanwhile(*keys: Any, **more: Any) -> Any:
        if worker.ledger.open_decisions():
            worker.ledger.undo_verdict(key, by="경리", why="", at=worker.clock())
        return look_up(*keys, **more)

    monkeypatch.setattr(erp, "look_up", meanwhile)
    worker.run_cycle()

    assert [slip.payer for slip in erp.slips] == ["고객 하나", "김밥천국", "고객 둘"]
    assert worker.states()["김밥천국 승인"] == "in_doubt"
