"""Wrong passwords: after five for one name there is a minute's wait, whether there is such a user or not."""

import time
from collections import OrderedDict, deque
from collections.abc import Callable

from worker.admin.users import compared

#: So many wrong passwords for one name, and then a wait (seconds).
MOST, WAIT = 5, 60.0

#: So many wrong passwords within one wait for all names together: each costs a tenth of a second of this machine.
MOST_OF_ALL = 60

#: Names that are remembered; the oldest is forgotten first.
NAMES = 1000


class Attempts:
    """The wrong passwords of one process."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._wrong: OrderedDict[str, deque[float]] = OrderedDict()
        self._all: deque[float] = deque(maxlen=MOST_OF_ALL)

    def must_wait(self, name: str) -> bool:
        """True while no password of this name is looked at, right or wrong."""
        now, own = self._now(), self._wrong.get(compared(name))
        if own is not None and len(own) == MOST and now - own[-1] < WAIT:
            return True
        return len(self._all) == MOST_OF_ALL and now - self._all[0] < WAIT

    def failed(self, name: str) -> None:
        """Count a wrong password. Those of before the last wait do not add up."""
        key, now = compared(name), self._now()
        own = self._wrong.setdefault(key, deque(maxlen=MOST))
        if own and now - own[-1] >= WAIT:
            own.clear()
        own.append(now)
        self._all.append(now)
        self._wrong.move_to_end(key)
        while len(self._wrong) > NAMES:
            self._wrong.popitem(last=False)

    def succeeded(self, name: str) -> None:
        """Forget this name's wrong passwords."""
        self._wrong.pop(compared(name), None)
