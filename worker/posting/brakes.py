"""When a whole list is not believed: nothing is posted, and one question is asked for all of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from worker.i18n import Message, message
from worker.ledger.entry import Entry
from worker.ledger.state import State
from worker.payments import why
from worker.payments.payment import Payment
from worker.posting.edits import Edits
from worker.posting.matching import Matched
from worker.posting.presence import Presence
from worker.posting.snapshot import Snapshot, Tab

#: Rows of one reading that look like edits of known ones, from which on the list is not believed.
PAIRS = 10

#: Fewer of them are enough, where they are this share of all rows listed.
FEW_PAIRS, SHARE = 5, 0.2

#: Rows listed, none of them known, from which on the list is not believed.
UNKNOWN = 20

#: Known rows that no tab shows any more, from which on a part of the list is taken to be hidden.
HIDDEN = 5

#: Shortest time that a list keeps a row. It counts where nothing is listed: no row says how far back the list goes.
KEPT_FOR = timedelta(days=6)

#: The rules of edits that count.
COUNTED = frozenset({"a", "b", "c", "e"})


class Brake(StrEnum):
    """Why a list is not believed."""

    EDITED = "edited"
    UNKNOWN = "unknown"
    HIDDEN = "hidden"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question about a whole list."""

    brake: Brake
    text: Message
    #: {provisional key of a new row: the known payments that it may be}.
    pairs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: The rows and keys that it is about: the same ones are not asked about again.
    about: frozenset[str] = frozenset()
    #: Of these, the new rows as they are listed: no ledger holds them yet.
    rows: tuple[Payment, ...] = ()


def question(snapshot: Snapshot, matched: Matched, edits: Edits, presence: Presence) -> Question | None:
    """Return the question that stops this reading, or None; what was answered is not asked. May raise MoreNeeded."""
    for ask in (_edited, _unknown, _hidden, _emptied):
        asked = ask(snapshot, matched, edits, presence)
        answer = snapshot.answer
        if asked is not None and (answer is None or not answer.covers(asked.brake, asked.about)):
            return asked
    return None


def _edited(snapshot: Snapshot, matched: Matched, edits: Edits, presence: Presence) -> Question | None:  # noqa: ARG001
    pairs = {
        row: tuple(one.key for one in candidates)
        for row, candidates in edits.candidates.items()
        if any(one.rule in COUNTED for one in candidates)
    }
    if len(pairs) < PAIRS and (len(pairs) < FEW_PAIRS or len(pairs) < SHARE * snapshot.listed):
        return None
    text = message(
        "{count} of {rows} rows look like payments that are known, with a time, number or amount changed: are they the "
        "same payments?",
        count=len(pairs),
        rows=snapshot.listed,
    )
    rows = tuple(one for one in matched.fresh if one.key in pairs)
    return Question(brake=Brake.EDITED, text=text, pairs=pairs, about=frozenset(pairs), rows=rows)


def _unknown(snapshot: Snapshot, matched: Matched, edits: Edits, presence: Presence) -> Question | None:
    last = snapshot.last
    if snapshot.listed < UNKNOWN or matched.rows or matched.failed or last is None or snapshot.adoption.is_fresh:
        return None
    if edits.places or presence.window is None or not last.rows or last.at < presence.window:
        return None
    inside = [one for one in snapshot.entries.values() if presence.is_inside(one.payment)]
    everything = snapshot.tab(Tab.ALL, presence.window)
    shown = everything if everything is not None else snapshot.tab(Tab.REFLECTED, presence.window)
    if shown is not None and any(shown.counts[one.payment.identity] for one in inside):
        return None
    text = message(
        "{rows} rows are listed, and not one of them is known, though the list was read at {at}: is it the right list?",
        rows=snapshot.listed,
        at=_clock(last.at),
    )
    rows = tuple(matched.fresh)
    return Question(brake=Brake.UNKNOWN, text=text, about=frozenset(one.key for one in rows), rows=rows)


def _hidden(snapshot: Snapshot, matched: Matched, edits: Edits, presence: Presence) -> Question | None:  # noqa: ARG001
    last = snapshot.last
    if last is None or presence.window is None:
        return None
    paired = {one.key for row in edits.candidates.values() for one in row} | set(edits.places.values())
    missing = [
        entry
        for key in last.keys
        if (entry := snapshot.entries.get(key)) is not None and _may_be_hidden(entry, presence) and key not in paired
    ]
    if len(missing) < HIDDEN:
        return None
    # The second tab is read only where the first leaves enough of them open: most days a person reflected them.
    for tab in (Tab.REFLECTED, Tab.FORCED):
        snapshot.tab(tab, min(one.payment.time for one in missing))
        missing = [one for one in missing if not presence.may_stand_under(tab, one.payment)]
        if len(missing) < HIDDEN:
            return None
    gone = [one.payment.key for one in missing]
    text = message(
        "{count} payments of the last reading are listed no more, on no tab: is a part of the list hidden by a filter "
        "or a period?",
        count=len(gone),
    )
    return Question(brake=Brake.HIDDEN, text=text, about=frozenset(gone))


def _emptied(snapshot: Snapshot, matched: Matched, edits: Edits, presence: Presence) -> Question | None:  # noqa: ARG001
    """Ask about an empty list: what it held must stand on another tab, or be older than a list keeps a row."""
    if snapshot.listed:
        return None
    since = snapshot.now - KEPT_FOR
    missing = sorted(
        (one.payment for one in snapshot.left if one.payment.time >= since and not _is_undone(one)),
        key=lambda payment: payment.time,
    )
    gone = [payment.key for payment in missing if not presence.stands_anywhere(payment)]
    if not gone or (len(gone) < len(missing) and len(gone) < HIDDEN):
        return None
    text = message(
        "the list is empty, and of {listed} payments of the last reading that it should still show {count} stand on no "
        "other tab: are they hidden by a filter or a period?",
        listed=len(missing),
        count=len(gone),
    )
    return Question(brake=Brake.HIDDEN, text=text, about=frozenset(gone))


def _may_be_hidden(entry: Entry, presence: Presence) -> bool:
    payment = entry.payment
    if _is_undone(entry):
        return False
    return presence.is_inside(payment) and not presence.is_listed(payment.key) and not presence.has_turned(payment)


def _is_undone(entry: Entry) -> bool:
    """True for a row that may leave without a trace."""
    return why.is_reason(entry.excluded, why.UNDONE) or (entry.state is State.HELD and entry.payment.number == "")


def _clock(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}"
