"""Commands arrive, whatever else circusd is doing."""

import os
import random
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.rig import Circusd, is_running, wait_until
from worker.runtime.circus_client import Circus, NotDone

Make = Callable[..., Circusd]


@pytest.mark.deep
def test_a_thousand_requests_at_once_are_all_answered_and_leave_one_worker(make: Make) -> None:
    with make() as circus:
        circus.beating()
        dice = random.Random(1)
        commands = [dice.choice(("restart", "stop", "status")) for _ in range(1000)]

        def ask(command: str) -> str:
            properties = {} if command == "status" else {"name": "worker"}
            return str(circus.call(command, 30.0, **properties).get("status"))

        with ThreadPoolExecutor(20) as pool:
            answers = list(pool.map(ask, commands))

        assert set(answers) <= {"ok", "error"}
        wait_until("one last start", lambda: circus.call("start", name="worker").get("status") == "ok")
        circus.beating()
        assert len(circus.pids_of("stand_in.py")) == 1


def test_the_helper_asks_until_the_effect_is_seen(make: Make) -> None:
    with make(sections={"watcher:worker": {"graceful_timeout": "1"}}) as circus:
        first = circus.beating()
        circus.tell("deaf")
        circus.order("restart", name="worker")
        asked = Circus(circus.endpoint)

        asked.order("stop", "worker", lambda: asked.status("worker") == "stopped", within=15)

        assert circus.status()["worker"] == "stopped"
        assert not is_running(first)
        with pytest.raises(NotDone, match="status worker: no effect within 1 s"):
            asked.order("status", "worker", lambda: False, within=1)


def test_restart_of_a_frozen_worker_ends_its_whole_tree(make: Make) -> None:
    circus = make(sections={"watcher:worker": {"graceful_timeout": "1"}, "plugin:heartbeat": None})
    circus.tell("family")
    with circus:
        first = circus.beating()
        family = wait_until("the family", lambda: circus.pids_of("browser") and circus.pids_of("driver"))
        circus.tell()
        for pid in (*circus.pids_of("browser"), *family, first):
            os.kill(pid, signal.SIGSTOP)

        circus.ctl("restart", "worker")

        circus.beating(other_than=first)
        wait_until("the end of the old tree", lambda: not circus.pids_of("browser"))
        assert not circus.pids_of("driver")


def test_an_order_to_end_in_the_middle_of_a_kill_command_is_not_lost(make: Make) -> None:
    circus = make(sections={"watcher:worker": {"graceful_timeout": "2"}})
    circus.tell("deaf")
    with circus:
        circus.beating()
        circus.order("kill", name="worker", graceful_timeout=600)

        circus.stop(signal.SIGTERM, deadline=40)

        assert not circus.processes()


def test_a_frozen_circusd_is_noticed_and_the_worker_goes_on(make: Make) -> None:
    with make() as circus:
        worker = circus.beating()
        wait_until("the guard's word", lambda: "keeps its promises" in circus.guards_log)

        os.kill(circus.circusd_pid, signal.SIGSTOP)
        wait_until("the guard's alert", lambda: "going on with the worker it ran last" in circus.guards_log)
        guard = circus.data / "guards" / "heartbeat.txt"
        for number in ("first", "second"):
            told = guard.read_bytes()
            wait_until(f"the guard's {number} beat since", lambda told=told: guard.read_bytes() != told, 15)  # type: ignore[misc]
        assert circus.guards_log.count("going on with the worker it ran last") == 1
        assert circus.guards_log.count("keeps its promises") == 1
        os.kill(circus.circusd_pid, signal.SIGCONT)

        wait_until("the answer", circus.status)
        wait_until("the guard's word", lambda: circus.guards_log.count("keeps its promises") == 2)
        assert circus.pid() == worker


def test_a_worker_that_dies_during_a_stop_of_another_watcher_is_back_at_once(make: Make) -> None:
    deaf = {
        "cmd": "python -c 'import signal, time; signal.signal(15, lambda *_: None); [time.sleep(1) for _ in range(99)]'"
    }
    sections = {"watcher:demo-erp": {**deaf, "graceful_timeout": "2"}, "circus": {"check_delay": "600"}}
    with make(demo=True, sections=sections) as circus:
        first = circus.beating()
        circus.order("stop", name="demo-erp")

        os.kill(first, signal.SIGKILL)

        # Circus's lock is held for the 2 s of the stop; its check_delay does not come on top.
        circus.beating(other_than=first)
