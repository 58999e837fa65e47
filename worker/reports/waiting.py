"""What needs a person, as reports show it: whole on this machine's own pages, masked in everything mailed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from worker.i18n import reasons
from worker.i18n.language import Language
from worker.ledger.state import State
from worker.payments import privacy
from worker.reports.records import Records
from worker.runtime.evidence import evidence_of

#: So many rows are shown; the rest is counted.
MOST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingRow:
    """One thing that a person must decide."""

    #: The payment's key, or `row-N`.
    key: str
    #: held, in_doubt, rejected or odd.
    state: str
    #: When the payment was requested, in KST; None for a row that can't be understood.
    time: datetime | None
    #: As listed; for a row that can't be understood, all of it that matters.
    payer: str
    #: Won, below zero for a cancellation; None for a row that can't be understood.
    won: int | None
    approval_no: str
    #: In English, as in the ledger.
    why: str
    #: The folder with what was planned, sent and shown, or None.
    evidence: Path | None
    #: The cells of a row that can't be understood, as they may be mailed.
    mailed: str = ""

    def reason(self, language: Language) -> str:
        """Return why it waits."""
        return reasons.say(self.why, language)

    def masked(self, language: Language, payers: Sequence[str] = ()) -> "WaitingRow":
        """Return the row as it may be mailed: neither its payer nor one of these is named.

        Its time, won and approval number stay: they find it in the ERP.
        """
        is_odd = self.won is None
        own = () if is_odd else (self.payer,)
        return WaitingRow(
            key=self.key,
            state=self.state,
            time=self.time,
            payer=privacy.scrubbed(self.mailed, payers) if is_odd else privacy.masked(self.payer),
            won=self.won,
            approval_no=self.approval_no,
            why=privacy.scrubbed(self.reason(language), [*own, *payers]),
            evidence=self.evidence,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """All that waits."""

    #: The first MOST, oldest first.
    rows: tuple[WaitingRow, ...] = ()
    count: int = 0

    @property
    def more(self) -> int:
        """How many are not shown."""
        return self.count - len(self.rows)


def read(records: Records, data: Path) -> Waiting:
    """Return what waits for a person now."""
    entries = records.in_state(State.HELD, State.IN_DOUBT, State.REJECTED)
    odd = records.open_oddities()
    rows = [
        WaitingRow(
            key=one.payment.key,
            state=str(one.state),
            time=one.payment.time,
            payer=one.payment.payer,
            won=one.payment.won,
            approval_no=one.payment.approval_no,
            why=one.why,
            evidence=evidence_of(data, one.batch) or _of_cycle(data, one.first_cycle),
        )
        for one in entries[:MOST]
    ]
    for one in odd[: MOST - len(rows)]:
        rows.append(
            WaitingRow(
                key=f"row-{one.id}",
                state="odd",
                time=None,
                payer=one.cells(),
                mailed=one.masked(),
                won=None,
                approval_no="",
                why=one.why,
                evidence=None,
            )
        )
    return Waiting(rows=tuple(rows), count=len(entries) + len(odd))


def _of_cycle(data: Path, cycle: int) -> Path | None:
    return next((data / "evidence").glob(f"*/cycle-{cycle}"), None)
