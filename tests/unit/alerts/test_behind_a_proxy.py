"""An office whose proxy asks for a login: pings, webhooks and certificates go through it, this machine's own never."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.dead_man import Service, dead_man
from tests.http_proxy import HttpProxy
from tests.postbox import Postbox, certificate
from worker.alerts import certificates, sender
from worker.alerts.certificates import Server
from worker.alerts.dead_man import Ping
from worker.config import channels, office_proxy
from worker.config.channels import Channel, Channels
from worker.runtime.web_relay import WebRelay

#: A host that only the proxy knows, as it is for an office without any name service to the outside.
OUTSIDE = "hc.example.invalid"

LOGIN = "kim:p:4ss"

#: What Apprise is to us: it asks by the web as `requests` does, through the proxies that the environment names.
APPRISE = """
from urllib.request import Request, build_opener

class Apprise:
    def __init__(self):
        self._urls = []

    def add(self, url):
        self._urls.append(url.replace("json", "http", 1))
        return True

    def notify(self, *, title, body):
        try:
            for url in self._urls:
                build_opener().open(Request(url, data=title.encode()), timeout=60).close()
        except OSError:
            return False
        return True
"""


@pytest.fixture(params=["http", "https"])
def service(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    """Return a service outside: on the loopback in truth, which only the proxy knows."""
    shown = certificate(tmp_path, name=OUTSIDE) if request.param == "https" else None
    if shown:
        monkeypatch.setenv("SSL_CERT_FILE", str(shown[0]))
    with dead_man(shown) as found:
        yield found


@pytest.fixture
def plain() -> Iterator[Service]:
    with dead_man() as found:
        yield found


@pytest.fixture
def office(tmp_path: Path) -> Iterator[HttpProxy]:
    (tmp_path / "login").touch(mode=0o600)
    (tmp_path / "login").write_text(f"{LOGIN}\n", encoding="utf-8")
    with HttpProxy(login=LOGIN) as proxy:
        yield proxy


def outside(service: Service, office: HttpProxy) -> str:
    """Move a service to the outside; return its address there."""
    parts = urlsplit(service.url)
    office.names[OUTSIDE] = ("127.0.0.1", parts.port or 0)
    return f"{parts.scheme}://{OUTSIDE}{parts.path}"


def ping(url: str, office: HttpProxy, folder: Path, body: str = "all is well") -> None:
    values = {"PROXY_URL": office.url, "PROXY_LOGIN_FILE": "login"}
    told = Ping(url, name="cycle", proxy=office_proxy.read(values, folder), timeout=60)
    told.success(body)
    told.close(within=60)


def webhook(url: str, office: HttpProxy, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Channels:
    """Return the channels of an office with one webhook."""
    (folder / "lib").mkdir()
    (folder / "lib" / "apprise.py").write_text(APPRISE, encoding="utf-8")
    monkeypatch.syspath_prepend(folder / "lib")
    monkeypatch.delitem(sys.modules, "apprise", raising=False)
    (folder / "urls").touch(mode=0o600)
    (folder / "urls").write_text(url.replace("http", "json", 1), encoding="utf-8")
    values = {"PROXY_URL": office.url, "PROXY_LOGIN_FILE": "login", "APPRISE_URLS_FILE": "urls"}
    found, problems = channels.read(values, folder)
    assert problems == []
    return found


def tell(found: Channels) -> str:
    """Send a message on the webhook; return what went wrong."""
    at = datetime.now(UTC)
    return sender.at_once(found, sender.self_test(found, at=at), at=at)[Channel.APPRISE].problem


def test_a_ping_goes_through_the_proxy_with_its_login(service: Service, office: HttpProxy, tmp_path: Path) -> None:
    url = outside(service, office)

    ping(url, office, tmp_path, body="listed: 206\n" * 300)

    assert service.heard == [("/my-uuid", "", "listed: 206\n" * 300)]
    assert office.asked == [url if url.startswith("http:") else f"{OUTSIDE}:443"]


def test_a_webhook_goes_through_the_proxy_with_its_login_and_leaves_no_trace_of_it(
    service: Service, office: HttpProxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = outside(service, office)
    found = webhook(url, office, tmp_path, monkeypatch)
    monkeypatch.setenv("https_proxy", "http://proxy-of-a-shell.invalid:1")
    before = dict(os.environ)

    assert tell(found) == ""

    assert service.paths() == ["/my-uuid"]
    assert office.asked == [url if url.startswith("http:") else f"{OUTSIDE}:443"]
    assert dict(os.environ) == before


@pytest.mark.parametrize("written", ["kim:wr0ng", "kim", ""])
def test_a_login_that_the_proxy_refuses_is_told_with_what_to_do_and_without_the_secret(
    service: Service,
    office: HttpProxy,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    written: str,
) -> None:
    url = outside(service, office)
    found = webhook(url, office, tmp_path, monkeypatch)
    (tmp_path / "login").write_text(written, encoding="utf-8")

    ping(url, office, tmp_path)
    problem = tell(found)

    assert service.heard == []
    for said in (caplog.text, problem):
        assert "PROXY_LOGIN_FILE" in said
        assert "wr0ng" not in said
        assert "my-uuid" not in said
    assert problem.startswith("URL 1 of APPRISE_URLS_FILE: ")


def test_a_proxy_that_lets_nothing_through_is_told_by_name(
    service: Service, office: HttpProxy, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    url = outside(service, office)
    office.answer = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"

    ping(url, office, tmp_path)

    assert "403" in caplog.text
    assert "Forbidden" in caplog.text
    # What a proxy answers for itself and what it carries is the same by http.
    assert ("does not connect to" in caplog.text) is url.startswith("https:")
    assert service.heard == []


def test_a_proxy_that_is_not_there_is_told_by_name(
    plain: Service, office: HttpProxy, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    url = outside(plain, office)
    with office:
        pass

    ping(url, office, tmp_path)

    assert f"127.0.0.1:{office.port}" in caplog.text
    assert plain.heard == []


def test_what_is_on_this_machine_is_never_asked_for_through_the_proxy(
    plain: Service, office: HttpProxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = webhook(plain.url, office, tmp_path, monkeypatch)

    ping(plain.url, office, tmp_path)
    ping(plain.url.replace("127.0.0.1", "localhost"), office, tmp_path)
    assert tell(found) == ""

    assert plain.paths() == ["/my-uuid"] * 3
    assert office.asked == []


def test_mail_does_not_go_through_the_proxy(office: HttpProxy, tmp_path: Path) -> None:
    with Postbox() as server:
        values = {
            "SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(server.port), "SMTP_TLS": "off", "MAIL_FROM": "a@example.com",
            "MAIL_TO": "b@example.com", "PROXY_URL": office.url, "PROXY_LOGIN_FILE": "login",
        }  # fmt: skip
        found = channels.read(values, tmp_path)[0]
        at = datetime.now(UTC)

        assert sender.at_once(found, sender.self_test(found, at=at), at=at)[Channel.MAIL].problem == ""

        assert len(server.mails) == 1
    assert office.asked == []


def test_a_certificate_is_seen_through_the_proxy(
    office: HttpProxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = certificate(tmp_path, days=3, name=OUTSIDE)
    monkeypatch.setenv("SSL_CERT_FILE", str(shown[0]))
    proxy = office_proxy.read({"PROXY_URL": office.url, "PROXY_LOGIN_FILE": "login"}, tmp_path)
    with dead_man(shown) as service:
        outside(service, office)

        why = certificates.why_alarming(Server(host=OUTSIDE, port=443, is_web=True), at=datetime.now(UTC), proxy=proxy)

    assert "in 2 days" in (why or "")
    assert office.asked == [f"{OUTSIDE}:443"]


@pytest.mark.parametrize("url", ["proxy.example.com:3128", "http://[", "http://kim:p4ss@proxy.example.com:3128"])
def test_a_wrong_proxy_has_the_sender_go_on_with_the_last_good_one(tmp_path: Path, url: str) -> None:
    (tmp_path / "urls").touch(mode=0o600)
    (tmp_path / "urls").write_text("json://example.com", encoding="utf-8")

    found, problems = channels.read({"PROXY_URL": url, "APPRISE_URLS_FILE": "urls"}, tmp_path)

    assert found.proxy is None
    assert any(one.startswith("PROXY_URL: ") for one in problems)
    assert "p4ss" not in "".join(problems)


def test_an_address_that_is_none_is_pinged_by_nobody(office: HttpProxy, tmp_path: Path) -> None:
    ping("https://[", office, tmp_path)

    assert office.asked == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be two users")
def test_another_user_of_this_machine_gets_no_connection_with_our_login(
    plain: Service, office: HttpProxy, tmp_path: Path
) -> None:
    url = outside(plain, office)
    proxy = office_proxy.read({"PROXY_URL": office.url, "PROXY_LOGIN_FILE": "login"}, tmp_path)
    assert proxy is not None
    code = (
        "import encodings.idna, os, socket, sys\n{become}"
        "with socket.create_connection(('127.0.0.1', int(sys.argv[1])), timeout=60) as relay:\n"
        "    try:\n        relay.sendall(f'POST {sys.argv[2]} HTTP/1.1\\r\\nContent-Length: 0\\r\\n\\r\\n'.encode())\n"
        "        print(relay.recv(12))\n    except OSError:\n        print(b'')\n"
    )
    said = []
    with WebRelay(proxy) as relay:
        for become in ("", "os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"):
            done = subprocess.run(
                [sys.executable, "-c", code.replace("{become}", become), relay.url.rpartition(":")[2], url],
                capture_output=True, text=True, check=True, cwd="/",
            )  # fmt: skip
            said.append(done.stdout.strip())

    assert said == ["b'HTTP/1.0 200'", "b''"]
    assert plain.paths() == ["/my-uuid"]
