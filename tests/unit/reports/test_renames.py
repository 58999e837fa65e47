"""A payment that is listed in another form stays one payment: it is counted once, found by each form, and told."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine

from tests.fakes import BLIND, SEOUL, FakeClock, FakeErp, Fault, Worker
from worker.config import loading
from worker.i18n.language import Language
from worker.ledger.search import Archive
from worker.ledger.verdicts import RowVerdict
from worker.reports import figures, find, lines
from worker.reports.builder import Builder
from worker.reports.export.books import Books
from worker.reports.find import Found
from worker.reports.records import Records

DAY = timedelta(days=1)


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
        return find.find(archive, text, data=folder, now=worker.clock(), most=20)


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
    worker.ledger.resolve(worker.key("새마을식당"), RowVerdict.POSTED, by="kim", why="seen there", at=worker.clock())
    worker.clock.advance(hours=1)
    row.payer = "온누리약국"
    worker.run_cycle()

    with Books(folder, create=False) as books:
        deposits = books.entered(worker.clock() - DAY, worker.clock() + DAY)
        assert {one.payer: one.by for one in deposits}["새마을식당"] == "kim"
    said = "\n".join(look(worker, folder, "온누리약국").lines(SEOUL, Language.EN))
    assert "Yes, as kim settled on 2026-01-08 10:00:00" in said


@pytest.mark.parametrize("text", ["김밥천국", "김밥", "한빛상사", "00710001", "710001"])
def test_a_payment_is_found_by_each_form_in_which_it_was_listed(worker: Worker, folder: Path, text: str) -> None:
    worker.erp.approve("다른 집", 3_000)
    worker.run_cycle()

    found = look(worker, folder, text)

    assert [hit.entry.payment.payer for hit in found.hits] == ["한빛상사"]
    assert found.total == 1
    said = "\n".join(found.lines(SEOUL, Language.EN))
    assert "posted by the worker, generation 1: listed as 한빛상사 710001 now, before as 김밥천국 00710001" in said


def test_two_renames_of_one_payment_are_both_told(worker: Worker, folder: Path) -> None:
    worker.clock.advance(hours=1)
    worker.erp.rows[0].payer = "온누리약국"
    worker.run_cycle()

    said = report(worker, folder, masked=False)

    key = worker.key("온누리약국")
    assert said == [
        f"{key}: 한빛상사 710001, before 김밥천국 00710001",
        f"{key}: 온누리약국 710001, before 한빛상사 710001",
    ]
    assert look(worker, folder, "한빛상사").total == look(worker, folder, "김밥천국").total == 1


def test_a_mail_names_no_payer_and_no_number(worker: Worker, folder: Path) -> None:
    assert report(worker, folder, masked=True) == [f"{worker.key('한빛상사')}: 한**사, before 김**국"]


def test_the_rest_of_many_renames_is_counted(worker: Worker, folder: Path) -> None:
    assert report(worker, folder, masked=True, most=0) == ["… and 1 more renames"]


def test_the_days_page_and_mails_list_the_renames(worker: Worker, folder: Path) -> None:
    secret = folder / "secret"
    secret.touch(mode=0o600)
    secret.write_text("secret")
    chosen = loading.load({"DATA_DIR": str(folder), "ERP_URL": "https://erp.example", "ERP_COMPANY": "AB",
                            "ERP_USER": "u", "ERP_PASSWORD_FILE": str(secret)})  # fmt: skip
    with time_machine.travel(worker.clock() + timedelta(minutes=1), tick=False), Records(folder, create=False) as books:
        printed = Builder(chosen, books).day(worker.clock().date())

    page = printed.path.read_text(encoding="utf-8")
    assert "한빛상사 710001, before 김밥천국 00710001" in page
    assert "한**사, before 김**국" in printed.mail.text
    assert "한빛상사" not in printed.mail.text


def report(worker: Worker, folder: Path, *, masked: bool, most: int = 20) -> list[str]:
    with Records(folder, create=False) as records:
        now = worker.clock()
        found = figures.read(records, now - DAY, now + DAY, now=now + timedelta(minutes=1), zone=SEOUL)
    return lines.renames(found, Language.EN, masked=masked, most=most)
