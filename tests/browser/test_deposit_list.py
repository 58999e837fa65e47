"""The list of deposits, read for proof: what it hides is never posted again, and what we do not know there stops us."""

from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.browser.conftest import OpenOffice
from tests.erp import DemoErp
from tests.office import Chromium, Office
from worker.erp.ecount.deposit_list import period_of
from worker.ledger.state import State
from worker.schedule.loop import Outcome


@pytest.mark.parametrize(
    "hidden",
    [
        {"deposit_filter": "고객 1"},
        pytest.param({"deposit_days": 9, "deposit_until_days": 1}, marks=pytest.mark.deep),
        pytest.param({"deposit_filter": "nobody"}, marks=pytest.mark.deep),
    ],
    ids=str,
)
def test_a_deposit_that_the_list_hides_is_not_posted_again(
    open_office: OpenOffice, erp: DemoErp, hidden: dict[str, object]
) -> None:
    office = open_office()
    for number in range(3):
        erp.add(payer=f"고객 {number}", amount=1000 + number)
    office.cycle()
    erp.add(payer="새빛", amount=2000)
    erp.knobs(save_fault="cut_after")
    office.cycle()
    erp.knobs(**hidden)

    # Two look-ups that agree would settle it; the third would post it.
    for _ in range(3):
        office.cycle()

    assert office.states() == {2000: State.IN_DOUBT}
    assert office.won() == [1000, 1001, 1002, 2000]

    erp.knobs(deposit_filter="", deposit_days=30, deposit_until_days=0)
    office.cycle()

    assert office.states() == {}
    assert office.won() == [1000, 1001, 1002, 2000]


@pytest.mark.deep
def test_a_list_whose_period_is_nowhere_to_be_read_proves_nothing(open_office: OpenOffice, erp: DemoErp) -> None:
    office = open_office(markers={"deposit_period": "#nowhere"})
    erp.add(amount=1000)
    erp.knobs(save_fault="cut_before")

    for _ in range(4):
        report = office.cycle()

    assert report.outcome is Outcome.RAN, report.why
    assert office.states() == {1000: State.IN_DOUBT}
    assert not office.won()


def test_two_machines_at_one_company_are_found_by_the_first_that_looks(
    erp: DemoErp, chromium: Chromium, tmp_path: Path
) -> None:
    erp.knobs(rival_check=False)
    with ExitStack() as stack:
        first, second = (
            stack.enter_context(Office(erp, tmp_path / name, chromium=chromium, real=True, DEPOSIT_LIST="on"))
            for name in ("first", "second")
        )
        erp.clock(offset_s=5)  # entered after both were adopted, to the second
        erp.add(amount=1000)
        first.cycle()
        second.cycle()
        erp.add(amount=2000)
        report = first.cycle()
        erp.add(amount=3000)
        first.cycle()

        assert report.outcome is Outcome.FAILED
        assert "Another daybreak posts to this company" in report.why
        assert first.won() == [1000, 1000, 2000]
        assert [one.cause for one in first.ledger.alarms() if one.cause == "ledger"] == ["ledger"]


@pytest.mark.parametrize(
    ("text", "is_read"),
    [
        ("2026/01/08 ~ 2026/02/07", True),
        ("2026-1-8~2026-2-7", True),
        ("기간: 2026.01.08 - 2026.02.07 (최근 30일)", True),
        ("2026/02/07 ~ 2026/01/08", False),
        ("2026/01/08", False),
        ("2026/01/08 ~ 2026/02/30", False),
        ("최근 30일", False),
        ("", False),
    ],
)
def test_a_period_is_two_days_in_their_order(text: str, *, is_read: bool) -> None:
    assert (period_of(text) is not None) is is_read
