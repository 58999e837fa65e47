"""The drill's own judgement: a figure above its budget is a miss, and is told."""

from tests.tools.drill.__main__ import Row, line
from tests.tools.drill.faults import FAULTS


def test_a_figure_above_its_budget_is_a_miss() -> None:
    row = Row(fault="kill-worker", beat=1.6, beat_budget=1.5, deposit=9.0, deposit_budget=31.5)

    row.judge()

    assert row.problems == ["first beat after 1.60 s, the budget is 1.5 s"]
    assert "MISSED: first beat after 1.60 s" in line(row)


def test_a_figure_within_its_budget_is_none() -> None:
    row = Row(fault="kill-worker", beat=1.5, beat_budget=1.5, deposit=9.0, deposit_budget=31.5)

    row.judge()

    assert row.problems == []
    assert line(row).split() == ["kill-worker", "1.50", "s", "1.5", "s", "9.0", "s", "31.5", "s"]


def test_every_fault_says_what_it_does() -> None:
    assert not [name for name, fault in FAULTS.items() if not fault.__doc__]
