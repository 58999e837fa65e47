"""When the daily fresh start is due, and what it does next: on values alone, through every trick of the calendar."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hooks import recycle
from hooks.recycle import Act, Attempt, Options, State, is_fresh, missed, next_act, next_due
from worker.runtime.heartbeat import Heartbeat, Phase
from worker.runtime.process_identity import Identity

SEOUL = ZoneInfo("Asia/Seoul")
BERLIN = ZoneInfo("Europe/Berlin")
DAILY = Options()
OLD = Identity(pid=1, started=1, boot="b")
NEW = Identity(pid=2, started=2, boot="b")


def beat(identity: Identity, phase: Phase = Phase.WAITING) -> Heartbeat:
    return Heartbeat(identity=identity, phase=phase, patience=10, at=datetime.now(UTC), ticks=1.0)


def recycles(start: datetime, length: timedelta, wanted: Options, step: timedelta) -> list[datetime]:
    """Return when a guard that looks every `step` of real time would recycle, from a fresh start on."""
    zone = start.tzinfo
    assert zone is not None
    done: tuple[str, ...] = ()
    found = []
    begun = start.astimezone(UTC)
    moment, worker_since = begun, begun
    while moment < begun + length:
        now = moment.astimezone(zone)
        due = missed(now, wanted, done)
        if due is not None:
            done = (*done, due.date().isoformat())
            if not is_fresh(due, now, (moment - worker_since).total_seconds()):
                found.append(now)
                worker_since = moment
        moment += step
    return found


def test_a_week_has_seven_recycles_at_0555() -> None:
    found = recycles(datetime(2026, 9, 21, 12, tzinfo=SEOUL), timedelta(days=7), DAILY, timedelta(minutes=1))

    assert [f"{one:%a %H:%M}" for one in found] == [
        f"{day} 05:55" for day in ("Tue", "Wed", "Thu", "Fri", "Sat", "Sun", "Mon")
    ]


@pytest.mark.parametrize("start", [datetime(2026, 3, 28, 12, tzinfo=BERLIN), datetime(2026, 10, 24, 12, tzinfo=BERLIN)])
@pytest.mark.parametrize("at", [time(2, 30), time(2, 0), time(3, 0), time(5, 55)])
def test_the_change_of_the_clocks_recycles_once_a_day(start: datetime, at: time) -> None:
    found = recycles(start, timedelta(days=3), Options(at=at), timedelta(minutes=1))

    days = [one.date() for one in found]
    assert days == sorted(set(days))
    assert start.date() + timedelta(days=1) in days


@pytest.mark.parametrize("day", [date(2028, 2, 28), date(2026, 12, 31)])
def test_the_29th_of_february_and_the_years_end_are_days_like_others(day: date) -> None:
    found = recycles(datetime.combine(day, time(12), SEOUL), timedelta(days=2), DAILY, timedelta(minutes=1))

    assert [one.date() for one in found] == [day + timedelta(days=1), day + timedelta(days=2)]


def test_a_missed_recycle_is_made_up_once_unless_the_worker_was_started_since() -> None:
    now = datetime(2026, 11, 23, 9, 0, tzinfo=SEOUL)
    due = missed(now, DAILY, ())
    assert due == datetime(2026, 11, 23, 5, 55, tzinfo=SEOUL)
    assert due is not None

    assert not is_fresh(due, now, timedelta(hours=20).total_seconds())
    assert is_fresh(due, now, timedelta(hours=2).total_seconds())
    assert missed(now, DAILY, ("2026-11-23",)) is None


def test_many_missed_days_are_made_up_by_one() -> None:
    now = datetime(2026, 11, 23, 9, 0, tzinfo=SEOUL)
    due = missed(now, DAILY, ("2026-11-01",))
    assert due is not None

    assert due.date() == now.date()
    assert missed(now, DAILY, ("2026-11-01", due.date().isoformat())) is None


def test_a_clock_set_back_a_day_recycles_no_day_twice() -> None:
    dates = ("2026-11-22", "2026-11-23")

    assert missed(datetime(2026, 11, 22, 9, tzinfo=SEOUL), DAILY, dates) is None
    assert missed(datetime(2026, 11, 23, 9, tzinfo=SEOUL), DAILY, dates) is None
    assert missed(datetime(2026, 11, 24, 9, tzinfo=SEOUL), DAILY, dates) is not None


def test_a_clock_that_was_a_year_ahead_at_boot_stops_no_recycle_later() -> None:
    assert missed(datetime(2026, 11, 24, 9, tzinfo=SEOUL), DAILY, ("2027-11-23",)) is not None


@given(
    now=st.datetimes(min_value=datetime(2020, 1, 1), max_value=datetime(2040, 1, 1)),  # noqa: DTZ001
    zone=st.sampled_from(["Asia/Seoul", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC"]),
    at=st.times().map(lambda one: one.replace(second=0, microsecond=0)),
    days=st.frozensets(st.integers(0, 6), min_size=1),
)
def test_a_due_moment_is_past_and_on_a_wanted_day_and_the_next_one_is_to_come(
    now: datetime, zone: str, at: time, days: frozenset[int]
) -> None:
    moment = now.replace(tzinfo=ZoneInfo(zone))
    wanted = Options(at=at, days=days)

    due = missed(moment, wanted, ())
    coming = next_due(moment, wanted, ())

    assert due is not None
    assert due.timestamp() <= moment.timestamp() < coming.timestamp()
    assert due.weekday() in days
    assert coming.weekday() in days
    assert missed(moment, wanted, (due.date().isoformat(),)) is None


DUE = datetime(2026, 11, 23, 5, 55, tzinfo=SEOUL)
WAITING = Attempt(due=DUE, since=0.0)
ASKED = Attempt(due=DUE, since=0.0, asked=10.0, times=1, before=OLD)


@pytest.mark.parametrize(
    ("attempt", "worker", "seen", "ticks", "act"),
    [
        (WAITING, None, None, 0.0, Act.NO_WORKER),
        (WAITING, OLD, beat(OLD), 0.0, Act.ASK),
        (WAITING, OLD, beat(OLD, Phase.WAITING_FOR_ERP), 0.0, Act.ASK),
        (WAITING, OLD, beat(OLD, Phase.SAVING), 599.0, Act.WAIT),
        (WAITING, OLD, beat(OLD, Phase.SAVING), 601.0, Act.ASK),
        (WAITING, OLD, None, 0.0, Act.WAIT),
        (ASKED, OLD, beat(OLD, Phase.SAVING), 100.0, Act.WAIT),
        (ASKED, OLD, beat(OLD, Phase.SAVING), 111.0, Act.ASK_AGAIN),
        (replace(ASKED, times=2), OLD, beat(OLD), 111.0, Act.KILL),
        (ASKED, None, None, 500.0, Act.WAIT),
        (ASKED, NEW, None, 20.0, Act.WAIT),
        (ASKED, NEW, None, 171.0, Act.LATE),
        (replace(ASKED, told=True), NEW, None, 171.0, Act.WAIT),
        (ASKED, NEW, beat(NEW), 20.0, Act.DONE),
    ],
)
def test_what_a_recycle_does_next(
    attempt: Attempt, worker: Identity | None, seen: Heartbeat | None, ticks: float, act: Act
) -> None:
    assert next_act(attempt, worker=worker, beat=seen, fresh=False, ticks=ticks, wait=600.0) is act


def test_a_fresh_worker_is_not_recycled() -> None:
    act = next_act(WAITING, worker=NEW, beat=beat(NEW), fresh=True, ticks=0.0, wait=600.0)

    assert act is Act.NOT_NEEDED


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ({}, Options()),
        ({"at": "04:30", "days": "mon-fri", "wait": "5"}, Options(at=time(4, 30), days=frozenset(range(5)), wait=300)),
        ({"days": "sat-mon,wed"}, Options(days=frozenset({5, 6, 0, 2}))),
    ],
)
def test_options_are_read(written: dict[str, str], wanted: Options) -> None:
    assert recycle.options(written) == (wanted, [])


@pytest.mark.parametrize(
    "written", [{"at": "25:00"}, {"at": "5:55"}, {"days": "workdays"}, {"days": "mon-"}, {"wait": "-1"}]
)
def test_a_wrong_option_is_named_and_its_default_used(written: dict[str, str]) -> None:
    chosen, problems = recycle.options(written)

    assert chosen == Options()
    assert len(problems) == 1


def test_the_state_is_kept_and_a_damaged_file_counts_as_none(tmp_path: Path) -> None:
    path = tmp_path / "recycle.json"
    state = State(dates=("2026-11-23",), due="d", asked="a", done="o", before=(1, 2, "b"), after=3, seconds=1.5)
    recycle.save(path, state)
    assert recycle.load(path) == state

    path.write_text("[1, 2")

    assert recycle.load(path) == State()
