"""The search of a payment: was it posted, and everything that happened to it. Changes nothing."""

from worker.config.settings import Settings
from worker.ledger.search import Archive
from worker.posting import refused
from worker.posting.books import owner_of
from worker.reports import find as finding
from worker.reports.find import Found

#: Payments with their history that are returned where nobody says how many.
MOST = 20


def find(settings: Settings, text: str, *, most: int = MOST) -> Found:
    """Return the payments that a text can mean, the newest `most` of them, newest first. Raises LedgerError.

    `text`: a payer or a part of the name, an amount, an approval number, a day, a minute, a key or a slip number.
    """
    with Archive(settings.data_dir, read_only=True) as archive:
        return finding.find(
            archive,
            text,
            data=settings.data_dir,
            now=settings.now(),
            most=most,
            why_no_posting=archive.why_no_posting(owner_of(settings)) or refused.why_nothing_is_sent(archive),
        )
