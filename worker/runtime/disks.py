"""How much room is left where the data lies: on its own file system and, under WSL, on the host's disk as well.

WSL keeps a distribution in one file on the disk of Windows. The file system in it shows what that file may grow to, not
what the disk of Windows still has.
"""

import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from worker.runtime import mounts

#: Free disk below which the ledger is in danger, and above which it is not any more (bytes).
LOW_DISK, ENOUGH_DISK = 1024**3, 1.1 * 1024**3

#: Longest wait for the answer of a host (seconds).
PATIENCE = 3.0

#: The drive of Windows on which WSL keeps distributions unless they were moved.
DRIVE = "C:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Disk:
    """What holds the data, or holds what holds it."""

    #: A folder on it.
    place: Path
    #: Bytes that this user may still write.
    free: int


def below(folder: Path) -> list[Disk]:
    """Return the disks that must have room for what is written into a folder; those that can't be asked are left out.

    Never hangs: the host is asked by a process of its own.
    """
    found = []
    with suppress(OSError):
        found.append(Disk(place=folder, free=shutil.disk_usage(folder).free))
    for point in _of_windows():
        free = _asked(point)
        if free is not None:
            found.append(Disk(place=point, free=free))
    return found


def _of_windows() -> Iterator[Path]:
    """Yield where WSL shows the drive of Windows; nothing on any other machine."""
    for mount in mounts.all_mounts():
        if mount.kind in ("9p", "drvfs", "virtiofs") and re.search(rf"(^|[ ;=]){DRIVE}\\", mount.source):
            yield mount.point
            return


def _asked(point: Path) -> int | None:
    """Return the free bytes there, or None where no answer comes."""
    global _hanging
    if _hanging is not None and _hanging.poll() is None:
        return None
    command = ["df", "--output=avail", "--block-size=1", str(point)]
    try:
        child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    except OSError:
        return None
    try:
        said = child.communicate(timeout=PATIENCE)[0].split()
    except subprocess.TimeoutExpired:
        # One that waits for the host inside the kernel can't even be killed, so its end is not waited for.
        child.kill()
        _hanging = child
        return None
    return int(said[-1]) if said and said[-1].isdigit() else None


#: The process that waits for a host that does not answer: no second one is started beside it.
_hanging: subprocess.Popen[str] | None = None
