"""The questions that stop posting as a whole: answered as they were shown, by one person."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path

import pytest

from tests.fakes import SEOUL, FakeClock, FakeErp, Worker
from worker.config.settings import Settings
from worker.errors import DaybreakError, IllegalMove, Overtaken
from worker.i18n import message
from worker.i18n.language import Language
from worker.operations import questions, waiting
from worker.operations.questions import Answer, Question, QuestionShown
from worker.posting import list_question, refused, screen_question
from worker.posting.brakes import Brake
from worker.posting.brakes import Question as Brakes
from worker.posting.refused import Accounts, Refusal

NOW = datetime(2026, 1, 8, 9, tzinfo=SEOUL)

ANSWERS = {
    Question.SETTINGS: Answer(question=Question.SETTINGS, why="mended"),
    Question.SCREENS: Answer(question=Question.SCREENS, why="looked"),
    Question.LIST: Answer(question=Question.LIST, why="looked", is_right=True),
}


def ask(worker: Worker, question: Question, text: str = "a thing") -> None:
    """Raise a question, as a cycle does."""
    if question is Question.SETTINGS:
        accounts = Accounts(account_card="", account_code="1089", remark_key=True)
        refused.write(worker.ledger, Refusal(reason=text, batch=3, at=NOW, accounts=accounts))
    elif question is Question.SCREENS:
        screen_question.note(worker.ledger, message("{what} has changed", what=text), at=NOW)
    else:
        known = message("{what} is hidden", what=text)
        list_question.note(worker.ledger, Brakes(brake=Brake.UNKNOWN, text=known, about=frozenset({"A"})))


def shown(chosen: Settings, question: Question) -> QuestionShown:
    found = questions.show(chosen, question, language=Language.EN)
    assert found is not None
    return found


@pytest.mark.parametrize("question", Question)
def test_a_question_is_shown_in_the_list_and_its_answer_is_taken_once(
    worker: Worker, chosen: Settings, question: Question
) -> None:
    ask(worker, question)
    (found,) = waiting.listed(chosen, language=Language.EN).questions
    assert (found.question, "a thing" in "\n".join(found.lines)) == (question, True)

    questions.answer(chosen, ANSWERS[question], by="kim", stamp=found.stamp)

    with pytest.raises(Overtaken, match=r"the last answer to one of its kind was on .*kim"):
        questions.answer(chosen, ANSWERS[question], by="lee", stamp=found.stamp)
    assert [one["kind"] for one in worker.ledger.incidents(NOW.replace(year=2020))] == [str(question)]


@pytest.mark.parametrize("question", Question)
def test_another_question_than_the_one_that_was_shown_is_not_answered(
    worker: Worker, chosen: Settings, question: Question
) -> None:
    ask(worker, question)
    before = shown(chosen, question)
    ask(worker, question, "something else")

    with pytest.raises(Overtaken, match="has changed since it was shown"):
        questions.answer(chosen, ANSWERS[question], by="kim", stamp=before.stamp)

    assert not shown(chosen, question).is_answered


@pytest.mark.parametrize("question", Question)
def test_nothing_is_answered_where_nothing_is_asked_or_without_a_reason(
    worker: Worker, chosen: Settings, question: Question
) -> None:
    assert questions.show(chosen, question, language=Language.EN) is None
    with pytest.raises(IllegalMove):
        questions.answer(chosen, ANSWERS[question], by="kim")
    with pytest.raises(DaybreakError, match="a reason is needed"):
        questions.answer(chosen, Answer(question=question, why=" "), by="kim")


def test_the_reason_of_the_rows_is_kept_with_the_answer(folder: Path, chosen: Settings) -> None:
    clock = FakeClock()
    worker = Worker(folder, FakeErp(clock), clock)
    ask(worker, Question.SETTINGS, "code 77 unknown")

    questions.answer(chosen, Answer(question=Question.SETTINGS, why="right", rows_own=True), by="kim")

    assert (refused.read(worker.ledger), refused.rows_own(worker.ledger)) == (None, "code # unknown")
    worker.close()


@pytest.mark.parametrize("question", Question)
def test_the_ledger_itself_compares_within_the_answer(worker: Worker, question: Question) -> None:
    """What changes between a look and the answer is noticed as well: both are one transaction."""
    answers: dict[Question, Callable[..., object]] = {
        Question.SETTINGS: partial(refused.settle, rows_own=False),
        Question.SCREENS: screen_question.answer,
        Question.LIST: partial(list_question.answer, same="", is_right=True),
    }
    ask(worker, question)

    with pytest.raises(Overtaken):
        answers[question](worker.ledger, by="kim", why="x", at=NOW, as_of="stale")

    assert worker.ledger.incidents(NOW.replace(year=2020)) == []
