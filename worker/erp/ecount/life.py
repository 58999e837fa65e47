"""Signs of life while a step waits: a beat in slices, and none without a sign of what is waited on.

A sign is an answer of each frame that is waited on: to a call with a time-out, or to what the step itself has just
asked or done there. While a frame is on its way to another page nothing in it answers; then the browser is asked, which
proves it and its driver, until the server has answered: from then on the frame has to arrive. Only waiting is sliced,
no action is.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from worker.erp import ProgressReporter
from worker.runtime.process_identity import Identity
from worker.runtime.reaper import is_any_stopped

if TYPE_CHECKING:
    from playwright.sync_api import Frame, Page, Request, Response

#: Seconds between two beats of a step that waits; with signs that take their time still below the beat's patience.
SLICE = 2.5

#: Seconds within which all frames that are waited on must have given their signs.
SIGN_WITHIN = 7.0

#: Seconds after which a frame that has not answered is looked at anew: it may have gone on its way meanwhile.
LOOK_AGAIN = 2.0

#: Seconds that a frame is given at least, when others have used up the time.
SIGN_AT_LEAST = 0.5

#: Seconds for which a frame's answer counts as its sign.
FRESH_FOR = 1.0


class Life:
    """Watches over one browser page: which of its frames are on their way, and when the last sign was told."""

    def __init__(
        self,
        page: "Page",
        *,
        pulse: ProgressReporter,
        is_any_stopped: Callable[[], bool] = lambda: is_any_stopped(Identity.own()),
    ) -> None:
        """`is_any_stopped`: whether a process of the browser is stopped, and so does not answer."""
        self._page = page
        self._pulse = pulse
        self._is_any_stopped = is_any_stopped
        self._told = 0.0
        self._is_quiet = False
        #: Frame → when it answered last (monotonic seconds).
        self._answered: dict[Frame, float] = {}
        #: Frame → the request that is to bring its next page.
        self._on_way: dict[Frame, Request] = {}
        #: Those of them that the server has answered.
        self._arriving: set[Frame] = set()
        page.on("request", self._on_request)
        page.on("response", self._on_response)
        page.on("requestfinished", self._on_end)
        page.on("requestfailed", self._on_end)
        page.on("framenavigated", self._on_arrival)
        page.on("framedetached", self._on_arrival)

    @property
    def is_on_way(self) -> bool:
        """True while the page itself loads another: no script in it would answer before the server does."""
        return self._page.main_frame in self._on_way

    def can_answer(self, frame: "Frame") -> bool:
        """True unless the page, or the frame itself, is on its way to another."""
        return not self.is_on_way and frame not in self._on_way

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

    def note(self, frame: "Frame") -> None:
        """Take it as a sign that a frame has answered, or has taken an action."""
        self._answered[frame] = time.monotonic()

    def breathe(self, frames: "list[Frame]") -> None:
        """Beat if it is time and every frame that is waited on gives its sign."""
        if self._is_quiet or time.monotonic() < self._told + SLICE:
            return
        until = time.monotonic() + SIGN_WITHIN
        if all(self._is_alive(frame, until) for frame in frames or [self._page.main_frame]):
            self.begin()

    def _is_alive(self, frame: "Frame", until: float) -> bool:
        from playwright.sync_api import Error
        from playwright.sync_api import TimeoutError as TimedOut

        if time.monotonic() < self._answered.get(frame, 0.0) + FRESH_FOR:
            return True
        for most in (LOOK_AGAIN, SIGN_WITHIN):
            if self._is_asked_for(frame):
                break
            try:
                frame.wait_for_function("1", timeout=1000 * min(most, max(SIGN_AT_LEAST, until - time.monotonic())))
            except TimedOut:
                continue
            except Error:
                return True  # its page went away meanwhile, which nothing but a living browser says
            self.note(frame)
            return True
        if not self._is_asked_for(frame):
            return False
        self._page.context.cookies()
        return not self._is_any_stopped()

    def _is_asked_for(self, frame: "Frame") -> bool:
        """True while the page, or the frame itself, waits for a server: its browser vouches for it."""
        return any(one in self._on_way and one not in self._arriving for one in (self._page.main_frame, frame))

    def _on_request(self, request: "Request") -> None:
        from playwright.sync_api import Error

        if request.is_navigation_request():
            with suppress(Error):  # a frame that is only being made
                self._on_way[request.frame] = request
                self._arriving.discard(request.frame)

    def _on_response(self, response: "Response") -> None:
        is_redirect = 300 <= response.status < 400
        if not is_redirect:
            self._arriving.update(frame for frame, one in self._on_way.items() if one == response.request)

    def _on_arrival(self, frame: "Frame") -> None:
        self._on_way.pop(frame, None)
        self._arriving.discard(frame)
        self._answered.pop(frame, None)

    def _on_end(self, request: "Request") -> None:
        for frame in [frame for frame, one in self._on_way.items() if one == request]:
            del self._on_way[frame]
            self._arriving.discard(frame)
