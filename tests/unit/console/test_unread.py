"""A client that does not read its answer keeps its connection for a while, and not for good."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from starlette.types import Receive, Scope, Send

from tests.rig import free_ports, wait_until
from worker.console import boundary, server
from worker.console.boundary import Boundary
from worker.console.server import Server
from worker.runtime.loopback import listen

#: Bytes of an answer: more than the kernel takes for a client that does not read.
SIZE = 32_000_000


@contextmanager
def answering(pieces: int) -> Iterator[tuple[int, Server]]:
    """Serve an answer in so many pieces; give the port and the server."""

    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        headers = [(b"content-length", str(SIZE).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        for number in range(pieces):
            await send({"type": "http.response.body", "body": bytes(SIZE // pieces), "more_body": number + 1 < pieces})

    (port,) = free_ports(1)
    started: list[tuple[asyncio.AbstractEventLoop, Server]] = []

    async def serve() -> None:
        own = Server(Boundary(app, port=port))
        started.append((asyncio.get_running_loop(), own))
        await own.serve(sockets=[listen(port)])

    thread = threading.Thread(target=lambda: asyncio.run(serve()), name="page")
    thread.start()
    wait_until("the page", lambda: started and started[0][1].started)
    loop, own = started[0]
    try:
        yield port, own
    finally:
        loop.call_soon_threadsafe(own.end)
        thread.join(10)


def ask(port: int) -> socket.socket:
    client = socket.create_connection(("127.0.0.1", port), timeout=20)
    client.sendall(f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
    return client


@pytest.mark.parametrize("pieces", [1, 8])
def test_a_client_that_does_not_read_loses_its_connection(monkeypatch: pytest.MonkeyPatch, pieces: int) -> None:
    monkeypatch.setattr(boundary, "LONGEST_S", 0.2)
    monkeypatch.setattr(server, "GRACE_S", 0.1)
    with answering(pieces) as (port, own), ask(port) as client:
        assert client.recv(12) == b"HTTP/1.1 200"

        wait_until("the connection is dropped", lambda: not own.server_state.connections, 10)


@pytest.mark.parametrize("pieces", [1, 8])
def test_one_that_reads_gets_its_answer(pieces: int) -> None:
    got = 0
    with answering(pieces) as (port, _), ask(port) as client:
        while got < SIZE:
            read = client.recv(1 << 20)
            assert read
            got += len(read)
