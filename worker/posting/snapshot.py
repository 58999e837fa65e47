"""What the rules of judgement look at: the lists as they were just read, and what the ledger knows. Values only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from worker.config.posting_settings import PostingSettings
from worker.ledger.entry import Entry
from worker.ledger.readings import BrakeAnswer, LastReading, Pairing
from worker.payments.payment import ParsedList, Request


class Tab(StrEnum):
    """A tab of the payment list beside 미반영."""

    REFLECTED = "회계반영"
    FORCED = "강제회계반영"
    ALL = "전체"


class MoreNeeded(Exception):
    """A rule needs a tab that was not read, or was not read far enough back: read it and decide again."""

    def __init__(self, tab: Tab, since: datetime) -> None:
        """`tab` is to be read completely back to `since` (KST)."""
        super().__init__(f"{tab} since {since}")
        self.tab = tab
        self.since = since


@dataclass(frozen=True, slots=True, kw_only=True)
class TabReading:
    """One tab, read completely back to a time; `rows` is None where the ERP has no such tab."""

    rows: ParsedList | None
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Adoption:
    """What was said of the time before this ledger."""

    #: Payments up to this second count as posted before.
    until: datetime | None = None
    #: Seconds at which the old script posted something.
    recorded: frozenset[datetime] = frozenset()
    #: Requests of before `until` that were not approved then: approved later they are news.
    requested: frozenset[Request] = frozenset()
    #: True until a reading has decided something after the newest adoption.
    is_fresh: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Everything that one decision rests on."""

    #: 미반영.
    open: ParsedList
    #: Rows of 미반영, whatever their status.
    listed: int
    tabs: Mapping[Tab, TabReading] = field(default_factory=dict)
    #: Payments back to `reach`, those with a number that is listed, and all that wait; by key.
    entries: Mapping[str, Entry] = field(default_factory=dict)
    #: How far back `entries` holds every payment, listed or not: what is reflected long before the oldest open row may
    #: still be cancelled there. None: as far back as 미반영 goes.
    reach: datetime | None = None
    #: Payments that count as posted although the ledger never sent them: a person did, or would have been overtaken.
    by_hand: frozenset[str] = frozenset()
    #: The payments of the last reading, where nothing is listed any more.
    left: Sequence[Entry] = ()
    pairings: Sequence[Pairing] = ()
    last: LastReading | None = None
    adoption: Adoption = field(default_factory=Adoption)
    answer: BrakeAnswer | None = None
    cycle: int
    now: datetime
    rules: PostingSettings = field(default_factory=PostingSettings)

    def tab(self, tab: Tab, since: datetime) -> ParsedList | None:
        """Return a tab's rows back to a time; None where the ERP has no such tab. Raises MoreNeeded."""
        reading = self.tabs.get(tab)
        if reading is None or (reading.rows is not None and reading.since > since):
            raise MoreNeeded(tab, since)
        return reading.rows

    def read(self, tab: Tab) -> ParsedList:
        """Return what was read of a tab so far, however far back; nothing where it was not."""
        reading = self.tabs.get(tab)
        return reading.rows if reading is not None and reading.rows is not None else ParsedList()
