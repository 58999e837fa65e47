"""The fields and the one file of a form that sends a file (multipart/form-data, RFC 7578), read as they come in.

Of a file that is too long only the beginning is kept. The rest is counted, so that its sender is told its size.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.requests import Request

#: Bytes of a file that is taken: a record of some 150,000 payments.
LONGEST_FILE = 5_000_000

#: Bytes of everything else in such a form.
_SLACK = 20_000

_BOUNDARY = re.compile(r'boundary="?([\x21\x23-\x7e]{1,70}?)"?(?:;|$)')
_NAME = re.compile(rb'\bname="([^"]*)"')
_FILE = re.compile(rb'\bfilename="([^"]*)"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """One file."""

    #: As its sender calls it.
    name: str
    #: Its bytes, or the first LONGEST_FILE of them.
    content: bytes
    #: How many bytes it has, about.
    size: int

    @property
    def is_too_long(self) -> bool:
        """True for a file of which the rest was not kept."""
        return self.size > LONGEST_FILE


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What such a form holds."""

    fields: Mapping[str, str] = field(default_factory=dict)
    #: None: no file was chosen.
    file: Upload | None = None


def is_multipart(request: Request) -> bool:
    """True for a form that may hold a file."""
    return request.headers.get("content-type", "").partition(";")[0].strip() == "multipart/form-data"


async def read(request: Request) -> Sent:
    """Read a form to its end; nothing of what is no such form."""
    kept, total = bytearray(), 0
    async for part in request.stream():
        total += len(part)
        kept += part[: max(0, LONGEST_FILE + _SLACK - len(kept))]
    found = _BOUNDARY.search(request.headers.get("content-type", ""))
    return parsed(bytes(kept), found[1].encode("ascii"), total=total) if found else Sent()


def parsed(body: bytes, boundary: bytes, *, total: int) -> Sent:
    """Return what stands in the body of such a form, or in its beginning; `total`: bytes of the whole."""
    fields: dict[str, str] = {}
    file: Upload | None = None
    for part in (b"\r\n" + body).split(b"\r\n--" + boundary)[1:]:
        head, blank, content = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        name = _NAME.search(head)
        if not blank or name is None:
            continue
        if (named := _FILE.search(head)) is None:
            fields[name[1].decode("utf-8", "replace")] = content.decode("utf-8", "replace")
        elif named[1] or content:
            size = len(content) + max(0, total - len(body))
            file = Upload(name=named[1].decode("utf-8", "replace"), content=content[:LONGEST_FILE], size=size)
    return Sent(fields=fields, file=file)
