"""What daybreak's own parts move counts as shown by the ERP: nobody decides by a name of theirs."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fakes import SEOUL, FakeClock, FakeErp, Worker
from worker.admin import users
from worker.cli import options
from worker.errors import DaybreakError
from worker.ledger.people import demand_own_name
from worker.ledger.state import State
from worker.ledger.verdicts import RowVerdict
from worker.ledger.words import OURS
from worker.runtime import clock as wall

#: Names that read as daybreak's own, also in capitals, with blanks and in another form of their letters.
NAMES = [
    *(*OURS, "Worker", " look-up ", "RECOVERY", "kim (daybreak pause)", "Kim (Page)"),
    # In full width, with a sign that is not drawn, with another dash; and as the record shows them.
    *("ｗｏｒｋｅｒ", "wor\u200bker", "look\u2010up", "kim （page）", "the worker", "처리 프로그램", "ERP 자동조회"),
]


def test_no_decision_is_made_by_a_name_of_daybreaks_own(tmp_path: Path, erp: FakeErp, clock: FakeClock) -> None:
    worker = Worker(tmp_path, erp, clock)
    worker.adopt()
    erp.approve("무명", 5_000, number="")
    worker.run_cycle()
    clock.advance(minutes=1)
    worker.run_cycle()
    key, ledger, at = worker.key("무명"), worker.ledger, clock()
    acts: list[Callable[[str], object]] = [
        lambda name: ledger.resolve(key, RowVerdict.POSTED, by=name, why="looked", at=at),
        lambda name: ledger.undo_verdict(key, by=name, why="", at=at),
        lambda name: ledger.answer_brake({}, by=name, why="looked", at=at),
        lambda name: ledger.undo_brake_answer(by=name, at=at),
        lambda name: ledger.settle_oddity(1, by=name, why="looked", at=at),
    ]

    for name in NAMES:
        for act in acts:
            with pytest.raises(DaybreakError, match="is one that daybreak itself uses"):
                act(name)

    assert [one.payment.key for one in ledger.in_state(State.HELD)] == [key]
    worker.close()


@pytest.mark.parametrize("name", NAMES)
def test_no_user_of_the_page_and_nobody_at_the_command_line_has_such_a_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(DaybreakError, match=r"Take another name|all of them visible"):
        users.add(tmp_path, name, users.Role.OFFICE, "four words of mine", now=wall.wall(SEOUL))
    with pytest.raises(DaybreakError, match="--by NAME"):
        options.who(name)

    assert users.read(tmp_path) == {}


def test_a_system_user_of_such_a_name_is_asked_for_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "worker")

    with pytest.raises(DaybreakError, match="--by NAME"):
        options.who("")

    assert options.who("kim") == "kim"


@pytest.mark.parametrize("name", ["kim", "김 worker", "workers", "page", "look up"])
def test_any_other_name_is_a_persons(name: str) -> None:
    assert demand_own_name(name) == name
