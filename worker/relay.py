"""The browser's only way to the network: through the worker, so that it ends with the worker and can be shut.

A request that a route holds is not safe there: when the driver ends, however it ends, Chromium lets it go, and a save
that was sent already, or was never to be, reaches the ERP. So Chromium is told to connect through this SOCKS5 relay
(RFC 1928) in the worker's own process. The kernel closes it when the worker dies, a frozen worker relays nothing, and
the save gate shuts it for as long as a save may be held.
"""

import logging
import socket
import struct
import threading
from contextlib import suppress
from typing import Self

log = logging.getLogger(__name__)

#: A server may take so long to accept a connection (seconds).
CONNECT_S = 20.0

#: Read from a socket at once, at most (bytes).
CHUNK = 65536

_VERSION, _CONNECT, _NO_PASSWORD = 5, 1, 0
_IPV4, _NAME, _IPV6 = 1, 3, 4
_DONE, _FAILED, _UNREACHABLE, _REFUSED, _NO_COMMAND = 0, 1, 4, 5, 7


class Relay:
    """Relays the connections of one browser; use it as a context manager. It listens on the loopback only."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self._lock = threading.Lock()
        self._sockets: set[socket.socket] = set()
        self._is_open = True
        #: The last connection that could not be made, in a sentence, or "".
        self.problem = ""
        threading.Thread(target=self._accept, name="relay", daemon=True).start()

    def flags(self) -> list[str]:
        """Return the flags that make Chromium connect through here, to this machine's own addresses as well."""
        port = self._listener.getsockname()[1]
        return [f"--proxy-server=socks5://127.0.0.1:{port}", "--proxy-bypass-list=<-loopback>"]

    def shut(self) -> None:
        """Cut every connection and make no new one: when this returns, nothing can leave the browser any more."""
        with self._lock:
            self._is_open = False
            for one in self._sockets:
                _cut(one)

    def open(self) -> None:
        """Make connections again."""
        with self._lock:
            self._is_open = True

    def close(self) -> None:
        """End for good."""
        self.shut()
        _cut(self._listener)
        self._listener.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # --- inside ----------------------------------------------------------------------------------------------------

    def _accept(self) -> None:
        while True:
            try:
                browser, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(browser,), name="relay", daemon=True).start()

    def _serve(self, browser: socket.socket) -> None:
        server: socket.socket | None = None
        try:
            if not self._keep(browser):
                return
            server = self._connect(browser)
            if server is None or not self._keep(server):
                return
            browser.sendall(struct.pack("!BBBBIH", _VERSION, _DONE, 0, _IPV4, 0, 0))
            back = threading.Thread(target=_pump, args=(server, browser), name="relay", daemon=True)
            back.start()
            _pump(browser, server)
            back.join()
        except OSError:
            return  # one side has gone, or the relay was shut
        finally:
            for one in (browser, server):
                if one is not None:
                    with self._lock:
                        self._sockets.discard(one)
                    one.close()

    def _keep(self, one: socket.socket) -> bool:
        """Know a connection from now on, so that it can be cut; False when it came too late."""
        with self._lock:
            if self._is_open:
                self._sockets.add(one)
            return self._is_open

    def _connect(self, browser: socket.socket) -> socket.socket | None:
        """Read what the browser asks for and connect; answer it and return None when that fails."""
        version, methods = _exactly(browser, 2)
        _exactly(browser, methods)
        if version != _VERSION:
            return None
        browser.sendall(bytes((_VERSION, _NO_PASSWORD)))
        _, command, _, kind = _exactly(browser, 4)
        host = _host(browser, kind)
        (port,) = struct.unpack("!H", _exactly(browser, 2))
        reply = _NO_COMMAND
        if command == _CONNECT and host:
            try:
                server = socket.create_connection((host, port), timeout=CONNECT_S)
                server.settimeout(None)
                for one in (server, browser):
                    one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            except OSError as error:
                self.problem = f"{host}:{port}: {error}"
                reply = _reply(error)
            else:
                return server
        browser.sendall(struct.pack("!BBBBIH", _VERSION, reply, 0, _IPV4, 0, 0))
        return None


def _reply(error: OSError) -> int:
    if isinstance(error, ConnectionRefusedError):
        return _REFUSED
    return _UNREACHABLE if isinstance(error, socket.gaierror | TimeoutError) else _FAILED


def _host(browser: socket.socket, kind: int) -> str:
    if kind == _IPV4:
        return socket.inet_ntop(socket.AF_INET, _exactly(browser, 4))
    if kind == _IPV6:
        return socket.inet_ntop(socket.AF_INET6, _exactly(browser, 16))
    if kind == _NAME:
        return _exactly(browser, _exactly(browser, 1)[0]).decode("ascii", "replace")
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


def _pump(source: socket.socket, target: socket.socket) -> None:
    """Carry bytes one way until that way ends; then say so to the other side."""
    with suppress(OSError):
        while data := source.recv(CHUNK):
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)


def _cut(one: socket.socket) -> None:
    """End a connection under whatever thread waits for it; the thread closes it."""
    with suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
