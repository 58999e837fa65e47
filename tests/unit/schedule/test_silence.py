"""MAINTENANCE: no cycle and no alarm while the ERP is planned to be away, and the next cycle right after."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.dead_man import Service, dead_man
from tests.fakes import SEOUL, Plan
from tests.rig import wait_until
from worker.app.job import Job
from worker.config import loading, settings
from worker.config.maintenance import read
from worker.errors import (
    EndUnproved,
    ErpChanged,
    ErpUnavailable,
    LedgerError,
    ListDoubted,
    NotAdopted,
    SignInRefused,
)
from worker.i18n.language import Language
from worker.ledger.journal import SlotState
from worker.ledger.ledger import Ledger
from worker.reports import silences
from worker.reports.records import Incident
from worker.reports.silences import Lull
from worker.runtime import spool
from worker.runtime.heartbeat import Phase
from worker.runtime.locks import Lock
from worker.runtime.stop import HeartbeatWriter, Stop
from worker.schedule import calendar, loop
from worker.schedule.calendar import Slot
from worker.schedule.loop import Outcome, Past
from worker.schedule.missed_runs import Slots
from worker.status import timeline
from worker.status.doing import doing
from worker.status.snapshot import Snapshot, TimelineMark


def at(clock: str, day: int = 12) -> datetime:
    """Return a time in January 2026; the 12th is a Monday."""
    return datetime(2026, 1, day, int(clock[:2]), int(clock[3:5]), tzinfo=SEOUL)


def plan(text: str) -> Plan:
    return Plan(maintenance=read(text))


def times(text: str, day: int = 12) -> list[str]:
    return [f"{one.at:%H:%M}" for one in calendar.slots(at("00:00", day).date(), plan(text))]


@pytest.mark.parametrize(
    ("text", "gone", "new"),
    [
        ("mon 10:00-12:00", ["10:00", "10:30", "11:00", "11:30"], []),
        ("mon 10:05-12:10", ["10:30", "11:00", "11:30", "12:00"], ["12:10"]),
        ("mon 05:00-06:10", ["06:00"], ["06:10"]),
        ("mon 17:10-23:00", ["17:30"], []),
        ("sun 22:00-06:20", ["06:00"], ["06:20"]),
        ("mon 10:05-10:25", [], []),
        ("sun 02:00-06:00", [], []),
    ],
)
def test_what_is_due_meanwhile_is_one_cycle_right_after(text: str, gone: list[str], new: list[str]) -> None:
    assert times(text) == sorted(({*times("")} - {*gone}) | {*new})


def test_the_cycle_of_a_day_off_waits_for_the_end_too() -> None:
    found = list(calendar.slots(at("00:00", 18).date(), plan("sun 11:30-13:15")))

    assert [(f"{one.at:%H:%M}", one.only_if_stale) for one in found] == [("13:15", True)]


def test_a_payment_waits_for_nobody_meanwhile() -> None:
    waited = calendar.open_time(at("09:00"), at("13:00"), plan("mon 10:00-12:10; sun 02:00-06:00"))

    assert waited == timedelta(hours=1, minutes=50)


def test_the_loop_waits_until_the_end_and_begins_at_once() -> None:
    past, chosen = Past(last_good=at("09:30")), plan("mon 10:00-12:10")

    assert loop.next_start(at("09:59"), chosen, past) == (at("12:10"), Slot(at=at("12:10")))
    assert loop.next_start(at("11:00"), chosen, past) == (at("12:10"), Slot(at=at("12:10")))
    assert loop.next_start(at("12:10"), chosen, past) == (at("12:10"), Slot(at=at("12:10")))


def test_a_cycle_that_failed_is_not_tried_again_meanwhile() -> None:
    past = Past(last_good=at("09:30"), failed_at=at("10:01"), failures=1)

    found = loop.next_start(at("10:06"), plan("mon 10:00-12:10"), past)

    assert found == (at("12:10"), Slot(at=at("12:10")))


def test_nothing_is_missed_meanwhile(folder: Path) -> None:
    with Ledger(folder) as ledger:
        ledger.begin_generation()
        chosen = plan("mon 10:00-12:00")
        slots = Slots(ledger, chosen, started=at("09:00"))
        ledger.close_slot(at("09:00"), SlotState.RAN, now=at("09:01"))
        slots.keep(at("09:30"))
        slots.keep(at("11:30"))
        assert [one.state for one in ledger.slots(at("09:30"), at("12:00"))] == [SlotState.OPEN]
        assert ledger.alarms() == []

        slots.keep(at("12:00"))

        assert [f"{one.at.astimezone(SEOUL):%H:%M}" for one in ledger.slots(at("09:00"), at("13:00"))] == [
            "09:00", "09:30", "12:00",
        ]  # fmt: skip


def test_the_days_bar_shows_it_as_planned(folder: Path) -> None:
    with Ledger(folder) as ledger:
        found = timeline.marks(at("10:30"), plan("mon 10:00-12:10; sun 23:00-01:00"), ledger)

    assert found[:2] == (
        TimelineMark(start=0, minutes=60, state="planned"),
        TimelineMark(start=600, minutes=130, state="planned"),
    )


def test_what_the_worker_does_is_said_by_the_silence_while_it_waits() -> None:
    silence = {"since": at("10:00").isoformat(), "until": at("12:10").isoformat()}

    waiting = Snapshot(doing=Phase.WAITING_FOR_ERP.value, maintenance=silence)
    assert doing(waiting, Language.EN) == "Waiting: planned maintenance of the ERP until 12:10"
    assert doing(Snapshot(doing=Phase.READING.value, maintenance=silence), Language.EN) == "Reading the card payments"


def test_a_report_tells_it_as_planned_and_not_as_a_silence() -> None:
    noted = Incident(at=at("10:00"), kind="planned", what="", facts={"until": at("12:10").isoformat()})

    (found,) = silences.stretches([noted], since=at("00:00"), until=at("11:00"))

    assert (found.lull, found.since, found.until) == (Lull.PLANNED, at("10:00"), at("11:00"))
    assert silences.silences([found]) == []


# --- a worker in it --------------------------------------------------------------------------------------------------


def around_now() -> str:
    """Return a window that holds this hour, and leaves each day hours of business."""
    now = datetime.now(SEOUL)
    return f"{now - timedelta(hours=1):%H:%M}-{now + timedelta(hours=3):%H:%M}"


@pytest.fixture
def service() -> Iterator[Service]:
    with dead_man() as found:
        yield found


def job_of(folder: Path, service: Service, **more: str) -> Job:
    chosen: settings.Settings = loading.load(
        {"DATA_DIR": str(folder), "PING_URL": service.url, "HOURS_SUN": "00:00-24:00", **more}
    )
    heart = HeartbeatWriter(folder / "heartbeat.txt", version="1", now=chosen.now, stop=Stop())
    return Job(chosen, heart=heart, lock=Lock(folder / "runtime.lock", version="test"))


def failing(job: Job, error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have each cycle of a job fail with an error before the ERP is opened."""

    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(job, "_attend", fail)
    with job._lock:
        job.open_ledger()
        job._past = Past(failures=2)  # the next one is told of, whatever its kind
        assert job.run_cycle(Slot(at=datetime.now(SEOUL))) is Outcome.FAILED


@pytest.mark.parametrize(
    ("error", "is_told"),
    [
        (ErpUnavailable("the ERP does not answer"), False),
        (ErpChanged("a notice of maintenance"), False),
        (EndUnproved("where the list ends is not known"), True),
        (ListDoubted("the list is not believed"), True),
        (NotAdopted("nobody has adopted"), True),
        (SignInRefused("wrong password"), True),
        (LedgerError("damaged"), True),
        (OSError("no space left"), True),
    ],
    ids=lambda one: type(one).__name__ if isinstance(one, Exception) else str(one),
)
def test_only_what_the_planned_absence_explains_is_told_to_nobody(
    folder: Path, service: Service, monkeypatch: pytest.MonkeyPatch, error: Exception, *, is_told: bool
) -> None:
    job = job_of(folder, service, MAINTENANCE=around_now())
    failing(job, error, monkeypatch)
    wait_until("a ping", lambda: any(not path.endswith("/start") for path in service.paths()))
    alarms = {one.cause for one in job.open_ledger().alarms()}
    job.close()

    assert any(path.endswith("/fail") for path in service.paths()) is is_told
    assert bool(alarms) is is_told


def test_without_maintenance_an_erp_that_is_away_is_told(
    folder: Path, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = job_of(folder, service)
    failing(job, ErpUnavailable("the ERP does not answer"), monkeypatch)
    wait_until("a ping", lambda: any(path.endswith("/fail") for path in service.paths()))
    causes = {one.cause for one in job.open_ledger().alarms()}
    job.close()

    assert "cycles fail" in causes


@pytest.mark.parametrize("is_planned", [True, False])
def test_a_damaged_ledger_is_told_within_it_too(folder: Path, service: Service, is_planned: bool) -> None:
    (folder / "ledger.db").write_bytes(b"no ledger at all")
    (folder / "generation").write_text("7\n", encoding="ascii")
    job = job_of(folder, service, MAINTENANCE=around_now() if is_planned else "")

    assert job.run_cycle(Slot(at=datetime.now(SEOUL))) is Outcome.FAILED
    wait_until("a ping", lambda: service.heard)
    job.close()

    assert any(path.endswith("/fail") for path in service.paths())
    assert list(spool.waiting(folder))


def test_who_watches_from_outside_hears_of_it_where_cycles_would_be(folder: Path, service: Service) -> None:
    job = job_of(folder, service, MAINTENANCE=around_now())
    job.open_ledger()

    job.chores()
    job.chores()
    wait_until("a ping", lambda: service.heard)
    job.close()

    assert len(service.heard) == 1
    with Ledger(folder, read_only=True) as found:
        assert [one["kind"] for one in found.incidents(datetime.now(SEOUL) - timedelta(days=2))].count("planned") == 1
