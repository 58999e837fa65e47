"""The demo ERP as a program: starting, stopping, surviving, and its control API."""

import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.erp import ControlError, DemoErp


@pytest.fixture
def erp() -> Iterator[DemoErp]:
    """A demo of the test's own."""
    with DemoErp(payments=2) as erp:
        yield erp


def start_once(tmp_path: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """Start a demo that is expected to end by itself."""
    return subprocess.run(
        [sys.executable, "-m", "worker.demo"],
        env={**os.environ, "DATA_DIR": str(tmp_path), "DEMO_PORT": "0", "DEMO_CONTROL_PORT": "0", **env},
        capture_output=True,
        text=True,
        timeout=10,
    )


def wait_until(what: str, is_so: Callable[[], bool], within_s: float = 5) -> None:
    """Wait for something named."""
    deadline = time.monotonic() + within_s
    while not is_so():
        assert time.monotonic() < deadline, f"not within {within_s} s: {what}"
        time.sleep(0.02)


def is_gone(pid: int) -> bool:
    """Tell whether a process that is not our child has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def test_a_taken_port_is_told_in_one_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = start_once(tmp_path, DEMO_PORT=str(port))

    assert ended.returncode == 1
    assert ended.stderr == (
        f"port {port} is taken, so the demo ERP cannot start: "
        "stop the program that listens there, or set DEMO_PORT to a free port\n"
    )


@pytest.mark.parametrize(
    ("env", "said"),
    [
        ({"DEMO_KNOBS": '{"delay": 0}'}, "did you mean delays"),
        ({"DEMO_KNOBS": "fast"}, "is not JSON"),
        ({"DEMO_KNOBS": "[1]"}, "must be a JSON object"),
        ({"DEMO_PORT": "http"}, "DEMO_PORT='http' must be a whole number up to 65535, such as 8800"),
    ],
)
def test_a_wrong_setting_is_told_in_one_sentence(tmp_path: Path, env: dict[str, str], said: str) -> None:
    ended = start_once(tmp_path, **env)

    assert ended.returncode == 1
    assert said in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


def test_it_listens_on_the_loopback_address_only(erp: DemoErp) -> None:
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", erp.port), timeout=1)


def test_a_client_may_come_to_both_ports_from_one_of_its_own(erp: DemoErp) -> None:
    with socket.socket() as ours, socket.socket() as other:
        for one, port in ((ours, erp.port), (other, erp.control_port)):
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            one.bind(ours.getsockname() if one is other else ("127.0.0.1", 0))
            one.settimeout(5)
            one.connect(("127.0.0.1", port))
        assert answer_on(other, "/health").startswith(b"HTTP/1.1 200")
        other.close()

        assert answer_on(ours, "/").startswith(b"HTTP/1.1 302")


def answer_on(connection: socket.socket, path: str) -> bytes:
    """Ask on a connection that is open; return the beginning of the answer."""
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    return connection.recv(4096)


def test_it_stops_at_once_though_connections_are_open(erp: DemoErp) -> None:
    connection = HTTPConnection("127.0.0.1", erp.port)
    connection.request("GET", "/")
    connection.getresponse().read()
    began = time.monotonic()

    erp.stop()

    connection.close()
    assert time.monotonic() - began < 5  # a kept-alive connection would live longer
    assert "Traceback" not in erp.output


def test_what_is_stored_survives_a_kill(erp: DemoErp) -> None:
    erp.add(payer="살아남기")
    erp.clock(now="2026-01-08T12:00:00")
    database = erp.control("/health")["database"]
    erp.kill()

    erp.restart()

    assert erp.payments()[-1]["payer"] == "살아남기"
    assert str(erp.clock()["now"]).startswith("2026-01-08T12:0")
    assert erp.control("/health")["database"] == database


def test_a_reset_makes_another_empty_database(erp: DemoErp) -> None:
    database = erp.control("/health")["database"]
    erp.add(payer="사라짐")

    erp.reset(payments=0)

    assert erp.payments() == erp.slips() == erp.uploads() == erp.control("/sessions") == []
    assert erp.control("/health")["database"] != database


def test_a_payment_can_be_added_and_changed_in_every_field(erp: DemoErp) -> None:
    whole = {
        "requested_at": "2026-01-08T08:07:05+09:00",
        "requester": "WEB09",
        "payer": "누구",
        "amount": 1,
        "method": "계좌이체",
        "acquirer": "",
        "card": "",
        "status": "취소",
        "approval_no": "00000001",
        "reflected": "forced",
    }
    added = erp.add()

    changed = erp.change(added["id"], **whole)

    assert changed == whole | {"id": added["id"]}
    assert erp.add(**whole) == whole | {"id": added["id"] + 1}


@pytest.mark.parametrize(
    ("payment", "said"),
    [
        ({"name": "?"}, "a payment has no name"),
        ({"amount": "1"}, "whole number"),
        ({"requested_at": "now"}, "ISO time"),
    ],
)
def test_a_wrong_payment_is_refused(erp: DemoErp, payment: dict[str, object], said: str) -> None:
    with pytest.raises(ControlError, match=said):
        erp.add(**payment)

    assert len(erp.payments()) == 2


def test_the_clock_is_korean_and_settable(erp: DemoErp) -> None:
    zulu = erp.clock(now="2026-01-08T03:00:00Z")
    moved = erp.clock(offset_s=-86400)

    assert str(zulu["now"]).startswith("2026-01-08T12:00:0")
    assert moved["offset_s"] == -86400
    with pytest.raises(ControlError, match="offset_s"):
        erp.control("/clock", {"time": 1})


def test_stats_count_until_they_are_reset(erp: DemoErp) -> None:
    connection = HTTPConnection("127.0.0.1", erp.port)
    connection.request("GET", "/")
    connection.getresponse().read()
    connection.close()
    before = erp.stats()["requests"]

    erp.control("/stats/reset", {})

    assert (before, erp.stats()["requests"]) == (1, 0)


def test_in_a_tree_it_ends_with_its_parent(tmp_path: Path) -> None:
    erp = DemoErp(folder=tmp_path, env={"DAYBREAK_TREE": "1"})
    with child_of_another_process(erp) as (parent, pid):
        os.kill(parent, signal.SIGKILL)

        wait_until("the demo ended with its parent", lambda: is_gone(pid))


def test_in_a_tree_it_outlasts_the_worker(tmp_path: Path) -> None:
    lock = tmp_path / "runtime.lock"
    with DemoErp(folder=tmp_path, payments=1, env={"DAYBREAK_TREE": "1"}) as erp, lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        os.kill(erp.pid, signal.SIGTERM)
        time.sleep(0.5)
        served_meanwhile = len(erp.payments())

        fcntl.flock(held, fcntl.LOCK_UN)

        wait_until("the demo ended after the worker", lambda: is_gone(erp.pid))
    assert served_meanwhile == 1


def test_in_a_tree_a_second_signal_ends_it_at_once(tmp_path: Path) -> None:
    lock = tmp_path / "runtime.lock"
    with DemoErp(folder=tmp_path, payments=1, env={"DAYBREAK_TREE": "1"}) as erp, lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        os.kill(erp.pid, signal.SIGTERM)
        time.sleep(0.3)
        alive = not is_gone(erp.pid)

        os.kill(erp.pid, signal.SIGINT)

        wait_until("the demo ended at the second signal", lambda: is_gone(erp.pid))
    assert alive


class child_of_another_process:  # noqa: N801  # reads as a phrase
    """A demo whose parent is a process that a test may kill."""

    PARENT = (
        "import subprocess, sys; child = subprocess.Popen(sys.argv[1:]); print(child.pid, flush=True); child.wait()"
    )

    def __init__(self, erp: DemoErp) -> None:
        self._erp = erp

    def __enter__(self) -> tuple[int, int]:
        """Return the pids of parent and demo."""
        self._parent = subprocess.Popen(
            [sys.executable, "-c", self.PARENT, sys.executable, "-m", "worker.demo"],
            env=self._erp.environment(),
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._parent.stdout is not None
        self._demo = int(self._parent.stdout.readline())
        wait_until("the demo answers", self._erp.is_healthy)
        return self._parent.pid, self._demo

    def __exit__(self, *_: object) -> None:
        """End both."""
        self._parent.kill()
        self._parent.wait(5)
        if not is_gone(self._demo):
            os.kill(self._demo, signal.SIGKILL)
        assert self._parent.stdout is not None
        self._parent.stdout.close()
