"""What the office does on its page in a day, in Korean and by accessible names alone, on a real tree.

Each docstring is the task as it is given. What came of it is read in the ledger and in the ERP's books, never on the
page; where the task is to find something out, what the reader has read is compared with them.
"""

import re
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Browser, BrowserContext, Download, Page, expect

from tests.postbox import Postbox
from tests.rig import wait_until
from tests.supervision.page_tree import PageTree, Payment, next_friday
from tests.supervision.test_page import NAME, browser, complaints_of, enter  # noqa: F401 - a fixture
from tests.unit.console.reader import PASSWORD
from worker.admin import users
from worker.admin.users import Role
from worker.config import day_overrides
from worker.demo.clock import KST
from worker.ledger.state import State
from worker.payments.payment import PaymentKind
from worker.runtime import desired_state
from worker.runtime.desired_state import DesiredState

#: Who works beside the keeper.
OTHER = "이차장"

#: A payer for each task, so that none is in another's way.
OWN_NUMBER, FOUND, IN_DOUBT, TAKEN_BACK = "해오름상회", "새봄유통", "달빛서점", "푸른솔건재"
TWO_TABS, TWICE, TWO_PEOPLE = "윤슬전자", "도담키즈", "하람인쇄"

#: Of these a part is taken back.
PARTLY, PAID, PART = (TAKEN_BACK, TWO_TABS, TWICE, TWO_PEOPLE), 100_000, 30_000

CARD, OTHER_CARD = "비씨카드사", "신한카드"

#: Whose whole payments are taken back, with what card.
SHOPS = {"가게 하나": CARD, "가게 둘": CARD, "가게 셋": OTHER_CARD}

CANCELLATION = PaymentKind.CANCELLATION


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PageTree]:
    """A tree on a Tuesday at ten past six; what the tasks are about was listed on Monday."""
    with Postbox() as postbox, PageTree(tmp_path_factory.mktemp("tree"), postbox=postbox) as tree:
        tree.began()
        _monday(tree)
        tree.go_to(datetime.combine(tree.tuesday, time(6, 10, 20), KST))
        yield tree


def _monday(tree: PageTree) -> None:
    """Have a day pass: payments are posted, some are taken back, and of one nobody saw the answer."""
    paid: dict[str, Payment] = {payer: tree.pays(payer, PAID, acquirer=OTHER_CARD) for payer in PARTLY}
    paid[OWN_NUMBER] = tree.pays(OWN_NUMBER, 88_000, acquirer=OTHER_CARD)
    tree.pays(FOUND, 31_400, approval_no="31415926", acquirer=OTHER_CARD)
    for number, (payer, card) in enumerate(SHOPS.items()):
        paid[payer] = tree.pays(payer, 20_000 + number, acquirer=card)
    tree.cycle()
    tree.takes_back(paid[OWN_NUMBER], approval_no="27182818")
    for payer in PARTLY:
        tree.takes_back(paid[payer], amount=PART)
    for payer in SHOPS:
        tree.takes_back(paid[payer])
    tree.cycle()
    tree.erp("/knobs", {"save_fault": "cut_after"})
    tree.pays(IN_DOUBT, 67_800, acquirer=OTHER_CARD)
    tree.cycle()


@pytest.fixture(scope="module")
def keeper(tree: PageTree, browser: Browser) -> Iterator[BrowserContext]:  # noqa: F811 - the fixture
    """The keeper's browser, who came by the first link; the office has one more user."""
    with browser.new_context(locale="ko-KR") as context:
        page = context.new_page()
        enter(page, link(tree))
        page.close()
        users.add(tree.data, OTHER, Role.OFFICE, PASSWORD, now=tree.now())
        yield context


@pytest.fixture
def page(tree: PageTree, keeper: BrowserContext) -> Iterator[Page]:
    """The first screen in a tab of the keeper's; at the end the browser has complained of nothing."""
    page = keeper.new_page()
    complaints = complaints_of(page)
    yield first_screen(page, tree)
    page.close()
    # A form that is refused is answered with a status that the browser calls an error.
    assert [one for one in complaints if not re.search("status of (409|422)", one)] == []


def first_screen(page: Page, tree: PageTree) -> Page:
    page.goto(f"http://127.0.0.1:{tree.page_port}/")
    heading(page, "오늘")
    return page


def heading(page: Page, name: str) -> None:
    page.get_by_role("heading", name=name, exact=True, level=1).wait_for()


def go(page: Page, name: str) -> None:
    """Choose a screen of the menu."""
    page.get_by_role("navigation", name="화면 목록").get_by_role("link", name=name, exact=True).click()


def link(tree: PageTree) -> str:
    """Return a link that the machine's keeper makes for somebody."""
    found = re.search(r"http://127\.0\.0\.1:\d+/welcome\?token=\S+", tree.verb("page"))
    assert found
    return found[0]


def signed_in(page: Page, tree: PageTree, name: str) -> None:
    page.goto(f"http://127.0.0.1:{tree.page_port}/")
    page.get_by_label("이름").fill(name)
    page.get_by_label("비밀번호").fill(PASSWORD)
    page.get_by_role("button", name="로그인").click()
    heading(page, "오늘")


def confirmation(page: Page, payer: str) -> None:
    """Say of a partial cancellation that it is to be posted; the confirmation asks for the last click."""
    go(page, "확인할 건")
    page.get_by_role("link", name=payer, exact=True).click()
    page.get_by_role("button", name="이 부분취소를 입금보고서에 올립니다").click()


def last_button(page: Page, payer: str) -> str:
    return f"{payer} -{PART:,}원 입금보고서에 올리기"


def cells(download: Download, folder: Path, sheet: str) -> list[dict[str, object]]:
    """Return the rows of a workbook's sheet by the names of its columns."""
    path = folder / download.suggested_filename
    download.save_as(path)
    heads, *rows, total = openpyxl.load_workbook(path, read_only=True)[sheet].iter_rows(values_only=True)
    assert "합계" in total
    return [dict(zip(map(str, heads), row, strict=True)) for row in rows]


# --- twelve tasks


def test_what_was_taken_back_under_another_number_gets_no_deposit(page: Page, tree: PageTree) -> None:
    """확인할 건에 해오름상회 취소가 보류되어 있습니다. 승인만 입금으로 두고, 취소는 입금하지 않는 것으로 정하십시오."""
    go(page, "확인할 건")
    page.get_by_role("link", name=OWN_NUMBER, exact=True).click()
    page.get_by_role("button", name="입금이 필요 없습니다").click()
    page.get_by_role("button", name=f"{OWN_NUMBER} -88,000원, 올리지 않기").click()
    page.get_by_role("status").filter(has_text=OWN_NUMBER).wait_for()

    tree.later(minutes=11)
    assert tree.books(OWN_NUMBER) == [88_000]
    assert tree.entry(OWN_NUMBER, 88_000, CANCELLATION).excluded
    assert not tree.entry(OWN_NUMBER, 88_000).excluded


def test_a_payment_is_found_by_its_number_with_its_picture(page: Page, tree: PageTree) -> None:
    """승인번호 31415926 결제를 찾아, 입금할 때의 화면 사진을 여십시오."""
    go(page, "결제 찾기")
    page.get_by_label("거래처, 금액, 승인번호", exact=False).fill("31415926")
    page.get_by_role("button", name="찾기").click()
    page.get_by_role("link", name=FOUND, exact=True).click()
    page.get_by_role("link", name="저장 후 화면", exact=True).click()
    page.wait_for_url(re.compile("/evidence/"))

    shown = page.context.request.get(page.url)
    assert (shown.status, shown.headers["content-type"]) == (200, "image/png")
    batch = tree.entry(FOUND, 31_400).batch
    kept = {path.parent: path.read_bytes() for path in tree.data.glob(f"evidence/*/*/batch-{batch}-plan.json")}
    (folder,) = kept
    assert shown.body() in [path.read_bytes() for path in folder.glob("*.png")]


def test_a_day_is_closed_with_a_reason_and_opened_again(page: Page, tree: PageTree) -> None:
    """다음 주 금요일은 회사 야유회입니다. 사유를 적어 휴무로 지정했다가, 연기되었으니 되돌리십시오."""
    day = next_friday(tree.tuesday)
    go(page, "일정")
    page.get_by_role("link", name=f"{day.year}년 {day.month}월 {day.day}일 (금): 근무").click()
    page.get_by_label("사유").fill("회사 야유회")
    page.get_by_role("button", name="휴무로 지정").click()
    page.get_by_role("button", name="되돌리기").wait_for()
    closed = day_overrides.read(tree.data)
    page.get_by_role("button", name="되돌리기").click()
    page.get_by_role("button", name="휴무로 지정").wait_for()

    assert {(one, said.closed, said.why, said.by) for one, said in closed.items()} == {(day, True, "회사 야유회", NAME)}
    assert day not in day_overrides.read(tree.data)


def test_a_pause_until_three_and_its_end(page: Page, tree: PageTree) -> None:
    """오후 3시까지 처리를 멈추었다가, 일이 일찍 끝났으니 다시 시작하십시오."""
    first = tree.pid()
    until = datetime.combine(tree.tuesday, time(15), KST)
    page.get_by_label("지정 시각까지").check()
    page.get_by_label("시각", exact=True).fill(f"{until:%Y-%m-%dT%H:%M}")
    page.get_by_role("button", name="일시 중지").click()
    wait_until("no worker", lambda: tree.pid() is None, 90)
    paused = desired_state.read(tree.data)
    page.get_by_role("button", name="다시 시작").click()

    tree.beating(other_than=first, deadline=60)
    assert (paused.wanted, paused.until, paused.by) == (DesiredState.PAUSED, until, f"{NAME} (page)")
    assert desired_state.read(tree.data).wanted is DesiredState.RUNNING


def test_a_cycle_runs_when_it_is_asked_for(page: Page, tree: PageTree) -> None:
    """방금 라온제나가 카드로 결제했습니다. 다음 사이클을 기다리지 말고 지금 입금되게 하십시오."""
    tree.pays("라온제나", 54_300)
    page.get_by_role("button", name="지금 처리").click()

    wait_until("the deposit", lambda: tree.books("라온제나"), 60)
    assert tree.books("라온제나") == [54_300]


def test_what_is_in_doubt_is_settled_by_a_count(page: Page, tree: PageTree) -> None:
    """달빛서점 67,800원은 저장되었는지 모릅니다. ERP에서 몇 건인지 세어 알려 주십시오."""
    counted = tree.books(IN_DOUBT)
    go(page, "확인할 건")
    page.get_by_role("link", name=IN_DOUBT, exact=True).click()
    page.get_by_label("달빛서점, 67,800원: 몇 건 있습니까?").fill(str(len(counted)))
    page.get_by_role("button", name="건수 확인").click()
    page.get_by_role("button", name=f"{IN_DOUBT} 67,800원, 입금된 것으로 처리").click()
    page.get_by_role("status").filter(has_text=IN_DOUBT).wait_for()

    tree.later(minutes=11)
    assert tree.books(IN_DOUBT) == counted == [67_800]
    assert tree.entry(IN_DOUBT, 67_800).state is State.POSTED


def test_a_decision_is_taken_back_within_ten_minutes(page: Page, tree: PageTree) -> None:
    """푸른솔건재 부분취소를 입금하기로 했다가, 십 분이 지나기 전에 그 결정을 취소하십시오."""
    confirmation(page, TAKEN_BACK)
    page.get_by_role("button", name=last_button(page, TAKEN_BACK)).click()
    undo = page.get_by_role("button", name=f"결정 취소: {TAKEN_BACK} -{PART:,}원")
    undo.wait_for()
    key = tree.entry(TAKEN_BACK, PART, CANCELLATION).payment.key
    decided = [one.key for one in tree.decided()]
    tree.go_to(tree.now() + timedelta(minutes=8))
    undo.click()
    page.get_by_text("결정을 취소했습니다").wait_for()

    tree.later(minutes=11)
    assert key in decided
    assert key not in [one.key for one in tree.decided()]
    assert tree.entry(TAKEN_BACK, PART, CANCELLATION).state is State.HELD
    assert tree.books(TAKEN_BACK) == [PAID]


def test_the_month_is_a_workbook(page: Page, tree: PageTree, tmp_path: Path) -> None:
    """이번 달 입금 내역을 엑셀 파일로 받으십시오."""
    go(page, "보고서")
    with page.expect_download() as download:
        page.get_by_role("link", name=re.compile("엑셀")).click()

    rows = cells(download.value, tmp_path, "입금")
    written = sorted(int(str(row["금액(원)"])) for row in rows if row["거래처"] != IN_DOUBT)
    assert download.value.suggested_filename == f"daybreak_{tree.tuesday:%Y-%m}.xlsx"
    assert written == tree.posted(without=IN_DOUBT)


def test_a_second_user_comes_by_a_link(page: Page, browser: Browser, tree: PageTree) -> None:  # noqa: F811
    """박경리 씨도 이 화면을 씁니다. 링크를 만들어 보내고, 이름과 비밀번호를 정하게 하십시오."""
    go(page, "사용자")
    page.get_by_role("button", name="링크 만들기").click()
    address = page.get_by_label("링크(한 번, 10분 동안 유효)").input_value()
    with browser.new_context(locale="ko-KR") as context:
        other = context.new_page()
        other.goto(address)
        other.get_by_label("이름").fill("박경리")
        other.get_by_label("비밀번호", exact=False).first.fill(PASSWORD)
        other.get_by_label("비밀번호 다시 입력").fill(PASSWORD)
        other.get_by_role("button", name="시작하기").dblclick()
        heading(other, "오늘")

    user = users.signed_in(users.read(tree.data), "박경리", PASSWORD)
    assert user is not None
    assert user.role is Role.OFFICE


def test_who_signs_out_is_out(browser: Browser, tree: PageTree) -> None:  # noqa: F811 - the fixture
    """자리를 비우기 전에 로그아웃하십시오."""
    with browser.new_context(locale="ko-KR") as context:
        page = context.new_page()
        signed_in(page, tree, OTHER)
        kept = context.storage_state()
        page.get_by_role("button", name="로그아웃").click()
        heading(page, "로그인")

    with browser.new_context(locale="ko-KR", storage_state=kept) as copied:
        page = copied.new_page()
        page.goto(f"http://127.0.0.1:{tree.page_port}/payments")
        heading(page, "로그인")


def test_yesterdays_report_says_what_was_posted(page: Page, tree: PageTree) -> None:
    """어제 보고서를 찾아, 어제 입금한 금액의 합계를 알려 주십시오."""
    go(page, "보고서")
    day = tree.monday
    page.get_by_role("link", name=f"{day.year}년 {day.month}월 {day.day}일 (월)", exact=False).click()
    report = page.frame_locator("iframe")
    read = report.get_by_role("row", name=re.compile("^차액")).inner_text()

    posted = tree.posted(on=tree.monday, without=IN_DOUBT)
    assert f"{sum(posted):,}" in read.split()


def test_the_cancellations_of_a_card_company_go_to_excel(page: Page, tree: PageTree, tmp_path: Path) -> None:
    """비씨카드 취소만 골라 엑셀로 받으십시오."""
    go(page, "결제 찾기")
    page.get_by_label("구분").select_option("취소")
    page.get_by_label("카드사").select_option(CARD)
    page.get_by_role("button", name="찾기").click()
    expect(page.get_by_role("status")).to_contain_text("2건")
    with page.expect_download() as download:
        page.get_by_role("link", name="엑셀로").click()

    rows = cells(download.value, tmp_path, "결제")
    meant = [one for one in tree.erp("/payments") if (one["status"], one["acquirer"]) == ("취소", CARD)]
    assert {str(row["승인번호"]) for row in rows} == {one["approval_no"] for one in meant}
    assert len(rows) == len(meant) == 2


# --- two people, two tabs, two clicks: one effect each


def test_two_clicks_decide_once_and_a_reload_decides_nothing(page: Page, tree: PageTree) -> None:
    """입금하기를 두 번 누르고 화면을 새로 고쳐도 결정은 한 번입니다."""
    confirmation(page, TWICE)
    page.get_by_role("button", name=last_button(page, TWICE)).dblclick()
    done = page.get_by_text(re.compile(rf"{TWICE} -{PART:,}원: \d\d:\d\d 이후에 올립니다"))
    done.wait_for()
    page.reload()
    done.wait_for()

    key = tree.entry(TWICE, PART, CANCELLATION).payment.key
    assert [one["by"] for one in tree.moves(key)].count(NAME) == 1
    tree.later(minutes=11)
    assert tree.books(TWICE) == [-PART, PAID]


def test_of_two_tabs_the_second_is_told(page: Page, tree: PageTree) -> None:
    """같은 확인 화면을 두 탭에 열어 두고 양쪽에서 눌러도 결정은 한 번입니다."""
    confirmation(page, TWO_TABS)
    tab = page.context.new_page()
    tab.goto(page.url)
    page.get_by_role("button", name=last_button(page, TWO_TABS)).click()
    page.get_by_text(re.compile(f"{TWO_TABS} .* 이후에 올립니다")).wait_for()
    tab.get_by_role("button", name=last_button(tab, TWO_TABS)).click()
    tab.wait_for_load_state()
    tab.close()
    page.go_back()
    expect(page.get_by_role("alert")).to_contain_text(NAME)

    key = tree.entry(TWO_TABS, PART, CANCELLATION).payment.key
    assert [one["by"] for one in tree.moves(key)].count(NAME) == 1
    tree.later(minutes=11)
    assert tree.books(TWO_TABS) == [-PART, PAID]


def test_of_two_people_the_second_is_told_who_was_first(
    page: Page,
    browser: Browser,  # noqa: F811 - the fixture
    tree: PageTree,
) -> None:
    """두 사람이 같은 건을 서로 다르게 정하면, 먼저 누른 사람의 결정이 남습니다."""
    with browser.new_context(locale="ko-KR") as context:
        other = context.new_page()
        signed_in(other, tree, OTHER)
        go(other, "확인할 건")
        other.get_by_role("link", name=TWO_PEOPLE, exact=True).click()
        other.get_by_role("button", name="입금이 필요 없습니다").click()
        confirmation(page, TWO_PEOPLE)
        other.get_by_role("button", name=re.compile("올리지 않기")).click()
        other.get_by_role("status").filter(has_text=TWO_PEOPLE).wait_for()
        page.get_by_role("button", name=last_button(page, TWO_PEOPLE)).click()
        expect(page.get_by_role("alert")).to_contain_text(OTHER)

    tree.later(minutes=11)
    assert tree.books(TWO_PEOPLE) == [PAID]
    assert tree.entry(TWO_PEOPLE, PART, CANCELLATION).excluded


def test_two_clicks_order_one_cycle_and_close_one_day(page: Page, tree: PageTree) -> None:
    """지금 처리와 휴무로 지정을 두 번씩 눌러도 한 번만 실행되고, 오류가 나오지 않습니다."""
    before = tree.cycles_so_far()
    page.get_by_role("button", name="지금 처리").dblclick()
    heading(page, "오늘")
    wait_until("a cycle", lambda: tree.cycles_so_far() > before and tree.is_at_rest(), 60)
    day = next_friday(tree.tuesday) - timedelta(days=1)
    go(page, "일정")
    page.get_by_role("link", name=f"{day.year}년 {day.month}월 {day.day}일 (목)", exact=False).click()
    page.get_by_label("사유").fill("재고 조사")
    page.get_by_role("button", name="휴무로 지정").dblclick()
    page.get_by_role("button", name="되돌리기").wait_for()

    assert page.get_by_role("alert").count() == 0
    assert tree.cycles_so_far() == before + 1
    assert day_overrides.read(tree.data)[day].why == "재고 조사"
