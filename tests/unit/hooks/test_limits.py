"""When a beating worker counts as stuck, and what the guards' options may say."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from hooks.guards.heartbeat_options import Options, options
from hooks.guards.limits import interval, why_stuck
from worker.runtime.heartbeat import Heartbeat, Phase
from worker.runtime.process_identity import Identity

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
BEAT = Heartbeat(
    identity=Identity(pid=1, started=1, boot="b"),
    phase=Phase.READING,
    patience=35,
    at=NOW,
    ticks=10_000.0,
    progress=10_000.0,
    next_cycle=(NOW - timedelta(minutes=11)).isoformat(),
)
HALF_HOUR = 1800.0


def stuck(beat: Heartbeat, *, idle: float, now: datetime = NOW) -> str | None:
    return why_stuck(beat, ticks=beat.progress + idle, now=now, interval=HALF_HOUR)


def test_a_worker_that_gets_on_is_not_stuck() -> None:
    assert stuck(BEAT, idle=2400) is None


def test_a_worker_that_beats_in_a_step_but_gets_nothing_done_is_stuck() -> None:
    assert stuck(BEAT, idle=2401) == "beats but gets nothing done for 0:40:01 while reading"


def test_a_worker_that_waits_although_its_cycle_was_due_is_stuck() -> None:
    assert stuck(replace(BEAT, phase=Phase.WAITING), idle=2401) is not None


def test_a_worker_that_waits_for_tomorrow_is_not_stuck() -> None:
    resting = replace(BEAT, phase=Phase.WAITING, next_cycle=(NOW + timedelta(hours=12)).isoformat())

    assert stuck(resting, idle=12 * 3600.0) is None


def test_a_clock_set_forward_makes_nobody_stuck() -> None:
    resting = replace(BEAT, phase=Phase.WAITING, next_cycle=(NOW + timedelta(minutes=20)).isoformat())

    assert stuck(resting, idle=600.0, now=NOW + timedelta(days=1)) is None


def test_a_beat_without_progress_or_plan_makes_nobody_stuck() -> None:
    assert stuck(replace(BEAT, progress=0.0), idle=1e6) is None
    assert stuck(replace(BEAT, phase=Phase.WAITING, next_cycle=""), idle=1e6) is None


@pytest.mark.parametrize(("written", "seconds"), [("30", 1800.0), ("1", 60.0), ("soon", 1800.0), ("0", 60.0)])
def test_the_interval_comes_from_the_settings(written: str, seconds: float) -> None:
    assert interval({"INTERVAL_MIN": written}) == seconds


def test_options_of_circus_ini_are_read_with_their_units() -> None:
    written = {"every": "2", "ceiling": "45", "first_beat": "20", "memory": "1000"}

    chosen, problems = options(written)

    assert (chosen.every, chosen.ceiling, chosen.first_beat, chosen.memory) == (2, 2700, 20, 1e9)
    assert problems == []


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("every", "60", "circus.ini [plugin:heartbeat] every = 60: write a number from 0.1 to 3; 3 is used"),
        ("ceiling", "61", "circus.ini [plugin:heartbeat] ceiling = 61: write a number from 1 to 60; 60 is used"),
        ("ceiling", "nan", "circus.ini [plugin:heartbeat] ceiling = nan: write a number from 1 to 60; 60 is used"),
        ("first_beat", "-1", "circus.ini [plugin:heartbeat] first_beat = -1: write a number from 5 to 300; 30 is used"),
        (
            "memory",
            "2 GB",
            "circus.ini [plugin:heartbeat] memory = 2 GB: write a number from 256 to 65536; 2048 is used",
        ),
    ],
)
def test_an_option_that_would_break_a_promise_is_refused_with_the_one_to_use(
    name: str, value: str, sentence: str
) -> None:
    assert options({name: value}) == (Options(), [sentence])
