"""When a report is due, and about what: pure."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time

import pytest

from tests.fakes import Plan
from tests.unit.schedule.test_loop import at
from worker.reports import due
from worker.reports.due import Due


@dataclass(frozen=True, slots=True, kw_only=True)
class Times(Plan):
    summary_mon_fri: time | None = time(17, 45)
    summary_sat: time | None = time(14, 15)
    weekly_at: time | None = time(6)


#: A ledger that has been there for months, and the reports that are not looked at here.
OLD = at("2026-01-02 06:00")
WRITTEN = frozenset({"weekly 2026W46", "weekly 2026W47", "monthly 2026-10"})


def daily(
    now: str, *keys: str, quiet: Collection[str] = (), beginning: datetime = OLD, times: Times | None = None
) -> list[Due]:
    told = {*WRITTEN, *(f"daily {key}" for key in keys)}
    silent = {f"daily {key}" for key in quiet}
    return due.due(at(now), times or Times(), keys=told, quiet=silent, beginning=beginning)


def test_a_work_days_summary_is_due_at_its_time_and_not_before() -> None:
    assert daily("2026-11-18 17:44", "2026-11-17") == []

    (found,) = daily("2026-11-18 17:45", "2026-11-17")

    assert found.key == "daily 2026-11-18"
    assert (found.since, found.until) == (at("2026-11-17 17:45"), at("2026-11-18 17:45"))
    assert not found.only_if_eventful


def test_a_summary_that_was_written_is_not_due_again() -> None:
    assert daily("2026-11-18 17:45", "2026-11-17", "2026-11-18") == []
    assert daily("2026-11-19 09:00", "2026-11-17", "2026-11-18") == []


def test_saturdays_come_earlier() -> None:
    assert daily("2026-11-21 14:14", "2026-11-20") == []
    (found,) = daily("2026-11-21 14:15", "2026-11-20")

    assert (found.key, found.until) == ("daily 2026-11-21", at("2026-11-21 14:15"))
    assert not found.only_if_eventful


@pytest.mark.parametrize("clock", ["12:00", "17:45", "20:00"])
def test_a_changed_time_leaves_nothing_between_two_summaries(clock: str) -> None:
    told = {"daily 2026-11-17": at("2026-11-17 17:45")}
    keys = {*WRITTEN, "daily 2026-11-17"}
    times = Times(summary_mon_fri=time.fromisoformat(clock))

    (found,) = due.due(at(f"2026-11-18 {clock}"), times, keys=keys, beginning=OLD, told=told)

    assert (found.since, found.until) == (at("2026-11-17 17:45"), at(f"2026-11-18 {clock}"))


def test_what_was_missed_is_made_up_once_and_tells_all_since_the_last_one() -> None:
    (found,) = daily("2026-11-19 08:00", "2026-11-13")

    assert found.key == "daily 2026-11-18"
    assert (found.since, found.until) == (at("2026-11-13 17:45"), at("2026-11-18 17:45"))


def test_a_day_off_tells_only_what_happened() -> None:
    (found,) = daily("2026-11-22 18:00", "2026-11-21")

    assert (found.key, found.only_if_eventful) == ("daily 2026-11-22", True)
    assert found.since == at("2026-11-21 14:15")
    assert daily("2026-11-22 18:00", "2026-11-21", quiet=["2026-11-22"]) == []


def test_what_a_quiet_day_off_did_not_tell_counts_in_the_next_summary() -> None:
    (found,) = daily("2026-11-23 17:45", "2026-11-21", quiet=["2026-11-22"])

    assert (found.key, found.since) == ("daily 2026-11-23", at("2026-11-21 14:15"))


def test_a_work_day_that_was_missed_comes_before_the_day_off_after_it() -> None:
    missed, off = daily("2026-11-22 18:00", "2026-11-20")

    assert (missed.key, missed.since) == ("daily 2026-11-21", at("2026-11-20 17:45"))
    assert off.key == "daily 2026-11-22"
    (then,) = daily("2026-11-22 18:00", "2026-11-20", "2026-11-21")
    assert then.since == at("2026-11-21 14:15")


def test_of_a_row_of_days_off_only_the_newest_is_asked() -> None:
    """The lunar new year of 2026: Monday 16 to Wednesday 18 February."""
    keys = {"daily 2026-02-14", "weekly 2026W07", "weekly 2026W06", "monthly 2026-01"}

    (found,) = due.due(at("2026-02-18 20:00"), Times(), keys=keys, beginning=OLD)

    assert (found.key, found.only_if_eventful) == ("daily 2026-02-18", True)
    assert found.since == at("2026-02-14 14:15")
    quiet = {"daily 2026-02-18"}
    assert due.due(at("2026-02-18 20:00"), Times(), keys=keys, quiet=quiet, beginning=OLD) == []


def test_a_ledger_that_is_younger_than_the_time_has_nothing_to_tell() -> None:
    assert daily("2026-11-18 18:00", beginning=at("2026-11-18 17:50")) == []
    assert due.due(at("2026-11-18 18:00"), Times(), keys=(), beginning=None) == []


def test_the_first_summary_begins_with_its_day() -> None:
    (found,) = daily("2026-11-18 18:00", beginning=at("2026-11-18 09:00"))

    assert found.since == at("2026-11-18 00:00")


@pytest.mark.parametrize(("now", "day"), [("2026-11-18 18:00", "Wed"), ("2026-11-21 18:00", "Sat")])
def test_an_empty_setting_means_never(now: str, day: str) -> None:
    times = Times(summary_mon_fri=None, summary_sat=None, weekly_at=None)

    assert due.due(at(now), times, keys=(), beginning=OLD) == [], day


def test_the_week_is_told_on_monday_at_six_or_later_that_week() -> None:
    keys = {"daily 2026-11-21", "weekly 2026W46", "monthly 2026-10"}
    assert due.due(at("2026-11-23 05:59"), Times(), keys=keys, quiet={"daily 2026-11-22"}, beginning=OLD) == []

    for now in ("2026-11-23 06:00", "2026-11-23 09:00"):
        (found,) = due.due(at(now), Times(), keys=keys, quiet={"daily 2026-11-22"}, beginning=OLD)
        assert found.key == "weekly 2026W47"
        assert (found.since, found.until) == (at("2026-11-16 00:00"), at("2026-11-23 00:00"))


def test_the_month_is_told_on_its_first_work_day() -> None:
    """1 January is a holiday, 3 January 2027 a Sunday: Monday the 4th."""
    keys = {"daily 2026-12-31", "daily 2027-01-02", "weekly 2026W52", "weekly 2026W53", "monthly 2026-11"}
    quiet = {"daily 2027-01-03"}

    assert due.due(at("2027-01-04 05:59"), Times(), keys=keys, quiet=quiet, beginning=OLD) == []
    (found,) = due.due(at("2027-01-04 06:00"), Times(), keys=keys, quiet=quiet, beginning=OLD)

    assert (found.key, found.day) == ("monthly 2026-12", date(2026, 12, 1))
    assert (found.since, found.until) == (at("2026-12-01 00:00"), at("2027-01-01 00:00"))


def test_a_week_has_the_year_that_holds_most_of_it() -> None:
    assert due.week_name(date(2026, 12, 28)) == "2026W53"
    assert due.week_name(date(2025, 12, 29)) == "2026W01"
