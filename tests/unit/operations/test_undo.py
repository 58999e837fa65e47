"""A decision by which a deposit goes out can be taken back until it has gone out: by a move of its own."""

from collections.abc import Callable
from contextlib import nullcontext, suppress
from dataclasses import replace
from datetime import timedelta
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from tests.fakes import BLIND, FakeClock, FakeErp, Fault, Listed, Worker, quick_folder, with_rules
from worker.cli import commands
from worker.config import loading
from worker.config.settings import Settings
from worker.errors import IllegalMove, PasteLost
from worker.i18n.language import Language
from worker.ledger.state import State
from worker.ledger.verdicts import RowVerdict
from worker.operations import decisions
from worker.operations import undo as undoing
from worker.operations.decisions import EFFECT_AFTER, Decided, Decision, Verdict
from worker.payments import why
from worker.runtime import clock

PAYER = "홍길동"


@pytest.fixture(autouse=True)
def now(worker: Worker, chosen: Settings) -> None:
    """The worker's clock is that of the settings: a decision is made at the one, posted at the other."""
    worker.clock.at = chosen.now()


def refuse(worker: Worker) -> str:
    worker.erp.approve(PAYER, 12_500)
    worker.erp.refused_payers = {PAYER}
    worker.run_cycle()
    worker.erp.refused_payers = set()
    return worker.key(PAYER)


def doubt(worker: Worker) -> str:
    worker.rules = BLIND
    worker.erp.approve(PAYER, 12_500)
    worker.erp.faults = [Fault.LOST_BEFORE]
    worker.run_cycle()
    return worker.key(PAYER)


def hold(worker: Worker) -> str:
    worker.erp.approve(PAYER, 12_500, number="")
    worker.run_cycle()
    worker.clock.advance(minutes=1)
    worker.run_cycle()
    return worker.key(PAYER)


def decide(chosen: Settings, key: str, *, verdict: Verdict = Verdict.NOT_POSTED, waits: bool = True) -> Decided:
    said = Decision(key=key, verdict=verdict, why="looked")
    stamp = decisions.preview(chosen, said, language=Language.EN).stamp
    after = EFFECT_AFTER if waits else timedelta(0)
    return decisions.apply(chosen, said, by="kim", stamp=stamp, language=Language.EN, effect_after=after)


def deposits(worker: Worker) -> int:
    return [slip.payer for slip in worker.erp.slips].count(PAYER)


def cycle(worker: Worker, *, minutes: float) -> None:
    worker.clock.advance(minutes=minutes)
    worker.run_cycle()


def test_what_a_page_decides_goes_out_ten_minutes_later_at_the_earliest(worker: Worker, chosen: Settings) -> None:
    key = refuse(worker)

    done = decide(chosen, key)

    assert done.effect_at is not None
    assert "can be taken back" in done.said
    cycle(worker, minutes=9)
    assert deposits(worker) == 0
    assert [one.key for one in undoing.listed(chosen)] == [key]
    cycle(worker, minutes=2)
    assert deposits(worker) == 1
    assert undoing.listed(chosen) == ()


def test_what_is_decided_anew_while_a_round_is_posted_waits_its_ten_minutes(
    worker: Worker, chosen: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker.rules = with_rules(worker.rules, batch_rows=1)
    key = refuse(worker)
    decide(chosen, key, waits=False)
    worker.erp.approve("첫째", 1_000, minutes_ago=24 * 60)  # the older one goes out first
    upload = worker.erp.upload

    def meanwhile(*deposits: Any, **more: Any) -> Any:
        if any(one.effect_at is None for one in undoing.listed(chosen)):
            undoing.undo(chosen, key, by="kim")
            decide(chosen, key)
        return upload(*deposits, **more)

    monkeypatch.setattr(worker.erp, "upload", meanwhile)
    worker.run_cycle()

    assert [slip.payer for slip in worker.erp.slips] == ["첫째"]
    cycle(worker, minutes=11)
    assert deposits(worker) == 1


def test_a_clock_that_was_set_back_keeps_no_payment_from_being_posted(worker: Worker, chosen: Settings) -> None:
    decide(chosen, refuse(worker))

    cycle(worker, minutes=-50)

    assert deposits(worker) == 1


def test_a_decision_without_a_delay_is_followed_by_the_next_cycle_whatever_the_clock_says(
    worker: Worker, chosen: Settings
) -> None:
    key = refuse(worker)

    decide(chosen, key, waits=False)

    cycle(worker, minutes=-50)
    assert deposits(worker) == 1


@pytest.mark.parametrize(("begin", "state"), [(refuse, State.REJECTED), (doubt, State.IN_DOUBT), (hold, State.HELD)])
@pytest.mark.parametrize("waits", [True, False])
def test_a_decision_that_is_taken_back_leaves_the_row_as_it_was_and_all_of_it_on_record(
    worker: Worker, chosen: Settings, begin: object, state: State, waits: bool
) -> None:
    assert callable(begin)
    key = begin(worker)
    before = worker.ledger.entry(key)
    assert before is not None
    assert before.state is state
    decide(chosen, key, waits=waits)
    moves = len(worker.ledger.history(key))

    undoing.undo(chosen, f"#{key}", by="lee", why="wrong row")

    assert worker.ledger.entry(key) == before
    (last,) = worker.ledger.history(key)[moves:]
    assert (last["before"], last["after"], last["by"]) == ("seen", str(state), "lee")
    assert "the decision of kim is taken back by lee: wrong row" in str(last["why"])
    assert {one.cause for one in worker.ledger.alarms()} >= {str(state).replace("_", " ")}
    cycle(worker, minutes=30)
    assert deposits(worker) == 0
    decide(chosen, key, waits=False)
    cycle(worker, minutes=30)
    assert deposits(worker) == 1


def test_what_has_gone_out_can_not_be_taken_back(worker: Worker, chosen: Settings) -> None:
    key = refuse(worker)
    decide(chosen, key, waits=False)
    cycle(worker, minutes=30)

    with pytest.raises(IllegalMove, match="can't be taken back any more, it is posted"):
        undoing.undo(chosen, key, by="lee")

    assert deposits(worker) == 1


def test_what_was_planned_and_certainly_not_sent_can_still_be_taken_back(worker: Worker, chosen: Settings) -> None:
    key = doubt(worker)
    before = worker.ledger.entry(key)
    decide(chosen, key, waits=False)
    worker.erp.faults = [Fault.PASTE_LOST]
    with pytest.raises(PasteLost):
        cycle(worker, minutes=30)

    undoing.undo(chosen, key, by="lee")

    after = worker.ledger.entry(key)
    assert before is not None
    assert after == replace(before, last_cycle=2)


@pytest.mark.parametrize(("begin", "state"), [(refuse, State.REJECTED), (doubt, State.IN_DOUBT), (hold, State.HELD)])
@pytest.mark.parametrize("verdict", [Verdict.POSTED, Verdict.NEVER])
def test_a_decision_by_which_nothing_goes_out_is_taken_back_by_a_move_and_nothing_goes_out_by_that(
    worker: Worker, chosen: Settings, begin: Callable[[Worker], str], state: State, verdict: Verdict
) -> None:
    key = begin(worker)
    before, counted = worker.ledger.entry(key), worker.ledger.totals().deposits
    assert before is not None
    decide(chosen, key, verdict=verdict)
    moves = len(worker.ledger.history(key))
    assert undoing.listed(chosen) == ()
    about = undoing.about(chosen, key)
    assert about is not None
    assert (about.by, about.posts) == ("kim", False)

    undoing.undo(chosen, key, by="lee", why="wrong row")

    # What was held and was said to be posted waits for a person from now on: no rule releases it.
    is_marked = (verdict, state) == (Verdict.POSTED, State.HELD)
    after = replace(before, why=why.said_posted(before.why)) if is_marked else before
    assert worker.ledger.entry(key) == after
    assert worker.ledger.totals().deposits in (counted, {**counted, "승인": 0})
    (last,) = worker.ledger.history(key)[moves:]
    assert (last["after"], last["by"]) == (str(state), "lee")
    assert "the decision of kim is taken back by lee: wrong row" in str(last["why"])
    assert {one.cause for one in worker.ledger.alarms()} >= {str(state).replace("_", " ")}
    cycle(worker, minutes=30)
    assert deposits(worker) == 0
    assert undoing.about(chosen, key) is None
    decide(chosen, key, waits=False)
    cycle(worker, minutes=30)
    assert deposits(worker) == 1


@pytest.mark.parametrize("verdict", [Verdict.POSTED, Verdict.NEVER])
@pytest.mark.parametrize("fault", [Fault.LOST_AFTER, Fault.LOST_BEFORE])
def test_what_is_in_doubt_again_is_looked_up_anew_before_any_save(
    worker: Worker, chosen: Settings, verdict: Verdict, fault: Fault
) -> None:
    worker.erp.approve(PAYER, 12_500)
    worker.erp.faults = [fault]
    worker.run_cycle()
    key = worker.key(PAYER)
    if fault is Fault.LOST_BEFORE:
        cycle(worker, minutes=30)  # a first look-up does not find it
    assert worker.ledger.doubts()[0].missing == (fault is Fault.LOST_BEFORE)
    decide(chosen, key, verdict=verdict)
    cycle(worker, minutes=30)

    undoing.undo(chosen, key, by="lee")

    (doubt,) = worker.ledger.doubts()
    assert (doubt.keys, doubt.missing, doubt.looked_up_at) == ((key,), 0, None)
    cycle(worker, minutes=30)
    entry = worker.ledger.entry(key)
    assert entry is not None
    # What is found is posted; what is missing takes two look-ups of after that, not one.
    assert entry.state is (State.POSTED if fault is Fault.LOST_AFTER else State.IN_DOUBT)
    cycle(worker, minutes=30)
    cycle(worker, minutes=30)
    assert deposits(worker) == 1


def test_what_was_in_doubt_and_was_entered_by_hand_is_released_by_no_look_up(worker: Worker, chosen: Settings) -> None:
    worker.erp.approve(PAYER, 12_500)
    worker.erp.faults = [Fault.LOST_BEFORE]
    worker.run_cycle()
    key = worker.key(PAYER)
    said = Decision(key=key, verdict=Verdict.BY_HAND, why="entered it", slip="2026/01/08 -7")
    stamp = decisions.preview(chosen, said, language=Language.EN).stamp
    decisions.apply(chosen, said, by="lee", stamp=stamp, language=Language.EN)

    undoing.undo(chosen, key, by="park")

    for _ in range(4):
        cycle(worker, minutes=30)
    assert deposits(worker) == 0
    (waiting,) = worker.ledger.in_state(State.HELD)
    assert (waiting.payment.key, why.was_said_posted(waiting.why)) == (key, True)
    assert {one.cause for one in worker.ledger.alarms()} >= {"held"}
    decide(chosen, key, waits=False)
    cycle(worker, minutes=30)
    assert deposits(worker) == 1


def left(worker: Worker) -> Listed:
    worker.erp.approve("다른 분", 1_000, minutes_ago=60)
    row = worker.erp.approve(PAYER, 12_500)
    worker.erp.faults = [Fault.PASTE_LOST]
    with pytest.raises(PasteLost):
        worker.run_cycle()
    worker.erp.rows.remove(row)
    cycle(worker, minutes=30)
    return row


def without_number(worker: Worker) -> Listed:
    hold(worker)
    return worker.erp.rows[0]


def back(worker: Worker, row: Listed) -> None:
    worker.erp.rows.append(row)


def numbered(worker: Worker, row: Listed) -> None:
    row.approval_no = "99887766"


def numbered_beside_a_twin(worker: Worker, row: Listed) -> None:
    twin = worker.erp.approve(PAYER, 12_500, number="")
    twin.at = row.at
    cycle(worker, minutes=1)
    cycle(worker, minutes=1)
    numbered(worker, row)


@pytest.mark.parametrize(
    ("begin", "comes"), [(without_number, numbered), (without_number, numbered_beside_a_twin), (left, back)]
)
def test_what_a_person_had_said_to_be_posted_is_released_by_no_rule(
    worker: Worker,
    chosen: Settings,
    begin: Callable[[Worker], Listed],
    comes: Callable[[Worker, Listed], None],
) -> None:
    row = begin(worker)
    (key,) = (one.payment.key for one in worker.ledger.in_state(State.HELD))
    said = Decision(key=key, verdict=Verdict.BY_HAND, why="entered it", slip="2026/01/08 -7")
    stamp = decisions.preview(chosen, said, language=Language.EN).stamp
    decisions.apply(chosen, said, by="lee", stamp=stamp, language=Language.EN)
    undoing.undo(chosen, key, by="park")

    comes(worker, row)
    cycle(worker, minutes=30)
    cycle(worker, minutes=30)

    assert deposits(worker) == 0
    assert key in {one.payment.key for one in worker.ledger.in_state(State.HELD)}
    decide(chosen, key, waits=False)
    cycle(worker, minutes=30)
    assert deposits(worker) == 1


def test_a_pair_with_one_that_was_said_to_be_posted_does_not_answer_itself(worker: Worker, chosen: Settings) -> None:
    old, new = worker.edited(PAYER, 12_500, posted=False)
    decide(chosen, new, verdict=Verdict.POSTED)
    undoing.undo(chosen, new, by="park")
    (row,) = worker.erp.rows
    worker.erp.rows.append(replace(row, approval_no="00000001"))  # the row before the edit is listed again

    cycle(worker, minutes=30)
    cycle(worker, minutes=30)

    assert deposits(worker) == 0
    assert {one.payment.key for one in worker.ledger.in_state(State.HELD)} == {old, new}


def test_a_slip_that_was_named_goes_with_its_decision(worker: Worker, chosen: Settings) -> None:
    key = refuse(worker)
    said = Decision(key=key, verdict=Verdict.BY_HAND, why="looked", slip="2026/01/08 -7")
    stamp = decisions.preview(chosen, said, language=Language.EN).stamp
    decisions.apply(chosen, said, by="kim", stamp=stamp, language=Language.EN)

    undoing.undo(chosen, key, by="lee")

    entry = worker.ledger.entry(key)
    assert entry is not None
    assert (entry.state, entry.slip) == (State.REJECTED, "")


@pytest.mark.parametrize(("days", "is_late"), [(6.9, False), (7.1, True), (-30, False)])
def test_a_decision_can_be_taken_back_as_long_as_the_list_shows_its_payment(
    worker: Worker, chosen: Settings, days: float, is_late: bool
) -> None:
    key = refuse(worker)
    decide(chosen, key, verdict=Verdict.NEVER)
    at = worker.clock() + timedelta(days=days)

    if is_late:
        with pytest.raises(IllegalMove, match="no decision that can be taken back"):
            worker.ledger.undo_verdict(key, by="lee", why="", at=at)
    else:
        assert worker.ledger.undo_verdict(key, by="lee", why="", at=at) == (key,)


def test_what_nobody_has_decided_can_not_be_taken_back(worker: Worker, chosen: Settings) -> None:
    key = refuse(worker)
    worker.erp.approve("다른 분", 1_000)
    cycle(worker, minutes=30)

    for name, said in (
        (key, "no decision that can be taken back"),
        (worker.key("다른 분"), "it is posted"),
        ("ABCDEFGHJK", "never seen"),
    ):
        with pytest.raises(IllegalMove, match=said):
            undoing.undo(chosen, name, by="lee")


@pytest.mark.parametrize("verdict", [Verdict.SAME, Verdict.POSTED])
def test_a_pair_that_was_said_to_be_one_is_asked_about_again(
    worker: Worker, chosen: Settings, verdict: Verdict
) -> None:
    row = worker.erp.approve(PAYER, 12_500)
    worker.run_cycle()
    old = worker.key(PAYER)
    row.approval_no = "99887766"
    cycle(worker, minutes=30)
    (new,) = (one.payment.key for one in worker.ledger.in_state(State.HELD))
    before = worker.ledger.entries([old, new])
    decide(chosen, new, verdict=verdict)

    undoing.undo(chosen, new, by="lee")

    assert worker.ledger.entries([old, new]) == before
    assert [one.answer for one in worker.ledger.pairings([new])] == [""]
    cycle(worker, minutes=30)
    assert deposits(worker) == 1
    decide(chosen, new, verdict=Verdict.OTHER, waits=False)
    cycle(worker, minutes=30)
    assert deposits(worker) == 2


@pytest.mark.parametrize("posted", [True, False])
@pytest.mark.parametrize("by_old", [True, False])
def test_a_pair_is_taken_back_as_one_and_asked_about_again(
    worker: Worker, chosen: Settings, posted: bool, by_old: bool
) -> None:
    row = worker.erp.approve(PAYER, 12_500)
    worker.erp.faults = [] if posted else [Fault.PASTE_LOST]
    with nullcontext() if posted else pytest.raises(PasteLost):
        worker.run_cycle()
    old = worker.key(PAYER)
    row.approval_no = "99887766"
    cycle(worker, minutes=30)
    (new,) = {one.payment.key for one in worker.ledger.in_state(State.HELD)} - {old}
    before = worker.ledger.entries([old, new])
    decide(chosen, new)

    undoing.undo(chosen, old if by_old and not posted else new, by="lee")

    assert worker.ledger.entries([old, new]) == before
    assert [one.answer for one in worker.ledger.pairings([new])] == [""]
    cycle(worker, minutes=30)
    assert deposits(worker) == posted
    worker.ledger.resolve(new, RowVerdict.NOT_POSTED, by="kim", why="again", at=worker.clock())
    cycle(worker, minutes=30)
    assert deposits(worker) == posted + 1


def test_the_command_line_takes_a_decision_back(worker: Worker, run: CliRunner, erp: FakeErp) -> None:
    key = refuse(worker)
    run.invoke(commands.app, ["resolve", key, "--not-posted", "--why", "looked", "--yes"])

    done = run.invoke(commands.app, ["resolve", "--undo", key, "--by", "lee"])

    assert done.exit_code == 0, done.output
    assert f"{key}: the decision is taken back, and it waits for a person again." in done.output
    assert worker.ledger.in_state(State.REJECTED)
    refused = run.invoke(commands.app, ["resolve", key, "--undo", "--never", "--why", "x"])
    assert "--undo stands alone" in str(refused.exception)
    nobody = run.invoke(commands.app, ["resolve", "--undo"])
    assert "say of which payment" in str(nobody.exception)


class Act(StrEnum):
    """What somebody, or the clock, does next."""

    PAGE = "a page decides"
    VERB = "the command line decides"
    POSTED = "somebody says that it is posted, and is wrong"
    NEVER = "somebody says that it needs no deposit"
    UNDO = "it is taken back"
    SOON = "a cycle four minutes later"
    LATER = "a cycle half an hour later"


@given(st.lists(st.sampled_from(Act), max_size=8), st.sampled_from([refuse, doubt, hold]))
@settings(max_examples=30, deadline=None)
def test_whatever_is_decided_and_taken_back_one_deposit_goes_out(
    acts: list[Act], begin: Callable[[Worker], str]
) -> None:
    with quick_folder() as folder:
        clock = FakeClock()
        worker = Worker(folder, FakeErp(clock), clock)
        worker.adopt()
        chosen = loading.load({"DATA_DIR": str(folder)})
        clock.at = chosen.now()
        key = begin(worker)
        for act in [*acts, Act.UNDO, Act.PAGE, Act.LATER]:
            if act in (Act.SOON, Act.LATER):
                cycle(worker, minutes=4 if act is Act.SOON else 30)
            with suppress(IllegalMove):
                if act is Act.UNDO:
                    undoing.undo(chosen, key, by="lee")
                if act in (Act.POSTED, Act.NEVER):
                    decide(chosen, key, verdict=Verdict(act.name.lower()))
                if act in (Act.PAGE, Act.VERB):
                    decide(chosen, key, waits=act is Act.PAGE)

        assert deposits(worker) == 1
        worker.close()


# --- a row that no rule covers


def odd(worker: Worker) -> str:
    row = '{"time": "2026-01-08 09:00:00", "payer": "해오름상회", "amount": "?", "status": "승인"}'
    worker.ledger.note_oddities([(row, "the amount ? is none")], cycle=1, at=worker.clock())
    return "row-1"


def test_what_was_said_of_a_row_that_no_rule_covers_is_taken_back(worker: Worker, chosen: Settings) -> None:
    key = odd(worker)
    decide(chosen, key, verdict=Verdict.NEVER)
    assert worker.ledger.alarms() == []
    decision = undoing.about(chosen, key)
    assert decision is not None
    assert (decision.by, decision.posts) == ("kim", False)

    done = undoing.undo(chosen, key, by="lee", why="the wrong row")

    (row,) = worker.ledger.open_oddities()
    assert done.key == key
    assert "the amount ? is none. lee has taken back (the wrong row): " in row.why
    assert "kim: never: looked" in row.why
    assert [one.cause for one in worker.ledger.alarms()] == ["odd row"]
    decide(chosen, key, verdict=Verdict.NEVER)
    assert worker.ledger.open_oddities() == []


def test_nothing_is_taken_back_of_a_row_that_waits_or_is_none_or_was_settled_long_ago(
    worker: Worker, chosen: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = odd(worker)
    for one in (key, "row-2", "row-"):
        with pytest.raises(IllegalMove):
            undoing.undo(chosen, one, by="lee")
    decide(chosen, key, verdict=Verdict.NEVER)
    later = chosen.now() + timedelta(days=7, minutes=1)
    monkeypatch.setattr(clock, "wall", later.astimezone)

    assert undoing.about(chosen, key) is None
    with pytest.raises(IllegalMove, match="no decision that can be taken back"):
        undoing.undo(chosen, key, by="lee")
    assert worker.ledger.open_oddities() == []
