"""How far this machine's clock and a server's are apart, by the `Date:` of its answers (RFC 9110, 6.6.1)."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

#: Clocks that differ by more are told (seconds): a payment would count for another day, a look-up miss its window.
MOST = 60.0


class Skew:
    """Listens to one visit's answers: those that are pages, which the ERP itself makes, on whatever host it does.

    One that comes from a cache is old, so the newest Date of all is believed.
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        #: The server's clock less ours (seconds), or None while no answer had a Date.
        self.seconds: float | None = None

    def note(self, response: Any) -> None:
        """Measure by one response to the browser. Never raises: it is called inside Playwright."""
        with suppress(Exception):
            if response.request.resource_type != "document":
                return
            said = parsedate_to_datetime(response.headers["date"])
            apart = (said - self._now()).total_seconds()
            self.seconds = apart if self.seconds is None else max(self.seconds, apart)

    @property
    def is_too_far(self) -> bool:
        """True when one of the two clocks is surely wrong."""
        return self.seconds is not None and abs(self.seconds) > MOST
