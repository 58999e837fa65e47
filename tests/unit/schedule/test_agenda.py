"""The schedule of the coming days, as `daybreak schedule` shows it, and holidays that nobody knows yet."""

from collections.abc import Mapping
from datetime import date, time

import pytest

from tests.fakes import Plan
from worker.config.public_holidays import holidays_of
from worker.i18n.language import Language
from worker.schedule import agenda, calendar
from worker.schedule.agenda import Day


def two_weeks(first: date, plan: Plan | None = None, language: Language = Language.EN) -> dict[str, Day]:
    return {f"{one.day}": one for one in agenda.days(first, 14, plan or Plan(), language)}


def test_a_work_day_has_its_hours_and_the_number_of_its_cycles() -> None:
    found = two_weeks(date(2026, 11, 23))

    assert (found["2026-11-23"].hours, found["2026-11-23"].slots, found["2026-11-23"].off) == ("06:00-18:00", 24, False)
    assert (found["2026-11-28"].hours, found["2026-11-28"].slots) == ("06:00-14:00", 16)
    assert sum(one.slots for one in found.values()) == 2 * 136


def test_a_holiday_has_its_name_in_the_language_of_the_reader() -> None:
    english, korean = (two_weeks(date(2026, 9, 21), language=language) for language in Language)

    assert english["2026-09-25"].name == "Chuseok"
    assert korean["2026-09-25"].name == "추석"
    assert english["2026-09-25"].off
    assert (english["2026-09-25"].slots, english["2026-09-25"].only_if_stale) == (0, "12:00")


def test_days_that_were_added_or_taken_away_say_so() -> None:
    plan = Plan(
        extra_days_off=frozenset({date(2026, 11, 24)}),
        extra_days_on=frozenset({date(2026, 11, 29)}),
        days_off_cycle=None,
        days_off_after_h=48,
    )

    found = two_weeks(date(2026, 11, 23), plan)

    assert (found["2026-11-24"].off, found["2026-11-24"].name) == (True, "off by EXTRA_DAYS_OFF")
    assert found["2026-11-24"].only_if_stale == ""
    assert (found["2026-11-29"].off, found["2026-11-29"].name) == (False, "on by EXTRA_DAYS_ON")
    assert (found["2026-11-29"].hours, found["2026-11-29"].slots) == ("06:00-18:00", 24)
    assert (found["2026-12-06"].off, found["2026-12-06"].name) == (True, "day off")


def test_a_row_of_the_table_reads_well_in_both_languages() -> None:
    sunday = next(agenda.days(date(2026, 11, 29), 1, Plan(days_off_cycle=time(11, 45)), Language.EN))

    assert agenda.cells(sunday, Language.EN) == ("2026-11-29", "Sun", "day off", "", "11:45 if needed")
    assert agenda.cells(sunday, Language.KO)[1:] == ("일", "day off", "", "필요 시 11:45")


def test_the_demo_is_open_at_any_hour() -> None:
    found = two_weeks(date(2026, 9, 21), Plan(demo=True))["2026-09-25"]

    assert (found.off, found.name, found.hours, found.slots) == (False, "", "00:00-24:00", 24 * 60)


@pytest.mark.parametrize(
    ("today", "last_known", "unknown"),
    [
        (date(2026, 11, 1), 2026, None),
        (date(2026, 11, 2), 2026, 2027),
        (date(2026, 12, 31), 2027, None),
        (date(2027, 1, 1), 2026, 2027),
    ],
)
def test_a_year_without_holidays_is_noticed_sixty_days_before(
    today: date, last_known: int, unknown: int | None
) -> None:
    def known(year: int) -> Mapping[date, str]:
        return holidays_of(2026) if year <= last_known else {date(year, 1, 1): "신정연휴"}

    assert calendar.unknown_year(today, known) == unknown


def test_a_day_of_the_demo_counts_as_many_cycles_as_there_are() -> None:
    plan, day = Plan(demo=True), date(2026, 9, 21)

    assert two_weeks(day, plan)[f"{day}"].slots == len(list(calendar.slots(day, plan)))


def test_the_installed_library_knows_the_years_that_matter() -> None:
    assert calendar.unknown_year(date(2026, 11, 23)) is None
    assert calendar.unknown_year(date(2100, 12, 1)) == 2101
