"""circusd is asked for a limited time, and an order is given until its effect is seen."""

import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import zmq

from worker.runtime.circus_client import Circus, NoAnswer, NotDone, Refused
from worker.runtime.process_identity import Identity

Asked = list[dict[str, Any]]


class FakeCircusd:
    """Answers each request as `answer` says; with None not at all."""

    def __init__(self) -> None:
        self.asked: Asked = []
        self.answer: Callable[[dict[str, Any]], bytes | None] = lambda _: b"{}"
        self._socket: zmq.Socket[bytes] = zmq.Context.instance().socket(zmq.ROUTER)
        self.endpoint = f"tcp://127.0.0.1:{self._socket.bind_to_random_port('tcp://127.0.0.1')}"
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        while not self._is_over.is_set():
            if not self._socket.poll(50):
                continue
            peer, text = self._socket.recv_multipart()
            request = json.loads(text)
            self.asked.append({"command": request["command"], **request["properties"]})
            if (answer := self.answer(request)) is not None:
                self._socket.send_multipart([peer, answer])

    def close(self) -> None:
        self._is_over.set()
        self._thread.join()
        self._socket.close(0)


@pytest.fixture
def circusd() -> Iterator[FakeCircusd]:
    made = FakeCircusd()
    yield made
    made.close()


def says(**answer: object) -> Callable[[dict[str, Any]], bytes]:
    return lambda _: json.dumps(answer).encode()


def test_a_call_returns_the_answer_and_sends_what_it_was_given(circusd: FakeCircusd) -> None:
    circusd.answer = says(status="ok", numprocesses=1)

    assert Circus(circusd.endpoint).call("numprocesses", name="worker") == {"status": "ok", "numprocesses": 1}
    assert circusd.asked == [{"command": "numprocesses", "name": "worker"}]


def test_an_error_is_refused_with_circusds_reason(circusd: FakeCircusd) -> None:
    circusd.answer = says(status="error", reason="arbiter is already running")

    with pytest.raises(Refused, match="asking circusd to stop: arbiter is already running"):
        Circus(circusd.endpoint).call("stop", name="worker")


@pytest.mark.parametrize("answer", [None, b"\xff no json"])
def test_silence_and_noise_are_no_answer(circusd: FakeCircusd, answer: bytes | None) -> None:
    circusd.answer = lambda _: answer

    with pytest.raises(NoAnswer, match=rf"circusd does not answer at {circusd.endpoint}"):
        Circus(circusd.endpoint, timeout=0.2).call("status")


def test_an_answer_that_comes_too_late_is_not_taken_for_the_next_one(circusd: FakeCircusd) -> None:
    go_on = threading.Event()

    def late(request: dict[str, Any]) -> bytes:
        if request["command"] == "first":
            go_on.wait(10)
        return json.dumps({"of": request["command"]}).encode()

    circusd.answer = late
    circus = Circus(circusd.endpoint, timeout=0.2)
    with pytest.raises(NoAnswer):
        circus.call("first")
    go_on.set()

    assert Circus(circusd.endpoint, timeout=10).call("second") == {"of": "second"}


def test_a_watcher_is_asked_for_its_status_only_while_it_has_no_process(circusd: FakeCircusd) -> None:
    own = Identity.own()
    circusd.answer = says(status="stopped", pids=[own.pid])
    running = Circus(circusd.endpoint).running("worker")
    assert (running.status, running.identity) == ("active", own)

    circusd.answer = says(status="stopped", pids=[])
    running = Circus(circusd.endpoint).running("worker")
    assert (running.status, running.identity) == ("stopped", None)

    assert [one["command"] for one in circusd.asked] == ["list", "list", "status"]


def test_an_order_is_given_again_until_its_effect_is_seen(circusd: FakeCircusd) -> None:
    circusd.answer = says(status="error", reason="busy")

    Circus(circusd.endpoint).order("stop", "worker", lambda: len(circusd.asked) >= 2, within=10, by="kim")

    assert circusd.asked == [{"command": "stop", "name": "worker", "by": "kim"}] * 2


def test_an_order_without_effect_says_what_circusd_said_last(circusd: FakeCircusd) -> None:
    circusd.answer = says(status="error", reason="busy")

    with pytest.raises(NotDone, match=r"stop worker: no effect within 0.3 s \(asking circusd to stop: busy\)"):
        Circus(circusd.endpoint).order("stop", "worker", lambda: False, within=0.3)
