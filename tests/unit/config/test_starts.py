"""What can't be begun is refused in one sentence: no traceback, and nothing that counts as a failure of the work."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.rig import free_ports
from worker import __main__ as worker_main
from worker.app.by_hand import run_once
from worker.config import ini, loading
from worker.errors import DaybreakError
from worker.runtime import installation, private
from worker.runtime.locks import Lock


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of a demo that does not run."""
    (port,) = free_ports(1)
    monkeypatch.setenv(installation.INI_VARIABLE, str(tmp_path / "circus.ini"))
    for name in ini.FROM_ENVIRONMENT:
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "circus.ini").write_text(f"[env:worker]\nDEMO_PORT = {port}\n", encoding="utf-8")
    return tmp_path


def test_a_cycle_by_hand_without_the_demo_counts_as_no_failure(tree: Path) -> None:
    with pytest.raises(DaybreakError, match="the demo ERP does not run on port"):
        run_once(loading.load(), test=False)

    assert not (tree / "var" / "ledger.db").exists()


def test_a_worker_whose_folder_takes_no_write_says_so_and_ends(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def enter(self: Lock) -> Lock:
        raise OSError(30, "Read-only file system", "runtime.lock")

    monkeypatch.setattr(Lock, "__enter__", enter)
    monkeypatch.setattr(private, "umask", lambda: None)  # this process makes files for other tests

    assert worker_main.main() == worker_main.EXIT_NO_FOLDER
    log = "".join(path.read_text() for path in (tree / "var" / "logs").iterdir())
    assert "taking the lock: [Errno 30] Read-only file system: 'runtime.lock'" in log
    assert "Traceback" not in log


def test_a_verb_that_meets_a_closed_folder_says_one_sentence(tree: Path) -> None:
    (tree / "var").write_text("in the way")

    done = subprocess.run(
        [sys.executable, "-m", "worker.cli", "pause", "1h"],
        env={"DAYBREAK_INI": str(tree / "circus.ini"), "PATH": os.defpath},
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert done.returncode in (1, 78)
    assert "Traceback" not in done.stderr
    assert "var" in done.stderr
