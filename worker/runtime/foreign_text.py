"""Text that people and other programs leave: files in whatever encoding, full-width signs, marks that nobody sees."""

import unicodedata
from pathlib import Path

from worker.errors import DaybreakError
from worker.i18n import message

#: What a file begins with that says its encoding itself.
_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))

#: How a workbook of a spreadsheet begins: a zip file, or the older compound file.
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")

#: A full-width sign is the ASCII one; no digit becomes another one, as NFKC would make of a small raised one.
_WIDE = {0xFF01 + number: 0x21 + number for number in range(94)}

#: Control characters that a text file may hold.
_LAYOUT = frozenset("\t\n\r\f\v\x1a")


def narrow(text: str) -> str:
    """Return the text composed, with ASCII for full-width signs, without what is invisible, single blanks, trimmed."""
    plain = unicodedata.normalize("NFC", text).translate(_WIDE)
    return " ".join("".join(sign for sign in plain if unicodedata.category(sign) != "Cf").split())


def read_text(path: Path) -> str:
    """Return a file's text: UTF-8 or UTF-16, each with or without its mark, or CP949. Raises DaybreakError."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DaybreakError(
            message("reading {path}: {why}", path=str(path), why=error.strerror or str(error))
        ) from error
    if data.startswith(_WORKBOOKS):
        raise DaybreakError(
            message(
                "reading {path}: it is a workbook of a spreadsheet. Save that sheet as CSV or text first", path=path
            )
        )
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            found = _decoded(data.removeprefix(mark), encoding)
            break
    else:
        found = next(
            (text for text in (_decoded(data, encoding) for encoding in _guesses(data)) if text is not None), None
        )
    if found is None:
        raise DaybreakError(
            message(
                "reading {path}: it is no text in UTF-8, UTF-16 or CP949. Save it as one of these first", path=str(path)
            )
        )
    return found


def _guesses(data: bytes) -> tuple[str, ...]:
    """Return the encodings that a file without a mark may have: where bytes are 0, they are halves of ASCII letters."""
    if b"\0" not in data:
        return ("utf-8", "cp949")
    return ("utf-16-be",) if data[::2].count(0) > data[1::2].count(0) else ("utf-16-le",)


def _decoded(data: bytes, encoding: str) -> str | None:
    """Return the text, or None where this encoding makes none of it that a person can have written."""
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return None
    return text if not any(unicodedata.category(sign) == "Cc" and sign not in _LAYOUT for sign in text) else None
