"""The guard of the office's page: a silent one is ended, if it is ours."""

import os
import subprocess
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from hooks.guards.page_watch import BEAT, WATCHER, PageWatch
from tests.fakes import SEOUL
from worker.runtime import reaper
from worker.runtime.heartbeat import Heartbeat, Phase, now_ticks
from worker.runtime.process_identity import Identity


@pytest.fixture
def page(folder: Path, request: pytest.FixtureRequest) -> Iterator[subprocess.Popen[bytes]]:
    """A process that carries the marks of a page, or others."""
    marks = {reaper.MARK: reaper.mark(folder), reaper.WATCHER: WATCHER, **getattr(request, "param", {})}
    with subprocess.Popen(["sleep", "60"], env={**os.environ, **marks}) as process:
        yield process
        process.kill()


def beat(folder: Path, pid: int, *, ago: float) -> None:
    identity = Identity.of(pid)
    assert identity is not None
    (folder / "guards").mkdir(exist_ok=True)
    Heartbeat(
        identity=identity, phase=Phase.WAITING, patience=40, at=datetime.now(SEOUL), ticks=now_ticks() - ago
    ).write(folder / "guards" / BEAT)


def test_a_silent_page_is_ended_and_told(folder: Path, page: subprocess.Popen[bytes]) -> None:
    told: list[str] = []
    beat(folder, page.pid, ago=41)

    PageWatch(folder, told.append).look()

    assert page.wait(5) == -9
    assert [one for one in told if f"(pid {page.pid}) has been silent for 41 s" in one] == told != []


def test_a_page_that_keeps_its_promise_is_left_alone(folder: Path, page: subprocess.Popen[bytes]) -> None:
    beat(folder, page.pid, ago=39)

    PageWatch(folder, pytest.fail).look()

    assert page.poll() is None


@pytest.mark.parametrize("page", [{reaper.WATCHER: "worker"}, {reaper.MARK: "another tree"}], indirect=True)
def test_no_other_process_is_ended_by_a_beat_that_names_it(folder: Path, page: subprocess.Popen[bytes]) -> None:
    beat(folder, page.pid, ago=100)

    PageWatch(folder, pytest.fail).look()

    assert page.poll() is None


def test_a_page_that_has_ended_or_never_was_is_none_of_the_guards_business(folder: Path) -> None:
    watch = PageWatch(folder, pytest.fail)
    watch.look()
    with subprocess.Popen(["sleep", "60"]) as process:
        beat(folder, process.pid, ago=100)
        process.kill()
    PageWatch(folder, pytest.fail).look()
