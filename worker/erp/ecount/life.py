"""Signs of life while a step waits: a beat in slices, and none without a sign of what is waited on.

A sign is a call with a time-out on each frame that is waited on. While a frame is on its way to another page nothing
in it answers; then the browser is asked, which proves it and its driver. Only waiting is sliced, no action is.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from worker.erp import Pulse

if TYPE_CHECKING:
    from playwright.sync_api import Frame, Page, Request

#: Seconds between two beats of a step that waits; with a sign that takes its time below the beat's patience of 10 s.
SLICE = 2.5

#: Seconds within which a frame must give its sign.
SIGN_WITHIN = 4.0


class Life:
    """Watches over one browser page: which of its frames are on their way, and when the last sign was told."""

    def __init__(self, page: "Page", *, pulse: Pulse) -> None:
        self._page = page
        self._pulse = pulse
        self._told = 0.0
        self._is_quiet = False
        #: Frame → the request that is to bring its next page.
        self._on_way: dict[Frame, Request] = {}
        page.on("request", self._on_request)
        page.on("requestfinished", self._on_end)
        page.on("requestfailed", self._on_end)
        page.on("framenavigated", self._on_arrival)
        page.on("framedetached", self._on_arrival)

    @property
    def is_on_way(self) -> bool:
        """True while the page itself loads another: no script in it would answer before the server does."""
        return self._page.main_frame in self._on_way

    @contextmanager
    def quiet(self) -> Iterator[None]:
        """Tell nothing inside a block: the window of a save, whose promise is the step's own time."""
        before, self._is_quiet = self._is_quiet, True
        try:
            yield
        finally:
            self._is_quiet = before

    def begin(self) -> None:
        """Beat at the start of something that waits in slices: the promise is short from here on."""
        if not self._is_quiet:
            self._told = time.monotonic()
            self._pulse("", 0)

    def breathe(self, frames: "list[Frame]") -> None:
        """Beat if it is time and every frame that is waited on gives its sign."""
        if self._is_quiet or time.monotonic() < self._told + SLICE:
            return
        if all(self._is_alive(frame) for frame in frames or [self._page.main_frame]):
            self.begin()

    def _is_alive(self, frame: "Frame") -> bool:
        from playwright.sync_api import Error
        from playwright.sync_api import TimeoutError as TimedOut

        try:
            if not self.is_on_way and frame not in self._on_way:
                frame.wait_for_function("1", timeout=SIGN_WITHIN * 1000)
                return True
        except TimedOut:
            if not self.is_on_way and frame not in self._on_way:
                return False
        except Error:
            return True  # its page went away meanwhile, which nothing but a living browser says
        self._page.context.cookies()
        return True

    def _on_request(self, request: "Request") -> None:
        from playwright.sync_api import Error

        if request.is_navigation_request():
            with suppress(Error):  # a frame that is only being made
                self._on_way[request.frame] = request

    def _on_arrival(self, frame: "Frame") -> None:
        self._on_way.pop(frame, None)

    def _on_end(self, request: "Request") -> None:
        for frame in [frame for frame, one in self._on_way.items() if one == request]:
            del self._on_way[frame]
