"""The real worker, its browser and the demo ERP under a real circusd: whatever is killed or frozen, posted once."""

import json
import os
import signal
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.rig import Circusd, is_listening, is_running, wait_until
from tests.supervision.test_verbs import daybreak
from worker.control import requests
from worker.runtime.files import write_private
from worker.runtime.heartbeat import Phase

#: So many payments stand in the demo's list; some of them are no deposits.
PAYMENTS = "40"


@pytest.fixture
def circus(tmp_path: Path) -> Circusd:
    """Return a circusd on the project's own commands and a quiet demo."""
    return Circusd(tmp_path, demo=True, settings=demo_settings())


def demo_settings(**knobs: object) -> dict[str, str]:
    return {"DEMO_PAYMENTS": PAYMENTS, "DEMO_KNOBS": json.dumps({"delays": 0, "arrivals_per_min": 0, **knobs})}


def slips(circus: Circusd) -> list[dict[str, Any]]:
    """Return the deposits that the demo holds."""
    found: list[dict[str, Any]] = circus.erp("/slips")
    return found


def approved(circus: Circusd) -> int:
    """Return how many of the listed payments are deposits whatever else is: 승인, not reflected by a human."""
    return sum(1 for one in circus.erp("/payments") if one["status"] == "승인" and one["reflected"] is False)


def all_posted_once(circus: Circusd) -> bool:
    """True when each deposit is there and the worker knows it; a second one of the same key fails at once."""
    keys = Counter(one["memo"] for one in slips(circus))
    assert not [key for key, count in keys.items() if count > 1], "posted twice"
    beat = circus.beat()
    return len(keys) >= approved(circus) and beat is not None and beat.stats["count"] == len(keys)


def phase(circus: Circusd, *wanted: Phase) -> bool:
    beat = circus.beat()
    return beat is not None and beat.phase in wanted


def browsers(circus: Circusd) -> list[int]:
    return circus.pids_of("--daybreak-worker=")


def drivers(circus: Circusd) -> list[int]:
    return circus.pids_of("run-driver")


def pages(circus: Circusd) -> list[int]:
    return circus.pids_of("--type=renderer")


def replaced(circus: Circusd, first: int, deadline: float = 70.0) -> int:
    return circus.beating(other_than=first, deadline=deadline)


def none_left(circus: Circusd, pids: list[int]) -> Callable[[], bool]:
    return lambda: not [pid for pid in pids if is_running(pid)]


def test_a_worker_killed_in_a_step_is_back_at_once_and_posts_nothing_twice(circus: Circusd) -> None:
    with circus:
        wait_until("the worker uploading", lambda: phase(circus, Phase.UPLOADING), 30)
        first = circus.pid() or 0
        old = [*browsers(circus), *drivers(circus)]

        os.kill(first, signal.SIGKILL)
        circus.beating(other_than=first)

        wait_until("the end of the old browser", none_left(circus, old))
        wait_until("all deposits, once", lambda: all_posted_once(circus), 60)


@pytest.mark.parametrize(
    "victim", ["driver", *(pytest.param(one, marks=pytest.mark.deep) for one in ("browser", "page"))]
)
def test_a_frozen_step_ends_and_posts_nothing_twice(tmp_path: Path, victim: str) -> None:
    """A frozen driver hangs the worker, which is replaced; a frozen browser or page may be a step that took long."""
    # Rows that come late leave time to strike while they are read; what was sent already may be in doubt for minutes.
    settings = {**demo_settings(rows_late_s=1), "LIST_S": "6", "STEP_S": "6", "SIGN_IN_S": "15", "RESULT_S": "6"}
    with Circusd(tmp_path, demo=True, settings=settings) as circus:
        wait_until("the worker reading", lambda: phase(circus, Phase.READING) and drivers(circus), 30)
        first = circus.pid() or 0
        old = [*browsers(circus), *drivers(circus)]
        for pid in {"driver": drivers, "browser": browsers, "page": pages}[victim](circus):
            os.kill(pid, signal.SIGSTOP)

        if victim == "driver":
            old.append(first)
            assert replaced(circus, first) != first
        wait_until("the end of the old browser", none_left(circus, old), 70)
        wait_until("a worker at rest or at work", lambda: circus.beat() is not None, 30)
        write_private(circus.data / requests.FILE, json.dumps({"test": False}))
        wait_until("all deposits, once", lambda: all_posted_once(circus), 60)


def test_a_restart_inside_a_batch_finishes_it_and_posts_nothing_twice(circus: Circusd) -> None:
    with circus:
        wait_until("the worker saving", lambda: phase(circus, Phase.UPLOADING, Phase.SAVING), 30)
        first = circus.pid() or 0

        circus.ctl("restart", "worker")

        replaced(circus, first)
        wait_until("all deposits, once", lambda: all_posted_once(circus), 60)


@pytest.mark.deep
def test_a_command_right_after_a_restart_asks_the_new_worker_and_does_not_end_it(tmp_path: Path) -> None:
    with Circusd(tmp_path, demo=True, settings={**demo_settings(), "DEMO_PAYMENTS": "2"}) as circus:
        first = circus.beating()
        starts = circus.log.count("worker started (pid")
        wait_until("a rest", lambda: phase(circus, Phase.WAITING), 30)

        circus.ctl("restart", "worker")
        done = daybreak(circus, "login-test")

        assert done.returncode == 0, done.stdout + done.stderr
        circus.beating(other_than=first)
        assert circus.log.count("worker started (pid") == starts + 1


def test_circusd_killed_in_a_batch_leaves_nothing_and_the_next_tree_posts_nothing_twice(circus: Circusd) -> None:
    with circus:
        wait_until("the worker saving", lambda: phase(circus, Phase.UPLOADING, Phase.SAVING), 30)

        circus.kill()
        wait_until("the end of all children", lambda: not circus.processes(), 75)
        circus.start()

        circus.beating()
        wait_until("the demo", lambda: is_listening(circus.demo_control_port))
        wait_until("all deposits, once", lambda: all_posted_once(circus), 60)


def test_ctrl_c_in_a_cycle_leaves_nothing(circus: Circusd) -> None:
    with circus:
        wait_until("a browser", lambda: browsers(circus), 30)

        circus.stop(signal.SIGINT, deadline=30)

        assert not circus.processes()


def test_wrong_settings_stop_the_worker_until_they_are_right(circus: Circusd) -> None:
    with circus:
        first = circus.beating()
        circus.write_ini(INTERVAL_MIN="half an hour")
        os.kill(first, signal.SIGKILL)
        wait_until("the stop", lambda: circus.status().get("worker") == "stopped")
        wait_until("the alert", lambda: "refuses its settings (exit 78)" in circus.guards_log)

        circus.write_ini(INTERVAL_MIN="30")
        circus.ctl("start", "worker")

        circus.beating(other_than=first)
