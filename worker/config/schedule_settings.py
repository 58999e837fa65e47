"""The settings about time: the zone, business hours, days off, when cycles are due and reports are mailed."""

import re
from collections.abc import Mapping
from datetime import date, time
from functools import cached_property
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator

from worker.config import day_overrides
from worker.config.day_overrides import DayOverride
from worker.config.fields import Clock, Dates, Hours, Windows
from worker.config.group import Group
from worker.config.public_holidays import holidays_of
from worker.i18n import message
from worker.runtime import clock


class ScheduleSettings(Group):
    """What makes a work day, and the schedule in it: a `Plan` of worker/schedule/calendar.py."""

    tz: str = "Asia/Seoul"
    interval_min: Annotated[int, Field(ge=1, le=60)] = 30
    hours_mon_fri: Hours = (6 * 60, 18 * 60)
    hours_sat: Hours = (6 * 60, 14 * 60)
    hours_sun: Hours = None
    extra_days_off: Dates = frozenset()
    extra_days_on: Dates = frozenset()
    #: Whose public holidays are days off: a country, or one of its parts (ISO 3166, such as KR or DE-BY).
    holidays: str = "KR"
    days_off_cycle: Clock = time(12)
    days_off_after_h: Annotated[int, Field(ge=1, le=240)] = 48
    #: When the ERP is planned to be away: no cycle is due then, and nobody is told that it does not answer.
    maintenance: Windows = ()

    #: When the summary of a day is mailed, and the reports of week and month; None: not at all.
    summary_mon_fri: Clock = time(17, 45)
    summary_sat: Clock = time(14, 15)
    weekly_at: Clock = time(6)

    #: In demo mode a cycle is due every minute of every day.
    demo: bool = False
    #: The data folder, where operators' words about single days are kept.
    data_dir: Path

    @field_validator("tz")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except Exception as error:
            raise ValueError(message("it is no time zone; write one like Asia/Seoul")) from error
        if re.fullmatch(r"(Etc/)?GMT[+-]\d+", value):
            hours = -int(value.rpartition("GMT")[2])
            raise ValueError(
                message(
                    "these names count the other way round, so it is UTC{hours}; write a place, such as Asia/Seoul",
                    hours=f"{hours:+d}",
                )
            )
        return value

    @field_validator("holidays")
    @classmethod
    def _known_country(cls, value: str) -> str:
        if value != "KR":
            try:
                if not re.fullmatch(r"[A-Z]{2,3}(-[A-Z0-9]{1,3})?", value):
                    raise NotImplementedError
                holidays_of(clock.wall(ZoneInfo("UTC")).year, country=value)
            except NotImplementedError as error:
                raise ValueError(message("it is no country of the calendar; write its code, such as KR")) from error
        return value

    @field_validator("interval_min")
    @classmethod
    def _divides_the_hour(cls, value: int) -> int:
        if 60 % value:
            raise ValueError(message("it must divide 60 evenly: 1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30 or 60"))
        return value

    @cached_property
    def zone(self) -> ZoneInfo:
        """The zone of schedule, logs and reports."""
        return ZoneInfo(self.tz)

    @property
    def days_by_hand(self) -> Mapping[date, DayOverride]:
        """What operators said of single days, as it stands now."""
        return day_overrides.read(self.data_dir)
