"""Nothing leaves the browser but through the living worker: a save that is held dies with whoever holds it."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.erp import DemoErp
from tests.rig import wait_until
from worker.runtime import heartbeat, installation, reaper
from worker.runtime.process_identity import Identity

#: The ERP takes so long to store what it has received (seconds).
COMMIT_S = 1.5


@contextmanager
def worker(erp: DemoErp, folder: Path) -> Iterator[Path]:
    """Run a worker without circusd on a demo ERP: nobody ends its browser when it dies. Yield its data folder.

    One payment waits, so that its first cycle saves.
    """
    erp.add(amount=1000)
    data = folder / "var"
    file = folder / "circus.ini"
    settings = {"DATA_DIR": data, "DEMO_PORT": erp.port, "DEMO_CONTROL_PORT": erp.control_port}
    lines = "".join(f"{name} = {value}\n" for name, value in settings.items())
    file.write_text(f"[env:worker]\n{lines}", encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, "-m", "worker"],
        env={**os.environ, installation.INI_VARIABLE: str(file)},
        stderr=subprocess.DEVNULL,
    )
    try:
        yield data
    finally:
        process.send_signal(signal.SIGCONT)
        process.kill()
        process.wait()
        reaper.end_browsers(data)


def part(data: Path, name: str) -> Identity:
    """Return the worker's driver, its browser, or the worker itself."""
    beat = heartbeat.read(data / "heartbeat.txt")
    assert beat is not None
    if name == "worker":
        return beat.identity
    flag = reaper.FLAG if name == "browser" else "run-driver"
    for one in reaper.tree(beat.identity):
        line = Path(f"/proc/{one.pid}/cmdline").read_bytes().decode()
        if flag in line and "--type=" not in line:
            return one
    raise AssertionError(f"no {name} runs")


def gone(*processes: Identity) -> Callable[[], bool]:
    return lambda: all(reaper.is_gone(one) for one in processes)


@pytest.mark.parametrize("victim", ["worker", pytest.param("driver", marks=pytest.mark.deep)])
def test_a_save_that_was_sent_is_not_sent_again_by_the_browser(tmp_path: Path, victim: str) -> None:
    with DemoErp(payments=0, knobs={"commit_after_s": COMMIT_S}) as erp, worker(erp, tmp_path) as data:
        wait_until("the save", erp.uploads, 60)
        driver, browser = part(data, "driver"), part(data, "browser")

        part(data, victim).signal(signal.SIGKILL)

        wait_until("the browser's end", gone(driver, browser), 60)
        wait_until("the deposit", erp.slips, 30)
        assert len(erp.uploads()) == 1


@pytest.mark.parametrize("victim", ["worker", pytest.param("driver", marks=pytest.mark.deep)])
def test_a_save_that_is_held_is_not_let_go_by_the_browser(tmp_path: Path, victim: str) -> None:
    """Whether it was held already when the worker froze is up to chance; it must not leave in either case."""
    with DemoErp(payments=0) as erp, worker(erp, tmp_path) as data:

        def is_saving() -> bool:
            beat = heartbeat.read(data / "heartbeat.txt")
            return beat is not None and beat.step.startswith("saving")

        wait_until("the save's step", is_saving, 60)
        frozen = part(data, "worker")
        frozen.signal(signal.SIGSTOP)
        driver, browser = part(data, "driver"), part(data, "browser")
        sent = len(erp.uploads())

        part(data, victim).signal(signal.SIGKILL)

        wait_until("the browser's end", gone(driver, browser), 60)
        assert len(erp.uploads()) == sent
