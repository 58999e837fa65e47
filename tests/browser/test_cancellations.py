"""Cancellations: in each of the three forms the ERP may give them, the books end with what was really paid."""

from functools import partial

import pytest

from tests.browser.conftest import OpenOffice
from tests.erp import DemoErp
from worker.ledger.state import State

BEFORE, BETWEEN, DURING, AFTER = 1000, 2000, 3000, 4000


@pytest.mark.parametrize(
    ("model", "new_number", "booked", "held"),
    [
        # The row itself turned: without its approval it is a person's; both unposted, nothing is owed.
        ("A", "hold", [DURING, -DURING, AFTER, -AFTER], {-BEFORE}),
        ("B", "hold", [BEFORE, -BEFORE, BETWEEN, -BETWEEN, DURING, -DURING, AFTER, -AFTER], set()),
        # A number of its own says nothing of what it takes back: a person must, unless the operator trusts the payer.
        pytest.param(
            "C", "hold", [BEFORE, BETWEEN, DURING, AFTER], {-BEFORE, -BETWEEN, -DURING, -AFTER}, marks=pytest.mark.deep
        ),
        pytest.param(
            "C",
            "match",
            [BEFORE, -BEFORE, BETWEEN, -BETWEEN, DURING, -DURING, AFTER, -AFTER],
            set(),
            marks=pytest.mark.deep,
        ),
    ],
)
def test_a_cancellation_takes_back_what_was_posted_and_nothing_else(
    open_office: OpenOffice, erp: DemoErp, model: str, new_number: str, booked: list[int], held: set[int]
) -> None:
    office = open_office(CANCEL_NEW_NUMBER=new_number)
    erp.knobs(cancel_model=model, save_path="app.deposit/action/Elsewhere")
    paid = {won: erp.add(amount=won)["id"] for won in (BEFORE, BETWEEN, DURING, AFTER)}
    erp.cancel(paid[BEFORE])
    office.cycle()  # reads them; the save is not recognised
    assert not erp.uploads()
    erp.cancel(paid[BETWEEN])
    erp.knobs(save_path="app.deposit/action/BulkUpload")
    office.when("pasting", partial(erp.cancel, paid[DURING]))
    office.cycle()
    erp.cancel(paid[AFTER])

    office.cycle()

    assert office.won() == sorted(booked)
    assert office.states() == dict.fromkeys(held, State.HELD)


def test_a_lone_cancellation_is_held_and_its_payer_posted_on(open_office: OpenOffice, erp: DemoErp) -> None:
    office = open_office()
    erp.add(amount=1000, payer="새빛", status="취소")
    erp.add(amount=2000, payer="새빛")

    office.cycle()

    assert office.slips() == [("새빛", 2000)]
    assert office.states() == {-1000: State.HELD}
