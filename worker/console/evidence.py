"""The evidence of a row's batch, by an id and never by a path: pictures as pictures, all else as plain text."""

import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from starlette.responses import Response

from worker.errors import DaybreakError
from worker.i18n import message

#: Bytes of one file; files of one folder.
LONGEST, MOST = 8_000_000, 60

_PICTURE = b"\x89PNG\r\n\x1a\n"

#: The endings of what is shown, and whether it is a picture.
_KINDS = {".png": True, ".txt": False, ".json": False, ".html": False}

_HEADERS = {"x-content-type-options": "nosniff", "content-security-policy": "default-src 'none'; sandbox"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One file of evidence."""

    id: str
    name: str
    is_picture: bool


def pieces(folder: Path | None) -> list[Piece]:
    """Return what can be shown of a folder; links and folders are none of it."""
    if folder is None:
        return []
    try:
        names = sorted(one.name for one in os.scandir(folder) if one.is_file(follow_symlinks=False))
    except OSError:
        return []
    shown = [name for name in names if Path(name).suffix in _KINDS][:MOST]
    return [Piece(id=_id(folder, one), name=one, is_picture=_KINDS[Path(one).suffix]) for one in shown]


def answer(folder: Path | None, id: str) -> Response:
    """Return a piece of evidence. Raises DaybreakError where there is none of this id, or it can't be shown."""
    found = next((one for one in pieces(folder) if one.id == id), None)
    if found is None or folder is None:
        raise _none()
    content = _read(folder / found.name)
    if found.is_picture:
        if not content.startswith(_PICTURE):
            raise _none()
        return Response(content, media_type="image/png", headers=_HEADERS)
    return Response(content, media_type="text/plain; charset=utf-8", headers=_HEADERS)


def _read(path: Path) -> bytes:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            found = os.fstat(file.fileno())
            if not stat.S_ISREG(found.st_mode) or found.st_size > LONGEST:
                raise _none()
            return file.read(LONGEST)
    except OSError as error:
        raise _none() from error


def _id(folder: Path, name: str) -> str:
    return hashlib.sha256(f"{folder.parent.name}/{folder.name}/{name}".encode("utf-8", "surrogateescape")).hexdigest()[
        :24
    ]


def _none() -> DaybreakError:
    return DaybreakError(message("there is no such evidence, or no more"))
