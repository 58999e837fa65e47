"""A circusd with the stand-in as its worker, and a mail server, for each test that asks for one."""

import shlex
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.postbox import Postbox
from tests.rig import Circusd

STAND_IN = f"python {shlex.quote(str(Path(__file__).with_name('stand_in.py')))}"


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., Circusd]:
    """Return what makes a circusd in this test's own folder; the test enters it."""

    def made(folder: Path | None = None, **given: object) -> Circusd:
        return Circusd(folder or tmp_path, **{"command": STAND_IN, **given})  # type: ignore[arg-type]

    assert sys.version_info >= (3, 11)
    return made


@pytest.fixture
def postbox() -> Iterator[Postbox]:
    """Return a mail server that takes everything."""
    with Postbox() as found:
        yield found
