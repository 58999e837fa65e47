"""A client in the manner of the script before carries a whole cycle through the demo as it is by default."""

import pytest
from playwright.sync_api import Page

from tests.browser.predecessor import MONEY, Predecessor
from tests.erp import DemoErp


def test_a_client_in_the_manner_of_the_script_before_carries_a_whole_cycle(page: Page, erp: DemoErp) -> None:
    erp.reset(payments=206)
    due = [one for one in erp.payments() if not one["reflected"] and one["status"] in MONEY]

    read, answer = Predecessor(page, erp).cycle()

    assert read == 206
    assert f"성공 : {len(due)}건 실패 : 0건" in answer
    assert sorted(slip["amount"] for slip in erp.slips()) == sorted(
        one["amount"] * (-1 if one["status"] == "취소" else 1) for one in due
    )


@pytest.mark.deep
def test_the_input_that_is_open_at_the_start_takes_its_paste_too(page: Page, erp: DemoErp) -> None:
    erp.add(amount=1000)
    client = Predecessor(page, erp)
    client._focus = lambda popup: popup.locator("input.form-control").first.click()  # type: ignore[method-assign]

    client.cycle()

    assert [slip["amount"] for slip in erp.slips()] == [1000]
