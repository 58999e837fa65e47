"""The port of a server of ours: on the loopback address alone."""

import errno
import socket


class PortTaken(Exception):
    """Another program listens on the port."""


def listen(port: int) -> socket.socket:
    """Return a socket that listens on the loopback address. Raises PortTaken, OSError."""
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
