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
def real(folder: Path) -> Settings:
    """Settings of a real ERP, whose calendar may be changed."""
    secret = folder / "pw"
    secret.touch(mode=0o600)
    secret.write_text("p4ss word", encoding="utf-8")
    return loading.load(
        {
            "DATA_DIR": str(folder),
            "ERP_URL": "https://erp.example.com",
            "ERP_COMPANY": "1",
            "ERP_USER": "u",
            "ERP_PASSWORD_FILE": str(secret),
        }
    )


@pytest.fixture
def worker(folder: Path, erp: FakeErp, clock: FakeClock) -> Iterator[Worker]:
    worker = Worker(folder, erp, clock)
    worker.adopt()
    yield worker
    worker.close()
