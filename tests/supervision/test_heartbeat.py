"""The heartbeat file: the predecessor's three cases, and whatever becomes of the file."""

import os
import shutil
import signal
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest

from tests.rig import Circusd, wait_until
from worker.runtime import heartbeat

Make = Callable[..., Circusd]


def test_heartbeat_file_is_made_and_renewed(make: Make) -> None:
    with make() as circus:
        circus.beating()
        first = circus.beat()
        assert first is not None

        wait_until("the next beat", lambda: (beat := circus.beat()) and beat.ticks > first.ticks)


def test_heartbeat_timestamp_is_within_a_second_of_the_clock(make: Make) -> None:
    with make() as circus:
        circus.beating()

        def is_now() -> bool:
            beat = circus.beat()
            return beat is not None and abs((datetime.now(UTC) - beat.at).total_seconds()) < 1

        wait_until("a fresh timestamp", is_now)


def test_heartbeat_pid_and_stats_are_true(make: Make) -> None:
    with make() as circus:
        worker = circus.beating()
        lines = (circus.data / "heartbeat.txt").read_text().splitlines()

        assert f"PID: {worker}" in lines
        assert any(line.startswith("Stats: {") for line in lines)
        assert psutil.Process(worker).cmdline()[-1].endswith("stand_in.py")


def _future(text: str) -> bytes:
    beat = heartbeat.parse(text)
    assert beat is not None
    return text.replace(f"Ticks: {beat.ticks:.3f}", f"Ticks: {beat.ticks + 1e6:.3f}").encode()


def _foreign(text: str) -> bytes:
    beat = heartbeat.parse(text)
    assert beat is not None
    return text.replace(f"PID: {beat.identity.pid}", "PID: 1").encode()


DAMAGE: dict[str, Callable[[str], bytes]] = {
    "empty": lambda _: b"",
    "huge": lambda _: b"x" * 20_000_000,
    "binary": lambda _: os.urandom(4096),
    "future": _future,
    "foreign": _foreign,
}


@pytest.mark.parametrize(
    "damage", ["foreign", *(pytest.param(one, marks=pytest.mark.deep) for one in DAMAGE if one != "foreign")]
)
def test_a_damaged_heartbeat_file_restarts_nobody_and_hides_no_hang(make: Make, damage: str) -> None:
    with make() as circus:
        first = circus.beating()
        wait_until("the guard's word", lambda: "keeps its promises" in circus.guards_log)
        path = circus.data / "heartbeat.txt"
        circus.tell("hang")
        wait_until("silence", lambda: (beat := circus.beat()) and beat.silence(heartbeat.now_ticks()) > 0.2)
        text = path.read_text()
        path.write_bytes(DAMAGE[damage](text))

        wait_until("the end of the hung worker", lambda: circus.pid() not in (None, first), 20)

        assert "silent for" in circus.guards_log


def test_a_folder_in_place_of_the_heartbeat_file_restarts_nobody_and_hides_no_hang(make: Make) -> None:
    with make() as circus:
        first = circus.beating()
        path = circus.data / "heartbeat.txt"
        path.unlink()
        path.mkdir()
        before = circus.beat()
        wait_until(
            "a beat elsewhere", lambda: (beat := circus.beat()) and (not before or beat.ticks > before.ticks + 2)
        )
        assert circus.pid() == first

        os.kill(first, signal.SIGSTOP)
        wait_until("another worker", lambda: circus.pid() not in (None, first), 20)

        heartbeat.fallback(path).unlink(missing_ok=True)


def test_a_restart_of_the_guard_hides_no_silence(make: Make) -> None:
    circus = make()
    circus.tell("patience 6")
    with circus:
        first = circus.beating()
        guard = circus.pid("plugin:heartbeat") or 0
        circus.tell("hang")
        wait_until("silence", lambda: (beat := circus.beat()) and beat.silence(heartbeat.now_ticks()) > 2)
        assert circus.pid() == first, "its promise is not broken yet"

        os.kill(guard, signal.SIGKILL)

        wait_until("another worker", lambda: circus.pid() not in (None, first), 15)


def test_the_beats_of_an_earlier_worker_hide_no_hang_of_the_next(make: Make, tmp_path: Path) -> None:
    with make(sections={"plugin:heartbeat": {"first_beat": "5"}}) as circus:
        first = circus.beating()
        kept = tmp_path / "kept"
        shutil.copy(circus.data / "heartbeat.txt", kept)
        circus.tell("silent")
        os.kill(first, signal.SIGKILL)
        silent = wait_until("a silent worker", lambda: (pid := circus.pid()) != first and pid)
        shutil.copy(kept, circus.data / "heartbeat.txt")

        wait_until("its end", lambda: circus.pid() not in (None, silent), 10)

        assert "no beat" in circus.guards_log
