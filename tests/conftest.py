"""The order of the tests: files that mostly wait beside files that mostly compute, so that every core has work."""

from itertools import chain, groupby, zip_longest
from pathlib import Path

import pytest

#: The ring whose tests wait for processes, the one whose tests drive a browser, and the short ones that fill the end.
WAITING, COMPUTING = "supervision", "browser"

#: Files that take longest, the longest first: none of them is left alone at the end.
LONG = ("test_real_worker", "test_answers", "test_faults", "test_posting", "test_reading", "test_fence", "test_upgrade")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the files of both slow rings by turns, then all others; the tests of a file stay together."""
    files: dict[str, list[list[pytest.Item]]] = {}
    for path, tests in groupby(items, key=lambda item: item.path):
        files.setdefault(path.parent.name, []).append(list(tests))
    for some in files.values():
        some.sort(key=lambda tests: _rank(tests[0].path))
    waiting, computing = files.pop(WAITING, []), files.pop(COMPUTING, [])
    nothing: list[pytest.Item] = []
    by_turns = chain.from_iterable(zip_longest(waiting, computing, fillvalue=nothing))
    others = chain.from_iterable(files.values())
    items[:] = chain.from_iterable(chain(by_turns, others))


def _rank(path: Path) -> int:
    return LONG.index(path.stem) if path.stem in LONG else len(LONG)
