"""What a new version must show before it counts: its first beat, and a cycle that saves nothing."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from worker.admin import tree
from worker.admin.tree import NotVerified, Running
from worker.runtime import desired_state
from worker.runtime.desired_state import DesiredState, Intent
from worker.runtime.heartbeat import Heartbeat, Phase, now_ticks
from worker.runtime.process_identity import Identity

NOW = datetime(2026, 1, 8, 9, 0, tzinfo=UTC)

#: Answers like `daybreak`, and writes down what it was asked.
DAYBREAK = """#!/bin/sh
echo "$*" >>"$(dirname "$0")/asked"
case "$1" in
    once) {once} ;;
    status) echo '{{"health": "{health}", "problems": ["no worker runs"]}}' ;;
esac
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tree, "TO_BEAT", 0.3)
    (tmp_path / "var").mkdir()
    return tmp_path


def answer(project: Path, once: str = "exit 0", health: str = "degraded") -> None:
    path = project / ".venv" / "bin" / "daybreak"
    path.parent.mkdir(parents=True)
    path.write_text(DAYBREAK.format(once=once, health=health), encoding="utf-8")
    path.chmod(0o755)


def asked(project: Path) -> list[str]:
    return (project / ".venv" / "bin" / "asked").read_text(encoding="utf-8").splitlines()


def beat(project: Path, version: str) -> None:
    Heartbeat(
        identity=Identity.own(), phase=Phase.WAITING, patience=60, at=NOW, ticks=now_ticks(), version=version
    ).write(project / "var" / "heartbeat.txt")


def verify(project: Path) -> None:
    Running(project, project / "var", say=lambda _: None).verify("2.0+abcdefa")


def test_a_beat_of_that_version_and_a_cycle_are_enough(project: Path) -> None:
    answer(project)
    beat(project, "2.0+abcdefa")

    verify(project)

    assert asked(project) == ["once --test", "status --json"]


def test_a_beat_of_another_version_is_none(project: Path) -> None:
    answer(project)
    beat(project, "1.0")

    with pytest.raises(NotVerified, match=r"first beat of 2\.0\+abcdefa, there was one of 1\.0"):
        verify(project)


def test_a_cycle_that_fails_is_tried_once_more(project: Path) -> None:
    answer(project, once='echo "The cycle failed: the ERP is down"; exit 1')
    beat(project, "2.0+abcdefa")

    with pytest.raises(NotVerified, match="the ERP is down"):
        verify(project)

    assert asked(project) == ["once --test"] * 2


def test_a_tree_that_is_down_afterwards_is_not_verified(project: Path) -> None:
    answer(project, health="down")
    beat(project, "2.0+abcdefa")

    with pytest.raises(NotVerified, match="no worker runs"):
        verify(project)


def test_a_worker_that_the_operator_has_stopped_need_not_beat(project: Path) -> None:
    desired_state.write(project / "var", Intent(wanted=DesiredState.STOPPED, by="test", since=NOW))
    answer(project, health="down")

    verify(project)

    assert asked(project)[0] == "once --test"
