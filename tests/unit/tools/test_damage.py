"""What the torture does to a ledger is the damage that it says."""

from datetime import datetime
from pathlib import Path
from random import Random

import pytest

from tests.fakes import see
from tests.tools.torture import damage
from worker.ledger.ledger import Ledger
from worker.ledger.state import State
from worker.payments.payment import KST, ListRow, parse_rows


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    rows = [
        ListRow(
            time=f"2026/11/29 오전 8:07:{number:02d}",
            payer="고객",
            amount="1,000",
            status="승인",
            approval_no=f"7{number}",
        )
        for number in range(40)
    ]
    with Ledger(tmp_path) as opened:
        opened.begin_generation()
        see(opened, parse_rows(rows).payments, cycle=1, at=datetime.now(KST))
    return tmp_path / "ledger.db"


def test_what_waits_is_forgotten_by_the_index_and_still_in_the_table(ledger: Path) -> None:
    forgotten = damage.forget_what_waits(ledger)

    with Ledger(ledger.parent) as opened:
        known = opened.keys_listed_last()
        assert opened.in_state(State.SEEN) == []
        assert {entry.state for entry in opened.entries(known).values()} == {State.SEEN}
    assert forgotten == len(known) == 40


@pytest.mark.parametrize("seed", range(6))
def test_half_a_page_is_overwritten_and_nothing_else(ledger: Path, seed: int) -> None:
    damage.overwrite_a_page(ledger, Random(1000))  # the first one empties the log into the file
    before = ledger.read_bytes()

    name = damage.overwrite_a_page(ledger, Random(seed))

    after = ledger.read_bytes()
    halves = {place // 2048 for place in range(len(before)) if before[place] != after[place]}
    assert len(before) == len(after)
    assert len(halves) == 1
    assert halves.isdisjoint({0, 1})
    assert name in damage.TABLES
