"""Room on the disks that hold the data: this machine's, and under WSL the one of Windows as well."""

import shutil
from pathlib import Path

import pytest

from worker.runtime import disks, mounts
from worker.runtime.disks import LOW_DISK
from worker.status import inside
from worker.status.findings import Findings

#: How WSL 2 shows the drive of Windows, newer and older.
DRIVES = [
    "9p C:\\134 rw,dirsync,aname=drvfs;path=C:\\134;uid=1000;gid=1000;symlinkroot=/mnt/,cache=5,trans=fd",
    "9p drvfs rw,dirsync,aname=drvfs;path=C:\\134;uid=0;gid=0;symlinkroot=/mnt/,trans=fd",
    "drvfs C:\\134 rw,noatime",
]


def windows_at(folder: Path, monkeypatch: pytest.MonkeyPatch, drive: str) -> Path:
    """Have a drive of Windows be mounted; return where."""
    point = folder / "c"
    point.mkdir()
    lines = ["20 1 8:1 / / rw - ext4 /dev/sdc rw", f"90 20 0:55 / {point} rw,noatime shared:1 - {drive}"]
    (folder / "mountinfo").write_text("\n".join(lines))
    monkeypatch.setattr(mounts, "MOUNT_INFO", folder / "mountinfo")
    return point


def df(folder: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Put a `df` on the PATH."""
    (folder / "bin").mkdir()
    (folder / "bin" / "df").write_text(f"#!/bin/sh\n{text}\n")
    (folder / "bin" / "df").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder / 'bin'}:/usr/bin:/bin")


@pytest.mark.parametrize("drive", DRIVES)
def test_under_wsl_the_disk_of_windows_counts_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, drive: str
) -> None:
    point = windows_at(tmp_path, monkeypatch, drive)
    df(tmp_path, monkeypatch, f'[ "$3" = {point} ] && printf "Avail\\n123456\\n"')

    own, host = disks.below(tmp_path)

    assert own.free == pytest.approx(shutil.disk_usage(tmp_path).free, abs=10**9)
    assert (host.place, host.free) == (point, 123456)


@pytest.mark.parametrize(
    "drive", ["9p D:\\134 rw,aname=drvfs;path=D:\\134;uid=0", "9p hostshare rw,trans=virtio", "ext4 /dev/sdd rw"]
)
def test_no_other_mount_is_taken_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, drive: str) -> None:
    windows_at(tmp_path, monkeypatch, drive)

    assert [one.place for one in disks.below(tmp_path)] == [tmp_path]


def test_a_host_that_does_not_answer_costs_a_while_once_and_says_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    windows_at(tmp_path, monkeypatch, DRIVES[0])
    df(tmp_path, monkeypatch, f"echo x >>{tmp_path}/started; exec sleep 30")
    monkeypatch.setattr(disks, "PATIENCE", 0.3)

    assert [one.place for one in disks.below(tmp_path)] == [tmp_path]

    assert disks._hanging is not None
    disks._hanging.wait(5)
    monkeypatch.setattr(disks, "_hanging", None)


def test_status_names_the_disk_that_is_full(tmp_path: Path) -> None:
    measured = [disks.Disk(place=tmp_path, free=10**12), disks.Disk(place=Path("/mnt/c"), free=LOW_DISK - 1)]
    found = Findings()

    inside.look_at_disks(found, tmp_path, measured)

    assert found.snapshot().disk_free_mb == 1023
    assert found.problems == ["only 1023 MB are free where /mnt/c lies; below that the ledger is in danger"]
