"""Decisions by which a deposit goes out, as long as it has not: from when it may, and the decision taken back."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from worker.i18n import stored
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
    #: Its slip; None: the decision named none.
    slip: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenDecision:
    """A decision that can still be taken back."""

    #: The payment that it is about: that goes out, where one does.
    key: str
    by: str
    at: datetime
    #: No cycle posts it before; None: the next one does, whatever the clock says.
    effect_at: datetime | None
    #: Every row that the decision settled, that payment too.
    rows: Mapping[str, RowBefore]
    #: The pairs (new, old) that it answered.
    pairs: tuple[tuple[str, str], ...]
    #: A deposit goes out by it. Else nothing does: it is posted already, or needs none.
    posts: bool = True


class OpenDecisions(Moves):
    """The part of the ledger that knows which decisions have not taken effect."""

    def open_decisions(self) -> list[OpenDecision]:
        """Return the decisions that can be taken back, the oldest first."""
        noted = [decision_of(key, one) for key, one in self._noted_decisions().items()]
        entries = self.entries([one.key for one in noted])
        return sorted((one for one in noted if is_open(entries.get(one.key))), key=lambda one: one.at)

    def not_yet(self, now: datetime) -> dict[str, datetime]:
        """Return the payments that a person has released and that no cycle may post yet: {key: from when on one may}.

        A clock that was set back to before the decision keeps no payment: else it would wait for as long as that.
        """
        found = {}
        for key, one in self._noted_decisions().items():
            at, effect_at = datetime.fromisoformat(str(one["at"])), _moment(one["effect_at"])
            if effect_at is not None and is_early(at, effect_at, now):
                found[key] = effect_at
        return found

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
            "rows": self._rows_before(changed),
            "pairs": sorted(pairs),
        }
        self._keep_decisions(db, kept)

    def _rows_before(self, changed: Sequence[Entry]) -> dict[str, dict[str, object]]:
        """Return how rows stood before a decision that has changed them, as it is noted."""
        return {
            one.payment.key: {
                "state": one.state,
                "why": stored(one.why),
                "cleared": one.cleared,
                "batch": one.batch,
                "move": self._newest_move(one.payment.key),
            }
            for one in changed
        }

    def _keep_decisions(self, db: sqlite3.Connection, noted: Mapping[str, Mapping[str, object]]) -> None:
        text = json.dumps(noted, ensure_ascii=False)
        db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (OPEN_DECISIONS, text))

    def _noted_decisions(self) -> dict[str, dict[str, object]]:
        found: dict[str, dict[str, object]] = json.loads(self._meta(OPEN_DECISIONS) or "{}")
        return found

    def _newest_move(self, key: str) -> int:
        row = self._row("SELECT MAX(id) FROM move WHERE key = ?", (key,))
        return int(row[0] or 0) if row else 0


def is_early(at: datetime, effect_at: datetime, now: datetime) -> bool:
    """True until a decision takes effect. A clock that was set back a little starts the wait anew; further, it ends."""
    return at - (effect_at - at) <= now < effect_at


def is_open(entry: Entry | None) -> bool:
    """True for a payment that a person has released and that has not gone out."""
    return entry is not None and entry.state is State.SEEN and not entry.excluded and bool(entry.cleared)


def _moment(text: object) -> datetime | None:
    return datetime.fromisoformat(str(text)) if text else None


def _row_before(noted: Mapping[str, object]) -> RowBefore:
    """Return what was noted; what a newer version notes beside it is left out."""
    known: dict[str, Any] = {one.name: noted[one.name] for one in fields(RowBefore) if one.name in noted}
    return RowBefore(**{**known, "state": State(known["state"])})


def decision_of(key: str, noted: Mapping[str, object], *, posts: bool = True) -> OpenDecision:
    rows, pairs = noted["rows"], noted["pairs"]
    assert isinstance(rows, dict)
    assert isinstance(pairs, list)
    return OpenDecision(
        key=key,
        by=str(noted["by"]),
        at=datetime.fromisoformat(str(noted["at"])),
        effect_at=_moment(noted["effect_at"]),
        rows={name: _row_before(one) for name, one in rows.items()},
        pairs=tuple((new, old) for new, old in pairs),
        posts=posts,
    )
