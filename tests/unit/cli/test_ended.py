"""What `daybreak once` says of the cycle that it had run."""

from pathlib import Path

import pytest

from tests.fakes import SEOUL, FakeClock, FakeErp, Worker
from worker.cli import ended
from worker.errors import NotAdopted
from worker.i18n.language import Language


def test_a_failed_cycle_tells_how_many_wait_all_the_same(folder: Path, erp: FakeErp, clock: FakeClock) -> None:
    worker = Worker(folder, erp, clock)
    erp.approve("김밥천국")
    erp.approve("서울상회")
    with pytest.raises(NotAdopted):
        worker.run_cycle()
    cycle = worker.ledger.begin_cycle(slot=clock(), at=clock())
    worker.ledger.end_cycle(cycle, at=clock(), outcome="failed", why="not adopted", figures={"listed": 2})

    (line,) = ended.lines(worker.ledger, data=folder, zone=SEOUL, language=Language.EN)

    assert line.startswith("2 listed")
    assert line.endswith("; 2 wait.")
    worker.close()
