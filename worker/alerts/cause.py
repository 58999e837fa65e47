"""One kind of problem: what is told of it, whom it concerns, where on the page it is seen, and whether it lasts."""

from dataclasses import dataclass
from enum import StrEnum

from worker.config.channels import Audience
from worker.i18n.words import Words


class Screen(StrEnum):
    """Where on the office's page a problem is seen."""

    #: The page of the alarm itself.
    ALARM = "alarm"
    #: What waits for a person.
    WAITING = "waiting"
    #: The report of the day.
    REPORT = "report"
    #: The calendar.
    SCHEDULE = "schedule"
    #: Nowhere: it is the page that can't be reached.
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """One kind of problem, in the words of an accounting office."""

    #: One line for the subject.
    title: Words
    #: What the system did by itself.
    done: Words
    #: What the reader should do.
    todo: Words
    #: Money is the office's, the machine its keeper's; what keeps payments from being posted concerns both.
    concerns: Audience
    #: Where on the page to look.
    screen: Screen = Screen.ALARM
    #: True: it is over when the ledger says so, and its end is told. False: it happened, and is over by itself.
    lasts: bool = False
    #: True: it is about money that is posted or not, and told at once however often it comes.
    money: bool = False
    #: True: people are reminded of it on work days only.
    on_work_days: bool = False
    #: True: an acknowledgement rests until the next work day's morning, not for good: while it lasts nothing is posted,
    #: no guard sees a worker that hangs, or messages reach nobody.
    rests_a_day: bool = False
    #: Which log tells more: worker, guards or circusd.
    log: str = "worker"
