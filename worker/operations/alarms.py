"""Alarms, open and past, the catalogue of their causes, and the test of the channels by which people are told."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from worker.alerts import channel_tests, sender
from worker.alerts.catalogue import CAUSES
from worker.alerts.cause import Cause
from worker.config.channels import Channel
from worker.config.settings import Settings
from worker.errors import DaybreakError, LedgerError
from worker.i18n import message, said_by
from worker.ledger.journal import Alarm
from worker.ledger.ledger import Ledger


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmShown:
    """One alarm, with the words of its cause."""

    alarm: Alarm
    #: What happened, what was done, what to do; None for a cause of an earlier version.
    cause: Cause | None

    @property
    def is_open(self) -> bool:
        """True until it has ended."""
        return self.alarm.ended_at is None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelShown:
    """One way to people."""

    channel: Channel
    #: True when a message got through it as it is set now.
    is_proved: bool
    #: When a test last got through, as the ledger knows; None: never.
    tested_at: datetime | None


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


def listed(settings: Settings, *, since: datetime | None = None) -> tuple[AlarmShown, ...]:
    """Return the alarms that are open; with `since` all that were open at some time after it. Raises LedgerError."""
    with Ledger(settings.data_dir, create=False) as ledger:
        return tuple(AlarmShown(alarm=one, cause=CAUSES.get(one.cause)) for one in ledger.alarms(since))


def one(settings: Settings, number: int) -> AlarmShown | None:
    """Return one alarm by its number, open or past; None: there is none. Raises LedgerError."""
    with Ledger(settings.data_dir, create=False) as ledger:
        found = ledger.alarm(number)
    return AlarmShown(alarm=found, cause=CAUSES.get(found.cause)) if found is not None else None


def channels(settings: Settings) -> tuple[ChannelShown, ...]:
    """Return the ways to people that are set, each with its last test. Raises LedgerError."""
    found = settings.channels
    if not found.names:
        return ()
    with Ledger(settings.data_dir, create=False) as ledger:
        notes = {one: ledger.note(sender.tested(one)) for one in found.names}
    return tuple(
        ChannelShown(
            channel=one,
            is_proved=channel_tests.is_tested(settings.data_dir, found, one),
            tested_at=datetime.fromisoformat(notes[one]) if notes[one] else None,
        )
        for one in found.names
    )


def try_channels(settings: Settings) -> ChannelsTested:
    """Send one test message on every channel now, and write down what went well.

    Raises DaybreakError where no channel is set.
    """
    found = settings.channels
    if not found.names:
        raise DaybreakError(
            message(
                "testing the channels: none is configured. Set SMTP_HOST, MAIL_FROM and MAIL_TO, or APPRISE_URLS_FILE"
            )
        )
    now = settings.now()
    results = sender.at_once(found, sender.self_test(found, at=now), at=now)
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
