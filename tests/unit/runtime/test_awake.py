"""A machine that can sleep is kept awake in business hours, and never longer than the worker lives."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.rig import is_running, wait_until
from worker.runtime import awake
from worker.runtime.awake import Awake

#: Speaks as systemd-inhibit does: holds while the command runs, or refuses with a sentence.
INHIBIT = """#!/bin/sh
echo "$$ $*" >> "$INHIBITED"
if [ -n "$REFUSED" ]; then echo "Failed to inhibit: $REFUSED" >&2; exit 1; fi
while [ "${1#--}" != "$1" ]; do shift; done
exec "$@"
"""


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return where each call of systemd-inhibit is written down, on a machine that can sleep."""
    program = tmp_path / "systemd-inhibit"
    program.write_text(INHIBIT)
    program.chmod(0o755)
    power = tmp_path / "state"
    power.write_text("freeze mem disk\n")
    monkeypatch.setattr(awake, "POWER", power)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("INHIBITED", str(tmp_path / "asked"))
    return tmp_path / "asked"


def pid_of(asked: Path) -> int:
    words = wait_until("the inhibitor", lambda: asked.read_text().split() if asked.exists() else [])
    return int(words[0])


def test_it_is_held_until_it_is_released(asked: Path) -> None:
    keeper = Awake()

    keeper.hold()
    keeper.hold()
    pid = pid_of(asked)
    assert "--what=sleep --mode=block --who=daybreak" in asked.read_text()
    assert len(asked.read_text().splitlines()) == 1
    assert is_running(pid)
    keeper.release()

    assert not is_running(pid)


def test_it_ends_with_the_worker_however_that_ends(asked: Path) -> None:
    code = (
        "import time, pathlib\nfrom worker.runtime import awake\n"
        f"awake.POWER = pathlib.Path({str(awake.POWER)!r})\n"
        "keeper = awake.Awake()\nkeeper.hold()\ntime.sleep(60)"
    )
    worker = subprocess.Popen([sys.executable, "-c", code])
    pid = pid_of(asked)

    worker.send_signal(signal.SIGKILL)
    worker.wait()

    wait_until("the end of the inhibitor", lambda: not is_running(pid))


def test_a_refusal_is_said_once_and_tried_again_after_the_next_release(
    asked: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("REFUSED", "Access denied")
    keeper = Awake()

    def held() -> str:
        keeper.hold()
        return keeper.problem

    assert "Failed to inhibit: Access denied" in wait_until("the refusal", held)
    held()
    assert len(caplog.records) == 1
    assert len(asked.read_text().splitlines()) == 1
    keeper.release()
    keeper.hold()
    wait_until("the second try", lambda: len(asked.read_text().splitlines()) == 2)
    keeper.release()


def test_a_machine_without_systemd_says_so(asked: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    keeper = Awake()

    keeper.hold()

    assert "systemd-inhibit" in keeper.problem


def test_a_machine_that_cannot_sleep_is_left_alone(
    asked: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(awake, "POWER", tmp_path / "no such file")
    keeper = Awake()

    keeper.hold()

    assert not keeper.problem
    assert not asked.exists()
