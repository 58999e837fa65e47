"""A row that may be an edit: shown with the payments that it may be, settled together with them, never posted twice."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.fakes import BLIND, FakeClock, FakeErp, Fault, Listed, Worker, see
from worker.cli import commands
from worker.errors import IllegalMove
from worker.ledger.readings import Act, Reading, Step
from worker.ledger.state import State
from worker.ledger.verdicts import RowVerdict
from worker.payments.payment import parse_rows


@pytest.fixture
def worker(folder: Path) -> Iterator[Worker]:
    clock = FakeClock()
    worker = Worker(folder, FakeErp(clock), clock)
    worker.adopt()
    worker.erp.approve("오래된 집", 77_000, minutes_ago=600)
    worker.run_cycle()
    yield worker
    worker.close()


def edited(worker: Worker, row: Listed) -> tuple[str, str]:
    """Have a row's number edited and read; return the keys before and after."""
    before = worker.key(row.payer)
    row.approval_no = "99887766"
    cycle(worker)
    (after,) = {one.payment.key for one in worker.ledger.in_state(State.HELD)} - {before}
    return before, after


def cycle(worker: Worker) -> None:
    worker.clock.advance(minutes=30)
    worker.run_cycle()


def posted(worker: Worker, payer: str) -> int:
    return [slip.payer for slip in worker.erp.slips].count(payer)


def resolve(worker: Worker, key: str, verdict: RowVerdict) -> tuple[str, ...]:
    return worker.ledger.resolve(key, verdict, by="kim", why="looked", at=worker.clock())


def test_a_held_row_shows_what_it_may_be_in_the_list_and_alone(worker: Worker, run: CliRunner) -> None:
    row = worker.erp.approve("김밥천국", 12_500)
    cycle(worker)
    before, after = edited(worker, row)
    slip = next(one.number for one in worker.erp.slips if one.payer == "김밥천국")
    shown = f"may be {before}  posted, slip {slip}  2026-01-08 08:50:00 김밥천국, 12,500 won, 승인, approval 00000003"

    assert shown in run.invoke(commands.app, ["resolve"]).output
    assert shown in run.invoke(commands.app, ["resolve", after]).output


def test_after_a_verdict_it_is_said_what_became_of_each(worker: Worker, run: CliRunner) -> None:
    row = worker.erp.approve("김밥천국", 12_500)
    cycle(worker)
    before, after = edited(worker, row)

    said = run.invoke(
        commands.app, ["resolve", after, "--posted", "--why", "the same one", "--by", "kim", "--yes"]
    ).output

    lines = said.splitlines()
    assert lines[0].startswith(
        f"{after} is settled: it needs no deposit and is never posted. 2026-01-08 08:50:00 김밥천국"
    )
    assert lines[1].startswith(f"{after}  needs no deposit  2026-01-08 08:50:00 김밥천국, 12,500 won")
    assert lines[1].endswith(f": it is the payment {before}, edited in the ERP")
    assert lines[2].startswith(f"{before}  posted, slip ")
    cycle(worker)
    assert posted(worker, "김밥천국") == 1


@pytest.mark.parametrize("named", ["before", "after"])
def test_a_refused_payment_whose_row_was_edited_is_settled_with_that_row(worker: Worker, named: str) -> None:
    row = worker.erp.approve("김밥천국")
    worker.erp.refused_payers = {"김밥천국"}
    cycle(worker)
    worker.erp.refused_payers = set()
    before, after = edited(worker, row)

    assert resolve(worker, before if named == "before" else after, RowVerdict.NOT_POSTED) == (after, before)
    cycle(worker)
    cycle(worker)

    assert posted(worker, "김밥천국") == 1
    assert worker.ledger.in_state(State.HELD, State.REJECTED) == []


@pytest.mark.parametrize("was_stored", [True, False])
def test_what_is_in_doubt_is_settled_before_its_edited_row(worker: Worker, was_stored: bool) -> None:
    worker.rules = BLIND
    row = worker.erp.approve("김밥천국")
    worker.erp.faults = [Fault.LOST_AFTER if was_stored else Fault.LOST_BEFORE]
    cycle(worker)
    before, after = edited(worker, row)
    with pytest.raises(IllegalMove, match="settle that one first"):
        resolve(worker, after, RowVerdict.NOT_POSTED)

    resolve(worker, before, RowVerdict.POSTED if was_stored else RowVerdict.NOT_POSTED)

    stands = worker.ledger.entry(before)
    assert stands is not None
    assert stands.state is (State.POSTED if was_stored else State.SEEN)
    cycle(worker)
    resolve(worker, after, RowVerdict.POSTED if was_stored else RowVerdict.NOT_POSTED)
    cycle(worker)
    cycle(worker)
    assert posted(worker, "김밥천국") == 1
    assert worker.ledger.in_state(State.HELD, State.IN_DOUBT) == []


@pytest.mark.parametrize("verdict", [RowVerdict.POSTED, RowVerdict.NEVER])
def test_what_a_person_says_stands_in_the_erp_does_not_go_out_in_its_newer_form(
    worker: Worker, verdict: RowVerdict
) -> None:
    worker.erp.approve("김밥천국")
    (old,) = parse_rows([worker.erp.rows[-1].row()]).payments
    new = replace(old, key="BBBBBBBBBB", approval_no="77", time=old.time + timedelta(seconds=1))
    at = worker.clock()
    see(worker.ledger, [old, new], cycle=1, at=at)
    steps = [
        Step(act=Act.HOLD, key=old.key, why="edited"),
        Step(act=Act.PAIR, key=new.key, other=old.key, rule="b", gone=True),
    ]
    worker.ledger.judge(steps, Reading(cycle=1, at=at, rows=2, keys=(old.key, new.key)), at=at)

    resolve(worker, old.key, verdict)

    asked = worker.ledger.entry(new.key)
    assert asked is not None
    assert (asked.state, asked.why) == (State.HELD, f"may be the same payment as {old.key}, of which kim has decided")
    assert [one.payment.key for one in worker.ledger.open_forms(new.key)] == [new.key, old.key]


def test_of_two_rows_that_may_be_one_payment_each_is_settled_by_itself(worker: Worker) -> None:
    row = worker.erp.approve("김밥천국", minutes_ago=100)
    worker.erp.approve("오래된 집", minutes_ago=600)
    cycle(worker)
    other = replace(row, approval_no="77777777", payer="다른 손님")
    worker.erp.rows.append(other)
    row.approval_no = "88888888"
    cycle(worker)
    held = {one.payment.approval_no: one.payment.key for one in worker.ledger.in_state(State.HELD)}

    resolve(worker, held["88888888"], RowVerdict.POSTED)
    assert [one.payment.key for one in worker.ledger.in_state(State.HELD)] == [held["77777777"]]
    resolve(worker, held["77777777"], RowVerdict.NOT_POSTED)
    cycle(worker)

    assert posted(worker, "다른 손님") == 1
    assert posted(worker, "김밥천국") == 1
