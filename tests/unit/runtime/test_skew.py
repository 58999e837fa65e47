"""The machine's clock against the ERP's own: by the newest Date of its answers."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from worker.runtime.skew import Skew

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@dataclass
class Response:
    """An answer as the browser shows it."""

    apart: float
    resource_type: str = "document"
    headers: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.request = self
        self.headers = {"date": format_datetime(NOW + timedelta(seconds=self.apart), usegmt=True)}


@pytest.fixture
def skew() -> Skew:
    return Skew(lambda: NOW)


@pytest.mark.parametrize(("apart", "is_too_far"), [(0, False), (60, False), (61, True), (-61, True), (-86400, True)])
def test_more_than_a_minute_is_too_far(skew: Skew, apart: float, is_too_far: bool) -> None:
    skew.note(Response(apart))

    assert skew.is_too_far is is_too_far


def test_an_answer_from_a_cache_makes_no_clock_wrong(skew: Skew) -> None:
    for apart in (-3600, 0, -7200):
        skew.note(Response(apart))

    assert skew.seconds == 0


def test_what_is_no_page_says_nothing(skew: Skew) -> None:
    skew.note(Response(3600, resource_type="image"))

    assert skew.seconds is None
    assert not skew.is_too_far


@pytest.mark.parametrize("date", ["", "yesterday", None])
def test_an_answer_without_a_date_is_no_answer(skew: Skew, date: str | None) -> None:
    answer = Response(0)
    answer.headers = {} if date is None else {"date": date}

    skew.note(answer)

    assert skew.seconds is None
