"""MODE = shadow on the real screens: nothing is entered or saved, and what a person did is read off both lists."""

from pathlib import Path

from tests.browser.conftest import OpenOffice
from tests.erp import DemoErp
from tests.office import Chromium, Office
from worker.operations import shadow
from worker.schedule.loop import Outcome


def test_a_worker_beside_a_person_saves_nothing_and_says_how_the_two_compare(
    open_office: OpenOffice, erp: DemoErp, chromium: Chromium, tmp_path: Path
) -> None:
    office = open_office(real=True, MODE="shadow", DEPOSIT_LIST="on")
    assert office.cycle().outcome is Outcome.RAN
    payments = [erp.add(payer="해오름상회", amount=41_000), erp.add(payer="달빛서점", amount=52_000)]
    report = office.cycle()
    assert (report.outcome, report.why) == (Outcome.RAN, "")
    assert not erp.uploads()

    erp.control("/sessions/expire", {})  # the person signs in with the same account
    # Another worker stands for the person: its deposits are as one types them.
    with Office(erp, tmp_path / "person", chromium=chromium, real=True) as person:
        assert person.cycle().outcome is Outcome.RAN
    erp.control("/sessions/expire", {})
    for one in payments:
        erp.change(one["id"], reflected=True)
    before = erp.uploads()
    assert office.cycle().outcome is Outcome.RAN

    found = shadow.look(office.settings)
    assert found is not None
    assert (found.is_on, found.reads_slips) == (True, True)
    assert (found.score.same, found.score.total, found.findings) == (2, 2, ())
    assert erp.uploads() == before
