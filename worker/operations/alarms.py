"""Alarms, open and past, the catalogue of their causes, and the test of the channels by which people are told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from worker.alerts import acknowledged, channel_tests, sender
from worker.alerts.catalogue import CAUSES, cause_of
from worker.alerts.cause import Cause
from worker.config.channels import Channel
from worker.config.settings import Settings
from worker.errors import DaybreakError, LedgerError
from worker.i18n import message, said_by, stored
from worker.ledger.alarms import Acknowledgement, Alarm, already, grown
from worker.ledger.database import version_of
from worker.ledger.ledger import Ledger
from worker.payments.payment import Payment

#: Characters of a name that acknowledges.
LONGEST_NAME = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmShown:
    """One alarm, with the words of its cause."""

    alarm: Alarm
    #: What happened, what was done, what to do; None for a cause of an earlier version.
    cause: Cause | None

    #: Another one as soon as an acknowledgement would be about something else; goes back with it.
    stamp: str
    #: Who has acknowledged it and when, oldest first; where only one alarm is asked for.
    acknowledgements: tuple[Acknowledgement, ...] = ()
    #: The payment that it was raised for last; None: it is about none.
    payment: Payment | None = None

    @property
    def is_open(self) -> bool:
        """True until it has ended."""
        return self.alarm.ended_at is None

    @property
    def rests(self) -> bool:
        """True while nobody is reminded of it."""
        return acknowledged.rests(self.alarm)

    @property
    def is_worse(self) -> bool:
        """True when more money is concerned than was acknowledged."""
        return acknowledged.is_worse(self.alarm)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmsShown:
    """The alarms of a ledger."""

    #: Oldest first.
    open: tuple[AlarmShown, ...]
    #: Some that have ended, newest first; and how many have in all.
    past: tuple[AlarmShown, ...] = ()
    past_count: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelShown:
    """One way to people."""

    channel: Channel
    #: True when a message got through it as it is set now.
    is_proved: bool
    #: When a test last got through, as the ledger knows; None: never.
    tested_at: datetime | None
    #: When any message last got through; None: never.
    sent_at: datetime | None = None
    #: Messages that have not got out, and why the oldest of them has not, or "".
    waiting: int = 0
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelTest:
    """What came of a test message on one channel."""

    channel: Channel
    is_out: bool
    #: What is wrong, or "".
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelsTested:
    """What came of a test message on every channel."""

    tests: tuple[ChannelTest, ...]
    #: Why what went well could not be written down, or "".
    unwritten: str = ""

    @property
    def is_well(self) -> bool:
        """True when every channel took the message."""
        return all(one.is_out for one in self.tests)


def catalogue() -> Mapping[str, Cause]:
    """Return every cause of an alarm."""
    return CAUSES


def listed(data: Path, *, past: int = 0, after: int = 0) -> AlarmsShown:
    """Return the open alarms, and `past` of those that have ended behind the first `after`. Raises LedgerError."""
    with Ledger(data, create=False) as ledger:
        return AlarmsShown(
            open=tuple(_shown(one, payment=_payment(ledger, one)) for one in ledger.alarms()),
            past=tuple(_shown(one) for one in ledger.past_alarms(past, after=after)) if past else (),
            past_count=ledger.past_alarms_count() if past else 0,
        )


def one(data: Path, number: int) -> AlarmShown:
    """Return one alarm with all that was said of it. Raises DaybreakError where there is none, LedgerError."""
    with Ledger(data, create=False) as ledger:
        alarm = ledger.alarm(number)
        if alarm is None:
            raise _none(number)
        return _shown(alarm, ledger.acknowledgements(number), _payment(ledger, alarm))


def acknowledge(data: Path, number: int, *, by: str, at: datetime, stamp: str = "") -> AlarmShown:
    """Write down that a person has seen an open alarm; return it. Reminders rest from now on, and it stays open.

    Once it has ended, the next one of its cause is another alarm. One about money that grows is reminded of again.
    `stamp`: that of the alarm as it was shown; "" where the person saw nothing. Raises Overtaken where it is about
    something else since or was acknowledged before, DaybreakError where it has ended or is none, LedgerError.
    """
    name = by.strip()
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise DaybreakError(
            message("acknowledging an alarm: say who does it, in {most} signs at most", most=LONGEST_NAME)
        )
    with Ledger(data, create=False) as ledger:
        alarm = ledger.alarm(number)
        if alarm is None:
            raise _none(number)
        last = alarm.acknowledged
        if last is not None and acknowledged.rests(alarm):
            raise already(last)
        if stamp and stamp != _stamp(alarm):
            raise grown()
        cause = cause_of(alarm.cause)
        ledger.acknowledge(alarm, by=name, at=at, exactly=cause.money and cause.lasts)
        found = ledger.alarm(number)
        assert found is not None, "no alarm is ever taken away"
        return _shown(found, ledger.acknowledgements(number))


def _shown(
    alarm: Alarm, acknowledgements: Sequence[Acknowledgement] = (), payment: Payment | None = None
) -> AlarmShown:
    return AlarmShown(
        alarm=alarm,
        cause=CAUSES.get(alarm.cause),
        stamp=_stamp(alarm),
        acknowledgements=tuple(acknowledgements),
        payment=payment,
    )


def _payment(ledger: Ledger, alarm: Alarm) -> Payment | None:
    key = alarm.facts.get("key")
    entry = ledger.entry(key) if isinstance(key, str) else None
    return entry.payment if entry else None


def _stamp(alarm: Alarm) -> str:
    last = alarm.acknowledged.id if alarm.acknowledged else 0
    cause, sign = cause_of(alarm.cause), ""
    if cause.money:  # a machine's problem counts on and on: whoever knows of it knows of the next sign, too
        sign = str(alarm.count) if cause.lasts else stored(alarm.what)
    return version_of(str(alarm.id), str(last), sign)


def _none(number: int) -> DaybreakError:
    return DaybreakError(message("there is no alarm {number}", number=str(number)))


def channels(settings: Settings) -> tuple[ChannelShown, ...]:
    """Return the ways to people that are set, each with its last test and message. Raises LedgerError."""
    found = settings.channels
    if not found.names:
        return ()
    if not (settings.data_dir / "ledger.db").exists():
        return tuple(_channel(settings, one) for one in found.names)
    with Ledger(settings.data_dir, create=False) as ledger:
        return tuple(_channel(settings, one, ledger) for one in found.names)


def _channel(settings: Settings, channel: Channel, ledger: Ledger | None = None) -> ChannelShown:
    note = ledger.note(sender.tested(channel)) if ledger else ""
    late = [one for one in ledger.undelivered() if one.channel == channel and one.error] if ledger else []
    return ChannelShown(
        channel=channel,
        is_proved=channel_tests.is_tested(settings.data_dir, settings.channels, channel),
        tested_at=datetime.fromisoformat(note) if note else None,
        sent_at=ledger.last_sent_at(channel) if ledger else None,
        waiting=len(late),
        problem=late[0].error if late else "",
    )


def try_channels(settings: Settings, *, only: Channel | None = None) -> ChannelsTested:
    """Send one test message on every channel now, or on one, and write down what went well.

    Raises DaybreakError where no channel is set, or not that one.
    """
    found = settings.channels
    if only is not None and only not in found.names:
        raise DaybreakError(message("testing a channel: {channel} is not set up", channel=str(only)))
    if not found.names:
        raise DaybreakError(
            message(
                "testing the channels: none is configured. Set SMTP_HOST, MAIL_FROM and MAIL_TO, or APPRISE_URLS_FILE"
            )
        )
    now = settings.now()
    results = sender.at_once(found, sender.self_test(found, at=now), at=now, to=None if only is None else (only,))
    proved = [channel for channel, tried in results.items() if tried.is_out]
    unwritten = ""
    try:
        for channel in proved:
            channel_tests.note(settings.data_dir, found, channel, at=now)
        if (settings.data_dir / "ledger.db").exists():
            with Ledger(settings.data_dir, create=False) as ledger:
                for channel in proved:
                    ledger.set_note(sender.tested(channel), now.isoformat(timespec="seconds"))
    except (LedgerError, OSError) as error:
        unwritten = said_by(error)
    tests = tuple(
        ChannelTest(channel=channel, is_out=tried.is_out, problem=tried.problem) for channel, tried in results.items()
    )
    return ChannelsTested(tests=tests, unwritten=unwritten)
