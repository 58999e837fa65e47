"""A host that sleeps for 8 hours: nobody is restarted for it, and what it missed is written down."""

import os
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from tests.rig import PROJECT, Circusd, wait_until
from worker.ledger.ledger import Ledger

SEOUL = ZoneInfo("Asia/Seoul")
EIGHT_HOURS = 8 * 3600


def test_a_sleep_of_the_host_is_recorded_and_only_the_missed_recycle_is_made_up(tmp_path: Path) -> None:
    slept = tmp_path / "slept"
    due = datetime.now(SEOUL) + timedelta(hours=1)
    path = f"{PROJECT / 'tests' / 'clockwork'}{os.pathsep}{PROJECT}"
    circus = Circusd(
        tmp_path,
        demo=True,
        sections={"plugin:recycle": {"at": f"{due:%H:%M:%S}"}},
        environment={"PYTHONPATH": path, "SLEPT": str(slept)},
    )
    circus.write_ini(**round_the_clock(circus))
    with circus:
        first = circus.beating(deadline=30)
        wait_until("the first cycle's end", lambda: (beat := circus.beat()) and beat.stats["total"], 60)
        before = datetime.now(SEOUL)

        slept.write_text(f"{EIGHT_HOURS}", encoding="ascii")

        circus.beating(other_than=first, deadline=60)
        wait_until("the recycle's record", lambda: "recycle: recycle of" in circus.guards_log)
        woken = datetime.now(SEOUL) + timedelta(seconds=EIGHT_HOURS)
        wait_until("the slots", lambda: slots_of(circus, before, woken), 30)
        missed = slots_of(circus, before, woken)
        assert set(missed.values()) == {"asleep"}
        assert len(missed) >= EIGHT_HOURS / 60 - 5
        [sleep] = wait_until("the record of the sleep", lambda: incidents(circus, before, "sleep"))
        assert sleep["seconds"] == EIGHT_HOURS
        # The only fresh start was the one that was due in the night.
        assert len(wait_until("the record of the end", lambda: incidents(circus, before, "end"))) == 1
        assert str(incidents(circus, before, "end")[0]["why"]).startswith("planned")
        assert not incidents(circus, before, "incident")
        assert "[ALERT]" not in circus.guards_log


def round_the_clock(circus: Circusd) -> dict[str, str]:
    """Return settings that play a real ERP at which a cycle is due every minute; nobody has adopted it."""
    password = circus.folder / "password"
    password.write_text("demo-pass-1")
    password.chmod(0o600)
    days = [datetime.now(SEOUL).date() + timedelta(days=n) for n in (0, 1)]
    return {
        "ERP_URL": f"http://127.0.0.1:{circus.demo_port}/",
        "ERP_COMPANY": "DEMO01",
        "ERP_USER": "DAYBREAK",
        "ERP_PASSWORD_FILE": str(password),
        "DEMO_PAYMENTS": "3",
        "INTERVAL_MIN": "1",
        "HOURS_MON_FRI": "00:00-24:00",
        "HOURS_SAT": "00:00-24:00",
        "HOURS_SUN": "00:00-24:00",
        "EXTRA_DAYS_ON": ", ".join(f"{day}" for day in days),
    }


def slots_of(circus: Circusd, since: datetime, until: datetime) -> dict[datetime, str]:
    """Return {when: why} of the cycles that were missed."""
    with Ledger(circus.data, create=False) as ledger:
        return {one.at: one.why for one in ledger.slots(since, until) if one.state == "missed"}


def incidents(circus: Circusd, since: datetime, kind: str) -> list[dict[str, object]]:
    """Return the facts of what happened to the worker or the machine."""
    with Ledger(circus.data, create=False) as ledger:
        found = [one for one in ledger.incidents(since) if one["kind"] == kind]
    facts = [dict(one["facts"]) for one in found]  # type: ignore[call-overload]
    return [one for one in facts if one.get("watcher", "worker") == "worker"]
