"""When a process counts as silent: decided on values alone."""

import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest

from hooks.guards import liveness
from hooks.guards.liveness import Watch, why_silent
from tests.rig import wait_until
from worker.runtime.heartbeat import Heartbeat, Phase, now_ticks
from worker.runtime.process_identity import Identity

WORKER = Identity(pid=812, started=1000, boot="this boot")
BEAT = Heartbeat(
    identity=WORKER,
    phase=Phase.UPLOADING,
    patience=30,
    at=datetime(2026, 11, 23, 8, tzinfo=UTC),
    ticks=100.0,
    step="batch 3",
)


def silent(beat: Heartbeat | None, *, ticks: float, waited: float = 0.0, ceiling: float = 3600.0) -> str | None:
    return why_silent(beat, running=WORKER, waited=waited, ticks=ticks, ceiling=ceiling, first_beat=30.0)


def test_a_kept_promise_is_no_reason() -> None:
    assert silent(BEAT, ticks=130.0) is None


@pytest.mark.parametrize(("ticks", "left"), [(100.0, 30.0), (129.0, 1.0), (131.0, 0.0)])
def test_a_guard_knows_when_to_look_again_without_waiting_for_its_next_turn(ticks: float, left: float) -> None:
    assert liveness.remaining(BEAT, ticks=ticks, ceiling=3600.0) == left
    assert liveness.remaining(BEAT, ticks=110.0, ceiling=10.0) == 0.0


def test_a_broken_promise_is_told_with_phase_step_and_times() -> None:
    assert silent(BEAT, ticks=142.0) == (
        "silent for 42 s while uploading (batch 3), promised a beat within 30 s of 08:00:00"
    )


@pytest.mark.parametrize("year", [1999, 2026, 2099])
def test_a_clock_that_is_set_neither_hides_a_silence_nor_invents_one(year: int) -> None:
    beat = replace(BEAT, at=datetime(year, 11, 23, 8, tzinfo=UTC))

    assert silent(beat, ticks=101.0) is None
    assert silent(beat, ticks=131.0) is not None


def test_no_promise_counts_for_longer_than_the_ceiling() -> None:
    generous = replace(BEAT, patience=3600.0)

    assert silent(generous, ticks=161.0, ceiling=60.0) is not None
    assert silent(generous, ticks=159.0, ceiling=60.0) is None


@pytest.mark.parametrize(
    "stranger",
    [replace(WORKER, pid=813), replace(WORKER, started=999), replace(WORKER, boot="another boot")],
    ids=["pid", "start", "boot"],
)
def test_a_beat_of_another_process_counts_as_none(stranger: Identity) -> None:
    beat = replace(BEAT, identity=stranger, ticks=1e9)

    assert silent(beat, ticks=1e9, waited=29.0) is None
    assert "no beat 31 s after its start" in str(silent(beat, ticks=1e9, waited=31.0))


def test_a_beat_of_the_future_counts_as_none() -> None:
    assert silent(BEAT, ticks=50.0, waited=31.0) is not None


def test_a_first_beat_is_waited_for() -> None:
    assert silent(None, ticks=0.0, waited=30.0) is None
    assert silent(None, ticks=0.0, waited=30.1) is not None


def test_a_watch_remembers_the_newest_beat_whatever_becomes_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "heartbeat.txt"
    own = Identity.own()
    watch = Watch(path)
    beat = replace(BEAT, identity=own, ticks=now_ticks())
    beat.write(path)
    seen = watch.beat(own)
    assert seen is not None

    path.write_bytes(b"\xff" * 100)

    assert watch.beat(own) == seen
    assert watch.beat(replace(own, started=own.started + 1)) is None


def test_a_process_keeps_its_promise_while_it_lives_and_its_newest_beat_has_not_run_out(tmp_path: Path) -> None:
    path = tmp_path / "recycle.txt"
    own = Identity.own()
    beat = replace(BEAT, identity=own, ticks=now_ticks())
    assert not Watch(path).keeps_promise(own, 12.0)

    beat.write(path)
    assert Watch(path).keeps_promise(own, 12.0)

    for lost in (
        replace(beat, ticks=now_ticks() - 13.0),
        replace(beat, ticks=now_ticks() - 2.0, patience=1.0),
        replace(beat, ticks=now_ticks() + 60.0),
        replace(beat, identity=replace(own, started=own.started - 1)),
    ):
        lost.write(path)
        assert not Watch(path).keeps_promise(own, 12.0)


def test_a_process_that_has_ended_keeps_no_promise_though_nobody_has_noticed(tmp_path: Path) -> None:
    path = tmp_path / "recycle.txt"
    child = subprocess.Popen(["cat"], stdin=subprocess.PIPE)
    ended = Identity.of(child.pid)
    assert ended is not None
    replace(BEAT, identity=ended, ticks=now_ticks(), patience=60.0).write(path)
    assert Watch(path).keeps_promise(ended, 60.0)

    child.kill()
    wait_until("a zombie", lambda: psutil.Process(child.pid).status() == psutil.STATUS_ZOMBIE)

    assert not Watch(path).keeps_promise(ended, 60.0)
    child.communicate()


def test_a_new_guard_looks_a_while_before_it_misses_a_first_beat(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = now_ticks()
    clock = [now]
    monkeypatch.setattr(liveness, "now_ticks", lambda: clock[0])
    monkeypatch.setattr(liveness, "age", lambda _: 1000.0 + clock[0] - now)
    watch = Watch(tmp_path / "heartbeat.txt")
    watch.beat(WORKER)
    assert watch.waited(WORKER, 30.0) <= 30.0

    clock[0] += liveness.FIRST_LOOK

    assert watch.waited(WORKER, 30.0) > 1000.0


def test_host_sleep_is_no_waiting_for_a_first_beat(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    sleep = [0.0]
    monkeypatch.setattr(liveness, "now_ticks", lambda: clock[0])
    monkeypatch.setattr("worker.runtime.clock.slept", lambda: sleep[0])
    monkeypatch.setattr(liveness, "age", lambda _: 2.0 + clock[0] + sleep[0])
    watch = Watch(tmp_path / "heartbeat.txt")
    watch.beat(WORKER)

    sleep[0] = 8 * 3600.0
    clock[0] = 15.0

    assert watch.waited(WORKER, 30.0) == pytest.approx(17.0)
