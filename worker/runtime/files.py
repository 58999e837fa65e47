"""Small files: replaced in one step and there after a power cut; read without an exception, whatever they hold."""

import errno
import json
import os
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")

#: What reading a file and taking its content apart raises where the file is not what it should be.
_UNUSABLE = (OSError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError)


def write_private(path: Path, content: str | bytes, *, durable: bool = True, mode: int = 0o600) -> None:
    """Replace a file in one step; only we can read it, from its first byte on.

    After a power cut the file holds what it held before or this content, whole. `durable=False` leaves it to the kernel
    when the content reaches the disk: for what is written every few seconds, or means nothing to the next boot, or is
    written where nobody may wait for a disk. Raises OSError when the disk takes no write; the file is then as it was.
    """
    draft = path.with_name(f".{path.name}.{threading.get_native_id()}")  # the process's number in its first thread
    data = content.encode("utf-8") if isinstance(content, str) else content
    try:
        draft.unlink(missing_ok=True)  # of an earlier process of this number; a link is not followed either
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, mode)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        draft.replace(path)
    except OSError:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        raise
    if durable:
        sync_names(path.parent)


def put(draft: Path, path: Path) -> None:
    """Let a finished draft take a file's place, through to the disk. Raises OSError."""
    sync(draft)
    draft.replace(path)
    sync_names(path.parent)


def sync(path: Path) -> None:
    """Bring a file's content through to the disk. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_names(folder: Path) -> None:
    """Bring the names in a folder through to the disk. Raises OSError, but not where a network drive knows no such."""
    try:
        sync(folder)
    except OSError as error:
        if error.errno != errno.EINVAL:  # fsync(2): this can't be synced
            raise


def read_json(
    path: Path, made: Callable[[Any], T], default: T, *, damaged: Callable[[Exception], T] | None = None
) -> T:
    """Return what `made` makes of the content of a JSON file; never raises.

    `default` where there is no such file. Where it is cut, no JSON or not what `made` takes: what `damaged` makes of
    the error, or `default` as well.
    """
    try:
        return made(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return default
    except _UNUSABLE as error:
        return damaged(error) if damaged is not None else default


def read_text(path: Path) -> str:
    """Return a file's text, with a mark for what is no UTF-8; an empty text where it can't be read. Never raises."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
