"""What the month plants, and how it is judged."""

from collections import Counter
from collections.abc import Callable
from copy import deepcopy
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from tests.rig import PROJECT
from tests.tools.month import mutants
from tests.tools.month.judge import Asked, Line, judge, pair
from tests.tools.month.plan import Month, plan
from tests.tools.month.rehearsal import Rehearsal

DAYS = [day for day in (date(2026, 11, 30) + timedelta(days=number) for number in range(40)) if day.weekday() < 5][:22]


@pytest.fixture(scope="module")
def month() -> Month:
    return plan(DAYS, seed=1)


def slips_of(month: Month) -> list[dict[str, Any]]:
    """Return the books as they must be."""
    return [
        {"date": f"{day:%Y/%m/%d}", "amount": won, "payer": row.forms[0]["payer"]}
        for row in month.rows
        for day, won in row.deposits
    ]


def asked_of(month: Month) -> list[Asked]:
    """Return the rows that must wait for a person, as they stand at the end."""
    return [
        Asked(
            at=row.at,
            payer=row.now["payer"],
            amount=row.now["amount"],
            status=row.now["status"],
            number=row.now["approval_no"].lstrip("0"),
            why="held",
        )
        for row in month.rows
        if row.is_asked
    ]


@pytest.mark.parametrize("seed", range(12))
def test_all_that_is_promised_is_planted_whatever_the_seed(seed: int) -> None:
    month = plan(DAYS, seed=seed)

    wanted = {
        "renames": 40, "bursts": 3, "equal": 30, "paid again": 20, "partial": 10, "odd numbers": 10, "edits": 20,
        "un-reflected": 5, "late numbers": 6, "pending": 15, "failed": 15, "returned": 5, "cancelled after": 6,
        "listed twice": 3, "shifted lists": 1,
    }  # fmt: skip
    assert {name: month.counts.get(name) for name in wanted} == wanted
    a_day = Counter(row.at.date() for row in month.rows if row.what in ("ordinary", "month's end"))
    assert a_day[DAYS[-1]] == 450
    # What was planted with one of them has another name from then on.
    assert all(20 <= a_day[day] <= 45 for day in DAYS[:-1])
    assert sum(row.is_asked for row in month.rows) == 10 + 10 + 5 + 20 + 3 + 3


def test_a_row_that_is_listed_has_come_before_its_reading(month: Month) -> None:
    for reading in month.readings:
        for change in reading.changes:
            at = change.fields.get("requested_at")
            assert at is None or datetime.fromisoformat(at) < reading.at


def test_books_as_they_must_be_and_the_right_questions_are_no_problem(month: Month) -> None:
    found = judge(month.rows, slips_of(month), asked_of(month), ever=asked_of(month))

    assert found.problems == []
    total = found.total()
    assert total.once == total.deposits
    assert total.asked == total.to_ask == 51
    assert (total.twice, total.lost, total.needless) == (0, 0, 0)


def _twice(slips: list[dict[str, Any]], _: list[Asked]) -> None:
    slips.append(slips[100])


def _twice_under_the_new_number(slips: list[dict[str, Any]], asked: list[Asked]) -> None:
    one = next(one for one in asked if one.status == "승인" and one.number and one.amount != 90_000)
    slips.append({"date": f"{one.at:%Y/%m/%d}", "amount": one.amount, "payer": one.payer})


def _lost(slips: list[dict[str, Any]], _: list[Asked]) -> None:
    slips.pop(100)


def _of_another(slips: list[dict[str, Any]], _: list[Asked]) -> None:
    slips[100]["payer"] = "somebody else"


def _nobody_asked(_: list[dict[str, Any]], asked: list[Asked]) -> None:
    asked.pop()


def _unknown(_: list[dict[str, Any]], asked: list[Asked]) -> None:
    asked.append(Asked(at=asked[0].at, payer="?", amount=1, status="승인", number="1", why="held"))


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (_twice, "posted twice"),
        (_twice_under_the_new_number, "posted twice"),
        (_lost, "lost"),
        (_of_another, "lost"),
        (_nobody_asked, "nobody is asked"),
        (_unknown, "never listed"),
    ],
)
def test_each_thing_that_is_not_as_it_must_be_is_a_problem(
    month: Month, harm: Callable[[list[dict[str, Any]], list[Asked]], None], words: str
) -> None:
    slips, asked = deepcopy(slips_of(month)), asked_of(month)

    harm(slips, asked)

    assert any(words in problem for problem in judge(month.rows, slips, asked).problems)


def test_a_question_that_nobody_needs_is_a_problem_also_when_it_is_over(month: Month) -> None:
    row = next(row for row in month.rows if row.what == "equal")
    needless = Asked(
        at=row.at,
        payer=row.now["payer"],
        amount=row.now["amount"],
        status="승인",
        number=row.now["approval_no"],
        why="",
    )
    asked = asked_of(month)

    assert judge(month.rows, slips_of(month), [*asked, needless]).total().needless == 1
    assert judge(month.rows, slips_of(month), asked, ever=[*asked, needless]).total().needless == 1


def test_names_are_given_to_as_many_as_can_have_one() -> None:
    wanted = [{"a", "b"}, {"a"}, {"c"}]

    assert pair(wanted, ["a", "b"]) == {0: 1, 1: 0}
    assert pair(wanted, []) == {}


def test_the_rehearsal_lives_through_a_month_and_finds_its_rows_again() -> None:
    with Rehearsal() as stage:
        month = plan(stage.days(10), seed=3)
        stage.start(month.readings[0].at - timedelta(hours=3))
        for reading in month.readings[:8]:
            stage.read(reading)

        found = judge(month.rows, stage.slips(), stage.asked())

    read = {change.row for reading in month.readings[:8] for change in reading.changes}
    assert stage.failures == []
    assert len(stage.slips()) > 80
    assert all(month.rows[change].first < 8 for change in read)
    assert found.lines["unknown"] == Line()


@pytest.mark.parametrize("name", mutants.MUTANTS)
def test_a_mutant_takes_something_out_of_the_code_as_it_is(name: str) -> None:
    assert mutants.changed(name, PROJECT)
