"""Pings of a real HTTP server: what arrives, in which order, and that a sick service never holds up the work."""

import logging
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from tests.dead_man import Service, dead_man
from worker.alerts import dead_man as ping
from worker.alerts.dead_man import Ping
from worker.config.ping_address import why_no_address


@pytest.fixture
def service() -> Iterator[Service]:
    """Return a service that listens on the loopback."""
    with dead_man() as found:
        yield found


def test_a_cycle_is_a_start_and_an_end_with_one_run_id_and_the_figures(service: Service) -> None:
    told = Ping(service.url, name="cycle")

    told.start()
    told.success(ping.lines({"listed": 206, "posted": 40}))
    told.close()

    assert service.paths() == ["/my-uuid/start", "/my-uuid"]
    (_, first, _), (_, second, body) = service.heard
    assert first == second
    assert len(first) == 36
    assert body == "listed: 206\nposted: 40\n"


def test_each_cycle_has_a_run_id_of_its_own(service: Service) -> None:
    told = Ping(service.url, name="cycle")

    for _ in range(2):
        told.start()
        told.success("")
        told.close()

    assert len({run for _, run, _ in service.heard}) == 2


def test_a_failure_comes_with_its_reason_first(service: Service) -> None:
    told = Ping(service.url, name="cycle")

    told.start()
    told.fail("opening the list: 시간 초과", "listed: 0\n")
    told.close()

    assert service.heard[-1][0] == "/my-uuid/fail"
    assert service.heard[-1][2] == "opening the list: 시간 초과\nlisted: 0\n"


def test_a_query_in_the_address_stays(service: Service) -> None:
    told = Ping(f"{service.url}/?create=1", name="cycle")

    told.start()
    told.close()

    assert service.paths() == ["/my-uuid/start"]


@pytest.mark.parametrize("setting", ["", " ", "off", "OFF"])
def test_without_an_address_nothing_happens(setting: str) -> None:
    told = Ping(setting, name="cycle")

    told.start()
    told.fail("x")
    told.close()

    assert threading.active_count() == 1


def test_a_service_that_hangs_holds_nothing_up(service: Service) -> None:
    service.slow = 1
    told = Ping(service.url, name="cycle", timeout=0.2)
    began = time.monotonic()

    for _ in range(50):
        told.start()
        told.success("")

    assert time.monotonic() - began < 100 * 0.2 / 4  # waiting for each would take four times that


def test_a_failure_is_logged_once_until_a_ping_arrives_again(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    told = Ping(service.url, name="cycle of this test")

    service.status = 500
    for _ in range(3):
        told.success("")
        told.close()
    service.status = 200
    told.success("")
    told.close()

    # Another test's ping may still be on its way.
    own = [record for record in caplog.records if "cycle of this test" in record.getMessage()]
    assert [record.levelname for record in own] == ["WARNING", "INFO"]
    assert "HTTP Error 500" in own[0].getMessage()
    assert "my-uuid" not in caplog.text


def test_nobody_there_is_a_line_in_the_log_and_no_more(caplog: pytest.LogCaptureFixture) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        told = Ping(f"http://127.0.0.1:{free.getsockname()[1]}/uuid", name="cycle", timeout=1)

        told.start()
        told.close()

    assert "ping of the cycle to 127.0.0.1: " in caplog.text


def test_a_lost_ping_is_sent_a_second_time(service: Service) -> None:
    service.status = 503
    told = Ping(service.url, name="cycle")

    told.success("")
    told.close()

    assert service.paths() == ["/my-uuid"] * ping.TRIES


def test_the_guards_ping_at_most_so_often(service: Service) -> None:
    told = Ping(service.url, name="guards")

    for _ in range(20):
        told.every(60, "well")
    told.close()

    assert service.heard == [("/my-uuid", "", "well")]


@pytest.mark.parametrize("text", ["", "off", "https://hc-ping.com/uuid", "http://127.0.0.1:8000/ping/x"])
def test_an_address_none_and_off_are_settings(text: str) -> None:
    assert why_no_address(text) == ""


@pytest.mark.parametrize("text", ["hc-ping.com/uuid", "on", "ftp://x/y", "https://"])
def test_what_is_no_address_is_refused(text: str) -> None:
    assert "https://hc-ping.com" in why_no_address(text)
