"""The ledger as an auditor reads it: every payment, deposit and move of a time."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from worker.i18n import loaded
from worker.ledger.database import utc
from worker.ledger.state import State
from worker.payments.payment import PaymentKind
from worker.reports.records import Records


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One payment that was listed for the first time in the time, and how it stands now."""

    key: str
    seen_at: datetime
    #: As the ERP shows it, KST.
    time: datetime
    kind: PaymentKind
    payer: str
    #: Below zero for a cancellation.
    won: int
    approval_no: str
    acquirer: str
    requester: str
    state: State
    #: Why it needs no deposit, or "".
    excluded: str
    why: str
    #: Who moved it last.
    by: str
    approval_key: str
    batch: int | None
    slip: str
    posted_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """One deposit that was confirmed in the time: as it was planned, and where it stands in the ERP."""

    key: str
    posted_at: datetime
    slip: str
    #: YYYY/MM/DD, as entered; "" for one that a person entered.
    date: str
    account: str
    account_code: str
    payer: str
    #: Below zero for a cancellation.
    won: int
    remark: str
    kind: PaymentKind
    approval_no: str
    batch: int | None
    #: worker, look-up, or the person who said so, and why.
    by: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """One move."""

    at: datetime
    key: str
    before: str
    after: str
    by: str
    batch: int | None
    generation: int | None
    why: str


#: Who made the move that a payment's state and reason come from: an exclusion leaves the state, a rename both.
_BY = (
    "(SELECT by FROM move WHERE move.key = payment.key AND (before <> after OR why LIKE 'excluded: %' "
    """OR why LIKE '{"id": "excluded: %') ORDER BY id DESC LIMIT 1) AS by"""
)


class Books(Records):
    """The ledger with the questions that only an export asks. Raises LedgerError."""

    def listed(self, since: datetime, until: datetime) -> Iterator[Listed]:
        """Yield the payments that were seen for the first time in this time, in the order of their own time."""
        for row in self._each(
            f"SELECT payment.*, {_BY} FROM payment WHERE seen_at >= ? AND seen_at < ? ORDER BY time, ordinal, key",
            (utc(since), utc(until)),
        ):
            yield _listed(row)

    def listed_of(self, keys: Iterable[str]) -> Iterator[Listed]:
        """Yield the payments with these keys, in this order; what is no payment's key is left out."""
        for key in keys:
            for row in self._each(f"SELECT payment.*, {_BY} FROM payment WHERE key = ?", (key,)):
                yield _listed(row)

    def entered(self, since: datetime, until: datetime) -> Iterator[Entered]:
        """Yield the deposits that were confirmed in this time, in that order."""
        plans: dict[int | None, dict[str, dict[str, str]]] = {None: {}}
        for row in self._each(
            f"SELECT payment.*, {_BY} FROM payment WHERE posted_at >= ? AND posted_at < ? ORDER BY posted_at, key",
            (utc(since), utc(until)),
        ):
            number = row["batch"]
            if number not in plans:
                plans = {None: {}, number: self._plan(number)}  # they come batch by batch
            plan = plans[number].get(row["key"], {})
            yield Entered(
                key=row["key"],
                posted_at=datetime.fromisoformat(row["posted_at"]),
                slip=row["slip"],
                date=plan.get("date", ""),
                account=plan.get("account", ""),
                account_code=plan.get("account_code", ""),
                payer=plan.get("payer", row["payer"]),
                won=int(plan.get("amount", _signed(row["kind"], row["amount"]))),
                remark=plan.get("remark", ""),
                kind=PaymentKind(row["kind"]),
                approval_no=row["approval_no"],
                batch=number,
                by=row["by"] or "",
                why=loaded(row["why"]),
            )

    def all_moves(self, since: datetime, until: datetime) -> Iterator[Moved]:
        """Yield every move of this time, in order."""
        for row in self._each(
            "SELECT * FROM move WHERE at >= ? AND at < ? ORDER BY id",
            (utc(since), utc(until)),
        ):
            yield Moved(
                at=datetime.fromisoformat(row["at"]),
                key=row["key"],
                before=row["before"],
                after=row["after"],
                by=row["by"],
                batch=row["batch"],
                generation=row["generation"],
                why=loaded(row["why"]),
            )

    def _plan(self, batch: int) -> dict[str, dict[str, str]]:
        row = self._row("SELECT plan FROM batch WHERE id = ?", (batch,))
        return {one["key"]: one for one in json.loads(row["plan"])} if row else {}


def _signed(kind: str, amount: int) -> int:
    return -amount if kind == PaymentKind.CANCELLATION else amount


def _listed(row: Any) -> Listed:
    return Listed(
        key=row["key"],
        seen_at=datetime.fromisoformat(row["seen_at"]),
        time=datetime.fromisoformat(row["time"]),
        kind=PaymentKind(row["kind"]),
        payer=row["payer"],
        won=_signed(row["kind"], row["amount"]),
        approval_no=row["approval_no"],
        acquirer=row["acquirer"],
        requester=row["requester"],
        state=State(row["state"]),
        excluded=loaded(row["excluded"]),
        why=loaded(row["why"]),
        by=row["by"] or "",
        approval_key=row["approval_key"] or "",
        batch=row["batch"],
        slip=row["slip"],
        posted_at=datetime.fromisoformat(row["posted_at"]) if row["posted_at"] else None,
    )
