"""A data folder, a clock and an ERP of its own, for each test that asks for them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes import FakeClock, FakeErp, quick_folder


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
