"""Both ports in one event loop, and how they stop."""

import contextlib
import logging
from collections.abc import Iterator
from datetime import UTC
from email.utils import format_datetime

import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from worker.demo.wire import Wire
from worker.runtime import clock


def _dated(app: ASGIApp) -> ASGIApp:
    """Have each answer carry the machine's time as its `Date`, by the clock that a test may have set for all of us."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        async def dated(message: Message) -> None:
            if message["type"] == "http.response.start":
                date = format_datetime(clock.wall(UTC), usegmt=True).encode("ascii")
                message = {**message, "headers": [*message.get("headers", ()), (b"date", date)]}
            await send(message)

        await app(scope, receive, dated)

    return answer


class Server(uvicorn.Server):
    """Uvicorn, with its signals left to us."""

    def __init__(self, app: ASGIApp) -> None:
        # Uvicorn reports each answer it may not wait for at a stop as an error; ours are reported in front.py.
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
        super().__init__(
            uvicorn.Config(
                _dated(app),
                http=Wire,
                ws="none",
                loop="asyncio",
                lifespan="off",
                interface="asgi3",
                log_config=None,
                access_log=False,
                server_header=False,
                date_header=False,
                timeout_keep_alive=75,
                timeout_graceful_shutdown=1,
            )
        )

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone."""
        yield
