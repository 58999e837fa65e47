"""MAINTENANCE: what it takes, what it refuses, and the times that it means."""

from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes import SEOUL
from worker.config import loading
from worker.config.maintenance import DAYS, Silence, Window, read, silences

#: A Monday.
MONDAY = date(2026, 11, 30)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, 30, hour, minute, tzinfo=SEOUL) + timedelta(days=day)


def spans(text: str, day: int) -> list[tuple[datetime, datetime]]:
    return [(one.since, one.until) for one in silences(read(text), MONDAY + timedelta(days=day), SEOUL)]


def test_one_window_a_week() -> None:
    assert spans("sun 02:00-06:00", 6) == [(at(6, 2), at(6, 6))]
    assert spans("sun 02:00-06:00", 0) == []


@pytest.mark.parametrize("text", ["sun 02:00-06:00; mon 12:00-12:30", "sun 02:00-06:00, MON 12:00-12:30,"])
def test_several_windows_with_commas_or_semicolons(text: str) -> None:
    assert spans(text, 0) == [(at(0, 12), at(0, 12, 30))]
    assert spans(text, 6) == [(at(6, 2), at(6, 6))]


def test_days_in_a_row_days_with_commas_and_every_day() -> None:
    assert {one.weekday for one in read("fri-mon 01:00-02:00")} == {4, 5, 6, 0}
    assert {one.weekday for one in read("mon,wed,fri 01:00-02:00")} == {0, 2, 4}
    assert len(read("01:00-02:00")) == 7


def test_a_window_over_midnight_touches_both_days() -> None:
    night = (at(6, 23, 30), at(7, 1))

    assert spans("sun 23:30-01:00", 6) == [night]
    assert spans("sun 23:30-01:00", 7) == [night]


def test_windows_that_meet_are_one_silence() -> None:
    assert spans("sat 22:00-24:00; sun 00:00-02:00; sun 01:00-03:00", 6) == [(at(5, 22), at(6, 3))]


@pytest.mark.parametrize(
    "text",
    [
        "sunday 02:00-06:00", "sun", "sun 2:00-6:00", "sun 02:00", "sun 02:00-06:00 x", "sun 25:00-26:00", "sun-",
        "x-y 01:00-02:00", "sun 02:60-03:00", "sun 02:00-02:00", "sun 24:00-01:00",
        "sun 02:00-06:00 mon 02:00-06:00",
    ],
)  # fmt: skip
def test_what_is_no_window_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"write it like|two different times"):
        read(text)


def test_a_whole_week_is_refused() -> None:
    with pytest.raises(ValueError, match="whole week"):
        read("00:00-24:00")
    assert len(read("mon-sat 00:00-24:00")) == 6


def test_empty_means_none() -> None:
    assert read("") == read(" , ;") == ()


@given(
    st.lists(
        st.tuples(st.integers(0, 6), st.integers(0, 1439), st.integers(1, 1440)).map(
            lambda one: Window(weekday=one[0], first=one[1], end=one[1] + one[2])
        ),
        max_size=4,
    ),
    st.integers(0, 13),
    st.integers(0, 1439),
)
def test_a_minute_is_silent_if_a_window_covers_it(windows: list[Window], day: int, minute: int) -> None:
    moment = datetime(2026, 11, 30, tzinfo=SEOUL) + timedelta(days=day, minutes=minute)
    of_week = (moment.weekday() * 1440 + minute) % 10080

    found: tuple[Silence, ...] = silences(tuple(windows), moment.date(), SEOUL)

    assert any(one.holds(moment) for one in found) == any(of_week in one.minutes for one in windows)
    assert all(one.until < other.since for one, other in pairwise(found))


def test_days_are_named_as_the_guards_name_them() -> None:
    from hooks import recycle

    assert DAYS == recycle.DAYS


@pytest.mark.parametrize(
    ("text", "is_refused"),
    [
        ("06:00-18:00", True),
        ("18:00-06:00", False),
        ("tue 00:00-12:00; tue 12:00-24:00", True),
        ("sat 05:00-14:00", True),
        ("sun 00:00-24:00", False),
        # No slot is before 06:00 or after 17:30, and one is due where maintenance ends in business hours.
        ("mon 06:00-17:59", False),
        ("mon 06:01-18:00", False),
    ],
)
def test_maintenance_that_leaves_a_weekday_no_cycle_is_refused(folder: Path, text: str, *, is_refused: bool) -> None:
    _, problems = loading.checked({"DATA_DIR": str(folder), "MAINTENANCE": text})

    assert any("covers all business hours" in one for one in problems) is is_refused, problems


def test_maintenance_from_before_the_first_slot_on_is_refused(folder: Path) -> None:
    values = {"DATA_DIR": str(folder), "HOURS_MON_FRI": "06:05-18:00", "MAINTENANCE": "06:10-18:00"}

    assert any("covers all business hours" in one for one in loading.checked(values)[1])


@pytest.mark.parametrize(
    ("text", "is_refused"),
    [
        ("11:00-24:00", True),
        ("12:00-02:00", True),
        ("11:00-18:00; 18:00-03:00", True),
        ("11:00-23:59", False),
        ("12:01-24:00", False),
        # On a holiday of another weekday it is due.
        ("sun 00:00-24:00", False),
    ],
)
def test_maintenance_that_leaves_no_day_off_its_cycle_is_refused(folder: Path, text: str, *, is_refused: bool) -> None:
    closed = dict.fromkeys(("HOURS_MON_FRI", "HOURS_SAT", "HOURS_SUN"), "")
    _, problems = loading.checked({"DATA_DIR": str(folder), "MAINTENANCE": text, **closed})

    assert any("so no cycle is due on days off" in one for one in problems) is is_refused, problems


@pytest.mark.parametrize(
    ("hours", "interval", "is_refused"),
    [
        ("09:10-09:50", "60", True),
        ("09:10-10:00", "60", True),
        ("09:10-10:01", "60", False),
        ("09:10-09:50", "30", False),
    ],
)
def test_hours_that_hold_no_time_of_a_cycle_are_refused(
    folder: Path, hours: str, interval: str, *, is_refused: bool
) -> None:
    _, problems = loading.checked({"DATA_DIR": str(folder), "HOURS_SAT": hours, "INTERVAL_MIN": interval})

    assert any(one.startswith("HOURS_SAT begins and ends between") for one in problems) is is_refused, problems
