"""A dead-man service of a test's own: it listens on the loopback and remembers what it was told."""

import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit


@dataclass
class Service:
    """What was heard, as (path, run id, body), and how the service answers from now on."""

    url: str = ""
    status: int = 200
    slow: float = 0
    heard: list[tuple[str, str, str]] = field(default_factory=list)

    def paths(self) -> list[str]:
        """Return the paths in the order they came."""
        return [path for path, _, _ in self.heard]


@contextmanager
def dead_man(certificate: tuple[Path, Path] | None = None) -> Iterator[Service]:
    """Run a service for the length of a block, by https with a certificate and its key."""
    found = Service()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            time.sleep(found.slow)
            body = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
            parts = urlsplit(self.path)
            found.heard.append((parts.path, parse_qs(parts.query).get("rid", [""])[0], body))
            self.send_response(found.status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    found.url = f"{'http' if certificate is None else 'https'}://127.0.0.1:{server.server_port}/my-uuid"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
