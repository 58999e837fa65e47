"""The locks: held by the kernel; what stands in the file is for people."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fakes import SEOUL
from worker.errors import AlreadyRunning
from worker.lock import Lock, MachineLock, holder, is_held


def test_the_file_names_its_holder_and_is_emptied_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "new" / "runtime.lock"

    with Lock(path, version="1.2", zone=SEOUL):
        assert holder(path).startswith(f"pid {os.getpid()}, since ")
        assert "+09:00, version 1.2" in holder(path)

    assert path.read_bytes() == b""
    assert not is_held(path)


@pytest.mark.parametrize("content", [b"", b"garbage \xff\x00", b"pid 1, since ever"])
def test_the_content_is_no_obstacle(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "runtime.lock"
    path.write_bytes(content)

    with Lock(path, version="1") as lock:
        assert lock.is_held()


def test_a_deleted_lock_is_noticed_by_its_holder(tmp_path: Path) -> None:
    path = tmp_path / "runtime.lock"
    with Lock(path, version="1") as lock:
        path.unlink()
        assert not lock.is_held()

        path.write_bytes(b"")

        assert not lock.is_held()


def test_a_folder_in_place_of_the_lock_is_named(tmp_path: Path) -> None:
    with pytest.raises(AlreadyRunning, match=r"is a folder. Remove it"), Lock(tmp_path, version="1"):
        pytest.fail("a folder was locked")


def test_who_only_asks_keeps_nobody_out(tmp_path: Path) -> None:
    path = tmp_path / "runtime.lock"
    path.touch()
    code = f"from pathlib import Path; from worker.lock import is_held\nwhile True: is_held(Path({str(path)!r}))"
    asker = subprocess.Popen([sys.executable, "-c", code])
    try:
        for _ in range(50):
            with Lock(path, version="1"):
                pass
    finally:
        asker.kill()
        asker.wait()


def test_no_child_inherits_a_lock(tmp_path: Path) -> None:
    path = tmp_path / "runtime.lock"
    with Lock(path, version="1"), MachineLock(origin="https://erp.test", company=str(tmp_path)):
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], close_fds=False)
    try:
        with Lock(path, version="2"), MachineLock(origin="https://erp.test", company=str(tmp_path)):
            assert child.poll() is None
    finally:
        child.kill()
        child.wait()


def test_one_company_on_one_erp_has_one_worker_however_it_is_written() -> None:
    company = f"c{os.getpid()}"
    with MachineLock(origin="https://ERP.test", company=f" {company} "):
        with (
            pytest.raises(AlreadyRunning, match=f"pid {os.getpid()}, in "),
            MachineLock(origin="https://erp.test", company=company.upper()),
        ):
            pytest.fail("two workers for one company")
        with MachineLock(origin="https://erp.test", company=f"{company}x"):
            pass
    with MachineLock(origin="https://erp.test", company=company):
        pass
