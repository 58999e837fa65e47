"""A measured figure: its runs, their median and spread, and whether it keeps within its budget."""

import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

#: What should be left of a budget.
ROOM = 0.2

#: Decimal places of a unit; two where it is not named.
PLACES: Mapping[str, int] = {"ms": 1, "MB": 1, "%": 3, "×": 1, "": 0, "KB": 1}


class Verdict(StrEnum):
    """How a figure stands to its budget."""

    MET = "met"
    TIGHT = "met, but with little room"
    MISSED = "MISSED"
    NONE = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One line of the table. `at_least`: the budget is a floor, not a ceiling; `absolute`: it needs no room above."""

    part: str
    name: str
    unit: str
    runs: Sequence[float]
    budget: float | None = None
    at_least: bool = False
    absolute: bool = False
    note: str = ""
    facts: Mapping[str, object] = field(default_factory=dict)

    @property
    def median(self) -> float:
        """Return the middle of the runs."""
        return statistics.median(self.runs)

    @property
    def verdict(self) -> Verdict:
        """Judge the median."""
        if self.budget is None:
            return Verdict.NONE
        if self.at_least:
            return Verdict.MET if self.median >= self.budget else Verdict.MISSED
        if self.median > self.budget:
            return Verdict.MISSED
        is_tight = not self.absolute and self.median > self.budget * (1 - ROOM)
        return Verdict.TIGHT if is_tight else Verdict.MET

    def cells(self) -> tuple[str, str, str, str, str]:
        """Return name, median, spread, budget and verdict as the table shows them."""
        spread = f"{self._told(min(self.runs))} – {self._told(max(self.runs))}" if len(self.runs) > 1 else "–"
        sign = "≥ " if self.at_least else ""
        budget = "" if self.budget is None else f"{sign}{self._told(self.budget)} {self.unit}".rstrip()
        count = f" ({len(self.runs)} runs)" if len(self.runs) > 1 else ""
        return self.name, f"{self._told(self.median)} {self.unit}".rstrip(), spread + count, budget, self.verdict.value

    def told(self) -> dict[str, object]:
        """Return the line for programs."""
        return {
            "part": self.part,
            "name": self.name,
            "unit": self.unit,
            "median": self.median,
            "least": min(self.runs),
            "most": max(self.runs),
            "runs": list(self.runs),
            "budget": self.budget,
            "at_least": self.at_least,
            "verdict": self.verdict.value or None,
            "note": self.note,
            "facts": dict(self.facts),
        }

    def _told(self, value: float) -> str:
        return f"{value:,.{PLACES.get(self.unit, 2)}f}"


def unchanged(part: str, *counts: tuple[str, int, int]) -> Iterator[Figure]:
    """Yield a line for each count that must not grow: (what is counted, before, after)."""
    for name, before, after in counts:
        yield Figure(
            part=part,
            name=f"  {name}: growth",
            unit="",
            runs=[after - before],
            budget=0,
            absolute=True,
            note=f"{before} and {after}",
        )


HEAD = ("figure", "median", "spread", "budget", "")

#: How wide the columns are.
WIDE = (50, 12, 28, 11, 0)


def lines(figure: Figure) -> str:
    """Return one line of the table, and one more for a note."""
    text = _row(figure.cells())
    return f"{text}\n{'':4s}{figure.note}" if figure.note else text


def head() -> str:
    """Return the head of the table."""
    return _row(HEAD)


def _row(cells: Sequence[str]) -> str:
    name, *others = cells
    rest = (f"{cell:>{wide}s}" for cell, wide in zip(others, WIDE[1:], strict=True))
    return f"{name:{WIDE[0]}s}{'  '.join(rest)}".rstrip()


def markdown(figures: Sequence[Figure]) -> str:
    """Return the table as it stands in docs/measurements.md."""
    rows = ["| figure | median | spread | budget | |", "|---|---|---|---|---|"]
    rows += [f"| {' | '.join(figure.cells())} |" for figure in figures]
    return "\n".join(rows)


def exit_code(figures: Sequence[Figure]) -> int:
    """Return 1 when anything missed its budget, else 0."""
    return int(any(figure.verdict is Verdict.MISSED for figure in figures))


def slope(points: Sequence[tuple[float, float]]) -> tuple[float, float, float]:
    """Fit a line: return what one more costs, what none costs, and how well the line fits (R², 1 at best)."""
    xs, ys = [x for x, _ in points], [y for _, y in points]
    fitted = statistics.linear_regression(xs, ys)
    fit = statistics.correlation(xs, ys) ** 2 if len(points) > 2 else 1.0
    return fitted.slope, fitted.intercept, fit
