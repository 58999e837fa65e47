"""The readers who keep a page open while a tree is broken: they see it, come back to it, and say where they did not."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rig import free_ports, wait_until
from tests.tools import open_pages
from tests.tools.open_pages import NAME, OpenPages
from tests.unit.console.reader import served
from worker.admin import users
from worker.admin.users import Role
from worker.ledger.ledger import Ledger


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("EVERY", "AGAIN"):
        monkeypatch.setattr(open_pages, name, 0.02)
    monkeypatch.setattr(open_pages, "BACK_WITHIN", 1.0)


@pytest.fixture
def where(data: Path) -> list[int]:
    """The port that the readers look at; nothing listens there."""
    return free_ports(1)


@pytest.fixture
def pages(data: Path, where: list[int]) -> Iterator[OpenPages]:
    with Ledger(data) as ledger:
        ledger.begin_generation()
    pages = OpenPages(lambda: (data, where[0]), 3)
    yield pages
    pages.end()


def test_readers_sign_in_and_look_until_the_end(data: Path, where: list[int], pages: OpenPages) -> None:
    with served(data) as where[0]:
        pages.begin()
        wait_until("many answers", lambda: pages.counted("answered") > 20)

        assert pages.why_not_served() == ""

    assert users.read(data)[NAME].role is Role.OFFICE
    assert pages.counted("signed in") == 4  # and who looks after a fault
    assert not pages.failures
    assert "3 pages open" in pages.said()


def test_what_is_gone_is_told(data: Path, where: list[int], pages: OpenPages) -> None:
    nobody = where[0]
    with served(data) as port:
        where[0] = port
        pages.begin()
        wait_until("an answer", lambda: pages.counted("answered"))
        where[0] = nobody
        wait_until("a reader in vain", lambda: pages.counted("not reached"))

        assert pages.why_not_served().startswith("the page is not back after 1 s: ")


def test_a_page_that_fails_is_told(data: Path, where: list[int], pages: OpenPages) -> None:
    with served(data) as where[0]:
        pages.begin()
        wait_until("an answer", lambda: pages.counted("answered"))
        users.path_in(data).write_text("{", encoding="utf-8")
        wait_until("a failure", lambda: pages.failures)

    assert any("answered 503" in what for what in pages.failures)
    assert "failed" in pages.said()


def test_without_a_reader_nothing_is_asked(data: Path, where: list[int]) -> None:
    pages = OpenPages(lambda: (data, where[0]), 0)
    pages.begin()

    assert pages.why_not_served() == ""
    assert pages.said() == ""

    pages.end()
