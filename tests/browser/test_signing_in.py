"""Signing in: past every question of the ERP, never past a person, never often enough to lock the account."""

from unittest.mock import patch

import pytest

from tests.browser.conftest import OpenOffice
from tests.erp import DemoErp
from tests.office import PASSWORD, Chromium, Office
from worker.browser.launch import Session
from worker.schedule.loop import Outcome


@pytest.fixture
def stranger(open_office: OpenOffice) -> Office:
    """An office in demo mode that has never signed in."""
    return open_office(signed_in=False)


def live(erp: DemoErp, *, rival: bool) -> int:
    """Return how many sessions live: the rivals', or the others."""
    return sum(one["state"] == "live" and one["rival"] is rival for one in erp.control("/sessions"))


def test_a_notice_is_closed_and_the_new_device_is_not_registered(stranger: Office, erp: DemoErp) -> None:
    erp.add(amount=1000)
    erp.knobs(login_notice=True, login_delay_s=0.3, shell_delay_s=0.3)

    report = stranger.cycle()

    assert report.outcome is Outcome.RAN, report.why
    assert stranger.won() == [1000]
    stored = stranger.folder / "session.json"
    assert "ECOUNT_SessionId" in stored.read_text(encoding="utf-8")
    assert "EcNewDeviceKey" not in stored.read_text(encoding="utf-8")
    assert stored.stat().st_mode & 0o077 == 0


def test_a_stored_session_is_used_until_the_erp_forgets_it(office: Office, erp: DemoErp) -> None:
    erp.add(amount=1000)
    office.cycle()
    assert erp.stats()["logins"] == 1

    erp.control("/sessions/expire", {})
    erp.add(amount=2000)
    report = office.cycle()

    assert report.outcome is Outcome.RAN, report.why
    assert erp.stats()["logins"] == 2
    assert office.won() == [1000, 2000]


def test_a_person_who_is_signed_in_is_left_alone_every_time(stranger: Office, erp: DemoErp) -> None:
    erp.add(amount=1000)
    erp.control("/sessions/rival", {})

    reports = [stranger.cycle(), stranger.cycle()]

    assert [one.outcome for one in reports] == [Outcome.FAILED, Outcome.FAILED]
    assert all("somebody else is signed in" in one.why for one in reports)
    assert live(erp, rival=True) == 1
    assert not erp.uploads()
    erp.control("/sessions/expire", {})
    stranger.cycle()
    assert stranger.won() == [1000]


@pytest.mark.parametrize("take_over", ["on", pytest.param("off", marks=pytest.mark.deep)])
def test_only_our_own_interrupted_sign_in_is_taken_over_and_only_if_allowed(
    open_office: OpenOffice, erp: DemoErp, take_over: str
) -> None:
    office = open_office(real=True, signed_in=False, TAKE_OVER=take_over, DEPOSIT_LIST="on")
    erp.add(amount=1000)
    with patch.object(Session, "store", side_effect=OSError("the worker dies before the session is stored")):
        office.cycle()
    assert live(erp, rival=False) == 1
    office.restart()

    report = office.cycle()

    assert ("somebody else" in report.why) is (take_over == "off")
    assert office.won() == ([1000] if take_over == "on" else [])
    assert live(erp, rival=False) == 1


def test_a_password_that_is_refused_twice_is_not_tried_again_until_its_file_changes(
    open_office: OpenOffice, erp: DemoErp
) -> None:
    office = open_office(real=True, signed_in=False)
    erp.add(amount=1000)
    office.change_password("wrong")

    reports = [office.cycle() for _ in range(4)]

    assert all(one.outcome is Outcome.FAILED for one in reports)
    assert "확인바랍니다" in reports[0].why
    assert "not signing in" in reports[3].why
    assert erp.stats()["failed_logins"] == 2
    office.change_password(PASSWORD)
    office.cycle()
    assert office.won() == [1000]


@pytest.mark.deep
def test_a_sign_in_that_gets_lost_on_its_way_is_no_refusal(open_office: OpenOffice, erp: DemoErp) -> None:
    office = open_office(signed_in=False, SIGN_IN_S=3)
    erp.add(amount=1000)
    real = "const real = window.fetch; window.fetch = (url, options) => real("
    office.script = f"{real}String(url).includes('login_processor') ? 'http://127.0.0.1:1/' : url, options);"

    reports = [office.cycle() for _ in range(2)]
    erp.knobs(login_500=1)
    office.script = ""
    reports.append(office.cycle())

    assert all(one.outcome is Outcome.FAILED for one in reports)
    office.restart(SIGN_IN_S=60)
    report = office.cycle()
    assert report.outcome is Outcome.RAN, report.why
    assert office.won() == [1000]


def test_a_second_factor_stops_the_worker_with_a_word_of_what_to_do(stranger: Office, erp: DemoErp) -> None:
    erp.add(amount=1000)
    erp.knobs(second_factor=True)

    report = stranger.cycle()

    assert report.outcome is Outcome.FAILED
    assert "Sign in by hand" in report.why
    assert not erp.uploads()
    assert erp.stats()["logins"] == 0


@pytest.mark.deep
def test_an_erp_that_cannot_be_reached_is_tried_again(open_office: OpenOffice, erp: DemoErp) -> None:
    office = open_office(signed_in=False, SIGN_IN_S=1)
    erp.add(amount=1000)
    erp.kill()
    try:
        report = office.cycle()
    finally:
        erp.start()
    assert report.outcome is Outcome.FAILED
    assert "ERR_CONNECTION_REFUSED" in report.why or "not there after" in report.why

    office.restart(SIGN_IN_S=60)
    report = office.cycle()

    assert report.outcome is Outcome.RAN, report.why
    assert office.won() == [1000]


# --- the browser


def test_a_window_is_one_page_and_nothing_that_nobody_sees(chromium: Chromium) -> None:
    with chromium.browser.new_context() as context:
        context.new_page()
        devtools = chromium.browser.new_browser_cdp_session()
        found = devtools.send("Target.getTargets", {"filter": [{}]})["targetInfos"]
        devtools.detach()

    assert {one["type"] for one in found} <= {"page", "tab", "browser"}, found
