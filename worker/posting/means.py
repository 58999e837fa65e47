"""What the parts of one cycle work with."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from worker.config.posting_settings import PostingSettings
from worker.erp import Erp
from worker.ledger.ledger import Ledger
from worker.posting.figures import Figures
from worker.runtime.heartbeat import Phase

#: Seconds promised before the ERP is asked to read or look up: it says itself at once what its own steps may take.
ERP_SAYS = 0.0


class ProgressReporter(Protocol):
    """Beats before a step. Raises StopRequested between two steps when the worker was asked to stop."""

    def __call__(self, phase: Phase, step: str, seconds: float, *, stoppable: bool = True) -> None: ...


class Papers(Protocol):
    """Where the evidence of this cycle goes."""

    def text(self, name: str, content: str) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What one cycle works with: one ERP, one ledger, the rules, and whom it asks and tells.

    Both questions return a reason or an empty text: may this ledger post, is this worker still the one that may.

    In a block of `finishing` no step raises StopRequested: from sent to settled a batch is not stopped.

    `figures` is filled as the cycle goes on, so that a failed one has told what it did.
    `erp_ahead` returns the ERP's clock less ours (seconds), as far as it is known.
    """

    erp: Erp
    ledger: Ledger
    rules: PostingSettings
    #: Maximum rows that the cycle posts; None: all that wait.
    most: int | None = None
    #: The cycle posts this payment alone, by its key; "": whichever waits.
    only: str = ""
    #: How long the ERP may take to draw a list (seconds).
    list_s: float
    cycle: int
    now: Callable[[], datetime]
    pulse: ProgressReporter
    papers: Papers
    last_good: datetime | None
    why_no_posting: Callable[[], str]
    still_ours: Callable[[], str]
    figures: Figures
    finishing: Callable[[], AbstractContextManager[None]] = nullcontext
    erp_ahead: Callable[[], float] = lambda: 0.0


class Part:
    """One part of a cycle."""

    def __init__(self, means: Means) -> None:
        self._erp = means.erp
        self._ledger = means.ledger
        self._rules = means.rules
        self._most = means.most
        self._only = means.only
        self._list_s = means.list_s
        self._cycle = means.cycle
        self._now = means.now
        self._pulse = means.pulse
        self._papers = means.papers
        self._last_good = means.last_good
        self._why_no_posting = means.why_no_posting
        self._still_ours = means.still_ours
        self._finishing = means.finishing
        self._erp_ahead = means.erp_ahead
        self.figures = means.figures
