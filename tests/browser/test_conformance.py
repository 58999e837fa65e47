"""The demo ERP, as any ERP behind the protocol must be."""

from collections import Counter
from pathlib import Path

import pytest

from tests.conformance import *  # noqa: F403 - the suite
from tests.conformance import Site, access_to
from tests.erp import DemoErp
from worker.config.erp_settings import ErpSettings


class Demo(Site):
    """The embedded demo ERP."""

    name = "ecount"
    save_pattern = r"/action/BulkUpload\b"

    def __init__(self, erp: DemoErp) -> None:
        self._erp = erp

    def access(self) -> ErpSettings:
        return access_to(self._erp.url, company="DEMO01", user="DAYBREAK", password="demo-pass-1")

    def hurried(self) -> ErpSettings:
        """Return an access that gives up soon, for what never comes."""
        return self.access().model_copy(update={"list_s": 2, "step_s": 2})

    def waiting(self) -> list[tuple[str, int]]:
        return sorted((one["payer"], one["amount"]) for one in self._erp.payments() if not one["reflected"])

    def posted(self) -> Counter[str]:
        return Counter(slip["memo"].rpartition("#")[2] for slip in self._erp.slips())


@pytest.fixture
def site(erp: DemoErp) -> Demo:
    """The demo with a few payments that wait."""
    erp.reset(payments=0)
    for number in range(5):
        erp.add(payer=f"고객 {number}", amount=1000 + number)
    return Demo(erp)


def test_a_look_at_the_list_tells_every_deposit_and_the_days_it_shows(site: Demo, erp: DemoErp, tmp_path: Path) -> None:
    with site.open(tmp_path) as stay:
        stay.sign_in()
        deposits = site.deposits(stay, 3)
        stay.upload(deposits, arm=lambda: None, release=lambda _: None)
        listing = stay.look_up([deposits[0].key], None)

    assert [one.remark for one in listing.slips] == [one["memo"] for one in reversed(erp.slips())]
    assert [one.entered_at and one.entered_at.isoformat() for one in listing.slips] == [
        one["entered_at"] for one in reversed(erp.slips())
    ]
    assert listing.period is not None
    assert (listing.period[1], (listing.period[1] - listing.period[0]).days) == (erp.now().date(), 30)
    assert list(listing.found) == [deposits[0].key]
