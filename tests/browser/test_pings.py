"""What a dead-man service hears of whole cycles."""

from collections.abc import Iterator

import pytest

from tests.browser.conftest import OpenOffice
from tests.dead_man import Service, dead_man
from tests.erp import DemoErp
from worker.loop import Outcome


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
