"""The way through the office's proxy for what knows proxies but not their logins: pings, and Apprise.

A proxy of our own on the loopback, for the length of a block and for this user alone. It passes each request on to the
office's proxy and adds the login, so that no library, no environment and no text of an error ever holds it.
"""

import socket
import threading

from worker.runtime.own_listener import OwnListener
from worker.runtime.upstream import Proxy, ProxyRefused, cut, pump, read_head

#: What a client is told of a request that the office's proxy did not take.
_FAILED = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class WebRelay(OwnListener):
    """Takes requests as a proxy does; use it as a context manager."""

    def __init__(self, proxy: Proxy) -> None:
        self._proxy = proxy
        #: Why the proxy did not take a request, the last one. Empty: it took all.
        self.problem = ""
        super().__init__("web relay")

    @property
    def url(self) -> str:
        """Where it listens, as a proxy is named."""
        return f"http://{self.place}"

    # --- inside ----------------------------------------------------------------------------------------------------

    def _serve(self, client: socket.socket) -> None:
        try:
            server, answer = self._pass_on(client)
        except OSError as error:
            self.problem = error.args[0] if isinstance(error, ProxyRefused) else f"{self._proxy.name}: {error}"
            client.sendall(_FAILED)
            return
        try:
            client.sendall(answer)
            pump(server, client)
            cut(client)
        finally:
            self._drop(server)

    def _pass_on(self, client: socket.socket) -> tuple[socket.socket, bytes]:
        """Pass a request on; return the connection and the head of its answer. Raises OSError, ProxyRefused."""
        first, *lines = read_head(client).rstrip().split("\r\n")
        method, target, *_ = (*first.split(" "), "")
        if method == "CONNECT":
            server = self._proxy.ask([first, *lines])
        else:
            # One request a connection: the login is added to the first one's head alone.
            kept = [line for line in lines if not line.lower().startswith(("connection:", "proxy-"))]
            server = self._proxy.ask([first, *kept, "Connection: close"])
        try:
            server.settimeout(None)
            if not self._keep(server):
                raise OSError("it is closed")
            threading.Thread(target=pump, args=(client, server), name="web relay", daemon=True).start()
            head = read_head(server)
            if method == "CONNECT":
                self._proxy.demand_way(head, target)
            else:
                self._proxy.demand_login_taken(head)
        except BaseException:
            self._drop(server)
            raise
        return server, head.encode("latin-1")
