"""What is uncertain of the real screens, in pairs: each two variants at once are read rightly and posted once."""

from itertools import combinations, product

import pytest

from tests.browser.conftest import OpenOffice
from tests.browser.variants import FACTORS, REFUSED
from tests.deep.pairs import covering
from tests.erp import DemoErp
from worker.schedule.loop import Outcome

pytestmark = pytest.mark.deep

ROWS = covering(FACTORS)

WON = range(1000, 1012)


def test_the_rows_cover_every_pair_of_values() -> None:
    met = {pair for row in ROWS for pair in combinations(row.items(), 2)}

    for one, other in combinations(FACTORS, 2):
        for first, second in product(FACTORS[one], FACTORS[other]):
            assert ((one, first), (other, second)) in met


@pytest.mark.parametrize("row", range(len(ROWS)))
def test_variants_at_once_are_read_rightly_and_posted_once(open_office: OpenOffice, erp: DemoErp, row: int) -> None:
    for won in WON:
        erp.add(amount=won, payer="ecount 나루" if won % 4 == 0 else "가온")
    erp.knobs(page_size=5, **ROWS[row])

    report = open_office(STEP_S=10, signed_in=False).cycle()

    assert report.outcome is Outcome.RAN, f"{ROWS[row]}: {report.why}"
    assert sorted(slip["amount"] for slip in erp.slips()) == list(WON), ROWS[row]


@pytest.mark.parametrize("row", range(0, len(ROWS), 3))
@pytest.mark.parametrize(("knobs", "said"), REFUSED, ids=lambda value: str(value)[:50])
def test_what_is_refused_alone_is_refused_beside_others(
    open_office: OpenOffice, erp: DemoErp, knobs: dict[str, object], said: str, row: int
) -> None:
    for won in WON:
        erp.add(amount=won)
    erp.knobs(**{**ROWS[row], **knobs, "page_size": 5})

    report = open_office(STEP_S=3, LIST_S=8).cycle()

    assert report.outcome is Outcome.FAILED, ROWS[row]
    assert said in report.why or "stands there more than once" in report.why, report.why
    assert erp.slips() == []
