"""What the ERP counts about itself, for tests and benchmarks."""

from collections import Counter

NAMES = (
    "requests",
    "connections",
    "logins",
    "failed_logins",
    "pages",
    "rows",
    "deposit_pages",
    "deposit_rows",
    "saves",
    "form_saves",
    "tracks",
)


class Stats:
    """Counters since the start or the last reset.

    `pages` and `rows` are those of the payment list; `form_saves` are F8 pressed without the popup, which a
    worker must never do; `tracks` are the second POST that `save_beacon` adds.
    """

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def add(self, name: str, count: int = 1) -> None:
        """Count something."""
        self._counts[name] += count

    def reset(self) -> None:
        """Begin at zero."""
        self._counts.clear()

    def all(self) -> dict[str, int]:
        """Return all counters."""
        return {name: self._counts[name] for name in NAMES}
