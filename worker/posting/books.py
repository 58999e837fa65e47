"""Whose books the settings are about."""

from worker.config.settings import Settings
from worker.ledger.adopted import Whom


def whom(settings: Settings) -> Whom:
    """Return whose books these settings write, and from where."""
    mode = "demo" if settings.demo else settings.mode
    return Whom(company=settings.company, origin=settings.origin, machine=settings.machine, mode=mode)
