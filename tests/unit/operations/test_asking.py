"""What is asked of the running worker: asked for and left at once, answered later; and what a cycle came to."""

import signal
from collections.abc import Iterator
from datetime import datetime

import pytest

from tests.fakes import FakeErp, Worker
from worker.config.settings import Settings
from worker.control import requests
from worker.errors import DaybreakError
from worker.operations import cycles, trials
from worker.operations.cycles import CycleEnd
from worker.runtime import desired_state
from worker.runtime.commands import CommandKind, CommandResult
from worker.runtime.desired_state import DesiredState, Intent
from worker.runtime.locks import Lock


@pytest.fixture
def held(chosen: Settings) -> Iterator[None]:
    """Stand where a worker would: its lock is held."""
    before = signal.signal(signal.SIGUSR2, lambda *_: None)
    with Lock(chosen.data_dir / "runtime.lock", version="1"):
        yield
    signal.signal(signal.SIGUSR2, before)


def finish(worker: Worker, *, outcome: str = "ran", rejected: int = 0) -> None:
    """Take the request and run the cycle that it asks for, as a worker does."""
    assert requests.take(worker.ledger._path.parent) is not None
    number = worker.ledger.begin_cycle(slot=worker.clock(), at=worker.clock())
    figures = {"listed": 7, "rejected": rejected}
    worker.ledger.end_cycle(number, at=worker.clock(), outcome=outcome, why="", figures=figures)


@pytest.mark.usefixtures("held")
def test_a_cycle_is_asked_for_at_once_and_its_end_is_told_when_it_has_ended(worker: Worker, chosen: Settings) -> None:
    worker.run_cycle()

    asked = cycles.ask(chosen, rows=3)

    assert cycles.ended(chosen, asked) is None
    assert '"rows": 3' in (chosen.data_dir / requests.FILE).read_text(encoding="utf-8")
    finish(worker, rejected=2)
    ended = cycles.ended(chosen, asked)
    assert ended is not None
    assert (ended.is_well, ended.refusals, ended.figures["listed"]) == (False, 2, 7)
    assert "refused 2 deposits" in ended.said


@pytest.mark.usefixtures("held")
def test_a_cycle_of_before_is_no_answer(worker: Worker, chosen: Settings) -> None:
    worker.run_cycle()
    asked = cycles.ask(chosen)
    requests.take(chosen.data_dir)

    assert cycles.ended(chosen, asked) is None


@pytest.mark.usefixtures("held")
@pytest.mark.parametrize("what", [CommandKind.LOGIN_TEST, CommandKind.PROBE])
def test_a_trial_is_asked_for_at_once_and_answered_once(chosen: Settings, what: CommandKind) -> None:
    asked = trials.ask(chosen, what)
    assert trials.answered(chosen, asked) is None

    taken = requests.take(chosen.data_dir)
    assert taken is not None
    requests.answer(chosen.data_dir, taken, CommandResult(is_well=True, lines=("signed in",)))

    assert taken.what is what
    assert trials.answered(chosen, asked) == CommandResult(is_well=True, lines=("signed in",))
    assert trials.answered(chosen, asked) is None


def test_nothing_is_asked_of_a_worker_that_does_not_run(chosen: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    stopped = Intent(wanted=DesiredState.STOPPED, by="kim", since=datetime.now().astimezone())
    desired_state.write(chosen.data_dir, stopped)

    with pytest.raises(DaybreakError, match="no worker runs"):
        cycles.ask(chosen)
    with pytest.raises(DaybreakError, match="no worker runs"):
        trials.ask(chosen, CommandKind.PROBE)

    assert not (chosen.data_dir / requests.FILE).exists()
    wish = cycles.wish_against(chosen)
    assert wish is not None
    assert "stopped by kim" in wish


def test_the_end_of_a_cycle_names_what_it_posted(worker: Worker, chosen: Settings, erp: FakeErp) -> None:
    for number in range(cycles.MOST + 2):
        erp.approve(f"가게 {number}")
    worker.run_cycle()

    ended = cycles.newest(worker.ledger, chosen, outcome="ran", why="")

    assert (len(ended.posted), ended.posted_count) == (cycles.MOST, cycles.MOST + 2)
    assert ended.figures["posted"] == cycles.MOST + 2
    assert ended.is_well


@pytest.mark.parametrize(
    ("end", "said"),
    [
        (CycleEnd(outcome="ran", why=""), "The cycle ran."),
        (CycleEnd(outcome="failed", why="x"), "The cycle failed: x"),
        (CycleEnd(outcome="stopped", why="x"), "The cycle stopped: x"),
        (CycleEnd(outcome="skipped", why=""), "The cycle skipped."),
    ],
)
def test_how_a_cycle_ended_is_one_sentence(end: CycleEnd, said: str) -> None:
    assert end.said == said
    assert end.is_well is (end.outcome == "ran")
