"""Which listed row is which known payment: by identity, counted over open, reflected and known rows."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from worker.ledger.entry import Entry
from worker.ledger.readings import LastReading
from worker.ledger.state import State
from worker.payments import why
from worker.payments.payment import Identity, Payment, key_of
from worker.posting.snapshot import Snapshot, Tab

#: What a row that is listed as open contradicts: an earlier reading, or a person who could not see it listed.
_CONTRADICTED = (why.REFLECTED, why.BY_HAND, why.CANCELLED_FIRST, why.decided_unlisted(""))


@dataclass(slots=True)
class Matched:
    """Every payment of 미반영, known or fresh."""

    #: {key of a known payment: its row}.
    rows: dict[str, Payment] = field(default_factory=dict)
    #: Rows whose cancellation failed, by the known approval that they are.
    failed: dict[str, Payment] = field(default_factory=dict)
    #: Rows that no known payment is, oldest first, with keys of their own.
    fresh: list[Payment] = field(default_factory=list)
    #: Of these, rows of a failed cancellation; and rows that have the identity of another one.
    fresh_failed: set[str] = field(default_factory=set)
    twins: dict[str, str] = field(default_factory=dict)
    #: Rows that may be counted twice because somebody reflected or renamed one meanwhile: decided by the next reading.
    deferred: list[Payment] = field(default_factory=list)
    #: Known payments that stand under 회계반영 as far as counting tells.
    reflected: set[str] = field(default_factory=set)
    #: What was excluded by a reading, and is listed as open again.
    contradicted: set[str] = field(default_factory=set)


def match(snapshot: Snapshot) -> Matched:
    """Match the rows of 미반영 with what is known. Raises MoreNeeded where 회계반영 decides."""
    found = Matched()
    known = _by_identity(snapshot.entries.values())
    taken = set(snapshot.entries)
    failed = {id(one) for one in snapshot.open.failed}
    groups: dict[Identity, list[Payment]] = {}
    for row in (*snapshot.open.payments, *snapshot.open.failed):
        groups.setdefault(row.identity, []).append(row)
    in_order = {identity: _in_order(known.get(identity, ()), rows, snapshot) for identity, rows in groups.items()}
    # 회계반영 decides wherever an open row may be none of those that are known and open: it is read once, for all.
    # What a reading put off is counted again: without 회계반영 it would pass for the payment that stands there.
    put_off = snapshot.last.deferred if snapshot.last else frozenset()
    asked = [
        identity[1]
        for identity, rows in groups.items()
        if identity[3]
        and (identity in put_off or len(rows) > sum(not _was_reflected(one) for one in in_order[identity]))
    ]
    if asked:
        snapshot.tab(Tab.REFLECTED, min(asked))
    for identity, rows in groups.items():
        entries = in_order[identity]
        left = _match_group(snapshot, identity, rows, entries, found, failed)
        _add_fresh(
            identity,
            left,
            entries,
            found,
            failed,
            taken,
            standing=reflected_rows(snapshot, identity),
            is_renamed=len({one.payer for one in rows}) > 1,
            last=snapshot.last,
        )
    found.fresh.sort(key=lambda one: (one.time, one.ordinal))
    return found


def _by_identity(entries: Iterable[Entry]) -> Mapping[Identity, list[Entry]]:
    known: dict[Identity, list[Entry]] = {}
    for entry in entries:
        known.setdefault(entry.payment.identity, []).append(entry)
    return known


def _in_order(entries: Sequence[Entry], rows: Sequence[Payment], snapshot: Snapshot) -> list[Entry]:
    """Return the known payments of an identity, the likeliest match of an open row first."""
    payers = {one.payer for one in rows}
    before = snapshot.last.keys if snapshot.last else frozenset()

    def rank(entry: Entry) -> tuple[bool, bool, bool, bool, int]:
        payment = entry.payment
        was_said = entry.state is State.HELD and why.was_said_posted(entry.why)
        return _was_reflected(entry), was_said, payment.key not in before, payment.payer not in payers, payment.ordinal

    return sorted(entries, key=rank)


def _was_reflected(entry: Entry) -> bool:
    return why.is_reason(entry.excluded, why.REFLECTED)


def _match_group(
    snapshot: Snapshot,
    identity: Identity,
    rows: Sequence[Payment],
    entries: list[Entry],
    found: Matched,
    failed: set[int],
) -> list[Payment]:
    """Give each row of one identity its known payment; return the rows that are left over."""
    standing = reflected_rows(snapshot, identity)
    # As many of the known ones as stand under 회계반영 are not those that are listed here: the least likely first.
    in_use = entries[max(0, len(entries) - standing) :]
    found.reflected |= {entry.payment.key for entry in in_use}
    free = entries[: len(entries) - len(in_use)]
    left = list(rows)
    for entry in free:
        if not left:
            break
        like = (place for place, one in enumerate(left) if one.payer == entry.payment.payer)
        row = left.pop(next(like, 0))
        key = entry.payment.key
        (found.failed if id(row) in failed else found.rows)[key] = row
        # A cancellation that failed contradicts as well: the approval stands.
        if entry.excluded and why.is_reason(entry.excluded, *_CONTRADICTED):
            found.contradicted.add(key)
    return left


def reflected_rows(snapshot: Snapshot, identity: Identity) -> int:
    """Return how many rows of an identity stand under 회계반영, as far as it was read.

    An empty number matches nothing there.
    """
    return snapshot.read(Tab.REFLECTED).counts[identity] if identity[3] else 0


def _add_fresh(
    identity: Identity,
    rows: Sequence[Payment],
    entries: Sequence[Entry],
    found: Matched,
    failed: set[int],
    taken: set[str],
    *,
    standing: int,
    is_renamed: bool,
    last: LastReading | None,
) -> None:
    """Take the rows that are left over for new ones; a row that shares the identity of another is its twin.

    One row may be read twice: before and after somebody reflected it, or renamed its payer. The next reading decides.
    """
    if not rows:
        return
    ordinal, number = len(entries), identity[3]
    was_deferred = last is not None and identity in last.deferred
    first = entries[0].payment.key if entries else ""
    for row in rows:
        if not was_deferred and (standing or (is_renamed and first)):
            found.deferred.append(row)
            continue
        while (key := key_of(identity, ordinal)) in taken:
            ordinal += 1
        taken.add(key)
        payment = replace(row, key=key, ordinal=ordinal)
        found.fresh.append(payment)
        if id(row) in failed:
            found.fresh_failed.add(key)
        if number and (first or standing):
            found.twins[key] = first
        first = first or key
        ordinal += 1
