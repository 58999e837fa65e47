"""How a connection is made: through the office's proxy if it has one, and of a visit to the ERP's hosts alone.

One Upstream for each visit, shared by the browser's relay and the driver's: what either was refused is counted here.
"""

import base64
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_address

from worker.errors import SettingsError
from worker.i18n import message

#: Longest wait for a connection to a server, or to the proxy together with it (seconds).
CONNECT_S = 20.0

#: A proxy's answer is no longer (bytes).
LONGEST_ANSWER = 16384

#: Read from a socket at once, at most (bytes).
CHUNK = 65536

#: Names of this machine that no list of names holds (RFC 6761).
_LOCAL = "localhost"


class NotListed(OSError):
    """A host that is not on the list was asked for. It was counted, and no connection was tried."""


class ProxyRefused(OSError):
    """The proxy was reached, and lets this connection not through. The text says why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """The office's HTTP proxy (RFC 9110, 9.3.6: CONNECT)."""

    host: str
    port: int
    #: Returns `user:password`, read anew at each use; "" for a proxy that asks for none. Raises SettingsError.
    login: Callable[[], str] = lambda: ""

    @property
    def name(self) -> str:
        """Return how it is named to people."""
        return f"{self.host}:{self.port}"

    def connect(self, host: str, port: int) -> socket.socket:
        """Return a connection to a host through the proxy, with nothing said on it yet. Raises OSError, ProxyRefused.

        One connection, asked for once: whether it is tried again is for the caller to say.
        """
        where = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        server = self.ask([f"CONNECT {where} HTTP/1.1", f"Host: {where}"])
        try:
            self.demand_way(read_head(server), where)
        except BaseException:
            server.close()
            raise
        return server

    def ask(self, head: Iterable[str]) -> socket.socket:
        """Send the proxy a request's head, the login with it; return the connection. Raises OSError, ProxyRefused."""
        try:
            login = self.login()
        except SettingsError as error:
            raise ProxyRefused(f"{error}") from error
        lines = [*head]
        if login:
            lines.append(f"Proxy-Authorization: Basic {base64.b64encode(login.encode()).decode()}")
        server = socket.create_connection((self.host, self.port), timeout=CONNECT_S)
        try:
            server.sendall("\r\n".join([*lines, "", ""]).encode("latin-1"))
        except BaseException:
            server.close()
            raise
        return server

    def demand_way(self, head: str, where: str) -> None:
        """Raise ProxyRefused unless an answer of the proxy says that the way is free."""
        status = _status(head)
        if status[:1] == "2":
            return
        self.demand_login_taken(head)
        raise ProxyRefused(
            message(
                "the proxy {proxy} does not connect to {where}: {status}. Ask who looks after it to let it through",
                proxy=self.name,
                where=where,
                status=status or repr(head.split("\r\n")[0][:80]),
            )
        )

    def demand_login_taken(self, head: str) -> None:
        """Raise ProxyRefused if an answer says that the proxy wants another login."""
        if not _status(head).startswith("407"):
            return
        lines = head.split("\r\n")[1:]
        offers = [line.partition(":")[2].split()[:1] for line in lines if _is_named(line, "proxy-authenticate")]
        raise ProxyRefused(
            message(
                "the proxy {proxy} asks for a login ({kinds}): write user:password into the file that "
                "PROXY_LOGIN_FILE names; only Basic works here",
                proxy=self.name,
                kinds=", ".join(sorted({one for offer in offers for one in offer})) or "?",
            )
        )


class Upstream:
    """Makes the connections of one visit, and remembers which hosts were reached and which were refused."""

    def __init__(self, *, allows: Callable[[str, int], bool], proxy: Proxy | None = None) -> None:
        """`allows(host, port)`: whether it may be reached, and nobody is asked for its address before."""
        self._allows = allows
        self.proxy = proxy
        self._lock = threading.Lock()
        self._refused: Counter[str] = Counter()
        #: The last connection that was allowed and could not be made: its host, and why. Empty texts: none.
        self.problem = ("", "")

    def connect(self, host: str, port: int) -> socket.socket:
        """Return a connection to a host. Raises NotListed, ProxyRefused, OSError; each is remembered."""
        name = named(host, port)
        if not self._allows(host, port):
            with self._lock:
                self._refused[name] += 1
            raise NotListed(message("{host} is not one of the ERP's hosts", host=name))
        try:
            if is_loopback(host):
                # Any name of it, whether or not this machine's resolver knows it.
                local = _LOCAL if host.rstrip(".").lower().endswith(_LOCAL) else host
                server = socket.create_connection((local, port), timeout=CONNECT_S)
            elif self.proxy is None:
                server = socket.create_connection((host, port), timeout=CONNECT_S)
            else:
                server = self.proxy.connect(host, port)
        except OSError as error:
            self.problem = (host, error.args[0] if isinstance(error, ProxyRefused) else f"{host}:{port}: {error}")
            raise
        server.settimeout(None)
        return server

    @property
    def refused(self) -> Mapping[str, int]:
        """How often each host was refused, the most often first."""
        with self._lock:
            return dict(self._refused.most_common())


def named(host: str, port: int) -> str:
    """Return how a host is named to people: its port only where it is not the web's own."""
    plain = host.rstrip(".").lower()
    return plain if port in (80, 443) else f"{plain}:{port}"


def is_loopback(host: str) -> bool:
    """True for a name or an address of this machine itself."""
    name = host.rstrip(".").lower()
    if name == _LOCAL or name.endswith(f".{_LOCAL}"):
        return True
    try:
        ip = ip_address(name)
    except ValueError:
        return False
    return (getattr(ip, "ipv4_mapped", None) or ip).is_loopback


def read_head(connection: socket.socket) -> str:
    """Read a head of HTTP and not a byte of what follows it. Raises ProxyRefused when it does not end."""
    found = b""
    while not found.endswith(b"\r\n\r\n"):
        part = connection.recv(1)
        if not part or len(found) >= LONGEST_ANSWER:
            raise ProxyRefused(message("the proxy ended the connection without an answer"))
        found += part
    return found.decode("latin-1")


def pump(source: socket.socket, target: socket.socket) -> None:
    """Carry bytes one way until that way ends; then say so to the other side."""
    with suppress(OSError):
        while data := source.recv(CHUNK):
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)


def cut(one: socket.socket) -> None:
    """End a connection under whatever thread waits for it; the thread closes it."""
    with suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)


def _status(head: str) -> str:
    """Return the status of an answer, such as `200 OK`; "" for what is no answer of HTTP."""
    first = head.split("\r\n")[0]
    return " ".join(first.split(" ")[1:]) if first.startswith("HTTP/1.") else ""


def _is_named(line: str, name: str) -> bool:
    return line.partition(":")[0].strip().lower() == name
