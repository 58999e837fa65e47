"""A decision: what it would do is shown first, and it is made only of what was shown."""

import json

import pytest

from tests.fakes import BLIND, FakeErp, Fault, Worker
from worker.config.settings import Settings
from worker.errors import DaybreakError, IllegalMove, Overtaken
from worker.i18n.language import Language
from worker.ledger.state import State
from worker.ledger.verdicts import RowVerdict
from worker.operations import decisions, waiting
from worker.operations.decisions import Decided, Decision, Preview, Verdict

PAYER = "홍길동"


@pytest.fixture
def refused(worker: Worker, erp: FakeErp) -> str:
    """Return the key of a payment that the ERP refused."""
    erp.approve(PAYER, 12_500)
    erp.refused_payers = {PAYER}
    worker.run_cycle()
    erp.refused_payers = set()
    return worker.key(PAYER)


def said(key: str, verdict: Verdict, *, why: str = "looked", slip: str = "") -> Decision:
    return Decision(key=key, verdict=verdict, why=why, slip=slip)


def preview(chosen: Settings, decision: Decision) -> Preview:
    return decisions.preview(chosen, decision, language=Language.EN)


def apply(chosen: Settings, decision: Decision, stamp: str, *, by: str = "kim") -> Decided:
    return decisions.apply(chosen, decision, by=by, stamp=stamp, language=Language.EN)


def moves(worker: Worker, key: str) -> int:
    return len(worker.ledger.history(key))


@pytest.mark.parametrize(
    ("verdict", "state", "excluded", "posts", "becomes"),
    [
        (Verdict.POSTED, State.POSTED, False, False, "it is in the ERP and is never posted."),
        (Verdict.NOT_POSTED, State.SEEN, False, True, "the next cycle posts it."),
        (Verdict.NEVER, State.SEEN, True, False, "it needs no deposit and is never posted."),
    ],
)
def test_a_preview_says_what_a_decision_makes_of_whose_payment_and_changes_nothing(
    worker: Worker, chosen: Settings, refused: str, verdict: Verdict, state: State, excluded: bool, posts: bool,
    becomes: str,
) -> None:  # fmt: skip
    before, alarms = moves(worker, refused), worker.ledger.alarms()

    found = preview(chosen, said(refused, verdict))

    (row,) = found.after
    assert (row.state, bool(row.excluded), found.posts) == (state, excluded, posts)
    assert becomes in found.becomes
    assert f"{PAYER}, 12,500 won" in found.becomes
    assert f"{PAYER}, 12,500 won" in found.shown[0]
    assert [one.state for one in found.before] == [State.REJECTED]
    assert (moves(worker, refused), worker.ledger.alarms()) == (before, alarms)


@pytest.mark.parametrize("verdict", [Verdict.POSTED, Verdict.NOT_POSTED, Verdict.NEVER])
def test_what_was_shown_is_what_is_done_and_who_said_it_is_written_down(
    worker: Worker, chosen: Settings, refused: str, verdict: Verdict
) -> None:
    found = preview(chosen, said(refused, verdict))

    done = apply(chosen, said(refused, verdict), found.stamp)

    assert [(one.state, bool(one.excluded)) for one in done.rows] == [
        (one.state, bool(one.excluded)) for one in found.after
    ]
    assert done.said == found.becomes
    assert worker.ledger.history(refused)[-1]["by"] == "kim"


def test_a_decision_that_somebody_else_has_taken_meanwhile_says_who_and_when(
    worker: Worker, chosen: Settings, refused: str
) -> None:
    shown = preview(chosen, said(refused, Verdict.NOT_POSTED))
    worker.ledger.resolve(refused, RowVerdict.POSTED, by="lee", why="slip 7", at=worker.clock())

    with pytest.raises(Overtaken, match=r"posted by lee on 2026-01-08 09:00:00: posted, says lee: slip 7"):
        apply(chosen, said(refused, Verdict.NOT_POSTED), shown.stamp)

    entry = worker.ledger.entry(refused)
    assert entry is not None
    assert entry.state is State.POSTED


def test_a_row_that_came_back_to_the_same_state_is_not_the_one_that_was_shown(
    worker: Worker, chosen: Settings, refused: str, erp: FakeErp
) -> None:
    shown = preview(chosen, said(refused, Verdict.NEVER))
    worker.ledger.resolve(refused, RowVerdict.NOT_POSTED, by="lee", why="again", at=worker.clock())
    erp.refused_payers = {PAYER}
    worker.clock.advance(minutes=30)
    worker.run_cycle()
    assert worker.ledger.in_state(State.REJECTED)

    with pytest.raises(Overtaken, match="rejected by the worker on"):
        apply(chosen, said(refused, Verdict.NEVER), shown.stamp)

    assert worker.ledger.in_state(State.REJECTED)


def test_a_cycle_that_leaves_the_row_alone_overtakes_nothing(
    worker: Worker, chosen: Settings, refused: str, erp: FakeErp
) -> None:
    shown = preview(chosen, said(refused, Verdict.NOT_POSTED))
    erp.approve("서울상회")
    worker.clock.advance(minutes=30)
    worker.run_cycle()

    apply(chosen, said(refused, Verdict.NOT_POSTED), shown.stamp)

    worker.run_cycle()
    assert [slip.payer for slip in erp.slips].count(PAYER) == 1


def test_the_ledger_itself_compares_within_the_verdict(worker: Worker, refused: str) -> None:
    """What changes between a look and the verdict is noticed as well: both are one transaction."""
    shown = worker.ledger.stand(refused)
    stale = {key: move - 1 for key, move in shown.items()}

    with pytest.raises(Overtaken):
        worker.ledger.resolve(refused, RowVerdict.NEVER, by="kim", why="x", at=worker.clock(), as_of=stale)

    assert worker.ledger.resolve(refused, RowVerdict.NEVER, by="kim", why="x", at=worker.clock(), as_of=shown)


@pytest.mark.parametrize("stamp", ["", "nonsense", "ABCDEFGHJK:1"])
def test_a_stamp_that_no_preview_made_decides_nothing(
    worker: Worker, chosen: Settings, refused: str, stamp: str
) -> None:
    with pytest.raises(Overtaken):
        apply(chosen, said(refused, Verdict.NOT_POSTED), stamp)

    assert worker.ledger.in_state(State.REJECTED)


def test_a_decision_needs_a_reason_and_one_by_hand_its_slip(chosen: Settings, refused: str) -> None:
    with pytest.raises(DaybreakError, match="a reason is needed"):
        preview(chosen, said(refused, Verdict.NEVER, why=" "))
    with pytest.raises(DaybreakError, match="the slip of what was entered by hand is needed"):
        preview(chosen, said(refused, Verdict.BY_HAND))


def test_what_was_entered_by_hand_is_posted_under_its_slip(worker: Worker, chosen: Settings, refused: str) -> None:
    by_hand = said(f"#{refused}", Verdict.BY_HAND, slip="2026/01/08-7")

    done = apply(chosen, by_hand, preview(chosen, by_hand).stamp)

    assert [(one.state, one.slip) for one in done.rows] == [(State.POSTED, "2026/01/08-7")]


def test_what_waits_for_nobody_is_refused_before_anybody_is_asked(
    worker: Worker, chosen: Settings, erp: FakeErp
) -> None:
    erp.approve(PAYER, 12_500)
    worker.run_cycle()

    with pytest.raises(IllegalMove, match="it is posted"):
        preview(chosen, said(worker.key(PAYER), Verdict.NEVER))


# --- a row that may be an edit of another


def edited(worker: Worker, *, posted: bool) -> tuple[str, str]:
    """Have a payment's number edited, posted before or not; return the keys before and after."""
    return worker.edited(PAYER, 12_500, posted=posted)


def deposits(worker: Worker) -> int:
    return [slip.payer for slip in worker.erp.slips].count(PAYER)


@pytest.mark.parametrize(("verdict", "more"), [(Verdict.SAME, 0), (Verdict.OTHER, 1)])
def test_the_same_payment_gets_one_deposit_and_another_one_its_own(
    worker: Worker, chosen: Settings, verdict: Verdict, more: int
) -> None:
    before, after = edited(worker, posted=True)
    found = preview(chosen, said(after, verdict))
    assert [one.payment.key for one in found.before] == [after, before]

    apply(chosen, said(after, verdict), found.stamp)

    worker.run_cycle()
    assert (found.posts, deposits(worker)) == (bool(more), 1 + more)


def test_an_edited_payment_that_was_never_posted_goes_out_once_when_it_is_the_same(
    worker: Worker, chosen: Settings
) -> None:
    _, after = edited(worker, posted=False)

    found = preview(chosen, said(after, Verdict.SAME))
    apply(chosen, said(after, Verdict.SAME), found.stamp)

    worker.run_cycle()
    assert (found.posts, deposits(worker)) == (True, 1)


def test_another_payment_goes_out_and_the_one_that_was_never_sent_waits_on(worker: Worker, chosen: Settings) -> None:
    before, after = edited(worker, posted=False)

    found = preview(chosen, said(after, Verdict.OTHER))
    apply(chosen, said(after, Verdict.OTHER), found.stamp)
    worker.run_cycle()

    assert deposits(worker) == 1
    waits = worker.ledger.entry(before)
    assert waits is not None
    assert (waits.state, waits.excluded) == (State.HELD, "")
    assert worker.ledger.open_forms(before) == []


def test_a_pair_is_overtaken_by_a_decision_about_its_other_half(worker: Worker, chosen: Settings) -> None:
    before, after = edited(worker, posted=False)
    shown = preview(chosen, said(before, Verdict.NOT_POSTED))
    worker.ledger.resolve(after, RowVerdict.NEVER, by="lee", why="gone", at=worker.clock())

    with pytest.raises(Overtaken, match="by lee"):
        apply(chosen, said(before, Verdict.NOT_POSTED), shown.stamp)


def test_same_is_no_answer_where_nothing_is_asked(chosen: Settings, refused: str) -> None:
    with pytest.raises(IllegalMove, match="no other row is asked about with it"):
        preview(chosen, said(refused, Verdict.SAME))


# --- in doubt, and rows that no rule covers


def test_a_payment_in_doubt_is_decided_by_itself(worker: Worker, chosen: Settings, erp: FakeErp) -> None:
    erp.approve(PAYER, 12_500)
    erp.faults = [Fault.LOST_AFTER]
    worker.rules = BLIND
    worker.run_cycle()
    key = worker.key(PAYER)
    assert worker.ledger.in_state(State.IN_DOUBT)

    done = apply(chosen, said(key, Verdict.POSTED), preview(chosen, said(key, Verdict.POSTED)).stamp)

    assert [one.state for one in done.rows] == [State.POSTED]


def test_a_row_that_no_rule_covers_is_settled_once(worker: Worker, chosen: Settings) -> None:
    row = json.dumps({"time": "2026-01-08 09:00:00", "payer": "해오름상회", "amount": "?", "status": "승인"})
    worker.ledger.note_oddities([(row, "the amount ? is none")], cycle=1, at=worker.clock())
    never = said("row-1", Verdict.NEVER)
    shown = preview(chosen, never)
    assert "해오름상회" in shown.shown[0]

    done = apply(chosen, never, shown.stamp)

    assert "never posted by daybreak" in done.said
    with pytest.raises(Overtaken, match="kim: never: looked"):
        apply(chosen, never, shown.stamp, by="lee")
    with pytest.raises(IllegalMove, match="row 2 is not one"):
        preview(chosen, said("row-2", Verdict.NEVER))


def test_the_list_holds_what_waits_and_the_row_its_moves(worker: Worker, chosen: Settings, refused: str) -> None:
    found = waiting.listed(chosen, language=Language.EN)

    assert [one.key for one in found.rows] == [refused]
    assert found.questions == ()
    assert "refused" in "\n".join(waiting.row(chosen, refused, language=Language.EN).lines).lower()
    assert waiting.row(chosen, "ABCDEFGHJK", language=Language.EN).lines == ()
