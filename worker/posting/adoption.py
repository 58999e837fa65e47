"""What `daybreak adopt` would do: which waiting payments count as posted before, which need a person, said in words."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from worker.errors import DaybreakError
from worker.i18n import message
from worker.ledger.adopted import LedgerOwner
from worker.ledger.ledger import Ledger
from worker.ledger.state import State
from worker.payments.payment import Payment
from worker.posting import adoption_by_hand, adoption_list, old_record
from worker.runtime import time_words

#: Maximum payments named of one group.
NAMED = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """One adoption before the operator has agreed to it."""

    posted: tuple[Payment, ...]
    #: To be held: {payment: why}.
    held: Mapping[str, str] = field(default_factory=dict)
    #: Of what waits for a person already: what may have been posted before. No rule releases it from now on.
    asked: frozenset[str] = frozenset()
    left: tuple[Payment, ...]
    #: Times of the old script's record: what is listed later at one of them counts as posted before, too.
    recorded: tuple[datetime, ...] = ()
    until: datetime | None = None
    #: The payments to be held, each with the reason.
    doubtful: tuple[tuple[Payment, str], ...] = ()
    #: Times of the record at which nothing is listed.
    unmatched: tuple[datetime, ...] = ()
    note: str
    #: What to show before the question.
    lines: tuple[str, ...]


def boundary(words: str, now: datetime) -> datetime:
    """Return the time up to which everything counts as posted before. Raises DaybreakError for one that is to come."""
    until = time_words.moment(words, what="--until", now=now)
    if until > now:
        raise DaybreakError(
            message(
                'adopting: --until "{words}" means {until}, and it is {now} now: every payment until then would count '
                "as posted before and be lost. Write a time that has passed. Nothing was changed",
                words=words,
                until=f"{until:%Y-%m-%d %H:%M:%S}",
                now=f"{now:%Y-%m-%d %H:%M:%S}",
            )
        )
    return until


def propose(
    ledger: Ledger, *, until: datetime | None = None, listed: Path | None = None, record: Path | None = None
) -> Proposal:
    """Say what would be adopted. Raises DaybreakError for a list or record that can't be followed."""
    times = old_record.read(record) if record else ()
    waiting = [entry.payment for entry in ledger.in_state(State.SEEN)]
    known = list(ledger.entries(ledger.keys_listed_last()).values())
    if record and not known:
        raise DaybreakError(
            message(
                "adopting by the old script's record: the list was not read yet, there is nothing to hold it against. "
                "First: daybreak once --test"
            )
        )
    if listed and not known:
        raise DaybreakError(
            message(
                "adopting by a list: the payments were not read yet, there is nothing to hold the list against. First: "
                "daybreak once --test"
            )
        )
    held_already = [entry.payment for entry in ledger.in_state(State.HELD)]
    by_hand = adoption_by_hand.find(ledger, waiting, held_already)
    asked = by_hand.asked | {one.key for one in held_already if one.time in set(times) or _is_before(one, until)}
    by_file = adoption_list.read(listed, waiting) if listed else adoption_list.NamedPayments(keys=frozenset())
    named = by_file.keys
    twins = ledger.at_times({one.time for one in waiting} & set(times))
    compared = old_record.compare(waiting, {one.payment.key: one.payment for one in [*known, *twins]}.values(), times)
    questions: dict[Payment, str] = dict(compared.ambiguous)
    questions |= {one: by_hand.held[one.key] for one in waiting if one.key in by_hand.held}
    held = {one.key: why for one, why in questions.items() if one.key not in named and not _is_before(one, until)}
    matched = {one.key for one in compared.matched} | by_hand.posted
    posted = tuple(one for one in waiting if one.key in named | matched or _is_before(one, until))
    gone = {one.key for one in posted} | held.keys()
    left = tuple(one for one in waiting if one.key not in gone)
    parts = [f"up to {until.isoformat(timespec='seconds')}"] if until else []
    parts += [f"{len(named)} by list"] if named else []
    parts += [f"{len(matched)} by the old script's record of {len(times)}, {len(held)} held"] if record else []
    parts += [f"{len(by_hand.posted)} posted by hand, {len(by_hand.held)} held"] if by_hand.lines else []
    lines: list[str] = list(by_hand.lines)
    is_read = bool(waiting or known) or ledger.last_reading() is not None
    if not is_read:
        lines.append(message("The list has not been read yet; what is said here will count for it."))
    if record:
        held_then = [one.payment for one in known if one.state is State.HELD and one.payment.time in set(times)]
        lines += _of_record(record, times, compared, held_then)
    if until:
        lines.append(_up_to(until, waiting, is_read=is_read))
        if requests := ledger.asked_until(until):
            last = ledger.last_reading()
            lines.append(
                message(
                    "Of the payments up to then, {count} were requests without an answer when the list was read at "
                    "that time or later. Approved since or later, they are posted like any other:",
                    count=len(requests),
                )
                if last is not None and last.at >= until
                else message(
                    "Of the payments up to then, {count} were requests without an answer when the list was last read. "
                    "Those that the next reading shows as approved are held for you, the others are posted once "
                    "approved:",
                    count=len(requests),
                )
            )
            lines += _each([f"{at:%Y-%m-%d %H:%M:%S}  {payer}  {amount:,} won" for at, amount, payer in requests])
    if by_file.header:
        lines.append(
            message(
                'By {path}: its first line, "{line}", is taken for a header.', path=str(listed), line=by_file.header
            )
        )
    if named:
        by_list = [one for one in waiting if one.key in named]
        lines.append(
            message(
                "By {path}: {total} count as posted before, and will not be posted.",
                path=str(listed),
                total=total(by_list),
            )
        )
    if not (until or named or record or by_hand.posted):
        known_before = ledger.adopted_before()
        lines.append(
            message(
                "{count} payments count as posted before, as was said earlier; that stays so.", count=str(known_before)
            )
            if known_before
            else message("Nothing counts as posted before.")
        )
    if asked:
        lines.append(
            message(
                "{count} payments wait for a person already and may have been posted before: each is posted by a "
                "person's decision only.",
                count=len(asked),
            )
        )
    if waiting:
        lines.append(message("Waiting to be posted: {total}.", total=total(left)))
    return Proposal(
        posted=posted,
        held=held,
        asked=asked,
        left=left,
        recorded=times,
        until=until,
        doubtful=tuple((one, why) for one, why in compared.ambiguous if one.key in held),
        unmatched=compared.unmatched,
        note=f"posted before: {' and '.join(parts) or 'nothing'}",
        lines=tuple(lines),
    )


def _up_to(until: datetime, waiting: Sequence[Payment], *, is_read: bool) -> str:
    """Say what counts as posted before for its time; before the first reading, how many those are is not known."""
    shown = f"{until:%Y-%m-%d %H:%M:%S}"
    if not is_read:
        return message(
            "Up to {until}: what the list holds counts as posted before, and will not be posted. How many payments "
            "those are is known after the first reading.",
            until=shown,
        )
    before = [one for one in waiting if _is_before(one, until)]
    return message(
        "Up to {until}: {total} count as posted before, and will not be posted.", until=shown, total=total(before)
    )


def refuse_the_demos(data: Path) -> None:
    """Raise DaybreakError when the ledger in this folder is about the demo: its payments are no real money."""
    if not (data / "ledger.db").exists():
        return
    with Ledger(data, create=False) as ledger:
        if any(ledger.adopted_databases()):
            raise DaybreakError(
                message(
                    "adopting: the ledger in {data} is the demo's. A real ERP begins with an empty folder: see "
                    "docs/going-live.md",
                    data=str(data),
                )
            )


def demand_an_answer(data: Path, owner: LedgerOwner) -> None:
    """Raise DaybreakError where nobody has said what was posted before in these books: silence is no answer then."""
    if (data / "ledger.db").exists():
        with Ledger(data, create=False) as ledger:
            times = ledger.shadow_times() if ledger.why_compared() else None
            # What a person entered by hand and did not reflect, only the list of deposits tells: as of the last look.
            if ledger.knows_what_was_posted(owner) and (times is None or times.reads_slips):
                return
    raise DaybreakError(
        message(
            "adopting: what was posted before daybreak? Say it with one of --record FILE (the old script's record), "
            "--until TIME, --list FILE, or --nothing if really nothing was. docs/going-live.md explains each. "
            "Nothing was changed"
        )
    )


def demand_reading(data: Path, *, outcome: str, why: str) -> None:
    """Raise DaybreakError unless the cycle that has just ended has read the list, whatever it came to after that."""
    with Ledger(data, create=False) as ledger:
        newest = ledger.last_cycles(1)
    figures = newest[0]["figures"] if newest else {}
    if outcome == "ran" or (isinstance(figures, dict) and figures.get("listed")):
        return
    raise DaybreakError(
        message("adopting by the old script's record: the list could not be read: {why}. Nothing was changed", why=why)
    )


def total(payments: Sequence[Payment]) -> str:
    """Return how many, and how much, in words."""
    won = sum(one.won for one in payments)
    return message("{count} payments of {won} won", count=str(len(payments)), won=won)


def _is_before(payment: Payment, until: datetime | None) -> bool:
    return until is not None and payment.time <= until


def _of_record(
    record: Path, times: Sequence[datetime], compared: old_record.Compared, held_already: Sequence[Payment]
) -> Iterator[str]:
    first = min((one.time for one in [*compared.matched, *compared.others]), default=times[-1])
    within = [one for one in compared.unmatched if one >= first]
    yield f"{record}: {len(times)} times from {times[0]:%Y-%m-%d %H:%M:%S} to {times[-1]:%Y-%m-%d %H:%M:%S}."
    yield f"  matched: {total(compared.matched)} count as posted before, and will not be posted."
    yield (
        f"  unmatched: {len(compared.unmatched)} times at which nothing is listed, {len(within)} of them younger than "
        "the oldest payment listed. What is listed later at one of these counts as posted before."
    )
    yield from _each([f"{one:%Y-%m-%d %H:%M:%S}" for one in within])
    yield (
        f"  ambiguous: {total([one for one, _ in compared.ambiguous])} will be held, nothing is posted for them before "
        "you decide each with daybreak resolve."
    )
    yield from _each([f"{_shown(one)}: {why}" for one, why in compared.ambiguous])
    if held_already:
        yield f"  held already: {total(held_already)} that the record names, too. Decide each with daybreak resolve."
        yield from _each([_shown(one) for one in held_already])
    yield f"  not in the record: {total(compared.others)}."
    yield from _each([_shown(one) for one in compared.others])
    if not compared.matched and not compared.ambiguous:
        yield "  Nothing that waits is in this record. Is it the right file, and the newest one?"


def _shown(payment: Payment) -> str:
    return f"{payment.key}  {payment.time:%Y-%m-%d %H:%M:%S}  {payment.payer}  {payment.won:,} won"


def _each(lines: Sequence[str]) -> Iterator[str]:
    yield from (f"      {line}" for line in lines[:NAMED])
    if len(lines) > NAMED:
        yield f"      … and {len(lines) - NAMED} more"
