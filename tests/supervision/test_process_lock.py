"""One instance: the predecessor's three cases, on the lock the worker really takes."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.rig import wait_until
from worker.errors import AlreadyRunning
from worker.runtime.locks import Lock, is_held

HOLD = """
import sys, time
from pathlib import Path
from worker.runtime.locks import Lock
with Lock(Path(sys.argv[1]), version="1"):
    print("held", flush=True)
    time.sleep(60)
"""


@contextmanager
def another_process(path: Path) -> Iterator[subprocess.Popen[str]]:
    """Run a process that holds the lock."""
    with subprocess.Popen([sys.executable, "-c", HOLD, str(path)], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        try:
            yield holder
        finally:
            holder.kill()


def test_first_instance_starts(tmp_path: Path) -> None:
    with Lock(tmp_path / "runtime.lock", version="1") as lock:
        assert lock.is_held()
        assert is_held(tmp_path / "runtime.lock")


def test_second_instance_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "runtime.lock"
    with (
        another_process(path) as holder,
        pytest.raises(AlreadyRunning, match=rf"pid {holder.pid}, since .* in "),
        Lock(path, version="2"),
    ):
        pytest.fail("two processes hold one lock")


def test_lock_is_free_again_after_release(tmp_path: Path) -> None:
    path = tmp_path / "runtime.lock"
    with Lock(path, version="1"):
        pass
    with Lock(path, version="2"):
        pass
    with another_process(path) as holder:
        os.kill(holder.pid, signal.SIGKILL)
        wait_until("the end of the holder", lambda: holder.poll() is not None)

        with Lock(path, version="3") as lock:
            assert lock.is_held()
