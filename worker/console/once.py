"""A form that is sent twice, by a double click or a reload, acts once: the second gets the first one's answer."""

import asyncio
import hashlib
import json
from collections import OrderedDict

#: Forms that are remembered; the oldest is forgotten first.
MOST = 200


class Once:
    """The forms that one page has taken."""

    def __init__(self) -> None:
        #: One form at a time: the second click comes before the first one's answer.
        self.lock = asyncio.Lock()
        self._led_to: OrderedDict[str, str] = OrderedDict()

    def led_to(self, form: str) -> str | None:
        """Return where this very form has led, or None."""
        return self._led_to.get(form)

    def keep(self, form: str, path: str) -> None:
        """Remember where a form has led."""
        self._led_to[form] = path
        while len(self._led_to) > MOST:
            self._led_to.popitem(last=False)


def form_id(*parts: object) -> str:
    """Return what names a form: who sends it, where to, and what stands in it."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()
