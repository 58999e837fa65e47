"""How connections are made: the ERP's hosts alone, through the office's proxy, asked once each."""

import base64
import socket
import threading
from collections.abc import Iterator

import pytest

from tests.http_proxy import HttpProxy
from worker.errors import SettingsError
from worker.runtime.upstream import NotListed, Proxy, ProxyRefused, Upstream

#: A host that only the proxy knows, as it is for an office without any name service to the outside.
OUTSIDE = "erp.example.invalid"


@pytest.fixture
def server() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


@pytest.fixture
def office(server: socket.socket) -> Iterator[HttpProxy]:
    with HttpProxy(names={OUTSIDE: server.getsockname()[:2]}) as proxy:
        yield proxy


def upstream(office: HttpProxy, login: str = "") -> Upstream:
    return Upstream(allows=lambda *_: True, proxy=Proxy(host="127.0.0.1", port=office.port, login=lambda: login))


def test_a_host_outside_is_reached_through_the_proxy_which_alone_knows_its_address(
    office: HttpProxy, server: socket.socket
) -> None:
    with upstream(office).connect(OUTSIDE, 443) as connection:
        far, _ = server.accept()
        with far:
            far.sendall(b"first word")
            assert connection.recv(100) == b"first word"
            connection.sendall(b"answer")
            assert far.recv(100) == b"answer"

    assert office.asked == [f"{OUTSIDE}:443"]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST.", "demo.localhost"])
def test_this_machine_is_reached_without_the_proxy(office: HttpProxy, server: socket.socket, host: str) -> None:
    upstream(office).connect(host, server.getsockname()[1]).close()

    assert office.asked == []


def test_the_login_is_read_anew_for_each_connection_and_sent_to_the_proxy_alone(
    office: HttpProxy, server: socket.socket
) -> None:
    logins = iter(("kim:wrong", "kim:p:4ss"))
    office.login = "kim:p:4ss"
    both = Upstream(allows=lambda *_: True, proxy=Proxy(host="127.0.0.1", port=office.port, login=lambda: next(logins)))

    with pytest.raises(ProxyRefused, match="PROXY_LOGIN_FILE") as refused:
        both.connect(OUTSIDE, 443)
    both.connect(OUTSIDE, 443).close()

    far, _ = server.accept()
    with far:
        assert far.recv(100) == b""
    assert "wrong" not in str(refused.value)
    assert base64.b64encode(b"kim:wrong").decode() not in str(refused.value)
    assert office.asked == [f"{OUTSIDE}:443"] * 2


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b"HTTP/1.1 403 Forbidden\r\n\r\n", "403 Forbidden"),
        (b"HTTP/1.1 502 Bad Gateway\r\n\r\n", "502 Bad Gateway"),
        (b"HTTP/1.1 407 No\r\nProxy-Authenticate: NTLM\r\nproxy-authenticate: Negotiate\r\n\r\n", "NTLM, Negotiate"),
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", "SSH-2.0"),
        (b"", "without an answer"),
        (b"x" * 20000, "without an answer"),
    ],
)
def test_a_proxy_that_does_not_connect_is_asked_once_and_its_reason_is_kept(
    office: HttpProxy, answer: bytes, said: str
) -> None:
    office.answer = answer
    through = upstream(office)

    with pytest.raises(ProxyRefused, match=said):
        through.connect(OUTSIDE, 443)

    assert office.asked == [f"{OUTSIDE}:443"]
    assert through.problem[0] == OUTSIDE
    assert said in through.problem[1]


def test_a_login_that_can_not_be_read_keeps_the_connection_from_being_made(office: HttpProxy) -> None:
    def login() -> str:
        raise SettingsError("PROXY_LOGIN_FILE can be read by others")

    through = Upstream(allows=lambda *_: True, proxy=Proxy(host="127.0.0.1", port=office.port, login=login))

    with pytest.raises(ProxyRefused, match="read by others"):
        through.connect(OUTSIDE, 443)

    assert office.asked == []


def test_a_host_that_is_not_listed_is_asked_for_nowhere(office: HttpProxy) -> None:
    listed = Upstream(allows=lambda host, _: host == OUTSIDE, proxy=Proxy(host="127.0.0.1", port=office.port))

    for _ in range(3):
        with pytest.raises(NotListed):
            listed.connect("fonts.example.com", 443)
    listed.connect(OUTSIDE, 443).close()

    assert office.asked == [f"{OUTSIDE}:443"]
    assert listed.refused == {"fonts.example.com": 3}


def test_refusals_are_counted_whoever_asks(office: HttpProxy) -> None:
    listed = Upstream(allows=lambda *_: False)

    def ask() -> None:
        for _ in range(50):
            with pytest.raises(NotListed):
                listed.connect("a.example.com", 443)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert listed.refused == {"a.example.com": 400}
    assert not office.asked
