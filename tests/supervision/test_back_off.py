"""A worker that ends again and again: when it starts next, and who hears of it."""

import json
import os
import signal
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.rig import Circusd, environment_of, wait_until
from worker.runtime import spool
from worker.runtime.locks import Lock

Make = Callable[..., Circusd]


def exits(circus: Circusd) -> dict[str, Any]:
    """Return backoff.json, or {}."""
    try:
        values: dict[str, Any] = json.loads((circus.data / "backoff.json").read_text())
    except (OSError, ValueError):
        return {}
    return values


def alerts(circus: Circusd) -> list[str]:
    """Return the texts of all alerts in the spool."""
    return [str(one["text"]) for _, one in spool.waiting(circus.data) if one["kind"] == "alert"]


def test_a_crash_loop_slows_down_tells_somebody_and_starts_again_after_a_success(make: Make) -> None:
    circus = make()
    circus.tell("exit 1")
    with circus:
        wait_until("the third exit", lambda: exits(circus).get("count") == 3)
        wait_until("an alert", lambda: any("ended 3 times" in text for text in alerts(circus)))
        assert "next start in 1." in circus.log or "next start in 0.9" in circus.log
        circus.tell()
        worker = circus.beating()
        (circus.data / "last_success").write_text("2026-11-23T09:00:00+09:00")

        os.kill(worker, signal.SIGKILL)
        circus.beating(other_than=worker)

        assert exits(circus)["count"] == 1
        assert f"worker started (pid {circus.pid()}): crash (signal 9)" in circus.log
        assert environment_of(circus.pid() or 0)["DAYBREAK_REASON"] == "crash (signal 9)"


def test_the_count_survives_circusd_but_its_start_does_not_wait(make: Make) -> None:
    circus = make()
    circus.tell("exit 1")
    with circus:
        wait_until("the fourth exit", lambda: exits(circus).get("count") == 4, 20)
        circus.stop()
        circus.tell()

        circus.start()
        worker = circus.beating()
        os.kill(worker, signal.SIGKILL)

        wait_until("the fifth exit", lambda: exits(circus).get("count") == 5)
        assert circus.pid() is None


def test_an_operators_start_ends_the_wait(make: Make) -> None:
    circus = make()
    circus.tell("exit 1")
    with circus:
        wait_until("a long wait", lambda: exits(circus).get("count", 0) >= 5 and exits(circus)["until"], 30)
        due = datetime.fromisoformat(exits(circus)["until"])
        circus.tell()

        assert circus.ctl("start", "worker").stdout.strip() == "ok"
        circus.beating()

        assert datetime.now(due.tzinfo) < due


def test_wrong_settings_stop_the_worker_and_somebody_is_told(make: Make) -> None:
    circus = make()
    circus.tell("exit 78")
    with circus:
        wait_until("the stop", lambda: circus.status().get("worker") == "stopped")
        wait_until("an alert", lambda: any("circusctl start worker" in text for text in alerts(circus)))
        assert exits(circus)["count"] == 0  # no crash: it refused to begin
        circus.tell()

        circus.ctl("start", "worker")

        circus.beating()


def test_a_held_lock_is_waited_for_and_is_no_crash(make: Make) -> None:
    circus = make()
    circus.data.mkdir()
    with circus:
        first = circus.beating()
        circus.ctl("stop", "worker", "--waiting")
        with Lock(circus.data / "runtime.lock", version="by hand"):
            circus.ctl("start", "worker")
            wait_until("the refusal", lambda: "another process holds its lock" in circus.log)
            assert exits(circus)["count"] == 0

        circus.beating(other_than=first)


@pytest.mark.parametrize("guard", ["heartbeat", "recycle"])
def test_a_guard_that_crashes_at_once_does_not_spin(make: Make, guard: str, tmp_path: Path) -> None:
    sections = {f"plugin:{guard}": {"use": "tests.supervision.broken_guard.Broken"}}
    with make(sections=sections) as circus:
        circus.beating()

        wait_until("the third crash", lambda: circus.log.count(f"plugin:{guard}: ended 3 times in a row"))

        assert circus.log.count(f"plugin:{guard} started") <= 4
