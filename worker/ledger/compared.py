"""What daybreak would have posted beside a person who posts by hand, and what that person did: MODE = shadow.

None of it is a payment's state, and nothing is posted by it. A deposit is kept as it would have gone out.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from worker.errors import LedgerError
from worker.i18n import Message, loaded, message, stored
from worker.ledger.adopted import Adopted
from worker.ledger.database import moment_of, utc
from worker.ledger.notes import SHADOW, SHADOW_SCORE
from worker.payments.payment import KST
from worker.runtime import sqlite as sqlite3


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnDeposit:
    """One deposit as daybreak would have posted it."""

    key: str
    #: When the payment was made.
    paid_at: datetime
    day: date
    account: str
    payer: str
    #: Below zero for a cancellation.
    won: int
    #: When it would have gone out; None while it would not.
    due_at: datetime | None = None
    #: Why it would not, or "".
    why: str = ""
    #: The approval that this cancellation takes back, or "".
    approval: str = ""
    #: When it was first seen under 회계반영, or gone from the list in another way.
    reflected_at: datetime | None = None
    left_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HandDeposit:
    """One deposit that a person entered, as far as the ERP's list shows it."""

    number: str
    entered_at: datetime
    day: date | None = None
    account: str = ""
    payer: str = ""
    won: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowTimes:
    """From when to when it was compared."""

    since: datetime
    #: The last complete comparison.
    last: datetime
    #: When the list of deposits was last read; None: never.
    slips_at: datetime | None = None

    @property
    def reads_slips(self) -> bool:
        """True where the last comparison has read the list of deposits: an earlier one tells nothing of later."""
        return self.slips_at == self.last


#: The schema from which on it is compared.
_BY_HAND = 9


class ByHand(Adopted):
    """The part of the ledger that compares."""

    def _before_taking_down(self, db: sqlite3.Connection, version: int) -> None:
        """Forget when it was compared. Raises LedgerError while a person may have posted what waits.

        A daybreak that compares nothing would not ask for an adoption, and would post all of that.
        """
        super()._before_taking_down(db, version)
        if version >= _BY_HAND:
            return
        if why := self.why_compared():
            raise LedgerError(message("taking the ledger back: {why}. Nothing was changed", why=why))
        db.execute("DELETE FROM meta WHERE key IN (?, ?)", (SHADOW, SHADOW_SCORE))

    def shadow_times(self) -> ShadowTimes | None:
        """Return when it was compared, or None: never."""
        if not (text := self._meta(SHADOW)):
            return None
        times = {name: moment_of(value) for name, value in json.loads(text).items()}
        since, last = times["since"], times["last"]
        assert since is not None
        assert last is not None
        return ShadowTimes(since=since, last=last, slips_at=times["slips_at"])

    def note_compared(
        self,
        own: Sequence[OwnDeposit],
        by_hand: Sequence[HandDeposit] | None,
        *,
        times: ShadowTimes,
        shown_since: datetime,
    ) -> None:
        """Write one comparison down, all of it or nothing. What was due once stays as it was due.

        `by_hand`: every deposit entered since `shown_since`, both by the ERP's clock; one that is not among them any
        more was taken away. None: the list can't be read.
        """
        with self._write() as db:
            db.executemany(
                "INSERT INTO compared (key, paid_at, day, account, payer, won, due_at, why, approval, reflected_at, "
                "left_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET "
                "day = CASE WHEN due_at IS NULL THEN excluded.day ELSE day END, "
                "account = CASE WHEN due_at IS NULL THEN excluded.account ELSE account END, "
                "payer = CASE WHEN due_at IS NULL THEN excluded.payer ELSE payer END, "
                "won = CASE WHEN due_at IS NULL THEN excluded.won ELSE won END, "
                "due_at = COALESCE (due_at, excluded.due_at), why = excluded.why, approval = excluded.approval, "
                "reflected_at = excluded.reflected_at, left_at = excluded.left_at",
                [_own_values(one) for one in own],
            )
            if by_hand is not None:
                shown = [one.number for one in by_hand]
                db.execute(
                    "UPDATE entered SET gone_at = ? WHERE entered_at >= ? AND gone_at IS NULL "
                    "AND number NOT IN (SELECT value FROM json_each (?))",
                    (utc(times.last), utc(shown_since), json.dumps(shown, ensure_ascii=False)),
                )
                db.executemany(
                    "INSERT OR REPLACE INTO entered (number, entered_at, day, account, payer, won) "
                    "VALUES (?, ?, ?, ?, ?, ?)",
                    [
                        (one.number, utc(one.entered_at), one.day.isoformat() if one.day else "", one.account,
                         one.payer, one.won)
                        for one in by_hand
                    ],
                )  # fmt: skip
            text = json.dumps(
                {
                    "since": utc(times.since),
                    "last": utc(times.last),
                    "slips_at": utc(times.slips_at) if times.slips_at is not None else "",
                }
            )
            db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (SHADOW, text))

    def own_deposits(self) -> list[OwnDeposit]:
        """Return what would have been posted or was held, in the order of payment."""
        return [_own_of(row) for row in self._rows("SELECT * FROM compared ORDER BY paid_at, key")]

    def hand_deposits(self) -> list[HandDeposit]:
        """Return what people entered and did not take away, in that order."""
        rows = self._rows("SELECT * FROM entered WHERE gone_at IS NULL ORDER BY entered_at, number")
        return [_hand_of(row) for row in rows]

    def would_be_posted(self) -> frozenset[str]:
        """Return the payments that would be posted by now, had MODE been production."""
        return frozenset(row[0] for row in self._rows("SELECT key FROM compared WHERE due_at IS NOT NULL"))

    def why_compared(self) -> Message | str:
        """Say that a person may have posted what waits, since nothing was posted from here; or return an empty text.

        An adoption ends it.
        """
        times, adopted = self.shadow_times(), self.adopted_at()
        if times is None or (adopted is not None and adopted > times.last):
            return ""
        return message(
            "until {at} it was compared with what a person posts by hand (MODE = shadow), and nothing was posted from "
            "here. When that person has stopped, say what was posted: daybreak adopt",
            at=f"{times.last.astimezone(KST):%Y-%m-%d %H:%M}",
        )


def _own_values(one: OwnDeposit) -> tuple[object, ...]:
    def text(at: datetime | None) -> str | None:
        return utc(at) if at is not None else None

    return (
        one.key, _kst(one.paid_at), one.day.isoformat(), one.account, one.payer, one.won, text(one.due_at),
        stored(one.why), one.approval, text(one.reflected_at), text(one.left_at),
    )  # fmt: skip


def _own_of(row: sqlite3.Row) -> OwnDeposit:
    return OwnDeposit(
        key=row["key"],
        paid_at=datetime.fromisoformat(row["paid_at"]),
        day=date.fromisoformat(row["day"]),
        account=row["account"],
        payer=row["payer"],
        won=row["won"],
        due_at=moment_of(row["due_at"]),
        why=loaded(row["why"]),
        approval=row["approval"],
        reflected_at=moment_of(row["reflected_at"]),
        left_at=moment_of(row["left_at"]),
    )


def _hand_of(row: sqlite3.Row) -> HandDeposit:
    return HandDeposit(
        number=row["number"],
        entered_at=datetime.fromisoformat(row["entered_at"]),
        day=date.fromisoformat(row["day"]) if row["day"] else None,
        account=row["account"],
        payer=row["payer"],
        won=row["won"],
    )


def _kst(at: datetime) -> str:
    return at.astimezone(KST).isoformat()
