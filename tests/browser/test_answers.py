"""What the ERP answers to a save: counted in whatever form it comes, believed only when it adds up, else doubted."""

from functools import partial

import pytest

from tests.browser.conftest import OpenOffice
from tests.erp import DemoErp
from tests.office import Office
from worker.ledger.state import State
from worker.schedule.loop import Outcome

#: What a save may suffer without a clear answer: by what the ERP did nevertheless.
STORED = ("no_dialog", "error_500_after", "cut_after", "session_lost_after")
NOT_STORED = [("dialog_only", "cut_before"), pytest.param("zero", "session_lost", marks=pytest.mark.deep)]


def test_the_result_is_read_in_any_spelling_and_behind_any_notice(open_office: OpenOffice, erp: DemoErp) -> None:
    office = open_office(BATCH_ROWS=1)
    variants: list[dict[str, object]] = [
        {"result_text": "성공: {ok}건 실패: {bad}건"},
        {"result_text": "성공 ： 0,00{ok} 건, 실패 ： {bad} 건"},
        {"save_fault": "native_alert"},
        {"save_fault": "notice_first"},
        {"result_delay_s": 1.0},
    ]
    for number, variant in enumerate(variants, 1):
        erp.add(amount=1000 * number)
        office.when("a batch of", partial(erp.knobs, **variant))

    report = office.cycle()

    assert report.outcome is Outcome.RAN, report.why
    assert report.figures["posted"] == len(variants)
    assert office.won() == [1000, 2000, 3000, 4000, 5000]


def test_of_a_partial_result_the_stored_rows_are_never_sent_again(office: Office, erp: DemoErp) -> None:
    for number in range(1, 6):
        erp.add(amount=1000 * number, requested_at=f"{office.settings.now():%Y-%m-%d}T00:00:0{number}")
    erp.knobs(reject_rows="4,5")

    report = office.cycle()
    office.cycle()

    assert (report.figures["posted"], report.figures["rejected"]) == (3, 2)
    assert office.won() == [1000, 2000, 3000]
    assert len(erp.uploads()) == 1
    assert office.states() == {4000: State.REJECTED, 5000: State.REJECTED}
    [fourth] = [one for one in office.ledger.in_state(State.REJECTED) if one.payment.won == 4000]
    assert "미등록코드" in fourth.why


@pytest.mark.deep
def test_the_one_row_for_which_a_save_stores_nothing_is_found_and_the_others_are_posted(
    office: Office, erp: DemoErp
) -> None:
    for number in range(1, 7):
        at = f"{office.settings.now():%Y-%m-%d}T00:00:0{number}"
        erp.add(amount=1000 * number, payer="새빛" if number == 4 else "다온", acquirer="KB국민카드", requested_at=at)
    erp.knobs(reject_payers="새빛", all_or_nothing=True)

    report = office.cycle()
    office.cycle()

    assert report.outcome is Outcome.RAN, report.why
    assert (report.figures["posted"], report.figures["rejected"]) == (5, 1)
    assert office.won() == [1000, 2000, 3000, 5000, 6000]
    assert office.states() == {4000: State.REJECTED}
    assert [one["rows"] for one in erp.uploads()] == [6, 1, 5, 2, 3, 1, 2]


def test_with_a_wrong_account_in_the_settings_all_rows_wait_until_it_is_mended(
    open_office: OpenOffice, erp: DemoErp
) -> None:
    office = open_office(ACCOUNT_CARD="카드회사")
    for number in range(1, 7):
        erp.add(amount=1000 * number, acquirer="KB국민카드")

    reports = [office.cycle(), office.cycle()]

    assert [report.outcome for report in reports] == [Outcome.FAILED] * 2
    assert "미등록코드[카드회사]. 6 payments wait and none is sent" in reports[-1].why
    assert [one["rows"] for one in erp.uploads()] == [6, 1]
    assert set(office.states().values()) == {State.SEEN}
    # A time of the plan that comes between two cycles run by hand is a time that was missed.
    assert {one.cause for one in office.alarms()} == {"settings"}

    office.restart(ACCOUNT_CARD="카드사")
    report = office.cycle()

    assert report.outcome is Outcome.RAN, report.why
    assert sorted(office.won()) == [1000, 2000, 3000, 4000, 5000, 6000]
    assert office.alarms() == []


def test_what_was_stored_without_a_clear_answer_is_found_and_never_sent_again(
    open_office: OpenOffice, erp: DemoErp
) -> None:
    office = open_office(RESULT_S=1.5)
    for won, fault in enumerate(STORED, 1000):
        erp.add(amount=won)
        erp.knobs(save_fault=fault)

        report = office.cycle()

        assert report.figures["in_doubt"] == 1, fault
        assert office.states() == {won: State.IN_DOUBT}, "the earlier ones are settled by the deposit list"
    office.cycle()

    assert office.states() == {}
    assert office.won() == [1000, 1001, 1002, 1003]
    assert len(erp.uploads()) == len(STORED)


@pytest.mark.parametrize(("first", "second"), NOT_STORED)
def test_what_was_not_stored_is_sent_again_after_two_look_ups(
    office: Office, erp: DemoErp, first: str, second: str
) -> None:
    erp.add(amount=1000)
    erp.knobs(save_fault=first)
    office.cycle()
    erp.add(amount=2000)
    erp.knobs(save_fault=second)
    office.cycle()
    assert office.states() == {1000: State.IN_DOUBT, 2000: State.IN_DOUBT}
    assert len(erp.uploads()) == 2, "one look-up is no proof"

    office.cycle()
    assert office.states() == {2000: State.IN_DOUBT}
    office.cycle()

    assert office.states() == {}
    assert office.won() == [1000, 2000]
    assert len(erp.uploads()) == 4


def test_a_deposit_that_the_erp_stored_twice_is_told_to_a_person(office: Office, erp: DemoErp) -> None:
    erp.add(amount=1000)
    erp.knobs(save_fault="stored_twice")

    office.cycle()

    assert office.won() == [1000, 1000], "the ERP's own doing"
    assert len(erp.uploads()) == 1
    [incident] = office.incidents("stored twice")
    assert "stands in the ERP 2 times" in incident


@pytest.mark.parametrize(
    ("real", "fault"), [(True, "no_dialog"), pytest.param(False, "cut_before", marks=pytest.mark.deep)]
)
def test_without_keys_a_doubt_waits_for_a_person(
    open_office: OpenOffice, erp: DemoErp, fault: str, *, real: bool
) -> None:
    office = open_office(real=real, REMARK_KEY="off", RESULT_S=1.5)
    erp.add(amount=1000)
    erp.knobs(save_fault=fault)
    office.cycle()
    erp.add(amount=2000)
    office.restart(RESULT_S=30)

    office.cycle()
    office.cycle()

    assert office.states() == {1000: State.IN_DOUBT}
    assert office.won() == ([1000, 2000] if fault == "no_dialog" else [2000])
    assert len(erp.uploads()) == 2
    assert "#" not in erp.slips()[0]["memo"]


def test_a_ledger_that_was_deleted_beside_a_used_erp_posts_nothing(open_office: OpenOffice, erp: DemoErp) -> None:
    office = open_office(adopted=False)
    erp.add(amount=1000)
    office.cycle()
    assert office.won() == [1000], "the worker adopts an unused demo by itself"
    office.job.close()
    for file in (*office.folder.glob("ledger.db*"), office.folder / "generation"):
        file.unlink()
    office.restart()
    erp.add(amount=2000)

    report = office.cycle()

    assert report.outcome is Outcome.FAILED
    assert "adopt" in report.why
    assert office.won() == [1000]
