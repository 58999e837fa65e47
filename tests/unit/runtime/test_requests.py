"""What a command asks of the running worker: taken once, answered once, never confused with an older one."""

import json
from pathlib import Path

import pytest

from worker.control import control, requests
from worker.control.requests import Request
from worker.errors import DaybreakError
from worker.runtime import desired_state
from worker.runtime.commands import CommandKind, CommandResult
from worker.runtime.desired_state import DesiredState, Intent
from worker.runtime.locks import Lock
from worker.runtime.process_identity import Identity


def test_a_request_is_taken_once(tmp_path: Path) -> None:
    requests.leave(tmp_path, CommandKind.CYCLE, test=True, rows=3)

    found = requests.take(tmp_path)

    assert found is not None
    assert (found.what, found.test, found.rows) == (CommandKind.CYCLE, True, 3)
    assert requests.take(tmp_path) is None


def test_a_worker_that_circusd_is_starting_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held = Lock(tmp_path / "runtime.lock", version="test")
    looks = iter([None, None])

    def circusd(_: Path) -> Identity:
        if next(looks, held) is held:
            held.__enter__()
        return Identity.own()

    monkeypatch.setattr(control, "find_circusd", circusd)
    try:
        assert requests.has_worker(tmp_path)
    finally:
        held.__exit__(None, None, None)


def test_no_worker_is_waited_for_where_none_is_to_come(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requests, "STARTS_WITHIN", 60.0)
    monkeypatch.setattr(control, "find_circusd", lambda _: None)
    assert not requests.has_worker(tmp_path)

    monkeypatch.setattr(control, "find_circusd", lambda _: Identity.own())
    desired_state.write(tmp_path, Intent(wanted=DesiredState.STOPPED))
    assert not requests.has_worker(tmp_path)


def test_a_request_of_an_earlier_version_is_a_cycle_of_all_rows(tmp_path: Path) -> None:
    (tmp_path / requests.FILE).write_text('{"test": false}', encoding="ascii")

    assert requests.take(tmp_path) == Request()


@pytest.mark.parametrize(
    "text", ["", "[]", "7", "{}", '{"test": false, "what": "dance"}', '{"test": false, "rows": "x"}', "\x00"]
)
def test_a_damaged_request_asks_for_nothing_and_does_not_come_back(text: str, tmp_path: Path) -> None:
    (tmp_path / requests.FILE).write_text(text, encoding="ascii")

    assert requests.take(tmp_path) is None
    assert requests.take(tmp_path) is None


def test_the_answer_to_an_older_request_is_not_taken_for_this_ones(tmp_path: Path) -> None:
    old = requests.leave(tmp_path, CommandKind.PROBE)
    requests.answer(tmp_path, old, CommandResult(is_well=True, lines=("all is there",)))
    new = requests.leave(tmp_path, CommandKind.PROBE)

    with pytest.raises(DaybreakError, match="asking the running worker for a probe: no answer within"):
        requests.wait(tmp_path, new, seconds=0.1)

    assert not (tmp_path / requests.FILE).exists(), "nobody waits for it any more"
    assert requests.wait(tmp_path, old, seconds=1) == CommandResult(is_well=True, lines=("all is there",))


def test_an_answer_is_readable_by_us_only(tmp_path: Path) -> None:
    asked = requests.leave(tmp_path, CommandKind.LOGIN_TEST)
    requests.answer(tmp_path, asked, CommandResult(is_well=False, lines=("거부",)))

    assert (tmp_path / requests.ANSWER).stat().st_mode & 0o077 == 0
    assert json.loads((tmp_path / requests.ANSWER).read_text(encoding="utf-8"))["lines"] == ["거부"]
