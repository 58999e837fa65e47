"""Status is never plainly healthy while something keeps payments from being posted, or nobody would hear of it."""

import os
import socket
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

from tests.fakes import SEOUL, FakeClock, FakeErp, Worker
from tests.rig import PROJECT, free_ports
from worker.config import ini, loading
from worker.erp.visit import refusals_of
from worker.errors import NotAdopted
from worker.runtime import installation, spool
from worker.status.findings import Findings
from worker.status.look import _demo, look
from worker.status.verdict import Health


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with the settings of a real ERP that nobody is told about."""
    monkeypatch.setenv(installation.INI_VARIABLE, str(tmp_path / "circus.ini"))
    for name in ini.FROM_ENVIRONMENT:
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "pw").write_text("wrong")
    (tmp_path / "pw").chmod(0o600)
    (tmp_path / "circus.ini").write_text(
        "[circus]\nendpoint = tcp://127.0.0.1:9\n[env:worker]\nDATA_DIR = var\nERP_URL = https://erp.example.com\n"
        f"ERP_COMPANY = 1\nERP_USER = a\nERP_PASSWORD_FILE = {tmp_path / 'pw'}\nPING_URL = off\n",
        encoding="utf-8",
    )
    return tmp_path


def test_no_more_sign_ins_are_a_problem_until_the_password_is_mended(tree: Path) -> None:
    chosen = loading.load()
    refusals_of(chosen).add()
    assert not any("not signing in" in one for one in look().problems)

    refusals_of(chosen).add()
    before = look()
    os.utime(tree / "pw", ns=(1, 1))
    after = look()

    assert any("not signing in: the ERP refused user or password 2 times" in one for one in before.problems)
    assert not any("not signing in" in one for one in after.problems)


def test_nobody_to_tell_is_a_problem(tree: Path) -> None:
    assert any("nobody is told of problems" in one for one in look().problems)


def test_payments_that_wait_in_test_mode_are_a_problem(tree: Path) -> None:
    clock = FakeClock()
    (tree / "var").mkdir()
    worker = Worker(tree / "var", FakeErp(clock), clock)
    for number in range(3):
        worker.erp.approve(f"고객 {number}", 1000 + number)
    with pytest.raises(NotAdopted):
        worker.run_cycle()
    worker.close()

    found = look()

    assert found.verdict.health is not Health.HEALTHY
    assert "MODE is test: 3 payments wait, and nothing is posted until MODE = production" in found.problems


def test_what_the_worker_has_to_tell_and_no_ledger_takes_is_a_problem(tree: Path) -> None:
    """A ledger damaged in a page that status never reads: the worker refuses it, status would read on."""
    at = datetime(2026, 11, 30, 9, tzinfo=SEOUL)
    text = "reading the ledger x.db: database disk image is malformed. Nothing is posted; restore the newest backup"
    spool.put(tree / "var", spool.NoteKind.ALERT, at=at, text=text, by="worker", cause="ledger")
    spool.put(tree / "var", spool.NoteKind.ALERT, at=at, text="no worker runs", by="plugin:heartbeat", cause="stopped")

    found = look()

    assert found.problems.count(text) == 1
    assert found.verdict.health is not Health.HEALTHY
    assert "no worker runs" not in found.problems


def test_a_demo_without_its_port_is_a_problem(tree: Path) -> None:
    (port,) = free_ports(1)
    (tree / "circus.ini").write_text(f"[env:worker]\nDEMO_PORT = {port}\n", encoding="utf-8")
    found = Findings(parts={"circus": {"demo-erp": "active"}})
    with socket.create_server(("127.0.0.1", port)):
        _demo(found, tree / "var", loading.load())

    assert f"the demo ERP does not listen on port {port}" in found.problems[0]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be two users")
@pytest.mark.parametrize("mode", [0o755, 0o711, 0o700])
def test_a_data_folder_of_somebody_else_is_the_only_problem_and_no_traceback(tree: Path, mode: int) -> None:
    (tree / "var").mkdir(mode=0o700)
    tree.chmod(mode)
    for folder in tree.parents:
        if folder.name.startswith("pytest-"):
            folder.chmod(0o755)
    become = "os.setgroups([]); os.setgid(65534); os.setuid(65534)"
    code = (
        "import os, encodings.utf_8_sig; from worker.status.look import look; look();"
        f"{become}; found = look(); print(found.verdict.health, [*found.problems])"
    )

    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PATH": os.defpath, "DAYBREAK_INI": str(tree / "circus.ini"), "PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
        timeout=60,
        cwd="/",
    )

    assert done.stderr == ""
    who = "Ask as its owner: sudo -u root daybreak status"
    problem = f"{tree / 'var'} can't be read by this user, so nothing is known of the worker. {who}"
    assert done.stdout == f'down ["{problem}"]\n'


def test_a_data_folder_that_is_no_folder_is_a_problem_among_others(tree: Path) -> None:
    (tree / "var").write_text("in the way")

    found = look()

    assert found.verdict.health is Health.DOWN
    assert any("can't be read by this user: nothing is known of the ledger" in one for one in found.problems)
    assert any("circusd does not answer" in one for one in found.problems)
