"""A mail server for each test that asks for one."""

from collections.abc import Iterator

import pytest

from tests.postbox import Postbox


@pytest.fixture
def server() -> Iterator[Postbox]:
    """Return a mail server that takes everything."""
    with Postbox() as found:
        yield found
