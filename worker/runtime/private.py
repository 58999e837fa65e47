"""Folders and files of this user alone: made by no other user, and closed to others from their first byte on.

A folder in a place that every user may write to proves nothing by its name: any user may have made it.
"""

import os
import stat
from pathlib import Path

from worker.i18n import message

#: Taken from every file and folder that a process of ours makes: all rights of group and others (umask(2)).
UMASK = 0o077


class NotOurs(OSError):
    """A folder that should be this user's was made by another, can be entered by others, or is none."""


def umask() -> None:
    """Close all that this process and its children make to other users."""
    os.umask(UMASK)


def is_ours(folder: Path) -> bool:
    """True for a folder of this user that no other user can enter; a link is none."""
    try:
        found = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & UMASK


def make(folder: Path) -> Path:
    """Return the folder, made if it is not there. Raises NotOurs for one that is not ours alone, OSError."""
    folder.mkdir(mode=0o700, exist_ok=True)
    if not is_ours(folder):
        raise NotOurs(
            message("{folder} was made by somebody else, or others can enter it; it is not used", folder=str(folder))
        )
    return folder


def put_right(folder: Path) -> bool:
    """Take the rights of others from a folder of ours, if it is there; return True if they had some. Raises OSError."""
    try:
        found = folder.stat()
    except FileNotFoundError:
        return False
    if found.st_uid != os.geteuid() or not found.st_mode & UMASK:
        return False
    folder.chmod(0o700)
    return True
