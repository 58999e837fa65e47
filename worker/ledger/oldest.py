"""Which payment has waited longest to be posted."""

from dataclasses import dataclass
from datetime import datetime

from worker.ledger.database import Database
from worker.ledger.state import ALARMING, State
from worker.runtime import sqlite as sqlite3

#: The states of a payment that the worker has in hand: nobody is asked about it.
OWN = (State.SEEN, State.PLANNED, State.ARMED, State.SENT)

_OPEN = "state <> 'posted' AND excluded = ''"
_WAITING = ", ".join(f"'{one.value}'" for one in ALARMING)

#: Since when the worker has it in hand: since it was read, or since a person or a look-up has released it.
_SINCE = (
    "COALESCE ((SELECT MAX(at) FROM move WHERE move.key = payment.key AND "
    f"before IN ({_WAITING}) AND after NOT IN ({_WAITING})), seen_at)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unposted:
    """A payment that is not posted."""

    key: str
    #: When it was made (KST).
    time: datetime
    payer: str
    #: Won, without a sign.
    amount: int
    state: State
    #: Since when the worker has it in hand.
    since: datetime


class Oldest(Database):
    """The part of the ledger that knows how long payments wait."""

    def oldest_unposted(self) -> Unposted | None:
        """Return the payment that was made first of all that are not posted, whoever has it in hand; None: no such."""
        return _unposted(
            self._row(f"SELECT *, {_SINCE} AS since FROM payment WHERE {_OPEN} ORDER BY time, ordinal LIMIT 1")
        )

    def longest_in_hand(self) -> Unposted | None:
        """Return the payment that the worker has had in hand for the longest time, or None."""
        marks = ",".join("?" * len(OWN))
        return _unposted(
            self._row(
                f"SELECT *, {_SINCE} AS since FROM payment WHERE state IN ({marks}) AND {_OPEN} "
                "ORDER BY since, time, ordinal LIMIT 1",
                OWN,
            )
        )

    def in_hand_since(self) -> list[datetime]:
        """Return since when the worker has had each payment in hand that is not posted, oldest first."""
        marks = ",".join("?" * len(OWN))
        rows = self._rows(
            f"SELECT {_SINCE} AS since FROM payment WHERE state IN ({marks}) AND {_OPEN} ORDER BY since", OWN
        )
        return [datetime.fromisoformat(row["since"]) for row in rows]


def _unposted(row: sqlite3.Row | None) -> Unposted | None:
    if row is None:
        return None
    return Unposted(
        key=row["key"],
        time=datetime.fromisoformat(row["time"]),
        payer=row["payer"],
        amount=row["amount"],
        state=State(row["state"]),
        since=datetime.fromisoformat(row["since"]),
    )
