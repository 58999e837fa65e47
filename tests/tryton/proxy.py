"""A proxy before Tryton that drops, delays and repeats single calls, by the name of their method."""

import http.client
import json
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

#: A server may take so long to answer (seconds).
ANSWER_S = 60.0


class Fault(StrEnum):
    """What becomes of one call."""

    DROP_REQUEST = "the request never reaches the server"
    DROP_ANSWER = "the server does it, and the answer is lost"
    DELAY_REQUEST = "the request reaches the server after the worker gave up"
    DELAY_ANSWER = "the answer comes after the worker gave up"
    REPEAT = "the server gets the request twice"
    UNAVAILABLE = "the server does it, and a proxy on the way answers 503: the client asks again by itself"
    KILL_BEFORE = "the server is killed before the request reaches it"
    KILL_IN = "the server is killed while it works on the request"
    KILL_AFTER = "the server is killed after it did it, before it answered"
    EXPIRE = "the session has ended when the request comes"


class FaultProxy:
    """Listens on a port of its own; `fault(method, what)` strikes the next call of that method, once."""

    def __init__(self, port: int, *, late_s: float) -> None:
        """`port`: the server's. `late_s`: how long a delay is."""
        self._server_port = port
        self._late_s = late_s
        self._faults: dict[str, Fault] = {}
        self._lock = threading.Lock()
        #: Every call that a fault struck, and every call by method that reached the server.
        self.struck: list[tuple[str, Fault]] = []
        self.passed: list[str] = []
        self.kill: Callable[[], object] = lambda: None
        self.start: Callable[[], object] = lambda: None
        self.end_sessions: Callable[[], object] = lambda: None
        #: Calls that are still on their way.
        self._late: list[threading.Thread] = []
        self._httpd = _Server(("127.0.0.1", 0), _Handler)
        self._httpd.proxy = self
        self.port: int = self._httpd.server_address[1]
        threading.Thread(target=self._httpd.serve_forever, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.wait()
        self._httpd.shutdown()
        self._httpd.server_close()

    def fault(self, method: str, what: Fault) -> None:
        """Let something happen to the next call of a method."""
        self._faults[method] = what

    def wait(self) -> bool:
        """Wait until everything that was late has arrived; return True if anything was."""
        late, self._late = self._late, []
        for one in late:
            one.join()
        return bool(late)

    # --- inside

    def take(self, method: str) -> Fault | None:
        """Return what strikes this call, and forget it."""
        with self._lock:
            what = self._faults.pop(method, None)
            if what is not None:
                self.struck.append((method, what))
            return what

    def forward(self, call: "_Call") -> tuple[int, list[tuple[str, str]], bytes]:
        """Hand a call to the server and return its answer."""
        if call.method:
            self.passed.append(call.method)
        connection = http.client.HTTPConnection("127.0.0.1", self._server_port, timeout=ANSWER_S)
        try:
            connection.request(call.verb, call.path, body=call.body or None, headers=call.headers)
            answer = connection.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        finally:
            connection.close()

    def later(self, call: "_Call") -> None:
        """Hand a call to the server after a while, whoever still waits for it."""

        def run() -> None:
            time.sleep(self._late_s)  # the delay itself, not a wait for anything
            with suppress(OSError, http.client.HTTPException):
                self.forward(call)

        thread = threading.Thread(target=run, daemon=True)
        self._late.append(thread)
        thread.start()

    def strike(self, call: "_Call", what: Fault | None) -> tuple[int, list[tuple[str, str]], bytes] | None:
        """Return the answer that goes back, or None: the connection is cut."""
        if what is Fault.DROP_REQUEST:
            return None
        if what is Fault.DELAY_REQUEST:
            self.later(call)
            return None
        if what is Fault.KILL_BEFORE:
            self._restart()
            return None
        if what is Fault.KILL_IN:
            threading.Timer(0.02, self.kill).start()
            with suppress(OSError, http.client.HTTPException):
                self.forward(call)
            self._restart()
            return None
        if what is Fault.EXPIRE:
            self.end_sessions()
        if what is Fault.REPEAT:
            self.forward(call)
        answer = self.forward(call)
        if what is Fault.DROP_ANSWER:
            return None
        if what is Fault.KILL_AFTER:
            self._restart()
            return None
        if what is Fault.DELAY_ANSWER:
            time.sleep(self._late_s)
        if what is Fault.UNAVAILABLE:
            return 503, [("Retry-After", "1")], b""
        return answer

    def _restart(self) -> None:
        self.kill()
        self.start()


class _Call:
    """One request."""

    def __init__(self, verb: str, path: str, headers: dict[str, str], body: bytes) -> None:
        self.verb, self.path, self.headers, self.body = verb, path, headers, body
        self.method = ""
        with suppress(ValueError, TypeError):
            self.method = str(json.loads(body).get("method", "")) if body else ""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    proxy: FaultProxy

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: whoever asked has gone."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def _serve(self) -> None:
        proxy = self.server.proxy  # type: ignore[attr-defined]
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name: value for name, value in self.headers.items() if name.lower() not in _OWN}
        call = _Call(self.command, self.path, headers, body)
        try:
            answer = proxy.strike(call, proxy.take(call.method) if call.method else None)
        except (OSError, http.client.HTTPException):
            answer = None
        self.close_connection = True
        if answer is None:
            return
        status, found, content = answer
        self.send_response(status)
        for name, value in found:
            if name.lower() not in _OWN:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_HEAD = do_OPTIONS = _serve  # noqa: N815 - the library's names

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


#: Headers that are each connection's own.
_OWN = {"connection", "content-length", "transfer-encoding", "keep-alive", "accept-encoding", "content-encoding"}
