"""Variables of this process's environment that count for a while."""

import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def having(**values: object) -> Iterator[None]:
    """Let this process, and what it starts in the block, have these variables."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update({name: str(value) for name, value in values.items()})
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
