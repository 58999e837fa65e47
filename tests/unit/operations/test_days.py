"""The calendar by hand: a day is closed or opened with a reason, and given back; the ledger has it on record."""

from datetime import date, timedelta

import pytest

from tests.fakes import Worker
from worker.config.settings import Settings
from worker.errors import DaybreakError
from worker.i18n.language import Language
from worker.operations import days
from worker.operations.days import Days


def monday(settings: Settings) -> date:
    """Return a work day that is to come."""
    today = settings.now().date()
    return today + timedelta(days=7 - today.weekday())


def listed(settings: Settings, day: date) -> Days:
    return days.listed(settings, day, 1, language=Language.EN)


def test_a_day_is_closed_opened_and_given_back_on_the_record(worker: Worker, real: Settings) -> None:
    sunday = monday(real) - timedelta(days=1)

    days.close(real, monday(real), why="company outing", by="kim")
    days.open_(real, sunday, why="stocktaking", by="lee")

    (closed,), (opened,) = listed(real, monday(real)).days, listed(real, sunday).days
    assert (closed.off, "closed by kim: company outing" in closed.name) == (True, True)
    assert (opened.off, "opened by lee: stocktaking" in opened.name) == (False, True)
    days.undo(real, monday(real), by="kim")
    assert "kim" not in listed(real, monday(real)).days[0].name
    told = [str(one["what"]) for one in worker.ledger.incidents(real.now() - timedelta(days=1)) if one["kind"] == "day"]
    assert [text.partition(" ")[2] for text in told] == [
        "is closed by kim: company outing", "is opened by lee: stocktaking", "follows the calendar again, says kim",
    ]  # fmt: skip


def test_no_day_is_changed_without_a_reason_in_the_past_or_in_the_demo(
    worker: Worker, real: Settings, chosen: Settings
) -> None:
    with pytest.raises(DaybreakError, match="say why"):
        days.close(real, monday(real), why=" ", by="kim")
    with pytest.raises(DaybreakError, match="has passed"):
        days.close(real, real.now().date() - timedelta(days=1), why="x", by="kim")
    with pytest.raises(DaybreakError, match="that day was not closed or opened by hand"):
        days.undo(real, monday(real), by="kim")
    for change in (days.close, days.open_, days.undo):
        with pytest.raises(DaybreakError, match="the demo works at any hour"):
            change(chosen, monday(real), why="x", by="kim")


def test_a_damaged_file_is_a_problem_of_the_calendar(real: Settings) -> None:
    (real.data_dir / "days.json").write_text("{", encoding="utf-8")

    assert "can't be read" in listed(real, monday(real)).problems[0]
