"""Marks that an operator overrides, on the screens themselves."""

import pytest

from tests.browser.conftest import OpenOffice
from tests.erp import DemoErp
from worker.schedule.loop import Outcome


def test_a_renamed_column_is_read_again_after_one_line_in_the_settings(open_office: OpenOffice, erp: DemoErp) -> None:
    erp.add(amount=1000)
    erp.knobs(status_column="nm")
    office = open_office()

    before = office.cycle()
    assert before.outcome is Outcome.FAILED
    assert "the column 결제상태 (SETL_STATUS_TYPE) is missing" in before.why
    assert office.won() == []

    office.restart(markers={"column_status": "SETL_STAT_NM 결제상태"})
    after = office.cycle()

    assert after.outcome is Outcome.RAN, after.why
    assert office.won() == [1000]


def test_an_override_that_matches_two_elements_is_refused_before_a_password_is_typed(
    open_office: OpenOffice, erp: DemoErp
) -> None:
    office = open_office(signed_in=False, markers={"company": "input[name=com_code]"})

    report = office.cycle()

    assert report.outcome is Outcome.FAILED
    assert (
        "the marker company = 'input[name=com_code]' by [markers] in local.ini matches 2 elements, it must match one. "
        "Nothing was touched"
    ) in report.why
    assert erp.stats()["logins"] == 0


@pytest.mark.deep
def test_an_override_that_matches_two_elements_of_a_page_keeps_everything_back(
    open_office: OpenOffice, erp: DemoErp
) -> None:
    erp.add(amount=1000)
    both = "#webUploader, #toolbar_toolbar_item_web_uploader, .page-name"
    office = open_office(markers={"uploader": both})

    report = office.cycle()

    assert f"the marker uploader = '{both}' by [markers] in local.ini matches 2" in report.why
    assert office.won() == []


def test_an_override_that_is_no_selector_is_named(open_office: OpenOffice, erp: DemoErp) -> None:
    office = open_office(markers={"tab_open": "a#["})

    report = office.cycle()

    assert "the marker tab_open = 'a#[' by [markers] in local.ini" in report.why
    assert erp.control("/slips") == []
