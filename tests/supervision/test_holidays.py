"""HOLIDAYS on a real tree: the calendar of the country that it names says on which days cycles run."""

import json
import subprocess
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.postbox import Postbox
from tests.rig import BIN, Circusd, is_listening, wait_until
from tests.supervision.test_alarms import mailing
from tests.supervision.test_settings import status
from tests.supervision.work_day import WorkDay, morning
from worker.config.public_holidays import holidays_of
from worker.demo.clock import KST
from worker.runtime.heartbeat import Phase
from worker.schedule.loop import Outcome


def holiday(*, of: str, not_of: str) -> date:
    """Return the next weekday on which people are off in one country and not in the other."""
    days = (morning().date() + timedelta(days=number) for number in range(800))
    return next(
        day
        for day in days
        if day.weekday() < 5
        and day in holidays_of(day.year, country=of)
        and day not in holidays_of(day.year, country=not_of)
    )


def said(office: WorkDay, *words: str) -> Any:
    """Return what a verb of `daybreak` says as JSON, by the tree's clock."""
    done = subprocess.run(
        [str(BIN / "daybreak"), *words, "--json"], env=office.environment(), capture_output=True, text=True, timeout=120
    )
    return json.loads(done.stdout)


@pytest.mark.deep
@pytest.mark.parametrize(("off", "on"), [("DE", "KR"), ("KR", "DE")])
def test_no_cycle_runs_on_a_holiday_of_the_country_that_is_named_and_one_does_where_it_is_none(
    tmp_path: Path, off: str, on: str
) -> None:
    day = holiday(of=off, not_of=on)
    nine = datetime.combine(day, time(9, 0, 20), KST)

    def rests() -> bool:
        """True when the worker waits, by its clock of that day, for a cycle to come."""
        beat = office.beat()
        return beat is not None and beat.phase is Phase.WAITING and beat.at >= office.now() - timedelta(seconds=30)

    with Postbox() as postbox:
        office = WorkDay(tmp_path, postbox=postbox, at=nine)
        office.write_ini(HOLIDAYS=off, EXTRA_DAYS_ON="", DAYS_OFF_CYCLE="", DEMO_PAYMENTS="0")
        with office:
            first = office.beating()
            wait_until("the ERP", lambda: is_listening(office.demo_control_port))
            office.erp("/clock", {"now": nine.isoformat()})
            office.erp(
                "/payments", [{"payer": "새봄유통", "amount": 9900, "status": "승인", "approval_no": "77777777"}]
            )
            office.set_clock(nine + timedelta(hours=2))
            wait_until("a rest at eleven", rests, 60)

            found = said(office, "status")
            assert found["last_cycle"] is None
            assert office.erp("/slips") == []
            assert found["next_cycle"] > f"{day + timedelta(days=1)}"
            assert [one["off"] for one in said(office, "schedule", "--days", "1")] == [True]

            office.write_ini(HOLIDAYS=on)
            office.ctl("restart", "worker")
            office.beating(other_than=first, deadline=60)

            wait_until("a good cycle", lambda: office.cycles(Outcome.RAN), 90)
            assert [one["amount"] for one in office.erp("/slips")] == [9900]
            assert said(office, "status")["last_cycle"]["slot"].startswith(f"{day}T11:00:00")
            assert [one["off"] for one in said(office, "schedule", "--days", "1")] == [False]


def test_a_country_that_no_calendar_knows_is_refused_with_exit_78_and_named(tmp_path: Path) -> None:
    knobs = json.dumps({"delays": 0, "arrivals_per_min": 0})
    with (
        Postbox() as postbox,
        Circusd(tmp_path, demo=True, settings={**mailing(postbox), "DEMO_KNOBS": knobs}) as circus,
    ):
        circus.beating()
        circus.write_ini(HOLIDAYS="XX")

        circus.ctl("restart", "worker")

        named = "HOLIDAYS='XX': it is no country of the calendar; write its code, such as KR"
        wait_until("the refusal", lambda: "refuses its settings (exit 78)" in circus.log, 60)
        code, problems = status(circus)
        assert code == 2
        assert named in "\n".join(problems)
        wait_until("the mail", lambda: postbox.mails, 60)
        assert postbox.subjects() == ["[daybreak] The settings are wrong, nothing is posted"]
        assert named in postbox.text()
        assert circus.pid() is None

        circus.write_ini(HOLIDAYS="DE-BY")
        circus.ctl("start", "worker")

        circus.beating(deadline=60)
        circus.stop()
