"""An export after real cycles: its deposits are the slips that the ERP's own control API counts."""

import csv
from datetime import timedelta
from pathlib import Path

from tests.browser.conftest import OpenOffice
from tests.erp import DemoErp
from worker.reports.export import on_demand


def rows(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_what_is_exported_equals_the_slips_of_the_erp(open_office: OpenOffice, erp: DemoErp) -> None:
    erp.reset(payments=80)
    office = open_office()
    office.cycle()
    erp.add(payer="=새빛+상사", amount=41_000)
    office.cycle()
    today = office.settings.now().date()

    made = on_demand.make(
        office.settings, str(today - timedelta(days=1)), str(today + timedelta(days=1)), folder=None, language=None
    )

    slips = [(one["slip_no"], one["date"], one["account"], one["amount"], one["memo"]) for one in erp.slips()]
    deposits = rows(made.folder, "deposits")
    assert len(slips) > 60
    assert sorted(slips) == sorted(
        (one["Slip"], one["Date entered"], one["Account"], int(one["Won"]), one["Remark"]) for one in deposits
    )
    total = rows(made.folder, "totals")[-1]
    assert int(total["Deposits posted"]) == len(slips)
    assert int(total["Difference"]) == sum(slip[3] for slip in slips)
    assert made.different == ()
