"""Turns alarms into messages: one per problem, a digest while it lasts, one at its end. And takes reports to be mailed.

What a message says is decided once, when it is written down; sending it is worker/alerts/sender.py's part.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from pathlib import Path

from worker.alerts import acknowledged
from worker.alerts import message as texts
from worker.alerts.catalogue import SILENT_AFTER, cause_of
from worker.config import channels as ways
from worker.config.channels import Audience, Channel, Channels
from worker.i18n import message
from worker.i18n.language import Language
from worker.ledger.alarms import Alarm
from worker.ledger.ledger import Ledger
from worker.ledger.outbox import FURTHEST, Delivery
from worker.ledger.pending import WAITS
from worker.schedule.work_days import DayOff

#: While a problem lasts: time from the first message to the first digest, and interval of the next ones.
DIGEST_AFTER, DIGEST_EVERY = timedelta(minutes=60), timedelta(hours=24)

#: When people are reminded of a stop or pause, on each work day (hour, in TZ).
MORNING = time(8)

#: Days off in a row that no calendar reaches: after them the next day serves.
LONGEST_HOLIDAY = 60

#: Time after its last message within which a problem that comes again is not told at once: it flaps, and is known.
QUIET = timedelta(minutes=60)

#: Time without delivery after which a message is itself a problem.
OVERDUE = timedelta(minutes=60)

#: The alarm about messages that do not get out; told only on channels that work.
UNDELIVERED = "alarms"


class Stage(StrEnum):
    """Why a message about an alarm is due."""

    FIRST = "first"
    DIGEST = "digest"
    END = "end"


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """One message that is due."""

    alarm: Alarm
    stage: Stage

    @property
    def key(self) -> str:
        """What makes this message exactly one."""
        return f"alarm {self.alarm.id} {'end' if self.stage is Stage.END else self.alarm.told + 1}"


def stage_of(alarm: Alarm, *, at: datetime, last_told: datetime | None, is_off: DayOff) -> Stage | None:
    """Return which message about an open alarm is due, or None. `last_told`: of its cause, before this alarm."""
    cause = cause_of(alarm.cause)
    if alarm.told == 0 or alarm.told_at is None:
        flaps = cause.lasts and not cause.money and last_told is not None and timedelta(0) <= at - last_told < QUIET
        return None if flaps else Stage.FIRST
    if not cause.lasts and alarm.latest <= alarm.told_at:
        return None
    if alarm.acknowledged is not None and acknowledged.rests(alarm):
        is_again = (
            cause.rests_a_day and at >= _next_morning(alarm.acknowledged.at, at, is_off) and not is_off(at.date())
        )
        return Stage.DIGEST if is_again else None
    if alarm.acknowledged is not None and alarm.told_at <= alarm.acknowledged.at:
        return Stage.DIGEST  # who acknowledged it has not heard of what came since
    if cause.on_work_days:
        return Stage.DIGEST if at >= _next_morning(alarm.told_at, at, is_off) and not is_off(at.date()) else None
    wait = DIGEST_AFTER if alarm.told == 1 else DIGEST_EVERY
    return Stage.DIGEST if at - alarm.told_at >= wait else None


def _next_morning(told: datetime, at: datetime, is_off: DayOff) -> datetime:
    """Return the first morning of a work day after the day of a message, in the zone of `at`."""
    day = told.astimezone(at.tzinfo).date() + timedelta(days=1)
    return datetime.combine(_work_day(day, is_off), MORNING, at.tzinfo)


def _work_day(first: date, is_off: DayOff) -> date:
    """Return the first work day from a day on."""
    days = (first + timedelta(days=number) for number in range(LONGEST_HOLIDAY))
    return next((day for day in days if not is_off(day)), first)


def is_over(alarm: Alarm, *, at: datetime, is_told: bool) -> bool:
    """True for an open alarm that does not last and has shown no sign for an hour. `is_told`: people must be told."""
    return not cause_of(alarm.cause).lasts and at - alarm.latest >= SILENT_AFTER and (alarm.told > 0 or not is_told)


def due(ledger: Ledger, found: Channels, *, at: datetime, is_off: DayOff) -> list[Due]:
    """Return the messages about alarms that are due now."""
    if not found.names:
        return []
    letters = []
    for alarm in ledger.alarms():
        if alarm.cause == UNDELIVERED and not _that_work(ledger, found):
            continue
        last = ledger.last_told(alarm.cause) if alarm.told == 0 else None
        stage = stage_of(alarm, at=at, last_told=last, is_off=is_off)
        if stage is not None:
            letters.append(Due(alarm=alarm, stage=stage))
    ended = [one for one in ledger.ended_alarms() if cause_of(one.cause).lasts]
    return letters + [Due(alarm=one, stage=Stage.END) for one in ended]


def is_due(ledger: Ledger, found: Channels, *, at: datetime, is_off: DayOff, reminds: bool = True) -> bool:
    """True when there is something to write or to send. Cheap: asked every few seconds.

    `reminds` False: what people were told already can wait, unless it is about money.
    """
    if not found.names:
        return False
    if any(is_ripe(one, at=at) for one in ledger.undelivered()):
        return True
    return any(
        reminds or one.stage is not Stage.DIGEST or cause_of(one.alarm.cause).money
        for one in due(ledger, found, at=at, is_off=is_off)
    )


def is_ripe(delivery: Delivery, *, at: datetime) -> bool:
    """True when a delivery may be tried now; one planned far ahead was planned by a clock that was set back since."""
    return delivery.next_try <= at or delivery.next_try - at > FURTHEST


def next_due(ledger: Ledger, found: Channels, *, at: datetime, is_off: DayOff) -> datetime | None:
    """Return when something will have to be written or sent, or None. For those who do not read the ledger."""
    if not found.names:
        return None
    times = [at if is_ripe(one, at=at) else one.next_try for one in ledger.undelivered()]
    for alarm in ledger.alarms():
        if not cause_of(alarm.cause).lasts:
            times.append(alarm.latest + SILENT_AFTER)
        if alarm.told_at is not None and alarm.cause != UNDELIVERED and not acknowledged.rests(alarm):
            wait = DIGEST_AFTER if alarm.told == 1 else DIGEST_EVERY
            is_reminder = cause_of(alarm.cause).on_work_days
            times.append(_next_morning(alarm.told_at, at, is_off) if is_reminder else alarm.told_at + wait)
        elif alarm.told_at is not None and alarm.acknowledged is not None and cause_of(alarm.cause).rests_a_day:
            times.append(_next_morning(alarm.acknowledged.at, at, is_off))
    return min(times, default=None)


def no_standing(_: Language) -> str:
    """Return no verdict: the mail says nothing of how everything else stands."""
    return ""


def frame_of(
    found: Channels, data: Path, standing: Callable[[Language], str], *, at: datetime, hide: Sequence[str] = ()
) -> texts.Frame:
    """Return what all messages of one moment have in common. `hide`: payers that none of them names."""
    return texts.Frame(
        language=found.language,
        zone=found.zone,
        logs=data / "logs",
        page=found.page,
        standing=standing(found.language),
        at=at,
        hide=tuple(hide),
    )


def compose(
    ledger: Ledger,
    found: Channels,
    *,
    data: Path,
    at: datetime,
    is_off: DayOff,
    standing: Callable[[Language], str] = no_standing,
) -> int:
    """Write the messages that are due, close what is over; return how many were written.

    `standing`: says how all stands, asked once and only where a message is due.
    """
    _watch_deliveries(ledger, found, at=at)
    count = 0
    letters = due(ledger, found, at=at, is_off=is_off)
    frame = frame_of(found, data, standing, at=at, hide=ledger.listed_payers()) if letters else None
    for one in letters:
        assert frame is not None, "something is due"
        to = _ways(ledger, found, one.alarm.cause)
        rows = _rows(ledger, one.alarm.cause, data, found.language, frame.hide) if one.stage is not Stage.END else ()
        text = texts.of_alarm(one.alarm, frame, stage=str(one.stage), rows=rows)
        count += ledger.add_mail(
            key=one.key,
            subject=text.subject,
            text=text.text,
            html=text.html,
            at=at,
            channels=to,
            domain=found.domain,
            alarm=one.alarm,
        )
    close_over(ledger, found, at=at)
    return count


def close_over(ledger: Ledger, found: Channels, *, at: datetime) -> None:
    """Close, silently, what happened and has shown no sign since: the next one like it is a new problem."""
    for alarm in ledger.alarms():
        if is_over(alarm, at=at, is_told=bool(found.names)):
            ledger.end_alarm(alarm.cause, at=at)


def add_mail(
    ledger: Ledger,
    *,
    key: str,
    subject: str,
    text: str,
    html: str = "",
    at: datetime,
    found: Channels | None = None,
    to: Sequence[Channel] | None = None,
) -> bool:
    """Write a report down to be sent to the office, exactly once for each key; return False when that was done before.

    `found`: the channels; without it those of the circus.ini in force. With none, it is written all the same.
    `to`: other ways than the office's.
    """
    found = ways.in_force() if found is None else found
    return ledger.add_mail(
        key=key,
        subject=subject,
        text=text,
        html=html,
        at=at,
        channels=found.ways_to(Audience.OFFICE) if to is None else to,
        domain=found.domain,
    )


def overdue(ledger: Ledger, found: Channels, *, at: datetime) -> list[Delivery]:
    """Return what has waited too long to be delivered on a channel that is configured, oldest first."""
    return [one for one in ledger.undelivered() if one.error and one.channel in found.names and at - one.at >= OVERDUE]


def _ways(ledger: Ledger, found: Channels, cause: str) -> tuple[Channel, ...]:
    """Return the ways by which people are told of a cause; that nothing gets out is told wherever something does."""
    to = found.ways_to(cause_of(cause).concerns)
    if cause != UNDELIVERED:
        return to
    work = _that_work(ledger, found)
    return tuple(one for one in to if one in work) or work


def _that_work(ledger: Ledger, found: Channels) -> tuple[Channel, ...]:
    """Return the channels on which nothing has failed."""
    failing = {one.channel for one in ledger.undelivered() if one.error}
    return tuple(one for one in found.names if one not in failing)


def _watch_deliveries(ledger: Ledger, found: Channels, *, at: datetime) -> None:
    """Move what waits for a channel that is gone; raise the alarm about what does not get out, and end it."""
    if not found.names:
        return
    waiting = ledger.undelivered()
    lost = [one for one in waiting if one.channel not in found.names]
    if lost:
        ledger.readdress(lost, found.names, at=at)
    late = overdue(ledger, found, at=at)
    is_open = any(one.cause == UNDELIVERED for one in ledger.alarms())
    if late and not is_open:
        what = message(
            "{count} messages wait, the oldest since {since}: {error}",
            count=str(len(late)),
            since=f"{late[0].at.astimezone(found.zone):%Y-%m-%d %H:%M}",
            error=late[0].error,
        )
        ledger.raise_alarm(UNDELIVERED, what, at=at, facts={"channel": late[0].channel})
    elif is_open and not any(one.error for one in waiting):
        ledger.end_alarm(UNDELIVERED, at=at)


def _rows(ledger: Ledger, cause: str, data: Path, language: Language, hide: Sequence[str]) -> list[texts.MailRow]:
    """Return the rows that an alarm is about, as they may be mailed; `hide`: payers that none of them names."""
    states = [state for state, told in WAITS.items() if told == cause]
    found: list[texts.MailRow] = []
    for pending in ledger.pending(states) if states else ():
        row = pending.masked(language, hide)
        folder = pending.evidence(data) if len(found) < texts.MOST_ROWS else None
        what = f"{row.time:%Y-%m-%d %H:%M} {row.payer} {row.won:,}" if row.time and row.won is not None else ""
        found.append(
            texts.MailRow(
                key=row.key,
                what=what,
                cells="" if what else row.payer,
                number=row.approval_no,
                why=row.why,
                evidence=str(folder) if folder else "",
            )
        )
    return found
