"""A worker with a ledger of its own, and the settings of that folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes import FakeClock, FakeErp, Worker
from worker.config import loading
from worker.config.settings import Settings


@pytest.fixture
def chosen(folder: Path) -> Settings:
    return loading.load({"DATA_DIR": str(folder)})


@pytest.fixture
def worker(folder: Path, erp: FakeErp, clock: FakeClock) -> Iterator[Worker]:
    worker = Worker(folder, erp, clock)
    worker.adopt()
    yield worker
    worker.close()
