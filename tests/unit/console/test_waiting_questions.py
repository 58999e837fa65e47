"""The questions about settings, screens and the whole list, answered on the page row by row."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from tests.fakes import SEOUL, Worker
from tests.unit.console.reader import KEEPER, OFFICE, Answer, Reader
from tests.unit.console.test_waiting import alert, confirmation, confirmed, plain
from tests.unit.operations.test_questions import ask
from tests.unit.posting.test_list_question import edit_ten, new_keys
from worker.console.wide_questions import FACTS
from worker.errors import IllegalMove, ListDoubted
from worker.i18n import Message
from worker.i18n.language import Language
from worker.ledger.state import State
from worker.operations.questions import Question
from worker.posting import list_question, refused, screen_question

SignedIn = Callable[[str], Reader]


ANSWERS = {Question.SETTINGS: "settings_rows", Question.SCREENS: "screens_seen", Question.LIST: "list_right"}


@pytest.mark.parametrize("question", Question)
def test_a_question_is_on_the_list_and_is_answered_once(
    worker: Worker, office: Reader, signed_in: SignedIn, question: Question
) -> None:
    ask(worker, question)
    assert f'href="/questions/{question}"' in office.get("/waiting").text
    shown = office.get(f"/questions/{question}")
    assert "a thing" in plain(shown)
    assert "daybreak resolve" not in plain(shown)
    asked = office.get(f"/questions/{question}/answer?say={ANSWERS[question]}&note=looked")
    other = signed_in(KEEPER)
    others = other.get(f"/questions/{question}/answer?say={ANSWERS[question]}")

    answers = [confirmed(office, asked) for _ in range(2)]

    assert [(one.status, one.headers["location"]) for one in answers] == [(303, "/waiting")] * 2
    (noted,) = (one for one in worker.ledger.incidents(datetime(2020, 1, 1, tzinfo=SEOUL)) if one["kind"] == question)
    assert OFFICE in str(noted["what"])
    assert "(looked)" in str(noted["what"])
    # What was said is a message: each reader gets it in a language of their own, with the remark as it was typed.
    what = noted["what"]
    assert isinstance(what, Message)
    said = FACTS[ANSWERS[question]].text(Language.KO)
    assert f"{said} (looked)" in what.text(Language.KO)
    late = confirmed(other, others)
    assert (late.status, OFFICE in alert(late)) == (409, True)


@pytest.mark.parametrize("question", Question)
def test_what_is_not_asked_leads_to_the_list_and_no_form_answers_it(office: Reader, question: Question) -> None:
    assert office.get(f"/questions/{question}").headers["location"] == "/waiting"
    office.get("/waiting")
    answer = office.post(f"/questions/{question}/answer", {"say": ANSWERS[question], "stamp": "x"})
    assert answer.status in (409, 422)


@pytest.mark.parametrize("name", ["none", "LIST", "%3Cscript%3E"])
def test_another_name_is_no_question(office: Reader, name: str) -> None:
    assert "there is no such screen" in alert(office.get(f"/questions/{name}"))


def test_of_a_whole_list_each_row_is_answered_by_itself(worker: Worker, office: Reader) -> None:
    edit_ten(worker)
    rows = new_keys(worker)
    asked = list_question.read(worker.ledger)
    assert asked is not None
    shown = office.get("/questions/list")
    assert len(re.findall(r"<legend>", shown.text)) == 10
    other = rows["가게 00"]
    chosen = {f"row-{key}": "other" if key == other else asked.pairs[key][0] for key in rows.values()}

    missing = office.get("/questions/list/answer?say=list_each")
    assert "choose for every row which payment it is" in alert(missing)
    query = "&".join(f"{name}={value}" for name, value in {"say": "list_each", **chosen}.items())
    confirm = office.get(f"/questions/list/answer?{query}")
    assert "another payment" in plain(confirm)
    assert confirmed(office, confirm).status == 303

    worker.clock.advance(minutes=30)
    worker.run_cycle()
    books = [payer for payer, _ in worker.erp.books()]
    assert (books.count("가게 00"), books.count("가게 01"), len(books)) == (2, 1, 12)
    assert not worker.ledger.in_state(State.HELD)


def other_than_known(worker: Worker, office: Reader) -> Answer:
    """Say of two of the ten rows that they are other payments; return the confirmation."""
    asked = list_question.read(worker.ledger)
    assert asked is not None
    rows = new_keys(worker)
    others = {rows["가게 00"], rows["가게 01"]}
    chosen = {f"row-{key}": "other" if key in others else known[0] for key, known in asked.pairs.items()}
    query = "&".join(f"{name}={value}" for name, value in {"say": "list_each", **chosen}.items())
    return office.get(f"/questions/list/answer?{query}")


def test_what_an_answer_about_the_list_lets_out_is_named_and_waits_ten_minutes(worker: Worker, office: Reader) -> None:
    edit_ten(worker)
    worker.clock.at = datetime.now(SEOUL)
    confirm = other_than_known(worker, office)
    assert "At most 2 new deposits go out, 21,001 won in all" in plain(confirm)
    answered_at = datetime.now(SEOUL)
    assert confirmed(office, confirm).status == 303

    worker.clock.at = answered_at + timedelta(minutes=9)
    with pytest.raises(ListDoubted):
        worker.run_cycle()
    assert len(worker.erp.books()) == 11
    worker.clock.at = datetime.now(SEOUL) + timedelta(minutes=10)
    worker.run_cycle()
    assert len(worker.erp.books()) == 13


def test_an_answer_about_the_list_is_taken_back_until_it_is_in_force(worker: Worker, office: Reader) -> None:
    edit_ten(worker)
    worker.clock.at = datetime.now(SEOUL)
    assert confirmed(office, other_than_known(worker, office)).status == 303
    shown = office.get("/questions/list")
    assert "until then it can be taken back" in plain(shown)
    stamp = re.search(r'/undo".*?name="stamp" value="(\w+)"', shown.text)
    assert stamp is not None

    undone = office.post("/questions/list/undo", {"stamp": stamp[1]})

    assert (undone.status, undone.headers["location"]) == (303, "/questions/list")
    asked = list_question.read(worker.ledger)
    assert asked is not None
    assert not asked.is_answered
    worker.clock.at = datetime.now(SEOUL) + timedelta(minutes=30)
    with pytest.raises(ListDoubted):
        worker.run_cycle()
    assert len(worker.erp.books()) == 11
    incidents = worker.ledger.incidents(datetime(2020, 1, 1, tzinfo=SEOUL))
    assert "taken back" in str(next(one["what"] for one in reversed(incidents) if "taken back" in str(one["what"])))


def test_what_is_in_force_is_not_taken_back(worker: Worker, office: Reader) -> None:
    edit_ten(worker)
    worker.clock.at = datetime.now(SEOUL)
    assert confirmed(office, other_than_known(worker, office)).status == 303

    with pytest.raises(IllegalMove, match="can't be taken back any more"):
        worker.ledger.undo_brake_answer(by="kim", at=datetime.now(SEOUL) + timedelta(minutes=11))

    asked = list_question.read(worker.ledger)
    assert asked is not None
    assert asked.is_answered


def test_an_address_shows_no_other_answer_than_it_sends(worker: Worker, office: Reader) -> None:
    edit_ten(worker)
    asked = list_question.read(worker.ledger)
    assert asked is not None
    others = "&".join(f"row-{key}=other" for key in asked.pairs)

    _, form = confirmation(office.get(f"/questions/list/answer?say=list_each&same=all&{others}"))

    assert form["same"] == "none"


def test_all_at_once_is_offered_only_where_nothing_goes_out_by_it(worker: Worker, office: Reader) -> None:
    edit_ten(worker)

    shown = office.get("/questions/list")

    assert re.findall(r'name="say" value="(\w+)"', shown.text) == ["list_each", "list_all"]
    office.get("/waiting")
    refusal = office.post("/questions/list/answer", {"say": "list_each", "same": "XXXXXXXXXX", "stamp": "x"})
    assert refusal.status in (409, 422)
    assert confirmed(office, office.get("/questions/list/answer?say=list_all")).status == 303
    worker.clock.advance(minutes=30)
    worker.run_cycle()
    assert len(worker.erp.books()) == 11


def test_a_form_without_its_stamp_answers_nothing(worker: Worker, office: Reader) -> None:
    ask(worker, Question.SETTINGS)
    path, form = confirmation(office.get("/questions/settings/answer?say=settings_mended"))

    answer = office.post(path, {**form, "stamp": ""})

    assert answer.status == 422
    assert refused.read(worker.ledger) is not None
    assert screen_question.read(worker.ledger) is None
