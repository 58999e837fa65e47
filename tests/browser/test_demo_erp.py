"""The demo ERP, by hand-like steps in a real Chromium: what the contract says it must do."""

import re
from collections.abc import Sequence

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.erp import DemoErp

#: They are about the demo itself, which every other test of this ring drives.
pytestmark = pytest.mark.deep

PAYMENTS = "#link_depth4_MENUTREE_002905"
DEPOSIT = "#link_depth3_MENUTREE_000069"
DEPOSITS = "#link_depth3_MENUTREE_000070"
ROWS = "table.grid tbody tr[data-key]:not([data-key=head]):not(.muted)"
FIELDS = dict(
    zip(
        "ABCDEFGHIJKL",
        ("TRX_DATE", "SER_NO", "ACC_DOC_NO", "CASH_CD", "GYE_CODE", "CUST", "CUST_DES", "AMT", "FEE", "REMARKS"),
        strict=False,
    )
)
TITLE = ".header .page-name"
PAGER = ".wrapper-grid-pagination .wrapper-pagination:visible"
NOW = ".pagination:visible li.active"
RESULT = "div.ui-dialog .ui-dialog-content"


@pytest.fixture
def erp(running: DemoErp) -> DemoErp:
    """The server, as new, with the usual 206 payments."""
    running.reset(payments=206)
    return running


def type_credentials(page: Page, erp: DemoErp, *, password: str = "demo-pass-1") -> None:
    """Fill in the sign-in form and press its button."""
    page.goto(erp.url)
    page.locator("#com_code").fill("DEMO01")
    page.locator("#id").fill("DAYBREAK")
    page.locator("#passwd").fill(password)
    page.locator("#save").click()


def sign_in(page: Page, erp: DemoErp) -> None:
    """Go all the way to the shell, as a person on a new device."""
    type_credentials(page, erp)
    page.locator("#toolbar_sid_toolbar_item_non_regist").click()
    page.wait_for_url("**/ec*/view/erp?w_flag=1&ec_req_sid=AB-*")


def enter(page: Page, erp: DemoErp, menu: str = "") -> None:
    """Be in the shell without the way there; open a page of the menu."""
    form: dict[str, str | float | bool] = {"com_code": "DEMO01", "id": "DAYBREAK", "passwd": "demo-pass-1"}
    page.request.post(f"{erp.zone}/ec5/view/app.login/erp_login_processor", form=form)
    sid = next(c["value"] for c in page.context.cookies() if c["name"] == "ECOUNT_SessionId").partition("=")[0]
    page.goto(f"{erp.zone}/ec5/view/erp?w_flag=1&ec_req_sid={sid}")
    if menu:
        page.locator(menu).click()


def sheet(*amounts: int, payer: str = "새빛") -> str:
    """Return rows to paste."""
    return "\r\n".join(
        f"2026/01/08\t\t\t카드사\t1089\t\t{payer}\t{amount}\t\t카드결제 {payer}\t\t" for amount in amounts
    )


def open_popup(page: Page) -> Locator:
    """Open 웹자료올리기."""
    page.locator("#webUploader").click()
    return page.locator("div[data-popup-id^='BulkUploadForm_']")


def cell(popup: Locator, row: int, column: str) -> Locator:
    """Return a cell of the popup's grid."""
    return popup.locator(f"tbody tr[data-key='{row}'] td[data-columnid='{FIELDS[column]}']")


def turn(page: Page, number: int) -> None:
    """Click a page's number, as a person does."""
    page.locator(".pagination:visible li:not(.hidden) a").get_by_text(str(number), exact=True).click()


def paste(popup: Locator, text: str, *, row: int = 0, column: str = "A") -> None:
    """Paste into a cell, as a person does."""
    popup.page.evaluate("text => navigator.clipboard.writeText(text)", text)
    focus(popup, row, column)
    popup.page.keyboard.press("Control+v")


def focus(popup: Locator, row: int, column: str) -> None:
    """Open the editor over a cell; the first cell's is open already."""
    if (row, column) == (0, "A"):
        popup.locator("input.form-control").click()
    else:
        cell(popup, row, column).click()


def amounts(popup: Locator) -> Sequence[str]:
    """Return column H as far as it is filled."""
    return [
        text for text in popup.locator("td[data-columnid='AMT'] .grid-input-data").all_inner_texts() if text.strip()
    ]


def test_a_person_signs_in_reads_all_pages_and_uploads_deposits(page: Page, erp: DemoErp) -> None:
    sign_in(page, erp)
    page.locator(PAYMENTS).click()
    expect(page.locator(TITLE)).to_have_text("결제내역조회")
    expect(page.locator("ul.tabs li.active a")).to_have_text("미반영")
    expect(page.locator(PAGER)).to_contain_text("/ 3")
    numbers: list[str] = []
    for number in (1, 2, 3):
        turn(page, number)
        expect(page.locator(NOW)).to_have_text(str(number))
        numbers += page.locator(f"{ROWS} span[data-column-id='SETL_REQST_DTM']").all_inner_texts()

    page.locator(DEPOSIT).click()
    expect(page.locator(TITLE)).to_have_text("입금보고서")
    popup = open_popup(page)
    paste(popup, sheet(1000, -2000))
    popup.locator("input.form-control").press("F8")
    expect(page.locator(RESULT)).to_have_text("성공 : 2건 실패 : 0건")
    page.get_by_role("button", name="닫기", exact=True).click()
    expect(popup).to_have_count(0)

    assert len(numbers) == 206
    assert [(slip["payer"], slip["amount"], slip["memo"]) for slip in erp.slips()] == [
        ("새빛", 1000, "카드결제 새빛"),
        ("새빛", -2000, "카드결제 새빛"),
    ]
    assert erp.stats()["form_saves"] == 0


def test_a_wrong_password_is_refused_without_leaving_the_page(page: Page, erp: DemoErp) -> None:
    type_credentials(page, erp, password="wrong")

    expect(page.locator(".login_error")).to_be_visible()

    assert page.locator("#error_msg").input_value() == page.locator(".login_error").inner_text()
    assert page.url == f"{erp.zone}/ec5/view/app.login/erp_login?lan_type=ko-KR"
    assert page.locator("input[name=com_code]").count() == 2
    assert page.locator("#passwd").get_attribute("name") is None


def test_a_session_elsewhere_is_kicked_only_when_confirmed(page: Page, other: Page, erp: DemoErp) -> None:
    first, second = page, other
    sign_in(first, erp)
    type_credentials(second, erp)
    second.locator("#toolbar_sid_toolbar_item_non_regist").click()
    dialog = second.locator("div.ui-dialog", has_text="동일한 ID로 현재 접속중인 사용자가 있습니다")
    expect(dialog.locator(".ui-dialog-title")).to_have_text("접속현황")
    dialog.get_by_role("button", name="닫기", exact=True).click()
    expect(second.locator("#com_code")).to_be_visible()
    first.locator(PAYMENTS).click()
    expect(first.locator(ROWS)).to_have_count(100)

    type_credentials(second, erp)
    second.locator("#toolbar_sid_toolbar_item_non_regist").click()
    dialog.get_by_role("button", name="확인", exact=True).click()
    second.wait_for_url("**/view/erp?**")
    first.reload()

    expect(first.locator("#com_code")).to_be_visible()


def test_an_expired_session_says_so_and_leads_to_the_sign_in_view(page: Page, erp: DemoErp) -> None:
    enter(page, erp)
    expect(page.locator(".contents .home")).to_be_visible()
    erp.control("/sessions/expire", {})
    page.locator(PAYMENTS).click()
    dialog = page.locator("div.ui-dialog")
    expect(dialog).to_contain_text("세션이 만료되었습니다. 다시 로그인해 주십시오.")

    dialog.get_by_role("button", name="확인", exact=True).click()

    expect(page.locator("#com_code")).to_be_visible()


def test_logout_ends_the_session(page: Page, erp: DemoErp) -> None:
    enter(page, erp)

    page.locator("a#logout", has_text="로그아웃").click()

    expect(page.locator("#com_code")).to_be_visible()
    assert [session["reason"] for session in erp.control("/sessions")] == ["signed out"]


def test_the_shell_has_its_root_its_frames_and_its_database(page: Page, erp: DemoErp) -> None:
    enter(page, erp)

    assert page.locator("#app-root .wrapper-frame-body .contents").count() == 1
    assert page.locator("iframe[name=s_page][src='about:blank']").count() == 1
    assert page.locator("iframe").count() == 2
    database = page.locator("meta[name=demo-database]").get_attribute("content")
    assert database == erp.control("/health")["database"]


def test_pages_open_by_hash_and_unknown_ones_say_so(page: Page, erp: DemoErp) -> None:
    enter(page, erp)
    page.evaluate(
        "location.hash = 'menuType=MENUTREE_000001&menuSeq=MENUTREE_000070&groupSeq=MENUTREE_000010"
        "&prgId=E010404&depth=3'"
    )
    expect(page.locator(TITLE)).to_have_text("입금보고서조회")
    expect(page.locator("table.grid tbody tr td")).to_have_text("조회된 데이터가 없습니다.")

    page.evaluate("location.hash = 'menuSeq=MENUTREE_999999'")

    expect(page.locator(".contents")).to_have_text("존재하지 않는 메뉴이거나 사용 권한이 없습니다.")


def test_the_menu_link_of_the_open_page_reads_it_again(page: Page, erp: DemoErp) -> None:
    erp.reset(payments=1)
    enter(page, erp, PAYMENTS)
    expect(page.locator(ROWS)).to_have_count(1)
    erp.add(payer="나중")

    page.locator(PAYMENTS).click()

    expect(page.locator(ROWS)).to_have_count(2)
    expect(page.locator(".wrapper-grid-pagination:visible")).to_have_count(0)


def test_grid_cells_and_both_headers_carry_their_column_ids(page: Page, erp: DemoErp) -> None:
    erp.reset(payments=0)
    paid = {"payer": "[도매] 가/나", "amount": 123450, "approval_no": "00071234", "acquirer": "신한카드"}
    erp.add(requested_at="2026-01-08T08:07:05", status="요청중")
    erp.add(requested_at="2026-01-08T12:07:05", requester="WEB01", card="994152**********", **paid)
    erp.clock(now="2026-01-08T13:00:00")
    enter(page, erp, PAYMENTS)
    expect(page.locator(ROWS)).to_have_count(2)

    first = page.locator(ROWS).first
    shown = first.locator("td[data-columnid]:not(.hide)").all()[1:]
    texts = {cell.get_attribute("data-columnid"): cell.inner_text() for cell in shown}
    linked = first.locator("td > a").all_inner_texts()
    hidden = first.locator("td.hide").count()
    header = page.locator("table.grid thead th:not(.hide) > span[data-column-id]").all_inner_texts()
    copy = page.locator("div.grid-clone-top table thead th:not(.hide) > span[data-column-id]").all_inner_texts()

    assert texts == {
        "SETL_REQST_DTM": "2026/01/08 오후 12:07:05",
        "SETL_REQST_ID": "WEB01",
        "CUST_NM": "[도매] 가/나",
        "SETL_AMT": "123,450",
        "SETL_MEAN": "카드",
        "ACQUER_NM": "신한카드",
        "CARD_NO": "994152**********",
        "SETL_STATUS_TYPE": "승인",
        "APVL_NO": "00071234",
        "INV_SLIP": "",
    }
    assert linked == ["00071234"], "a linked cell holds no span"
    assert hidden == 2
    assert header == copy
    assert header[:4] == ["결제요청일시", "결제요청자ID", "거래처", "결제금액"]
    expect(first.locator("button.row-select")).to_be_enabled()
    expect(page.locator(ROWS).nth(1).locator("button.row-select")).to_be_disabled()


def test_a_tab_is_active_only_when_its_rows_come(page: Page, erp: DemoErp) -> None:
    enter(page, erp, PAYMENTS)
    expect(page.locator(ROWS)).to_have_count(100)
    erp.knobs(slow_s=2, progress_after_s=0.5)
    page.locator("a#tabReflect").click()

    assert page.locator(ROWS).count() == 0
    assert page.locator("ul.tabs li.active").count() == 0
    assert page.locator(".page-progress-icon").is_hidden(), "no mark does not mean that it is loaded"
    expect(page.locator(".page-progress-icon")).to_be_visible()
    erp.knobs(slow_s=0.0)
    expect(page.locator("ul.tabs li.active a")).to_have_text("회계반영")
    expect(page.locator(ROWS)).to_have_count(40)
    expect(page.locator(".page-progress-icon")).to_be_hidden()


def test_the_pager_turns_by_numbers_by_tens_and_to_a_page_typed_in(page: Page, erp: DemoErp) -> None:
    erp.knobs(page_size=10)
    enter(page, erp, PAYMENTS)
    expect(page.locator(PAGER)).to_contain_text("/ 21")
    now, item = page.locator(NOW), page.locator(".pagination:visible li:not(.hidden)")
    typed = page.locator("[data-cid=paging]:visible input")
    assert typed.input_value() == ""
    assert item.count() == 14 - 2, "first and prev are hidden"

    turn(page, 2)
    expect(now).to_have_text("2")
    page.locator(".pagination:visible .next a").click()
    expect(now).to_have_text("12")
    page.locator(".pagination:visible .prev a").click()
    expect(now).to_have_text("2")
    typed.fill("99")
    typed.press("Enter")
    expect(now).to_have_text("21")
    expect(page.locator(ROWS)).to_have_count(6)
    assert [text for text in item.all_inner_texts() if text.strip()] == ["21"]
    page.locator(".pagination:visible .first a").click()
    expect(now).to_have_text("1")


def test_a_person_reflects_rows_by_selecting_them(page: Page, erp: DemoErp) -> None:
    erp.reset(payments=3)
    enter(page, erp, PAYMENTS)
    page.locator(ROWS).nth(1).locator("button.row-select").click()
    page.get_by_role("button", name="회계반영", exact=True).click()
    expect(page.locator(ROWS)).to_have_count(2)

    assert sorted(str(payment["reflected"]) for payment in erp.payments()) == ["False", "False", "True"]


def test_the_popups_grid_and_help_are_as_agreed(page: Page, erp: DemoErp) -> None:
    enter(page, erp, DEPOSIT)
    popup = open_popup(page)
    expect(popup.locator("tbody tr")).to_have_count(3)

    assert popup.locator("thead th[data-columnid]:not(.hide)").all_inner_texts()[2:] == [
        *("일자 (필수)", "순번", "회계전표No.", "입금계좌코드 (필수)", "계정코드", "거래처코드", "거래처명 (필수)"),
        *("금액 (필수)", "수수료", "적요명", "프로젝트", "부서"),
    ]
    expect(popup).to_contain_text("확인바랍니다")
    expect(popup).to_contain_text("엑셀서식내려받기로")
    assert cell(popup, 0, "A").inner_text() == "====/==/"
    expect(popup.locator(".edit_container input.form-control")).to_be_focused()
    expect(page.locator("div.ui-dialog", has=popup).locator(".ui-dialog-title")).to_have_text("웹자료올리기")


def test_a_paste_fills_from_the_focused_row_and_the_first_column_and_replaces(page: Page, erp: DemoErp) -> None:
    enter(page, erp, DEPOSIT)
    popup = open_popup(page)
    page.evaluate("text => navigator.clipboard.writeText(text)", sheet(1))
    popup.locator(".help").click()
    page.locator("input.form-control").evaluate("e => e.blur()")
    page.keyboard.press("Control+v")
    nowhere = amounts(popup)
    paste(popup, sheet(*range(1, 31)))
    grown = amounts(popup)
    paste(popup, sheet(77), row=1, column="H")

    assert nowhere == []
    assert grown == [str(k) for k in range(1, 31)]
    assert amounts(popup)[:3] == ["1", "77", "3"]
    assert popup.locator("tbody tr").count() == 30


def test_a_paste_that_does_not_fit_is_refused(page: Page, erp: DemoErp) -> None:
    enter(page, erp, DEPOSIT)
    popup = open_popup(page)
    alert = page.locator("div.ui-dialog.panel-alert")
    said = []
    for text in (sheet(1) + "\tone more", "일자\t" + sheet(1), sheet(1, 2) + "\r\n2026/01/08\tshort"):
        paste(popup, text)
        said.append(alert.inner_text())
        alert.locator("#btn_alert_ok").click()
    kept = amounts(popup)
    paste(popup, "금액\t일자\r\n5\t2026/01/08")

    assert "많습니다" in said[0]
    assert "항목명" in said[1]
    assert "3번째 행" in said[2]
    assert kept == ["1", "2"], "the rows above the short one"
    assert amounts(popup)[0] == "5", "titles name the columns"


def test_saving_an_empty_grid_asks_for_the_date_and_sends_nothing(page: Page, erp: DemoErp) -> None:
    enter(page, erp, DEPOSIT)
    popup = open_popup(page)

    popup.locator("input.form-control").press("F8")

    expect(popup.locator("td.has-error")).to_have_count(1)
    expect(cell(popup, 0, "A")).to_have_class("day has-error")
    expect(page.locator("div.ui-dialog")).to_have_count(1)
    assert erp.uploads() == []


def test_refused_rows_stay_in_the_popup_with_their_reasons(page: Page, erp: DemoErp) -> None:
    enter(page, erp, DEPOSIT)
    popup = open_popup(page)
    paste(popup, "\n".join([sheet(1), sheet(0), sheet(2), sheet(3).replace("카드사", "모름")]))

    page.get_by_role("button", name="저장(F8)").last.click()

    expect(page.locator(RESULT)).to_contain_text("성공 : 2건 실패 : 2건")
    reasons = [row.inner_text().split("\t") for row in page.locator(f"{RESULT} tbody tr").all()]
    page.keyboard.press("Escape")
    expect(page.locator(RESULT)).to_have_count(0)
    assert reasons == [["2", "금액을 확인바랍니다. [0]"], ["4", "입금계좌코드 미등록코드[모름]"]]
    assert amounts(popup) == ["0", "3"]
    assert [slip["amount"] for slip in erp.slips()] == [1, 2]


def test_f8_without_the_popup_is_harmless_and_counted(page: Page, erp: DemoErp) -> None:
    enter(page, erp, DEPOSIT)
    expect(page.locator("#webUploader")).to_be_visible()

    page.keyboard.press("F8")

    expect(page.locator("div.ui-dialog")).to_contain_text("거래처를 입력바랍니다.")
    assert erp.stats()["form_saves"] == 1
    assert erp.uploads() == erp.slips() == []


def test_the_deposit_list_finds_deposits_by_their_remark(page: Page, erp: DemoErp) -> None:
    enter(page, erp, DEPOSIT)
    popup = open_popup(page)
    paste(popup, "\r\n".join([sheet(1000, payer="가온"), sheet(2000, payer="누리")]))
    popup.locator("input.form-control").press("F8")
    expect(page.locator(RESULT)).to_have_text("성공 : 2건 실패 : 0건")
    page.locator(".ui-dialog-titlebar-close").last.click()
    page.locator(DEPOSITS).click()
    expect(page.locator(ROWS)).to_have_count(2)

    page.locator("input#searchRemark").fill("제 가온")
    page.locator("button#search", has_text="검색(F8)").click()

    expect(page.locator(ROWS)).to_have_count(1)
    *texts, entered = page.locator(f"{ROWS} td:not(.hide) > span").all_inner_texts()
    assert texts == ["2026/01/08 -1", "가온", "1,000", "카드결제 가온", "카드사", "DAYBREAK"]
    assert re.fullmatch(r"\d{4}/\d\d/\d\d (오전|오후) \d{1,2}:\d\d:\d\d", entered)


def test_chromium_sends_a_save_again_when_its_used_connection_is_cut(page: Page, erp: DemoErp) -> None:
    """The reason for a save gate: one F8, two sets of slips."""
    enter(page, erp, DEPOSIT)
    popup = open_popup(page)
    paste(popup, sheet(1000))
    erp.knobs(save_fault="cut_after_reused")

    popup.locator("input.form-control").press("F8")

    expect(page.locator(RESULT)).to_have_text("성공 : 1건 실패 : 0건")
    assert [upload["fault"] for upload in erp.uploads()] == ["cut_after_reused", None]
    assert [slip["upload_id"] for slip in erp.slips()] == [1, 2]


def test_only_a_fetch_whose_forerunners_kept_no_connection_has_one_of_its_own(
    profile: BrowserContext, erp: DemoErp
) -> None:
    def opened(*, alone: bool) -> int:
        before = erp.stats()["connections"]
        headers = {"connection": "close"} if alone else {}
        profile.request.get(f"{erp.zone}/static/logo.svg", headers=headers)
        return erp.stats()["connections"] - before

    opened(alone=True)  # whatever an earlier test kept ends

    assert [opened(alone=True), opened(alone=True)] == [1, 1]
    assert [opened(alone=False), opened(alone=False), opened(alone=True)] == [1, 0, 0]
