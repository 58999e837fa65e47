"""The keeper at the page of a real tree: an acknowledged alarm, a restart, a rehearsed restore, a corrected mark."""

import re
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.erp import DemoErp
from tests.postbox import Postbox
from tests.rig import Circusd, is_listening, wait_until
from tests.supervision.test_page import NAME, browser, complaints_of, enter, keep, link_of  # noqa: F401 - a fixture
from tests.supervision.test_real_worker import demo_settings
from worker.alerts.catalogue import CAUSES
from worker.i18n.language import Language
from worker.ledger.ledger import Ledger
from worker.runtime import sqlite as sqlite3

TITLE = CAUSES["rejected"].title(Language.KO)


def raise_alarm(circus: Circusd, cause: str) -> None:
    with Ledger(circus.data, create=False) as ledger:
        ledger.raise_alarm(cause, "payment A: x", at=datetime.now(UTC))


def let_pass(circus: Circusd, length: timedelta) -> None:
    """Have so much time be over since people were told of what is open, as the clock would."""
    told = (datetime.now(UTC) - length).isoformat(timespec="milliseconds")
    with closing(sqlite3.connect(circus.data / "ledger.db", isolation_level=None, timeout=10)) as db:
        db.execute("UPDATE alarm SET told_at = ? WHERE ended_at IS NULL AND told > 0", (told,))


def mail(postbox: Postbox) -> dict[str, str]:
    return {"SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(postbox.port), "SMTP_TLS": "off",
            "MAIL_FROM": "a@example.com", "MAIL_TO": "b@example.com", "REPORT_LANGUAGE": "ko"}  # fmt: skip


def test_an_alarm_is_acknowledged_and_the_worker_restarted_by_the_keeper(browser: Browser, tmp_path: Path) -> None:  # noqa: F811
    with (
        Postbox() as postbox,
        Circusd(tmp_path, demo=True, page=True, settings={**demo_settings(), **mail(postbox)}) as circus,
    ):
        worker = circus.beating(deadline=60)
        wait_until("the page", lambda: is_listening(circus.page_port), 60)
        wait_until("a good cycle", (circus.data / "last_success").exists, 90)

        def about_it() -> int:
            return sum(TITLE in subject for subject in postbox.subjects())

        raise_alarm(circus, "rejected")
        wait_until("the first mail", lambda: about_it() == 1, 60)
        let_pass(circus, timedelta(hours=2))
        wait_until("the reminder", lambda: about_it() == 2, 60)
        context = browser.new_context(locale="ko-KR")
        page = context.new_page()
        complaints = complaints_of(page)
        enter(page, link_of(circus))
        page.get_by_role("link", name="알림", exact=True).click()
        page.get_by_role("link", name=TITLE).click()
        page.get_by_role("button", name="확인했음").click()
        expect(page.get_by_text(re.compile(rf"^{NAME}, \d{{4}}-"))).to_be_visible()

        let_pass(circus, timedelta(days=3))
        raise_alarm(circus, "in doubt")
        other = CAUSES["in doubt"].title(Language.KO)
        wait_until("the mail about another one", lambda: any(other in one for one in postbox.subjects()), 60)
        assert about_it() == 2
        assert not any(other in one for one in postbox.subjects()[:2])

        page.get_by_role("link", name="장비", exact=True).click()
        page.get_by_role("button", name="재시작: 처리 프로그램").click()
        fresh = circus.beating(other_than=worker, deadline=120)
        expect(page.get_by_text(f"{NAME} (page) 재시작 지시")).to_be_visible(timeout=30_000)
        expect(page.get_by_role("row", name=re.compile(rf"^처리 프로그램 실행 중 {fresh} "))).to_be_visible(
            timeout=60_000
        )
        console = circus.pid("console")
        page.get_by_role("button", name="재시작: 업무 화면").click()
        page.get_by_role("heading", name="업무 화면을 재시작하고 있습니다").wait_for()
        wait_until("another page", lambda: circus.pid("console") not in (None, console), 60)
        # It comes back by itself, and nobody signs in again.
        expect(page.get_by_role("heading", name="장비", exact=True)).to_be_visible(timeout=60_000)
        assert circus.pid() == fresh
        assert complaints == []
        context.close()


@pytest.mark.deep
def test_a_restore_is_rehearsed_the_log_searched_and_a_mark_of_the_erp_corrected(
    browser: Browser,  # noqa: F811 - the fixture
    tmp_path: Path,
) -> None:
    with (
        Postbox() as postbox,
        DemoErp(payments=10, knobs={"status_column": "nm"}) as erp,
        Circusd(tmp_path, demo=True, page=True, settings={**demo_settings(), **mail(postbox)}) as circus,
    ):
        circus.beating(deadline=60)
        wait_until("the page", lambda: is_listening(circus.page_port), 60)
        wait_until("a good cycle", (circus.data / "last_success").exists, 90)
        context = browser.new_context(locale="ko-KR", viewport={"width": 1200, "height": 900})
        page = context.new_page()
        complaints = complaints_of(page)
        enter(page, link_of(circus))

        page.get_by_role("link", name="장비", exact=True).click()
        page.get_by_role("button", name="지금 백업").click()
        done = page.get_by_text(re.compile(r"장부를 \S+ 에 백업했습니다"))
        expect(done).to_be_visible(timeout=60_000)
        backup = Path((done.text_content() or "").partition("장부를 ")[2].partition(" 에")[0])
        assert backup.parent == circus.data / "backups"
        page.get_by_role("button", name=re.compile("^복원 연습: ")).first.click()
        expect(page.get_by_text("복원 연습을 마쳤습니다. 아무것도 바꾸지 않았습니다.")).to_be_visible(timeout=60_000)
        keep(page, "machine_rehearsed")
        expect(page.get_by_text(f"복원 연습: {backup.name}")).to_be_visible()
        assert list(circus.data.glob(".rehearsal*")) == []

        page.get_by_role("link", name="로그", exact=True).click()
        lines = page.get_by_role("list", name="로그 내용").get_by_role("listitem")
        before = lines.count()
        page.get_by_label("표시할 수준").select_option("오류")
        page.get_by_label("찾을 내용").fill("HELD for a person")
        page.get_by_role("button", name="조회").click()
        expect(lines.first).to_contain_text("is held for a person")
        assert 0 < lines.count() < before
        keep(page, "machine_log")

        page.get_by_role("link", name="처음 설정").click()
        page.get_by_label("ERP 주소").fill(f"{erp.url}/")
        page.get_by_label("회사코드").fill("DEMO01")
        page.get_by_label("ERP 사용자").fill("DAYBREAK")
        page.get_by_label("ERP 비밀번호").fill("demo-pass-1")
        page.get_by_role("button", name="저장하고 시험하기").click()
        probe = page.get_by_role("region", name=re.compile("^4. "))
        mark = probe.get_by_label("column_status 수정")
        expect(mark).to_be_visible(timeout=400_000)
        keep(page, "setup_mark")
        expect(probe.get_by_role("img").first).to_be_visible()
        mark.fill("SETL_STAT_NM 결제상태")
        probe.get_by_role("button", name="저장하고 다시 점검하기").click()
        expect(probe.get_by_role("heading", name="4.")).to_contain_text("완료", timeout=400_000)
        keep(page, "setup_marked")
        assert "column_status = SETL_STAT_NM 결제상태" in (circus.data / "local.ini").read_text(encoding="utf-8")
        assert erp.slips() == []
        assert complaints == []
        context.close()
