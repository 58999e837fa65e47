"""A look at the ERP that fails is an answer, and never the end of the worker."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from worker.config import loading
from worker.erp import checks
from worker.errors import DaybreakError, ErpUnavailable, SettingsError, StopRequested
from worker.runtime.commands import CommandKind
from worker.runtime.heartbeat import Phase
from worker.runtime.stop import HeartbeatWriter, Stop


@pytest.fixture
def heart(tmp_path: Path) -> HeartbeatWriter:
    stop = Stop()
    found = HeartbeatWriter(
        tmp_path / "heartbeat.txt", version="1", now=loading.load({"DATA_DIR": "/tmp"}).now, stop=stop
    )
    found.beat(Phase.WAITING, patience=10)
    return found


@pytest.mark.parametrize("what", [CommandKind.PROBE, CommandKind.LOGIN_TEST])
@pytest.mark.parametrize(
    "error",
    [
        ErpUnavailable("driving the ERP: gone"),
        SettingsError("no Chromium"),
        OSError(28, "No space left on device"),
        DaybreakError("anything else that has a name"),
    ],
)
def test_what_goes_wrong_is_told(
    what: CommandKind, error: Exception, heart: HeartbeatWriter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextmanager
    def broken(*_: object, **__: object) -> Iterator[None]:
        raise error
        yield

    monkeypatch.setattr(checks, "visit", broken)

    told = checks.run(what, loading.load({"DATA_DIR": str(tmp_path)}), heart=heart)

    assert not told.is_well
    assert told.lines == (str(error),)


def test_a_request_to_stop_is_not_taken_for_an_answer(
    heart: HeartbeatWriter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextmanager
    def stopped(*_: object, **__: object) -> Iterator[None]:
        raise StopRequested("asked to stop")
        yield

    monkeypatch.setattr(checks, "visit", stopped)

    with pytest.raises(StopRequested):
        checks.run(CommandKind.PROBE, loading.load({"DATA_DIR": str(tmp_path)}), heart=heart)
