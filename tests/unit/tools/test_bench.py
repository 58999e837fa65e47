"""The bench's own judgement: medians, budgets, exit code, and what a step of a cycle counts as."""

import pytest

from tests.tools.bench.cycles import parts
from tests.tools.bench.figures import Figure, Verdict, exit_code, lines, markdown, slope
from worker.runtime.heartbeat import Phase


def figure(*runs: float, budget: float | None = 5.0, at_least: bool = False, absolute: bool = False) -> Figure:
    return Figure(
        part="cycle", name="a cycle", unit="s", runs=runs, budget=budget, at_least=at_least, absolute=absolute
    )


@pytest.mark.parametrize(
    ("one", "verdict"),
    [
        (figure(3.0, 3.5, 9.0), Verdict.MET),
        (figure(3.0, 4.5, 4.6), Verdict.TIGHT),
        (figure(3.0, 4.5, 4.6, absolute=True), Verdict.MET),
        (figure(3.0, 5.1, 5.2), Verdict.MISSED),
        (figure(16.0, budget=15.0, at_least=True), Verdict.MET),
        (figure(14.0, budget=15.0, at_least=True), Verdict.MISSED),
        (figure(99.0, budget=None), Verdict.NONE),
    ],
)
def test_the_median_is_what_is_judged_and_a_fifth_should_be_left(one: Figure, verdict: Verdict) -> None:
    assert one.verdict is verdict


def test_one_miss_among_many_makes_exit_code_1() -> None:
    assert exit_code([figure(1.0), figure(99.0, budget=None)]) == 0
    assert exit_code([figure(1.0), figure(5.1)]) == 1


def test_a_line_shows_median_spread_budget_and_verdict() -> None:
    line = lines(figure(3.0, 6.0, 5.5))

    assert line.split() == ["a", "cycle", "5.50", "s", "3.00", "–", "6.00", "(3", "runs)", "5.00", "s", "MISSED"]
    assert "| a cycle | 5.50 s | 3.00 – 6.00 (3 runs) | 5.00 s | MISSED |" in markdown([figure(3.0, 6.0, 5.5)])


def test_a_single_run_has_no_spread() -> None:
    assert lines(figure(3.0)).split() == ["a", "cycle", "3.00", "s", "–", "5.00", "s", "met"]


def test_a_cycles_time_is_told_by_its_parts_and_none_of_it_is_lost() -> None:
    steps = [
        (0.0, Phase.SIGNING_IN, "starting the browser"),
        (1.0, Phase.SIGNING_IN, "opening the stored session"),
        (1.5, Phase.READING, "reading the payments"),
        (1.6, Phase.READING, "결제내역조회, page 2"),
        (2.0, Phase.PLANNING, "deciding"),
        (2.1, Phase.UPLOADING, "a batch of 40"),
        (2.3, Phase.SAVING, "saving 40 deposits"),
        (2.6, Phase.SAVING, "saving 40 deposits: closing the answer"),
        (2.7, Phase.SETTLING, "1 batches"),
        (2.8, Phase.READING, "입금보고서조회, page 1"),
        (3.5, Phase.CLOSING, "closing the browser"),
    ]

    spent = parts(steps, 4.0)

    assert {part: round(seconds, 3) for part, seconds in spent.items()} == {
        "browser": 1.0,
        "session": 0.5,
        "reading": 0.5,
        "planning": 0.1,
        "pasting": 0.2,
        "gate and result": 0.3,
        "evidence": 0.1,
        "settling": 0.8,
        "closing": 0.5,
    }


def test_a_line_is_fitted_through_what_grows_with_the_work() -> None:
    each, fixed, fit = slope([(1, 15.0), (10, 60.0), (100, 510.0)])

    assert (round(each, 6), round(fixed, 6), round(fit, 6)) == (5.0, 10.0, 1.0)
