"""The data folder of an earlier day is put back, at a real ERP with a browser: nothing is posted a second time."""

import shutil

import pytest

from tests.browser.conftest import OpenOffice
from tests.erp import DemoErp
from tests.office import Office
from worker.schedule.loop import Outcome

PAYERS = ("가온", "나루", "다온", "새빛", "한들")


def put_back(office: Office, erp: DemoErp) -> None:
    """Post five payments, then put the folder of before in place, as `cp -r` does, and start the next worker."""
    office._held.close()
    kept = office.folder.with_name("kept")
    shutil.copytree(office.folder, kept)
    office.restart()
    for number, payer in enumerate(PAYERS):
        erp.add(payer=payer, amount=1000 + number)
    assert office.cycle().outcome is Outcome.RAN
    assert len(office.slips()) == len(PAYERS)
    office._held.close()
    shutil.rmtree(office.folder)
    shutil.copytree(kept, office.folder)
    office.restart()


def test_where_deposits_can_be_looked_up_each_is_found_and_work_goes_on(open_office: OpenOffice, erp: DemoErp) -> None:
    office = open_office(real=True, DEPOSIT_LIST="on", SETTLE_S="0.01")
    put_back(office, erp)
    erp.add(payer="늦봄", amount=7000)

    reports = [office.cycle() for _ in range(3)]

    assert "older than its surroundings" in reports[0].why
    assert reports[-1].outcome is Outcome.RAN, reports[-1].why
    assert office.won() == [1000, 1001, 1002, 1003, 1004, 7000]


@pytest.mark.parametrize("remark_key", ["on", pytest.param("off", marks=pytest.mark.deep)])
def test_where_they_can_not_nothing_is_posted_before_a_person_has_compared(
    open_office: OpenOffice, erp: DemoErp, remark_key: str
) -> None:
    office = open_office(real=True, DEPOSIT_LIST="off", REMARK_KEY=remark_key)
    put_back(office, erp)

    reports = [office.cycle() for _ in range(2)]

    assert all("daybreak adopt" in report.why for report in reports)
    assert office.won() == [1000, 1001, 1002, 1003, 1004]
