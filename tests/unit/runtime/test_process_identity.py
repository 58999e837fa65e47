"""Who a pid is."""

import signal
import subprocess
import sys
from dataclasses import replace

import pytest

from worker.runtime.process_identity import Identity, boot_id, start_ticks


def test_an_identity_is_its_pid_its_start_and_the_boot() -> None:
    own = Identity.own()

    assert own.is_alive()
    assert own.boot == boot_id()
    assert own.started == start_ticks(own.pid)


@pytest.mark.parametrize("change", [{"started": 1}, {"boot": "another"}])
def test_a_signal_never_reaches_another_owner_of_the_pid(change: dict[str, int]) -> None:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        identity = Identity.of(child.pid)
        assert identity is not None

        assert not replace(identity, **change).signal(signal.SIGKILL)  # type: ignore[arg-type]
        assert child.poll() is None
        assert identity.signal(signal.SIGKILL)
    finally:
        child.kill()
        child.wait()
    assert Identity.of(child.pid) != identity


def test_a_name_with_brackets_and_spaces_is_read_over() -> None:
    code = "import ctypes, time; ctypes.CDLL(None).prctl(15, b'a) 1 (b'); print(flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()

        found = start_ticks(child.pid)

        child.kill()
    assert found is not None
    assert found >= (start_ticks(Identity.own().pid) or 0)


def test_nobody_is_nobody() -> None:
    assert Identity.of(2**22 + 1) is None
