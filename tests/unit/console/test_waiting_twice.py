"""Two people, two tabs, two clicks: one decision has one effect, and who comes second is told who was first."""

import re
from collections.abc import Callable

from tests.fakes import Worker
from tests.unit.console.reader import KEEPER, OFFICE, Reader
from tests.unit.console.test_waiting import (
    PAYER,
    alert,
    asked,
    confirmation,
    confirmed,
    decided,
    entry,
    later,
    plain,
    posted,
    refused,
)
from worker.ledger.state import State
from worker.ledger.verdicts import RowVerdict

SignedIn = Callable[[str], Reader]


def test_a_double_click_and_a_reload_act_once(worker: Worker, office: Reader) -> None:
    key = refused(worker)
    path, form = confirmation(asked(office, key, say="not_posted"))

    answers = [office.post(path, form) for _ in range(3)]

    assert [(one.status, one.headers["location"]) for one in answers] == [(303, f"/waiting?done={key}")] * 3
    assert sum(one["by"] == OFFICE for one in worker.ledger.history(key)) == 1


def test_a_decision_that_somebody_else_has_taken_says_who_and_when(
    worker: Worker, office: Reader, signed_in: SignedIn
) -> None:
    key = refused(worker)
    shown = asked(office, key, say="not_posted")
    decided(signed_in(KEEPER), key, say="never")

    answer = confirmed(office, shown)

    assert answer.status == 409
    assert re.search(rf"{KEEPER} has decided that at \d{{4}}-\d\d-\d\d \d\d:\d\d", alert(answer))
    later(worker)
    assert posted(worker) == 0
    again = asked(office, key, say="not_posted")  # by the back button
    assert KEEPER in alert(again)


def test_a_row_that_came_back_since_it_was_shown_is_shown_again(worker: Worker, office: Reader) -> None:
    key = refused(worker)
    shown = asked(office, key, say="never")
    worker.ledger.resolve(key, RowVerdict.NOT_POSTED, by="lee", why="again", at=worker.clock())
    worker.erp.refused_payers = {PAYER}
    worker.clock.advance(minutes=30)
    worker.run_cycle()

    answer = confirmed(office, shown)

    assert (answer.status, "has changed since it was shown" in alert(answer)) == (409, True)
    assert "rejected by the worker on" in alert(answer)
    assert entry(worker, key).state is State.REJECTED


def test_what_a_look_up_has_settled_is_told_in_words(worker: Worker, office: Reader) -> None:
    key = refused(worker)
    shown = asked(office, key, say="never")
    worker.ledger.move(key, State.REJECTED, State.POSTED, at=worker.clock(), by="look-up", why="found")

    assert "settled by a look-up in the ERP at" in alert(confirmed(office, shown))


def test_a_stamp_of_another_row_decides_nothing(worker: Worker, office: Reader) -> None:
    first, second = refused(worker), refused(worker, "서울상회")
    path, form = confirmation(asked(office, first, say="never"))

    answer = office.post(path.replace(first, second), form)

    assert answer.status == 409
    assert {one.payment.key for one in worker.ledger.in_state(State.REJECTED)} == {first, second}


def test_a_row_that_no_rule_covers_is_settled_once(worker: Worker, office: Reader) -> None:
    row = '{"time": "2026-01-08 09:00:00", "payer": "<i>해오름상회", "amount": "?", "status": "승인"}'
    worker.ledger.note_oddities([(row, "the amount ? is none")], cycle=1, at=worker.clock())
    assert "&lt;i&gt;해오름상회" in office.get("/waiting").text

    shown = asked(office, "row-1", say="never")
    answer = confirmed(office, shown)

    assert "The row is dealt with." in plain(office.follow(answer))
    assert worker.ledger.open_oddities() == []
    assert confirmed(office, shown).headers["location"] == answer.headers["location"]


def test_a_row_that_no_rule_covers_waits_again_by_the_page(worker: Worker, office: Reader) -> None:
    row = '{"time": "2026-01-08 09:00:00", "payer": "<i>해오름상회", "amount": "?", "status": "승인"}'
    worker.ledger.note_oddities([(row, "the amount ? is none")], cycle=1, at=worker.clock())
    confirmed(office, asked(office, "row-1", say="never"))
    shown = office.get("/waiting?done=row-1").text
    assert 'action="/waiting/row-1/undo"' in shown
    assert 'action="/waiting/row-1/undo"' in office.get("/waiting/row-1").text
    stamp = re.findall(r'name="stamp" value="([^"]+)"', shown)[0]

    assert office.post("/waiting/row-1/undo", {"stamp": f"{stamp}0"}).status == 409
    assert worker.ledger.open_oddities() == []
    answer = office.post("/waiting/row-1/undo", {"stamp": stamp})

    assert answer.status == 303
    assert [one.id for one in worker.ledger.open_oddities()] == [1]
    assert "has taken back" in office.get("/waiting/row-1").text
