"""A client in the manner of the script that did this job before: ids, first cells, spans by column, fixed texts.

It has no ledger, no gate and no second look. It is here to keep the demo honest: what such a client could do on the
real screens it must be able to do on the demo's.
"""

import re

from playwright.sync_api import Locator, Page

from tests.erp import DemoErp

PAYMENTS = "a#link_depth4_MENUTREE_002905"
DEPOSIT = "menuType=MENUTREE_000001&menuSeq=MENUTREE_000069&groupSeq=MENUTREE_000010&prgId=E010403&depth=3"
COLUMNS = {"time": "SETL_REQST_DTM", "payer": "CUST_NM", "amount": "SETL_AMT", "status": "SETL_STATUS_TYPE"}
MONEY = {"승인": "", "취소": "-"}


class Predecessor:
    """One browser page, and one cycle with it."""

    def __init__(self, page: Page, erp: DemoErp) -> None:
        self._page = page
        self._erp = erp

    def cycle(self) -> tuple[int, str]:
        """Sign in, read 미반영 page by page, post what is money; return how many rows were read, and the answer."""
        self._sign_in()
        rows = self._read()
        return len(rows), self._post([row for row in reversed(rows) if row["status"] in MONEY])

    def _sign_in(self) -> None:
        page = self._page
        page.goto(self._erp.url)
        page.locator("#com_code").fill("DEMO01")
        page.locator("#id").fill("DAYBREAK")
        page.locator("#passwd").fill("demo-pass-1")
        page.locator("#save").click()
        page.locator("#toolbar_sid_toolbar_item_non_regist").click()
        page.wait_for_url("**/ec*/view/erp**")

    def _read(self) -> list[dict[str, str]]:
        page = self._page
        page.locator(PAYMENTS).click()
        page.locator("a#tabUnReflect").click()
        page.locator("li.active a#tabUnReflect").wait_for()
        page.locator("#grid-main tbody span[data-column-id]").first.wait_for()
        total = re.search(r"/\s*(\d+)", page.locator(".wrapper-pagination").first.text_content() or "")
        rows: list[dict[str, str]] = []
        for number in range(1, int(total[1]) + 1 if total else 2):
            if number > 1:
                link = page.locator("ul.pagination:visible li:not(.hidden) a", has_text=re.compile(f"^{number}$"))
                link.first.click()
                page.locator("ul.pagination:visible li.active", has_text=re.compile(f"^{number}$")).first.wait_for()
                page.locator("#grid-main tbody span[data-column-id]").first.wait_for()
            rows += self._rows()
        return rows

    def _rows(self) -> list[dict[str, str]]:
        """Read column by column and pair by place: the first texts are the headers'."""
        found = {
            field: [
                text
                for text in self._page.locator(f'span[data-column-id="{column}"]').all_text_contents()
                if text not in ("결제요청일시", "거래처", "결제금액", "결제상태")
            ]
            for field, column in COLUMNS.items()
        }
        return [dict(zip(found, cells, strict=True)) for cells in zip(*found.values(), strict=True)]

    def _post(self, rows: list[dict[str, str]]) -> str:
        page = self._page
        page.evaluate("hash => { location.hash = hash }", DEPOSIT)
        page.locator("#webUploader").click()
        popup = page.locator('div[data-popup-id^="BulkUploadForm"]')
        popup.wait_for()
        page.evaluate("text => navigator.clipboard.writeText(text)", "\r\n".join(_line(row) for row in rows))
        self._focus(popup)
        page.keyboard.down("Control")
        page.keyboard.press("v")
        page.keyboard.up("Control")
        popup.locator("tbody tr").nth(len(rows) - 1).wait_for()
        page.keyboard.press("F8")
        result = page.locator("div.ui-dialog", has_text="성공").last
        result.wait_for()
        text = result.inner_text()
        result.locator("button", has_text="닫기").last.click()
        return text

    @staticmethod
    def _focus(popup: Locator) -> None:
        """Click the first cell, or the input that is open there."""
        first = popup.locator("tbody tr").first.locator("td").first
        if first.count():
            first.click()
        else:
            popup.locator("input.form-control").first.click()


def _line(row: dict[str, str]) -> str:
    money = MONEY[row["status"]] + row["amount"].replace(",", "")
    day = row["time"].split(" ", 1)[0]
    return "\t".join([day, "", "", "카드사", "1089", "", row["payer"], money, "", f"카드결제 {row['payer']}", "", ""])
