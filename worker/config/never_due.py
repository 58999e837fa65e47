"""Times that are right each by itself and leave a day without any cycle when they stand together."""

from worker.config.schedule_settings import ScheduleSettings
from worker.i18n import message

_DAY = 24 * 60


def why(schedule: ScheduleSettings) -> list[str]:
    """Say which of them leave a day no cycle. What falls into maintenance is due at its end, on the same day."""
    away = {minute for window in schedule.maintenance for minute in window.minutes}
    problems: list[str] = []
    if not any((schedule.hours_mon_fri, schedule.hours_sat, schedule.hours_sun)) and schedule.days_off_cycle is None:
        problems.append(
            message(
                "HOURS_MON_FRI, HOURS_SAT, HOURS_SUN and DAYS_OFF_CYCLE are all empty, so no cycle is ever due: write "
                "hours, such as HOURS_MON_FRI = 06:00-18:00"
            )
        )
    hours = {"HOURS_MON_FRI": schedule.hours_mon_fri, "HOURS_SAT": schedule.hours_sat, "HOURS_SUN": schedule.hours_sun}
    problems += [
        message(
            "{name} begins and ends between two times of INTERVAL_MIN={minutes}, so no cycle is due then: write hours "
            "that hold one, such as 06:00-18:00",
            name=name,
            minutes=str(schedule.interval_min),
        )
        for name, found in hours.items()
        if found is not None and not _slots(found, schedule.interval_min)
    ]
    week = (*("HOURS_MON_FRI",) * 5, "HOURS_SAT", "HOURS_SUN")
    if any(
        (minutes := _slots(found, schedule.interval_min)) and _are_away(minutes, weekday, away)
        for weekday, name in enumerate(week)
        if (found := hours[name]) is not None
    ):
        problems.append(
            message(
                "MAINTENANCE covers all business hours of a weekday, so no cycle is due then: write the hours in which "
                "the ERP is away"
            )
        )
    noon = schedule.days_off_cycle
    # A day of the week on which the ERP is away may be a day off; not every day of it.
    if noon is not None and all(
        _are_away(range(noon.hour * 60 + noon.minute, _DAY), weekday, away) for weekday in range(7)
    ):
        problems.append(
            message(
                "MAINTENANCE lasts from DAYS_OFF_CYCLE={at} to the end of every day, so no cycle is due on days off: "
                "write a time before it",
                at=f"{noon:%H:%M}",
            )
        )
    return problems


def _slots(hours: tuple[int, int], interval: int) -> range:
    """Return the minutes from the first slot of a day's hours to their end; none where no slot lies in them."""
    first, end = hours
    return range(first + -first % interval, end)


def _are_away(minutes: range, weekday: int, away: set[int]) -> bool:
    return all(weekday * _DAY + minute in away for minute in minutes)
