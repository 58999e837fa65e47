"""The order of the test files: the slowest ring first, and in the browser's the longest files."""

import pytest

#: They take longest of those in tests/browser: begun last, they would be left alone at the end.
LONG = ("test_posting.py", "test_reading.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the longest files of the browser's ring begin first in it."""

    def place(item: pytest.Item) -> int:
        ring = item.path.parent.name
        return {"supervision": 0, "browser": 1 if item.path.name in LONG else 2}.get(ring, 3)

    items.sort(key=place)
