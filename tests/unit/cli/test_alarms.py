"""`daybreak alarms` prints what is open and the whole catalogue, and acknowledges."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from worker.alerts.catalogue import CAUSES
from worker.cli import commands
from worker.i18n.language import Language
from worker.ledger.ledger import Ledger
from worker.runtime import installation


def printed(*arguments: str) -> str:
    done = CliRunner().invoke(commands.app, ["alarms", *arguments])
    assert done.exit_code == 0, done.output
    return done.output


@pytest.mark.parametrize("language", Language)
def test_every_alarm_is_printed_with_what_happened_what_was_done_and_what_to_do(language: Language) -> None:
    text = printed("--language", language)

    for name, cause in CAUSES.items():
        assert f"{name}\n" in text
        for words in (cause.title, cause.done, cause.todo):
            assert f": {words(language)}\n" in text


def test_the_language_is_that_of_the_settings_even_where_the_worker_would_refuse_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "circus.ini"
    file.write_text("[env:worker]\nDATA_DIR = var\nREPORT_LANGUAGE = ko\nMODE = neither\n", encoding="utf-8")
    monkeypatch.setenv(installation.INI_VARIABLE, str(file))

    assert CAUSES["held"].title(Language.KO) in printed()


@pytest.fixture
def opened(data: Path) -> Iterator[Ledger]:
    """A ledger with one open alarm, in the folder of the settings."""
    with Ledger(data) as ledger:
        ledger.begin_generation()
        ledger.raise_alarm("held", "payment A: x", at=datetime(2026, 11, 28, 9, 0, tzinfo=UTC))
        yield ledger


def test_what_is_open_stands_before_the_catalogue_and_alone_where_that_is_asked_for(opened: Ledger) -> None:
    title = CAUSES["held"].title(Language.EN)

    assert printed().startswith(f"Alarm 1, open since 2026-11-28 18:00: {title}\n  payment A: x\n")
    alone = printed("--open")
    assert "Reminders stop with: daybreak alarms --acknowledge 1" in alone
    assert CAUSES["disk"].title(Language.EN) not in alone
    opened.end_alarm("held", at=datetime(2026, 11, 28, 10, 0, tzinfo=UTC))
    assert printed("--open").strip() == "No alarm is open."


def test_an_alarm_is_acknowledged_by_its_number_once(opened: Ledger) -> None:
    said = printed("--acknowledge", "1", "--by", "kim")

    assert "Alarm 1 is acknowledged: reminders stop, and it stays open." in said
    assert "acknowledged by kim" in printed("--open")
    for arguments, why in ((["1"], "kim has acknowledged"), (["9"], "there is no alarm 9"), (["0"], ""), (["x"], "")):
        done = CliRunner().invoke(commands.app, ["alarms", "--acknowledge", *arguments])
        assert done.exit_code != 0
        assert why in f"{done.output}{done.exception}"
    (alarm,) = opened.alarms()
    assert alarm.acknowledged is not None
    assert alarm.acknowledged.by == "kim"
