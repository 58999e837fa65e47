"""The calendar of reports, a report within the page that runs nothing, and the month as a workbook."""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from pathlib import Path

import pytest

from tests.fakes import SEOUL
from tests.unit.console.reader import OFFICE, Reader
from tests.week import HTML_PAYER, MONDAY, a_week
from worker.config import loading
from worker.operations import day_tones
from worker.runtime import clock
from worker.status.verdict import Tone

SignedIn = Callable[[str], Reader]

WEEK = [MONDAY + timedelta(days=number) for number in range(6)]


@pytest.fixture
def reader(data: Path, signed_in: SignedIn) -> Reader:
    with a_week(data):
        pass
    return signed_in(OFFICE)


def test_each_day_has_its_mark_and_its_report_runs_nothing(data: Path, reader: Reader) -> None:
    with (data.parent / "circus.ini").open("a", encoding="utf-8") as ini:
        ini.write("CONSOLE_URL = http://127.0.0.1:8810\n")
    found = day_tones.tones(loading.load(), WEEK)
    shown = reader.get(f"/reports?month={MONDAY:%Y-%m}&day={WEEK[2]}").text
    report = reader.get(f"/reports/page?show=day&day={WEEK[2]}")

    # Monday a slip stood twice, Tuesday and Wednesday left something to decide, Thursday missed cycles.
    assert [found[day] for day in WEEK] == [Tone.BAD, *[Tone.LOOK] * 4, Tone.GOOD]
    assert f'class="look" href="/reports?month={MONDAY:%Y-%m}&amp;day={WEEK[3]}' in shown
    assert f'src="/reports/page?show=day&amp;day={WEEK[2]}" sandbox=' in shown
    assert "allow-scripts" not in shown
    assert "default-src 'none'" in report.headers["content-security-policy"]
    assert "script-src" not in report.headers["content-security-policy"]
    assert report.headers["x-frame-options"] == "SAMEORIGIN"
    assert HTML_PAYER not in report.text
    assert 'target="_top"><code>' in report.text
    assert '<a href="/waiting" target="_top">' in report.text
    assert "http://127.0.0.1:8810" not in report.text
    assert report.text.count("<a ") == report.text.count("</a>")
    assert not (data / "reports").exists()
    assert not list((data / "page").iterdir())


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("month=2026-00", "is no month"),
        ("day=2026-11-31", "is no day"),
        (f"day={datetime.now(SEOUL).date() + timedelta(days=2)}", "has not begun yet"),
        (f"day={MONDAY}&show=year", "is no report"),
        ("month=%3Cscript%3E", "is no month"),
    ],
)
def test_what_has_no_report_is_said_on_the_same_screen(data: Path, signed_in: SignedIn, asked: str, said: str) -> None:
    reader = signed_in(OFFICE)

    answer, page = reader.get(f"/reports?{asked}"), reader.get(f"/reports/page?{asked}")

    assert (answer.status, said in answer.text) == (400, True)
    assert "<iframe" not in answer.text
    assert page.status == 409
    assert "frame-ancestors 'self'" in page.headers["content-security-policy"]


@pytest.mark.usefixtures("reader")
def test_today_is_not_good_while_a_row_of_another_day_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    evening = datetime.combine(WEEK[5], time(18), SEOUL)
    monkeypatch.setattr(clock, "wall", evening.astimezone)

    found = day_tones.tones(loading.load(), WEEK)

    assert found[WEEK[5]] is Tone.LOOK


def test_a_month_that_has_not_begun_has_no_workbook(signed_in: SignedIn) -> None:
    answer = signed_in(OFFICE).get("/reports/workbook?month=2099-01")

    assert (answer.status, "has not begun yet" in answer.text) == (409, True)
