"""One cycle after the other against an ERP that never checks for duplicates: what stands in its books in the end."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.fakes import (
    BLIND,
    LIST_S,
    RULES,
    THURSDAY,
    FakeClock,
    FakeErp,
    Fault,
    Killed,
    Listed,
    Worker,
    quick_folder,
    with_rules,
)
from tests.unit.posting.desk import again
from worker.erp import Answer
from worker.errors import (
    EndUnproved,
    ErpChanged,
    ErpUnavailable,
    IllegalMove,
    LedgerError,
    NotAdopted,
    PasteLost,
    SaveBlocked,
    SessionExpired,
    StopRequested,
)
from worker.ledger.copies import restore
from worker.ledger.state import State
from worker.ledger.verdicts import RowVerdict
from worker.payments.payment import Deposit, PaymentKind
from worker.posting.outcomes import outcomes_of
from worker.posting.rounds import ROUND
from worker.runtime.heartbeat import Phase


@pytest.fixture
def worker(folder: Path, erp: FakeErp, clock: FakeClock) -> Iterator[Worker]:
    worker = Worker(folder, erp, clock)
    worker.adopt()
    yield worker
    worker.close()


def successor(worker: Worker, folder: Path) -> Worker:
    """End a worker as a kill does and start the next one on its ledger."""
    worker.close()
    return Worker(folder, worker.erp, worker.clock, rules=worker.rules)


def incidents(worker: Worker) -> list[str]:
    return [str(one["kind"]) for one in worker.ledger.incidents(worker.clock() - timedelta(days=30))]


# --- posted once ---------------------------------------------------------------------------------------------------


def test_a_payment_is_posted_once_however_often_it_is_read(worker: Worker, erp: FakeErp) -> None:
    erp.approve("김밥천국", 12_000)

    worker.run_cycle()
    again(worker, cycles=5)

    assert erp.books() == [("김밥천국", 12_000)]
    assert worker.states() == {"김밥천국 승인": "posted"}


def test_a_deposit_carries_its_payments_key_and_the_ledger_its_slips_number(worker: Worker, erp: FakeErp) -> None:
    erp.approve("김밥천국", 12_000)

    worker.run_cycle()

    (slip,) = erp.slips
    key = worker.key("김밥천국")
    found = worker.ledger.entry(key)
    assert slip.remark == f"카드결제 김밥천국 #{key}"
    assert found is not None
    assert found.slip == slip.number


def test_an_empty_list_is_a_good_cycle(worker: Worker, erp: FakeErp) -> None:
    figures = worker.run_cycle()

    assert (figures.listed, figures.posted, erp.uploads) == (0, 0, 0)


def test_a_list_with_an_open_end_is_whole_while_all_that_was_listed_is_accounted_for(
    worker: Worker, erp: FakeErp
) -> None:
    old = erp.approve("오래", minutes_ago=7 * 24 * 60 - 45)
    turning, reflected, edited = (erp.approve(payer) for payer in ("취소", "반영", "수정"))
    erp.ends_unproved = True
    with pytest.raises(EndUnproved):
        worker.run_cycle()
    erp.ends_unproved = False
    worker.run_cycle()
    erp.ends_unproved = True
    erp.approve("새빛")
    erp.cancel(turning, model="A")
    reflected.is_reflected = True

    worker.clock.advance(days=1)
    worker.run_cycle()

    assert old.at < worker.clock() - timedelta(days=7)
    assert ("새빛", 10_000) in erp.books()

    erp.approve("다온")
    edited.approval_no = "99999999"
    with pytest.raises(EndUnproved):
        worker.run_cycle()
    assert ("다온", 10_000) not in erp.books()


def test_only_approvals_and_their_cancellations_are_posted(worker: Worker, erp: FakeErp) -> None:
    for status in ("요청중", "승인실패", "취소실패", "환불", ""):
        erp.approve(f"상태 {status}").status = status
    erp.approve("김밥천국")

    figures = worker.run_cycle()

    assert erp.books() == [("김밥천국", 10_000)]
    assert figures.ignored == {"requested, no answer yet": 1, "approval failed": 1, "cancellation failed": 1}
    assert figures.odd == 2


def test_a_request_that_becomes_an_approval_is_posted_then(worker: Worker, erp: FakeErp) -> None:
    row = erp.approve("김밥천국", number="")
    row.status = "요청중"
    worker.run_cycle()

    row.status, row.approval_no = "승인", "00000001"
    again(worker)

    assert erp.books() == [("김밥천국", 10_000)]


def test_two_payments_of_one_second_are_both_posted_though_the_second_comes_later(worker: Worker, erp: FakeErp) -> None:
    first = erp.approve("김밥천국", number="00000001")
    worker.run_cycle()

    erp.rows.append(replace(first, approval_no="00000002"))
    again(worker, cycles=2)

    assert erp.books() == [("김밥천국", 10_000)] * 2


def test_of_two_rows_of_one_second_amount_and_number_the_second_is_held(worker: Worker, erp: FakeErp) -> None:
    first = erp.approve("김밥천국", number="00000001")
    erp.rows.append(replace(first, payer="다른 이름"))

    worker.run_cycle()
    again(worker, cycles=2)

    assert len(erp.slips) == 1
    (held,) = worker.ledger.in_state(State.HELD)
    assert held.why == "listed twice: another row has its second, amount and approval number"


def test_batches_hold_50_rows_at_most_oldest_first(worker: Worker, erp: FakeErp) -> None:
    for number in range(120):
        erp.approve(f"가게 {number:03}", minutes_ago=number + 1)

    figures = worker.run_cycle()

    uploads = [[slip.payer for slip in erp.slips if slip.upload == upload] for upload in (1, 2, 3)]
    assert [len(one) for one in uploads] == [50, 50, 20]
    assert [payer for upload in uploads for payer in upload] == [f"가게 {number:03}" for number in range(119, -1, -1)]
    assert (figures.batches, figures.posted, figures.won) == (3, 120, 1_200_000)


def test_the_batch_size_can_be_chosen(folder: Path, erp: FakeErp, clock: FakeClock) -> None:
    worker = Worker(folder, erp, clock, rules=with_rules(RULES, batch_rows=2))
    worker.adopt()
    for number in range(5):
        erp.approve(f"가게 {number}")

    worker.run_cycle()

    assert erp.uploads == 3
    assert len(erp.slips) == 5


def test_after_a_long_outage_what_was_sent_is_settled_now_and_then_and_each_batch_tells_how_far_it_is(
    worker: Worker, erp: FakeErp
) -> None:
    worker.rules = with_rules(RULES, batch_rows=1)
    for number in range(2 * ROUND + 1):
        erp.approve(f"가게 {number:03}", minutes_ago=number + 1)

    figures = worker.run_cycle()

    beats = [step for phase, step, _ in worker.beats if phase in (Phase.UPLOADING, Phase.SETTLING)]
    steps = [step for step in beats if not step.startswith("writing down")]
    assert steps[0] == f"a batch of 1 (0 of {2 * ROUND + 1} are sent)"
    assert steps[ROUND : ROUND + 2] == [f"{ROUND} batches", f"a batch of 1 ({ROUND} of {2 * ROUND + 1} are sent)"]
    assert [step for step in steps if step.endswith("batches")] == [f"{ROUND} batches", f"{ROUND} batches", "1 batches"]
    assert (figures.ready, figures.sent, figures.posted) == (2 * ROUND + 1,) * 3
    assert len(erp.slips) == 2 * ROUND + 1


def test_an_outage_is_caught_up_with_where_it_was_left(worker: Worker, erp: FakeErp) -> None:
    worker.rules = with_rules(RULES, batch_rows=2)
    for number in range(10):
        erp.approve(f"가게 {number}", minutes_ago=number + 1)
    worker.stop_before = "a batch of 2 (6 of 10"

    with pytest.raises(StopRequested):
        worker.run_cycle()
    assert (len(erp.slips), sorted(worker.states().values())) == (6, ["posted"] * 6 + ["seen"] * 4)

    worker.stop_before = ""
    figures = worker.run_cycle()
    assert (figures.posted, len(erp.slips), len(set(erp.books()))) == (4, 10, 10)


def test_what_somebody_decides_while_batches_go_out_is_not_posted(worker: Worker, erp: FakeErp) -> None:
    worker.rules = with_rules(RULES, batch_rows=1)
    erp.approve("김밥천국", minutes_ago=20)
    erp.approve("다른 집", minutes_ago=10)
    erp.approve("셋째 집", minutes_ago=5)
    erp.meanwhile["upload"] = lambda: worker.ledger.exclude(
        worker.key("다른 집"), "settled in cash", at=worker.clock(), by="operator"
    )

    worker.run_cycle()

    assert [slip.payer for slip in erp.slips] == ["김밥천국", "셋째 집"]
    assert worker.states()["다른 집 승인"] == "excluded: settled in cash"


def test_a_row_that_is_older_than_the_list_keeps_is_not_asked_for_again(worker: Worker, erp: FakeErp) -> None:
    erp.approve("김밥천국")
    worker.run_cycle()

    again(worker, cycles=3, minutes=4 * 24 * 60)

    assert erp.books() == [("김밥천국", 10_000)]


def test_each_step_is_announced_with_its_patience_before_it_begins(worker: Worker, erp: FakeErp) -> None:
    erp.approve("김밥천국")

    worker.run_cycle()

    phases = [phase for phase, _, _ in worker.beats]
    assert list(dict.fromkeys(phases)) == [Phase.READING, Phase.PLANNING, Phase.UPLOADING, Phase.SETTLING]
    # Before it is asked to read, the ERP has said nothing: it promises its own steps, at once.
    patience = {phase: seconds for phase, _, seconds in worker.beats}
    assert patience.pop(Phase.READING) == 0
    assert all(seconds >= LIST_S for seconds in patience.values())


def test_plan_and_payload_of_each_batch_are_kept_as_evidence(worker: Worker, erp: FakeErp) -> None:
    erp.approve("김밥천국", 12_000)

    worker.run_cycle()

    assert json.loads(worker.papers.texts["batch-1-plan.json"])[0]["amount"] == 12_000
    assert "김밥천국\t12000" in worker.papers.texts["batch-1-payload.txt"]


# --- cancellations: three ways an ERP shows them, three times they may come -----------------------------------------


@pytest.mark.parametrize("model", ["A", "B", "C"])
def test_a_payment_cancelled_after_it_was_posted_is_taken_back_once(
    folder: Path, erp: FakeErp, clock: FakeClock, model: str
) -> None:
    worker = Worker(folder, erp, clock, rules=with_rules(RULES, cancel_new_number="match"))
    worker.adopt()
    row = erp.approve("김밥천국")
    worker.run_cycle()

    clock.advance(minutes=20)
    erp.cancel(row, model=model)
    again(worker, cycles=3)

    assert erp.books() == [("김밥천국", -10_000), ("김밥천국", 10_000)]


@pytest.mark.parametrize(
    ("model", "books"),
    [
        ("A", []),
        ("B", [("김밥천국", -10_000), ("김밥천국", 10_000)]),
        ("C", [("김밥천국", -10_000), ("김밥천국", 10_000)]),
    ],
)
def test_a_payment_cancelled_before_it_was_ever_listed_is_posted_with_its_pair_or_not_at_all(
    folder: Path, erp: FakeErp, clock: FakeClock, model: str, books: list[tuple[str, int]]
) -> None:
    worker = Worker(folder, erp, clock, rules=with_rules(RULES, cancel_new_number="match"))
    worker.adopt()
    erp.cancel(erp.approve("김밥천국"), model=model)

    worker.run_cycle()
    again(worker, cycles=2)

    assert erp.books() == books
    assert sum(won for _, won in erp.books()) == 0


@pytest.mark.parametrize(
    ("model", "books"),
    [
        ("A", []),
        ("B", [("김밥천국", -10_000), ("김밥천국", 10_000)]),
        ("C", [("김밥천국", -10_000), ("김밥천국", 10_000)]),
    ],
)
def test_a_payment_cancelled_between_reading_and_upload_comes_to_nothing_in_the_end(
    folder: Path, erp: FakeErp, clock: FakeClock, model: str, books: list[tuple[str, int]]
) -> None:
    worker = Worker(folder, erp, clock, rules=with_rules(RULES, cancel_new_number="match"))
    worker.adopt()
    row = erp.approve("김밥천국")
    erp.faults = [Fault.PASTE_LOST]
    again(worker)

    erp.cancel(row, model=model)
    again(worker, cycles=3)

    assert erp.books() == books
    assert worker.ledger.in_state(State.HELD) == []


@pytest.mark.parametrize("model", ["A", "B"])
def test_a_cancellation_in_the_middle_of_an_upload_is_posted_a_cycle_later(
    worker: Worker, erp: FakeErp, model: str
) -> None:
    row = erp.approve("김밥천국")
    erp.meanwhile["upload"] = lambda: erp.cancel(row, model=model)

    worker.run_cycle()
    assert erp.books() == [("김밥천국", 10_000)]

    again(worker, cycles=2)
    assert erp.books() == [("김밥천국", -10_000), ("김밥천국", 10_000)]


def test_the_minus_of_a_pair_is_uploaded_after_its_plus(worker: Worker, erp: FakeErp) -> None:
    erp.cancel(erp.approve("김밥천국"))

    worker.run_cycle()

    assert [(slip.upload, slip.amount) for slip in erp.slips] == [(1, 10_000), (2, -10_000)]


def test_a_minus_waits_until_its_plus_is_out_of_doubt(worker: Worker, erp: FakeErp) -> None:
    row = erp.approve("김밥천국")
    erp.faults = [Fault.LOST_AFTER]
    worker.run_cycle()

    erp.cancel(row)
    worker.rules = BLIND
    again(worker, cycles=2)

    assert erp.books() == [("김밥천국", 10_000)]
    assert worker.states() == {"김밥천국 승인": "in_doubt", "김밥천국 취소": "seen"}


def test_a_minus_whose_plus_was_refused_waits(worker: Worker, erp: FakeErp) -> None:
    row = erp.approve("김밥천국")
    erp.refused_payers = {"김밥천국"}
    worker.run_cycle()

    erp.cancel(row)
    again(worker, cycles=2)

    assert erp.books() == []
    assert worker.states() == {"김밥천국 승인": "rejected", "김밥천국 취소": "seen"}


@pytest.mark.parametrize("model", ["B", "C"])
def test_a_lone_cancellation_is_held_for_a_person(worker: Worker, erp: FakeErp, model: str) -> None:
    row = erp.approve("김밥천국")
    erp.cancel(row, model=model)
    erp.rows.remove(row)
    erp.approve("다른 집")

    figures = worker.run_cycle()
    again(worker, cycles=2)

    assert erp.books() == [("다른 집", 10_000)]
    assert figures.held == 1
    (held,) = worker.ledger.in_state(State.HELD)
    assert held.why == "a cancellation whose approval is not known: listed as 취소 when first seen"


def test_where_cancellations_are_in_place_one_that_was_never_listed_as_approved_is_left_out(
    worker: Worker, erp: FakeErp
) -> None:
    worker.rules = with_rules(RULES, cancel_in_place=True)
    worker.run_cycle()
    worker.clock.advance(minutes=30)
    erp.cancel(erp.approve("김밥천국"), model="A")
    taken_back = erp.approve("다른 집")
    worker.run_cycle()
    erp.cancel(taken_back, model="A")
    again(worker)

    assert erp.books() == [("다른 집", -10_000), ("다른 집", 10_000)]
    assert worker.ledger.in_state(State.HELD) == []
    assert worker.states()["김밥천국 취소"] == "excluded: cancelled before it was first listed"


def test_where_cancellations_are_in_place_one_that_an_earlier_reading_would_have_shown_is_held(
    worker: Worker, erp: FakeErp
) -> None:
    """A known approval whose number was edited in the moment of its cancellation: its minus must not be lost."""
    worker.rules = with_rules(RULES, cancel_in_place=True)
    row = erp.approve("김밥천국")
    worker.run_cycle()

    row.approval_no = "99887766"
    erp.cancel(row, model="A")
    again(worker)

    (held,) = worker.ledger.in_state(State.HELD)
    assert held.why == "a cancellation whose approval is not known: listed as 취소 when first seen"


def test_a_cancellation_with_a_number_of_its_own_is_held_unless_it_may_be_matched(worker: Worker, erp: FakeErp) -> None:
    row = erp.approve("김밥천국")
    worker.run_cycle()

    erp.cancel(row, model="C")
    again(worker, cycles=2)

    assert worker.states() == {"김밥천국 승인": "posted", "김밥천국 취소": "held"}


def test_a_partial_cancellation_is_held(worker: Worker, erp: FakeErp) -> None:
    row = erp.approve("김밥천국", 10_000)
    worker.run_cycle()

    erp.cancel(row).amount = 4_000
    again(worker)

    assert erp.books() == [("김밥천국", 10_000)]
    assert len(worker.ledger.in_state(State.HELD)) == 1


def test_one_approval_is_taken_back_once(worker: Worker, erp: FakeErp) -> None:
    row = erp.approve("김밥천국")
    worker.run_cycle()

    erp.cancel(row)
    worker.clock.advance(minutes=1)
    erp.cancel(row)
    again(worker, cycles=2)

    assert erp.books() == [("김밥천국", -10_000), ("김밥천국", 10_000)]
    assert len(worker.ledger.in_state(State.HELD)) == 1


def test_both_of_two_equal_payments_can_be_cancelled(worker: Worker, erp: FakeErp) -> None:
    first, second = erp.approve("김밥천국"), erp.approve("김밥천국", minutes_ago=5)
    worker.run_cycle()

    erp.cancel(second)
    again(worker)
    erp.cancel(first, model="A")
    again(worker, cycles=2)

    assert sum(slip.amount for slip in erp.slips) == 0
    assert len(erp.slips) == 4


def test_the_cancellation_of_what_was_posted_before_the_adoption_is_posted(
    folder: Path, erp: FakeErp, clock: FakeClock
) -> None:
    worker = Worker(folder, erp, clock)
    row = erp.approve("김밥천국")
    again(worker)
    worker.adopt(worker.key("김밥천국"))

    erp.cancel(row)
    again(worker, cycles=2)

    assert erp.books() == [("김밥천국", -10_000)]


def test_the_cancellation_of_what_a_person_reflected_is_held(worker: Worker, erp: FakeErp) -> None:
    row = erp.approve("김밥천국")
    erp.faults = [Fault.PASTE_LOST]
    again(worker)
    row.is_reflected = True
    again(worker)

    erp.cancel(row).is_reflected = False
    again(worker, cycles=2)

    assert erp.books() == []
    assert worker.states() == {"김밥천국 승인": "excluded: reflected by hand", "김밥천국 취소": "held"}


# --- what a person must decide -------------------------------------------------------------------------------------


def test_an_approval_without_a_number_is_held_after_one_cycle(worker: Worker, erp: FakeErp) -> None:
    erp.approve("김밥천국", number="")

    worker.run_cycle()
    assert worker.states() == {"김밥천국 승인": "seen"}

    again(worker, cycles=2)
    assert worker.states() == {"김밥천국 승인": "held"}
    assert erp.books() == []


@pytest.mark.parametrize("shown", ["-", "0", "00000000", "없음", "\u200b", "1.23457E+7"], ids=ascii)
def test_an_approval_with_a_stand_in_for_its_number_is_held(worker: Worker, erp: FakeErp, shown: str) -> None:
    erp.approve("김밥천국", number=shown)

    again(worker, cycles=3)

    assert worker.states() == {"김밥천국 승인": "held"}
    assert erp.books() == []


def test_a_deposit_has_no_blank_where_something_invisible_stood_in_the_name(worker: Worker, erp: FakeErp) -> None:
    erp.approve("김밥\u200b천국")

    worker.run_cycle()

    assert erp.books() == [("김밥천국", 10_000)]


@pytest.mark.parametrize("cycles", [1, 3], ids=["while it waits", "after it was held"])
def test_an_approval_that_is_listed_again_with_its_number_is_posted_once(
    worker: Worker, erp: FakeErp, cycles: int
) -> None:
    row = erp.approve("김밥천국", number="")
    again(worker, cycles=cycles)

    row.approval_no = "00000001"
    again(worker, cycles=3)

    assert erp.books() == [("김밥천국", 10_000)]


def test_of_two_equal_approvals_without_a_number_the_one_that_gets_it_is_posted(worker: Worker, erp: FakeErp) -> None:
    first = erp.approve("김밥천국", number="")
    second = replace(first)
    erp.rows.append(second)
    worker.run_cycle()

    first.approval_no = "00000001"
    again(worker)
    second.approval_no = "00000002"
    again(worker, cycles=2)

    assert erp.books() == [("김밥천국", 10_000)] * 2


def test_what_a_person_reflected_by_hand_is_not_posted(worker: Worker, erp: FakeErp) -> None:
    row = erp.approve("김밥천국", minutes_ago=20)
    for number in range(9):
        erp.approve(f"가게 {number}")
    erp.meanwhile["read_reflected"] = lambda: setattr(row, "is_reflected", True)

    figures = worker.run_cycle()

    assert "김밥천국" not in [slip.payer for slip in erp.slips]
    assert len(erp.slips) == 9
    assert figures.new == 9


def test_what_a_person_reflected_between_two_cycles_is_not_posted(worker: Worker, erp: FakeErp) -> None:
    row = erp.approve("김밥천국")
    erp.faults = [Fault.PASTE_LOST]
    again(worker)

    row.is_reflected = True
    again(worker, cycles=2)

    assert erp.books() == []
    assert worker.states() == {"김밥천국 승인": "excluded: reflected by hand"}


def test_a_reflected_row_of_another_number_or_amount_stops_nothing(worker: Worker, erp: FakeErp) -> None:
    erp.approve("김밥천국", 10_000, number="00000001")
    erp.rows.append(Listed(worker.clock(), "김밥천국", 10_000, "00000002", is_reflected=True))
    erp.rows.append(Listed(worker.clock(), "김밥천국", 9_000, "00000001", is_reflected=True))
    erp.rows.append(Listed(worker.clock(), "김밥나라", 10_000, "00000001", is_reflected=True))

    worker.run_cycle()

    assert erp.books() == [("김밥천국", 10_000)]


@pytest.mark.parametrize("rows", [1, 2, 3, 4, 50])
def test_two_tabs_that_show_the_same_rows_stop_the_cycle(worker: Worker, erp: FakeErp, rows: int) -> None:
    for number in range(rows):
        erp.approve(f"가게 {number}")
    erp.tab_is_stuck = True

    with pytest.raises(ErpChanged, match=f"{rows} of {rows} rows stand under both tabs"):
        worker.run_cycle()

    assert erp.books() == []
    erp.tab_is_stuck = False
    again(worker)
    assert len(erp.slips) == rows


def test_a_row_that_left_the_list_unposted_is_held(worker: Worker, erp: FakeErp) -> None:
    erp.approve("첫 손님", minutes_ago=60)
    row = erp.approve("김밥천국")
    erp.faults = [Fault.PASTE_LOST]
    again(worker)

    row.has_left = True
    again(worker, cycles=2)

    assert worker.states() == {"첫 손님 승인": "posted", "김밥천국 승인": "held"}
    (held,) = worker.ledger.in_state(State.HELD)
    assert held.why == "left the list before it was posted"


@pytest.mark.parametrize(
    ("changes", "how"),
    [
        ({"amount": 10_500}, "the amount differs"),
        ({"approval_no": "99"}, "the approval number differs, and that row is listed no more"),
        ({"approval_no": ""}, "the approval number differs, and that row is listed no more"),
        ({"approval_no": "99", "payer": "다른 이름"}, "the approval number differs, and that row is listed no more"),
        ({"at": THURSDAY - timedelta(minutes=12)}, "the time differs"),
    ],
)
def test_a_row_that_was_edited_after_it_was_posted_is_held(
    worker: Worker, erp: FakeErp, changes: dict[str, object], how: str
) -> None:
    row = erp.approve("김밥천국")
    erp.approve("오래된 집", minutes_ago=600)
    worker.run_cycle()
    key = worker.key("김밥천국")

    for field, value in changes.items():
        setattr(row, field, value)
    again(worker, cycles=2)

    assert len(erp.slips) == 2
    (held,) = worker.ledger.in_state(State.HELD)
    assert held.why == f"may be the same payment as {key}: {how}"


@pytest.mark.parametrize("days", [0, 6.1, 6.9])
def test_a_posted_row_whose_payer_is_renamed_is_that_payment(worker: Worker, erp: FakeErp, days: float) -> None:
    row = erp.approve("김밥천국")
    worker.run_cycle()
    worker.clock.advance(days=days)

    row.payer = "김밥천국 2호점"
    again(worker, cycles=2)

    assert erp.books() == [("김밥천국", 10_000)]
    assert worker.ledger.in_state(State.HELD) == []
    assert [one["payer"] for one in worker.ledger.forms(THURSDAY, worker.clock())] == ["김밥천국"]


def test_a_row_like_a_posted_one_that_is_still_listed_is_another_payment(worker: Worker, erp: FakeErp) -> None:
    first = erp.approve("김밥천국")
    worker.run_cycle()

    erp.rows.append(replace(first, approval_no="99"))
    again(worker)

    assert erp.books() == [("김밥천국", 10_000)] * 2


def test_a_row_like_a_posted_one_that_a_person_has_reflected_is_another_payment(worker: Worker, erp: FakeErp) -> None:
    first = erp.approve("김밥천국")
    worker.run_cycle()

    first.is_reflected = True
    erp.rows.append(replace(first, approval_no="99", is_reflected=False))
    again(worker)

    assert erp.books() == [("김밥천국", 10_000)] * 2


def test_what_a_person_releases_is_posted_although_it_is_listed_no_more(worker: Worker, erp: FakeErp) -> None:
    erp.approve("첫 손님", 1_000, minutes_ago=60)
    row = erp.approve("김밥천국")
    erp.faults = [Fault.PASTE_LOST]
    again(worker)
    row.has_left = True
    again(worker)

    worker.ledger.resolve(worker.key("김밥천국"), RowVerdict.NOT_POSTED, by="kim", why="not there", at=worker.clock())
    again(worker, cycles=3)

    assert sorted(erp.books()) == [("김밥천국", 10_000), ("첫 손님", 1_000)]


@pytest.mark.parametrize("verdict", [RowVerdict.POSTED, RowVerdict.NEVER])
def test_what_a_person_settles_is_never_posted(worker: Worker, erp: FakeErp, verdict: RowVerdict) -> None:
    erp.cancel(erp.approve("김밥천국"))
    erp.rows.pop(0)
    worker.run_cycle()

    worker.ledger.resolve(
        worker.key("김밥천국", PaymentKind.CANCELLATION), verdict, by="kim", why="settled by hand", at=worker.clock()
    )
    again(worker, cycles=3)

    assert erp.books() == []


def test_an_odd_row_is_told_once_and_the_others_are_posted(
    worker: Worker, erp: FakeErp, caplog: pytest.LogCaptureFixture
) -> None:
    erp.approve("김밥천국")
    erp.approve("이상한 집").status = "부분취소"
    worker.run_cycle()
    erp.approve("또 이상한 집").status = "부분취소"

    again(worker, cycles=2)

    told = [record.getMessage() for record in caplog.records if "no rule covers" in record.getMessage()]
    assert len(told) == 2
    assert "또 이상한 집" in told[1]
    assert erp.books() == [("김밥천국", 10_000)]


# --- what goes wrong with an upload --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault.PASTE_LOST, PasteLost),
        (Fault.NOT_ASKED, SaveBlocked),
        (Fault.BLOCKED, SaveBlocked),
        (Fault.EXPIRED_BEFORE, SessionExpired),
    ],
)
def test_what_was_certainly_not_sent_is_posted_by_the_next_cycle(
    worker: Worker, erp: FakeErp, fault: Fault, error: type[Exception]
) -> None:
    erp.approve("김밥천국")
    erp.faults = [fault]

    with pytest.raises(error):
        worker.run_cycle()
    assert worker.states() == {"김밥천국 승인": "seen"}

    again(worker)
    assert erp.books() == [("김밥천국", 10_000)]


@pytest.mark.parametrize("fault", [Fault.LOST_BEFORE, Fault.LOST_AFTER, Fault.STORED_LATE])
def test_what_is_in_doubt_is_posted_once_after_two_look_ups_agree(worker: Worker, erp: FakeErp, fault: Fault) -> None:
    erp.approve("김밥천국")
    erp.approve("다른 집")
    erp.faults = [fault]

    worker.run_cycle()
    assert set(worker.states().values()) == {"in_doubt"}

    again(worker, cycles=3, minutes=5)
    assert erp.books() == [("김밥천국", 10_000), ("다른 집", 10_000)]
    assert set(worker.states().values()) == {"posted"}


def test_a_look_up_whose_list_may_go_on_keeps_nothing_else_from_being_posted(worker: Worker, erp: FakeErp) -> None:
    erp.approve("김밥천국", 12_000)
    erp.faults = [Fault.LOST_BEFORE]
    worker.run_cycle()
    erp.approve("새빛", 5_000)
    erp.fails["look_up"] = EndUnproved("a full page and no pager")

    again(worker)

    assert erp.books() == [("새빛", 5_000)]
    again(worker, cycles=2)
    assert erp.books() == [("김밥천국", 12_000), ("새빛", 5_000)]


def test_a_first_look_up_alone_proves_nothing(worker: Worker, erp: FakeErp) -> None:
    erp.approve("김밥천국")
    erp.faults = [Fault.LOST_BEFORE]
    worker.run_cycle()

    again(worker, minutes=5)
    assert worker.states() == {"김밥천국 승인": "in_doubt"}
    assert erp.books() == []

    again(worker, minutes=5)
    assert erp.books() == [("김밥천국", 10_000)]


def test_nobody_looks_before_the_server_had_time_to_settle(worker: Worker, erp: FakeErp) -> None:
    erp.approve("김밥천국")
    erp.faults = [Fault.STORED_LATE]
    worker.run_cycle()

    again(worker, cycles=20, minutes=0.1)

    assert erp.books() == [("김밥천국", 10_000)]
    again(worker, cycles=3, minutes=5)
    assert erp.books() == [("김밥천국", 10_000)]
    assert worker.states() == {"김밥천국 승인": "posted"}


def test_a_clock_that_was_set_back_a_day_sends_nothing_twice(worker: Worker, erp: FakeErp, clock: FakeClock) -> None:
    erp.approve("김밥천국", minutes_ago=60)
    erp.faults = [Fault.LOST_AFTER]
    erp.meanwhile["upload"] = lambda: clock.advance(days=-1)

    worker.run_cycle()
    again(worker, cycles=4, minutes=5)

    assert erp.books() == [("김밥천국", 10_000)]


def test_after_a_clock_was_set_back_the_server_still_gets_its_time(
    worker: Worker, erp: FakeErp, clock: FakeClock
) -> None:
    erp.approve("김밥천국", minutes_ago=60 * 24 * 2)
    erp.faults = [Fault.STORED_LATE]
    worker.run_cycle()

    clock.advance(days=-1)
    erp.late = [(due - timedelta(days=1), slips) for due, slips in erp.late]
    again(worker, cycles=20, minutes=0.1)
    again(worker, cycles=3, minutes=5)

    assert erp.books() == [("김밥천국", 10_000)]


def test_other_payments_go_on_while_one_is_in_doubt(worker: Worker, erp: FakeErp) -> None:
    worker.rules = BLIND
    erp.approve("김밥천국")
    erp.faults = [Fault.LOST_AFTER]
    worker.run_cycle()

    erp.approve("다른 집")
    again(worker)

    assert erp.books() == [("김밥천국", 10_000), ("다른 집", 10_000)]
    assert worker.states() == {"김밥천국 승인": "in_doubt", "다른 집 승인": "posted"}


def test_after_a_doubt_no_further_batch_is_sent_in_that_cycle(worker: Worker, erp: FakeErp) -> None:
    worker.rules = with_rules(RULES, batch_rows=1)
    erp.approve("김밥천국", minutes_ago=20)
    erp.approve("다른 집", minutes_ago=5)
    erp.faults = [Fault.LOST_BEFORE]

    worker.run_cycle()

    assert worker.states() == {"김밥천국 승인": "in_doubt", "다른 집 승인": "seen"}


@pytest.mark.parametrize("fault", [Fault.LOST_BEFORE, Fault.LOST_AFTER, Fault.NOTHING_COUNTED, Fault.ONE_LESS])
def test_without_a_key_and_a_list_a_doubt_waits_for_a_person(worker: Worker, erp: FakeErp, fault: Fault) -> None:
    worker.rules = BLIND
    erp.approve("김밥천국")
    erp.approve("다른 집")
    erp.faults = [fault]
    worker.run_cycle()
    stored = erp.books()

    again(worker, cycles=10)

    assert erp.books() == stored
    assert set(worker.states().values()) == {"in_doubt"}


def test_a_doubt_that_was_sent_without_keys_is_not_proved_by_looking_for_keys(worker: Worker, erp: FakeErp) -> None:
    worker.rules = BLIND
    erp.approve("김밥천국")
    erp.faults = [Fault.LOST_AFTER]
    worker.run_cycle()

    worker.rules = RULES  # somebody switches REMARK_KEY and the list on
    again(worker, cycles=4)

    assert erp.books() == [("김밥천국", 10_000)]
    assert worker.states() == {"김밥천국 승인": "in_doubt"}


def test_a_doubt_is_never_looked_up_in_other_books(worker: Worker, erp: FakeErp, clock: FakeClock) -> None:
    erp.approve("김밥천국")
    erp.faults = [Fault.LOST_AFTER]
    worker.run_cycle()
    right, worker.books = worker.books, replace(worker.books, company="somebody else's")
    worker.erp = FakeErp(clock)

    again(worker, cycles=3)
    assert len(worker.ledger.doubts()) == 1
    worker.books, worker.erp = right, erp
    again(worker, cycles=3)

    assert erp.books() == [("김밥천국", 10_000)]


def test_an_older_ledger_is_not_proved_by_other_books(
    worker: Worker, folder: Path, erp: FakeErp, clock: FakeClock
) -> None:
    erp.approve("김밥천국")
    worker.ledger.back_up(folder / "backup.db")
    worker.run_cycle()
    worker.close()
    restore(folder / "backup.db", folder)
    stranger = Worker(folder, FakeErp(clock), clock, books=replace(worker.books, company="somebody else's"))
    again(stranger, cycles=4)

    restored = successor(stranger, folder)
    restored.erp = erp
    again(restored, cycles=4)

    assert erp.books() == [("김밥천국", 10_000)]


def test_what_a_restored_ledger_does_not_know_is_found_in_the_erp_before_anything_is_posted(
    worker: Worker, folder: Path, erp: FakeErp
) -> None:
    erp.approve("김밥천국", minutes_ago=20)
    worker.ledger.back_up(folder / "backup.db")
    worker.run_cycle()
    erp.approve("다른 집")
    worker.close()
    restore(folder / "backup.db", folder)

    restored = successor(worker, folder)
    again(restored, cycles=5)

    assert erp.books() == [("김밥천국", 10_000), ("다른 집", 10_000)]
    assert set(restored.states().values()) == {"posted"}


def test_a_clock_that_is_set_back_between_two_look_ups_delays_the_proof_by_one(
    worker: Worker, folder: Path, erp: FakeErp, clock: FakeClock
) -> None:
    worker.ledger.back_up(folder / "backup.db")
    erp.approve("김밥천국", minutes_ago=60 * 24 * 2)
    worker.run_cycle()
    worker.close()
    restore(folder / "backup.db", folder)
    restored = successor(worker, folder)
    again(restored)

    clock.advance(days=-1)
    again(restored, cycles=3, minutes=5)

    assert restored.ledger.older() == ""
    assert erp.books() == [("김밥천국", 10_000)]


def test_a_restored_ledger_that_can_ask_nobody_waits_for_a_person(worker: Worker, folder: Path, erp: FakeErp) -> None:
    worker.rules = BLIND
    erp.approve("김밥천국")
    worker.ledger.back_up(folder / "backup.db")
    worker.run_cycle()
    worker.close()
    restore(folder / "backup.db", folder)

    restored = successor(worker, folder)
    again(restored, cycles=4)
    with pytest.raises(NotAdopted, match="older than its surroundings"):
        restored.run_cycle()

    assert erp.books() == [("김밥천국", 10_000)]


@pytest.mark.parametrize("is_adopted", [True, False])
def test_a_restored_ledger_is_not_proved_by_keys_while_deposits_were_posted_without(
    worker: Worker, folder: Path, erp: FakeErp, *, is_adopted: bool
) -> None:
    erp.approve("김밥천국")
    worker.ledger.back_up(folder / "backup.db")
    worker.rules = BLIND
    worker.run_cycle()
    worker.rules = RULES
    erp.approve("새빛")
    again(worker)
    worker.close()
    restore(folder / "backup.db", folder)
    restored = successor(worker, folder)

    again(restored, cycles=4)
    with pytest.raises(NotAdopted, match="REMARK_KEY = off"):
        restored.run_cycle()
    assert erp.books() == [("김밥천국", 10_000), ("새빛", 10_000)]

    if is_adopted:
        restored.adopt(restored.key("김밥천국"), restored.key("새빛"))
        restored = successor(restored, folder)
        erp.approve("다온")
        again(restored)
        assert erp.books() == [("김밥천국", 10_000), ("다온", 10_000), ("새빛", 10_000)]
    restored.close()


# --- answers -------------------------------------------------------------------------------------------------------


def test_what_the_erp_says_it_refused_but_lists_is_posted(worker: Worker, erp: FakeErp) -> None:
    erp.approve("가게 1")
    erp.approve("가게 2")
    erp.refused_payers = {"가게 1"}
    erp.stores_what_it_refuses = True

    figures = worker.run_cycle()
    again(worker, cycles=2)

    assert (figures.posted, figures.rejected) == (2, 0)
    assert erp.books() == [("가게 1", 10_000), ("가게 2", 10_000)]


def test_a_partial_result_with_reasons_is_settled_row_by_row(worker: Worker, erp: FakeErp) -> None:
    for number in range(5):
        erp.approve(f"가게 {number}")
    erp.refused_payers = {"가게 1", "가게 3"}

    figures = worker.run_cycle()
    again(worker, cycles=2)

    assert [payer for payer, _ in erp.books()] == ["가게 0", "가게 2", "가게 4"]
    assert (figures.posted, figures.rejected, figures.in_doubt) == (3, 2, 0)
    (why,) = {entry.why for entry in worker.ledger.in_state(State.REJECTED)}
    assert why == "the ERP refused it: 미등록코드[거래처]"


def test_a_partial_result_without_reasons_is_all_in_doubt_until_the_list_tells(worker: Worker, erp: FakeErp) -> None:
    for number in range(5):
        erp.approve(f"가게 {number}")
    erp.refused_payers, erp.gives_reasons = {"가게 1", "가게 3"}, False
    worker.run_cycle()
    assert set(worker.states().values()) == {"in_doubt"}

    erp.refused_payers = set()
    again(worker, cycles=4, minutes=5)

    assert [payer for payer, _ in erp.books()] == [f"가게 {number}" for number in range(5)]


@pytest.mark.parametrize("fault", [Fault.NOTHING_COUNTED, Fault.ONE_LESS, Fault.ONE_REFUSED])
def test_counts_that_do_not_add_up_are_not_believed(worker: Worker, erp: FakeErp, fault: Fault) -> None:
    erp.approve("김밥천국")
    erp.approve("다른 집")
    erp.faults = [fault]

    figures = worker.run_cycle()
    assert (figures.posted, figures.in_doubt) == (0, 2)

    again(worker, cycles=3, minutes=5)
    assert erp.books() == [("김밥천국", 10_000), ("다른 집", 10_000)]


@pytest.mark.parametrize("fault", [Fault.LIE, Fault.LIE_PARTLY])
def test_what_the_erp_confirms_and_does_not_hold_is_found_out_and_posted(
    worker: Worker, erp: FakeErp, fault: Fault
) -> None:
    erp.approve("김밥천국", minutes_ago=20)
    erp.approve("다른 집")
    erp.faults = [fault]

    worker.run_cycle()
    assert "in_doubt" in worker.states().values()

    again(worker, cycles=4, minutes=5)
    assert erp.books() == [("김밥천국", 10_000), ("다른 집", 10_000)]


def test_what_the_erp_stores_twice_is_reported(worker: Worker, erp: FakeErp, caplog: pytest.LogCaptureFixture) -> None:
    erp.approve("김밥천국")
    erp.faults = [Fault.TWICE]

    worker.run_cycle()
    again(worker, cycles=2)

    assert incidents(worker) == ["stored twice"]
    assert "stands in the ERP 2 times" in caplog.text
    assert len([slip for slip in erp.slips if not slip.is_copy]) == 1


@pytest.mark.parametrize("fault", [Fault.NONE, Fault.LIE, Fault.LIE_PARTLY])
def test_what_the_erp_confirms_and_cannot_be_checked_is_in_doubt_until_it_can(
    worker: Worker, erp: FakeErp, fault: Fault
) -> None:
    erp.approve("김밥천국", minutes_ago=20)
    erp.approve("다른 집")
    erp.faults = [fault]
    erp.fails["look_up"] = ErpUnavailable("the deposit list does not open")

    with pytest.raises(ErpUnavailable):
        worker.run_cycle()
    assert set(worker.states().values()) == {"in_doubt"}

    again(worker, cycles=4, minutes=5)
    assert set(worker.states().values()) == {"posted"}
    assert erp.books() == [("김밥천국", 10_000), ("다른 집", 10_000)]


def deposits(count: int) -> list[Deposit]:
    return [
        Deposit(key=f"K{number}", date="", account="", account_code="", payer="", amount=1, remark="")
        for number in range(count)
    ]


@pytest.mark.parametrize(
    ("answer", "states"),
    [
        (Answer(success=3, failure=0), ["posted"] * 3),
        (Answer(success=2, failure=1, reasons={1: "no"}), ["posted", "rejected", "posted"]),
        (Answer(success=0, failure=3, reasons={0: "no", 1: "no", 2: "no"}), ["rejected"] * 3),
        (Answer(success=0, failure=0), ["in_doubt"] * 3),
        (Answer(success=3, failure=1, reasons={1: "no"}), ["in_doubt"] * 3),
        (Answer(success=4, failure=0), ["in_doubt"] * 3),
        (Answer(success=2, failure=0), ["in_doubt"] * 3),
        (Answer(success=2, failure=1), ["in_doubt"] * 3),
        (Answer(success=2, failure=1, reasons={0: "no", 1: "no"}), ["in_doubt"] * 3),
        (Answer(success=2, failure=1, reasons={3: "no"}), ["in_doubt"] * 3),
        (Answer(success=2, failure=1, reasons={-1: "no"}), ["in_doubt"] * 3),
        (Answer(success=4, failure=-1), ["in_doubt"] * 3),
    ],
)
def test_only_an_answer_that_accounts_for_every_row_is_believed(answer: Answer, states: list[str]) -> None:
    outcomes = outcomes_of(deposits(3), answer)

    assert [str(state) for state, _ in outcomes.values()] == states


# --- interrupted ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", ["sign_in", "read_open", "read_reflected", "upload", "look_up"])
@pytest.mark.parametrize("error", [SessionExpired, ErpUnavailable, ErpChanged])
def test_a_failure_at_any_step_of_the_erp_loses_and_doubles_nothing(
    worker: Worker, erp: FakeErp, step: str, error: type[Exception]
) -> None:
    erp.approve("김밥천국")
    erp.cancel(erp.approve("다른 집"))
    erp.fails[step] = error(f"{step} failed")

    with pytest.raises(error):
        worker.run_cycle()
    again(worker, cycles=3, minutes=5)

    assert erp.books() == [("김밥천국", 10_000), ("다른 집", -10_000), ("다른 집", 10_000)]


@pytest.mark.parametrize("step", ["reading", "deciding", "a batch of"])
def test_a_request_to_stop_is_heard_between_two_steps(worker: Worker, erp: FakeErp, step: str) -> None:
    erp.approve("김밥천국")
    worker.stop_before = step

    with pytest.raises(StopRequested):
        worker.run_cycle()
    assert erp.books() == []

    worker.stop_before = ""
    again(worker)
    assert erp.books() == [("김밥천국", 10_000)]


def test_a_request_to_stop_between_two_batches_settles_the_one_that_is_out(worker: Worker, erp: FakeErp) -> None:
    worker.rules = with_rules(RULES, batch_rows=1)
    erp.approve("김밥천국", minutes_ago=20)
    erp.approve("다른 집")
    erp.meanwhile["upload"] = lambda: setattr(worker, "stop_before", "a batch of")

    with pytest.raises(StopRequested):
        worker.run_cycle()

    assert erp.books() == [("김밥천국", 10_000)]
    assert worker.states() == {"김밥천국 승인": "posted", "다른 집 승인": "seen"}


def test_a_failure_without_a_name_after_the_save_never_gives_the_rows_back(
    worker: Worker, folder: Path, erp: FakeErp
) -> None:
    erp.approve("김밥천국")
    erp.faults = [Fault.NAMELESS]

    with pytest.raises(IllegalMove):
        worker.run_cycle()
    next_one = successor(worker, folder)
    again(next_one, cycles=3, minutes=5)

    assert erp.books() == [("김밥천국", 10_000)]
    assert next_one.states() == {"김밥천국 승인": "posted"}


def test_a_disk_that_takes_no_evidence_keeps_the_save_back(
    worker: Worker, erp: FakeErp, monkeypatch: pytest.MonkeyPatch
) -> None:
    class FullDisk:
        def text(self, name: str, content: str) -> None:
            raise OSError(28, "No space left on device", f"{name} ({len(content)})")

    erp.approve("김밥천국")
    monkeypatch.setattr(worker, "papers", FullDisk())

    with pytest.raises(OSError, match="No space left"):
        worker.run_cycle()

    assert erp.books() == []
    assert worker.states() == {"김밥천국 승인": "seen"}


def test_a_worker_whose_ledger_was_taken_over_sends_nothing(worker: Worker, folder: Path, erp: FakeErp) -> None:
    erp.approve("김밥천국")
    rivals = []

    def take_over() -> None:
        rivals.append(Worker(folder, erp, worker.clock))
        rivals[0].run_cycle()

    erp.meanwhile["upload"] = take_over

    with pytest.raises(LedgerError, match="has taken over"):
        worker.run_cycle()

    assert erp.books() == [("김밥천국", 10_000)]
    rivals[0].close()


@pytest.mark.parametrize("what", ["deleted", "replaced"])
def test_a_worker_whose_ledger_is_gone_sends_nothing(worker: Worker, folder: Path, erp: FakeErp, what: str) -> None:
    erp.approve("김밥천국")

    def take_away() -> None:
        (folder / "ledger.db").unlink()
        if what == "replaced":
            (folder / "ledger.db").touch()

    erp.meanwhile["upload"] = take_away

    with pytest.raises(SaveBlocked):
        worker.run_cycle()

    assert erp.books() == []


# --- killed at every step ------------------------------------------------------------------------------------------


class Counter:
    """Counts the steps of the protocol, and kills the worker at one of them; a killed worker does nothing more."""

    def __init__(self, kill_at: int = 0) -> None:
        self.kill_at = kill_at
        self.steps: list[str] = []

    def __call__(self, step: str) -> None:
        self.steps.append(step)
        if self.kill_at and len(self.steps) >= self.kill_at:
            raise Killed(step)


def a_day(erp: FakeErp) -> None:
    """List what a cycle may meet: approvals for two batches, a pair, a twin, a row without a number."""
    first = erp.approve("김밥천국", minutes_ago=50)
    erp.rows.append(replace(first, approval_no="00009999"))
    erp.cancel(erp.approve("다른 집", minutes_ago=40))
    erp.approve("번호 없는 집", number="", minutes_ago=30)


def test_killed_at_any_step_each_payment_is_posted_once() -> None:
    expected = [("김밥천국", 10_000), ("김밥천국", 10_000), ("다른 집", -10_000), ("다른 집", 10_000)]
    last, step = "", 0

    while last != "after end_cycle":
        step += 1
        with quick_folder() as folder:
            clock = FakeClock()
            erp = FakeErp(clock)
            a_day(erp)
            counter = Counter()
            victim = Worker(folder, erp, clock, rules=with_rules(RULES, batch_rows=2), tap=counter)
            victim.adopt()
            counter.kill_at = len(counter.steps) + step
            with pytest.raises(Killed) as killed:
                victim.run_cycle()
            last = str(killed.value)

            heir = successor(victim, folder)
            again(heir, cycles=4, minutes=5)

            assert erp.books() == expected, f"killed at step {step}, {last}"
            assert heir.ledger.counts() == {"held": 1}, f"killed at step {step}, {last}"
            heir.close()

    assert step > 40


# --- may it post at all? -------------------------------------------------------------------------------------------


def test_test_mode_does_everything_but_the_save(folder: Path, clock: FakeClock) -> None:
    erp = FakeErp(clock, posts=False)
    worker = Worker(folder, erp, clock, rules=with_rules(RULES, mode="test"))
    worker.adopt()
    erp.approve("김밥천국", 12_000)

    figures = worker.run_cycle()
    again(worker, cycles=2)

    assert (erp.books(), figures.not_sent, figures.waiting) == ([], 1, 1)
    assert worker.states() == {"김밥천국 승인": "seen"}
    assert "12000" in worker.papers.texts["batch-1-payload.txt"]


def test_what_test_mode_did_not_send_is_posted_in_production(folder: Path, clock: FakeClock) -> None:
    erp = FakeErp(clock, posts=False)
    worker = Worker(folder, erp, clock, rules=with_rules(RULES, mode="test"))
    worker.adopt()
    erp.approve("김밥천국")
    again(worker)

    erp.posts, worker.rules = True, RULES
    again(worker, cycles=2)

    assert erp.books() == [("김밥천국", 10_000)]


def test_a_ledger_that_nobody_adopted_reads_and_posts_nothing(folder: Path, erp: FakeErp, clock: FakeClock) -> None:
    worker = Worker(folder, erp, clock)
    erp.approve("김밥천국")

    with pytest.raises(NotAdopted, match="daybreak adopt"):
        worker.run_cycle()

    assert erp.uploads == 0
    assert worker.states() == {"김밥천국 승인": "seen"}


def test_what_the_old_script_posted_is_never_posted_again(folder: Path, erp: FakeErp, clock: FakeClock) -> None:
    worker = Worker(folder, erp, clock)
    erp.approve("옛것", minutes_ago=60)
    again(worker)

    worker.adopt(worker.key("옛것"))
    erp.approve("새것")
    again(worker, cycles=2)

    assert erp.books() == [("새것", 10_000)]


def test_an_adoption_up_to_a_time_covers_what_is_listed_later(folder: Path, erp: FakeErp, clock: FakeClock) -> None:
    worker = Worker(folder, erp, clock)
    worker.ledger.adopt(worker.books, by="operator", at=clock(), note="", until=clock() - timedelta(minutes=30))
    erp.approve("옛것", minutes_ago=31)
    erp.approve("새것", minutes_ago=29)

    worker.run_cycle()

    assert erp.books() == [("새것", 10_000)]


# --- proof ---------------------------------------------------------------------------------------------------------


def test_each_cycle_proves_what_became_of_every_row(worker: Worker, erp: FakeErp) -> None:
    a_day(erp)
    erp.approve("이상한 집").status = "?"
    erp.refused_payers = {"김밥천국"}

    worker.run_cycle()

    proof = worker.ledger.proof()
    assert proof == {"posted": (2, 0), "rejected": (2, 20_000), "seen": (1, 10_000)}
    assert incidents(worker) == []


def test_a_payment_that_vanishes_from_the_ledger_in_mid_cycle_is_an_alarm(worker: Worker, erp: FakeErp) -> None:
    erp.approve("김밥천국")
    other = erp.approve("다른 집")
    worker.run_cycle()
    worker.clock.advance(minutes=30)
    other.status = "취소"

    def lose_one() -> None:
        worker.ledger._db.execute("PRAGMA foreign_keys = OFF")
        worker.ledger._db.execute("DELETE FROM payment WHERE payer = '김밥천국'")

    erp.meanwhile["look_up"] = lose_one

    with pytest.raises(LedgerError, match="the page showed 2 payments, 0 won; the ledger has 1"):
        worker.run_cycle()

    assert incidents(worker) == ["proof"]


def test_a_gap_in_which_rows_may_have_left_unseen_is_told(worker: Worker, erp: FakeErp) -> None:
    erp.approve("김밥천국")
    worker.run_cycle()

    again(worker, minutes=(6 * 24 - 1) * 60)
    assert incidents(worker) == []

    again(worker, minutes=(6 * 24 + 1) * 60)
    assert incidents(worker) == ["gap in the list"]


def test_a_list_of_many_that_is_suddenly_empty_is_told(worker: Worker, erp: FakeErp) -> None:
    for number in range(20):
        erp.approve(f"가게 {number}")
    worker.run_cycle()

    for row in erp.rows:
        row.is_reflected = True
    again(worker)

    assert incidents(worker) == ["empty list"]


# --- a first row alone


@pytest.mark.parametrize(("most", "posted"), [(1, 1), (3, 3), (4, 4), (9, 5)])
def test_a_cycle_of_so_many_rows_posts_no_more_and_the_rest_waits(
    most: int, posted: int, folder: Path, erp: FakeErp, clock: FakeClock
) -> None:
    worker = Worker(folder, erp, clock, rules=with_rules(RULES, batch_rows=2))
    worker.most = most
    worker.adopt()
    for number in range(5):
        erp.approve(f"가게 {number}", minutes_ago=60 - number)

    figures = worker.run_cycle()

    assert [payer for payer, _ in erp.books()] == [f"가게 {number}" for number in range(posted)]
    assert figures.waiting == 5 - posted
    worker.close()


def test_a_cycle_for_one_payment_posts_that_one_or_nothing(worker: Worker, erp: FakeErp) -> None:
    erp.approve("김밥천국", 10_000)
    erp.approve("해오름상회", 20_000)
    worker.only = "A" * 10
    worker.run_cycle()
    assert erp.books() == []

    worker.only = worker.key("해오름상회")
    worker.run_cycle()
    worker.run_cycle()
    assert erp.books() == [("해오름상회", 20_000)]

    worker.only = ""
    worker.run_cycle()
    assert erp.books() == [("김밥천국", 10_000), ("해오름상회", 20_000)]
