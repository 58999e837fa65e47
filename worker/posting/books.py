"""Whose books the settings are about."""

from worker.config.settings import Settings
from worker.ledger.adopted import LedgerOwner


def owner_of(settings: Settings) -> LedgerOwner:
    """Return whose books these settings write, and from where."""
    mode = "demo" if settings.demo else settings.posting.mode
    return LedgerOwner(company=settings.erp.company, origin=settings.erp.origin, machine=settings.machine, mode=mode)
