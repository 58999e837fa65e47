"""File systems: which folder lies on which, and whether SQLite's write-ahead log can live there."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

#: What is mounted where, as this process sees it (proc_pid_mountinfo(5)).
MOUNT_INFO = Path("/proc/self/mountinfo")

#: File systems of other machines, of clusters, and of a virtual machine's or a container's host: their clients don't
#: share memory, so a second process sees neither the log's index nor the locks on it.
_SHARED = frozenset(
    {
        "9p", "acfs", "afs", "afp", "beegfs", "ceph", "cifs", "coda", "davfs", "drvfs", "fakeowner", "fhgfs", "gfs",
        "gfs2", "glusterfs", "gpfs", "grpcfuse", "hgfs", "lustre", "ncp", "ncpfs", "nfs", "nfs4", "ocfs2", "orangefs",
        "osxfs", "panfs", "pnfs", "prl_fs", "pvfs2", "smb", "smb2", "smb3", "smbfs", "virtiofs", "vboxsf", "vmhgfs",
        "wekafs",
    }
)  # fmt: skip

#: FUSE file systems that keep their files on a disk of this machine and share its page cache.
_LOCAL_FUSE = frozenset({"fuseblk", "fuse.fuse-overlayfs", "fuse.gocryptfs", "fuse.encfs", "fuse.lxcfs"})


class Mount(NamedTuple):
    """One mounted file system."""

    point: Path
    #: Its type, such as ext4 or fuse.sshfs.
    kind: str
    #: The kernel's number of the device, such as 8:1: one for all mounts of one file system.
    device: str
    #: What is mounted and how, as the file system names it: its source and its own options.
    source: str = ""


def is_shared(kind: str) -> bool:
    """True for a type whose files another machine, or this machine's host, may hold: no ledger can live there."""
    return kind in _SHARED or (kind.startswith("fuse") and kind not in _LOCAL_FUSE)


def mount_of(folder: Path) -> Mount | None:
    """Return what an absolute folder lies on, without touching it: the call never waits for a server that hangs."""
    best: Mount | None = None
    for mount in all_mounts():
        is_above = folder == mount.point or mount.point in folder.parents
        if is_above and (best is None or len(mount.point.parts) >= len(best.point.parts)):
            best = mount
    return best


def is_elsewhere(folder: Path, other: Path) -> bool:
    """True when two absolute folders are known to lie on different file systems."""
    one, two = mount_of(folder), mount_of(other)
    return one is not None and two is not None and one.device != two.device


def all_mounts() -> Iterator[Mount]:
    """Yield all mounts in order: of two at one point the later one is seen. None where /proc can't be read."""
    try:
        lines = MOUNT_INFO.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return
    for line in lines:
        fields, _, of_the_file_system = line.partition(" - ")
        words, kind = fields.split(), of_the_file_system.split()
        if len(words) >= 5 and kind:
            yield Mount(Path(_plain(words[4])), kind[0], words[2], _plain(" ".join(kind[1:])))


def _plain(text: str) -> str:
    """Return a path without the kernel's octal escapes for blanks and backslashes."""
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), text)
