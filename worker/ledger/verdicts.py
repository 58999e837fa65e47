"""What a person decides of a payment, and of all that may be that payment."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from enum import StrEnum

from worker.errors import IllegalMove, Overtaken
from worker.i18n import Message, loaded, message, stored
from worker.ledger.entries import pairing_of
from worker.ledger.entry import Entry
from worker.ledger.listed import Listed
from worker.ledger.people import demand_own_name
from worker.ledger.readings import DIFFERENT, SAME
from worker.ledger.settled_decisions import SettledDecisions
from worker.ledger.state import ALARMING, State
from worker.ledger.words import OURS_IN_MESSAGES, STATES_IN_MESSAGES
from worker.payments.payment import KST, PaymentKind
from worker.payments.why import decided_unlisted, is_reason, same_as
from worker.runtime import sqlite as sqlite3

#: The rules by which two keys may be one payment.
EDITS = frozenset({"a", "b", "c", "e", "f"})


class RowVerdict(StrEnum):
    """What a person decides about a payment that waits for one."""

    POSTED = "posted"  # it stands in the ERP: never post it
    NOT_POSTED = "not posted"  # it does not: post it
    NEVER = "never"  # it does not, and needs no deposit


#: A verdict as a part of a sentence.
VERDICTS: Mapping[RowVerdict, Message] = {
    RowVerdict.POSTED: message("posted"),
    RowVerdict.NOT_POSTED: message("not posted"),
    RowVerdict.NEVER: message("never"),
}


class _Foreseen(Exception):
    """What was to be seen is seen: take it back."""


class Verdicts(SettledDecisions, Listed):
    """The part of the ledger that settles payments as people say."""

    def resolve(
        self,
        key: str,
        verdict: RowVerdict,
        *,
        by: str,
        why: str,
        at: datetime,
        slip: str = "",
        as_of: Mapping[str, int] | None = None,
        effect_after: timedelta = timedelta(0),
        is_apart: bool = False,
    ) -> tuple[str, ...]:
        """Settle one payment that waits for a person, as that person says. Raises IllegalMove for any other.

        What is said of a row that may be an edit is said of the pair: one payment is never posted under two keys. What
        is in doubt is settled by itself: whether another row is an edit of it stays a question. Returns the keys of all
        that were linked to it, the newest form first; only its own where there is none.

        `as_of`: what `stand` told when the person was asked. Raises Overtaken where it tells something else now.
        `is_apart`: with NOT_POSTED, what it looks like is another payment: where that was never sent it waits on alone.
        `effect_after`: what is to be posted goes out in a cycle that long after, or later; until it has gone out,
        `undo_verdict` takes the decision back. One by which nothing goes out it takes back for longer.
        Raises DaybreakError where `by` is a name of daybreak's own.
        """
        demand_own_name(by)
        with self._write(fenced=False) as db:
            if as_of is not None:
                self.demand_as_of(key, as_of)
            before = list(self.entries(self._linked(key)).values())
            asked = self._unanswered(before)
            keys = self._resolve(db, key, verdict, by=by, why=why, at=at, slip=slip, is_apart=is_apart)
            answered = asked - self._unanswered(before)
            if verdict is not RowVerdict.NOT_POSTED:
                self._note_settled(db, key, before, sorted(answered), by=by, at=at)
                return keys
            effect_at = at + effect_after if effect_after else None
            self._note_decision(db, before, answered, by=by, at=at, effect_at=effect_at)
            return keys

    def foresee(
        self,
        key: str,
        verdict: RowVerdict,
        *,
        by: str,
        why: str,
        at: datetime,
        slip: str = "",
        is_apart: bool = False,
    ) -> tuple[Entry, ...]:
        """Return what a verdict would make of a payment and of all that is linked to it; nothing of it is kept.

        Raises IllegalMove as `resolve` would.
        """
        found: tuple[Entry, ...] = ()
        with suppress(_Foreseen), self._write(fenced=False) as db:
            keys = self._resolve(db, key, verdict, by=by, why=why, at=at, slip=slip, is_apart=is_apart)
            entries = self.entries(keys)
            found = tuple(entries[one] for one in keys)
            raise _Foreseen
        return found

    def stand(self, key: str) -> dict[str, int]:
        """Return {key: its newest move} of a payment and of all that may be it: what a person decides about."""
        keys = self._linked(key)
        rows = self._rows(
            f"SELECT key, MAX(id) AS id FROM move WHERE key IN ({','.join('?' * len(keys))}) GROUP BY key", keys
        )
        return {row["key"]: int(row["id"]) for row in rows}

    def _linked(self, key: str) -> list[str]:
        """Return this payment and all that may be it."""
        try:
            return [one.payment.key for one in self.open_forms(key)] or [key]
        except IllegalMove:  # several rows may be it: each of them is settled first
            return [key]

    def _unanswered(self, entries: Sequence[Entry]) -> set[tuple[str, str]]:
        """Return the pairs (new, old) of these payments that nobody has decided."""
        pairs = self.pairings([one.payment.key for one in entries])
        return {(one.new, one.old) for one in pairs if not one.answer}

    def demand_as_of(self, key: str, as_of: Mapping[str, int]) -> None:
        """Raise Overtaken where what a person was shown of a payment is not what stands there now."""
        now = self.stand(key)
        if now == as_of:
            return
        for name in (key, *now):
            row = self._row("SELECT * FROM move WHERE key = ? AND id > ? ORDER BY id DESC", (name, as_of.get(name, 0)))
            if row is not None:
                at = datetime.fromisoformat(row["at"]).astimezone(KST)
                raise Overtaken(
                    message(
                        "payment {key} has changed since it was shown: {state} by {by} on {at}: {why}. Nothing was "
                        "changed; look at it again",
                        key=name,
                        state=STATES_IN_MESSAGES[State(row["after"])],
                        by=OURS_IN_MESSAGES.get(row["by"], row["by"]),
                        at=f"{at:%Y-%m-%d %H:%M:%S}",
                        why=loaded(row["why"]),
                    )
                )
        raise Overtaken(
            message(
                "payment {key}: which rows may be the same payment has changed since it was shown. Nothing was "
                "changed; look at it again",
                key=key,
            )
        )

    def _resolve(
        self,
        db: sqlite3.Connection,
        key: str,
        verdict: RowVerdict,
        *,
        by: str,
        why: str,
        at: datetime,
        slip: str,
        is_apart: bool,
    ) -> tuple[str, ...]:
        found = self.entry(key)
        if found is None or found.state not in ALARMING or found.excluded:
            stands = message("it was never seen")
            if found and found.state is State.POSTED and not found.excluded:
                stands = message("it is posted")
            elif found:
                stands = message("it is {state}", state=found.excluded or str(found.state))
            raise IllegalMove(message("payment {key} does not wait for a person: {stands}", key=key, stands=stands))
        said = message("{verdict}, says {by}: {why}", verdict=VERDICTS[verdict], by=by, why=why)
        # What is in doubt is settled by itself; whether another row is an edit of it stays a question of its own. What
        # the ERP refused was never stored: it goes with its edited row.
        forms = self.open_forms(key)
        if forms and found.state is not State.IN_DOUBT:
            self._resolve_forms(db, forms, verdict, said, by=by, at=at, slip=slip, is_apart=is_apart)
            return tuple(one.payment.key for one in forms)
        if verdict is RowVerdict.NOT_POSTED:
            self._refuse_too_much_back(found)
        self._resolve_one(db, found, verdict, said, by=by, at=at, slip=slip)
        return tuple(one.payment.key for one in forms) or (key,)

    def take_back_release(self, key: str, *, why: str, slip: str, at: datetime) -> None:
        """Write down that a look-up found a deposit that a person had released. Raises IllegalMove if it left SEEN."""
        with self._write() as db:
            self._move(db, key, State.SEEN, State.HELD, at=at, by="look-up", why=why, quiet=True)
            self._move(db, key, State.HELD, State.POSTED, at=at, by="look-up", why=why, slip=slip, quiet=True)

    def _resolve_one(
        self, db: sqlite3.Connection, entry: Entry, verdict: RowVerdict, said: str, *, by: str, at: datetime, slip: str
    ) -> None:
        key = entry.payment.key
        if verdict is RowVerdict.POSTED:
            self._move(db, key, entry.state, State.POSTED, at=at, by=by, why=said, slip=slip)
            return
        self._move(db, key, entry.state, State.SEEN, at=at, by=by, why=said)
        if verdict is RowVerdict.NEVER:
            is_plain = is_reason(said, same_as("")) or key in self.keys_listed_last()
            self._exclude(db, key, said if is_plain else decided_unlisted(said), at=at, by=by)
            return
        db.execute("UPDATE payment SET cleared = ? WHERE key = ?", (stored(said), key))

    def open_forms(self, key: str) -> list[Entry]:
        """Return all that may be one payment with this one, itself too, the newest form first; nothing without a pair.

        Only pairs that nobody has decided count. Another row that may be an edit of the same payment is none of it: of
        two such rows one is another payment. Raises IllegalMove where several newer rows may be this payment.
        """
        found = map(pairing_of, self._rows("SELECT * FROM pairing WHERE answer = '' ORDER BY id"))
        pairs = [one for one in found if one.rule in EDITS]
        newer = [key]
        for name in newer:  # grows while it is gone through
            newer += [one.new for one in pairs if one.old == name and one.new not in newer]
        newest = [name for name in newer if all(one.old != name for one in pairs)]
        if len(newest) > 1:
            raise IllegalMove(
                message(
                    "several rows may be the payment {key}: settle each of them first: {rows}",
                    key=key,
                    rows=", ".join(sorted(newest)),
                )
            )
        order = newest or [key]
        for name in order:  # grows while it is gone through
            order += [one.old for one in pairs if one.new == name and one.old not in order]
        entries = self.entries(order) if len(order) > 1 else {}
        return [entries[name] for name in order if name in entries]

    def _resolve_forms(
        self,
        db: sqlite3.Connection,
        forms: Sequence[Entry],
        verdict: RowVerdict,
        said: str,
        *,
        by: str,
        at: datetime,
        slip: str,
        is_apart: bool,
    ) -> None:
        """Settle a row and what it may be an edit of, together; `is_apart`: what was never sent waits on by itself."""
        waiting = [one for one in forms if one.state in (State.HELD, State.REJECTED) and not one.excluded]
        settled = [one for one in forms if one not in waiting]
        unsure = [one.payment.key for one in settled if one.state in (State.SENT, State.IN_DOUBT, State.ARMED)]
        about_to = [one.payment.key for one in settled if one.state in (State.SEEN, State.PLANNED) and not one.excluded]
        newest = waiting[0]
        if verdict is RowVerdict.NOT_POSTED and (unsure or about_to):
            names = ", ".join([*unsure, *about_to])
            raise IllegalMove(
                message(
                    "payment {key} may be the same as {names}, which may be posted: settle that one first",
                    key=newest.payment.key,
                    names=names,
                )
            )
        # What stands in the ERP, or is its older form, must not go out by itself: it is asked about next.
        newer = forms[: forms.index(newest)]
        asked = [
            one for one in settled if one.payment.key in about_to and (verdict is RowVerdict.POSTED or one in newer)
        ]
        if busy := [one.payment.key for one in asked if one.state is not State.SEEN]:
            raise IllegalMove(
                message(
                    "payment {key} may be the same as {names}, which is being posted: ask again when the cycle has "
                    "ended. Nothing was changed",
                    key=newest.payment.key,
                    names=", ".join(busy),
                )
            )
        if verdict is RowVerdict.NOT_POSTED:
            self._refuse_too_much_back(newest)
        is_same = verdict is not RowVerdict.NOT_POSTED
        # One that was posted says more than one that needed no deposit.
        others = [one for one in settled if one not in asked]
        posted = next(iter(sorted(others, key=lambda one: one.state is not State.POSTED)), None)
        if verdict is RowVerdict.POSTED and posted is not None:
            # It stands in the ERP as the payment that it was before the edit: no deposit of its own.
            self._resolve_one(db, newest, RowVerdict.NEVER, same_as(posted.payment.key), by=by, at=at, slip="")
        else:
            self._resolve_one(db, newest, verdict, said, by=by, at=at, slip=slip)
        for one in asked:
            why = message("may be the same payment as {key}, of which {by} has decided", key=newest.payment.key, by=by)
            self._move(db, one.payment.key, State.SEEN, State.HELD, at=at, by=by, why=why)
        for one in () if is_apart else waiting[1:]:
            # Never sent, and listed as the newest form since: whatever becomes of that one is said of this one.
            self._resolve_one(db, one, RowVerdict.NEVER, same_as(newest.payment.key), by=by, at=at, slip="")
        keys = [one.payment.key for one in forms]
        still_asked = {one.payment.key for one in asked}
        unsent = set() if is_apart else {one.payment.key for one in waiting[1:]}
        for pair in self.pairings(keys):
            is_theirs = {pair.new, pair.old} <= set(keys)
            is_asked = is_apart and newest.payment.key not in (pair.new, pair.old)
            if (
                is_theirs
                and not is_asked
                and not pair.answer
                and pair.rule in EDITS
                and not {pair.new, pair.old} & still_asked
            ):
                answer = SAME if is_same or pair.old in unsent else DIFFERENT
                db.execute("UPDATE pairing SET answer = ? WHERE new = ? AND old = ?", (answer, pair.new, pair.old))

    def _refuse_too_much_back(self, entry: Entry) -> None:
        """Raise IllegalMove where a cancellation would take back more than was approved."""
        approval = self.entry(entry.approval_key) if entry.approval_key else None
        if entry.payment.kind is not PaymentKind.CANCELLATION or approval is None:
            return
        rows = self._rows(
            "SELECT amount FROM payment WHERE approval_key = ? AND key <> ? AND excluded = '' "
            "AND state NOT IN ('held', 'rejected')",
            (entry.approval_key, entry.payment.key),
        )
        back = sum(row["amount"] for row in rows)
        if back + entry.payment.amount > approval.payment.amount:
            raise IllegalMove(
                message(
                    "payment {key} would take back more than was approved: {total} won were approved, {back} won are "
                    "taken back already. Nothing was changed",
                    key=entry.payment.key,
                    total=approval.payment.amount,
                    back=back,
                )
            )
