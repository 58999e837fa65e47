"""A decision by which a deposit goes out, taken back before it has gone out."""

from worker.config.settings import Settings
from worker.i18n import message
from worker.ledger.ledger import Ledger
from worker.ledger.open_decisions import OpenDecision
from worker.ledger.search_terms import named_key
from worker.operations.decisions import Decided


def listed(settings: Settings) -> tuple[OpenDecision, ...]:
    """Return the decisions that can still be taken back, the oldest first. Raises LedgerError."""
    with Ledger(settings.data_dir, create=False) as ledger:
        return tuple(ledger.open_decisions())


def undo(settings: Settings, key: str, *, by: str, why: str = "") -> Decided:
    """Take back the decision by which a payment is to be posted: what it settled waits for a person again.

    Raises IllegalMove where there is no such decision, or a cycle has begun to follow it; LedgerError.
    """
    key = named_key(key)
    with Ledger(settings.data_dir, create=False) as ledger:
        keys = ledger.undo_verdict(key, by=by, why=why.strip(), at=settings.now())
        entries = ledger.entries(keys)
        return Decided(
            key=key,
            rows=tuple(entries[one] for one in keys),
            said=message("{key}: the decision is taken back, and it waits for a person again.", key=key),
        )
