"""What takes much memory for a moment is made by a process of its own: workbooks and the pages of reports.

One at a time; the page itself stays small and answers meanwhile.
"""

import asyncio
import json
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from starlette.responses import Response, StreamingResponse

from worker.console.visit import Visit
from worker.errors import DaybreakError
from worker.i18n import loaded, message

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

#: One order is made at a time; of several pages the others wait.
_ONE = asyncio.Semaphore(1)

#: Longest time of what a user waits for (seconds): below what the boundary lets a request take.
LONGEST_S = 25.0

#: Bytes that are read at once.
_PART = 65_536


async def made(visit: Visit, order: Mapping[str, str]) -> BinaryIO:
    """Return an open file with what was ordered; nothing of it stays on the disk. Raises DaybreakError."""
    try:
        folder = await asyncio.to_thread(_folder, visit.site.data / "page")
    except OSError as error:
        raise DaybreakError(message("making a file for the page: {error}", error=str(error))) from error
    try:
        async with _ONE:
            answer = await _ask({**order, "folder": str(folder), "language": visit.language.value})
        if why := answer.get("why"):
            raise DaybreakError(loaded(why))
        return (folder / answer["file"]).open("rb")
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, True)


def _folder(parent: Path) -> Path:
    parent.mkdir(mode=0o700, exist_ok=True)
    return Path(tempfile.mkdtemp(dir=parent, prefix="."))


async def download(visit: Visit, order: Mapping[str, str], *, name: str) -> Response:
    """Return what was ordered as a file to be kept. Raises DaybreakError."""
    file = await made(visit, order)
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(_parts(file), media_type=XLSX, headers=headers)


def _parts(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while part := file.read(_PART):
            yield part


async def _ask(order: Mapping[str, str]) -> dict[str, str]:
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "worker.console.maker",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=None,
    )
    try:
        said, _ = await asyncio.wait_for(child.communicate(json.dumps(order).encode()), LONGEST_S)
    except TimeoutError:
        return {"why": message("this took too long. Choose fewer days, or use the command line: daybreak export")}
    finally:
        if child.returncode is None:
            with suppress(ProcessLookupError):
                child.kill()
            await child.wait()
    try:
        return dict(json.loads(said))
    except ValueError:
        return {"why": message("it failed; see the page's log, console_….log")}


def clear(data: Path) -> None:
    """Remove unfinished files, which remain where the page ended while it made them."""
    for path in (data / "page").glob(".*"):
        shutil.rmtree(path, ignore_errors=True)
