"""The tabs 전체 and 강제회계반영: each row of them, or the plain word that there is no such tab."""

from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.browser.test_conformance import Demo
from tests.erp import DemoErp
from worker.errors import ErpError, ErpUnavailable
from worker.payments.payment import KST

LONG_AGO = datetime(2000, 1, 1, tzinfo=KST)


@pytest.fixture
def site(erp: DemoErp) -> Demo:
    """The demo with a payment of each status, on each tab."""
    erp.add(payer="미반영")
    erp.add(payer="취소", status="취소")
    erp.add(payer="요청중", status="요청중")
    erp.add(payer="회계반영", reflected=True)
    erp.add(payer="강제", reflected="forced")
    erp.add(payer="강제 실패", status="승인실패", reflected="forced")
    return Demo(erp)


def test_all_holds_every_payment_of_every_status_and_forced_those_alone(site: Demo, tmp_path: Path) -> None:
    with site.open(tmp_path) as erp:
        erp.sign_in()
        listed = erp.read_all(None)
        forced = erp.read_forced(LONG_AGO)
        waiting = erp.read_open(lambda _: True)

    assert {one.payer for one in listed or ()} == {"미반영", "취소", "요청중", "회계반영", "강제", "강제 실패"}
    assert {(one.payer, one.status) for one in forced or ()} == {("강제", "승인"), ("강제 실패", "승인실패")}
    assert {one.payer for one in waiting} == {"미반영", "취소", "요청중"}


@pytest.mark.deep
def test_all_is_read_over_all_its_pages_and_spares_those_before_a_time(
    site: Demo, erp: DemoErp, tmp_path: Path
) -> None:
    now = erp.now()
    for hours in range(1, 13):
        erp.add(payer=f"{hours} h", requested_at=(now - timedelta(hours=hours)).isoformat(), reflected=hours % 2 == 0)
    erp.knobs(page_size=4)
    with site.open(tmp_path) as stay:
        stay.sign_in()
        listed = stay.read_all(None)
        recent = stay.read_all(now - timedelta(hours=3))

    assert Counter(one.payer for one in listed or ()) == Counter(one["payer"] for one in erp.payments())
    assert {"1 h", "2 h", "3 h", "강제"} <= {one.payer for one in recent or ()}
    assert "12 h" not in {one.payer for one in recent or ()}


def test_a_list_without_these_tabs_says_so_and_goes_on(site: Demo, erp: DemoErp, tmp_path: Path) -> None:
    erp.knobs(tab_all_missing=True, tab_forced_missing=True)
    with site.open(tmp_path) as stay:
        stay.sign_in()
        assert stay.read_all(None) is None
        assert stay.read_forced(LONG_AGO) is None
        waiting = stay.read_open(lambda _: True)

    assert len(waiting) == 3


@pytest.mark.deep
def test_one_tab_may_be_there_and_the_other_not(site: Demo, erp: DemoErp, tmp_path: Path) -> None:
    erp.knobs(tab_forced_missing=True)
    with site.open(tmp_path) as stay:
        stay.sign_in()
        listed = stay.read_all(None)

        assert stay.read_forced(LONG_AGO) is None
    assert len(listed or ()) == 6


@pytest.mark.deep
def test_a_tab_that_is_there_and_can_not_be_read_is_an_error_and_not_a_missing_tab(
    site: Demo, erp: DemoErp, tmp_path: Path
) -> None:
    with site.open(tmp_path, access=site.hurried()) as stay:
        stay.sign_in()
        stay.read_open(lambda _: True)
        erp.knobs(rows_never=True)
        with pytest.raises(ErpUnavailable):
            stay.read_all(None)
        with pytest.raises(ErpError):
            stay.read_forced(LONG_AGO)
