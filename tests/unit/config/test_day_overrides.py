"""Days that an operator closes or opens by hand: at once, with a reason, and on the record."""

import json
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.fakes import SEOUL, Plan
from worker.cli.commands import app
from worker.config import day_overrides, ini
from worker.config.day_overrides import DayOverride
from worker.errors import DaybreakError
from worker.i18n.language import Language
from worker.ledger.ledger import Ledger
from worker.runtime import installation
from worker.schedule import agenda, calendar

MONDAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 10, tzinfo=SEOUL)
OUTING = DayOverride(closed=True, why="company outing", by="kim")
STOCKTAKING = DayOverride(closed=False, why="stocktaking", by="lee")


def test_a_closed_day_has_no_slots_and_an_opened_sunday_has_those_of_a_monday() -> None:
    sunday = date(2026, 11, 29)
    plan = Plan(days_by_hand={MONDAY: OUTING, sunday: STOCKTAKING}, days_off_cycle=None)

    assert list(calendar.slots(MONDAY, plan)) == []
    assert [one.at.time() for one in calendar.slots(sunday, plan)] == [
        one.at.time() for one in calendar.slots(date(2026, 11, 24), plan)
    ]


def test_what_was_said_by_hand_wins_over_the_lists_and_the_calendar() -> None:
    chuseok = date(2026, 9, 25)
    plan = Plan(
        days_by_hand={MONDAY: STOCKTAKING, chuseok: STOCKTAKING, date(2026, 11, 29): OUTING},
        extra_days_off=frozenset({MONDAY}),
        extra_days_on=frozenset({date(2026, 11, 29)}),
    )

    assert not calendar.is_day_off(MONDAY, plan)
    assert not calendar.is_day_off(chuseok, plan)
    assert calendar.is_day_off(date(2026, 11, 29), plan)


def test_the_week_says_who_closed_a_day_and_why_in_both_languages() -> None:
    plan = Plan(days_by_hand={MONDAY: OUTING})

    english, korean = (next(agenda.days(MONDAY, 1, plan, language)).name for language in Language)

    assert english == "closed by kim: company outing"
    assert korean == "휴무 지정 (kim): company outing"


def test_what_is_said_is_read_back_and_can_be_taken_back(tmp_path: Path) -> None:
    day_overrides.say(tmp_path, MONDAY, OUTING, now=NOW)
    day_overrides.say(tmp_path, MONDAY + timedelta(days=1), STOCKTAKING, now=NOW)

    assert day_overrides.read(tmp_path) == {MONDAY: OUTING, MONDAY + timedelta(days=1): STOCKTAKING}

    day_overrides.undo(tmp_path, MONDAY, by="kim", why="", now=NOW)

    assert day_overrides.read(tmp_path) == {MONDAY + timedelta(days=1): STOCKTAKING}


@pytest.mark.parametrize(
    ("day", "said", "sentence"),
    [
        (MONDAY - timedelta(days=1), OUTING, "closing 2026-11-22: that day has passed, today is 2026-11-23"),
        (MONDAY, DayOverride(closed=True, why=" ", by="kim"), 'say why: --why "company outing"'),
    ],
)
def test_a_day_that_has_passed_or_has_no_reason_is_refused(
    day: date, said: DayOverride, sentence: str, tmp_path: Path
) -> None:
    with pytest.raises(DaybreakError, match=sentence):
        day_overrides.say(tmp_path, day, said, now=NOW)

    assert day_overrides.read(tmp_path) == {}


def test_undoing_what_nobody_said_names_the_days_that_were(tmp_path: Path) -> None:
    day_overrides.say(tmp_path, MONDAY, OUTING, now=NOW)

    with pytest.raises(DaybreakError, match="days by hand: 2026-11-23"):
        day_overrides.undo(tmp_path, MONDAY + timedelta(days=1), by="kim", why="", now=NOW)


@pytest.mark.parametrize("text", ["", "[]", '{"x": 1}', '{"2026-11-23": {"closed": true}}', "\x00"])
def test_a_damaged_file_closes_no_day_is_told_and_is_not_written_over(text: str, tmp_path: Path) -> None:
    day_overrides.path_in(tmp_path).write_text(text, encoding="utf-8")

    assert day_overrides.read(tmp_path) == {}
    assert "can't be read" in day_overrides.why_damaged(tmp_path)
    with pytest.raises(DaybreakError, match="Move it away"):
        day_overrides.say(tmp_path, MONDAY, OUTING, now=NOW)
    assert day_overrides.path_in(tmp_path).read_text(encoding="utf-8") == text


def test_a_file_that_says_nothing_any_more_is_not_damaged(tmp_path: Path) -> None:
    day_overrides.say(tmp_path, MONDAY, OUTING, now=NOW)
    day_overrides.undo(tmp_path, MONDAY, by="kim", why="", now=NOW)

    assert day_overrides.why_damaged(tmp_path) == ""


# --- the verb


@pytest.fixture
def real(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of a tree that is set to a real ERP and does not run."""
    monkeypatch.setenv(installation.INI_VARIABLE, str(tmp_path / "circus.ini"))
    for name in ini.FROM_ENVIRONMENT:
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "pw").touch(mode=0o600)
    (tmp_path / "pw").write_text("p4ss word", encoding="utf-8")
    (tmp_path / "circus.ini").write_text(
        "[env:worker]\nDATA_DIR = var\nERP_URL = https://erp.example.com\nERP_COMPANY = 1\nERP_USER = u\n"
        "ERP_PASSWORD_FILE = pw\n",
        encoding="utf-8",
    )
    return tmp_path


def test_the_verb_closes_a_day_shows_the_week_and_leaves_it_in_the_ledger(real: Path) -> None:
    (real / "var").mkdir()
    Ledger(real / "var").close()
    far = datetime.now(SEOUL).date() + timedelta(days=60)

    done = CliRunner().invoke(app, ["schedule", "--close", f"{far}", "--why", "company outing", "--by", "kim"])

    assert done.exit_code == 0, done.output
    assert "closed by kim: company outing" in done.output
    assert len(done.output.strip().splitlines()) == 1 + 7
    with Ledger(real / "var", create=False) as ledger:
        found = [one for one in ledger.incidents(datetime.now(SEOUL) - timedelta(minutes=5)) if one["kind"] == "day"]
    assert [one["what"] for one in found] == [f"{far} is closed by kim: company outing"]


def test_the_verb_without_a_ledger_leaves_the_note_for_the_worker(real: Path) -> None:
    tomorrow = datetime.now(SEOUL).date() + timedelta(days=1)

    CliRunner().invoke(app, ["schedule", "--open", f"{tomorrow}", "--why", "stocktaking"])

    notes = [json.loads(path.read_text(encoding="utf-8")) for path in (real / "var" / "spool").glob("*.json")]
    assert [(one["kind"], one["day"], one["closed"]) for one in notes] == [("day", f"{tomorrow}", False)]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--close", "2030-01-02", "--open", "2030-01-03", "--why", "x"), "one of --close, --open, --undo at a time"),
        (("--close", "2030-01-02"), "say why"),
        (("--undo", "2030-01-02"), "that day was not closed or opened by hand"),
    ],
)
def test_the_verb_refuses_what_makes_no_sense(words: tuple[str, ...], sentence: str, real: Path) -> None:
    assert sentence in str(CliRunner().invoke(app, ["schedule", *words]).exception)


def test_the_demo_has_no_days_to_close(real: Path) -> None:
    (real / "circus.ini").write_text("[env:worker]\nDATA_DIR = var\n", encoding="utf-8")

    done = CliRunner().invoke(app, ["schedule", "--close", "2030-01-02", "--why", "x"])

    assert "the demo works at any hour" in str(done.exception)
