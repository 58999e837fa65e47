"""The demo ERP, as any ERP behind the protocol must be."""

from collections import Counter
from dataclasses import replace

import pytest

from tests.conformance import *  # noqa: F403 - the suite
from tests.conformance import Site, access_to
from tests.erp import DemoErp
from worker.erp import Access


class Demo(Site):
    """The embedded demo ERP."""

    name = "ecount"
    save_pattern = r"/action/BulkUpload\b"

    def __init__(self, erp: DemoErp) -> None:
        self._erp = erp

    def access(self) -> Access:
        return access_to(self._erp.url, company="DEMO01", user="DAYBREAK", password="demo-pass-1")

    def hurried(self) -> Access:
        """Return an access that gives up soon, for what never comes."""
        return replace(self.access(), list_s=2, step_s=2)

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
