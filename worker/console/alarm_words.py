"""The texts of the page of one alarm."""

from worker.alerts.cause import Screen
from worker.i18n.words import Words

WORDS = {
    "alarm": Words("Alarm"),
    "alarm_happened": Words("What happened"),
    "alarm_since": Words("Since"),
    "alarm_latest": Words("Last sign"),
    "alarm_times": Words("How often"),
    "alarm_over": Words("Over since"),
    "alarm_is_open": Words("This alarm is open"),
    "alarm_is_over": Words("This alarm is over"),
    "alarm_done": Words("What the system did by itself"),
    "alarm_todo": Words("What you should do"),
    "alarm_told": Words("Who is told"),
}

#: Where a problem is seen beside the page of its alarm.
LOOK = {
    Screen.WAITING: Words("See what waits"),
    Screen.REPORT: Words("See the report of the day"),
    Screen.SCHEDULE: Words("See the schedule"),
}
