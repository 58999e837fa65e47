"""The chores between two cycles: one that fails costs the others nothing, and is told if it lasts."""

import logging

import pytest

from worker.errors import LedgerError, Superseded
from worker.runtime import clock
from worker.runtime.chores import LASTS, Chore, Chores


class Desk:
    """Two chores, one of which can be made to fail, and the people who are told."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ticks = 0.0
        self.error: Exception | None = None
        self.done = 0
        self.told: list[str] = []
        self.mended = 0
        monkeypatch.setattr(clock, "ticks", lambda: self.ticks)
        self.chores = Chores(
            (Chore(name="backing up", do=self.fail), Chore(name="reports", do=self.count)),
            tell=self.told.append,
            mended=self.mend,
        )

    def fail(self) -> None:
        if self.error is not None:
            raise self.error

    def count(self) -> None:
        self.done += 1

    def mend(self) -> None:
        self.mended += 1

    def run(self, seconds: float) -> None:
        """Look after the chores every five seconds."""
        for _ in range(int(seconds / 5)):
            self.chores.run()
            self.ticks += 5


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    return Desk(monkeypatch)


@pytest.mark.parametrize("error", [LedgerError("locked"), OSError("disk full")])
def test_a_chore_that_fails_keeps_no_other_from_being_done(desk: Desk, error: Exception) -> None:
    desk.error = error

    desk.run(60)

    assert desk.done == 12


def test_a_failure_is_logged_once_and_its_end_too(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    desk.error = OSError("disk full")
    desk.run(60)
    desk.error = None
    desk.run(10)

    assert [record.message for record in caplog.records] == [
        "backing up failed: disk full",
        "backing up: goes well again",
    ]


def test_a_failure_that_lasts_is_told_once_and_its_end_is_noted(desk: Desk) -> None:
    desk.run(5)
    desk.error = OSError("disk full")
    desk.run(LASTS - 5)
    assert desk.told == []

    desk.run(3600)
    assert desk.told == ["backing up has been failing for 10 min: disk full"]
    assert desk.mended == 1  # at the start: the worker before may have told it

    desk.error = None
    desk.run(10)
    assert desk.mended == 2


def test_what_the_worker_before_told_is_not_over_while_a_chore_still_fails(desk: Desk) -> None:
    desk.error = OSError("disk full")
    desk.run(60)
    assert desk.mended == 0

    desk.error = None
    desk.run(10)
    assert desk.mended == 1


def test_a_worker_that_is_superseded_ends(desk: Desk) -> None:
    desk.error = Superseded("a newer one")

    with pytest.raises(Superseded):
        desk.run(5)
