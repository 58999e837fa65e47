"""The only ways to the network, of the browser and of Playwright's driver: through the worker, and they end with it.

A request that a route holds is not safe there: when the driver ends, however it ends, Chromium lets it go, and a save
that was sent already, or was never to be, reaches the ERP. So Chromium is told to connect through this SOCKS5 relay
(RFC 1928) in the worker's own process. The kernel closes it when the worker dies, a frozen worker relays nothing, and
the save gate shuts it for as long as a save may be held.

The save itself leaves from the driver, which has a relay of its own: that one is open only while the gate has the
driver fetch something, and lets a save make one connection, no more, whoever would try again.
"""

import logging
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Self

from worker.runtime.own_listener import OwnListener
from worker.runtime.upstream import CHUNK, NotListed, Upstream, cut, pump

log = logging.getLogger(__name__)

_VERSION, _CONNECT, _NO_PASSWORD = 5, 1, 0
_IPV4, _NAME, _IPV6 = 1, 3, 4
_DONE, _FAILED, _NOT_ALLOWED, _UNREACHABLE, _REFUSED, _NO_COMMAND = 0, 1, 2, 4, 5, 7


@dataclass(slots=True)
class Passage:
    """What one save was let send; the relay's word, final once the save's block has ended."""

    #: Connections that were let through for it: one at most.
    connections: int = 0
    #: True from the moment before its first byte leaves for the ERP.
    has_left: bool = False
    #: True once nothing more may leave.
    is_over: bool = False


class Relay(OwnListener):
    """Relays the connections of one program: the proxy's login and a save's one connection are ours alone."""

    def __init__(self, upstream: Upstream) -> None:
        """`upstream` makes the connections, and knows which may be made."""
        self._upstream = upstream
        super().__init__("relay")

    @property
    def address(self) -> str:
        """Where it listens, as a proxy is named."""
        return f"socks5://{self.place}"

    def flags(self) -> list[str]:
        """Return the flags that make Chromium connect through here alone, to this machine's own addresses as well.

        It asks nobody for the address of a name, and what knows no proxy (WebRTC) sends nothing.
        """
        return [
            f"--proxy-server={self.address}",
            "--proxy-bypass-list=<-loopback>",
            "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
            "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
        ]

    # --- inside ----------------------------------------------------------------------------------------------------

    def _serve(self, client: socket.socket) -> None:
        host, port = self._asked(client)
        passage = self._admit()
        server = self._connect(client, host, port)
        if server is None:
            return
        try:
            if not self._keep(server):
                return
            client.sendall(_answer(_DONE))
            back = threading.Thread(target=pump, args=(server, client), name="relay", daemon=True)
            back.start()
            self._send(client, server, passage)
            back.join()
        finally:
            self._drop(server)

    def _admit(self) -> Passage | None:
        """Let a connection that was asked for be made; return the save that it is for. Raises OSError to refuse it."""
        return None

    def _send(self, client: socket.socket, server: socket.socket, passage: Passage | None) -> None:  # noqa: ARG002
        """Carry what the client sends."""
        pump(client, server)

    @staticmethod
    def _asked(client: socket.socket) -> tuple[str, int]:
        """Read which host and port the client asks for. Raises OSError for anything but that."""
        version, methods = _exactly(client, 2)
        _exactly(client, methods)
        if version != _VERSION:
            raise OSError("not SOCKS 5")
        client.sendall(bytes((_VERSION, _NO_PASSWORD)))
        _, command, _, kind = _exactly(client, 4)
        host = _host(client, kind)
        (port,) = struct.unpack("!H", _exactly(client, 2))
        if command != _CONNECT or not host:
            client.sendall(_answer(_NO_COMMAND))
            raise OSError("not a connection")
        return host, port

    def _connect(self, client: socket.socket, host: str, port: int) -> socket.socket | None:
        """Connect; answer the client and return None when that fails."""
        try:
            server = self._upstream.connect(host, port)
            for one in (server, client):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError as error:
            client.sendall(_answer(_reply(error)))
            return None
        return server


class DriverRelay(Relay):
    """The driver's way out: shut but for what the save gate has it fetch, while it fetches it.

    A save's block is opened only when the ledger has committed `sent`. It lets one connection through: a second one, by
    a driver that tries again, is cut. What has not left when the block ends never leaves.
    """

    def __init__(self, upstream: Upstream) -> None:
        super().__init__(upstream)
        self._readers = 0
        self._passage: Passage | None = None

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Let connections through for a block in which the driver fetches what changes nothing."""
        with self._lock:
            self._readers += 1
        try:
            yield
        finally:
            with self._lock:
                self._readers -= 1

    @contextmanager
    def saving(self) -> Iterator[Passage]:
        """Let one connection through for a block in which the driver sends a save.

        A page that shows how its save goes on reads meanwhile. Then the save's connection can't be told from another,
        and all of them count as its own: `has_left` is never false for a save that left.
        """
        with self._lock:
            assert self._passage is None, "one save at a time"
            passage = self._passage = Passage()
        try:
            yield passage
        finally:
            with self._lock:
                passage.is_over = True
                self._passage = None

    def _admit(self) -> Passage | None:
        with self._lock:
            passage = self._passage
            if passage is not None and (passage.connections == 0 or self._readers):
                passage.connections += 1
                return passage
            if passage is None and self._readers:
                return None
        log.warning("a connection of the browser's driver that nobody asked for was cut")
        raise OSError("nothing is fetched now")

    def _send(self, client: socket.socket, server: socket.socket, passage: Passage | None) -> None:
        if passage is None:
            pump(client, server)
            return
        first = client.recv(CHUNK)
        with self._lock:
            if passage.is_over:
                cut(client)
                return
            passage.has_left = passage.has_left or bool(first)
        server.sendall(first)
        pump(client, server)


class Ways:
    """Both ways of one visit: the browser's and the driver's. Use it as a context manager."""

    def __init__(self, upstream: Upstream) -> None:
        self.upstream = upstream
        self.browser = Relay(upstream)
        self.driver = DriverRelay(upstream)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.browser.close()
        self.driver.close()


def _answer(reply: int) -> bytes:
    return struct.pack("!BBBBIH", _VERSION, reply, 0, _IPV4, 0, 0)


def _reply(error: OSError) -> int:
    if isinstance(error, NotListed):
        return _NOT_ALLOWED
    if isinstance(error, ConnectionRefusedError):
        return _REFUSED
    return _UNREACHABLE if isinstance(error, socket.gaierror | TimeoutError) else _FAILED


def _host(client: socket.socket, kind: int) -> str:
    if kind == _IPV4:
        return socket.inet_ntop(socket.AF_INET, _exactly(client, 4))
    if kind == _IPV6:
        return socket.inet_ntop(socket.AF_INET6, _exactly(client, 16))
    if kind == _NAME:
        return _exactly(client, _exactly(client, 1)[0]).decode("ascii", "replace")
    return ""


def _exactly(one: socket.socket, count: int) -> bytes:
    """Read so many bytes. Raises OSError when the other side ends before."""
    found = b""
    while len(found) < count:
        part = one.recv(count - len(found))
        if not part:
            raise OSError("the connection ended")
        found += part
    return found
