"""What the ledger adds up, and the metrics made of it: the ERP's own slips are the measure."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.fakes import SEOUL, THURSDAY, FakeClock, FakeErp, Fault, Worker
from worker.ledger.ledger import Ledger
from worker.ledger.state import State
from worker.ledger.totals import Money
from worker.ledger.verdicts import RowVerdict
from worker.status import metrics


@pytest.fixture
def worker(folder: Path) -> Iterator[Worker]:
    """Return a worker that has posted two payments and one cancellation, and holds one row."""
    clock = FakeClock()
    worker = Worker(folder, FakeErp(clock), clock)
    worker.adopt()
    worker.erp.approve("김밥천국", 10_000)
    taken_back = worker.erp.approve("한빛상사", 25_000)
    worker.run_cycle()
    clock.advance(minutes=30)
    worker.erp.cancel(taken_back)
    worker.run_cycle()
    clock.advance(minutes=30)
    worker.erp.approve("무명", 5_000, number="")
    worker.run_cycle()
    clock.advance(minutes=30)
    worker.run_cycle()
    yield worker
    worker.close()


def numbers(path: Path) -> dict[str, float]:
    """Return {name{labels}: value} of a metrics file, as Prometheus reads it."""
    families = text_string_to_metric_families(path.read_text(encoding="utf-8"))
    return {
        one.name + "".join(f" {value}" for value in one.labels.values()): one.value
        for family in families
        for one in family.samples
    }


def test_the_money_of_a_day_is_what_the_erp_holds(worker: Worker) -> None:
    found = worker.ledger.money(THURSDAY.date(), SEOUL)

    assert found == Money(deposits=3, cancellations=1, won_in=35_000, won_out=25_000)
    assert found.won == sum(slip.amount for slip in worker.erp.slips)
    assert worker.ledger.money(THURSDAY.date() - timedelta(days=1), SEOUL) == Money()


def test_the_money_of_a_day_is_told_by_card_company_too(worker: Worker) -> None:
    one, other = worker.erp.rows[0], worker.erp.rows[1]
    assert one.acquirer == other.acquirer
    company = one.acquirer
    extra = worker.erp.approve("새 카드", 7_000)
    extra.acquirer = "다른카드"
    worker.run_cycle()

    found = worker.ledger.money_by_card(THURSDAY.date(), SEOUL)

    assert found == {
        company: Money(deposits=3, cancellations=1, won_in=35_000, won_out=25_000),
        "다른카드": Money(deposits=1, won_in=7_000),
    }
    assert worker.ledger.money(THURSDAY.date(), SEOUL).won == sum(slip.amount for slip in worker.erp.slips)


def test_the_last_batch_is_told_with_its_outcome(worker: Worker) -> None:
    last = worker.ledger.last_batch()

    assert last is not None
    assert (last.rows, last.won, last.outcome) == (1, -25_000, "posted")


def test_totals_go_on_where_they_were_noted(worker: Worker, folder: Path) -> None:
    first = worker.ledger.totals()
    worker.ledger.note_totals(first)
    worker.erp.approve("새마을", 7_000)
    worker.run_cycle()

    after = worker.ledger.totals()

    assert sum(first.deposits.values()) == 3
    assert sum(after.deposits.values()) == len(worker.erp.slips) == 4
    assert after.won["승인"] == 42_000
    with Ledger(folder, create=False) as fresh:
        fresh.set_note("totals", "damaged")
        assert fresh.totals() == after


def test_the_evidence_of_what_was_ever_doubtful_is_never_given_up(worker: Worker) -> None:
    held = worker.ledger.in_state(State.HELD)[0]
    assert worker.ledger.cycles_with_evidence_needed() == {held.first_cycle}

    worker.erp.approve("평범", 2_000)
    worker.run_cycle()
    worker.erp.faults.append(Fault.LOST_BEFORE)
    worker.erp.approve("의문", 3_000)
    worker.run_cycle()
    doubt = worker.ledger.in_state(State.IN_DOUBT)[0]
    doubtful = worker.ledger.last_cycles(1)[0]["id"]
    worker.erp.faults.append(Fault.TWICE)
    worker.erp.approve("두 번", 4_000)
    worker.run_cycle()
    twice = worker.ledger.last_cycles(1)[0]["id"]
    for one in (held, doubt):
        worker.ledger.resolve(one.payment.key, RowVerdict.NEVER, by="kim", why="looked", at=worker.clock())

    assert worker.ledger.cycles_with_evidence_needed() == {held.first_cycle, doubtful, twice}

    worker.ledger.note_oddities([("{}", "no rule")], cycle=2, at=worker.clock())
    worker.ledger.settle_oddity(1, by="kim", why="looked", at=worker.clock())
    assert worker.ledger.cycles_with_evidence_needed() == {held.first_cycle, doubtful, twice, 2}


def test_the_metrics_are_what_the_erp_and_the_ledger_say(worker: Worker, folder: Path) -> None:
    path = folder / metrics.NAME

    metrics.write(path, worker.ledger)

    found = numbers(path)
    assert found["daybreak_cycles_total ran"] == 4
    assert found["daybreak_cycles_total failed"] == 0
    assert found["daybreak_deposits_total approval"] == 2
    assert found["daybreak_deposits_total cancellation"] == 1
    won = found["daybreak_won_total approval"] - found["daybreak_won_total cancellation"]
    assert won == sum(slip.amount for slip in worker.erp.slips)
    assert found["daybreak_held"] == 1
    assert found["daybreak_in_doubt"] == 0
    assert found["daybreak_waiting"] == 1
    assert found["daybreak_alarms_open"] == len(worker.ledger.alarms())
    assert found["daybreak_last_success_timestamp_seconds"] == worker.clock().timestamp()
    assert found["daybreak_worker_start_time_seconds"] > 1_600_000_000
    assert re.search(r'^daybreak_info\{version="[^"]+"\} 1\.0$', path.read_text(encoding="utf-8"), re.MULTILINE)


def test_a_restart_changes_no_counter(worker: Worker, folder: Path) -> None:
    metrics.write(folder / metrics.NAME, worker.ledger)
    before = numbers(folder / metrics.NAME)

    with Ledger(folder) as successor:
        successor.begin_generation()
        metrics.write(folder / metrics.NAME, successor)

    assert numbers(folder / metrics.NAME) == before


def test_a_new_ledger_has_every_figure_at_zero(folder: Path) -> None:
    with Ledger(folder) as ledger:
        ledger.begin_generation()
        metrics.write(folder / metrics.NAME, ledger)

    found = numbers(folder / metrics.NAME)
    assert {name for name, value in found.items() if value} == {
        next(name for name in found if name.startswith("daybreak_info")),
        "daybreak_worker_start_time_seconds",
    }
    assert len(found) == 18
