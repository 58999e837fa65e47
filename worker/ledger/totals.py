"""What the ledger adds up: money of a day, the last batch, totals for ever, and whose evidence is still needed."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from worker.i18n import loaded
from worker.ledger.database import moment_of, utc
from worker.ledger.journal import Journal
from worker.payments.payment import PaymentKind
from worker.runtime import sqlite as sqlite3

#: The note that holds the totals up to a move.
TOTALS = "totals"


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """What was confirmed as posted in some time."""

    deposits: int = 0
    #: Of those, cancellations.
    cancellations: int = 0
    #: Won of the approvals, and of the cancellations; both are positive.
    won_in: int = 0
    won_out: int = 0

    @property
    def won(self) -> int:
        """What came in, less what was taken back."""
        return self.won_in - self.won_out


def added(parts: Iterable[Money]) -> Money:
    """Return all of it together."""
    found = list(parts)
    return Money(
        deposits=sum(one.deposits for one in found),
        cancellations=sum(one.cancellations for one in found),
        won_in=sum(one.won_in for one in found),
        won_out=sum(one.won_out for one in found),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """The last batch."""

    id: int
    rows: int
    #: Signed.
    won: int
    planned_at: datetime
    settled_at: datetime | None
    #: The states its rows came to, or `not sent` or `recovered`; empty while it is under way.
    outcome: str
    #: What the ERP answered, or why it was not sent.
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Deposits confirmed since the ledger began, by kind: {kind: count}, {kind: won}, both positive."""

    #: The last move that is counted.
    move: int = 0
    deposits: Mapping[str, int] = field(default_factory=dict)
    won: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedDay:
    """The approvals of one day by the ERP's clock, whatever became of them."""

    day: date
    count: int
    won: int


class Sums(Journal):
    """The part of the ledger that adds up."""

    def money(self, day: date, zone: ZoneInfo) -> Money:
        """Return what was confirmed on a local day."""
        return added(self.money_by_card(day, zone).values())

    def money_by_card(self, day: date, zone: ZoneInfo) -> dict[str, Money]:
        """Return what was confirmed on a local day by card company, as the ERP names it; "": it names none."""
        start = datetime.combine(day, time(), zone)
        end = datetime.combine(day + timedelta(days=1), time(), zone)
        rows = self._rows(
            "SELECT acquirer, kind, COUNT(*) AS count, SUM(amount) AS won FROM payment "
            "WHERE posted_at >= ? AND posted_at < ? GROUP BY acquirer, kind ORDER BY acquirer",
            (utc(start), utc(end)),
        )
        found: dict[str, Money] = {}
        for row in rows:
            is_back = row["kind"] == PaymentKind.CANCELLATION.value
            one = Money(
                deposits=row["count"],
                cancellations=row["count"] if is_back else 0,
                won_in=0 if is_back else row["won"],
                won_out=row["won"] if is_back else 0,
            )
            found[row["acquirer"]] = added((found.get(row["acquirer"], Money()), one))
        return found

    def listed_days(self, since: date, until: date, *, most_won: int) -> list[ListedDay]:
        """Return the days from `since` to before `until` that have approvals of at most so many won, oldest first."""
        rows = self._rows(
            "SELECT SUBSTR (time, 1, 10) AS day, COUNT(*) AS count, SUM(amount) AS won FROM payment "
            "INDEXED BY payment_time WHERE time >= ? AND time < ? AND kind = ? AND amount <= ? GROUP BY day "
            "ORDER BY day",
            (since.isoformat(), until.isoformat(), PaymentKind.APPROVAL.value, most_won),
        )
        return [ListedDay(day=date.fromisoformat(row["day"]), count=row["count"], won=row["won"]) for row in rows]

    def last_batch(self) -> Batch | None:
        """Return the newest batch, or None."""
        row = self._row(
            "SELECT id, rows, won, planned_at, settled_at, outcome, answer FROM batch ORDER BY id DESC LIMIT 1"
        )
        return _batch(row) if row else None

    def cycle_counts(self) -> dict[str, int]:
        """Return how many cycles ended in each way, for ever."""
        rows = self._rows(
            "SELECT outcome, COUNT(*) FROM cycle INDEXED BY cycle_outcome WHERE ended IS NOT NULL GROUP BY outcome"
        )
        return {row[0]: row[1] for row in rows}

    def cycles(self, since: datetime, until: datetime) -> list[dict[str, object]]:
        """Return the cycles that were started from one time to another, oldest first, as plain values."""
        rows = self._rows(
            "SELECT * FROM cycle WHERE started >= ? AND started <= ? ORDER BY id", (utc(since), utc(until))
        )
        return [{**dict(row), "figures": json.loads(row["figures"])} for row in rows]

    def first_slot(self) -> datetime | None:
        """Return the first time at which a cycle was due for this ledger, or None."""
        row = self._row("SELECT MIN(at) FROM slot")
        return moment_of(row[0]) if row else None

    def totals(self) -> Totals:
        """Return the totals up to now: those noted the last time, and the moves since, however many rows there are.

        A deposit counts once: nothing moves on from `posted` but a person's word that is taken back, which is taken off
        again; and a rename is no move to it.
        """
        before = self._noted_totals()
        rows = self._rows(
            "SELECT payment.kind, SUM(IIF (move.after = 'posted', 1, -1)), "
            "SUM(IIF (move.after = 'posted', payment.amount, -payment.amount)), MAX(move.id) "
            "FROM move JOIN payment USING (key) "
            "WHERE move.id > ? AND (move.after = 'posted') <> (move.before = 'posted') GROUP BY payment.kind",
            (before.move,),
        )
        deposits, won = dict(before.deposits), dict(before.won)
        for kind, count, amount, _ in rows:
            deposits[kind] = deposits.get(kind, 0) + count
            won[kind] = won.get(kind, 0) + amount
        return Totals(move=max([before.move, *(row[3] for row in rows)]), deposits=deposits, won=won)

    def note_totals(self, totals: Totals) -> None:
        """Keep the totals, so that the next sum begins there."""
        self.set_note(TOTALS, json.dumps(asdict(totals), ensure_ascii=False))

    def cycles_with_evidence_needed(self) -> frozenset[int]:
        """Return the cycles whose evidence somebody may ask for: of rows that are not settled, or were ever doubtful.

        Doubtful is what was held, in doubt, refused or stored twice, however it was settled, and what no rule covers.
        """
        # `<> 'posted'` says nothing new; it lets the index of open payments be used.
        unsettled = "SELECT key FROM payment WHERE state <> 'posted' AND state IN ('sent', 'armed') AND excluded = ''"
        doubtful = "SELECT key FROM move WHERE after IN ('held', 'in_doubt', 'rejected')"
        twice = "SELECT key FROM payment WHERE INSTR (slip, ',') > 0"
        keys = f"{unsettled} UNION {doubtful} UNION {twice}"
        rows = self._rows(
            f"SELECT first_cycle FROM payment WHERE key IN ({keys}) "
            f"UNION SELECT cycle FROM batch WHERE id IN (SELECT batch FROM move WHERE key IN ({keys})) "
            "UNION SELECT first_cycle FROM oddity"
        )
        return frozenset(int(row[0]) for row in rows)

    def _noted_totals(self) -> Totals:
        try:
            return Totals(**json.loads(self.note(TOTALS)))
        except (ValueError, TypeError):
            return Totals()


def _batch(row: sqlite3.Row) -> Batch:
    return Batch(
        id=row["id"],
        rows=row["rows"],
        won=row["won"],
        planned_at=datetime.fromisoformat(row["planned_at"]),
        settled_at=moment_of(row["settled_at"]),
        outcome=row["outcome"],
        answer=loaded(row["answer"]),
    )
