"""Wrong passwords: after five for one name there is a minute's wait, whether there is such a user or not.

Nobody can shut out others: however many names are tried, each user's own name is looked at.
"""

import time
from collections import OrderedDict, deque
from collections.abc import Callable, MutableMapping

from worker.ledger.people import compared

#: Wrong passwords for one name before a wait, and that wait (seconds).
MOST, WAIT = 5, 60.0

#: So many unknown names are looked at within one wait: each look costs a tenth of a second of this machine.
MOST_UNKNOWN = 60

#: Unknown names that are remembered; the oldest is forgotten first.
NAMES = 1000


class Attempts:
    """The wrong passwords of one process."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        #: Of users: there are few of them, and none of their mistakes is forgotten for another name's.
        self._users: dict[str, deque[float]] = {}
        self._unknown: OrderedDict[str, deque[float]] = OrderedDict()
        self._all_unknown: deque[float] = deque(maxlen=MOST_UNKNOWN)

    def must_wait(self, name: str) -> bool:
        """True while no password of this name is looked at, right or wrong."""
        key = compared(name)
        own = self._users.get(key) or self._unknown.get(key)
        return own is not None and len(own) == MOST and self._now() - own[-1] < WAIT

    def looks_at_unknown(self) -> bool:
        """True while an unknown name may cost this machine as much as a wrong password does."""
        return len(self._all_unknown) < MOST_UNKNOWN or self._now() - self._all_unknown[0] >= WAIT

    def failed(self, name: str, *, is_user: bool) -> None:
        """Count a wrong password. Those of before the last wait do not add up."""
        key, now = compared(name), self._now()
        names: MutableMapping[str, deque[float]] = self._users if is_user else self._unknown
        own = names.setdefault(key, deque(maxlen=MOST))
        if own and now - own[-1] >= WAIT:
            own.clear()
        own.append(now)
        if is_user:
            return
        self._all_unknown.append(now)
        self._unknown.move_to_end(key)
        while len(self._unknown) > NAMES:
            self._unknown.popitem(last=False)

    def succeeded(self, name: str) -> None:
        """Forget this name's wrong passwords."""
        self._users.pop(compared(name), None)
        self._unknown.pop(compared(name), None)
