"""The guards themselves: each is watched by the other."""

import os
import signal
from collections.abc import Callable
from typing import Any

import pytest

from tests.rig import Circusd, wait_until
from worker.runtime import heartbeat, spool

Make = Callable[..., Circusd]


@pytest.mark.parametrize("guard", ["heartbeat", "recycle"])
def test_a_killed_guard_is_back_and_beats_long_before_circus_looks_again(make: Make, guard: str) -> None:
    with make(sections={"circus": {"check_delay": "600"}}) as circus:
        circus.beating()
        first = wait_until("the guard", lambda: circus.pid(f"plugin:{guard}")) or 0

        os.kill(first, signal.SIGKILL)

        def is_back() -> bool:
            beat = heartbeat.read(circus.data / "guards" / f"{guard}.txt")
            return beat is not None and beat.identity.pid not in (None, first)

        wait_until("another guard's beat", is_back)


@pytest.mark.parametrize("guard", ["heartbeat", "recycle"])
def test_a_frozen_guard_is_replaced_by_the_other_within_30_s(make: Make, guard: str) -> None:
    with make() as circus:
        circus.beating()
        for name in ("heartbeat", "recycle"):
            wait_until(f"{name}'s beat", (circus.data / "guards" / f"{name}.txt").exists)
        first = wait_until("the guard", lambda: circus.pid(f"plugin:{guard}")) or 0

        os.kill(first, signal.SIGSTOP)
        wait_until("another guard", lambda: circus.pid(f"plugin:{guard}") not in (None, first), 30)

        assert f"plugin:{guard} (pid {first}) silent" in circus.guards_log


def test_circusd_is_asked_about_a_worker_that_keeps_its_promises_at_every_third_look_and_about_the_other_guard_once(
    make: Make,
) -> None:
    counting = {"plugin:heartbeat": {"use": "tests.supervision.counting_guard.CountingCheck"}}
    with make(sections=counting) as circus:
        circus.beating()
        wait_until("the guard's word", lambda: "keeps its promises" in circus.guards_log)
        counted = circus.data / "counted.txt"
        wait_until("the other guard's beat", (circus.data / "guards" / "recycle.txt").exists, 30)
        begun = len(counted.read_text().splitlines())

        def since() -> list[str]:
            return counted.read_text().splitlines()[begun:]

        # Looks come every 0.2 s here, beats of a guard every 5 s: it looks at the other one in between.
        wait_until("eighty looks", lambda: since().count("look") >= 80, 60)
        found = since()

        # Once more where it was asked before that beat was there: it did not know then who the other one is.
        assert found.count("list plugin:recycle") <= 1
        assert found.count("look") / 4 <= found.count("list worker") <= found.count("look") / 2


def test_options_that_cannot_be_used_are_named_and_the_worker_is_guarded_all_the_same(make: Make) -> None:
    sections = {
        "plugin:heartbeat": {"ceiling": "90", "memory": "a lot"},
        "plugin:recycle": {"at": "5 to 6", "days": "workdays"},
    }
    with make(sections=sections) as circus:
        first = circus.beating()

        for sentence in ("write a number from 1 to 60; 60 is used", "write a time like 05:55", "write mon-sun"):
            wait_until(sentence, lambda sentence=sentence: sentence in circus.guards_log)  # type: ignore[misc]
            wait_until(sentence, lambda sentence=sentence: sentence in circus.log)  # type: ignore[misc]
        os.kill(first, signal.SIGSTOP)
        circus.beating(other_than=first)


def test_a_worker_that_eats_the_memory_is_asked_to_end(make: Make) -> None:
    circus = make(sections={"plugin:heartbeat": {"memory": "256"}})
    circus.tell("eat 300")
    with circus:
        first = circus.beating()
        circus.tell()

        circus.beating(other_than=first, deadline=25)

        assert "MB, more than 256 MB: asking it to end" in circus.guards_log
        assert f"worker (pid {first}) ended" in circus.log
        assert "(exit 0)" in circus.log


def test_a_worker_that_beats_but_gets_nothing_done_is_replaced_once_and_then_only_told_about(make: Make) -> None:
    with make() as circus:
        first = circus.beating()

        circus.tell("idle 3000")

        second = circus.beating(other_than=first, deadline=30)
        wait_until("the second alarm", lambda: "a new one would not help" in circus.guards_log, 30)
        assert f"worker (pid {first}) beats but gets nothing done for 0:50:" in circus.guards_log
        assert f"worker (pid {second}) beats but gets nothing done for 0:50:" in circus.guards_log
        assert circus.pid() == second


def test_a_worker_that_waits_for_the_erp_is_left_alone(make: Make) -> None:
    with make() as circus:
        first = circus.beating()

        circus.tell("idle 3000", "phase waiting for the ERP")

        wait_until("the alarm", lambda: "a new one would not help" in circus.guards_log, 30)
        assert circus.pid() == first


HURRIED = {"plugin:heartbeat": {"use": "tests.supervision.hurried_guard.HurriedCheck"}}


def test_a_worker_that_is_in_one_cycle_for_too_long_is_asked_to_end(make: Make) -> None:
    circus = make(sections=HURRIED)
    with circus:
        first = circus.beating()
        wait_until("the guard's word", lambda: "keeps its promises" in circus.guards_log)
        circus.tell("phase uploading")

        circus.beating(other_than=first)

        assert (
            f"worker (pid {first}) is in one cycle for 0 min: asking it to end between two steps" in circus.guards_log
        )
        assert "(exit 0)" in circus.log
        circus.tell()
        second = circus.beating(other_than=first)
        wait_until("the proof", lambda: f"worker (pid {second}) beats," in circus.guards_log)


def test_a_worker_that_does_not_end_when_its_cycle_took_too_long_is_killed(make: Make) -> None:
    circus = make(sections=HURRIED)
    with circus:
        first = circus.beating()
        circus.tell("phase uploading", "deaf")

        circus.beating(other_than=first)
        circus.tell()

        assert "has not ended 2 s after it was asked to: killing it" in circus.guards_log
        assert "(signal 9)" in circus.log


def test_an_incident_tells_phase_silence_and_every_process(make: Make) -> None:
    circus = make()
    circus.tell("family", "phase uploading")
    with circus:
        first = circus.beating()
        wait_until("the family", lambda: circus.pids_of("browser"))
        os.kill(first, signal.SIGSTOP)
        circus.beating(other_than=first)

        notes = wait_until("the incident", lambda: [one for one in notes_of(circus) if one["kind"] == "incident"])

        assert len(notes) == 1
        assert notes[0]["phase"] == "uploading"
        assert notes[0]["silence"] >= 1
        assert {"pid", "name", "state", "mb"} == set(notes[0]["processes"][0])
        assert {one["state"] for one in notes[0]["processes"] if one["pid"] == first} == {"stopped"}
        assert len(notes[0]["processes"]) >= 3
        assert any(one["kind"] == "alert" and f"pid {first}" in one["text"] for one in notes_of(circus))


def notes_of(circus: Circusd) -> list[dict[str, Any]]:
    """Return everything in the spool."""
    return [values for _, values in spool.waiting(circus.data)]
