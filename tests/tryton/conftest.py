"""What the tests at Tryton share: one server and one proxy a module, the database as it was filled for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tryton.proxy import FaultProxy
from tests.tryton.server import TrytonServer

#: A delayed call comes this much later than the worker waits (seconds).
LATE_S = 8.0


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TrytonServer]:
    """One server for all tests of a file."""
    with TrytonServer(tmp_path_factory.mktemp("tryton")) as server:
        yield server


@pytest.fixture
def server(running: TrytonServer) -> TrytonServer:
    """The server, with its database as new."""
    running.reset()
    return running


@pytest.fixture
def proxy(server: TrytonServer) -> Iterator[FaultProxy]:
    """A proxy before the server that can strike single calls."""
    with FaultProxy(server.port, late_s=LATE_S) as proxy:
        proxy.kill, proxy.start, proxy.end_sessions = server.kill, server.start, server.end_sessions
        yield proxy


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A worker's data folder."""
    return tmp_path / "var"
