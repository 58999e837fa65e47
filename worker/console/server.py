"""The web server of the page: loopback only, asleep without a request, and closed to clients that are slow."""

import asyncio
import contextlib
import logging
from collections.abc import Iterator

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

from worker.console import boundary

#: Longest wait for a request's head, from its connection or its first byte (seconds).
HEAD_S = 10.0

#: How long a connection without a request is kept (seconds): a page asks again every few seconds.
KEEP_S = 20

#: How long after the longest time of a request its answer may still lie with us, unread (seconds).
GRACE_S = 1.0

#: More connections or requests at once are refused: fifty pages of a browser take no more.
MOST_AT_ONCE = 200

#: Bytes of a request's head.
LONGEST_HEAD = 16_384


class Connection(H11Protocol):
    """A connection that is closed when a request's head does not come in time, or its answer is not read in time.

    Uvicorn waits for a client that does not read, and closes a connection only once all is read: neither has an end.
    """

    _late: asyncio.TimerHandle | None = None
    _unread: asyncio.TimerHandle | None = None
    _answered: RequestResponseCycle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for the first head."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Wait on while a head is not whole."""
        super().data_received(data)
        if self.cycle is None or self.cycle.response_complete:
            self._wait()
        else:
            self._forget()

    def handle_events(self) -> None:
        """Give each request that begins its time."""
        super().handle_events()
        if self.cycle is not self._answered:
            self._answered = self.cycle
            if self._unread is not None:
                self._unread.cancel()
            self._unread = self.loop.call_later(boundary.LONGEST_S + GRACE_S, self._give_up)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        self._forget()
        if self._unread is not None:
            self._unread.cancel()
        super().connection_lost(exc)

    def _give_up(self) -> None:
        """Drop what is not read by now: the connection is one of the few that there are."""
        if not self.cycle.response_complete or self.transport.get_write_buffer_size():
            self.transport.abort()

    def _wait(self) -> None:
        if self._late is None:
            self._late = self.loop.call_later(HEAD_S, self.transport.abort)

    def _forget(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None


class Server(uvicorn.Server):
    """Uvicorn without its clock, which wakes it ten times a second, and with its signals left to us."""

    def __init__(self, app: ASGIApp) -> None:
        # What a client does wrong is none of the log's business; what we do wrong is logged in site.py.
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
        super().__init__(
            uvicorn.Config(
                app,
                http=Connection,
                ws="none",
                loop="asyncio",
                lifespan="off",
                interface="asgi3",
                log_config=None,
                access_log=False,
                server_header=False,
                date_header=False,
                proxy_headers=False,
                h11_max_incomplete_event_size=LONGEST_HEAD,
                limit_concurrency=MOST_AT_ONCE,
                timeout_keep_alive=KEEP_S,
                timeout_graceful_shutdown=1,
            )
        )
        self._ending = asyncio.Event()

    def end(self) -> None:
        """Have `serve` return soon. To be called in the loop's own thread."""
        self.should_exit = True
        self._ending.set()

    async def main_loop(self) -> None:
        """Sleep until the end: requests wake the loop by themselves."""
        await self.on_tick(0)
        await self._ending.wait()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone."""
        yield
