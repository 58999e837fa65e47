"""What a dead-man service hears of whole cycles."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.browser.conftest import OpenOffice
from tests.dead_man import Service, dead_man
from tests.erp import DemoErp
from worker.schedule.loop import Outcome


@pytest.fixture
def service() -> Iterator[Service]:
    """Return a service that listens on the loopback."""
    with dead_man() as found:
        yield found


def test_a_cycle_is_told_with_its_figures(open_office: OpenOffice, erp: DemoErp, service: Service) -> None:
    erp.add(payer="고객 1", amount=1000, status="승인", approval_no="10000001")
    office = open_office(PING_URL=service.url)

    assert office.cycle().outcome is Outcome.RAN
    office.job.close()

    assert service.paths() == ["/my-uuid/start", "/my-uuid"]
    (_, began, _), (_, ended, body) = service.heard
    assert began == ended != ""
    assert "listed: 1\n" in body
    assert "posted: 1\n" in body


def test_a_cycle_that_fails_is_told_with_the_reason(open_office: OpenOffice, erp: DemoErp, service: Service) -> None:
    office = open_office(PING_URL=service.url, signed_in=False, real=True)
    office.change_password("wrong")

    report = office.cycle()
    office.job.close()

    assert report.outcome is Outcome.FAILED
    assert service.paths() == ["/my-uuid/start", "/my-uuid/fail"]
    assert service.heard[-1][2].startswith(report.why)


def test_a_service_that_hangs_costs_a_cycle_nothing(open_office: OpenOffice, erp: DemoErp, service: Service) -> None:
    service.slow = 30
    office = open_office(PING_URL=service.url)

    report = office.cycle()

    assert report.outcome is Outcome.RAN
    assert float(report.figures["seconds"]) < 20


def test_that_people_can_not_be_told_fails_the_ping_of_a_good_cycle(
    open_office: OpenOffice, erp: DemoErp, service: Service
) -> None:
    mail = {"SMTP_HOST": "127.0.0.1", "SMTP_TLS": "off", "MAIL_FROM": "a@example.com", "MAIL_TO": "b@example.com"}
    office = open_office(PING_URL=service.url, **mail)
    long_ago = office.settings.now() - timedelta(hours=2)
    office.ledger.add_mail(key="", subject="report", text="", at=long_ago, channels=["mail"])
    (one,) = office.ledger.undelivered()
    office.ledger.note_failed(one, at=long_ago, error="connection refused")

    assert office.cycle().outcome is Outcome.RAN
    office.job.close()

    assert service.paths() == ["/my-uuid/start", "/my-uuid/fail"]
    assert "1 messages can't be delivered since" in service.heard[-1][2]
    assert "connection refused" in service.heard[-1][2]


def test_a_refused_password_is_an_alarm_until_a_cycle_goes_well(open_office: OpenOffice, erp: DemoErp) -> None:
    office = open_office(signed_in=False, real=True)
    office.change_password("wrong")
    office.cycle()
    (alarm,) = office.alarms()
    assert alarm.cause == "password"
    assert str(alarm.facts["evidence"]).endswith("cycle-1")

    office.change_password("demo-pass-1")
    assert office.cycle().outcome is Outcome.RAN

    assert office.alarms() == []
