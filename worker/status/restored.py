"""How far a restored ledger is on its way to posting again, in one sentence."""

from zoneinfo import ZoneInfo

from worker.config.posting_settings import PostingSettings
from worker.i18n import foreign, message
from worker.ledger.ledger import Ledger


def progress(ledger: Ledger, posting: PostingSettings, *, zone: ZoneInfo) -> str:
    """Say how far a restored ledger is on its way to posting again, or return an empty text for any other."""
    if not (behind := ledger.older()):
        return ""
    older, waiting = foreign(behind), sum(ledger.counts().values())
    if not posting.can_look_up or ledger.older_is_blind():
        return message(
            "the ledger may be behind the ERP ({older}) and posts nothing: {waiting} payments wait, and nothing can be "
            "looked up here. Compare them with the ERP, then: daybreak adopt",
            older=older,
            waiting=waiting,
        )
    looked = ledger.older_looked_up()
    if looked is None:
        return message(
            "the ledger may be behind the ERP ({older}) and posts nothing yet: {waiting} payments wait; step 1 of 2, "
            "the first look-up in the ERP, comes with the next cycle",
            older=older,
            waiting=waiting,
        )
    found, at = looked
    due = at + posting.settle
    return message(
        "the ledger may be behind the ERP ({older}) and posts nothing yet: {waiting} payments wait; step 2 of 2: the "
        "look-up of {at} found {found}, the one that ends it comes with the first cycle after {due} that finds no more",
        older=older,
        waiting=waiting,
        found=found,
        at=f"{at.astimezone(zone):%H:%M:%S}",
        due=f"{due.astimezone(zone):%H:%M:%S}",
    )
