"""The calendar: a day is closed or opened with a reason by who is signed in, and given back; nothing else happens."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from html import unescape
from pathlib import Path

import pytest

from tests.fakes import SEOUL
from tests.unit.console.reader import OFFICE, Answer, Reader
from worker.config import day_overrides
from worker.config.day_overrides import DayOverride
from worker.runtime import installation

SignedIn = Callable[[str], Reader]


@pytest.fixture
def reader(data: Path, signed_in: SignedIn) -> Reader:
    """A user of the office, of an installation with a real ERP: the demo has no calendar."""
    secret = data / "pw"
    secret.touch(mode=0o600)
    secret.write_text("p4ss word", encoding="utf-8")
    with installation.ini_path().open("a", encoding="utf-8") as file:
        file.write(f"ERP_URL = https://erp.example.com\nERP_COMPANY = 1\nERP_USER = u\nERP_PASSWORD_FILE = {secret}\n")
    return signed_in(OFFICE)


def monday() -> date:
    today = datetime.now(SEOUL).date()
    return today + timedelta(days=14 - today.weekday())


def seen(answer: Answer) -> str:
    return unescape(answer.text.partition('name="seen" value="')[2].partition('"')[0])


def ask(reader: Reader, what: str, day: str, **form: str) -> Answer:
    """Look at a day and send its form as it is filled in."""
    looked = reader.get(f"/days?day={day}") if len(day) == 10 else reader.get("/days")
    return reader.post(f"/days/{what}", {"day": day, "seen": seen(looked), **form})


def test_a_day_is_closed_with_a_reason_and_given_back(data: Path, reader: Reader) -> None:
    day = monday()

    closed = ask(reader, "close", day.isoformat(), why="회사 야유회")

    assert (closed.status, closed.headers["location"]) == (303, f"/days?day={day}")
    assert day_overrides.read(data)[day] == DayOverride(closed=True, why="회사 야유회", by=OFFICE)
    shown = reader.follow(closed).text
    assert f"closed by {OFFICE}: 회사 야유회" in shown
    assert "/days/undo" in shown
    assert ask(reader, "undo", day.isoformat()).status == 303
    assert not day_overrides.read(data)


def test_a_sunday_is_opened(data: Path, reader: Reader) -> None:
    sunday = monday() - timedelta(days=1)
    shown = reader.get(f"/days?day={sunday}", Accept_Language="ko").text
    assert "/days/open" in shown
    assert "(일): 휴무</span>" in shown  # its note says no more than that

    ask(reader, "open", sunday.isoformat(), why="재고 조사")

    assert not day_overrides.read(data)[sunday].closed


@pytest.mark.parametrize(
    ("day", "why", "said"),
    [
        (None, "", "write the reason"),
        (None, "   ", "write the reason"),
        (None, "\0\x1b", "write the reason"),
        (None, "\N{GRINNING FACE}", "write the reason"),
        (None, "x" * 201, "the reason is too long"),
        ("2027-02-30", "outing", "is no day"),
        ("", "outing", "is no day"),
        ("<script>", "outing", "is no day"),
        ("9" * 5000, "outing", "is no day"),
        ("1999-12-31", "outing", "is no day"),
        ("2020-01-02", "outing", "has passed"),
    ],
)
def test_a_bad_field_is_one_sentence_on_the_same_screen_and_changes_nothing(
    data: Path, reader: Reader, day: str | None, why: str, said: str
) -> None:
    answer = ask(reader, "close", monday().isoformat() if day is None else day, why=why)

    assert answer.status == 409
    assert answer.text.count('role="alert"') == 1
    assert said in answer.text
    assert "<script>" not in answer.text
    assert not day_overrides.read(data)


def test_a_change_of_somebody_else_meanwhile_is_not_overruled(data: Path, reader: Reader) -> None:
    day = monday()
    looked = reader.get(f"/days?day={day}")
    other = DayOverride(closed=True, why="training", by="kim")
    day_overrides.say(data, day, other, now=datetime.now(SEOUL))

    answer = reader.post("/days/close", {"day": day.isoformat(), "why": "outing", "seen": seen(looked)})

    assert answer.status == 409
    assert "somebody else has changed this day" in answer.text
    assert "closed by kim: training" in answer.text
    assert day_overrides.read(data)[day] == other


def test_a_holiday_has_its_name(reader: Reader) -> None:
    reader.language = "ko"

    assert "기독탄신일" in reader.get("/days?month=2026-12").text


@pytest.mark.parametrize("asked", ["month=2026-13", "month=x", "day=2026-02-30", "month=1999-01", "day=" + "9" * 3000])
def test_a_month_that_is_none_is_said_so(reader: Reader, asked: str) -> None:
    answer = reader.get(f"/days?{asked}")

    assert (answer.status, answer.text.count('role="alert"')) == (400, 1)


def test_the_demo_has_no_calendar_to_change(data: Path, signed_in: SignedIn) -> None:
    answer = ask(signed_in(OFFICE), "close", monday().isoformat(), why="outing")

    assert "the demo works at any hour" in answer.text
    assert not day_overrides.read(data)


def test_the_second_of_two_clicks_is_no_change_of_somebody_else(data: Path, reader: Reader) -> None:
    day = monday().isoformat()
    form = {"day": day, "seen": seen(reader.get(f"/days?day={day}")), "why": "재고 조사"}

    assert [reader.post("/days/close", form).status for _ in range(2)] == [303, 303]
    assert list(day_overrides.read(data)) == [monday()]

    form["seen"] = seen(reader.get(f"/days?day={day}"))
    assert [reader.post("/days/undo", form).status for _ in range(2)] == [303, 303]
    assert not day_overrides.read(data)
