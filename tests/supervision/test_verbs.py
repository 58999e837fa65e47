"""daybreak pause, resume and stop under a real circusd: the effect is there when the command says so."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.rig import BIN, Circusd, is_listening, is_running, wait_until
from worker.control import control
from worker.errors import DaybreakError
from worker.runtime import desired_state
from worker.runtime.circus_client import NotDone
from worker.runtime.desired_state import DesiredState, Intent
from worker.runtime.locks import is_held

Make = Callable[..., Circusd]

SEOUL = ZoneInfo("Asia/Seoul")
NOON = datetime(2026, 11, 23, 12, tzinfo=SEOUL)


def daybreak(circus: Circusd, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the people's command on this tree, as an operator does."""
    return subprocess.run(
        [str(BIN / "daybreak"), *words],
        env={"DAYBREAK_INI": str(circus.ini), "PATH": os.defpath, "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        timeout=120,
    )


# --- when a pause ends


@pytest.mark.parametrize(
    ("text", "until"),
    [
        ("2h", "2026-11-23 14:00"),
        ("30m", "2026-11-23 12:30"),
        ("1h30m", "2026-11-23 13:30"),
        ("1d", "2026-11-24 12:00"),
        ("2026-11-24 06:00", "2026-11-24 06:00"),
        (" 2026-11-24T06:00:30 ", "2026-11-24 06:00:30"),
        ("2026/11/24 오후 6:00", "2026-11-24 18:00"),
        ("오후 6:00", "2026-11-23 18:00"),
        ("2026.11.24", "2026-11-24 23:59:59.999999"),
    ],
)
def test_the_end_of_a_pause_is_a_length_or_a_time_in_the_zone(text: str, until: str) -> None:
    assert control.end_of_pause(text, NOON) == datetime.fromisoformat(until).replace(tzinfo=SEOUL)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("2026-11-23 11:59", "that has passed, it is 2026-11-23 12:00"),
        ("0m", "that has passed"),
        ("11:59", "that has passed, it is 2026-11-23 12:00"),
        ("2026-02-30 06:00", 'pausing: "2026-02-30 06:00" is neither'),
        ("", "a length like 2h, 30m"),
        ("tomorrow", "a length like 2h, 30m"),
        ("-2h", "a length like 2h, 30m"),
        ("2062-11-24 06:00", "more than 60 days"),
        ("999d", "more than 60 days"),
    ],
)
def test_what_is_no_end_of_a_pause_is_refused_with_what_to_write(text: str, problem: str) -> None:
    with pytest.raises(DaybreakError, match=problem):
        control.end_of_pause(text, NOON)


# --- pause and resume


def test_a_pause_stops_the_worker_and_says_so_when_it_is_true(make: Make) -> None:
    with make() as circus:
        worker = circus.beating()

        done = daybreak(circus, "pause", "2h")

        assert done.returncode == 0, done.stderr
        assert not is_running(worker)
        assert not is_held(circus.data / "runtime.lock")
        wish = desired_state.read(circus.data)
        assert wish.wanted is DesiredState.PAUSED
        assert "daybreak pause" in wish.by
        assert wish.until is not None
        assert abs(wish.until.timestamp() - time.time() - 7200) < 30
        wait_until("the guard's word", lambda: "no worker runs: paused until" in circus.guards_log)


def test_a_pause_into_the_past_is_refused_and_changes_nothing(make: Make) -> None:
    with make() as circus:
        worker = circus.beating()

        done = daybreak(circus, "pause", "2020-01-01 06:00")

        assert done.returncode == 1
        assert "that has passed" in done.stderr
        assert circus.pid() == worker
        assert desired_state.read(circus.data) == Intent()


def test_a_resume_returns_when_the_new_worker_has_beaten(make: Make) -> None:
    with make() as circus:
        first = circus.beating()
        daybreak(circus, "pause", "2h")

        done = daybreak(circus, "resume")

        assert done.returncode == 0, done.stderr
        beat = circus.beat()
        assert beat is not None
        assert beat.identity.pid == circus.pid() != first
        assert done.stdout == "The worker runs.\n"
        assert desired_state.read(circus.data).wanted is DesiredState.RUNNING


def test_a_resume_ends_an_operators_stop_too(make: Make) -> None:
    with make() as circus:
        circus.beating()
        circus.ctl("stop", "worker", "--waiting")

        assert daybreak(circus, "resume").returncode == 0

        assert circus.pid() is not None


def test_a_resume_of_a_worker_that_refuses_its_settings_says_so_soon(make: Make) -> None:
    with make() as circus:
        circus.beating()
        daybreak(circus, "pause", "2h")
        circus.tell("exit 78")

        done = daybreak(circus, "resume")

        assert done.returncode == 1
        assert "refuses its settings (exit 78)" in done.stderr


def test_a_second_pause_replaces_the_first(make: Make) -> None:
    with make() as circus:
        circus.beating()
        daybreak(circus, "pause", "2h")

        assert daybreak(circus, "pause", "5h").returncode == 0

        wish = desired_state.read(circus.data)
        assert wish.wanted is DesiredState.PAUSED
        assert wish.until is not None
        assert wish.until.timestamp() > time.time() + 4 * 3600


def test_a_pause_without_circusd_holds_when_it_starts_and_a_resume_says_that_nothing_runs(make: Make) -> None:
    circus = make()
    circus.write_ini()

    paused = daybreak(circus, "pause", "2h")
    with circus:
        wait_until("the refusal", lambda: "worker stays off: paused until" in circus.log)
        circus.stop()
    resumed = daybreak(circus, "resume")

    assert paused.returncode == 0
    assert "circusd does not run" in paused.stdout
    assert resumed.returncode == 1
    assert "./scripts/start" in resumed.stderr


def test_a_pause_that_has_no_effect_in_time_says_so(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    circus = make(sections={"watcher:worker": {"graceful_timeout": "10"}})
    circus.tell("deaf")
    with circus:
        circus.beating()
        monkeypatch.setenv("DAYBREAK_INI", str(circus.ini))
        now = datetime.now(SEOUL)

        with pytest.raises(NotDone, match="is written down, but a worker still runs"):
            control.pause(circus.data, until=now + timedelta(hours=1), by="kim", now=now, within=2)

        circus.tell()


# --- stop


def test_stop_ends_the_whole_tree_and_writes_no_wish(make: Make) -> None:
    circus = make()
    circus.tell("family")
    with circus:
        circus.beating()
        wait_until("the worker's family", lambda: circus.pids_of("browser"))

        done = daybreak(circus, "stop")

        assert done.returncode == 0, done.stderr
        assert circus.exit_code() is not None
        assert not circus.processes()
        assert not is_listening(circus.control_port)
        assert desired_state.read(circus.data) == Intent()
        assert "Nothing runs" in daybreak(circus, "stop").stdout


def test_stop_ends_the_tree_in_the_middle_of_a_restart(make: Make) -> None:
    circus = make(sections={"watcher:worker": {"graceful_timeout": "4"}})
    circus.tell("deaf")
    with circus:
        circus.beating()
        circus.order("restart", name="worker")

        done = daybreak(circus, "stop")

        assert done.returncode == 0, done.stderr
        assert not circus.processes()


def test_stop_ends_a_tree_whose_circusd_is_frozen(make: Make) -> None:
    with make() as circus:
        circus.beating()
        circus.signal(signal.SIGSTOP)

        done = daybreak(circus, "stop")

        assert done.returncode == 0, done.stderr
        assert "it was frozen, and was killed" in done.stdout
        assert not circus.processes()


def test_stop_spares_the_tree_of_another_folder_on_the_same_port(make: Make, tmp_path: Path) -> None:
    other = make(tmp_path / "other")
    with make(tmp_path / "this") as circus:
        worker = circus.beating()
        other.write_ini()
        other.ini.write_text(circus.ini.read_text())

        for words in (("stop",), ("pause", "2h")):
            assert daybreak(other, *words).returncode == 0

        assert circus.pid() == worker


def test_what_belongs_to_a_service_is_left_to_systemctl(tmp_path: Path) -> None:
    for pid, exec_pid, unit in ((7, 7, "my.service"), (8, 7, "cron.service"), (9, 9, "session-3.scope")):
        folder = tmp_path / str(pid)
        folder.mkdir()
        (folder / "cgroup").write_text(f"0::/system.slice/{unit}\n")
        (folder / "environ").write_bytes(f"A=1\0SYSTEMD_EXEC_PID={exec_pid}\0B=2\0".encode())

    assert [control.service_of(pid, tmp_path) for pid in (7, 8, 9)] == ["my.service", "", ""]


# --- what stands above the tree


def test_status_says_what_nobody_would_notice_of_a_real_erp(make: Make, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("not-a-password\n")
    secret.chmod(0o600)
    real = {
        "ERP_URL": "https://erp.example.com/", "ERP_COMPANY": "1", "ERP_USER": "KIM", "ERP_PASSWORD_FILE": str(secret)
    }  # fmt: skip
    with make(settings=real) as circus:
        circus.beating()

        alone = json.loads(daybreak(circus, "status", "--json").stdout)
        circus.write_ini(PING_URL="off")
        on_purpose = json.loads(daybreak(circus, "status", "--json").stdout)

        assert any("./scripts/install" in sentence for sentence in alone["attention"])
        assert any("PING_URL" in sentence for sentence in alone["problems"])
        assert not any("PING_URL" in sentence for sentence in on_purpose["problems"])


def test_status_of_the_demo_asks_for_no_service(make: Make) -> None:
    with make() as circus:
        circus.beating()

        found = json.loads(daybreak(circus, "status", "--json").stdout)

        said = found["attention"] + found["problems"]
        assert not any("PING_URL" in sentence or "./scripts/install" in sentence for sentence in said)
