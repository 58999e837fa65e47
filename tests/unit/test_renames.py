"""A payment that is listed in another form stays one payment: it is counted once, found by each form, and told."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.fakes import BLIND, SEOUL, FakeClock, FakeErp, Fault, Worker, quick_folder
from worker import find
from worker.archive import Archive
from worker.export.books import Books
from worker.find import Found
from worker.language import Language
from worker.ledger import Verdict
from worker.report import figures
from worker.report.records import Records

DAY = timedelta(days=1)


@pytest.fixture
def folder() -> Iterator[Path]:
    with quick_folder() as path:
        yield path


@pytest.fixture
def worker(folder: Path) -> Iterator[Worker]:
    """A worker that has posted one payment, whose customer was renamed and its number rewritten an hour later."""
    clock = FakeClock()
    worker = Worker(folder, FakeErp(clock), clock)
    worker.adopt()
    row = worker.erp.approve("김밥천국", number="00710001")
    worker.run_cycle()
    clock.advance(hours=1)
    row.payer, row.approval_no = "한빛상사", "710001"
    worker.run_cycle()
    yield worker
    worker.close()


def look(worker: Worker, folder: Path, text: str) -> Found:
    with Archive(folder, read_only=True) as archive:
        return find.find(archive, text, data=folder, today=worker.clock().date(), most=20)


def test_a_deposit_whose_payment_is_renamed_is_counted_once(worker: Worker, folder: Path) -> None:
    with Records(folder, create=False) as records:
        now = worker.clock()
        found = figures.read(records, now - DAY, now + DAY, now=now + timedelta(minutes=1), zone=SEOUL)

    assert len(worker.erp.slips) == found.money.posted.count == sum(worker.ledger.totals().deposits.values()) == 1


def test_a_rename_after_a_decision_leaves_it_to_whom_it_was(worker: Worker, folder: Path) -> None:
    worker.rules = BLIND
    worker.erp.faults = [Fault.LOST_AFTER]
    row = worker.erp.approve("새마을식당", 20_000)
    worker.run_cycle()
    worker.ledger.resolve(worker.key("새마을식당"), Verdict.POSTED, by="kim", why="seen there", at=worker.clock())
    worker.clock.advance(hours=1)
    row.payer = "온누리약국"
    worker.run_cycle()

    with Books(folder, create=False) as books:
        deposits = books.entered(worker.clock() - DAY, worker.clock() + DAY)
        assert {one.payer: one.by for one in deposits}["새마을식당"] == "kim"
    said = "\n".join(look(worker, folder, "온누리약국").lines(SEOUL, Language.EN))
    assert "Yes, as kim settled on 2026-01-08 10:00:00" in said
