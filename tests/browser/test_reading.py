"""Reading the payment list: complete, each row once, each cell in its place; or nothing is posted."""

import pytest

from tests.browser.conftest import OpenOffice
from tests.erp import DemoErp
from tests.office import Office
from worker.ledger import State
from worker.loop import Outcome


def test_206_rows_on_three_pages_are_posted_once_each(open_office: OpenOffice, erp: DemoErp) -> None:
    erp.reset(payments=206)
    erp.knobs(header_repeated=True)
    office = open_office(BATCH_ROWS=200)

    report = office.cycle()

    assert report.outcome is Outcome.RAN, report.why
    assert report.figures["listed"] == 206
    [held] = office.states()
    assert held < 0, "the week holds one cancellation without its approval"
    assert sorted([*office.won(), held]) == office.due()
    assert office.states() == {held: State.HELD}


def test_a_full_page_without_a_pager_is_not_believed_to_be_all(open_office: OpenOffice, erp: DemoErp) -> None:
    erp.reset(payments=100)

    report = open_office().cycle()

    assert report.outcome is Outcome.FAILED
    assert "no pager" in report.why
    assert not erp.uploads()


def test_a_list_that_grew_to_a_full_page_is_whole_and_one_that_lost_a_row_is_not(
    open_office: OpenOffice, erp: DemoErp
) -> None:
    erp.reset(payments=99)
    office = open_office()
    office.cycle()
    erp.add(amount=1000)

    report = office.cycle()

    assert report.outcome is Outcome.RAN, report.why
    assert report.figures["listed"] == 100
    assert 1000 in office.won()

    gone = next(one for one in erp.payments() if one["reflected"] is False)
    erp.change(gone["id"], reflected=True)
    erp.add(amount=2000)
    report = office.cycle()

    assert report.outcome is Outcome.FAILED
    assert "no pager" in report.why
    assert 2000 not in office.won()


def test_a_lost_click_slow_pages_and_rows_alike_to_the_last_letter_lose_nothing(office: Office, erp: DemoErp) -> None:
    alike: dict[str, object] = {"requested_at": office.settings.now().isoformat(), "approval_no": "00000001"}
    alike |= {"payer": "새빛", "acquirer": "신한카드", "card": "990000**********", "requester": "WEB01"}
    # Newest first, so that page 1 ends between the two of 4000.
    for won in (1000, 2000, 3000, 4000, 4000, 6000, 7000):
        erp.add(amount=won, **alike)
    erp.knobs(page_size=3, pager_ignored=1, page2_delay_s=0.2, progress_mark=False)

    report = office.cycle()

    assert report.outcome is Outcome.RAN, report.why
    assert office.won() == [1000, 2000, 3000, 4000, 4000, 6000, 7000]


def test_a_payment_that_stands_on_two_pages_because_a_row_slipped_in_is_posted_once(
    office: Office, erp: DemoErp
) -> None:
    for won in range(1000, 1005):
        erp.add(amount=won)
    erp.knobs(page_size=3, row_inserted=1)

    report = office.cycle()

    assert report.outcome is Outcome.RAN, report.why
    assert report.figures["listed"] == len(erp.payments()) == 6
    assert office.won() == office.due()


def test_rows_that_come_long_after_their_header_are_waited_for(office: Office, erp: DemoErp) -> None:
    erp.add(amount=1000)
    office.when("reading the payments", lambda: erp.knobs(rows_late_s=1.5))
    office.when("deciding", lambda: erp.knobs(rows_late_s=0))

    report = office.cycle()

    assert report.outcome is Outcome.RAN, report.why
    assert office.won() == [1000]


def test_an_empty_list_is_believed_only_when_the_erp_says_so(office: Office, erp: DemoErp) -> None:
    report = office.cycle()
    assert report.outcome is Outcome.RAN, report.why
    assert report.figures["listed"] == 0
    office.restart(LIST_S=2)

    for fault in ({"rows_never": True, "progress_mark": False}, {"never_loads": True}):
        erp.knobs(**fault)
        report = office.cycle()

        assert report.outcome is Outcome.FAILED
        assert "결제내역조회" in report.why


def test_without_the_status_column_nothing_is_posted(office: Office, erp: DemoErp) -> None:
    erp.add(amount=1000)

    for other in ("nm", "none"):
        erp.knobs(status_column=other)
        report = office.cycle()
        assert report.outcome is Outcome.FAILED
        assert "결제상태 (SETL_STATUS_TYPE) is missing" in report.why

    assert not erp.uploads()


def test_amounts_and_statuses_are_understood_in_any_dress_and_posted_once(office: Office, erp: DemoErp) -> None:
    paid = erp.add(amount=1234500)
    erp.cancel(paid["id"])
    erp.knobs(amount_text="nbsp", status_text="wide_space", status_column="both")
    office.cycle()
    erp.knobs(amount_text="full_width", status_text="full_width")

    report = office.cycle()

    assert report.outcome is Outcome.RAN, report.why
    assert office.won() == [-1234500, 1234500]


def test_only_approved_rows_are_posted_and_an_absent_cell_shifts_no_other(office: Office, erp: DemoErp) -> None:
    for status in ("승인실패", "요청중", "승인", "취소실패"):
        erp.add(amount=1000, payer="새빛", status=status)
    erp.add(amount=0)
    erp.add(amount=-500)
    erp.add(amount=2000, payer="다온")
    erp.knobs(empty_cells="absent", approval_absent_row=1)

    report = office.cycle()

    assert report.outcome is Outcome.RAN, report.why
    assert office.slips() == [("새빛", 1000)]
    assert len(office.ledger.open_oddities()) == 2
    erp.knobs(approval_absent_row=0)
    office.cycle()
    assert office.slips() == [("새빛", 1000), ("다온", 2000)]


def test_rows_of_another_tab_are_never_posted(office: Office, erp: DemoErp) -> None:
    for won in range(1000, 1005):
        erp.add(amount=won, reflected=True)
    erp.add(amount=2000)
    office.cycle()
    office.restart(LIST_S=3)
    erp.add(amount=3000)
    erp.knobs(default_tab="last")

    for fault, said in (("ignored", "did not become the active one"), ("wrong_rows", "stand under both tabs")):
        erp.knobs(tab_return=fault)
        report = office.cycle()

        assert report.outcome is Outcome.FAILED
        assert said in report.why

    assert office.won() == [2000]


@pytest.mark.parametrize(
    "knobs",
    [
        {"content_in_frame": True},
        {"shell_in_frame": True, "content_in_frame": True},
        {"zone_number": 56, "menu_missing": True, "page_size": 2},
        {"redirect_never": True},
    ],
    ids="+".join,
)
def test_the_shell_and_its_pages_are_found_wherever_they_stand(
    open_office: OpenOffice, erp: DemoErp, knobs: dict[str, object], caplog: pytest.LogCaptureFixture
) -> None:
    # A third of the time is given to the way that never ends.
    office = open_office(signed_in=False, SIGN_IN_S=12 if "redirect_never" in knobs else 60)
    for won in (1000, 2000, 3000):
        erp.add(amount=won)
    erp.knobs(**knobs)

    report = office.cycle()

    assert report.outcome is Outcome.RAN, report.why
    assert office.won() == [1000, 2000, 3000]
    warnings = [one.getMessage() for one in caplog.records if one.levelname == "WARNING"]
    assert ["opening the shell directly" in one for one in warnings] == [True] * ("redirect_never" in knobs)
