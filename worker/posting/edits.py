"""When a fresh row is an edit of a known payment, and when it takes that payment's place without a question."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from worker.ledger.entry import Entry
from worker.ledger.readings import SAME
from worker.payments import why
from worker.payments.payment import Payment, PaymentKind, other_acquirer
from worker.posting.matching import Matched
from worker.posting.snapshot import Snapshot

if TYPE_CHECKING:
    from worker.posting.presence import Presence


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A known payment that a fresh row may be an edit of."""

    key: str
    rule: str
    #: True when its own row is listed no more.
    gone: bool


@dataclass(slots=True)
class Edits:
    """What the fresh rows of one reading are to the known payments."""

    #: {key of a fresh row: its candidates}.
    candidates: dict[str, list[Candidate]] = field(default_factory=dict)
    #: {key of a fresh row: the payment whose place it takes}.
    places: dict[str, str] = field(default_factory=dict)


# --- the rules, each by itself: is `new` an edit of `old`? -----------------------------------------------------------
# Both are of one kind. `gone`: the old row has vanished. `late`: the new one is older than the last complete reading.


def second_edited(new: Payment, old: Payment, *, gone: bool, late: bool) -> bool:  # noqa: ARG001
    """(a) Number and won are equal, the second differs. Two equal partial cancellations are not edits of each other."""
    same = bool(new.number) and (new.number, new.amount) == (old.number, old.amount)
    return same and new.time != old.time and (gone or new.kind is PaymentKind.APPROVAL)


def number_edited(new: Payment, old: Payment, *, gone: bool, late: bool) -> bool:  # noqa: ARG001
    """(b) Second and won are equal, the number differs or one has none."""
    return gone and (new.time, new.amount) == (old.time, old.amount) and new.number != old.number


def amount_edited(new: Payment, old: Payment, *, gone: bool, late: bool) -> bool:  # noqa: ARG001
    """(c) Number and second are equal, the won differ."""
    return bool(new.number) and (new.number, new.time) == (old.number, old.time) and new.amount != old.amount


def two_edited(new: Payment, old: Payment, *, gone: bool, late: bool) -> bool:
    """(e) A row that comes late, of a vanished one's second, or of its payer and one of its number and won."""
    alike = (bool(new.number) and new.number == old.number) or new.amount == old.amount
    return gone and late and (new.time == old.time or (new.payer == old.payer and alike))


Rule = Callable[..., bool]

#: The rules that make a question. A row may be an edit by several: the first one is told.
RULES: Mapping[str, Rule] = {"a": second_edited, "c": amount_edited, "b": number_edited, "e": two_edited}


def number_came(new: Payment, old: Payment) -> bool:
    """(d) The old row had no number, the new one has; second, won and payer are equal."""
    same = (new.time, new.amount, new.payer) == (old.time, old.amount, old.payer)
    return same and bool(new.number) and not old.number


def payer_edited(new: Payment, old: Payment) -> bool:
    """(f) Neither has a number; second and won are equal, the payer differs."""
    same = (new.time, new.amount) == (old.time, old.amount)
    return same and not new.number and not old.number and new.payer != old.payer


#: The rules by which a row takes the place of a known one.
PLACES: Mapping[str, Callable[[Payment, Payment], bool]] = {"d": number_came, "f": payer_edited}


# --- all of them on one reading --------------------------------------------------------------------------------------


def find(snapshot: Snapshot, matched: Matched, presence: "Presence") -> Edits:
    """Return what the fresh rows are. Rows with one acquirer each, and another one, are never paired."""
    return _Finder(snapshot, matched, presence).find()


class _Finder:
    def __init__(self, snapshot: Snapshot, matched: Matched, presence: "Presence") -> None:
        self._snapshot = snapshot
        self._matched = matched
        self._presence = presence
        answered = {one.old for one in snapshot.pairings if one.answer == SAME}
        self._requested = frozenset(snapshot.last.requested if snapshot.last else ())
        self._lost: Counter[object] = Counter(snapshot.last.requested if snapshot.last else ())
        self._lost.subtract(Counter(snapshot.open.requested))
        self._by_number: dict[tuple[PaymentKind, str], list[Payment]] = {}
        self._by_place: dict[tuple[PaymentKind, datetime, int], list[Payment]] = {}
        self._by_payer: dict[tuple[PaymentKind, str], list[Payment]] = {}
        self._by_second: dict[tuple[PaymentKind, datetime], list[Payment]] = {}
        for entry in snapshot.entries.values():
            if entry.payment.key not in answered and not _is_spent(entry):
                self._add(entry.payment)

    def _add(self, payment: Payment) -> None:
        if payment.number:
            self._by_number.setdefault((payment.kind, payment.number), []).append(payment)
        self._by_place.setdefault((payment.kind, payment.time, payment.amount), []).append(payment)
        self._by_payer.setdefault((payment.kind, payment.payer), []).append(payment)
        self._by_second.setdefault((payment.kind, payment.time), []).append(payment)

    def find(self) -> Edits:
        found = Edits()
        fresh = self._matched.fresh
        self._take_places(fresh, found)
        news = self._late_approvals(fresh)
        for row in fresh:
            if row.key not in found.places and (candidates := self._candidates(row, is_news=row.key in news)):
                found.candidates[row.key] = candidates
            self._add(row)
        return found

    # --- (d) and (f) ---

    def _take_places(self, fresh: Sequence[Payment], found: Edits) -> None:
        groups: dict[tuple[object, ...], list[Payment]] = {}
        for row in fresh:
            groups.setdefault((row.kind, row.time, row.amount, row.payer if row.number else ""), []).append(row)
        for rows in groups.values():
            if rows[0].number:
                self._take(rows, self._old_of(rows[0], number_came), found)
            elif not self._was_requested(rows):
                self._take(rows, self._old_of(rows[0], payer_edited), found)

    def _old_of(self, row: Payment, rule: Callable[[Payment, Payment], bool]) -> list[Payment]:
        known = self._by_place.get((row.kind, row.time, row.amount), ())
        return [
            one
            for one in known
            if rule(row, one) and not other_acquirer(row, one) and (self._is_gone(one) or self._has_left_waiting(one))
        ]

    def _has_left_waiting(self, old: Payment) -> bool:
        """True for a row that waits for its number and is open no more: a row like it elsewhere proves nothing.

        Without a number no tab tells it from another one. Was it that one, then what comes now is another payment, and
        one deposit is right all the same.
        """
        entry = self._snapshot.entries.get(old.key)
        if entry is None or not _waits_for_number(entry) or self._presence.is_listed(old.key):
            return False
        return self._presence.is_inside(old) and not self._presence.has_turned(old)

    def _take(self, rows: Sequence[Payment], old: Sequence[Payment], found: Edits) -> None:
        """One to one, or any of several that all wait for their number alike."""
        alike = all(_waits_for_number(self._snapshot.entries[one.key]) for one in old)
        # Which of them it is no reading tells: the one that a person may have entered comes first, and posts nothing.
        old = sorted(old, key=lambda one: not why.was_said_posted(self._snapshot.entries[one.key].why))
        if len(rows) == len(old) == 1 or (old and alike and len(rows) <= len(old) and rows[0].number):
            found.places |= {row.key: one.key for row, one in zip(rows, old, strict=False)}
        elif old and not rows[0].number:
            for row in rows:
                found.candidates[row.key] = [Candidate(key=one.key, rule="f", gone=True) for one in old]

    # --- (a), (b), (c), (e) ---

    def _candidates(self, row: Payment, *, is_news: bool) -> list[Candidate]:
        alike = {
            one.key: one
            for one in (
                *self._by_number.get((row.kind, row.number), ()),
                *self._by_place.get((row.kind, row.time, row.amount), ()),
                *(self._by_payer.get((row.kind, row.payer), ()) if self._is_late(row) else ()),
                *(self._by_second.get((row.kind, row.time), ()) if self._is_late(row) else ()),
            )
            if not other_acquirer(row, one) and one.identity != row.identity
        }
        found = [one for old in alike.values() if (one := self._candidate(row, old, is_news=is_news))]
        return sorted(found, key=lambda one: (list(RULES).index(one.rule), one.key))

    def _candidate(self, row: Payment, old: Payment, *, is_news: bool) -> Candidate | None:
        late = self._is_late(row)
        for name, rule in RULES.items():
            if not rule(row, old, gone=True, late=late):
                continue
            needs_gone = not rule(row, old, gone=False, late=late)
            if needs_gone and (is_news or not self._is_gone(old)):
                continue
            return Candidate(key=old.key, rule=name, gone=self._is_gone(old) if not needs_gone else True)
        return None

    def _is_late(self, row: Payment) -> bool:
        """True for a row older than the start of the last complete reading that was not requested then."""
        last = self._snapshot.last
        return last is not None and row.time < last.at and row.request not in self._requested

    def _is_gone(self, old: Payment) -> bool:
        entry = self._snapshot.entries.get(old.key)
        return entry is not None and self._presence.is_gone(entry)

    # --- late approvals ---

    def _late_approvals(self, fresh: Sequence[Payment]) -> set[str]:
        """Return the fresh rows that are requests which were approved since: news, not edits."""
        groups: dict[object, list[Payment]] = {}
        for row in fresh:
            if row.kind is PaymentKind.APPROVAL:
                groups.setdefault(row.request, []).append(row)
        found: set[str] = set()
        for request, rows in groups.items():
            known = self._by_place.get((PaymentKind.APPROVAL, rows[0].time, rows[0].amount), ())
            from_one_payer = any(one.payer == rows[0].payer and self._is_gone(one) for one in known)
            if self._lost[request] >= len(rows) and not from_one_payer:
                found |= {one.key for one in rows}
        return found

    def _was_requested(self, rows: Iterable[Payment]) -> bool:
        return any(self._lost[one.request] > 0 for one in rows)


def place_of(payment: Payment) -> tuple[datetime, int, str]:
    """Return what a row keeps when it turns from 승인 to 취소 or back: its second, won, and number or else payer."""
    return payment.time, payment.amount, payment.number or payment.payer


def _waits_for_number(entry: Entry) -> bool:
    """True for a payment that was not sent and waits for its approval number, without a person's decision."""
    if entry.excluded or entry.cleared:
        return False
    return entry.state == "seen" or (
        entry.state == "held" and why.is_reason(why.first_reason(entry.why), why.NO_NUMBER)
    )


def _is_spent(entry: Entry) -> bool:
    """True for an edit that was undone: it is no form of another payment any more."""
    return why.is_reason(entry.excluded, why.UNDONE)
