"""The tree as an operator meets it: it starts, comes back, restarts, ends, and leaves nothing."""

import json
import os
import signal
import stat
import subprocess
import sys
import venv
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from tests.rig import BIN, Circusd, is_listening, state_of, wait_until
from worker.runtime.locks import is_held

Make = Callable[..., Circusd]


def test_everything_in_circus_ini_starts_and_beats(make: Make) -> None:
    with make() as circus:
        circus.beating()

        assert set(circus.status().values()) == {"active"}
        for guard in ("heartbeat", "recycle"):
            wait_until(f"{guard}'s own beat", (circus.data / "guards" / f"{guard}.txt").exists)


def test_a_killed_worker_is_back_long_before_circus_looks_again(make: Make) -> None:
    with make(sections={"circus": {"check_delay": "600"}}) as circus:
        first = circus.beating()

        os.kill(first, signal.SIGKILL)

        circus.beating(other_than=first)


def test_a_hung_worker_is_killed_and_replaced(make: Make) -> None:
    with make() as circus:
        first = circus.beating()
        circus.tell("hang")
        wait_until("the end of the hung worker", lambda: circus.pid() != first)
        circus.tell()

        circus.beating(other_than=first)

        assert f"worker (pid {first}" in circus.guards_log
        assert "silent for" in circus.guards_log
        assert "stand_in.py" in (circus.data / "stacks.txt").read_text()


def test_a_stopped_worker_is_replaced_and_writes_no_stacks(make: Make) -> None:
    with make() as circus:
        first = circus.beating()

        os.kill(first, signal.SIGSTOP)
        circus.beating(other_than=first)

        assert "a stopped process writes no stacks" in circus.guards_log


def test_a_worker_that_never_beats_is_replaced(make: Make) -> None:
    with make(sections={"plugin:heartbeat": {"first_beat": "5"}}) as circus:
        first = circus.beating()
        circus.tell("silent")
        os.kill(first, signal.SIGKILL)
        silent = wait_until("a silent worker", lambda: (pid := circus.pid()) != first and pid)

        wait_until("its end", lambda: circus.pid() not in (None, silent), 12)

        assert "first one is due within 5 s" in circus.guards_log


def test_restart_gives_a_new_worker(make: Make) -> None:
    with make() as circus:
        first = circus.beating()

        assert circus.ctl("restart", "worker").stdout.strip() == "ok"

        circus.beating(other_than=first)


def test_ctrl_c_leaves_nothing(make: Make) -> None:
    circus = make()
    circus.tell("family")
    with circus:
        circus.beating()
        wait_until("the worker's family", lambda: circus.pids_of("browser"))

        circus.stop(signal.SIGINT)

        wait_until("an empty process table", lambda: not circus.processes())
        assert not is_listening(circus.control_port)
        assert not is_held(circus.data / "runtime.lock")


def test_a_closed_terminal_ends_the_tree(make: Make) -> None:
    with make() as circus:
        circus.beating()

        circus.stop(signal.SIGHUP)

        assert not circus.processes()


def test_a_closed_terminal_is_nothing_to_a_tree_under_nohup(make: Make) -> None:
    with make(circusd=("nohup", str(BIN / "circusd"))) as circus:
        worker = circus.beating()

        circus.signal(signal.SIGHUP)

        wait_until("the signal", lambda: "ignored, as nohup wants it" in circus.log)
        assert circus.pid() == worker


def test_the_children_end_when_circusd_is_killed(make: Make) -> None:
    with make() as circus:
        circus.beating()

        circus.kill()

        wait_until("the end of all children", lambda: not circus.processes())


def test_what_a_killed_worker_left_is_ended(make: Make) -> None:
    circus = make()
    circus.tell("family")
    with circus:
        first = circus.beating()
        family = wait_until("the worker's family", lambda: circus.pids_of("browser") and circus.pids_of("sleep"))
        circus.tell()

        os.kill(first, signal.SIGKILL)
        circus.beating(other_than=first)

        assert family
        wait_until("the end of the family", lambda: not circus.pids_of("browser"))
        assert not circus.pids_of("driver")


def test_what_a_living_worker_let_go_is_spared_until_the_worker_ends(make: Make) -> None:
    circus = make()
    circus.tell("family")
    with circus:
        first = circus.beating()
        wait_until("the detached child", lambda: circus.pids_of("sleep 301"))
        guard = circus.pid("plugin:recycle") or 0
        os.kill(guard, signal.SIGKILL)
        wait_until("another guard", lambda: circus.pid("plugin:recycle") not in (None, guard))
        wait_until("the sweep after it", lambda: "plugin:recycle (pid" in circus.log)
        assert circus.pids_of("sleep 301")
        circus.tell()

        os.kill(first, signal.SIGKILL)
        circus.beating(other_than=first)

        wait_until("the end of the detached child", lambda: not circus.pids_of("sleep 301"))


def test_a_second_circusd_is_refused_with_a_line_and_changes_nothing(make: Make) -> None:
    with make() as circus:
        first = circus.beating()

        second = subprocess.run(
            [str(BIN / "circusd"), str(circus.ini)], cwd=circus.folder, capture_output=True, text=True, timeout=20
        )

        assert "Address already in use" in second.stdout + second.stderr
        assert circus.pid() == first
        assert set(circus.status().values()) == {"active"}


def test_the_guards_run_under_a_path_with_spaces_and_korean_letters(make: Make, tmp_path: Path) -> None:
    home = tmp_path / "한글 폴더"
    venv.create(home / "환경 venv", symlinks=True)
    site = next((home / "환경 venv").glob("lib/python*/site-packages"))
    ours = next(path for path in sys.path if path.endswith("site-packages"))
    (site / "ours.pth").write_text(f"import site; site.addsitedir({ours!r})\n", encoding="utf-8")
    python = str(home / "환경 venv" / "bin" / "python")

    with make(home, circusd=(python, "-m", "circus.circusd")) as circus:
        circus.beating()

        for guard in ("heartbeat", "recycle"):
            wait_until(f"{guard}'s own beat", (circus.data / "guards" / f"{guard}.txt").exists)
        assert len(circus.pids_of("환경 venv", "hooks.")) == 2


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_order_to_end_in_the_middle_of_a_restart_is_not_lost(make: Make, number: int) -> None:
    circus = make(sections={"watcher:worker": {"graceful_timeout": "3"}})
    circus.tell("deaf")
    with circus:
        circus.beating()
        circus.order("restart", name="worker")

        circus.stop(number, deadline=40)

        assert not circus.processes()


def test_a_second_ctrl_c_ends_the_tree_without_grace(make: Make) -> None:
    circus = make(sections={"watcher:worker": {"graceful_timeout": "600"}})
    circus.tell("deaf")
    with circus:
        circus.beating()
        circus.signal(signal.SIGINT)
        wait_until("the first Ctrl-C", lambda: "ending the tree" in circus.log)

        circus.stop(signal.SIGINT, deadline=40)

        assert not circus.processes()


def test_everything_that_a_tree_writes_is_ours_alone_from_the_first_run_on(tmp_path: Path) -> None:
    knobs = json.dumps({"delays": 0, "arrivals_per_min": 0})
    (tmp_path / "var").mkdir(mode=0o755)
    (tmp_path / "var").chmod(0o755)
    with Circusd(tmp_path, demo=True, settings={"DEMO_KNOBS": knobs}) as circus:
        circus.beating()
        wait_until("a cycle", (circus.data / "last_success").exists, 120)
        wait_until("the guards", (circus.data / "guards" / "recycle.txt").exists)

        assert stat.S_IMODE(circus.data.stat().st_mode) == 0o700
        own = [one for one in circus.data.rglob("*") if not one.is_symlink()]
        assert [one for one in own if one.exists() and one.stat().st_mode & 0o077] == []
        assert "other users could read" in circus.log


def test_a_long_stop_says_once_what_it_waits_for_and_shows_no_traceback(make: Make) -> None:
    circus = make(sections={"watcher:worker": {"graceful_timeout": "6"}, "circus": {"check_delay": "0.5"}})
    circus.tell("deaf")
    with circus:
        circus.beating()

        circus.stop(signal.SIGINT, deadline=30)

        assert circus.log.count("waiting for the worker to finish its batch (at most 6 s)") == 1
        assert "ConflictError" not in circus.log
        assert "Traceback" not in circus.log


def test_a_long_restart_shows_no_traceback(make: Make) -> None:
    circus = make(sections={"watcher:worker": {"graceful_timeout": "3"}, "circus": {"check_delay": "0.5"}})
    circus.tell("deaf")
    with circus:
        first = circus.beating()
        circus.tell("")

        circus.ctl("restart", "worker", "--waiting")

        circus.beating(other_than=first)
        assert "Traceback" not in circus.log


def test_stats_answers_while_a_finished_child_is_a_zombie(make: Make) -> None:
    circus = make()
    circus.tell("zombie")
    with circus:
        worker = circus.beating()
        wait_until("the zombie", lambda: any(state_of(pid) == "Z" for pid in children_of(worker)))

        done = circus.ctl("stats")

        assert str(worker) in done.stdout
        assert "error" not in done.stdout.lower()


def children_of(pid: int) -> list[int]:
    return [child.pid for child in psutil.Process(pid).children()]
