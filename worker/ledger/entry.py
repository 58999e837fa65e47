"""One payment as the ledger has it."""

from dataclasses import dataclass
from datetime import datetime

from worker.i18n import loaded, message
from worker.ledger.state import State
from worker.payments.payment import Payment, PaymentKind
from worker.runtime import sqlite as sqlite3

#: What a payment is excluded for by `daybreak adopt`: somebody did post it. Stored as this very text: the questions to
#: the ledger compare it.
BEFORE_ADOPTION = str(message("posted before the adoption"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One payment as the ledger has it."""

    payment: Payment
    state: State
    #: Why it needs no deposit, or "".
    excluded: str
    why: str
    batch: int | None
    #: Who decided that it is to be posted, against the rule that held it, or "".
    cleared: str
    #: The approval that this cancellation takes back, or None.
    approval_key: str | None
    slip: str
    first_cycle: int
    last_cycle: int


def entry_of(row: sqlite3.Row) -> Entry:
    return Entry(
        payment=Payment(
            key=row["key"],
            time=datetime.fromisoformat(row["time"]),
            payer=row["payer"],
            amount=row["amount"],
            kind=PaymentKind(row["kind"]),
            approval_no=row["approval_no"],
            requester=row["requester"],
            acquirer=row["acquirer"],
            ordinal=row["ordinal"],
            raw_time=row["raw_time"],
        ),
        state=State(row["state"]),
        excluded=loaded(row["excluded"]),
        why=loaded(row["why"]),
        cleared=row["cleared"],
        batch=row["batch"],
        approval_key=row["approval_key"],
        slip=row["slip"],
        first_cycle=row["first_cycle"],
        last_cycle=row["last_cycle"],
    )
