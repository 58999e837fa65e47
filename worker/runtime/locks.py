"""The locks: one worker per data folder, and one per ERP and company on this machine. Held by the kernel.

The text in `runtime.lock` is for people; no decision rests on it. Both locks end with the process that holds them,
however it ends, and neither is inherited by a browser: the descriptors are closed on exec.
"""

import fcntl
import hashlib
import os
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Self
from zoneinfo import ZoneInfo

from worker.errors import AlreadyRunning
from worker.i18n import message

#: How long a lock is tried for again (seconds): `is_held` holds it for an instant to find out.
FOR_ASKERS = 0.2


def take(descriptor: int, *, shared: bool = False, wait: float = 0.0) -> bool:
    """Lock an open file or folder, alone or shared; False when another process holds it all these seconds."""
    mode = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    end = time.monotonic() + wait
    while True:
        try:
            fcntl.flock(descriptor, mode | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= end:
                return False
            time.sleep(0.02)
        else:
            return True


def is_held(path: Path) -> bool:
    """True while some process holds the lock on this file. A missing file is a free lock."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        return not take(descriptor, shared=True)
    finally:
        os.close(descriptor)


@contextmanager
def alone(path: Path) -> Iterator[bool]:
    """Hold the lock of a file, made if need be, or of a folder; yield False when another process holds it."""
    flags = os.O_RDONLY if path.is_dir() else os.O_RDWR | os.O_CREAT
    descriptor = os.open(path, flags | os.O_CLOEXEC, 0o600)
    try:
        yield take(descriptor)
    finally:
        os.close(descriptor)


def holder(path: Path) -> str:
    """Return what the lock file says about its holder, in one line of at most 200 characters."""
    try:
        text = path.read_bytes()[:400].decode("utf-8", "replace")
    except OSError:
        return message("unknown holder")
    return " ".join(text.split())[:200] or message("unknown holder")


class Lock:
    """Holds `runtime.lock` in the data folder for the life of a `with` block.

    Raises AlreadyRunning at once when another process holds it. Whatever the file holds (nothing, garbage, a foreign
    pid) is no obstacle; a file that can't be opened for writing is locked all the same. People read in it since when it
    is held, in `zone`; without one in the machine's.
    """

    def __init__(self, path: Path, *, version: str, zone: ZoneInfo | None = None) -> None:
        self._path = path
        self._version = version
        self._zone = zone
        self._descriptor: int | None = None

    def __enter__(self) -> Self:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        if self._path.is_dir():
            raise AlreadyRunning(
                message("taking the lock: {path} is a folder. Remove it, then start again.", path=str(self._path))
            )
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError:  # another user's file, or a disk that takes no write
            if not self._path.exists():
                raise  # why it can't be made, not that it is not there
            descriptor = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        if not take(descriptor, wait=FOR_ASKERS):
            os.close(descriptor)
            raise AlreadyRunning(
                message(
                    "another worker is running ({holder}); stop it first: circusctl stop worker",
                    holder=holder(self._path),
                )
            )
        self._descriptor = descriptor
        with suppress(OSError):
            self._describe(descriptor)
        return self

    def __exit__(self, *_: object) -> None:
        if self._descriptor is not None:
            with suppress(OSError):
                os.ftruncate(self._descriptor, 0)
            os.close(self._descriptor)
            self._descriptor = None

    def is_held(self) -> bool:
        """True while this process holds the lock on the file that everybody sees (not on one that was deleted)."""
        if self._descriptor is None:
            return False
        try:
            seen = self._path.stat()
        except OSError:
            return False
        own = os.fstat(self._descriptor)
        return (own.st_dev, own.st_ino) == (seen.st_dev, seen.st_ino)

    def _describe(self, descriptor: int) -> None:
        now = datetime.now(self._zone) if self._zone else datetime.now().astimezone()
        started = now.isoformat(timespec="seconds")
        holder = message(
            "pid {pid}, since {since}, version {version}, in {folder}",
            pid=str(os.getpid()),
            since=started,
            version=self._version,
            folder=str(Path.cwd()),
        )
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{holder}\n".encode(), 0)


class MachineLock:
    """Holds the machine-wide lock of one ERP and company for the life of a `with` block.

    An abstract Unix socket (unix(7)): its name belongs to the kernel, is the same for all users and folders, and
    vanishes with its holder. Raises AlreadyRunning, naming the holder's pid and folder.
    """

    def __init__(self, *, family: str, origin: str, company: str) -> None:
        """`family` names the ERP whatever its address, see worker.erp.ErpKind; `origin` is how this worker writes it.

        Versions before there were families know the origin alone. Its name is held as well, so that none of them runs
        beside this one.
        """
        ours = company.strip().upper()
        self._names = (_name(f"family\0{family}\0{ours}"), _name(f"{origin.lower()}\0{ours}"))
        self._what = message("{origin} and company {company}", origin=origin, company=company)
        self._held: ExitStack | None = None

    def __enter__(self) -> Self:
        with ExitStack() as taking:
            for name in self._names:
                found = taking.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
                try:
                    found.bind(name)
                except OSError:
                    raise AlreadyRunning(
                        message(
                            "another worker posts to {what} ({holder}); stop it first",
                            what=self._what,
                            holder=_holder(name),
                        )
                    ) from None
                found.listen(1)
            self._held = taking.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        if self._held is not None:
            self._held.close()
            self._held = None


def _name(key: str) -> str:
    return "\0daybreak/" + hashlib.sha256(key.encode("utf-8")).hexdigest()[:32]


def _holder(name: str) -> str:
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        probe.connect(name)
        pid = struct.unpack("3i", probe.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[0]
        with suppress(OSError):
            folder = Path(f"/proc/{pid}/cwd").readlink()
            return message("pid {pid}, in {folder}", pid=str(pid), folder=str(folder))
        return f"pid {pid}"
    return message("unknown holder")
