"""The relay carries what a browser sends, and nothing once it is shut: real sockets on the loopback."""

import os
import socket
import socketserver
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.rig import wait_until
from worker.browser.proxy import DriverRelay, Relay
from worker.runtime import peer
from worker.runtime.upstream import Upstream


class Echo(socketserver.BaseRequestHandler):
    """Says everything back, and remembers it."""

    def handle(self) -> None:
        while data := self.request.recv(65536):
            self.server.heard.append(data)  # type: ignore[attr-defined]
            self.request.sendall(data)


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Echo)
        self.heard: list[bytes] = []


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield server
        server.shutdown()


def anywhere() -> Upstream:
    return Upstream(allows=lambda *_: True)


@pytest.fixture
def relay() -> Iterator[Relay]:
    with Relay(anywhere()) as relay:
        yield relay


@pytest.fixture
def driver() -> Iterator[DriverRelay]:
    with DriverRelay(anywhere()) as driver:
        yield driver


def port_of(relay: Relay) -> int:
    return int(relay.address.rpartition(":")[2])


@contextmanager
def through(relay: Relay, host: bytes, port: int) -> Iterator[tuple[socket.socket, int]]:
    """Connect as Chromium does (RFC 1928), by name; yield the connection and the relay's answer, -1 for none."""
    with socket.create_connection(("127.0.0.1", port_of(relay)), timeout=5) as browser:
        try:
            browser.sendall(b"\x05\x01\x00")
            browser.recv(2)
            browser.sendall(b"\x05\x01\x00\x03" + bytes([len(host)]) + host + struct.pack("!H", port))
            answer = browser.recv(10)
        except OSError:
            answer = b""
        yield browser, answer[1] if answer else -1


def test_bytes_are_carried_both_ways_and_the_end_of_one_way_ends_the_other(relay: Relay, server: Server) -> None:
    with through(relay, b"localhost", server.server_address[1]) as (browser, answer):
        assert answer == 0
        sent = bytes(range(256)) * 5000
        threading.Thread(target=browser.sendall, args=(sent,)).start()
        found = b""
        while len(found) < len(sent):
            found += browser.recv(65536)
        assert found == sent
        browser.shutdown(socket.SHUT_WR)
        assert browser.recv(1) == b""


def test_when_it_is_shut_nothing_that_is_sent_afterwards_arrives(relay: Relay, server: Server) -> None:
    with through(relay, b"localhost", server.server_address[1]) as (browser, _):
        browser.sendall(b"before")
        wait_until("the echo", lambda: browser.recv(6) == b"before")

        relay.shut()
        with suppress(OSError):
            browser.sendall(b"after")
            assert browser.recv(1) == b""
    with through(relay, b"localhost", server.server_address[1]) as (_, answer):
        assert answer == -1

    assert server.heard == [b"before"]


def test_after_it_was_opened_again_new_connections_are_made(relay: Relay, server: Server) -> None:
    relay.shut()
    relay.open()

    with through(relay, b"localhost", server.server_address[1]) as (_, answer):
        assert answer == 0


def test_a_connection_that_can_not_be_made_is_answered_and_named() -> None:
    upstream = anywhere()
    with Relay(upstream) as relay, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        with through(relay, b"127.0.0.1", port) as (_, answer):
            assert answer == 5
        with through(relay, b"no-such-host.invalid", 443) as (_, unknown):
            assert unknown in (1, 4)

    assert upstream.problem[0] == "no-such-host.invalid"
    assert upstream.problem[1].startswith("no-such-host.invalid:443: ")


@pytest.mark.parametrize(
    "first", [b"", b"GET / HTTP/1.1\r\n\r\n", b"\x05\x01\x00\x05\x02\x00\x01\x00\x00\x00\x00\x00\x00"]
)
def test_what_is_no_browser_is_sent_away_and_keeps_nobody_waiting(relay: Relay, server: Server, first: bytes) -> None:
    with socket.create_connection(("127.0.0.1", port_of(relay)), timeout=5) as stranger:
        stranger.sendall(first)
        stranger.shutdown(socket.SHUT_WR)

    with through(relay, b"localhost", server.server_address[1]) as (_, answer):
        assert answer == 0


def test_it_listens_on_the_loopback_only_and_not_at_all_once_closed() -> None:
    with Relay(anywhere()) as relay:
        port = port_of(relay)
        assert relay._listener.getsockname()[0] == "127.0.0.1"
    with pytest.raises(OSError):  # noqa: PT011
        socket.create_connection(("127.0.0.1", port), timeout=1).close()


def test_a_host_that_is_not_listed_is_refused_and_counted_and_no_byte_reaches_it(server: Server) -> None:
    upstream = Upstream(allows=lambda host, _: host == "127.0.0.1")
    with Relay(upstream) as relay:
        for _ in range(2):
            with through(relay, b"localhost", server.server_address[1]) as (_, answer):
                assert answer == 2

    assert upstream.refused == {f"localhost:{server.server_address[1]}": 2}
    assert upstream.problem == ("", "")
    assert not server.heard


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be two users")
def test_another_user_of_this_machine_is_not_served_and_takes_no_saves_place(
    driver: DriverRelay, server: Server
) -> None:
    port = server.server_address[1]
    code = (
        "import encodings.idna, os, socket, sys\nos.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
        "with socket.create_connection(('127.0.0.1', int(sys.argv[1])), timeout=5) as relay:\n"
        "    try:\n        relay.sendall(bytes((5, 1, 0)))\n        print(relay.recv(2))\n"
        "    except OSError:\n        print(b'')\n"
    )
    with driver.saving() as passage:
        done = subprocess.run(
            [sys.executable, "-c", code, str(port_of(driver))], capture_output=True, text=True, check=True, cwd="/"
        )
        with through(driver, b"localhost", port) as (connection, _):
            assert exchange(connection, b"save") == b"save"

    assert done.stdout.strip() == "b''"
    assert passage.connections == 1
    assert server.heard == [b"save"]


@pytest.mark.parametrize("asked", [True, False], ids=["asked", "looked up"])
def test_a_connection_of_our_own_is_known_whichever_way_the_kernel_tells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked: bool
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        accepted, _ = server.accept()
        with accepted:
            ends = (accepted.getpeername(), accepted.getsockname())
            assert peer._asked(*ends) in (os.geteuid(), None)
            if not asked:
                monkeypatch.setattr(peer, "_asked", lambda *_: None)
                (tmp_path / "empty").touch()
                assert peer.is_ours(accepted, tmp_path / "no table at all")
                assert not peer.is_ours(accepted, tmp_path / "empty")
            assert peer.is_ours(accepted)
            assert client


# --- the driver's ----------------------------------------------------------------------------------------------------


def exchange(connection: socket.socket, data: bytes) -> bytes:
    connection.sendall(data)
    return connection.recv(len(data))


def test_the_drivers_way_is_shut_but_while_something_is_fetched(driver: DriverRelay, server: Server) -> None:
    port = server.server_address[1]
    with through(driver, b"localhost", port) as (_, before):
        pass
    with driver.reading():
        for _ in range(2):  # one that redirects takes a connection for each
            with through(driver, b"localhost", port) as (connection, _):
                assert exchange(connection, b"read") == b"read"
    with through(driver, b"localhost", port) as (_, after):
        pass

    assert (before, after) == (-1, -1)
    assert server.heard == [b"read", b"read"]


def test_a_save_gets_one_connection_however_often_it_is_tried(driver: DriverRelay, server: Server) -> None:
    port = server.server_address[1]
    with driver.saving() as passage:
        with through(driver, b"localhost", port) as (connection, _):
            assert not passage.has_left
            assert exchange(connection, b"save") == b"save"
        for _ in range(3):
            with through(driver, b"localhost", port) as (_, again):
                assert again == -1

    assert (passage.connections, passage.has_left) == (1, True)
    assert server.heard == [b"save"]


def test_what_has_not_left_when_a_save_is_given_up_never_leaves(driver: DriverRelay, server: Server) -> None:
    with driver.saving() as passage:
        connection = socket.create_connection(("127.0.0.1", port_of(driver)), timeout=5)
        connection.sendall(b"\x05\x01\x00")
        connection.recv(2)
        connection.sendall(b"\x05\x01\x00\x03\x09localhost" + struct.pack("!H", server.server_address[1]))
        assert connection.recv(10)[1] == 0
    with connection, suppress(OSError):
        connection.sendall(b"late")
        assert connection.recv(1) == b""

    assert not passage.has_left
    assert not server.heard


def test_a_save_that_finds_nobody_has_certainly_not_left(driver: DriverRelay) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        with driver.saving() as passage, through(driver, b"127.0.0.1", free.getsockname()[1]) as (_, answer):
            assert answer == 5

    assert not passage.has_left


def test_a_save_beside_which_something_is_read_is_never_said_not_to_have_left(
    driver: DriverRelay, server: Server
) -> None:
    port = server.server_address[1]
    with (
        driver.reading(),
        driver.saving() as passage,
        through(driver, b"localhost", port),
        through(driver, b"localhost", port) as (second, _),
    ):
        assert exchange(second, b"save") == b"save"

    assert passage.has_left
