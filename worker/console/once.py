"""A form that is sent twice, by a double click or a reload, acts once: the second gets the first one's answer."""

import asyncio
import hashlib
import json
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import TypeVar

from worker.errors import DaybreakError, LedgerError, Overtaken, SettingsError
from worker.i18n import said_by

T = TypeVar("T")

#: What is said with an answer: that another user was faster, or that the form can't be followed.
OVERTAKEN, WRONG = 409, 422

#: Forms that are remembered; the oldest is forgotten first.
MOST = 200


class Once:
    """The forms that one page has taken."""

    def __init__(self) -> None:
        #: One form at a time: the second click comes before the first one's answer.
        self._lock = asyncio.Lock()
        self._led_to: OrderedDict[str, str] = OrderedDict()

    async def path(
        self, form: str, act: Callable[[], Awaitable[str]], *, wrong: Callable[[str, int], Awaitable[T]]
    ) -> str | T:
        """Return where this very form leads: what `act` says, asked once; what `wrong` makes of its error.

        Raises LedgerError, SettingsError: they are about no form.
        """
        async with self._lock:
            if (known := self._led_to.get(form)) is not None:
                return known
            try:
                path = await act()
            except (LedgerError, SettingsError):
                raise
            except DaybreakError as error:
                return await wrong(said_by(error), OVERTAKEN if isinstance(error, Overtaken) else WRONG)
            self._led_to[form] = path
            while len(self._led_to) > MOST:
                self._led_to.popitem(last=False)
            return path


def form_id(*parts: object) -> str:
    """Return what names a form: who sends it, where to, and what stands in it."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()
