"""Signs of life: a beat only after every frame that is waited on has given its own."""

from typing import Any

import pytest
from playwright.sync_api import Error
from playwright.sync_api import TimeoutError as TimedOut

from worker.erp.ecount.life import FRESH_FOR, LOOK_AGAIN, SIGN_WITHIN, SLICE, Life


class FakeFrame:
    """A frame that answers, or whose renderer is stopped, or whose page is gone."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.asked = 0

    def wait_for_function(self, script: str, *, timeout: float) -> None:
        assert script
        assert 0 < timeout < 10_000, "a call without a time-out would hang for ever"
        self.asked += 1
        if self.error:
            raise self.error


class FakePage:
    """A page that remembers who listens."""

    def __init__(self) -> None:
        self.main_frame = FakeFrame()
        self.context = self
        self.asked = 0
        self.listeners: dict[str, Any] = {}

    def on(self, event: str, listener: Any) -> None:
        self.listeners[event] = listener

    def cookies(self) -> list[object]:
        self.asked += 1
        return []


class Response:
    """What the server answers to such a request."""

    def __init__(self, request: "Request", status: int = 200) -> None:
        self.request = request
        self.status = status


class Request:
    """A request for another page of a frame."""

    def __init__(self, frame: FakeFrame) -> None:
        self.frame = frame

    def is_navigation_request(self) -> bool:
        return True


@pytest.fixture
def page() -> FakePage:
    return FakePage()


@pytest.fixture
def beats() -> list[str]:
    return []


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    passed = [1000.0]
    monkeypatch.setattr("worker.erp.ecount.life.time.monotonic", lambda: passed[0])
    return passed


@pytest.fixture
def stopped() -> list[int]:
    """Processes of the browser that are stopped."""
    return []


@pytest.fixture
def watched(page: FakePage, beats: list[str], now: list[float], stopped: list[int]) -> Life:
    made = Life(
        page,  # type: ignore[arg-type]
        pulse=lambda step, _: beats.append(step),
        is_any_stopped=lambda: bool(stopped),
    )
    made.begin()
    beats.clear()
    return made


def breathe(watched: Life, *frames: FakeFrame) -> None:
    watched.breathe(list(frames))  # type: ignore[arg-type]


def test_a_beat_comes_once_a_slice_and_after_a_sign(watched: Life, beats: list[str], now: list[float]) -> None:
    frame = FakeFrame()
    for _ in range(10):
        breathe(watched, frame)
    assert (frame.asked, beats) == (0, [])

    now[0] += SLICE
    for _ in range(10):
        breathe(watched, frame)

    assert (frame.asked, beats) == (1, [""])


def test_a_stopped_renderer_silences_the_beat_though_other_frames_answer(
    watched: Life, beats: list[str], now: list[float]
) -> None:
    now[0] += SLICE

    breathe(watched, FakeFrame(), FakeFrame(TimedOut("2000 ms exceeded")))

    assert beats == []


def test_a_page_that_went_away_is_life(watched: Life, beats: list[str], now: list[float]) -> None:
    now[0] += SLICE

    breathe(watched, FakeFrame(Error("context was destroyed")))

    assert beats == [""]


def test_a_frame_on_its_way_is_vouched_for_by_its_browser(
    watched: Life, page: FakePage, beats: list[str], now: list[float]
) -> None:
    frame = FakeFrame(TimedOut("2000 ms exceeded"))
    page.listeners["request"](Request(frame))
    now[0] += SLICE

    breathe(watched, frame)

    assert (frame.asked, page.asked, beats) == (0, 1, [""])
    page.listeners["framenavigated"](frame)
    now[0] += SLICE
    breathe(watched, frame)
    assert (frame.asked, beats) == (2, [""]), "it has arrived, and has to answer for itself"


def test_once_the_server_has_answered_a_frame_has_to_arrive(
    watched: Life, page: FakePage, beats: list[str], now: list[float]
) -> None:
    request = Request(page.main_frame)
    page.main_frame.error = TimedOut("2000 ms exceeded")
    page.listeners["request"](request)
    page.listeners["response"](Response(request, 302))
    now[0] += SLICE
    breathe(watched)
    assert beats == [""], "the way goes on"

    page.listeners["response"](Response(request))
    now[0] += SLICE
    breathe(watched)

    assert (page.main_frame.asked, beats) == (2, [""])
    assert watched.is_on_way, "nothing is asked of it before it stands there"


def test_no_browser_vouches_while_a_process_of_it_is_stopped(
    watched: Life, page: FakePage, beats: list[str], now: list[float], stopped: list[int]
) -> None:
    page.listeners["request"](Request(page.main_frame))
    stopped.append(4711)
    now[0] += SLICE

    breathe(watched)

    assert beats == []


def test_an_answer_is_a_sign_for_a_moment(watched: Life, beats: list[str], now: list[float]) -> None:
    frame = FakeFrame(TimedOut("2000 ms exceeded"))
    now[0] += SLICE
    watched.note(frame)  # type: ignore[arg-type]

    breathe(watched, frame)
    assert (frame.asked, beats) == (0, [""])

    now[0] += max(SLICE, FRESH_FOR)
    breathe(watched, frame)
    assert (frame.asked, beats) == (2, [""])


def test_a_frame_that_leaves_while_it_is_asked_is_vouched_for_soon(
    watched: Life, page: FakePage, beats: list[str], now: list[float]
) -> None:
    class Leaving(FakeFrame):
        def wait_for_function(self, script: str, *, timeout: float) -> None:  # noqa: ARG002 - Playwright's
            page.listeners["request"](Request(self))
            now[0] += timeout / 1000
            raise TimedOut("it answers no more")

    now[0] += SLICE
    began = now[0]

    breathe(watched, Leaving())

    assert beats == [""]
    assert now[0] - began == LOOK_AGAIN


def test_frames_share_the_time_for_their_signs(watched: Life, beats: list[str], now: list[float]) -> None:
    given = []

    class Slow(FakeFrame):
        def wait_for_function(self, script: str, *, timeout: float) -> None:
            super().wait_for_function(script, timeout=timeout)
            given.append(timeout / 1000)
            now[0] += SIGN_WITHIN / 2

    now[0] += SLICE

    breathe(watched, Slow(), Slow(), Slow())

    assert given == [LOOK_AGAIN, LOOK_AGAIN, 0.5]
    assert beats == [""]


def test_inside_the_window_of_a_save_nothing_is_asked_and_nothing_told(
    watched: Life, beats: list[str], now: list[float]
) -> None:
    frame = FakeFrame()
    now[0] += 60

    with watched.quiet():
        breathe(watched, frame)
        watched.begin()

    assert (frame.asked, beats) == (0, [])
