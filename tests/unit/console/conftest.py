"""A page with a keeper and a user of the office, on a data folder of its own."""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest

from tests.fakes import SEOUL, FakeClock, FakeErp, Worker
from tests.unit.console.reader import KEEPER, OFFICE, PASSWORD, Reader, served
from worker.admin import users
from worker.admin.users import Role


@pytest.fixture
def people(data: Path) -> None:
    """A keeper and a user of the office."""
    now = datetime.now(SEOUL)
    users.add(data, KEEPER, Role.KEEPER, PASSWORD, now=now)
    users.add(data, OFFICE, Role.OFFICE, PASSWORD, now=now)


@pytest.fixture
def port(data: Path) -> Iterator[int]:
    with served(data) as port:
        yield port


@pytest.fixture
def reader(port: int) -> Reader:
    return Reader(port)


@pytest.fixture
def signed_in(people: None, port: int) -> Callable[[str], Reader]:
    """Give a reader who has signed in by this name."""

    def enter(name: str) -> Reader:
        reader = Reader(port)
        assert reader.sign_in(name).status == 303
        return reader

    return enter


@pytest.fixture
def clock() -> FakeClock:
    """Now: the page decides by the machine's own clock."""
    return FakeClock(datetime.now(SEOUL).replace(microsecond=0))


@pytest.fixture
def worker(data: Path, erp: FakeErp, clock: FakeClock) -> Iterator[Worker]:
    worker = Worker(data, erp, clock)
    worker.adopt()
    yield worker
    worker.close()


@pytest.fixture
def office(worker: Worker, signed_in: Callable[[str], Reader]) -> Reader:
    return signed_in(OFFICE)
