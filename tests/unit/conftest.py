"""A data folder, a clock and an ERP of its own, for each test that asks for them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.fakes import FakeClock, FakeErp, quick_folder
from worker.config import loading


@pytest.fixture
def folder() -> Iterator[Path]:
    with quick_folder() as path:
        yield path


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def erp(clock: FakeClock) -> FakeErp:
    return FakeErp(clock)


@pytest.fixture
def run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    """Run verbs of `daybreak` on the folder."""
    chosen = loading.load({"DATA_DIR": str(folder)})
    monkeypatch.setattr(loading, "load", lambda: chosen)
    return CliRunner()
