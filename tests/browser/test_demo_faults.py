"""Each of the demo's knobs does what it says: those that act in the browser."""

import json
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Dialog, Page, Request, expect

from tests.browser.test_demo_erp import (
    DEPOSIT,
    FIELDS,
    NOW,
    PAYMENTS,
    RESULT,
    ROWS,
    TITLE,
    amounts,
    cell,
    enter,
    open_popup,
    paste,
    sheet,
    sign_in,
    turn,
    type_credentials,
)
from tests.erp import DemoErp

#: They are about the demo itself, which every other test of this ring drives in its usual form.
pytestmark = pytest.mark.deep

HEADER = "table.grid thead th:not(.hide) span[data-column-id]"


@pytest.fixture
def erp(running: DemoErp) -> DemoErp:
    """The server, as new, with three plain payments."""
    running.reset(payments=3)
    return running


def save(page: Page, *numbers: int) -> None:
    """Paste rows into a fresh popup and press F8."""
    popup = open_popup(page)
    paste(popup, sheet(*numbers))
    popup.locator("input.form-control").press("F8")


# Signing in and the shell


def test_login_notice_covers_the_form(page: Page, erp: DemoErp) -> None:
    erp.knobs(login_notice=True)
    page.goto(erp.url)
    overlay = page.locator("div.notice-overlay")
    expect(overlay).to_be_visible()
    covered = page.locator("#save").evaluate(
        "e => { const b = e.getBoundingClientRect(); return document.elementFromPoint(b.x + 5, b.y + 5) !== e }"
    )

    overlay.get_by_role("button", name="닫기").click()

    assert covered
    expect(overlay).to_have_count(0)


def test_second_factor_asks_for_a_code_after_the_password(page: Page, erp: DemoErp) -> None:
    erp.knobs(second_factor=True)

    type_credentials(page, erp)

    expect(page.locator("input#second_auth")).to_be_visible()


def test_shell_in_frame_keeps_the_hand_off_page_outside(page: Page, erp: DemoErp) -> None:
    erp.knobs(shell_in_frame=True, known_device=True, zone_number=56)
    type_credentials(page, erp)
    shell = page.frame_locator("iframe[name=shell_frame]")

    shell.locator(PAYMENTS).click()

    expect(shell.locator(ROWS)).to_have_count(3)
    assert "app.login/erp_login" in page.url
    assert any(f"{erp.zone}/ec56/view/erp?w_flag=1" in frame.url for frame in page.frames)


def test_redirect_never_stays_though_the_session_lives(page: Page, erp: DemoErp) -> None:
    erp.knobs(redirect_never=True, known_device=True)
    with page.expect_response("**/erp_login_enter**"):
        type_credentials(page, erp)
    sid = next(c["value"] for c in page.context.cookies() if c["name"] == "ECOUNT_SessionId").partition("=")[0]
    stays = page.url

    page.goto(f"{erp.zone}/ec5/view/erp?w_flag=1&ec_req_sid={sid}", timeout=20_000)

    assert "app.login/erp_login_handoff" in stays
    expect(page.locator(PAYMENTS)).to_be_visible()


def test_logout_control_off_takes_it_away(page: Page, erp: DemoErp) -> None:
    erp.knobs(logout_control=False)

    enter(page, erp)

    expect(page.locator(PAYMENTS)).to_be_visible()
    expect(page.locator("#logout")).to_have_count(0)


def test_menu_missing_leaves_the_hash(page: Page, erp: DemoErp) -> None:
    erp.knobs(menu_missing=True)
    enter(page, erp)
    expect(page.locator(TITLE)).to_be_visible()
    links = page.locator("a[id^=link_depth]").count()

    page.evaluate("location.hash = 'menuSeq=MENUTREE_002905'")

    assert links == 0
    expect(page.locator(ROWS)).to_have_count(3)


def test_forbidden_menu_shows_a_message(page: Page, erp: DemoErp) -> None:
    erp.knobs(forbidden_menu="MENUTREE_002905")

    enter(page, erp, PAYMENTS)

    expect(page.locator(".page-message")).to_contain_text("권한이 없습니다")


def test_content_in_frame_puts_the_page_into_a_frame(page: Page, erp: DemoErp) -> None:
    erp.knobs(content_in_frame=True)
    enter(page, erp, PAYMENTS)
    content = page.frame_locator("iframe[name=content_frame]")

    expect(content.locator(".wrapper-frame-body .contents " + ROWS)).to_have_count(3)
    expect(page.locator(ROWS)).to_have_count(0)


def test_expired_style_redirect_is_silent(page: Page, erp: DemoErp) -> None:
    erp.knobs(expired_style="redirect")
    enter(page, erp)
    expect(page.locator(".home")).to_be_visible()
    erp.control("/sessions/expire", {})

    page.locator(PAYMENTS).click()

    expect(page.locator("#com_code")).to_be_visible()


# Loading


def test_delays_keep_the_grid_away_while_loading(page: Page, erp: DemoErp) -> None:
    erp.knobs(delays=1)
    enter(page, erp, PAYMENTS)
    mark = page.locator(".page-progress-icon")
    expect(mark).to_be_visible()
    grid_while_loading = page.locator("table.grid").count()

    expect(page.locator(ROWS)).to_have_count(3)

    assert grid_while_loading == 0
    expect(mark).to_be_hidden()


def test_rows_late_s_shows_a_header_alone(page: Page, erp: DemoErp) -> None:
    erp.knobs(rows_late_s=1.5)
    enter(page, erp, PAYMENTS)
    expect(page.locator(HEADER)).to_have_count(10)

    assert page.locator(".page-progress-icon:visible").count() == page.locator("table.grid tbody tr").count() == 0
    expect(page.locator(ROWS)).to_have_count(3)


def test_rows_never_shows_a_header_for_ever(page: Page, erp: DemoErp) -> None:
    erp.knobs(rows_never=True)
    enter(page, erp, PAYMENTS)
    expect(page.locator(HEADER)).to_have_count(10)

    page.wait_for_timeout(200)

    assert page.locator("table.grid tbody tr").count() == 0


def test_never_loads_shows_the_mark_for_ever(page: Page, erp: DemoErp) -> None:
    erp.knobs(never_loads=True)
    enter(page, erp, PAYMENTS)
    expect(page.locator(TITLE)).to_have_text("결제내역조회")

    page.wait_for_timeout(200)

    expect(page.locator(".page-progress-icon")).to_be_visible()
    assert page.locator("table").count() == 0


def test_progress_mark_off_tells_nothing(page: Page, erp: DemoErp) -> None:
    erp.knobs(progress_mark=False)
    enter(page, erp)
    expect(page.locator(".home")).to_be_visible()
    erp.knobs(slow_s=0.3)

    page.locator(PAYMENTS).click()

    expect(page.locator(TITLE)).to_have_text("결제내역조회")
    assert page.locator(".page-progress-icon:visible").count() == 0
    expect(page.locator(ROWS)).to_have_count(3)


# Payment list


def test_pager_ignored_swallows_one_click(page: Page, erp: DemoErp) -> None:
    erp.knobs(page_size=2, pager_ignored=1)
    enter(page, erp, PAYMENTS)
    with page.expect_response("**/Use?**"):
        turn(page, 2)
    page.wait_for_timeout(100)
    after_one = page.locator(NOW).inner_text()

    turn(page, 2)

    assert after_one == "1"
    expect(page.locator(NOW)).to_have_text("2")


@pytest.mark.parametrize(("how", "active"), [("ignored", "회계반영"), ("wrong_rows", "미반영")])
def test_tab_return_fails(page: Page, erp: DemoErp, how: str, active: str) -> None:
    erp.add(payer="다른 탭", reflected=True)
    erp.knobs(tab_return=how)
    enter(page, erp, PAYMENTS)
    page.locator("a#tabReflect").click()
    expect(page.locator(ROWS)).to_have_count(1)

    page.locator("a#tabUnReflect").click()

    expect(page.locator("ul.tabs li.active a")).to_have_text(active)
    expect(page.locator(f"{ROWS} span[data-column-id='CUST_NM']")).to_have_text("다른 탭")


def test_default_tab_last_is_opened_first(page: Page, erp: DemoErp) -> None:
    erp.knobs(default_tab="last")
    enter(page, erp, PAYMENTS)
    page.locator("a#tabForceReflect").click()
    expect(page.locator("table.grid td.nothing")).to_be_visible()

    page.locator(PAYMENTS).click()

    expect(page.locator("ul.tabs li.active a")).to_have_text("강제회계반영")


def test_header_repeated_stands_in_the_body(page: Page, erp: DemoErp) -> None:
    erp.reset(payments=35)
    erp.knobs(header_repeated=True)
    enter(page, erp, PAYMENTS)
    expect(page.locator(ROWS)).to_have_count(35)

    repeated = page.locator("table.grid tbody tr[data-key=head] span[data-column-id='CUST_NM']")

    expect(repeated).to_have_text(["거래처"])


@pytest.mark.parametrize("knob", [{"empty_cells": "absent"}, {"approval_absent_row": 1}])
def test_an_absent_span_leaves_its_cell(page: Page, erp: DemoErp, knob: dict[str, object]) -> None:
    erp.add(status="요청중")
    erp.knobs(**knob)
    enter(page, erp, PAYMENTS)
    first = page.locator(ROWS).first
    expect(first).to_be_visible()

    assert first.locator("td:not(.hide)").count() == 11
    assert first.locator("span[data-column-id='APVL_NO']").count() == 0


# Upload


def test_uploader_late_s_and_uploader_swallowed(page: Page, erp: DemoErp) -> None:
    erp.knobs(uploader_late_s=0.8, uploader_swallowed=1)
    enter(page, erp, DEPOSIT)
    expect(page.locator(".toolbar")).to_be_visible()
    at_first = page.locator("#webUploader").count()
    with page.expect_response("**/Use?**"):
        page.locator("#webUploader").click()
    page.wait_for_timeout(100)
    swallowed = page.locator("div.ui-dialog").count()

    page.locator("#webUploader").click()

    assert at_first == swallowed == 0
    expect(page.locator("div.ui-dialog")).to_have_count(1)


def test_popup_grid_late_s_opens_it_empty(page: Page, erp: DemoErp) -> None:
    erp.knobs(popup_grid_late_s=1)
    enter(page, erp, DEPOSIT)
    popup = open_popup(page)
    expect(popup).to_be_visible()

    assert popup.locator("table").count() == 0
    expect(popup.locator("tbody tr")).to_have_count(3)


def test_grid_overlay_takes_the_clicks(page: Page, erp: DemoErp) -> None:
    erp.knobs(grid_overlay=True)
    enter(page, erp, DEPOSIT)
    popup = open_popup(page)

    popup.locator("input.form-control").evaluate("e => e.blur()")
    cell(popup, 0, "A").click(force=True)

    assert not popup.locator("input.form-control").evaluate("e => document.activeElement === e")


def test_focus_stolen_loses_the_paste_once(page: Page, erp: DemoErp) -> None:
    erp.knobs(focus_stolen=1, editor_open=False)
    enter(page, erp, DEPOSIT)
    popup = open_popup(page)
    page.evaluate("text => navigator.clipboard.writeText(text)", sheet(1, 2))
    cell(popup, 0, "A").click()
    page.keyboard.press("Control+v")
    lost = amounts(popup)

    paste(popup, sheet(1, 2))

    assert lost == []
    assert amounts(popup) == ["1", "2"]
    assert erp.knobs()["focus_stolen"] == 0


@pytest.mark.parametrize(
    ("fault", "column", "left"),
    [
        ("ignored", "H", []),
        ("first_row", "H", ["1"]),
        ("half", "H", ["1", "2"]),
        ("shifted", "I", ["1", "2", "3", "4"]),
        ("lower", "H", ["1", "2", "3", "4"]),
        ("two_cells", "B", ["2026/01/08"]),
        ("twice", "H", ["1", "2", "3", "4", "1", "2", "3", "4"]),
    ],
)
def test_paste_fault_spoils_one_paste(page: Page, erp: DemoErp, fault: str, column: str, left: list[str]) -> None:
    erp.knobs(paste_fault=fault)
    enter(page, erp, DEPOSIT)
    popup = open_popup(page)
    with page.expect_response("**/Use?**"):
        paste(popup, sheet(1, 2, 3, 4))
    spoiled = popup.locator(f"td[data-columnid='{FIELDS[column]}'] .grid-input-data").all_inner_texts()
    is_lower = not cell(popup, 0, "E").inner_text().strip()

    paste(popup, sheet(5, 6, 7, 8))

    assert [text for text in spoiled if text.strip()] == left
    assert is_lower == (fault in ("lower", "ignored"))
    assert amounts(popup)[:4] == ["5", "6", "7", "8"]
    assert erp.knobs()["paste_fault"] == "none"


def test_paste_fault_times_zero_is_for_ever(page: Page, erp: DemoErp) -> None:
    erp.knobs(paste_fault="ignored", paste_fault_times=0)
    enter(page, erp, DEPOSIT)
    popup = open_popup(page)

    for _ in range(3):
        paste(popup, sheet(1))

    assert amounts(popup) == []


def test_discard_question_keeps_a_filled_popup(page: Page, erp: DemoErp) -> None:
    erp.knobs(discard_question=True)
    enter(page, erp, DEPOSIT)
    popup = open_popup(page)
    paste(popup, sheet(1))
    question = page.locator("div.ui-dialog", has_text="닫으시겠습니까?")

    page.keyboard.press("Escape")
    question.get_by_role("button", name="취소").click()
    kept = popup.count()
    page.keyboard.press("Escape")
    question.get_by_role("button", name="확인").click()

    assert kept == 1
    expect(popup).to_have_count(0)


def test_popup_stays_after_success(page: Page, erp: DemoErp) -> None:
    erp.knobs(popup_stays=True)
    enter(page, erp, DEPOSIT)
    save(page, 1)

    page.locator("div.result-dialog").get_by_role("button", name="닫기", exact=True).click()

    expect(page.locator("div.result-dialog")).to_have_count(0)
    assert amounts(page.locator("div[data-popup-id]")) == ["1"]


def test_no_dialog_leaves_the_popup_and_stores(page: Page, erp: DemoErp) -> None:
    erp.knobs(save_fault="no_dialog")
    enter(page, erp, DEPOSIT)
    with page.expect_response("**/BulkUpload?**"):
        save(page, 1)
    page.wait_for_timeout(100)

    assert page.locator("div.ui-dialog").count() == 1
    assert len(erp.slips()) == 1


def test_native_alert_tells_the_result(page: Page, erp: DemoErp) -> None:
    erp.knobs(save_fault="native_alert")
    told: list[str] = []

    def read(dialog: Dialog) -> None:
        told.append(dialog.message)
        dialog.accept()

    page.on("dialog", read)
    enter(page, erp, DEPOSIT)

    save(page, 1)

    expect(page.locator("div.ui-dialog")).to_have_count(0)
    assert told == ["성공 : 1건 실패 : 0건"]


def test_notice_first_comes_before_the_result(page: Page, erp: DemoErp) -> None:
    erp.knobs(save_fault="notice_first")
    enter(page, erp, DEPOSIT)
    save(page, 1)
    expect(page.locator(RESULT)).to_contain_text("점검")

    page.locator(".ui-dialog-titlebar-close").last.click()

    expect(page.locator(RESULT)).to_have_text("성공 : 1건 실패 : 0건")


@pytest.mark.parametrize(("fault", "text"), [("cut_before", "연결이 끊어졌습니다"), ("error_500_after", "(500)")])
def test_a_save_without_an_answer_is_told_as_an_error(page: Page, erp: DemoErp, fault: str, text: str) -> None:
    erp.knobs(save_fault=fault, save_fault_times=0)
    enter(page, erp, DEPOSIT)

    save(page, 1)

    expect(page.locator(RESULT)).to_contain_text(text)


def test_save_beacon_sends_a_second_post(page: Page, erp: DemoErp) -> None:
    erp.knobs(save_beacon=True)
    enter(page, erp, DEPOSIT)
    posted: list[str] = []
    page.on("request", lambda request: posted.append(urlsplit(request.url).path) if request.method != "GET" else None)

    save(page, 1)

    expect(page.locator(RESULT)).to_be_visible()
    assert posted == ["/ec5/api/app.log/action/Track", "/ec5/api/app.deposit/action/BulkUpload"]
    assert erp.stats()["tracks"] == 1


@pytest.mark.parametrize("how", ["json", "form", "base64", "plain"])
def test_payload_format_and_save_path_shape_the_request(page: Page, erp: DemoErp, how: str) -> None:
    erp.knobs(payload_format=how, save_path="app.other/action/Put")
    enter(page, erp, DEPOSIT)
    with page.expect_request("**/ec5/api/app.other/action/Put?**") as sent:
        save(page, 1, 2)

    expect(page.locator(RESULT)).to_have_text("성공 : 2건 실패 : 0건")
    assert shape(sent.value) == how
    assert [slip["payer"] for slip in erp.slips()] == ["새빛", "새빛"]


def shape(request: Request) -> str:
    """Say how a save's body is packed, after a look inside."""
    body = request.post_data or ""
    if body == sheet(1, 2):
        return "plain"
    if body.startswith("data="):
        assert len(json.loads(parse_qs(body)["data"][0])["rows"]) == 2
        return "form"
    told = json.loads(body)
    if told.keys() == {"d"}:
        return "base64"
    assert [len(row) for row in told["rows"]] == [12, 12]
    return "json"


def test_sign_in_survives_ordinary_delays(page: Page, erp: DemoErp) -> None:
    erp.knobs(delays=0.3)

    sign_in(page, erp)

    expect(page.locator(PAYMENTS)).to_be_visible()
