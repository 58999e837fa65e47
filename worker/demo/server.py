"""Both ports in one event loop, and how they stop."""

import contextlib
import errno
import logging
import socket
from collections.abc import Iterator

import uvicorn
from starlette.types import ASGIApp

from worker.demo.wire import Wire


class PortTaken(Exception):
    """Somebody else listens on the port."""


def listen(port: int) -> socket.socket:
    """Return a socket that listens on the loopback address; raise PortTaken."""
    # Named by its protocol, so that asyncio sends small answers at once (TCP_NODELAY): 40 ms a request.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise PortTaken(port) from error
        raise
    listener.setblocking(False)
    return listener


class Server(uvicorn.Server):
    """Uvicorn, with its signals left to us."""

    def __init__(self, app: ASGIApp) -> None:
        # Uvicorn reports each answer it may not wait for at a stop as an error; ours are reported in front.py.
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
        super().__init__(
            uvicorn.Config(
                app,
                http=Wire,
                ws="none",
                loop="asyncio",
                lifespan="off",
                interface="asgi3",
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_keep_alive=75,
                timeout_graceful_shutdown=1,
            )
        )

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone."""
        yield
