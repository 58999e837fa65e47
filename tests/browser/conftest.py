"""What the tests of whole cycles share: one Chromium and one demo ERP a module, one office a test."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.erp import DemoErp
from tests.office import Chromium, Office

#: Opens an office with settings by name; see Office.
OpenOffice = Callable[..., Office]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Chromium]:
    """One Chromium for all cycles of a file."""
    with Chromium() as chromium:
        yield chromium


@pytest.fixture(scope="module")
def running() -> Iterator[DemoErp]:
    """One server for all tests of a file."""
    with DemoErp(payments=0) as erp:
        yield erp


@pytest.fixture
def erp(running: DemoErp) -> DemoErp:
    """The server, as new, without payments."""
    running.reset(payments=0)
    return running


@pytest.fixture
def open_office(erp: DemoErp, chromium: Chromium, tmp_path: Path) -> Iterator[OpenOffice]:
    """Opens offices at the ERP, all on one folder of the test's own."""
    with ExitStack() as stack:
        yield lambda **chosen: stack.enter_context(Office(erp, tmp_path / "var", chromium=chromium, **chosen))


@pytest.fixture
def office(open_office: OpenOffice) -> Office:
    """An office in demo mode."""
    return open_office()
