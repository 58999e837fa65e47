"""The evidence of a row's batch, by an id and never by a path: pictures as pictures, all else as plain text."""

import asyncio
import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from starlette.responses import Response

from worker.console.visit import Visit
from worker.errors import DaybreakError
from worker.i18n import Message, message, said_by

#: Bytes of one file; files of one folder.
LONGEST, MOST = 20_000_000, 200

#: How a picture's file begins, by its ending.
_PICTURES = {".png": b"\x89PNG\r\n\x1a\n", ".jpg": b"\xff\xd8\xff"}

#: The endings of what is shown, and as what. A kept page is shown as its text.
_KINDS = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    **dict.fromkeys((".txt", ".json", ".html"), "text/plain; charset=utf-8"),
}

#: A browser shows a picture alone on a page that it makes itself, with a style in it.
_PICTURE = {"content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"}

#: Whatever stands in a file: it is no page, it runs nothing and loads nothing.
_HEADERS = {
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
}


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
    return [Piece(id=_id(folder, one), name=one, is_picture=Path(one).suffix in _PICTURES) for one in shown]


def answer(folder: Path | None, id: str) -> Response:
    """Return a piece of evidence. Raises DaybreakError where there is none of this id, or it can't be shown."""
    found = next((one for one in pieces(folder) if one.id == id), None)
    if found is None or folder is None:
        raise _none()
    content, ending = _read(folder / found.name), Path(found.name).suffix
    if found.is_picture and not content.startswith(_PICTURES[ending]):
        raise _none()
    headers = {**_HEADERS, **_PICTURE} if found.is_picture else _HEADERS
    return Response(content, media_type=_KINDS[ending], headers=headers)


def folder_of(data: Path, cycle: int) -> Path | None:
    """Return the folder of a cycle's evidence, while it is kept."""
    return next((path for path in (data / "evidence").glob(f"*/cycle-{cycle}") if path.is_dir()), None)


async def show(visit: Visit) -> Response:
    """Show one piece of a cycle's evidence."""
    cycle = str(visit.request.path_params["cycle"])
    if not (cycle.isascii() and cycle.isdigit() and len(cycle) <= 12):
        return visit.sorry(_none_said(), 404)
    try:
        folder = await asyncio.to_thread(folder_of, visit.site.data, int(cycle))
        return await asyncio.to_thread(answer, folder, str(visit.request.path_params["id"]))
    except DaybreakError as error:
        return visit.sorry(said_by(error), 404)


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
    return DaybreakError(_none_said())


def _none_said() -> Message:
    return message("this evidence is not kept any more")
