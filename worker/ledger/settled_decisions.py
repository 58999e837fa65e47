"""Takes a person's decision back: one to post until the deposit has gone out, any other while the ERP's list shows it.

A payment that counts as posted, or needs no deposit, waits for a person or for proof again: nothing is sent by that.
What was held, and was said to be posted, waits for a person alone from then on. So does what was in doubt and was said
to stand there as a slip: one that a person has entered carries no key, and no look-up finds it.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from worker.errors import IllegalMove
from worker.i18n import Message, loaded, message, stored
from worker.ledger.database import utc
from worker.ledger.entry import Entry
from worker.ledger.notes import SETTLED_DECISIONS
from worker.ledger.open_decisions import OpenDecision, OpenDecisions, RowBefore, decision_of
from worker.ledger.people import demand_own_name
from worker.ledger.state import ALARMING, State
from worker.payments.payment import WINDOW
from worker.payments.why import said_posted, was_said_posted
from worker.runtime import sqlite as sqlite3


class SettledDecisions(OpenDecisions):
    """The part of the ledger that takes decisions back."""

    def settled_decisions(self, now: datetime) -> list[OpenDecision]:
        """Return the decisions by which nothing goes out and that can be taken back, the oldest first."""
        noted = [decision_of(key, one, posts=False) for key, one in self._noted_settled().items()]
        found = [one for one in noted if not _is_over(one.at, now) and self._stands(one)]
        return sorted(found, key=lambda one: one.at)

    def decision_about(self, key: str, now: datetime) -> OpenDecision | None:
        """Return the decision about a row that can be taken back, or None."""
        both = [*self.open_decisions(), *self.settled_decisions(now)]
        return next((one for one in both if key in one.rows), None)

    def undo_verdict(self, key: str, *, by: str, why: str, at: datetime) -> tuple[str, ...]:
        """Take back the decision about a payment: it and all settled with it wait again as they did before.

        A move of its own for each; nothing is taken out of the record. Look-ups of before prove nothing any more.
        Returns the keys of what waits again. Raises IllegalMove where there is no such decision, or a cycle follows it.
        """
        demand_own_name(by)
        with self._write(fenced=False) as db:
            found = self.decision_about(key, at)
            if found is None:
                raise IllegalMove(self._why_not_undone(key))
            said: Message = message("the decision of {before} is taken back by {by}", before=found.by, by=by)
            if why:
                said = message("the decision of {before} is taken back by {by}: {why}", before=found.by, by=by, why=why)
            undone = [
                name
                for name, row in found.rows.items()
                if (found.posts and name == found.key) or self._newest_move(name) == row.move
            ]
            for name in undone:
                self._put_back(db, name, found.rows[name], said, by=by, at=at)
            db.executemany(
                "UPDATE pairing SET answer = '' WHERE new = ? AND old = ?",
                [pair for pair in found.pairs if set(pair) & set(undone)],
            )
            if found.posts:
                kept = {name: one for name, one in self._noted_decisions().items() if name != found.key}
                self._keep_decisions(db, kept)
            else:
                self._keep_settled(db, {name: one for name, one in self._noted_settled().items() if name != found.key})
            return tuple(undone)

    def _before_taking_down(self, db: sqlite3.Connection, version: int) -> None:
        """Forget them: an earlier daybreak takes none of them back."""
        super()._before_taking_down(db, version)
        db.execute("DELETE FROM meta WHERE key = ?", (SETTLED_DECISIONS,))

    def _note_settled(
        self,
        db: sqlite3.Connection,
        key: str,
        before: Sequence[Entry],
        pairs: Sequence[tuple[str, str]],
        *,
        by: str,
        at: datetime,
    ) -> None:
        """Write down, with the decision itself, what it has changed of what waited for a person.

        What did not wait and is asked about now goes on waiting when the decision is taken back.
        """
        after = self.entries([one.payment.key for one in before])
        waited = [one for one in before if one.state in ALARMING and not one.excluded]
        rows = self._rows_before([one for one in waited if after[one.payment.key] != one])
        slips = {one.payment.key: one.slip for one in before}
        noted = {
            name: one
            for name, one in self._noted_settled().items()
            if not _is_over(datetime.fromisoformat(str(one["at"])), at)
        }
        noted[key] = {
            "by": by,
            "at": utc(at),
            "effect_at": "",
            "rows": {name: {**row, "slip": slips[name]} for name, row in rows.items()},
            "pairs": sorted(pairs),
        }
        self._keep_settled(db, noted)

    def _stands(self, decision: OpenDecision) -> bool:
        """True while nothing has become of the payment since the decision."""
        row = decision.rows.get(decision.key)
        return row is not None and self._newest_move(decision.key) == row.move

    def _put_back(
        self, db: sqlite3.Connection, key: str, before: RowBefore, said: str, *, by: str, at: datetime
    ) -> None:
        entry = self.entry(key)
        assert entry is not None, "payments are never removed"
        db.execute("UPDATE payment SET excluded = '', cleared = '' WHERE key = ?", (key,))
        state = before.state
        if entry.state is State.POSTED and state is State.IN_DOUBT and entry.slip != (before.slip or ""):
            state = State.HELD
        self._move(db, key, entry.state, state, at=at, by=by, why=said, undoes=True)
        # It waits for what it waited for: the rules that end such a wait go by the reason. Who said that it is posted
        # may have entered it: then no rule releases it, a person decides.
        reason = before.why
        if entry.state is State.POSTED and state is State.HELD and not was_said_posted(loaded(reason)):
            reason = stored(said_posted(loaded(reason)))
        db.execute(
            "UPDATE payment SET why = ?, cleared = ?, batch = ?, slip = COALESCE (?, slip) WHERE key = ?",
            (reason, before.cleared, before.batch, before.slip, key),
        )
        if state is State.IN_DOUBT:
            db.execute("UPDATE batch SET looked_up_at = NULL, missing = 0 WHERE id = ?", (before.batch,))

    def _why_not_undone(self, key: str) -> Message:
        entry = self.entry(key)
        if entry is None:
            return message("payment {key}: it was never seen", key=key)
        if entry.state in (State.PLANNED, State.ARMED, State.SENT, State.POSTED):
            return message(
                "payment {key}: the decision can't be taken back any more, it is {state}. Nothing was changed",
                key=key,
                state=str(entry.state),
            )
        return message("payment {key}: there is no decision that can be taken back. Nothing was changed", key=key)

    def _keep_settled(self, db: sqlite3.Connection, noted: Mapping[str, Mapping[str, object]]) -> None:
        text = json.dumps(noted, ensure_ascii=False)
        db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (SETTLED_DECISIONS, text))

    def _noted_settled(self) -> dict[str, dict[str, object]]:
        found: dict[str, dict[str, object]] = json.loads(self._meta(SETTLED_DECISIONS) or "{}")
        return found


def _is_over(decided: datetime, now: datetime) -> bool:
    """True once the ERP's list does not show the payment any more, whatever its day was. A clock set back ends none."""
    return now - decided > WINDOW
