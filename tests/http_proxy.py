"""An office's HTTP proxy: connects to what it is told to, knows names that nobody else knows, and remembers all."""

import base64
import socket
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Self
from urllib.parse import urlsplit


class HttpProxy:
    """Listens on the loopback. `names`: {host: where it really is}; other hosts are reached as they are called."""

    def __init__(self, *, names: Mapping[str, tuple[str, int]] | None = None, login: str = "") -> None:
        #: Where hosts really are that nobody else knows.
        self.names = dict(names or {})
        #: `user:password` that it asks for; "": none.
        self.login = login
        #: What it answers instead of doing anything; None: it does as it is told.
        self.answer: bytes | None = None
        #: Every host and port it was asked to connect to, and every address it was asked for, refused ones too.
        self.asked: list[str] = []
        #: Called with what a client sends, before it is passed on; False ends both connections at once.
        self.on_bytes: Callable[[bytes], bool] = lambda _: True
        #: Called with what a server answers, before it is passed on; False ends both connections at once.
        self.on_answer: Callable[[bytes], bool] = lambda _: True
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._sockets: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for one in (self._listener, *self._sockets):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    @property
    def url(self) -> str:
        """The proxy's address, as PROXY_URL has it."""
        return f"http://127.0.0.1:{self.port}"

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self._sockets.append(client)
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with suppress(OSError, ValueError):
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                part = client.recv(1)
                if not part:
                    return
                head += part
            first, *rest = head.decode("latin-1").split("\r\n")
            method, target, _ = first.split(" ")
            self.asked.append(target)
            if self.answer is not None:
                client.sendall(self.answer)
                client.close()
                return
            wanted = f"Proxy-Authorization: Basic {base64.b64encode(self.login.encode()).decode()}"
            if self.login and wanted not in rest:
                client.sendall(
                    b"HTTP/1.1 407 Login\r\nProxy-Authenticate: Basic realm=office\r\nContent-Length: 0\r\n\r\n"
                )
                client.close()
                return
            parts = urlsplit(target if "://" in target else f"//{target}")
            host, port = parts.hostname or "", parts.port or 80
            server = socket.create_connection(self.names.get(host, (host, port)), timeout=10)
            self._sockets.append(server)
            if method == "CONNECT":
                client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            else:
                lines = [line for line in rest if not line.lower().startswith("proxy-")]
                path = f"{parts.path or '/'}?{parts.query}".rstrip("?")
                server.sendall("\r\n".join([f"{method} {path} HTTP/1.1", *lines]).encode("latin-1"))
            threading.Thread(target=_pump, args=(server, client, self.on_answer), daemon=True).start()
            _pump(client, server, self.on_bytes)


def _pump(source: socket.socket, target: socket.socket, may_pass: Callable[[bytes], bool]) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            if not may_pass(data):
                for one in (source, target):
                    one.shutdown(socket.SHUT_RDWR)
                return
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)
