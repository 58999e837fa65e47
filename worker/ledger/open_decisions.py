"""Decisions by which a deposit goes out, as long as it has not: from when it may, and the decision taken back."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from worker.errors import IllegalMove
from worker.i18n import Message, message, stored
from worker.ledger.database import utc
from worker.ledger.entry import Entry
from worker.ledger.moves import Moves
from worker.ledger.notes import OPEN_DECISIONS
from worker.ledger.state import State
from worker.runtime import sqlite as sqlite3


@dataclass(frozen=True, slots=True, kw_only=True)
class RowBefore:
    """One row as it stood before a decision."""

    state: State
    #: Why it waited, as it is stored.
    why: str
    #: Who had decided before that it is to be posted, as it is stored, or "".
    cleared: str
    batch: int | None
    #: Its newest move right after the decision: what moved since is not put back.
    move: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenDecision:
    """A decision by which a deposit goes out, and that can still be taken back."""

    #: The payment that goes out.
    key: str
    by: str
    at: datetime
    #: No cycle posts it before; None: the next one does, whatever the clock says.
    effect_at: datetime | None
    #: Every row that the decision settled, that payment too.
    rows: Mapping[str, RowBefore]
    #: The pairs (new, old) that it answered.
    pairs: tuple[tuple[str, str], ...]


class OpenDecisions(Moves):
    """The part of the ledger that knows which decisions have not taken effect."""

    def open_decisions(self) -> list[OpenDecision]:
        """Return the decisions that can be taken back, the oldest first."""
        noted = [_decision(key, one) for key, one in self._noted_decisions().items()]
        entries = self.entries([one.key for one in noted])
        return sorted((one for one in noted if is_open(entries.get(one.key))), key=lambda one: one.at)

    def not_yet(self, now: datetime) -> dict[str, datetime]:
        """Return the payments that a person has released and that no cycle may post yet: {key: from when on one may}.

        A clock that was set back to before the decision keeps no payment: else it would wait for as long as that.
        """
        found = {}
        for key, one in self._noted_decisions().items():
            at, effect_at = datetime.fromisoformat(str(one["at"])), _moment(one["effect_at"])
            if effect_at is not None and _is_early(at, effect_at, now):
                found[key] = effect_at
        return found

    def undo_verdict(self, key: str, *, by: str, why: str, at: datetime) -> tuple[str, ...]:
        """Take back the decision by which a payment goes out: it and all settled with it wait for a person again.

        A move of its own for each; nothing is taken out of the record. Returns the keys of what waits again. Raises
        IllegalMove where there is no such decision, or it has taken effect.
        """
        with self._write(fenced=False) as db:
            found = next((one for one in self.open_decisions() if key in one.rows), None)
            if found is None:
                raise IllegalMove(self._why_not_undone(key))
            said: Message = message("the decision of {before} is taken back by {by}", before=found.by, by=by)
            if why:
                said = message("the decision of {before} is taken back by {by}: {why}", before=found.by, by=by, why=why)
            undone = [
                name for name, row in found.rows.items() if name == found.key or self._newest_move(name) == row.move
            ]
            for name in undone:
                self._put_back(db, name, found.rows[name], said, by=by, at=at)
            db.executemany(
                "UPDATE pairing SET answer = '' WHERE new = ? AND old = ?",
                [pair for pair in found.pairs if set(pair) & set(undone)],
            )
            self._keep_decisions(db, {name: one for name, one in self._noted_decisions().items() if name != found.key})
            return tuple(undone)

    def _put_back(
        self, db: sqlite3.Connection, key: str, before: RowBefore, said: str, *, by: str, at: datetime
    ) -> None:
        db.execute("UPDATE payment SET excluded = '', cleared = '' WHERE key = ?", (key,))
        self._move(db, key, State.SEEN, before.state, at=at, by=by, why=said, undoes=True)
        # It waits for what it waited for: the rules that end such a wait go by the reason.
        db.execute(
            "UPDATE payment SET why = ?, cleared = ?, batch = ? WHERE key = ?",
            (before.why, before.cleared, before.batch, key),
        )

    def _note_decision(
        self,
        db: sqlite3.Connection,
        before: Sequence[Entry],
        pairs: Iterable[tuple[str, str]],
        *,
        by: str,
        at: datetime,
        effect_at: datetime | None,
    ) -> None:
        """Write down, with the decision itself, from when it takes effect and what it has changed."""
        after = self.entries([one.payment.key for one in before])
        changed = [one for one in before if after[one.payment.key] != one]
        released = next(one.payment.key for one in changed if is_open(after[one.payment.key]))
        noted = self._noted_decisions()
        still = self.entries(noted)
        kept = {key: one for key, one in noted.items() if is_open(still.get(key))}
        kept[released] = {
            "by": by,
            "at": utc(at),
            "effect_at": utc(effect_at) if effect_at else "",
            "rows": {
                one.payment.key: {
                    "state": one.state,
                    "why": stored(one.why),
                    "cleared": one.cleared,
                    "batch": one.batch,
                    "move": self._newest_move(one.payment.key),
                }
                for one in changed
            },
            "pairs": sorted(pairs),
        }
        self._keep_decisions(db, kept)

    def _keep_decisions(self, db: sqlite3.Connection, noted: Mapping[str, Mapping[str, object]]) -> None:
        text = json.dumps(noted, ensure_ascii=False)
        db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (OPEN_DECISIONS, text))

    def _noted_decisions(self) -> dict[str, dict[str, object]]:
        found: dict[str, dict[str, object]] = json.loads(self._meta(OPEN_DECISIONS) or "{}")
        return found

    def _newest_move(self, key: str) -> int:
        row = self._row("SELECT MAX(id) FROM move WHERE key = ?", (key,))
        return int(row[0] or 0) if row else 0

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
        return message("payment {key}: there is no decision by which it is to be posted. Nothing was changed", key=key)


def _is_early(at: datetime, effect_at: datetime, now: datetime) -> bool:
    """True until a decision takes effect. A clock that was set back a little starts the wait anew; further, it ends."""
    return at - (effect_at - at) <= now < effect_at


def is_open(entry: Entry | None) -> bool:
    """True for a payment that a person has released and that has not gone out."""
    return entry is not None and entry.state is State.SEEN and not entry.excluded and bool(entry.cleared)


def _moment(text: object) -> datetime | None:
    return datetime.fromisoformat(str(text)) if text else None


def _decision(key: str, noted: Mapping[str, object]) -> OpenDecision:
    rows, pairs = noted["rows"], noted["pairs"]
    assert isinstance(rows, dict)
    assert isinstance(pairs, list)
    return OpenDecision(
        key=key,
        by=str(noted["by"]),
        at=datetime.fromisoformat(str(noted["at"])),
        effect_at=_moment(noted["effect_at"]),
        rows={name: RowBefore(**{**one, "state": State(one["state"])}) for name, one in rows.items()},
        pairs=tuple((new, old) for new, old in pairs),
    )
