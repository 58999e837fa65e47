"""What a cycle found and did."""

from dataclasses import dataclass, field

from worker.i18n import message


@dataclass(slots=True)
class Figures:
    """What a cycle found and did, for the ledger, the log and the reports."""

    listed: int = 0
    ignored: dict[str, int] = field(default_factory=dict)
    odd: int = 0
    new: int = 0
    excluded: dict[str, int] = field(default_factory=dict)
    held: int = 0
    waiting: int = 0
    #: Deposits that could go out so far, and those of them that did and were answered.
    ready: int = 0
    sent: int = 0
    batches: int = 0
    posted: int = 0
    rejected: int = 0
    in_doubt: int = 0
    not_sent: int = 0
    resolved: int = 0
    won: int = 0


def progress(figures: Figures, batch: int, step: str) -> str:
    """Return a step with how far the posting is, where it takes more than one batch."""
    if figures.ready <= batch:
        return step
    return message("{step} ({sent} of {ready} are sent)", step=step, sent=figures.sent, ready=figures.ready)
