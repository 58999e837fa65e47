"""A decision about a payment taken back: one by which a deposit goes out before it has, any other for some days."""

from worker.config.settings import Settings
from worker.i18n import message
from worker.ledger.ledger import Ledger
from worker.ledger.open_decisions import OpenDecision
from worker.ledger.search_terms import named_key
from worker.operations import odd_rows
from worker.operations.decisions import Decided


def listed(settings: Settings) -> tuple[OpenDecision, ...]:
    """Return the decisions by which a deposit goes out and that can be taken back, the oldest first.

    Raises LedgerError.
    """
    with Ledger(settings.data_dir, create=False) as ledger:
        return tuple(ledger.open_decisions())


def about(settings: Settings, key: str) -> OpenDecision | None:
    """Return the decision about a payment or `row-N` that can be taken back, or None. Raises LedgerError."""
    key = named_key(key)
    with Ledger(settings.data_dir, create=False) as ledger:
        if (number := odd_rows.number_of(key)) is not None:
            return odd_rows.decision_about(ledger, number, settings.now())
        return ledger.decision_about(key, settings.now())


def undo(settings: Settings, key: str, *, by: str, why: str = "") -> Decided:
    """Take back the decision about a payment or `row-N`: what it settled waits for a person again, or for proof.

    Raises IllegalMove where there is no such decision (any more), or a cycle has begun to follow it; LedgerError.
    """
    key = named_key(key)
    with Ledger(settings.data_dir, create=False) as ledger:
        said = message("{key}: the decision is taken back, and it waits for a person again.", key=key)
        if (number := odd_rows.number_of(key)) is not None:
            stands = odd_rows.decision_about(ledger, number, settings.now())
            odd = ledger.oddity(number)
            settled = odd.settled if odd is not None and stands is not None else ""
            ledger.reopen_oddity(number, by=by, why=why.strip(), at=settings.now(), settled=settled)
            return Decided(key=key, rows=(), said=said)
        keys = ledger.undo_verdict(key, by=by, why=why.strip(), at=settings.now())
        entries = ledger.entries(keys)
        return Decided(
            key=key,
            rows=tuple(entries[one] for one in keys),
            said=said,
        )
