"""One thing that waits for a person, as a value. Light: the status page's guard reads it from a file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any, Self

from worker.i18n import reasons
from worker.i18n.language import Language
from worker.payments import privacy
from worker.payments.payment import WINDOW
from worker.runtime.evidence import evidence_of

#: The state of a row that no rule covers.
ODD = "odd"


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingRow:
    """One payment or row that a person must decide about."""

    #: The payment's key, or `row-N` for a row that no rule covers.
    key: str
    #: held, in_doubt, rejected or odd.
    state: str
    #: Since when it waits so.
    since: datetime
    #: Why: a message, or a sentence of earlier versions.
    why: str
    #: When the payment was made, in KST; None for a row that no rule covers.
    time: datetime | None = None
    #: As listed; of a row that no rule covers, all its cells.
    payer: str = ""
    #: Won, below zero for a cancellation; None for a row that no rule covers.
    won: int | None = None
    approval_no: str = ""
    #: The card company.
    acquirer: str = ""
    #: The batch that it was sent in, or None, and the cycle that listed it first.
    batch: int | None = None
    cycle: int = 0
    #: The cells of a row that no rule covers, as they may be mailed.
    mailed: str = ""

    def evidence(self, data: Path) -> Path | None:
        """Return the folder with what was planned, sent and shown, or None."""
        return evidence_of(data, self.batch, cycle=self.cycle)

    def days_left(self, today: date) -> int | None:
        """Return for how many days the ERP's list still shows it; None for a row without a time that can be read."""
        if self.time is None:
            return None
        return max(0, (self.time.date() - today + WINDOW).days)  # an old ledger may hold the year 9999

    def masked(self, language: Language, payers: Sequence[str] = ()) -> Self:
        """Return the row as it may be mailed: neither its payer nor one of these is named.

        Its time, won and approval number stay: they find it in the ERP.
        """
        is_odd = self.won is None
        hidden = [*(() if is_odd else (self.payer,)), *payers]
        return replace(
            self,
            payer=privacy.scrubbed(self.mailed, payers) if is_odd else privacy.masked(self.payer),
            why=privacy.scrubbed(reasons.say(self.why, language), hidden),
        )

    def plain(self) -> dict[str, Any]:
        """Return it as values for JSON; a message in it stays one."""
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        return {**values, "since": self.since.isoformat(), "time": self.time.isoformat() if self.time else None}

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Self:
        """Return the row of such values. Raises KeyError, TypeError, ValueError for others."""
        time = values["time"]
        return cls(
            **{
                **values,
                "since": datetime.fromisoformat(values["since"]),
                "time": datetime.fromisoformat(time) if time else None,
            }
        )
