"""Sets of values in which every two values of any two factors meet at least once: a covering array of strength two."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, product
from random import Random

#: How many rows are tried for each that is taken.
TRIES = 40

Pair = tuple[tuple[str, object], tuple[str, object]]


def covering(factors: Mapping[str, Sequence[object]], *, seed: int = 1) -> list[dict[str, object]]:
    """Return rows {factor: value} that cover every pair of values; the same ones for the same factors and seed."""
    left = set(_pairs(factors))
    random = Random(seed)
    rows = []
    while left:
        tries = [_row(factors, left, random) for _ in range(TRIES)]
        best = max(tries, key=lambda row: len(left & set(combinations(row.items(), 2))))
        left -= set(combinations(best.items(), 2))
        rows.append(best)
    return rows


def _pairs(factors: Mapping[str, Sequence[object]]) -> Iterator[Pair]:
    for one, other in combinations(factors, 2):
        for first, second in product(factors[one], factors[other]):
            yield (one, first), (other, second)


def _row(factors: Mapping[str, Sequence[object]], left: set[Pair], random: Random) -> dict[str, object]:
    """Return a row that begins with a pair which is still left, and takes for each factor what covers most."""
    row = dict(random.choice(sorted(left, key=repr)))
    for name in random.sample(list(factors), len(factors)):
        if name in row:
            continue
        values = random.sample(list(factors[name]), len(factors[name]))
        row[name] = max(values, key=lambda value: _gain(row, name, value, left))
    return {name: row[name] for name in factors}


def _gain(row: Mapping[str, object], name: str, value: object, left: set[Pair]) -> int:
    mine = (name, value)
    return sum((mine, other) in left or (other, mine) in left for other in row.items())
