"""Every figure of a report, from the ledger alone: the same at each question, also after a restart."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from statistics import median
from zoneinfo import ZoneInfo

from worker.i18n import reasons
from worker.ledger.alarms import Alarm
from worker.ledger.journal import SlotRow, SlotState
from worker.ledger.state import State
from worker.payments.payment import PaymentKind
from worker.payments.why import stored_twice
from worker.posting.comparison import Score
from worker.reports import by_hand
from worker.reports.records import OURS, CycleRow, Incident, Moved, Proof, Records, Rename
from worker.reports.silences import NOTED, Lull, Stretch, silences, stretches
from worker.runtime.beats import NO_BEATS, Beats
from worker.schedule.missed_runs import ASLEEP, PUT_BACK

#: What became of a payment, in the order in which reports name it.
BECAME = ("posted", "excluded", "held", "in_doubt", "rejected", "waiting")

#: How far beyond both ends of a report a silence is still told whole.
REACH = timedelta(days=7)

#: Time within which several acts of people count as one.
SITTING = timedelta(minutes=30)

#: Restarts that the operator or the daily plan wanted.
WANTED = ("boot", "operator", "planned")


@dataclass(slots=True)
class Sum:
    """Payments, and their won: cancellations count below zero unless said otherwise."""

    count: int = 0
    won: int = 0

    def add(self, won: int) -> None:
        """Count one more."""
        self.count += 1
        self.won += won

    def take(self, won: int) -> None:
        """Count one less."""
        self.count -= 1
        self.won -= won


@dataclass(slots=True)
class Money:
    """What happened to payments in a time."""

    #: Listed for the first time, and what has become of those until now: the parts add up to `seen`.
    seen: Sum = field(default_factory=Sum)
    became: dict[str, Sum] = field(default_factory=lambda: {name: Sum() for name in BECAME})
    #: Confirmed as posted in this time, whenever they were listed.
    posted: Sum = field(default_factory=Sum)
    #: Of those, approvals and cancellations; won of both above zero.
    approvals: Sum = field(default_factory=Sum)
    cancellations: Sum = field(default_factory=Sum)
    #: Found to need no deposit, by reason.
    excluded: dict[str, Sum] = field(default_factory=dict)
    #: Came into these states, whatever has become of them since.
    held: Sum = field(default_factory=Sum)
    in_doubt: Sum = field(default_factory=Sum)
    rejected: Sum = field(default_factory=Sum)
    #: Rows that no rule covers.
    odd: int = 0
    #: When people settled rows: one time a row.
    decisions: list[datetime] = field(default_factory=list)
    #: Deposits that the ERP holds more than once: {key: a sentence with the slips}.
    twice: dict[str, str] = field(default_factory=dict)
    #: Per hour of the local day (0–23): listed, posted approvals, posted cancellations (won above zero).
    hours: dict[int, tuple[Sum, Sum, Sum]] = field(default_factory=dict)

    @property
    def decided(self) -> int:
        """How many rows people settled."""
        return len(self.decisions)

    @property
    def excluded_all(self) -> Sum:
        """All that was found to need no deposit."""
        return Sum(sum(one.count for one in self.excluded.values()), sum(one.won for one in self.excluded.values()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """Cycles, and the times at which they were due."""

    cycles: tuple[CycleRow, ...] = ()
    slots: tuple[SlotRow, ...] = ()

    def ended(self, outcome: str) -> int:
        """Return how many cycles ended so: ran, failed, stopped."""
        return sum(one.outcome == outcome for one in self.cycles)

    def slots_in(self, *states: SlotState) -> list[SlotRow]:
        """Return the due times that came to these states."""
        return [one for one in self.slots if one.state in states]

    def whys(self, *states: SlotState) -> Counter[str]:
        """Return how often each reason stands at due times of these states."""
        return Counter(one.why for one in self.slots_in(*states))

    @property
    def failures(self) -> Counter[str]:
        """How often cycles failed for each reason."""
        return Counter(one.why for one in self.cycles if one.outcome == "failed")

    @property
    def lengths(self) -> tuple[float, float, float] | None:
        """Shortest, median and longest complete cycle in seconds, or None without any."""
        found = [one.seconds for one in self.cycles if one.outcome == "ran" and one.seconds is not None]
        return (min(found), median(found), max(found)) if found else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Restart:
    """A start of the worker's process."""

    at: datetime
    why: str

    @property
    def is_wanted(self) -> bool:
        """True when an operator, the daily plan or the machine's own start caused it."""
        return self.why.startswith(WANTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recycle:
    """A daily fresh start."""

    due: datetime
    #: done, not needed (the worker was fresh already) or no worker runs.
    result: str
    #: From the request to the new worker's first beat, or None.
    seconds: float | None

    @property
    def is_done(self) -> bool:
        """True when a fresh worker runs."""
        return self.result.startswith(("done", "not needed"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """How the worker and its machine kept running."""

    restarts: tuple[Restart, ...] = ()
    #: How often other processes of the tree were started, by name.
    others: Mapping[str, int] = field(default_factory=dict)
    recycles: tuple[Recycle, ...] = ()
    #: What operators asked for: paused, stopped, running.
    wishes: tuple[Incident, ...] = ()
    lulls: tuple[Stretch, ...] = ()
    #: How long nothing worked that should have.
    silences: tuple[Stretch, ...] = ()
    alarms: tuple[Alarm, ...] = ()
    proofs: tuple[Proof, ...] = ()
    #: How the worker beat on the days that this time touches.
    beats: Beats = NO_BEATS
    #: What cycles found odd about the list as a whole.
    notes: tuple[Incident, ...] = ()

    @property
    def unwanted(self) -> tuple[Restart, ...]:
        """Restarts that neither the operator nor the daily plan wanted."""
        return tuple(one for one in self.restarts if not one.is_wanted)

    def restarts_by_why(self) -> Counter[str]:
        """Return how often the worker was started for each reason."""
        return Counter(one.why for one in self.restarts)

    def of(self, lull: Lull) -> list[Stretch]:
        """Return the lulls of one kind."""
        return [one for one in self.lulls if one.lull is lull]

    @property
    def longest(self) -> Stretch | None:
        """The longest silence, or None without any."""
        return max(self.silences, key=lambda one: one.seconds, default=None)

    @property
    def stops(self) -> tuple[datetime, ...]:
        """When the operator stopped or paused the worker."""
        return tuple(one.at for one in self.wishes if one.facts.get("wanted") in ("paused", "stopped"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """All about one time: from `since` to before `until`, or to now where that comes first."""

    since: datetime
    until: datetime
    #: When they were read, in the zone of the report.
    now: datetime
    #: When the ledger begins, or None in a new one.
    beginning: datetime | None
    money: Money
    work: Work
    running: Running
    #: Payments that were listed in another form.
    renames: tuple[Rename, ...] = ()
    #: How it compares with what a person posted; None where that was not compared.
    compared: Score | None = None

    @property
    def interventions(self) -> int:
        """How often a person stepped in: what lies within half an hour of the last is the same time."""
        times = sorted([*self.running.stops, *self.money.decisions])
        return sum(number == 0 or at - times[number - 1] > SITTING for number, at in enumerate(times))

    @property
    def end(self) -> datetime:
        """Up to when anything can be known."""
        return min(self.until, self.now)

    @property
    def is_over(self) -> bool:
        """True when nothing is added any more."""
        return self.now >= self.until

    @property
    def is_empty(self) -> bool:
        """True when the ledger knows nothing of this time."""
        return self.beginning is None or self.beginning >= self.until

    @property
    def is_known(self) -> bool:
        """True when it has begun, and the ledger can know of it."""
        return not self.is_empty and self.since <= self.now

    @property
    def is_eventful(self) -> bool:
        """True when something happened that people want to know of on a day off, too."""
        money, running = self.money, self.running
        return bool(
            money.seen.count
            or money.posted.count
            or money.excluded
            or money.held.count + money.in_doubt.count + money.rejected.count + money.odd + money.decided
            or money.twice
            or self.work.ended("failed")
            or self.work.slots_in(SlotState.FAILED, SlotState.MISSED)
            or running.unwanted
            or any(one.since >= self.since for one in running.alarms)
            or running.notes
            or any(not one.is_even for one in running.proofs)
        )


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """Return the start of a local day, also where it has 23 or 25 hours."""
    return datetime.combine(day, time(), zone)


def days_between(since: datetime, until: datetime, zone: ZoneInfo) -> list[date]:
    """Return the local days that a time touches."""
    first, last = since.astimezone(zone).date(), (until - timedelta(microseconds=1)).astimezone(zone).date()
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def read(records: Records, since: datetime, until: datetime, *, now: datetime, zone: ZoneInfo) -> Figures:
    """Return the figures of a time. Raises LedgerError."""
    end = min(until, now)
    days = [one.isoformat() for one in days_between(since, end, zone)] if since < end else []
    work = Work(cycles=tuple(records.cycle_rows(since, end)), slots=tuple(records.slots(since, until)))
    return Figures(
        since=since,
        until=until,
        now=now,
        beginning=records.beginning(),
        money=_money(records, since, end, zone),
        work=work,
        running=_running(records, work, since, end, now=now, days=days),
        renames=tuple(records.renames(since, end)),
        compared=by_hand.score(records, since, end),
    )


def _money(records: Records, since: datetime, end: datetime, zone: ZoneInfo) -> Money:
    money = Money()
    for one in records.moves(since, end):
        if one.before == "" and one.after == State.SEEN:
            money.seen.add(one.won)
            money.became[became(one)].add(one.won)
            _hour(money, one, zone)[0].add(one.won)
        elif one.is_exclusion:
            reason = reasons.grouped(one.excluded or one.why)
            money.excluded.setdefault(reason, Sum()).add(one.won)
        elif one.after == State.POSTED:
            _count_posted(money, one, zone)
        elif one.after in (State.HELD, State.IN_DOUBT, State.REJECTED):
            {"held": money.held, "in_doubt": money.in_doubt, "rejected": money.rejected}[one.after].add(one.won)
        elif one.before == State.REJECTED and one.after == State.SEEN and one.by in OURS:
            money.rejected.take(one.won)  # refused with its whole batch, and sent again with fewer others
        if one.by not in OURS and one.before in (State.HELD, State.IN_DOUBT, State.REJECTED):
            money.decisions.append(one.at)
    for odd in records.odd_rows():
        money.odd += since <= odd.seen_at < end
        if odd.settled_at is not None and since <= odd.settled_at < end:
            money.decisions.append(odd.settled_at)
    for told in records.notes_in(since, end):
        if told.kind == "stored twice":
            money.twice[str(told.facts.get("key", told.what))] = told.what
    return money


def _count_posted(money: Money, one: Moved, zone: ZoneInfo) -> None:
    money.posted.add(one.won)
    is_back = one.kind is PaymentKind.CANCELLATION
    (money.cancellations if is_back else money.approvals).add(abs(one.won))
    _hour(money, one, zone)[2 if is_back else 1].add(abs(one.won))
    slips = one.slip.split(", ")
    if len(slips) > 1:
        money.twice[one.key] = stored_twice(one.key, slips)


def _hour(money: Money, one: Moved, zone: ZoneInfo) -> tuple[Sum, Sum, Sum]:
    return money.hours.setdefault(one.at.astimezone(zone).hour, (Sum(), Sum(), Sum()))


def became(one: Moved) -> str:
    """Return what has become of a payment: one of BECAME."""
    if one.excluded:
        return "excluded"
    return one.state if one.state in BECAME else "waiting"


def _running(
    records: Records, work: Work, since: datetime, end: datetime, *, now: datetime, days: Sequence[str]
) -> Running:
    told = records.notes_in(since, end)
    before = [*records.notes_before(since, "start", "end"), *records.notes_before(since, "wish")[-1:]]
    before += records.notes_before(since, "planned")[-1:]
    # A sleep and a broken promise are noted when they end: those that reach into this time lie within a day of it.
    after = [one for one in records.notes_in(end, end + timedelta(days=1)) if one.kind in NOTED]
    known = sorted([*before, *told, *after], key=lambda one: one.at)
    down = [one.at for one in work.slots_in(SlotState.MISSED) if one.why == "down"]
    signs = [one.ended for one in records.cycle_rows(since - timedelta(days=7), end) if one.ended is not None]
    lulls = stretches(known, since=since, until=end, missed=down, signs=signs)
    starts = [one for one in told if one.kind == "start"]
    return Running(
        restarts=tuple(Restart(at=one.at, why=one.why) for one in starts if one.is_worker),
        others=Counter(str(one.facts.get("watcher", "?")) for one in starts if not one.is_worker),
        recycles=tuple(_recycle(one) for one in told if one.kind == "recycle"),
        wishes=tuple(one for one in told if one.kind == "wish"),
        lulls=tuple(lulls),
        silences=tuple(_whole_silences(records, since, end, now)),
        notes=tuple(one for one in told if one.kind in ("gap in the list", "empty list")),
        alarms=tuple(records.alarms_in(since, end)),
        proofs=tuple(found for day in days if (found := records.proof_of(day)) is not None),
        beats=records.beats_of(days),
    )


def _whole_silences(records: Records, since: datetime, end: datetime, now: datetime) -> list[Stretch]:
    """Return the silences of this time, whole: one that began before it or goes on after it is not cut."""
    first, last = since - REACH, min(end + REACH, now)
    known = sorted(
        [
            *records.notes_before(first, "start", "end"),
            *records.notes_before(first, "wish")[-1:],
            *records.notes_in(first, last),
        ],
        key=lambda one: one.at,
    )
    missed = [one for one in records.slots(first, last) if one.state is SlotState.MISSED]
    found = stretches(
        known,
        since=first,
        until=max((one.at for one in known if one.at > end), default=end),
        missed=[one.at for one in missed if one.why == "down"],
        signs=[one.ended for one in records.cycle_rows(first, last) if one.ended is not None],
    )
    whole = silences(found, asleep_at=[one.at for one in missed if one.why in (ASLEEP, PUT_BACK)])
    return [one for one in whole if one.since < end and one.until > since]


def _recycle(one: Incident) -> Recycle:
    seconds = one.facts.get("seconds")
    due = str(one.facts.get("due") or "")
    return Recycle(
        due=datetime.fromisoformat(due) if due else one.at,
        result=getattr(one.what, "args", {}).get("result") or one.what.partition(" in ")[0],
        seconds=float(seconds) if isinstance(seconds, int | float) else None,
    )


def by_day(records: Records, days: Sequence[date], *, now: datetime, zone: ZoneInfo) -> list[tuple[date, Figures]]:
    """Return the figures of each local day."""
    ends = {day: midnight(day + timedelta(days=1), zone) for day in days}
    return [(day, read(records, midnight(day, zone), end, now=now, zone=zone)) for day, end in ends.items()]
