"""What `daybreak once` says of the cycle that it had run."""

from pathlib import Path

import pytest

from tests.fakes import FakeClock, FakeErp, Worker
from worker.cli import ended
from worker.config import loading
from worker.errors import NotAdopted
from worker.i18n.language import Language
from worker.operations import cycles
from worker.operations.cycles import CycleEnd


def told(worker: Worker, folder: Path) -> CycleEnd:
    chosen = loading.load({"DATA_DIR": str(folder)})
    return cycles.newest(worker.ledger, chosen, outcome="", why="")


def test_a_cycle_tells_which_payments_it_posted(folder: Path, erp: FakeErp, clock: FakeClock) -> None:
    worker = Worker(folder, erp, clock)
    worker.adopt()
    erp.approve("김밥천국", 12_500)
    worker.run_cycle()
    cycle = int(str(worker.ledger.last_cycles(1)[0]["id"]))
    worker.ledger.end_cycle(cycle, at=clock(), outcome="ran", why="", figures={"listed": 1, "new": 1, "posted": 1})

    _, line = ended.lines(told(worker, folder), Language.EN)

    slip = erp.slips[0].number
    assert line.startswith(f"{worker.key('김밥천국')}  posted, slip {slip}  2026-01-08")
    assert "김밥천국, 12,500 won" in line
    worker.close()


def test_a_failed_cycle_tells_how_many_wait_all_the_same(folder: Path, erp: FakeErp, clock: FakeClock) -> None:
    worker = Worker(folder, erp, clock)
    erp.approve("김밥천국")
    erp.approve("서울상회")
    with pytest.raises(NotAdopted):
        worker.run_cycle()
    cycle = worker.ledger.begin_cycle(slot=clock(), at=clock())
    worker.ledger.end_cycle(cycle, at=clock(), outcome="failed", why="not adopted", figures={"listed": 2})

    (line,) = ended.lines(told(worker, folder), Language.EN)

    assert line.startswith("2 listed")
    assert line.endswith("; 2 wait.")
    worker.close()
