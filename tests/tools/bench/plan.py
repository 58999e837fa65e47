"""What was asked of this run: how often to measure, against whom, where files may lie."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One run of the bench."""

    folder: Path
    quick: bool
    #: Opponents that do the same cycle: naive, middle.
    against: tuple[str, ...]
    #: Tells what is being measured.
    say: Callable[[str], None]
    #: So many runs of everything that is not asked for otherwise; 0: each part's own number.
    runs: int = 0
    #: How long to work on the slowest ERP; 0: that part's own time.
    minutes: float = 0.0

    def often(self, full: int, quick: int) -> int:
        """Return how often to measure something."""
        return self.runs or (quick if self.quick else full)
