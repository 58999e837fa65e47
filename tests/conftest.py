"""The order of the test files, the slowest ring and the longest files first; and a folder for what tells of ledgers."""

import os
import shutil
import tempfile

import pytest
from hypothesis import settings

from worker.runtime import witness

# What an example takes says more of the machine than of the code.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

#: They take longest of those in tests/browser: begun last, they would be left alone at the end.
LONG = ("test_morning.py", "test_posting.py", "test_reading.py", "test_screens.py")


def pytest_configure(config: pytest.Config) -> None:
    """Let no test, and nothing that one starts, write a second witness where real ones stand."""
    folder = tempfile.mkdtemp(prefix="daybreak-state-")
    os.environ[witness.VARIABLE] = folder
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the longest files of the browser's ring begin first in it."""

    def place(item: pytest.Item) -> int:
        ring = item.path.relative_to(item.config.rootpath).parts[1]
        return {"supervision": 0, "browser": 1 if item.path.name in LONG else 2}.get(ring, 3)

    items.sort(key=place)
