"""A decision by which a deposit goes out, as long as it has not: from when on a cycle may post it."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from tests.fakes import FakeClock, FakeErp, Worker
from worker.ledger.notes import OPEN_DECISIONS
from worker.ledger.verdicts import RowVerdict

DELAY = timedelta(minutes=10)


@pytest.mark.parametrize(
    ("later", "waits"),
    [
        (timedelta(0), True),
        (DELAY - timedelta(milliseconds=1), True),
        (DELAY, False),
        (-DELAY, True),
        (-DELAY - timedelta(milliseconds=1), False),
        (timedelta(days=-365), False),
    ],
)
def test_a_payment_waits_from_its_decision_to_its_time_and_by_no_clock_that_was_set_back(
    tmp_path: Path, later: timedelta, waits: bool
) -> None:
    clock = FakeClock()
    worker = Worker(tmp_path, FakeErp(clock), clock)
    worker.adopt()
    worker.erp.approve("무명", 5_000, number="")
    worker.run_cycle()
    clock.advance(minutes=1)
    worker.run_cycle()
    key, decided_at = worker.key("무명"), clock()

    worker.ledger.resolve(key, RowVerdict.NOT_POSTED, by="kim", why="looked", at=decided_at, effect_after=DELAY)

    with worker.ledger._write(fenced=False) as db:  # as a newer version may note it
        noted = json.loads(worker.ledger._meta(OPEN_DECISIONS))
        noted[key]["rows"][key]["newer"] = 1
        worker.ledger._keep_decisions(db, noted)
    assert worker.ledger.not_yet(decided_at + later) == ({key: decided_at + DELAY} if waits else {})
    worker.close()
