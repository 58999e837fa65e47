"""What the operator wants holds until he says otherwise; nothing else stops the worker for good."""

import json
import os
import signal
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from tests.rig import PROJECT, Circusd, wait_until
from worker.runtime import desired_state
from worker.runtime.desired_state import DesiredState, Intent

Make = Callable[..., Circusd]


def now() -> datetime:
    return datetime.now(ZoneInfo("Asia/Seoul"))


def test_a_stop_holds_across_a_new_circusd_until_the_operator_starts_again(make: Make) -> None:
    with make() as circus:
        circus.beating()
        circus.ctl("stop", "worker", "--waiting")
        assert desired_state.read(circus.data).wanted is DesiredState.STOPPED
        wait_until("the guard's word", lambda: "no worker runs: stopped by circusctl stop worker" in circus.guards_log)

        circus.stop()
        circus.start()
        wait_until("the refusal", lambda: "worker stays off: stopped by circusctl stop worker" in circus.log)
        wait_until("the guards", lambda: circus.status().get("plugin:recycle") == "active")
        assert circus.status()["worker"] == "stopped"

        circus.ctl("start", "worker")

        circus.beating()
        assert desired_state.read(circus.data).wanted is DesiredState.RUNNING


def test_restart_quit_and_ctrl_c_are_no_intents(make: Make) -> None:
    with make() as circus:
        first = circus.beating()
        circus.ctl("restart", "worker", "--waiting")
        second = circus.beating(other_than=first)
        assert circus.call("quit")["status"] == "ok"
        wait_until("circusd's end", lambda: circus.exit_code() is not None)

        circus.start()
        third = circus.beating(other_than=second)
        circus.stop(signal.SIGINT)
        circus.start()

        circus.beating(other_than=third)
        assert desired_state.read(circus.data).wanted is DesiredState.RUNNING


def test_a_pause_ends_by_itself(make: Make) -> None:
    with make() as circus:
        first = circus.beating()
        circus.order("start", name="worker")  # circusd has ended its own start, so that it stops at once
        until = now() + timedelta(seconds=3)
        desired_state.write(circus.data, Intent(wanted=DesiredState.PAUSED, by="kim", since=now(), until=until))
        circus.order("stop", name="worker", waiting=True)  # quicker than circusctl: the pause is short
        assert desired_state.read(circus.data).by == "kim"

        circus.beating(other_than=first)

        assert now() >= until


def test_a_pause_ends_in_time_and_no_sooner_although_the_wall_clock_is_set_back_by_a_day(
    make: Make, tmp_path: Path
) -> None:
    ahead = tmp_path / "ahead"
    path = f"{PROJECT / 'tests' / 'clockwork'}{os.pathsep}{PROJECT}"
    # The clock is set for circusd as well: it is named a circus.ini.
    environment = {"PYTHONPATH": path, "AHEAD": str(ahead), "DAYBREAK_INI": str(tmp_path / "circus.ini")}
    with make(environment=environment) as circus:
        first = circus.beating()
        circus.order("start", name="worker")  # circusd has ended its own start, so that it stops at once
        until = now() + timedelta(seconds=8)
        desired_state.write(circus.data, Intent(wanted=DesiredState.PAUSED, by="kim", since=now(), until=until))
        circus.order("stop", name="worker", waiting=True)
        assert desired_state.read(circus.data).by == "kim"

        ahead.write_text("-86400", encoding="ascii")

        circus.beating(other_than=first, deadline=30)
        assert now() >= until


def test_a_crash_during_a_pause_starts_nothing(make: Make) -> None:
    with make() as circus:
        worker = circus.beating()
        until = now() + timedelta(hours=1)
        desired_state.write(circus.data, Intent(wanted=DesiredState.PAUSED, by="kim", since=now(), until=until))

        os.kill(worker, signal.SIGKILL)

        wait_until("the stop", lambda: circus.status().get("worker") == "stopped")
        assert circus.pid() is None


def test_a_resume_on_disk_starts_the_worker(make: Make) -> None:
    with make() as circus:
        first = circus.beating()
        circus.ctl("stop", "worker", "--waiting")

        desired_state.write(circus.data, Intent(wanted=DesiredState.RUNNING, by="kim", since=now()))

        circus.beating(other_than=first)


def test_a_damaged_intent_never_keeps_the_worker_off(make: Make) -> None:
    circus = make()
    circus.data.mkdir()
    desired_state.path_in(circus.data).write_text(json.dumps({"wanted": "whatever"}) + "garbage")
    with circus:
        circus.beating()
