"""Going live by the page alone, from the link to production: a real tree, a second demo, accessible names."""

import os
import signal
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from tests.erp import DemoErp
from tests.postbox import Postbox
from tests.rig import Circusd, is_listening, wait_until
from tests.supervision.test_page import NAME, PASSWORD, browser, complaints_of, keep, link_of  # noqa: F401 - a fixture
from tests.supervision.test_real_worker import demo_settings
from worker.runtime import desired_state
from worker.runtime.desired_state import DesiredState


class Hand:
    """Somebody at the page, who counts what it costs."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self.clicks = 0
        self.fields = 0

    def click(self, name: str, role: str = "button") -> None:
        self._page.get_by_role(role, name=name).click(timeout=400_000)  # type: ignore[arg-type]
        self.clicks += 1

    def fill(self, label: str, text: str) -> None:
        self._page.get_by_label(label).fill(text)
        self.fields += 1


def test_from_the_link_to_production_in_twelve_clicks_and_four_fields(
    browser: Browser,  # noqa: F811 - the fixture
    tmp_path: Path,
) -> None:
    with (
        Postbox() as post,
        DemoErp(payments=30) as erp,
        Circusd(
            tmp_path,
            demo=True,
            page=True,
            settings={
                **demo_settings(),
                "SMTP_HOST": "127.0.0.1",
                "SMTP_PORT": str(post.port),
                "SMTP_TLS": "off",
                "MAIL_FROM": "daybreak@example.com",
                "MAIL_TO": "office@example.com",
            },
        ) as circus,
    ):
        circus.beating(deadline=30)
        wait_until("the page", lambda: is_listening(circus.page_port), 30)
        context = browser.new_context(locale="ko-KR", viewport={"width": 1200, "height": 900})
        page = context.new_page()
        complaints = complaints_of(page)
        hand = Hand(page)
        page.goto(link_of(circus))
        page.get_by_label("이름").fill(NAME)
        page.get_by_label("비밀번호", exact=False).first.fill(PASSWORD)
        page.get_by_label("비밀번호 다시 입력").fill(PASSWORD)

        hand.click("시작하기")
        hand.click("처음 설정", role="link")
        hand.click("모든 컴퓨터에서 중지했습니다")
        hand.fill("ERP 주소", f"{erp.url}/")
        hand.fill("회사코드", "DEMO01")
        hand.fill("ERP 사용자", "DAYBREAK")
        hand.fill("ERP 비밀번호", "demo-pass-1")
        keep(page, "setup_settings")
        hand.click("저장하고 시험하기")
        expect(page.get_by_role("heading", name="5.")).to_contain_text("진행할 차례", timeout=400_000)
        keep(page, "setup_adopt")
        page.get_by_label("아무것도 입금하지 않았습니다").check()
        hand.clicks += 1
        hand.click("결과 확인하기")
        hand.click("이대로 시작합니다")
        hand.click("저장하지 않고 한 번 실행하기")
        hand.click("예, 저장 요청입니다")
        keep(page, "setup_row")
        assert erp.slips() == []
        hand.click("실제 입금보고서에 올리기")
        page.get_by_text("처리 프로그램을 중지한 상태에서 한 건을 입금하고 있습니다").wait_for()
        # Whoever closes the page, and whatever becomes of its program: the row is posted to its end, once.
        page.goto("about:blank")
        os.kill(circus.pid("console") or 0, signal.SIGKILL)
        wait_until("the row", lambda: len(erp.slips()) == 1, 300)
        wait_until("the page", lambda: is_listening(circus.page_port), 60)
        page.goto(f"http://127.0.0.1:{circus.page_port}/setup")
        expect(page.get_by_role("heading", name="7.")).to_contain_text("완료", timeout=400_000)
        keep(page, "setup_posted")
        assert len(erp.slips()) == 1
        assert desired_state.read(circus.data).wanted is DesiredState.STOPPED
        hand.click("자동 처리 시작하기")

        expect(page.get_by_text("8단계 중 8단계를 마쳤습니다")).to_be_visible(timeout=400_000)
        keep(page, "setup_done")
        due = sum(1 for one in erp.payments() if one["status"] == "승인" and one["reflected"] is False)
        wait_until("all deposits, once", lambda: len(erp.slips()) >= due, 120)
        keys = [one["memo"] for one in erp.slips()]
        assert len(set(keys)) == len(keys)
        assert (hand.clicks, hand.fields) == (11, 4)
        assert [one for one in complaints if "ERR_CONNECTION" not in one and "Failed to fetch" not in one] == []
        context.close()
