"""What the operator wants, on disk."""

from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from worker.runtime import clock, desired_state
from worker.runtime.desired_state import DesiredState, Intent

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=ZoneInfo("Asia/Seoul"))


def test_without_a_file_the_worker_is_wanted(tmp_path: Path) -> None:
    assert not desired_state.read(tmp_path).forbids(NOW)


def test_a_pause_forbids_until_its_end_and_names_who_wanted_it(tmp_path: Path) -> None:
    pause = Intent(wanted=DesiredState.PAUSED, by="kim", since=NOW, until=NOW + timedelta(hours=2))
    desired_state.write(tmp_path, pause)

    found = desired_state.read(tmp_path)

    assert found == pause
    assert found.forbids(NOW + timedelta(minutes=119))
    assert not found.is_over(NOW + timedelta(minutes=119))
    assert not found.forbids(NOW + timedelta(hours=2))
    assert found.is_over(NOW + timedelta(hours=2))
    assert str(found) == "paused until 2026-11-23 11:00 by kim since 2026-11-23 09:00"


def test_a_stop_forbids_for_ever(tmp_path: Path) -> None:
    desired_state.write(tmp_path, Intent(wanted=DesiredState.STOPPED, by="kim", since=NOW))

    assert desired_state.read(tmp_path).forbids(NOW + timedelta(days=3650))


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", '{"wanted": "sleeping"}', '{"wanted": "paused", "until": "soon"}', "\0"]
)
def test_a_damaged_file_never_keeps_the_worker_off(tmp_path: Path, text: str) -> None:
    desired_state.path_in(tmp_path).write_text(text)

    assert not desired_state.read(tmp_path).forbids(NOW)


def test_a_folder_that_is_missing_is_made(tmp_path: Path) -> None:
    desired_state.write(tmp_path / "new", Intent(wanted=DesiredState.STOPPED))

    assert desired_state.read(tmp_path / "new").wanted is DesiredState.STOPPED


def test_a_pause_ends_by_the_clock_that_nobody_sets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desired_state.write(tmp_path, Intent(wanted=DesiredState.PAUSED, since=NOW, until=NOW + timedelta(minutes=30)))
    found = desired_state.read(tmp_path)
    yesterday = NOW - timedelta(days=1)
    assert found.forbids(yesterday)

    began = clock.since_boot()
    monkeypatch.setattr(clock, "since_boot", lambda: began + 30 * 60)

    assert not found.forbids(yesterday)


def test_a_pause_of_another_boot_that_begins_in_the_future_is_refused(tmp_path: Path) -> None:
    pause = Intent(
        wanted=DesiredState.PAUSED, since=NOW + timedelta(days=1), until=NOW + timedelta(days=2), boot="another"
    )

    assert not pause.forbids(NOW)
    assert pause.forbids(NOW + timedelta(days=1, hours=1))


def test_a_pause_that_is_longer_than_any_that_may_be_asked_for_is_refused(tmp_path: Path) -> None:
    for days, holds in ((60, True), (61, False)):
        desired_state.write(tmp_path, Intent(wanted=DesiredState.PAUSED, since=NOW, until=NOW + timedelta(days=days)))

        assert desired_state.read(tmp_path).forbids(NOW + timedelta(hours=1)) is holds
