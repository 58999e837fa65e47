"""The pulse: beats that promise the next one, and requests to stop that are heard between two steps."""

import os
import queue
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from tests.fakes import FakeClock, quick_folder
from worker.errors import StopRequested
from worker.runtime import heartbeat
from worker.runtime.crowding import Crowding
from worker.runtime.heartbeat import Heartbeat, Phase
from worker.runtime.process_identity import Identity
from worker.runtime.stop import MARGIN, SAVE_MARGIN, SLICED, HeartbeatWriter, Stop


@pytest.fixture
def path() -> Iterator[Path]:
    with quick_folder() as folder:
        yield folder / "heartbeat.txt"


@pytest.fixture
def stop() -> Stop:
    return Stop()


@pytest.fixture
def heart(path: Path, stop: Stop) -> HeartbeatWriter:
    return HeartbeatWriter(path, version="1.2.3", now=FakeClock(), stop=stop)


def read(path: Path) -> Heartbeat:
    """Return the beat in a file."""
    found = heartbeat.parse(path.read_text(encoding="utf-8"))
    assert found is not None
    return found


# --- stop ----------------------------------------------------------------------------------------------------------


def test_without_a_request_a_wait_ends_by_itself(stop: Stop) -> None:
    assert not stop.wait(0.001)
    assert not stop.requested
    assert stop.reason == ""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_is_a_request_and_ends_a_wait_of_hours_at_once(stop: Stop, number: signal.Signals) -> None:
    with stop.on_signals():
        os.kill(os.getpid(), number)

        assert stop.wait(36_000)

    assert stop.reason == number.name
    assert stop.requested


def test_a_worker_that_is_woken_looks_up_and_is_not_asked_to_stop(stop: Stop) -> None:
    with stop.on_signals():
        os.kill(os.getpid(), signal.SIGUSR2)

        assert not stop.wait(36_000)
        assert not stop.requested


def test_a_request_to_stop_is_not_lost_behind_a_wake_up(stop: Stop) -> None:
    with stop.on_signals():
        os.kill(os.getpid(), signal.SIGUSR2)
        os.kill(os.getpid(), signal.SIGTERM)

        assert not stop.wait(36_000)
        assert stop.wait(36_000)

    assert stop.reason == "SIGTERM"


def test_the_first_of_several_signals_is_the_reason(stop: Stop) -> None:
    with stop.on_signals():
        os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGINT)

        assert stop.wait(36_000)
        assert stop.wait(36_000)

    assert stop.reason == "SIGTERM"


def test_once_asked_a_worker_never_waits_again(stop: Stop) -> None:
    with stop.on_signals():
        os.kill(os.getpid(), signal.SIGTERM)

        assert [stop.wait(36_000) for _ in range(3)] == [True] * 3


def test_after_the_block_signals_do_what_they_did_before() -> None:
    numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR2)
    before = [signal.getsignal(number) for number in numbers]

    with Stop().on_signals():
        assert [signal.getsignal(number) for number in numbers] != before

    assert [signal.getsignal(number) for number in numbers] == before


# --- beats ---------------------------------------------------------------------------------------------------------


def test_a_beat_says_who_promises_what(path: Path, heart: HeartbeatWriter) -> None:
    heart.generation = 7
    heart.stats = {"total": 1, "success": 1, "failure": 0, "count": 3, "cancellations": 1}
    heart.next_cycle = FakeClock()() + timedelta(minutes=30)

    heart.beat(Phase.WAITING, patience=10, step="nothing to do")

    beat = read(path)
    assert beat.identity == Identity.own()
    assert (beat.phase, beat.patience, beat.step) == (Phase.WAITING, 10, "nothing to do")
    assert (beat.generation, beat.version, beat.at) == (7, "1.2.3", FakeClock()())
    assert beat.stats["count"] == 3
    assert beat.next_cycle == "2026-01-08T09:30:00+09:00"


def test_the_file_reads_as_operators_know_it(path: Path, heart: HeartbeatWriter) -> None:
    heart.beat(Phase.WAITING, patience=10)

    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "2026-01-08T09:00:00.000+09:00"
    assert lines[1] == f"PID: {os.getpid()}"
    assert lines[2] == 'Stats: {"total": 0, "success": 0, "failure": 0, "count": 0, "cancellations": 0}'
    assert lines[3:5] == ["Phase: waiting", "Patience: 10"]


def test_a_step_promises_its_own_time_and_a_margin(
    path: Path, heart: HeartbeatWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Crowding, "stretch", lambda _: 1.0)

    heart.step(Phase.SAVING, "saving 40 deposits", 75)

    beat = read(path)
    assert (beat.phase, beat.step) == (Phase.SAVING, "saving 40 deposits")
    assert beat.patience == 75 + SAVE_MARGIN


def test_a_step_that_waits_in_slices_promises_the_next_beat_within_one(path: Path, heart: HeartbeatWriter) -> None:
    heart.step(Phase.READING, "page 1", 0)
    first = read(path)
    heart.again()

    assert (read(path).step, first.step) == ("page 1", "page 1")
    assert SLICED <= first.patience <= 2 * SLICED
    assert SLICED <= read(path).patience <= 2 * SLICED


def test_a_step_that_waits_in_slices_is_left_at_once_by_who_was_asked_to_stop(
    heart: HeartbeatWriter, stop: Stop
) -> None:
    heart.step(Phase.SIGNING_IN, "signing in", 0)
    stop._requests.put("SIGTERM")

    with pytest.raises(StopRequested, match="during signing in"):
        heart.again()
    with heart.finishing():
        heart.again()
    heart.step(Phase.CLOSING, "closing the browser", 30, stoppable=False)
    heart.again()


def test_on_a_crowded_machine_a_step_may_take_twice_as_long(
    path: Path, heart: HeartbeatWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Crowding, "stretch", lambda _: 2.0)

    heart.step(Phase.READING, "page 1", 0)
    assert read(path).patience == 2 * SLICED
    heart.again()
    assert read(path).patience == 2 * SLICED
    heart.step(Phase.CLOSING, "closing the browser", 30)
    assert read(path).patience == 2 * (30 + MARGIN)


def test_no_step_promises_more_than_an_hour(path: Path, heart: HeartbeatWriter) -> None:
    heart.step(Phase.READING, "reading for ever", 86_400)

    assert read(path).patience == heartbeat.CEILING


def test_waiting_is_no_progress_and_a_step_is(path: Path, heart: HeartbeatWriter) -> None:
    heart.beat(Phase.WAITING, patience=10)
    waiting = read(path)
    heart.beat(Phase.WAITING, patience=10)
    still_waiting = read(path)

    heart.step(Phase.READING, "page 2 of 3", 30)
    working = read(path)
    heart.again()
    sliced = read(path)

    assert still_waiting.progress == waiting.progress
    assert working.progress > waiting.progress
    assert sliced.progress == working.progress, "a slice of waiting is a sign of life and no progress"
    assert working.ticks >= still_waiting.ticks >= waiting.ticks


def test_the_longest_time_between_two_beats_is_known(heart: HeartbeatWriter, monkeypatch: pytest.MonkeyPatch) -> None:
    for ticks in (100.0, 105.0, 147.0, 150.0):
        monkeypatch.setattr("worker.runtime.stop.now_ticks", lambda t=ticks: t)
        heart.beat(Phase.WAITING, patience=10)

    found = heart.take_beats()

    assert (found.count, found.longest) == (4, 42.0)
    assert heart.take_beats().count == 0


def test_a_request_to_stop_is_heard_before_a_step_that_may_be_left_out(
    path: Path, heart: HeartbeatWriter, stop: Stop
) -> None:
    with stop.on_signals():
        os.kill(os.getpid(), signal.SIGTERM)

        with pytest.raises(StopRequested, match=r"asked to stop \(SIGTERM\) before page 2 of 3"):
            heart.step(Phase.READING, "page 2 of 3", 30)

    assert not path.exists()


def test_a_step_that_must_not_be_left_out_is_done_all_the_same(path: Path, heart: HeartbeatWriter, stop: Stop) -> None:
    with stop.on_signals():
        os.kill(os.getpid(), signal.SIGTERM)

        heart.step(Phase.SETTLING, "2 batches", 60, stoppable=False)

    assert read(path).phase is Phase.SETTLING


@contextmanager
def no_place_for_beats(monkeypatch: pytest.MonkeyPatch, path: Path) -> Iterator[None]:
    """Let neither the heartbeat's folder nor its fallback take a file."""
    with monkeypatch.context() as patch:
        patch.setattr(heartbeat, "fallback", lambda _: path.parent / "a file" / "beat")
        (path.parent / "a file").touch()
        path.mkdir()
        yield
    path.rmdir()


def test_a_beat_that_no_disk_takes_is_told_once_and_stops_nobody(
    path: Path, heart: HeartbeatWriter, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with no_place_for_beats(monkeypatch, path):
        heart.beat(Phase.WAITING, patience=10)
        heart.beat(Phase.WAITING, patience=10)
        assert caplog.text.count("writing the heartbeat") == 1
    heart.beat(Phase.WAITING, patience=10)
    assert read(path).phase is Phase.WAITING

    path.unlink()
    with no_place_for_beats(monkeypatch, path):
        heart.beat(Phase.WAITING, patience=10)

    assert caplog.text.count("writing the heartbeat") == 2


def test_a_signal_in_the_middle_of_a_wait_is_not_lost() -> None:
    # The handler may interrupt the very `get` that waits for it: a lock taken twice in one thread would hang for ever.
    stop = Stop()
    with stop.on_signals():
        signal.setitimer(signal.ITIMER_REAL, 0.01)
        before = signal.signal(signal.SIGALRM, lambda *_: signal.raise_signal(signal.SIGTERM))
        try:
            assert stop.wait(36_000)
        finally:
            signal.signal(signal.SIGALRM, before)
            signal.setitimer(signal.ITIMER_REAL, 0)

    assert stop.reason == "SIGTERM"
    with pytest.raises(queue.Empty):
        stop._requests.get_nowait()
