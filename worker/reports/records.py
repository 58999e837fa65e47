"""The ledger as reports read it: rows of a stretch of time, all from one moment, nothing changed."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from worker.i18n import loaded, reasons
from worker.ledger import beats
from worker.ledger.alarms import Alarm, facts_of
from worker.ledger.database import moment_of, utc
from worker.ledger.ledger import Ledger
from worker.payments.payment import PaymentKind
from worker.runtime.beats import Beats, total

#: Who moves payments without being a person.
OURS = frozenset({"worker", "look-up", "recovery"})

#: Newest notes about processes by which it is known who runs.
LOOK_BACK = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """One step of a payment, and how that payment stands now."""

    key: str
    before: str
    after: str
    at: datetime
    by: str
    why: str
    kind: PaymentKind
    #: Won, below zero for a cancellation.
    won: int
    #: Its state now, and why it needs no deposit, or "".
    state: str
    excluded: str
    #: The ERP's slip numbers, comma-separated, or "".
    slip: str

    @property
    def is_exclusion(self) -> bool:
        """True for the step by which a payment was said to need no deposit."""
        return reasons.is_exclusion(self.why)


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleRow:
    """One cycle."""

    id: int
    slot: datetime
    started: datetime
    ended: datetime | None
    #: ran, failed or stopped; empty while it is under way.
    outcome: str
    why: str
    #: Length in seconds, or None while it is under way.
    seconds: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """Something that guards, hooks or cycles had to tell."""

    at: datetime
    kind: str
    what: str
    facts: dict[str, Any]

    @property
    def is_worker(self) -> bool:
        """True when it tells of the worker's process."""
        return self.facts.get("watcher") == "worker"

    @property
    def why(self) -> str:
        """Why a process started or ended, or an empty text."""
        why = self.facts.get("why", "")
        return why if isinstance(why, str) else str(why)


@dataclass(frozen=True, slots=True, kw_only=True)
class Odd:
    """A row that no rule covers."""

    id: int
    seen_at: datetime
    #: When a person settled it, or None.
    settled_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """The comparison of a day's deposits: what was pasted and what stands as posted, each in count and won."""

    day: str
    pasted: tuple[int, int]
    posted: tuple[int, int]

    @property
    def is_even(self) -> bool:
        """True when both agree."""
        return self.pasted == self.posted


@dataclass(frozen=True, slots=True, kw_only=True)
class Rename:
    """One payment that was listed in another form: its payer or its approval number, or both."""

    key: str
    at: datetime
    payer: str
    approval_no: str
    new_payer: str
    new_approval_no: str


class Records(Ledger):
    """The ledger with the questions that only reports ask. Raises LedgerError."""

    @contextmanager
    def one_moment(self) -> Iterator[None]:
        """Hold one reading: the worker may write meanwhile, and what is read in the block still belongs together."""
        self._db.execute("BEGIN")
        try:
            self._rows("SELECT 1 FROM meta LIMIT 1")
            yield
        finally:
            self._db.execute("ROLLBACK")

    def moves(self, since: datetime, until: datetime) -> Iterator[Moved]:
        """Yield the steps that mean something to people, in order; those inside a batch are left out.

        A rename is no step: the state before and after it is the same. What is seen may be excluded and stay seen.
        """
        for row in self._rows(
            "SELECT move.key, before, after, move.at, by, move.why, kind, amount, state, excluded, slip "
            "FROM move INDEXED BY move_at JOIN payment USING (key) WHERE move.at >= ? AND move.at < ? "
            "AND after IN ('seen', 'held', 'posted', 'rejected', 'in_doubt') AND (before <> after OR after = 'seen') "
            "ORDER BY move.id",
            (utc(since), utc(until)),
        ):
            kind = PaymentKind(row["kind"])
            yield Moved(
                key=row["key"],
                before=row["before"],
                after=row["after"],
                at=datetime.fromisoformat(row["at"]),
                by=row["by"],
                why=loaded(row["why"]),
                kind=kind,
                won=-row["amount"] if kind is PaymentKind.CANCELLATION else row["amount"],
                state=row["state"],
                excluded=loaded(row["excluded"]),
                slip=row["slip"],
            )

    def renames(self, since: datetime, until: datetime) -> list[Rename]:
        """Return what was listed in another form in this time, in order; each with the form that came next."""
        newer = (
            "(SELECT {} FROM form newer WHERE newer.key = form.key AND newer.id > form.id ORDER BY newer.id LIMIT 1)"
        )
        rows = self._rows(
            f"SELECT form.*, COALESCE ({newer.format('payer')}, payment.payer) AS new_payer, "
            f"COALESCE ({newer.format('approval_no')}, payment.approval_no) AS new_approval_no "
            "FROM form JOIN payment USING (key) WHERE form.at >= ? AND form.at < ? ORDER BY form.id",
            (utc(since), utc(until)),
        )
        return [
            Rename(
                key=row["key"],
                at=datetime.fromisoformat(row["at"]),
                payer=row["payer"],
                approval_no=row["approval_no"],
                new_payer=row["new_payer"],
                new_approval_no=row["new_approval_no"],
            )
            for row in rows
        ]

    def cycle_rows(self, since: datetime, until: datetime) -> list[CycleRow]:
        """Return the cycles that started in this time, in order."""
        rows = self._rows(
            "SELECT * FROM cycle WHERE started >= ? AND started < ? ORDER BY id", (utc(since), utc(until))
        )
        found = []
        for row in rows:
            started, ended = datetime.fromisoformat(row["started"]), moment_of(row["ended"])
            seconds = json.loads(row["figures"]).get("seconds")
            if seconds is None and ended is not None:
                seconds = (ended - started).total_seconds()
            found.append(
                CycleRow(
                    id=row["id"],
                    slot=datetime.fromisoformat(row["slot"]),
                    started=started,
                    ended=ended,
                    outcome=row["outcome"],
                    why=loaded(row["why"]),
                    seconds=None if seconds is None else float(seconds),
                )
            )
        return found

    def notes_in(self, since: datetime, until: datetime) -> list[Incident]:
        """Return the incidents of this time, oldest first."""
        rows = self._rows("SELECT * FROM incident WHERE at >= ? AND at < ? ORDER BY at, id", (utc(since), utc(until)))
        return [_incident(row) for row in rows]

    def notes_before(self, before: datetime, *kinds: str) -> list[Incident]:
        """Return the last incidents of these kinds before a time, oldest first."""
        marks = ",".join("?" * len(kinds))
        rows = self._rows(
            f"SELECT * FROM incident WHERE at < ? AND kind IN ({marks}) ORDER BY at DESC, id DESC LIMIT {LOOK_BACK}",
            (utc(before), *kinds),
        )
        return [_incident(row) for row in reversed(rows)]

    def odd_rows(self) -> list[Odd]:
        """Return every row that no rule covered, settled or not."""
        found = []
        for row in self._rows("SELECT id, seen_at, settled FROM oddity ORDER BY id"):
            at = row["settled"].partition(" ")[0]
            found.append(
                Odd(
                    id=row["id"],
                    seen_at=datetime.fromisoformat(row["seen_at"]),
                    settled_at=moment_of(at),
                )
            )
        return found

    def alarms_in(self, since: datetime, until: datetime) -> list[Alarm]:
        """Return the alarms that were open at some time in between, oldest first."""
        return [one for one in self.alarms(since) if one.since < until]

    def beats_of(self, days: Sequence[str]) -> Beats:
        """Return how the worker beat on these local days (ISO)."""
        return total(beats.read(self, day) for day in days)

    def proof_of(self, day: str) -> Proof | None:
        """Return the proof of a local day (ISO), or None while it is not made."""
        row = self._row("SELECT * FROM proof WHERE day = ?", (day,))
        if row is None:
            return None
        pasted, posted = json.loads(row["pasted"]), json.loads(row["posted"])
        return Proof(day=day, pasted=(pasted[0], pasted[1]), posted=(posted[0], posted[1]))


def _incident(row: Any) -> Incident:
    return Incident(
        at=datetime.fromisoformat(row["at"]),
        kind=row["kind"],
        what=loaded(row["what"]),
        facts=facts_of(row["facts"]),
    )
