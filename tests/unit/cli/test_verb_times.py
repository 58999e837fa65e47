"""The verbs themselves take every form of a time, and a bare date as its end where it bounds money."""

from datetime import datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.fakes import SEOUL
from worker.cli import commands
from worker.config import loading
from worker.posting import adoption

NOW = datetime(2026, 11, 29, 9, 30, tzinfo=SEOUL)

#: One day in every form.
DAYS = ("2025-11-28", "2025/11/28", "2025.11.28", "2025. 11. 28.")

#: One time in every form.
TIMES = (*DAYS, "2025-11-28 18:00", "2025/11/28 18:00", "2025. 11. 28. 오후 6:00", "2025-11-28T18:00:00+09:00")


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    chosen = loading.load({"DATA_DIR": str(tmp_path)})
    monkeypatch.setattr(loading, "load", lambda: chosen)
    return CliRunner()


@pytest.mark.parametrize(
    "arguments",
    [
        *(["adopt", "--until", words, "--yes"] for words in TIMES),
        *(["analyze", words, words] for words in TIMES),
        *(["pause", words] for words in (*TIMES, "오후 11:59", "23:59")),
        *(["report", "day", "--date", words] for words in DAYS),
        *(["report", f"{words}..{words}"] for words in DAYS[:3]),
        *(["export", words, words] for words in DAYS),
        *(["schedule", "--close", words, "--why", "x"] for words in DAYS),
        *(["schedule", "--open", words, "--why", "x"] for words in DAYS),
        *(["schedule", "--undo", words] for words in DAYS),
    ],
    ids=" ".join,
)
def test_every_verb_takes_every_form(run: CliRunner, arguments: list[str]) -> None:
    done = run.invoke(commands.app, arguments)

    # What else a verb may lack here, a ledger or a schedule, is not about the words.
    assert done.exit_code != 2, done.output
    assert '" is n' not in str(done.exception)


@pytest.mark.parametrize("words", ["2026-11-28", "2026/11/28", "2026. 11. 28."])
def test_an_adoption_up_to_a_bare_date_covers_that_day_to_its_last_second(words: str) -> None:
    until = adoption.boundary(words, NOW)

    assert datetime(2026, 11, 28, 23, 59, 59, tzinfo=SEOUL) <= until < datetime(2026, 11, 29, tzinfo=SEOUL)
