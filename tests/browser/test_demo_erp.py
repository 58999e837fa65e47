"""The demo ERP, by hand-like steps in a real Chromium."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.erp import DemoErp

ROW = "2026/01/08\t\t\t카드사\t1089\t\t{payer}\t{amount}\t\t카드결제 {payer}\t\t"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests here."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def erp() -> Iterator[DemoErp]:
    """A demo with a few payments."""
    with DemoErp() as erp:
        yield erp


@pytest.fixture
def page(browser: Browser, erp: DemoErp) -> Iterator[Page]:
    """A fresh profile."""
    with browser.new_context(permissions=["clipboard-read", "clipboard-write"]) as context:
        page = context.new_page()
        page.set_default_timeout(5000)
        yield page


def sign_in(page: Page, erp: DemoErp) -> None:
    page.goto(erp.url)
    page.locator("#com_code").fill("DEMO01")
    page.locator("#id").fill("DAYBREAK")
    page.locator("#passwd").fill("demo-pass-1")
    page.locator("#save").click()
    page.locator("#toolbar_sid_toolbar_item_non_regist").click()
    page.wait_for_url("**/view/erp?**")


def test_a_person_signs_in_reads_the_list_and_uploads_deposits(page: Page, erp: DemoErp) -> None:
    sign_in(page, erp)
    page.locator("#link_depth4_MENUTREE_002905").click()
    expect(page.locator("table.grid tbody tr[data-index]")).to_have_count(100)
    expect(page.locator(".page-total")).to_have_text("/ 3")
    page.locator("a.page[data-page='3']").click()
    expect(page.locator("table.grid tbody tr[data-index]")).to_have_count(6)

    page.locator("#link_depth3_MENUTREE_000069").click()
    page.locator("#webUploader").click()
    popup = page.locator("div[data-popup-id^='BulkUploadForm']")
    text = "\r\n".join(ROW.format(payer=f"새빛{k}", amount=1000 * k) for k in (1, 2))
    page.evaluate("text => navigator.clipboard.writeText(text)", text)
    popup.locator("tr[data-index='0'] td[data-columnid='A']").click()
    page.keyboard.press("Control+v")
    expect(popup.locator("tr[data-index='1'] td[data-columnid='H'] .grid-input-data")).to_have_text("2000")
    popup.locator("input.form-control").press("F8")
    expect(page.locator("div.ui-dialog .ui-dialog-content")).to_have_text("성공 : 2건 실패 : 0건")
    assert [(slip["payer"], slip["amount"]) for slip in erp.slips()] == [("새빛1", 1000), ("새빛2", 2000)]
