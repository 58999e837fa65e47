"""The locks: held by the kernel; what stands in the file is for people."""

import errno
import hashlib
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.fakes import SEOUL
from worker.app.by_hand import machine_lock as machine_lock_of
from worker.config import loading, settings
from worker.erp.ecount import Ecount
from worker.erp.tryton import Tryton
from worker.errors import AlreadyRunning
from worker.i18n import reasons
from worker.i18n.language import Language
from worker.runtime.locks import Lock, MachineLock, alone, holder, is_held, take


def test_the_file_names_its_holder_and_is_emptied_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "new" / "runtime.lock"

    with Lock(path, version="1.2", zone=SEOUL):
        assert holder(path).startswith(f"pid {os.getpid()}, since ")
        assert "+09:00, version 1.2" in holder(path)

    assert path.read_bytes() == b""
    assert not is_held(path)


def test_who_holds_a_lock_reads_in_korean(tmp_path: Path) -> None:
    path = tmp_path / "runtime.lock"

    with Lock(path, version="1.2", zone=SEOUL):
        said = reasons.say(holder(path), Language.KO)

    assert said.startswith(f"pid {os.getpid()}, 20")
    assert said.endswith(f"부터, 버전 1.2, 폴더 {Path.cwd()}")


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
    code = (
        f"from pathlib import Path; from worker.runtime.locks import is_held\nwhile True: is_held(Path({str(path)!r}))"
    )
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
    with Lock(path, version="1"), machine_lock("https://erp.test", str(tmp_path)):
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], close_fds=False)
    try:
        with Lock(path, version="2"), machine_lock("https://erp.test", str(tmp_path)):
            assert child.poll() is None
    finally:
        child.kill()
        child.wait()


def machine_lock(address: str, company: str, *, family: str = "erp.test") -> MachineLock:
    return MachineLock(family=family, origin=address, company=company)


@pytest.fixture
def company() -> str:
    """A company of this process's own: the locks are the machine's."""
    return f"c{os.getpid()}"


def test_one_company_on_one_erp_has_one_worker_however_it_is_written(company: str) -> None:
    with machine_lock("https://ERP.test", f" {company} "):
        with (
            pytest.raises(AlreadyRunning, match=f"pid {os.getpid()}, in "),
            machine_lock("https://erp.test:443", company.upper()),
        ):
            pytest.fail("two workers for one company")
        with machine_lock("https://erp.test", f"{company}x"):
            pass
        with machine_lock("https://other.test", company, family="other.test"):
            pass
    with machine_lock("https://erp.test", company):
        pass


def test_a_worker_from_before_there_were_families_and_one_of_now_exclude_each_other(company: str) -> None:
    name = hashlib.sha256(f"https://erp.test\0{company.upper()}".encode()).hexdigest()[:32]
    with socket.socket(socket.AF_UNIX) as before:
        before.bind(f"\0daybreak/{name}")
        before.listen(1)
        with pytest.raises(AlreadyRunning), machine_lock("https://ERP.test", company):
            pytest.fail("two workers for one company")
    with (
        machine_lock("https://erp.test", company),
        socket.socket(socket.AF_UNIX) as before,
        pytest.raises(OSError, match="in use"),
    ):
        before.bind(f"\0daybreak/{name}")


def test_a_lock_that_was_refused_leaves_nothing_held(company: str) -> None:
    with machine_lock("https://erp.test", company):
        with pytest.raises(AlreadyRunning), machine_lock("https://erp.test", company, family="another"):
            pytest.fail("the older name is held")
        with machine_lock("https://another.test", company, family="another"):
            pass


@pytest.mark.parametrize(
    "addresses",
    [
        ("https://login.ecount.com/", "https://zone5.ecount.com:443/ec5/view/erp", "HTTPS://ECOUNT.COM.", "http://logincc.ecount.com"),
        ("https://erp.example/", "https://ERP.example:443/x?y", "http://erp.example:80", "https://me:secret@erp.example./"),
        ("http://127.0.0.1:8800/", "http://localhost:8800", "http://[::1]:8800/", "http://127.1.2.3:8800", "http://[::ffff:127.0.0.1]:8800"),
        ("https://erp.example:8443/", "https://ERP.EXAMPLE:8443"),
        ("http://[2001:db8::1]/", "http://[2001:0db8:0:0::1]:80/"),
        ("https://한국.example/", "https://xn--3e0b707e.example/"),
    ],
    ids=lambda addresses: addresses[0],
)  # fmt: skip
def test_all_addresses_of_one_erp_are_one_family(addresses: tuple[str, ...]) -> None:
    assert len({Ecount.family(address) for address in addresses}) == 1


def test_erps_at_other_addresses_are_other_families() -> None:
    addresses = [
        "https://login.ecount.com/", "https://ecount.com.example/", "https://notecount.com/", "https://erp.example/",
        "https://erp.example:8443/", "http://127.0.0.1:8800/", "http://127.0.0.1:8900/", "https://192.0.2.1/",
    ]  # fmt: skip

    assert len({Ecount.family(address) for address in addresses}) == len(addresses)
    assert Tryton.family("https://a.ecount.com/") != Tryton.family("https://b.ecount.com/")


def test_the_worker_takes_the_lock_of_the_family_that_its_erp_names(company: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.touch(mode=0o600)
    secret.write_text("x", encoding="utf-8")

    def chosen(address: str) -> settings.Settings:
        values = {"ERP_URL": address, "ERP_COMPANY": company, "ERP_USER": "u", "ERP_PASSWORD_FILE": str(secret)}
        return loading.load({**values, "DATA_DIR": str(tmp_path)})

    with machine_lock_of(chosen("https://login.ecount.com/")):
        with pytest.raises(AlreadyRunning), machine_lock_of(chosen("https://zone5.ecount.com:443/")):
            pytest.fail("login and zone are one ERP")
        with machine_lock_of(chosen("https://erp.example/")):
            pass


def test_a_disk_that_takes_no_write_is_named_where_no_lock_file_is_yet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = os.open

    def read_only(path: Path, flags: int, mode: int = 0o777) -> int:
        if flags & os.O_CREAT:
            raise OSError(errno.EROFS, "Read-only file system", str(path))
        return opened(path, flags, mode)

    monkeypatch.setattr(os, "open", read_only)

    with pytest.raises(OSError, match="Read-only file system"), Lock(tmp_path / "runtime.lock", version="1"):
        pass


def test_a_folder_is_held_by_one_at_a_time_and_a_file_is_made_for_it(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "post.lock"):
        with alone(path) as is_ours, alone(path) as is_anothers:
            assert (is_ours, is_anothers) == (True, False)
            assert is_held(path)

        assert not is_held(path)
    assert (tmp_path / "post.lock").stat().st_mode & 0o777 == 0o600


def test_many_share_a_lock_that_one_alone_waits_for(tmp_path: Path) -> None:
    with (tmp_path / "a").open("w") as first, (tmp_path / "a").open() as second, (tmp_path / "a").open() as third:
        assert take(first.fileno(), shared=True)
        assert take(second.fileno(), shared=True)
        assert not take(third.fileno())

        for file in (first, second):
            threading.Timer(0.05, file.close).start()

        assert take(third.fileno(), wait=10)
