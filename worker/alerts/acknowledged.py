"""What an acknowledgement does: reminders rest until more money is concerned than the person was shown."""

from worker.alerts.catalogue import cause_of
from worker.ledger.alarms import Alarm


def is_worse(alarm: Alarm) -> bool:
    """True for an alarm about money of which more is known than was acknowledged.

    Where rows wait, that is another row. Where something has happened, that is another sentence about it: a difference
    that each cycle finds anew is the same one.
    """
    seen, cause = alarm.acknowledged, cause_of(alarm.cause)
    if seen is None or not cause.money:
        return False
    return seen.more > 0 if cause.lasts else seen.differs


def rests(alarm: Alarm) -> bool:
    """True while nobody is reminded of an alarm. Its first message and its end are told all the same.

    An alarm that is told again on each work day rests until the next of those reminders has gone out.
    """
    seen = alarm.acknowledged
    if seen is None or is_worse(alarm):
        return False
    return not (cause_of(alarm.cause).rests_a_day and alarm.told_at is not None and alarm.told_at > seen.at)
