"""What watches the whole tree is fed while it is well: a stand-in for systemd speaks sd_notify's own protocol."""

import os
import signal
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from hooks.guards import systemd_notify
from tests.dead_man import dead_man
from tests.http_proxy import HttpProxy
from tests.rig import PROJECT, Circusd, wait_until
from tests.systemd import Systemd
from tests.unit.alerts.test_behind_a_proxy import APPRISE, OUTSIDE

Make = Callable[..., Circusd]

#: WatchdogSec of the stand-in (seconds): the guard feeds four times within it.
LIMIT = 4.0


@pytest.fixture
def systemd() -> Iterator[Systemd]:
    """Return a stand-in on an abstract socket."""
    with Systemd(limit=LIMIT) as found:
        yield found


def test_a_message_reaches_a_socket_in_a_folder_and_an_abstract_one(systemd: Systemd) -> None:
    folder = Path(f"/tmp/notify-{uuid.uuid4().hex[:8]}")
    with Systemd(limit=LIMIT, address=str(folder)) as in_folder:
        for one in (in_folder, systemd):
            assert systemd_notify.notify("READY=1", {"NOTIFY_SOCKET": one.address})
            wait_until("the message", lambda one=one: one.count("READY=1") == 1)  # type: ignore[misc]
    folder.unlink()


@pytest.mark.parametrize("address", ["", "vsock:2:1", "@daybreak-nobody-listens", "/nowhere/notify"])
def test_without_systemd_a_message_is_no_failure(address: str) -> None:
    assert not systemd_notify.notify("READY=1", {"NOTIFY_SOCKET": address})


def test_systemd_is_fed_four_times_within_its_limit_and_only_if_it_watches() -> None:
    assert systemd_notify.feeding_interval({"WATCHDOG_USEC": "60000000"}) == 15
    assert systemd_notify.feeding_interval({}) is None
    assert systemd_notify.feeding_interval({"WATCHDOG_USEC": "0"}) is None
    assert systemd_notify.feeding_interval({"WATCHDOG_USEC": "nonsense"}) is None


def test_a_frozen_circusd_starves_systemd_which_starts_the_tree_anew(make: Make, systemd: Systemd) -> None:
    with make(environment=systemd.environment()) as circus:
        first = circus.beating()
        wait_until("READY", lambda: systemd.count("READY=1"))
        wait_until("three feedings", lambda: systemd.count("WATCHDOG=1") >= 3)
        assert not systemd.is_starved()

        circus.signal(signal.SIGSTOP)
        fed = systemd.count("WATCHDOG=1")
        wait_until("the watchdog's limit", systemd.is_starved, LIMIT + 4)
        # One feeding may have been on its way.
        assert not wait_for_a_while(lambda: systemd.count("WATCHDOG=1") > fed + 1, LIMIT)
        circus.kill()  # WatchdogSignal=SIGKILL
        wait_until("the end of all children", lambda: not circus.processes())
        circus.start()  # Restart=always

        circus.beating(other_than=first)
        wait_until("READY again", lambda: systemd.count("READY=1") >= 2)
        wait_until("the feeding", lambda: not systemd.is_starved())


def test_a_guard_that_never_beats_starves_systemd(make: Make, systemd: Systemd) -> None:
    broken = {"plugin:recycle": {"use": "tests.supervision.broken_guard.Broken"}}
    with make(environment=systemd.environment(), sections=broken) as circus:
        circus.beating()
        wait_until("the guard's look", lambda: "keeps its promises" in circus.guards_log)

        assert not wait_for_a_while(lambda: systemd.heard, 3)


def test_a_guard_that_the_operator_stopped_starves_nobody(make: Make, systemd: Systemd) -> None:
    with make(environment=systemd.environment()) as circus:
        wait_until("the feeding", lambda: systemd.count("WATCHDOG=1"))
        circus.ctl("stop", "plugin:recycle", "--waiting")
        fed = systemd.count("WATCHDOG=1")

        wait_until("more of it", lambda: systemd.count("WATCHDOG=1") >= fed + 3)


def test_a_killed_guard_feeds_again_before_the_limit(make: Make, systemd: Systemd) -> None:
    with make(environment=systemd.environment()) as circus:
        wait_until("the feeding", lambda: systemd.count("WATCHDOG=1"))

        os.kill(circus.pid("plugin:heartbeat") or 0, signal.SIGKILL)
        fed = systemd.count("WATCHDOG=1")

        wait_until("more of it", lambda: systemd.count("WATCHDOG=1") > fed, LIMIT)


def test_systemd_learns_that_the_tree_is_stopping_and_from_nobody_else(make: Make, systemd: Systemd) -> None:
    with make(environment=systemd.environment()) as circus:
        circus.beating()
        circus.ctl("restart", "plugin:heartbeat", "--waiting")
        wait_until("the feeding", lambda: systemd.count("WATCHDOG=1"))
        assert systemd.count("STOPPING=1") == 0

        circus.stop()

        wait_until("the word", lambda: systemd.count("STOPPING=1") == 1)


def test_the_guards_ping_a_service_off_this_host(make: Make) -> None:
    with dead_man() as service, make(settings={"PING_GUARDS_URL": service.url}) as circus:
        circus.beating()

        wait_until("the guards' ping", lambda: service.heard)

        assert service.paths() == ["/my-uuid"]


def test_behind_a_proxy_the_guards_ping_and_a_webhook_is_told(make: Make, tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "apprise.py").write_text(APPRISE, encoding="utf-8")
    for name, text in (("login", "kim:p:4ss"), ("urls", f"json://{OUTSIDE}/webhook")):
        (tmp_path / name).touch(mode=0o600)
        (tmp_path / name).write_text(text, encoding="utf-8")
    with HttpProxy(login="kim:p:4ss") as proxy, dead_man() as service:
        proxy.names[OUTSIDE] = ("127.0.0.1", urlsplit(service.url).port or 0)
        settings = {
            "PING_GUARDS_URL": f"http://{OUTSIDE}/ping", "APPRISE_URLS_FILE": "urls",
            "PROXY_URL": proxy.url, "PROXY_LOGIN_FILE": "login",
        }  # fmt: skip
        path = f"{tmp_path / 'lib'}{os.pathsep}{PROJECT}"
        with make(settings=settings, environment={"PYTHONPATH": path}) as circus:
            circus.beating()
            wait_until("the guards' ping", lambda: "/ping" in service.paths(), 30)

            circus.ctl("stop", "plugin:recycle", "--waiting")

            wait_until("the webhook", lambda: "/webhook" in service.paths(), 60)
            assert set(proxy.asked) == {f"http://{OUTSIDE}/ping", f"http://{OUTSIDE}/webhook"}
            wait_until("the sender's end", lambda: not circus.pids_of("worker.alerts.sender"), 60)


def wait_for_a_while(condition: Callable[[], object], seconds: float) -> bool:
    """Return whether the condition becomes true within so many seconds."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return False
