"""`daybreak alarms` prints the whole catalogue, in the language that is asked for or set."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from worker.alerts.catalogue import CAUSES
from worker.cli import commands
from worker.i18n.language import Language
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
