"""A worker that has adopted nothing, before a list whose oldest row is far from the others."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes import FakeClock, FakeErp, Worker
from tests.unit.posting.desk import ANCHOR


@pytest.fixture
def worker(folder: Path, erp: FakeErp, clock: FakeClock) -> Iterator[Worker]:
    erp.approve(ANCHOR, 1_000, number="88000001", minutes_ago=3 * 24 * 60)
    worker = Worker(folder, erp, clock)
    worker.adopt()
    yield worker
    worker.close()
