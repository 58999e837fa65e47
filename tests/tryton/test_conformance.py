"""Tryton, as any ERP behind the protocol must be."""

from collections import Counter

import pytest

from tests.conformance import *  # noqa: F403 - the suite
from tests.conformance import Site, access_to
from tests.tryton.server import DATABASE, LOGIN, TrytonServer
from worker.config.erp_settings import ErpSettings


class Real(Site):
    """A Tryton of its own."""

    name = "tryton"

    def __init__(self, server: TrytonServer) -> None:
        self._server = server

    def access(self) -> ErpSettings:
        password = self._server.password.read_text(encoding="utf-8").strip()
        return access_to(f"http://127.0.0.1:{self._server.port}/", company=DATABASE, user=LOGIN, password=password)

    def waiting(self) -> list[tuple[str, int]]:
        return sorted((party, won) for party, won, _ in self._server.wanted())

    def posted(self) -> Counter[str]:
        return Counter(one.number for one in self._server.lines())


@pytest.fixture
def site(server: TrytonServer) -> Real:
    """Tryton with its 30 payments."""
    return Real(server)
