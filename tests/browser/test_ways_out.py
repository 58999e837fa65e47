"""What leaves for the network: a save once, and only after `sent` is committed; to the ERP's hosts, and nobody else."""

import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.erp import DemoErp
from tests.http_proxy import HttpProxy
from tests.office import Office
from worker.browser.launch import Session, open_browser
from worker.browser.proxy import Ways
from worker.ledger.ledger import Ledger
from worker.ledger.state import State
from worker.runtime import hosts, upstream
from worker.runtime.commands import CommandKind
from worker.runtime.upstream import Upstream
from worker.schedule.loop import Outcome

#: How a save begins on its way to the demo.
SAVE = b"BulkUpload"


@pytest.fixture
def through_the_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the demo reached as an ERP elsewhere is: through the proxy, although it is on this machine."""
    monkeypatch.setattr(upstream, "is_loopback", lambda _: False)


@contextmanager
def office_behind(proxy: HttpProxy, erp: DemoErp, folder: Path, **chosen: Any) -> Iterator[Office]:
    """Open an office with a browser of its own, whose only way out is a proxy that asks for a login."""
    folder.mkdir()
    login = folder / "proxy-login"
    login.touch(mode=0o600)
    login.write_text(f"{proxy.login}\n", encoding="utf-8")
    values: dict[str, Any] = {"PROXY_URL": proxy.url, "PROXY_LOGIN_FILE": login, **chosen}
    with Office(erp, folder, chromium=None, signed_in=False, real=True, TAKE_OVER="on", **values) as office:
        yield office


def committed(folder: Path) -> set[State]:
    """Return the states of all payments as another process finds them: what is not committed is not seen."""
    with Ledger(folder, read_only=True) as ledger:
        return {entry.state for entry in ledger.in_state(*State)}


@pytest.mark.usefixtures("through_the_proxy")
def test_a_save_leaves_once_through_the_proxy_and_only_after_sent_is_committed(
    erp: DemoErp, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    found: list[set[State]] = []
    folder = tmp_path / "var"
    with HttpProxy(login="kim:p:4ss") as proxy, office_behind(proxy, erp, folder) as office:
        erp.add(amount=1000)

        def look(data: bytes) -> bool:
            if SAVE in data.split(b"\r\n", 1)[0]:
                found.append(committed(folder))
            return True

        proxy.on_bytes = look

        report = office.cycle()

        assert report.outcome is Outcome.RAN, report.why
        assert office.won() == [1000]
    assert found == [{State.SENT}]
    # What Chromium would ask of its makers never gets as far as the proxy, and is no warning to anybody.
    assert set(proxy.asked) == {f"localhost:{erp.port}", f"127.0.0.1:{erp.port}"}
    assert not [one for one in caplog.records if "not the ERP's" in one.message and one.levelno >= logging.WARNING]
    assert "p:4ss" not in caplog.text


@pytest.mark.usefixtures("through_the_proxy")
@pytest.mark.parametrize(
    "where",
    [
        pytest.param("before it arrives", marks=pytest.mark.deep),
        "before the answer",
        pytest.param("before it connects", marks=pytest.mark.deep),
    ],
)
def test_a_save_that_a_proxy_loses_is_in_doubt_and_sent_by_nobody_again(
    erp: DemoErp, tmp_path: Path, where: str
) -> None:
    saves: list[bytes] = []
    faults = [where]
    with HttpProxy() as proxy, office_behind(proxy, erp, tmp_path / "var", PROXY_LOGIN_FILE="") as office:
        erp.add(amount=1000)

        def on_bytes(data: bytes) -> bool:
            if SAVE not in data.split(b"\r\n", 1)[0]:
                return True
            saves.append(data)
            return faults != ["before it arrives"]

        proxy.on_bytes = on_bytes
        proxy.on_answer = lambda _: not (saves and faults == ["before the answer"])
        if where == "before it connects":

            def refuse() -> None:
                proxy.answer = b"HTTP/1.1 502 Bad Gateway\r\n\r\n"

            office.when("saving", refuse)

        office.cycle()
        first = len(saves)
        faults.clear()
        proxy.answer = None
        states = office.states()
        office.cycle()

        assert states == {1000: State.IN_DOUBT}
        assert first == (0 if where == "before it connects" else 1)
        assert len(saves) == first
        assert len(erp.uploads()) == (1 if where == "before the answer" else 0)


@pytest.mark.deep
def test_a_server_that_closes_idle_connections_leaves_no_save_in_doubt_by_the_drivers_way(
    erp: DemoErp, tmp_path: Path
) -> None:
    with Office(erp, tmp_path / "var", chromium=None, BATCH_ROWS=1) as office:
        for won in range(1000, 1010):
            erp.add(amount=won)
        erp.knobs(idle_close_s=0.001)

        report = office.cycle()

        assert report.outcome is Outcome.RAN, report.why
        assert report.figures["in_doubt"] == 0
        assert office.won() == list(range(1000, 1010))
        assert [one["reused_connection"] for one in erp.uploads()] == [False] * 10


@pytest.fixture
def stranger() -> Iterator[tuple[int, list[str]]]:
    """A server of somebody else on this machine; yield its port, and who came."""
    came: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def accept() -> None:
            while True:
                try:
                    connection, address = server.accept()
                except OSError:
                    return
                came.append(f"{address}")
                connection.close()

        threading.Thread(target=accept, daemon=True).start()
        yield server.getsockname()[1], came
        server.shutdown(socket.SHUT_RDWR)


def test_neither_browser_nor_driver_reaches_a_host_that_is_not_listed(
    erp: DemoErp, tmp_path: Path, stranger: tuple[int, list[str]], caplog: pytest.LogCaptureFixture
) -> None:
    port, came = stranger
    listed = Upstream(allows=lambda host, port: (host, port) == ("127.0.0.1", erp.port))
    ways = Ways(listed)
    browser = open_browser(
        chromium="", data_dir=tmp_path, session=Session(tmp_path / "s", owner="a test"), ways=ways, headed=False,
        timeout=30,
    )  # fmt: skip
    elsewhere = f"http://127.0.0.1:{port}/"
    with ways, browser as page:
        page.goto(f"http://127.0.0.1:{erp.port}/static/logo.svg")
        asked = f"""async () => {{
          const tried = [fetch('{elsewhere}', {{mode: 'no-cors'}}), fetch('http://cdn.example.invalid/a.js')];
          new Image().src = 'http://ads.example.invalid/pixel';
          navigator.sendBeacon('{elsewhere}', 'x');
          return (await Promise.allSettled(tried)).map(one => one.status);
        }}"""
        seen = page.evaluate(asked)

        # By the driver, as the gate fetches what a page reads and saves.
        answers = []
        page.route("**/driver", lambda route: answers.append(fetched(route, ways, elsewhere)))
        page.evaluate("() => fetch('/driver').catch(() => null)")
        page.unroute_all()

    assert seen == ["rejected", "rejected"]
    assert answers == [False]
    assert not came
    assert {f"127.0.0.1:{port}", "cdn.example.invalid", "ads.example.invalid"} <= set(listed.refused)
    assert "nobody asked for" not in caplog.text


def fetched(route: object, ways: Ways, address: str) -> bool:
    """Have the driver fetch an address for a page; return whether it got anything."""
    from playwright.sync_api import Error, Route

    assert isinstance(route, Route)
    with ways.driver.reading():
        try:
            route.fetch(url=address, max_retries=0)
        except Error:
            route.abort()
            return False
    route.abort()
    return True


def test_a_cycle_that_fails_for_want_of_a_host_names_it(
    erp: DemoErp, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.WARNING)
    monkeypatch.setattr("worker.runtime.hosts.Hosts.allows", lambda _, host, port: host == "127.0.0.1" and bool(port))
    with Office(erp, tmp_path / "var", chromium=None, signed_in=False, SIGN_IN_S=15) as office:
        report = office.cycle()

    assert report.outcome is Outcome.FAILED
    assert f"asked for localhost:{erp.port}, and were refused" in report.why
    assert "ERP_HOSTS" in report.why
    assert f"localhost:{erp.port} (" in caplog.text


@pytest.mark.deep
def test_a_host_that_the_screens_need_is_named_by_the_probe_and_learnt_where_that_is_wanted(
    erp: DemoErp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The demo signs in at the one name of this machine and works at the other: as if they were two.
    monkeypatch.setattr(hosts, "host_of", lambda address: urlsplit(address).hostname or "")
    zone = f"localhost:{erp.port}"
    with Office(
        erp, tmp_path / "var", chromium=None, real=True, signed_in=False, MODE="test", DEPOSIT_LIST="on", SIGN_IN_S=30
    ) as real:
        learnt = real.errand(CommandKind.LEARN)
        after = real.errand(CommandKind.PROBE)
    said = "\n".join(learnt.lines)

    assert not learnt.is_well
    assert f"refused, because they are not the ERP's: {zone} (document)" in said, said
    assert f"ERP_HOSTS = {zone}" in said
    assert f"Learnt, and the ERP's from the next browser on: {zone}." in said
    assert after.is_well, "\n".join(after.lines)
