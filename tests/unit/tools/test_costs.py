"""Costs grow with the work, not with the history: no question of a cycle walks through what is settled."""

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from tests.fakes import quick_folder
from tests.tools.bench.history import fill
from tests.tools.bench.ledger import Clerk
from worker.ledger.ledger import Ledger
from worker.ledger.state import State
from worker.payments.payment import KST

#: The tables that grow for ever.
LONG = "payment|move|batch|slot|incident|oddity|proof|mail|delivery"


@pytest.fixture
def folder() -> Iterator[Path]:
    with quick_folder() as path:
        fill(path, 300, now=datetime.now(KST))
        yield path


def test_a_filled_ledger_is_one_that_the_worker_itself_could_have_written(folder: Path) -> None:
    with Ledger(folder) as ledger:
        ledger.begin_generation()

        assert ledger.counts() == {}
        assert ledger.totals().deposits == {"승인": 300}
        (key,) = {row["key"] for row in ledger._rows("SELECT key FROM payment LIMIT 1")}
        entry = ledger.entry(key)
        assert entry is not None
        assert entry.state is State.POSTED
        assert [one["after"] for one in ledger.history(key)] == ["seen", "planned", "armed", "sent", "posted"]
        assert not ledger._rows("SELECT 1 FROM pragma_foreign_key_check LIMIT 1")


def test_no_statement_of_a_cycle_or_of_a_beat_walks_through_the_history(folder: Path) -> None:
    said: set[str] = set()
    with Clerk(folder) as clerk:
        clerk.ledger._db.set_trace_callback(said.add)
        clerk.cycle()
        clerk.chores()
        clerk.beat()
        clerk.ledger._db.set_trace_callback(None)
        asked = [one for one in said if re.match(r"\s*(SELECT|UPDATE|DELETE)\b", one)]
        plans = [(one, str(row[3])) for one in asked for row in clerk.ledger._rows(f"EXPLAIN QUERY PLAN {one}")]

    # A scan of an index that holds only what is open or doubtful, or for the newest row from the end, is none of it;
    # nor is one of the odd rows, once a day: they are few, and the evidence of each is kept.
    walks = [
        (one, plan)
        for one, plan in plans
        if re.match(rf"SCAN ({LONG}|\w)\b(?!.*(_open|_doubtful|_slips)\b)", plan)
        and not one.endswith(("ORDER BY id DESC LIMIT 1", "UNION SELECT first_cycle FROM oddity"))
    ]
    assert len(plans) > 20
    assert walks == []


def test_a_backup_gives_signs_of_life_however_long_it_takes(folder: Path, tmp_path: Path) -> None:
    signs = []
    with Ledger(folder) as ledger:
        ledger.back_up(tmp_path / "copy.db", lambda: signs.append(1))

    assert signs
    with Ledger(folder) as ledger:
        assert ledger.counts() == {}
