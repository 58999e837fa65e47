"""The office decides what is held, in a real tree with a real Chromium: three clicks, by accessible names."""

import json
import re
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.rig import Circusd, is_listening, wait_until
from tests.supervision.test_page import browser, complaints_of, enter, keep, link_of  # noqa: F401 - a fixture
from tests.supervision.test_real_worker import all_posted_once, demo_settings, slips
from tests.supervision.test_verbs import daybreak
from worker.ledger.ledger import Ledger
from worker.ledger.notes import OPEN_DECISIONS
from worker.ledger.open_decisions import OpenDecision
from worker.ledger.state import State
from worker.runtime import sqlite as sqlite3

PAYER = "해오름상회"


def held(circus: Circusd) -> str:
    """Have a part of a posted payment taken back; return the key of the cancellation that is held."""
    (paid,) = circus.erp("/payments", [{"payer": PAYER, "amount": 100_000, "status": "승인", "reflected": False}])
    assert daybreak(circus, "once").returncode == 0
    part = {name: paid[name] for name in ("payer", "requester", "method", "acquirer", "card", "approval_no")}
    circus.erp("/payments", [{**part, "amount": 30_000, "status": "취소", "reflected": False}])
    assert daybreak(circus, "once").returncode == 0
    with Ledger(circus.data, create=False) as ledger:
        (found,) = (one for one in ledger.in_state(State.HELD) if one.payment.payer == PAYER)
        return found.payment.key


def open_decisions(circus: Circusd) -> list[OpenDecision]:
    with Ledger(circus.data, create=False) as ledger:
        return ledger.open_decisions()


def let_pass(circus: Circusd) -> None:
    """Have the ten minutes be over, as the clock would."""
    with closing(sqlite3.connect(circus.data / "ledger.db", isolation_level=None, timeout=10)) as db:
        (text,) = db.execute("SELECT value FROM meta WHERE key = ?", (OPEN_DECISIONS,)).fetchone()
        noted = json.loads(text)
        for one in noted.values():
            one["effect_at"] = (datetime.now(UTC) - timedelta(seconds=1)).isoformat()
        db.execute("UPDATE meta SET value = ? WHERE key = ?", (json.dumps(noted), OPEN_DECISIONS))


def decide(page: Page) -> None:
    """Post the partial cancellation: three clicks from the list."""
    page.get_by_role("link", name=PAYER, exact=True).click()
    page.get_by_role("button", name="이 부분취소를 입금보고서에 올립니다").click()
    page.get_by_role("button", name=f"{PAYER} -30,000원 입금보고서에 올리기").click()
    page.get_by_text(re.compile(rf"{PAYER} -30,000원: \d\d:\d\d 이후에 올립니다")).wait_for()


def width(page: Page) -> int:
    """Return how wide the screen's content is, in pixels; a screen that is on its way is waited for."""
    found = page.locator("body").evaluate("() => document.documentElement.scrollWidth")
    assert isinstance(found, int)
    return found


def back(circus: Circusd) -> list[str]:
    return [one["amount"] for one in slips(circus) if one["payer"] == PAYER]


@pytest.mark.deep
def test_a_held_cancellation_is_decided_in_three_clicks_taken_back_and_made_anew(
    browser: Browser,  # noqa: F811 - the fixture
    tmp_path: Path,
) -> None:
    with Circusd(tmp_path, demo=True, page=True, settings=demo_settings()) as circus:
        circus.beating(deadline=30)
        wait_until("the page", lambda: is_listening(circus.page_port), 30)
        wait_until("all deposits, once", lambda: all_posted_once(circus), 120)
        key = held(circus)
        context = browser.new_context(locale="ko-KR", viewport={"width": 390, "height": 844})
        page = context.new_page()
        complaints = complaints_of(page)
        enter(page, link_of(circus))

        page.get_by_role("link", name=re.compile(r"확인할 건 \d+건")).click()
        page.wait_for_url("**/waiting")
        assert width(page) <= 390
        keep(page, "waiting_390")
        page.get_by_role("link", name=PAYER, exact=True).click()
        page.wait_for_url("**/waiting/*")
        assert width(page) <= 390
        keep(page, "waiting_row_390")
        page.get_by_role("link", name="확인할 건 목록").click()
        decide(page)
        assert [(one.key, one.by) for one in open_decisions(circus)] == [(key, "김관리")]
        assert daybreak(circus, "once").returncode == 0
        assert len(back(circus)) == 1  # the approval alone: the ten minutes are not over

        page.reload()
        page.get_by_role("button", name=re.compile("^결정 취소")).click()
        page.get_by_text("결정을 취소했습니다").wait_for()
        assert open_decisions(circus) == []
        with Ledger(circus.data, create=False) as ledger:
            entry = ledger.entry(key)
            assert entry is not None
            assert entry.state is State.HELD

        decide(page)
        page.go_back()  # the confirmation again: it says that this is decided
        expect(page.get_by_role("alert")).to_contain_text("김관리")
        let_pass(circus)
        assert daybreak(circus, "once").returncode == 0

        assert sorted(int(one) for one in back(circus)) == [-30_000, 100_000]
        page.goto(f"http://127.0.0.1:{circus.page_port}/waiting/{key}")
        expect(page.get_by_text("이 건은 이미 처리되었습니다.")).to_be_visible()
        assert [one for one in complaints if "422" not in one and "409" not in one] == []
        context.close()
