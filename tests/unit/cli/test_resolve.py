"""`daybreak resolve` shows what a verdict is about, asks, and says what becomes of it."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from tests.fakes import FakeClock, FakeErp, Worker
from worker.cli import commands, output
from worker.config import reader
from worker.i18n import Message
from worker.i18n.language import Language
from worker.ledger.state import State

WHY = ("--why", "looked", "--by", "kim")
SHOWN = "홍길동, 12,500 won, 승인"


@pytest.fixture
def worker(folder: Path, erp: FakeErp, clock: FakeClock) -> Iterator[Worker]:
    worker = Worker(folder, erp, clock)
    worker.adopt()
    erp.approve("홍길동", 12_500)
    erp.refused_payers = {"홍길동"}
    worker.run_cycle()
    erp.refused_payers = set()
    yield worker
    worker.close()


def person(monkeypatch: pytest.MonkeyPatch, *, answers: bool) -> None:
    """Sit a person at a terminal, who gives this answer."""
    monkeypatch.setattr(output, "has_terminal", lambda: True)

    def confirm(question: str, **_: object) -> bool:
        typer.echo(question)
        return answers

    monkeypatch.setattr(typer, "confirm", confirm)


def test_without_a_terminal_a_verdict_is_refused_with_what_to_pass(worker: Worker, run: CliRunner) -> None:
    key = worker.key("홍길동")

    done = run.invoke(commands.app, ["resolve", key, "--not-posted", *WHY])

    assert SHOWN in done.output
    assert "No terminal to ask on. Nothing was changed. Pass --yes to confirm" in str(done.exception)
    assert worker.ledger.in_state(State.REJECTED)


@pytest.mark.parametrize("answers", [True, False])
def test_at_a_terminal_the_payment_is_shown_and_asked_about(
    worker: Worker, run: CliRunner, monkeypatch: pytest.MonkeyPatch, answers: bool
) -> None:
    person(monkeypatch, answers=answers)

    done = run.invoke(commands.app, ["resolve", worker.key("홍길동"), "--not-posted", *WHY])

    before, question, *_ = done.output.splitlines()
    assert SHOWN in before
    assert question == "Is it missing in the ERP, so that it is to be posted?"
    assert bool(worker.ledger.in_state(State.REJECTED)) is not answers


@pytest.mark.parametrize(
    ("verdict", "becomes"),
    [
        ("--not-posted", "the next cycle posts it."),
        ("--posted", "it is in the ERP and is never posted."),
        ("--never", "it needs no deposit and is never posted."),
    ],
)
def test_the_answer_says_what_becomes_of_which_payment(
    worker: Worker, run: CliRunner, verdict: str, becomes: str
) -> None:
    key = worker.key("홍길동")

    done = run.invoke(commands.app, ["resolve", key, verdict, *WHY, "--yes"])

    assert done.output.startswith(f"{key} is settled: {becomes} 2026-01-08")
    assert SHOWN in done.output
    assert SHOWN in run.invoke(commands.app, ["resolve", key]).output


def test_the_korean_answer_to_not_posted_says_that_it_is_posted_next(
    worker: Worker, run: CliRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    def korean(sentence: str) -> str:
        assert isinstance(sentence, Message)
        return sentence.text(Language.KO)

    monkeypatch.setattr(reader, "in_words", korean)

    said = run.invoke(commands.app, ["resolve", worker.key("홍길동"), "--not-posted", *WHY, "--yes"]).output

    assert "다음 사이클에서 입금합니다" in said


def test_a_row_that_no_rule_covers_is_shown_and_never_posted(worker: Worker, run: CliRunner) -> None:
    row = json.dumps({"time": "2026-01-08 09:00:00", "payer": "해오름상회", "amount": "?", "status": "승인"})
    worker.ledger.note_oddities([(row, "the amount ? is none")], cycle=1, at=worker.clock())

    refused = run.invoke(commands.app, ["resolve", "row-1", "--not-posted", *WHY])
    done = run.invoke(commands.app, ["resolve", "row-1", "--not-posted", *WHY, "--yes"])

    assert "해오름상회" in refused.output
    assert "Pass --yes" in str(refused.exception)
    assert "row-1 is settled. Such a row is never posted by daybreak." in done.output
