"""What is ended and what is spared: by mark, pid and start, never by name."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.rig import wait_until
from worker.runtime import reaper
from worker.runtime.process_identity import Identity

Start = Callable[..., Identity]


@pytest.fixture
def start() -> Iterator[Start]:
    """Return what starts a sleeping process with these marks and arguments."""
    started: list[subprocess.Popen[bytes]] = []

    def started_with(*arguments: str, **marks: str) -> Identity:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("DAYBREAK_")}
        code = "import sys, time; print(flush=True); time.sleep(60)"
        child = subprocess.Popen(
            [sys.executable, "-c", code, *arguments], env={**environment, **marks}, stdout=subprocess.PIPE
        )
        started.append(child)
        assert child.stdout is not None
        child.stdout.readline()
        identity = Identity.of(child.pid)
        assert identity is not None
        return identity

    yield started_with
    for child in started:
        child.kill()
        child.wait()
        assert child.stdout is not None
        child.stdout.close()


def test_the_mark_is_the_folders_whatever_way_it_is_written(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()

    assert reaper.mark(tmp_path / "a") == reaper.mark(tmp_path / "a" / ".." / "a")
    assert reaper.mark(tmp_path / "a") != reaper.mark(tmp_path)


def test_a_worker_ends_what_earlier_ones_left_and_nothing_else(tmp_path: Path, start: Start) -> None:
    mine, other = reaper.mark(tmp_path), reaper.mark(tmp_path / "other")
    left = [
        start(**{reaper.MARK: mine, reaper.WATCHER: "worker"}),
        start(reaper.browser_flag(tmp_path)),
    ]
    spared = [
        start(**{reaper.MARK: other, reaper.WATCHER: "worker"}),
        start(**{reaper.MARK: mine, reaper.WATCHER: "demo-erp"}),
        start(reaper.browser_flag(tmp_path / "other"), "--type=chromium"),
    ]

    # The fixture's processes stand below this one, as a worker's own do: end them as a stranger would.
    code = (
        f"import sys; from pathlib import Path; from worker.runtime import reaper; reaper.reap(Path({str(tmp_path)!r}))"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=20)

    assert all(reaper.is_gone(one) for one in left)
    assert not any(reaper.is_gone(one) for one in spared)


def test_a_worker_spares_its_own_children(tmp_path: Path, start: Start) -> None:
    own = start(**{reaper.MARK: reaper.mark(tmp_path), reaper.WATCHER: "worker"})

    assert reaper.reap(tmp_path) == []
    assert not reaper.is_gone(own)


def test_only_trees_whose_circusd_has_ended_are_strangers(tmp_path: Path, start: Start) -> None:
    mine = reaper.mark(tmp_path)
    living = reaper.tree_id(Identity.own())
    ended = f"{Identity.own().pid}.1.{Identity.own().boot}"
    start(**{reaper.MARK: mine, reaper.CIRCUSD: living, reaper.WATCHER: "worker"})
    left = start(**{reaper.MARK: mine, reaper.CIRCUSD: ended, reaper.WATCHER: "plugin:heartbeat"})

    assert [one.identity for one in reaper.strangers(tmp_path, "1.2.me")] == [left]


def test_end_takes_the_whole_tree_a_detached_browser_included(start: Start) -> None:
    code = (
        "import subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'], start_new_session=True)\n"
        "print(child.pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as root:
        assert root.stdout is not None
        browser = Identity.of(int(root.stdout.readline()))
        identity = Identity.of(root.pid)
        assert browser is not None
        assert identity is not None
        assert reaper.tree(identity) == [browser, identity]

        assert reaper.end([identity]) == []

        wait_until("the browser's end", lambda: reaper.is_gone(browser))
