"""When cycles are due."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes import Plan
from worker.config.public_holidays import holidays_of
from worker.schedule import calendar
from worker.schedule.calendar import Slot, is_day_off, is_open, last_slot, next_slot, open_time, slots

SEOUL = ZoneInfo("Asia/Seoul")
NEW_YORK = ZoneInfo("America/New_York")

#: A Monday.
MONDAY = date(2026, 1, 12)
SATURDAY, SUNDAY = MONDAY + timedelta(days=5), MONDAY + timedelta(days=6)


def at(text: str, zone: ZoneInfo = SEOUL) -> datetime:
    """Return a local time such as `2026-01-12 06:00`."""
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def times(day: date, plan: Plan | None = None) -> list[str]:
    """Return the slots of a day as `HH:MM`, those that run only if stale with a question mark."""
    return [f"{slot.at:%H:%M}{'?' if slot.only_if_stale else ''}" for slot in slots(day, plan or Plan())]


def test_a_week_has_136_slots() -> None:
    week = [len(times(MONDAY + timedelta(days=day))) for day in range(6)]

    assert week == [24, 24, 24, 24, 24, 16]
    assert sum(week) == 136


def test_slots_are_aligned_to_the_clock_and_the_end_is_not_one() -> None:
    assert times(MONDAY)[:3] == ["06:00", "06:30", "07:00"]
    assert times(MONDAY)[-1] == "17:30"
    assert times(SATURDAY)[-1] == "13:30"


def test_hours_that_begin_between_two_slots_begin_with_the_later_one() -> None:
    assert times(MONDAY, Plan(hours_mon_fri=(6 * 60 + 10, 7 * 60 + 1))) == ["06:30", "07:00"]


@pytest.mark.parametrize(("minutes", "count"), [(1, 720), (10, 72), (20, 36), (60, 12)])
def test_the_interval_can_be_chosen(minutes: int, count: int) -> None:
    assert len(times(MONDAY, Plan(interval_min=minutes))) == count


def test_a_day_can_end_at_midnight() -> None:
    assert times(MONDAY, Plan(hours_mon_fri=(23 * 60, 24 * 60))) == ["23:00", "23:30"]


def test_sunday_has_only_the_cycle_that_runs_if_the_last_reading_is_old() -> None:
    assert times(SUNDAY) == ["12:00?"]
    assert times(SUNDAY, Plan(days_off_cycle=None)) == []


def test_new_years_days_are_off_by_the_moon_with_their_cycle_at_noon() -> None:
    week = {f"{date(2026, 2, day):%a %d}": times(date(2026, 2, day)) for day in range(14, 20)}

    assert week == {
        "Sat 14": times(SATURDAY),
        "Sun 15": ["12:00?"],
        "Mon 16": ["12:00?"],
        "Tue 17": ["12:00?"],
        "Wed 18": ["12:00?"],
        "Thu 19": times(MONDAY),
    }


def test_a_substitute_holiday_is_off() -> None:
    assert is_day_off(date(2026, 3, 2), Plan())  # for Sunday, 1 March


def test_dates_can_be_taken_off_and_put_on() -> None:
    plan = Plan(extra_days_off=frozenset({MONDAY}), extra_days_on=frozenset({date(2026, 2, 17), SUNDAY}))

    assert times(MONDAY, plan) == ["12:00?"]
    assert len(times(date(2026, 2, 17), plan)) == 24
    assert len(times(SUNDAY, plan)) == 24  # it has no hours of its own
    assert times(SUNDAY + timedelta(days=7), plan) == ["12:00?"]


def test_a_date_on_both_lists_is_worked() -> None:
    plan = Plan(extra_days_off=frozenset({MONDAY}), extra_days_on=frozenset({MONDAY}))

    assert not is_day_off(MONDAY, plan)


def test_a_saturday_that_is_put_on_keeps_its_own_hours() -> None:
    holiday = date(2026, 8, 15)  # a Saturday

    assert times(holiday) == ["12:00?"]
    assert times(holiday, Plan(extra_days_on=frozenset({holiday}))) == times(SATURDAY)


def test_the_demo_runs_every_minute_of_every_day() -> None:
    assert len(times(SUNDAY, Plan(demo=True))) == 24 * 60
    assert is_open(at("2026-02-17 03:33"), Plan(demo=True))


@pytest.mark.parametrize(
    ("now", "coming"),
    [
        ("2026-01-12 05:59:59", "2026-01-12 06:00"),
        ("2026-01-12 06:00:00", "2026-01-12 06:30"),
        ("2026-01-12 17:30:00", "2026-01-13 06:00"),
        ("2026-01-16 18:00:00", "2026-01-17 06:00"),
        ("2026-01-17 13:30:00", "2026-01-18 12:00"),
        ("2026-01-18 12:00:00", "2026-01-19 06:00"),
    ],
)
def test_the_next_slot_comes_strictly_after(now: str, coming: str) -> None:
    found = next_slot(at(now), Plan())

    assert found is not None
    assert found.at == at(coming)


def test_the_last_slot_may_be_this_very_moment() -> None:
    assert last_slot(at("2026-01-12 06:30"), Plan()) == Slot(at=at("2026-01-12 06:30"))
    assert last_slot(at("2026-01-12 06:29:59"), Plan()) == Slot(at=at("2026-01-12 06:00"))
    assert last_slot(at("2026-01-12 05:00"), Plan()) == Slot(at=at("2026-01-11 12:00"), only_if_stale=True)


def test_a_plan_without_any_hours_has_no_slot_at_all() -> None:
    never = Plan(hours_mon_fri=None, hours_sat=None, days_off_cycle=None)

    assert next_slot(at("2026-01-12 06:00"), never) is None
    assert last_slot(at("2026-01-12 06:00"), never) is None
    assert not is_open(at("2026-01-12 06:00"), never)


@pytest.mark.parametrize(
    ("now", "is_it"),
    [
        ("2026-01-12 05:59:59", False),
        ("2026-01-12 06:00:00", True),
        ("2026-01-12 17:59:59", True),
        ("2026-01-12 18:00:00", False),
        ("2026-01-17 13:59:59", True),
        ("2026-01-17 14:00:00", False),
        ("2026-01-18 12:00:00", False),
        ("2026-02-17 12:00:00", False),
    ],
)
def test_business_hours_end_on_the_minute(now: str, is_it: bool) -> None:
    assert is_open(at(now), Plan()) is is_it


def test_the_plans_zone_counts_not_the_zone_of_the_question() -> None:
    moment = at("2026-01-12 06:00").astimezone(UTC)  # still Sunday there

    assert is_open(moment, Plan())
    assert next_slot(moment, Plan()) == Slot(at=at("2026-01-12 06:30"))


def test_korea_has_no_summer_time() -> None:
    offsets = {slot.at.utcoffset() for day in (MONDAY, date(2026, 7, 13)) for slot in slots(day, Plan())}

    assert offsets == {timedelta(hours=9)}


@pytest.mark.parametrize("day", [date(2026, 3, 8), date(2026, 11, 1)], ids=["spring forward", "fall back"])
def test_where_there_is_summer_time_business_hours_keep_the_local_clock(day: date) -> None:
    plan = Plan(zone=NEW_YORK, hours_sun=(6 * 60, 18 * 60))
    before_dawn = datetime.combine(day, time(0, 30), NEW_YORK)

    first = next_slot(before_dawn, plan)

    assert times(day, plan) == times(MONDAY)
    assert first is not None
    assert first.at == datetime.combine(day, time(6), NEW_YORK)


@settings(derandomize=True, database=None, deadline=None, max_examples=30)
@given(st.datetimes(min_value=datetime(2025, 1, 1), max_value=datetime(2027, 12, 1)))  # noqa: DTZ001 - the zone follows
def test_the_next_slot_of_the_last_slot_lies_ahead(moment: datetime) -> None:
    now = moment.replace(tzinfo=SEOUL)

    last, coming = last_slot(now, Plan()), next_slot(now, Plan())

    assert last is not None
    assert coming is not None
    assert last.at <= now < coming.at
    assert next_slot(last.at, Plan()) == coming


def test_the_calendar_is_the_countrys_that_was_chosen() -> None:
    german = Plan(holidays="DE")

    assert calendar.is_day_off(date(2026, 12, 25), german)
    assert not calendar.is_day_off(date(2026, 5, 5), german)
    assert calendar.is_day_off(date(2026, 5, 5), Plan())
    assert date(2026, 1, 6) in holidays_of(2026, country="DE-BY")
    assert date(2026, 1, 6) not in holidays_of(2026, country="DE")


@pytest.mark.parametrize(
    ("since", "until", "hours"),
    [
        ("2026-01-12 10:00", "2026-01-12 14:30", 4.5),
        ("2026-01-12 03:00", "2026-01-12 07:00", 1),
        ("2026-01-12 17:00", "2026-01-13 07:30", 2.5),
        ("2026-01-16 17:00", "2026-01-19 07:00", 10),  # over a Saturday of eight hours and a Sunday of none
        ("2026-01-12 10:00", "2026-01-12 09:00", 0),
        ("2026-02-13 17:00", "2026-02-19 06:30", 9.5),  # over the holidays of the lunar new year
    ],
)
def test_open_time_counts_business_hours_alone(since: str, until: str, hours: float) -> None:
    assert open_time(at(since), at(until).astimezone(UTC), Plan()) == timedelta(hours=hours)


def test_open_time_goes_back_sixty_days_at_most_and_counts_all_of_a_demo() -> None:
    assert open_time(at("0002-01-12 10:00"), at("2026-01-12 10:00"), Plan()) < timedelta(days=60)
    assert open_time(at("2026-01-11 00:00"), at("2026-01-12 00:00"), Plan(demo=True)) == timedelta(days=1)
