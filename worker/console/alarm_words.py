"""The texts of the screen 알림."""

from worker.alerts.cause import Screen
from worker.config.channels import Channel
from worker.i18n.words import Words

WORDS = {
    "alarm_screen": Words("Alarms"),
    "open_alarms": Words("Open"),
    "no_open_alarms": Words("No alarm is open."),
    "past_alarms": Words("Past"),
    "no_past_alarms": Words("There was none yet."),
    "alarm": Words("Alarm"),
    "alarm_back": Words("All alarms"),
    "alarm_since": Words("Since"),
    "alarm_until": Words("Until"),
    "alarm_times": Words("How often"),
    "alarm_latest": Words("Last sign"),
    "alarm_what": Words("What it says"),
    "alarm_done": Words("What the system did by itself"),
    "alarm_todo": Words("What you should do"),
    "alarm_told": Words("Messages sent"),
    "told_none": Words("none"),
    "alarm_concerns": Words("Who is told"),
    "alarm_seen": Words("Acknowledged"),
    "alarm_nobody": Words("by nobody yet"),
    "alarm_is_open": Words("is open"),
    "alarm_is_over": Words("over"),
    "acknowledge": Words("I have seen this"),
    "acknowledge_means": Words("Reminders stop. The alarm stays open until its cause is gone, and its end is told."),
    "acknowledge_day": Words(
        "Reminders stop until the morning of the next work day. The alarm stays open until its cause is gone, and its "
        "end is told."
    ),
    "acknowledge_money": Words("Reminders stop. If more rows are concerned, you are told again."),
    "alarm_worse": Words("More has come since it was acknowledged: reminders go on."),
    "channels": Words("How people are told"),
    "channel": Words("Channel"),
    "channel_sent": Words("Last delivered"),
    "channel_tested": Words("Last test"),
    "channel_state": Words("State"),
    "channel_test": Words("Send a test message"),
    "channel_well": Words("works"),
    "channel_unproved": Words("not tested as it is set now"),
    "channel_never": Words("none yet"),
    "no_channels": Words("Nobody is told: no channel is set up. The keeper of the machine sets one up."),
    "under_way_why": Words("It is under way; this screen is loaded anew every few seconds until it is done."),
}

CHANNELS = {
    Channel.MAIL: Words("Mail"),
    Channel.KEEPER: Words("Mail to the keeper of the machine"),
    Channel.APPRISE: Words("Other services (Apprise)"),
}

#: With how many messages, since when one last went out; who and when; a length of time.
TOLD = Words("{count}, the last at {at}")
SEEN_BY = Words("{who}, {at}")
WAITING_MAILS = Words("{count} not delivered: {why}")
LASTED = Words("lasted {length}")

#: Where a problem is seen beside the page of its alarm.
LOOK = {
    Screen.WAITING: Words("See what waits"),
    Screen.REPORT: Words("See the report of the day"),
    Screen.SCHEDULE: Words("See the schedule"),
}
