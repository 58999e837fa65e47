"""What a killed circusd leaves is ended by the next one; two trees for one company never run side by side."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.rig import Circusd, is_running, state_of, wait_until
from worker.runtime import reaper

Make = Callable[..., Circusd]


def test_a_frozen_tree_of_a_killed_circusd_is_ended_and_a_new_worker_beats(make: Make) -> None:
    circus = make()
    circus.tell("family")
    with circus:
        first = circus.beating()
        family = wait_until("the family", lambda: circus.pids_of("browser") and circus.pids_of("driver"))
        wait_until("the guard's beat", (circus.data / "guards" / "heartbeat.txt").exists)
        guard = circus.pid("plugin:heartbeat") or 0
        # The guard first: it would end a worker that is frozen before it.
        for pid in (guard, first, *family, *circus.pids_of("browser")):
            os.kill(pid, signal.SIGSTOP)
        wait_until("a frozen worker", lambda: state_of(first) == "T")
        circus.kill()
        wait_until("the guard's end, frozen or not", lambda: not is_running(guard))
        assert state_of(first) == "T"
        circus.tell()

        circus.start()

        circus.beating(other_than=first)
        wait_until("the end of what was left", lambda: not circus.pids_of("browser") and not is_running(first))
        assert not circus.pids_of("driver")


def test_an_orphaned_worker_may_finish_and_the_next_one_waits_for_it(make: Make) -> None:
    circus = make()
    # Longer than a busy machine takes for the next circusd and its worker.
    circus.tell("slow 10", "patience 60")
    with circus:
        first = circus.beating()
        circus.kill()
        circus.start()

        wait_until("the wait", lambda: "another process holds its lock" in circus.log)
        assert is_running(first)

        second = circus.beating(other_than=first, deadline=60)
        wait_until("the first one's end", lambda: not is_running(first))
        wait_until("one worker", lambda: circus.pids_of("stand_in.py") == [second])


def test_what_is_started_while_the_tree_ends_is_ended_with_it(make: Make) -> None:
    circus = make()
    circus.tell("brood 4")
    with circus:
        circus.beating()
        wait_until("the brood", lambda: len(circus.pids_of("brood")) == 4)

        circus.stop()

        assert not circus.processes()


def test_no_stranger_is_touched(make: Make, tmp_path: Path) -> None:
    other = {**os.environ, reaper.MARK: reaper.mark(tmp_path / "another folder")}
    stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)", "--type=chromium"], env=other)
    try:
        with make() as circus:
            first = circus.beating()
            os.kill(first, signal.SIGKILL)
            circus.beating(other_than=first)

            assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_worker_started_by_hand_is_refused(make: Make) -> None:
    with make() as circus:
        first = circus.beating()
        script = str(Path(__file__).with_name("stand_in.py"))
        by_hand = {**os.environ, "DAYBREAK_INI": str(circus.ini), "DATA_DIR": "var"}

        done = subprocess.run([sys.executable, script], env=by_hand, timeout=20)

        assert done.returncode == 75
        assert circus.pid() == first


def test_two_folders_for_one_company_run_one_worker(make: Make, tmp_path: Path) -> None:
    with (
        make(tmp_path / "one", settings={"ERP_COMPANY": "C1"}) as one,
        make(tmp_path / "two", settings={"ERP_COMPANY": "C1"}) as two,
    ):
        first = one.beating()
        wait_until("the refusal", lambda: "another process holds its lock" in two.log)
        assert two.beat() is None

        os.kill(first, signal.SIGKILL)
        one.stop()

        two.beating()


def test_two_companies_run_side_by_side(make: Make, tmp_path: Path) -> None:
    with (
        make(tmp_path / "one", settings={"ERP_COMPANY": "C1"}) as one,
        make(tmp_path / "two", settings={"ERP_COMPANY": "C2"}) as two,
    ):
        assert one.beating() != two.beating()


@pytest.mark.parametrize(
    "damage",
    [
        "foreign pid",
        *(pytest.param(one, marks=pytest.mark.deep) for one in ("empty", "garbage", "read-only", "deleted")),
    ],
)
def test_the_content_of_the_lock_file_never_keeps_a_worker_off(make: Make, damage: str) -> None:
    circus = make()
    circus.data.mkdir()
    lock = circus.data / "runtime.lock"
    lock.write_bytes({"garbage": b"\xff\x00" * 5000, "foreign pid": b"pid 1, since ever"}.get(damage, b""))
    if damage == "read-only":
        lock.chmod(0o444)
    if damage == "deleted":
        lock.unlink()
    with circus:
        circus.beating()
