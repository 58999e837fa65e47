"""What a payment is known by: its number, second and won; its payer is an attribute that may change."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.fakes import BLIND, THURSDAY, FakeClock, FakeErp, Fault, Listed, Worker
from tests.unit.posting.desk import ANCHOR, again, copy, deposits, entries, entry_of, held, key_of, many, say, whys
from worker.ledger.state import State
from worker.ledger.verdicts import RowVerdict
from worker.payments import why
from worker.payments.payment import first_key_of, parse_rows


def test_a_posted_row_whose_payer_is_renamed_is_written_down_and_neither_posted_nor_held(
    worker: Worker, erp: FakeErp
) -> None:
    row = erp.approve("김밥천국")
    worker.run_cycle()

    row.payer = "김밥천국 2호점"
    again(worker, cycles=3)

    assert deposits(erp) == [("김밥천국", 10_000)]
    assert held(worker) == []
    assert [one["payer"] for one in worker.ledger.forms(THURSDAY, worker.clock())] == ["김밥천국"]


@pytest.mark.parametrize("days", [6.1, 6.5, 6.9, 6.99])
def test_a_rename_up_to_the_edge_of_the_list_is_that_payment(worker: Worker, erp: FakeErp, days: float) -> None:
    row = erp.approve("김밥천국")
    worker.run_cycle()
    worker.clock.advance(days=days)

    row.payer = "김밥천국 2호점"
    again(worker, cycles=2, minutes=2)

    assert deposits(erp) == [("김밥천국", 10_000)]


def test_thirty_rows_renamed_with_their_numbers_zeros_dropped_are_the_payments_they_were(
    worker: Worker, erp: FakeErp
) -> None:
    rows = many(erp, 30)
    for number, row in enumerate(rows):
        row.approval_no = f"0071{number:04}"
    worker.run_cycle()

    for row in rows:
        row.payer, row.approval_no = f"{row.payer} 2호점", row.approval_no.lstrip("0")
    again(worker, cycles=2)

    assert len(deposits(erp)) == 30
    assert held(worker) == []


@pytest.mark.parametrize("shown", ["０００２０００１", " 00020001", "0002\u200b0001", "20001"])
def test_a_number_written_in_another_way_is_that_number(worker: Worker, erp: FakeErp, shown: str) -> None:
    row = erp.approve("김밥천국", number="00020001")
    worker.run_cycle()

    row.approval_no = shown
    again(worker, cycles=2)

    assert deposits(erp) == [("김밥천국", 10_000)]
    assert held(worker) == []


def test_a_row_in_doubt_that_is_renamed_stays_the_one_in_doubt(worker: Worker, erp: FakeErp) -> None:
    worker.run_cycle()
    worker.rules = BLIND
    row = erp.approve("김밥천국")
    erp.faults = [Fault.LOST_AFTER]
    again(worker)

    row.payer, row.approval_no = "김밥천국 2호점", row.approval_no.lstrip("0")
    again(worker, cycles=3)

    assert deposits(erp) == [("김밥천국", 10_000)]
    assert [one.state for one in entries(worker)] == [State.IN_DOUBT]


def test_a_row_adopted_by_a_list_and_renamed_stays_posted_before(folder: Path, erp: FakeErp, clock: FakeClock) -> None:
    row = erp.approve("김밥천국")
    worker = Worker(folder, erp, clock)
    again(worker)
    worker.adopt(worker.key("김밥천국"))

    row.payer = "김밥천국 2호점"
    again(worker, cycles=3)

    assert erp.books() == []
    assert held(worker) == []


@pytest.mark.parametrize("payer", ["김밥천국", "다른 손님"])
def test_of_two_rows_of_one_reading_with_one_second_won_and_number_the_second_is_held(
    worker: Worker, erp: FakeErp, payer: str
) -> None:
    row = erp.approve("김밥천국")
    copy(erp, row, payer=payer)

    worker.run_cycle()
    again(worker, cycles=3)

    assert len(deposits(erp)) == 1
    assert whys(worker) == [why.TWIN.id]


@pytest.mark.parametrize("known", [True, False])
def test_a_row_that_is_read_before_and_after_its_payer_was_renamed_is_one_payment_and_asked_about_by_nobody(
    worker: Worker, erp: FakeErp, known: bool
) -> None:
    """Pages are turned while somebody renames a row that moves on to the next page."""
    row = erp.approve("김밥천국")
    if known:
        worker.run_cycle()
    again_read = copy(erp, row, payer="김밥천국 2호점")
    again(worker)
    assert held(worker) == []

    erp.rows.remove(row)
    again(worker, cycles=3)

    assert len(deposits(erp)) == 1
    assert held(worker) == []
    assert again_read in erp.rows


def test_a_held_twin_that_a_person_releases_is_posted_once_though_both_leave_and_return(
    worker: Worker, erp: FakeErp
) -> None:
    row = erp.approve("김밥천국")
    twin = copy(erp, row)
    worker.run_cycle()
    say(worker, held(worker)[0].payment.key, RowVerdict.NOT_POSTED)
    again(worker)

    for gone in ([row], [twin], [row, twin]):
        for one in (row, twin):
            one.has_left = one in gone
        again(worker)
    row.has_left = twin.has_left = False
    again(worker, cycles=2)

    assert deposits(erp) == [("김밥천국", 10_000)] * 2
    assert held(worker) == []


@pytest.mark.parametrize("between", [0, 1])
def test_a_twin_that_comes_after_the_first_was_reflected_is_a_payment_of_its_own(
    worker: Worker, erp: FakeErp, between: int
) -> None:
    row = erp.approve("김밥천국")
    worker.run_cycle()
    row.is_reflected = True
    again(worker, cycles=between)

    copy(erp, row, is_reflected=False)
    again(worker, cycles=4, minutes=9 * 60)  # 회계반영 is read at least once a day

    assert whys(worker) == [why.TWIN.id]
    say(worker, held(worker)[0].payment.key, RowVerdict.NOT_POSTED)
    again(worker, cycles=2)
    assert deposits(erp) == [("김밥천국", 10_000)] * 2


def test_two_equal_rows_without_a_number_are_two_payments_and_each_is_posted_when_its_number_comes(
    worker: Worker, erp: FakeErp
) -> None:
    first = erp.approve("김밥천국", number="")
    second = copy(erp, first)
    worker.run_cycle()

    first.approval_no = "31000001"
    again(worker)
    second.approval_no = "31000002"
    again(worker, cycles=2)

    assert deposits(erp) == [("김밥천국", 10_000)] * 2
    assert held(worker) == []


def test_without_a_number_another_payer_is_another_payment(worker: Worker, erp: FakeErp) -> None:
    first = erp.approve("김밥천국", number="")
    copy(erp, first, payer="다른 손님")

    worker.run_cycle()
    again(worker)

    assert whys(worker) == [why.NO_NUMBER.id] * 2


@pytest.mark.parametrize("shown", ["-", "0", "00000000", "없음", "\u200b", "1.23457E+7", "N/A"])
def test_two_payments_with_one_stand_in_for_a_number_are_never_one(worker: Worker, erp: FakeErp, shown: str) -> None:
    first = erp.approve("김밥천국", number=shown)
    second = copy(erp, first, payer="다른 손님", at=first.at + timedelta(seconds=1))
    worker.run_cycle()

    first.approval_no, second.approval_no = "31000001", "31000002"
    again(worker, cycles=2)

    assert deposits(erp) == [("김밥천국", 10_000), ("다른 손님", 10_000)]
    assert held(worker) == []


@pytest.mark.parametrize("is_forced", [False, True])
def test_of_two_equal_payments_without_a_number_one_reflected_by_hand_excludes_neither(
    worker: Worker, erp: FakeErp, *, is_forced: bool
) -> None:
    first = erp.approve("일반고객", number="")
    second = copy(erp, first)
    first.is_reflected, first.is_forced = True, is_forced
    worker.run_cycle()

    second.approval_no = "31000002"
    again(worker, cycles=3)

    assert deposits(erp) == [("일반고객", 10_000)]


def test_a_cancellation_under_the_reflected_rows_is_not_its_approval(worker: Worker, erp: FakeErp) -> None:
    row = erp.approve("김밥천국")
    copy(erp, row, status="취소", is_reflected=True)

    worker.run_cycle()
    again(worker)

    assert ("김밥천국", 10_000) in deposits(erp)


@pytest.mark.parametrize("is_renamed", [False, True])
@pytest.mark.parametrize("requester", ["", "kim"])
def test_a_payment_with_a_key_of_the_first_version_is_known_by_its_identity(
    worker: Worker, erp: FakeErp, requester: str, *, is_renamed: bool
) -> None:
    row = erp.approve("김밥천국", number="00710001")
    of_first_version(worker, row, State.POSTED, requester=requester)

    if is_renamed:
        row.payer, row.approval_no = "김밥천국 2호점", "710001"
    worker.run_cycle()
    again(worker, cycles=2)

    assert deposits(erp) == []
    assert held(worker) == []
    assert [one.state for one in entries(worker)] == [State.POSTED]


def test_an_unsent_payment_with_a_key_of_the_first_version_is_posted_under_that_key(
    worker: Worker, erp: FakeErp
) -> None:
    row = erp.approve("김밥천국", number="00710001")
    key = of_first_version(worker, row, State.SEEN)

    worker.run_cycle()
    again(worker, cycles=2)

    assert [one.remark for one in erp.slips if one.payer != ANCHOR] == [f"카드결제 김밥천국 #{key}"]


def test_a_payment_of_the_first_version_that_is_edited_after_the_upgrade_is_held(worker: Worker, erp: FakeErp) -> None:
    row = erp.approve("김밥천국", number="00710001")
    of_first_version(worker, row, State.POSTED)
    worker.run_cycle()

    row.amount = 12_000
    again(worker, cycles=2)

    assert deposits(erp) == []
    assert whys(worker) == [why.edited("", why.HOW["c"]).id]


def test_the_key_that_a_payment_has_does_not_change_with_its_form(worker: Worker, erp: FakeErp) -> None:
    row = erp.approve("김밥천국")
    worker.run_cycle()
    key = key_of(worker, row)

    row.payer = "김밥천국 2호점"
    again(worker)

    assert entry_of(worker, row).payment.key == key


def of_first_version(worker: Worker, row: Listed, state: State, *, requester: str = "") -> str:
    """Write a payment down as an earlier daybreak did; return its key."""
    (payment,) = parse_rows([row.row()]).payments
    key = first_key_of(payment, requester=requester)
    with worker.ledger._write() as db:
        db.execute(
            "INSERT INTO payment (key, version, time, payer, amount, kind, approval_no, number, ordinal, requester, "
            "acquirer, raw_time, state, first_cycle, last_cycle, seen_at) "
            "VALUES (?, 1, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?, ?, 1, 1, ?)",
            (
                key, payment.time.isoformat(), payment.payer, payment.amount, payment.kind, payment.approval_no,
                payment.number, requester, payment.acquirer, payment.raw_time, state, worker.clock().isoformat(),
            ),
        )  # fmt: skip
    return key
