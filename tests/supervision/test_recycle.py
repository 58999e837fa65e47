"""The daily fresh start under a real circusd."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.rig import Circusd, wait_until

Make = Callable[..., Circusd]


def recycle(circus: Circusd) -> dict[str, Any]:
    """Return recycle.json, or {}."""
    try:
        values: dict[str, Any] = json.loads((circus.data / "recycle.json").read_text())
    except (OSError, ValueError):
        return {}
    return values


def due_in(seconds: float) -> dict[str, dict[str, str]]:
    """Return the guard's options with a recycle due so many seconds from now."""
    moment = datetime.now(ZoneInfo("Asia/Seoul")) + timedelta(seconds=seconds)
    return {"plugin:recycle": {"at": f"{moment:%H:%M:%S}"}}


def test_the_worker_is_recycled_when_due_once_and_not_again_by_a_new_circusd(make: Make) -> None:
    with make(sections=due_in(6)) as circus:
        first = circus.beating()
        second = circus.beating(other_than=first)
        wait_until("the record", lambda: recycle(circus).get("result") == "done")
        record = recycle(circus)
        assert record["before"][0] == first
        assert record["after"] == second
        assert record["seconds"] > 0
        assert "ended after" in circus.log
        assert "planned" in circus.log

        circus.stop()
        circus.start()
        third = circus.beating()
        wait_until("the guard's beat", lambda: "recycle: started" in circus.guards_log)

        assert circus.pid() == third
        assert recycle(circus)["dates"] == record["dates"]


def test_a_recycle_waits_for_the_cycle_under_way(make: Make) -> None:
    circus = make(sections=due_in(6))
    circus.tell("phase uploading")
    with circus:
        first = circus.beating()
        wait_until("the due moment", lambda: datetime.now(ZoneInfo("Asia/Seoul")) > _due(circus) + timedelta(seconds=2))
        assert circus.pid() == first

        circus.tell("phase waiting")

        circus.beating(other_than=first)


def _due(circus: Circusd) -> datetime:
    at = next(line for line in circus.ini.read_text().splitlines() if line.startswith("at = "))
    now = datetime.now(ZoneInfo("Asia/Seoul"))
    return datetime.combine(now.date(), datetime.strptime(at[5:], "%H:%M:%S").time(), tzinfo=now.tzinfo)  # noqa: DTZ007
