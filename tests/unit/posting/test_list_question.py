"""The question about a whole list: shown with its pairs, answered with one command, gone when it no longer arises."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.fakes import FakeClock, FakeErp, Listed, Worker
from worker.cli import commands
from worker.errors import DaybreakError, ListDoubted
from worker.ledger.state import State
from worker.posting import list_question
from worker.status.look import look
from worker.status.verdict import Health


@pytest.fixture
def worker(folder: Path) -> Iterator[Worker]:
    clock = FakeClock()
    worker = Worker(folder, FakeErp(clock), clock)
    worker.adopt()
    yield worker
    worker.close()


def edit_ten(worker: Worker) -> list[Listed]:
    """Post eleven payments, then have the won of ten edited: the next cycle does not believe the list."""
    worker.erp.approve("오래된 집", minutes_ago=600)
    rows = [worker.erp.approve(f"가게 {number:02}", 10_000 + number, minutes_ago=90 + number) for number in range(10)]
    worker.run_cycle()
    worker.clock.advance(minutes=30)
    for row in rows:
        row.amount += 500
    with pytest.raises(ListDoubted):
        worker.run_cycle()
    return rows


def new_keys(worker: Worker) -> dict[str, str]:
    """Return {payer: provisional key} of the rows of the question."""
    asked = list_question.read(worker.ledger)
    assert asked is not None
    return {row.payer: row.key for row in asked.rows.values()}


def answer(worker: Worker, run: CliRunner, *arguments: str) -> str:
    """Answer on the command line, and run the next cycle."""
    done = run.invoke(commands.app, ["resolve", "list", *arguments, "--why", "looked", "--yes", "--by", "kim"])
    assert done.exit_code == 0, done.output
    worker.clock.advance(minutes=30)
    worker.run_cycle()
    return done.output


@pytest.mark.parametrize("arguments", [["resolve"], ["resolve", "list"]])
def test_the_question_shows_each_new_row_with_the_payment_that_it_may_be(
    worker: Worker, run: CliRunner, arguments: list[str]
) -> None:
    edit_ten(worker)
    known = {slip.payer: slip for slip in worker.erp.slips}

    said = run.invoke(commands.app, arguments).output

    for payer, key in new_keys(worker).items():
        lines = said.splitlines()
        (place,) = (number for number, line in enumerate(lines) if line.startswith(key))
        assert payer in lines[place]
        assert "10,5" in lines[place]
        assert f"may be {known[payer].remark[-10:]}  posted, slip {known[payer].number}" in lines[place + 1]
    assert "daybreak resolve list --same all | none | KEY[,KEY] --why TEXT" in said
    assert "Nothing waits for a person" not in said


def test_rows_that_are_the_same_are_not_posted_again(worker: Worker, run: CliRunner) -> None:
    edit_ten(worker)

    said = answer(worker, run, "--same", "all")

    assert "10 of 10 rows are payments that are known" in said
    assert len(worker.erp.slips) == 11
    assert worker.ledger.in_state(State.HELD) == []
    assert list_question.read(worker.ledger) is None


def test_rows_that_are_payments_of_their_own_are_posted(worker: Worker, run: CliRunner) -> None:
    edit_ten(worker)

    answer(worker, run, "--same", "none")

    assert len(worker.erp.slips) == 21


def test_single_rows_can_be_named(worker: Worker, run: CliRunner) -> None:
    edit_ten(worker)
    keys = new_keys(worker)

    answer(worker, run, "--same", f"#{keys['가게 03']}, {keys['가게 04'].lower()}")

    posted = {payer for payer, _ in worker.erp.books() if worker.erp.books().count((payer, _)) == 1}
    assert len(worker.erp.slips) == 19
    assert len([slip for slip in worker.erp.slips if slip.payer in ("가게 03", "가게 04")]) == 2
    assert "가게 05" in posted


def test_a_known_payment_is_one_row_and_an_earlier_row_of_the_list_counts_as_known(
    worker: Worker, run: CliRunner
) -> None:
    """Of a payment that is listed twice now, each time with other won, the second row may be the first one."""
    for row in edit_ten(worker):
        worker.erp.rows.append(Listed(row.at, row.payer, row.amount + 700, row.approval_no))
    with pytest.raises(ListDoubted):
        worker.run_cycle()
    asked = list_question.read(worker.ledger)
    assert asked is not None
    first, second = sorted((row for row in asked.rows.values() if row.payer == "가게 03"), key=lambda one: one.amount)
    (known,) = {*asked.pairs[first.key], *asked.pairs[second.key]} - asked.rows.keys()
    assert f"may be {first.key}  new  " in run.invoke(commands.app, ["resolve", "list"]).output.replace(
        second.key, first.key
    )

    both = f"{first.key}={known},{second.key}={known}"
    done = run.invoke(commands.app, ["resolve", "list", "--same", both, "--why", "looked", "--yes"])
    assert isinstance(done.exception, DaybreakError)
    assert "each known payment is one row" in str(done.exception)

    answer(worker, run, "--same", "all")
    assert len(worker.erp.slips) == 11


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--same", "AAAAAAAAAA", "--why", "x", "--yes"], "the question does not hold AAAAAAAAAA"),
        (["--right", "--why", "x", "--yes"], "it asks which rows are the same payments"),
        (["--same", "all"], "and --why TEXT"),
        (["--same", "all", "--right", "--why", "x", "--yes"], "one of --same and --right"),
    ],
)
def test_an_answer_to_another_question_is_refused(
    worker: Worker, run: CliRunner, arguments: list[str], problem: str
) -> None:
    edit_ten(worker)

    done = run.invoke(commands.app, ["resolve", "list", *arguments])

    assert problem in str(done.exception)
    assert worker.ledger.brake_answer() is None


def test_a_list_without_a_question_says_so(worker: Worker, run: CliRunner) -> None:
    assert "The list raises no question." in run.invoke(commands.app, ["resolve", "list"]).output
    done = run.invoke(commands.app, ["resolve", "list", "--same", "all", "--why", "x", "--yes"])
    assert "the list raises no question" in str(done.exception)


def test_what_is_undone_in_the_erp_needs_no_answer(worker: Worker, run: CliRunner) -> None:
    for row in edit_ten(worker):
        row.amount -= 500
    worker.clock.advance(minutes=30)
    worker.run_cycle()

    assert "The list raises no question." in run.invoke(commands.app, ["resolve", "list"]).output
    assert len(worker.erp.slips) == 11


@pytest.mark.parametrize("words", [["--right"], ["--same", "none"]])
def test_a_list_of_which_nothing_is_hidden_is_said_to_be_right(
    worker: Worker, run: CliRunner, words: list[str]
) -> None:
    rows = [worker.erp.approve(f"가게 {number:02}", minutes_ago=90) for number in range(9)]
    worker.erp.approve("오래된 집", minutes_ago=600)
    worker.run_cycle()
    for row in rows[:6]:
        row.has_left = True
    worker.clock.advance(minutes=30)
    with pytest.raises(ListDoubted):
        worker.run_cycle()

    said = run.invoke(commands.app, ["resolve", "list"]).output
    assert all(row.payer in said for row in rows[:6])
    assert "가게 07" not in said
    assert "daybreak resolve list --right --why TEXT" in said
    done = run.invoke(commands.app, ["resolve", "list", "--same", "all", "--why", "x", "--yes"])
    assert "it asks about no pair of payments" in str(done.exception)

    worker.erp.approve("새마을")
    answer(worker, run, *words)
    assert ("새마을", 10_000) in worker.erp.books()


def replace_the_list(worker: Worker) -> None:
    """Have the ERP list the payments of another company: not one row is known, and those that were are gone."""
    for number in range(5):
        worker.erp.approve(f"가게 {number:02}", minutes_ago=30)
    worker.run_cycle()
    worker.clock.advance(minutes=30)
    worker.erp.rows.clear()
    for number in range(25):
        worker.erp.approve(f"다른 회사 {number:02}", minutes_ago=100)
    with pytest.raises(ListDoubted):
        worker.run_cycle()


def test_a_list_of_which_nothing_is_known_shows_its_rows(worker: Worker, run: CliRunner) -> None:
    replace_the_list(worker)

    said = run.invoke(commands.app, ["resolve", "list"]).output

    assert "is it the right list?" in said
    assert said.count("다른 회사") == 25


def test_a_list_that_raises_two_questions_goes_on_after_both_are_answered(worker: Worker, run: CliRunner) -> None:
    replace_the_list(worker)
    run.invoke(commands.app, ["resolve", "list", "--right", "--why", "a new account", "--yes"])
    with pytest.raises(ListDoubted):
        worker.run_cycle()
    assert "is a part of the list hidden" in run.invoke(commands.app, ["resolve", "list"]).output

    answer(worker, run, "--right")

    assert list_question.read(worker.ledger) is None
    # Older than the last reading, and in no pair: each is asked about.
    assert len(worker.ledger.in_state(State.HELD)) == 25


def test_that_it_is_the_right_list_says_nothing_of_a_row_that_looks_like_an_edit(
    worker: Worker, run: CliRunner
) -> None:
    row = worker.erp.approve("김밥천국", 10_000, minutes_ago=90)
    worker.run_cycle()
    worker.clock.advance(minutes=30)
    row.amount = 12_000
    for number in range(24):
        worker.erp.approve(f"가게 {number:02}", minutes_ago=10)
    with pytest.raises(ListDoubted):
        worker.run_cycle()

    answer(worker, run, "--right")

    assert [slip.payer for slip in worker.erp.slips].count("김밥천국") == 1
    (held,) = worker.ledger.in_state(State.HELD)
    assert held.payment.amount == 12_000


def test_status_says_what_to_type_until_it_is_answered(worker: Worker, run: CliRunner, folder: Path) -> None:
    edit_ten(worker)

    found = look()
    assert [one for one in found.problems if "daybreak resolve list" in one] == [
        "the list is not believed, nothing is posted: 10 of 11 rows look like payments that are known, with a time, "
        "number or amount changed: are they the same payments? Look at it in the ERP, then answer on the page, under "
        '"To look at". On the command line: daybreak resolve list'
    ]
    assert found.verdict.health is not Health.HEALTHY
    assert not [one for one in found.problems if one.startswith("the last cycle failed")]

    run.invoke(commands.app, ["resolve", "list", "--same", "all", "--why", "looked", "--yes"])

    found = look()
    assert not [one for one in found.problems if "resolve list" in one]
    assert "the question about the list is answered; the next cycle follows the answer" in found.problems
    assert "It is answered" in run.invoke(commands.app, ["resolve", "list"]).output


def test_an_answer_for_the_whole_list_shows_its_rows_and_asks_first(worker: Worker, run: CliRunner) -> None:
    edit_ten(worker)

    done = run.invoke(commands.app, ["resolve", "list", "--same", "all", "--why", "looked"])

    assert "may be " in done.output
    assert "Pass --yes to confirm" in str(done.exception)
