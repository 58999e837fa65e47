"""The one SQLite library of every process that opens a database of ours: chosen here, imported from here.

Stands in for `sqlite3`: `from worker.runtime import sqlite as sqlite3`. Two libraries on one file in one process would
not see each other's locks: closing the file in one drops those of the other (POSIX).

SQLite 3.7.0 to 3.51.2 can corrupt a database in WAL mode that several connections write (https://sqlite.org/wal.html,
"the WAL-reset bug"); 3.51.3 mends it, and 3.50.7 and 3.44.6 do for those who stay behind. An affected library opens
nothing.
"""

import importlib
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Literal

from worker.errors import LedgerError
from worker.i18n import message

__all__ = [
    "Connection",
    "Cursor",
    "DatabaseError",
    "Error",
    "IntegrityError",
    "OperationalError",
    "Row",
    "connect",
    "described",
    "why_unsafe",
]

#: Where a library may come from, the wanted one first; all speak Python's database interface alike.
SOURCES = ("pysqlite3", "sqlite3", "worker.runtime.apsw_database")

#: The first version that is safe, and the first ones of two older series.
SAFE_SINCE, MENDED = (3, 51, 3), {(3, 50): (3, 50, 7), (3, 44): (3, 44, 6)}


def is_safe(version: tuple[int, ...]) -> bool:
    """True for a version of SQLite that does not have the WAL-reset bug."""
    major, minor, *_ = version
    return version >= SAFE_SINCE or version >= MENDED.get((major, minor), SAFE_SINCE)


def choose(names: Iterable[str] = SOURCES) -> ModuleType:
    """Return the first library that is there and safe; if none is, the last that is there."""
    library: ModuleType = sqlite3
    for name in names:
        try:
            library = importlib.import_module(name)
        except ImportError:
            continue
        if is_safe(library.sqlite_version_info):
            return library
    return library


_library = choose()

if TYPE_CHECKING:
    from sqlite3 import Connection, Cursor, DatabaseError, Error, IntegrityError, OperationalError, Row
else:
    Connection, Cursor, Row = _library.Connection, _library.Cursor, _library.Row
    DatabaseError, Error = _library.DatabaseError, _library.Error
    IntegrityError, OperationalError = _library.IntegrityError, _library.OperationalError


def described() -> str:
    """Return what is in use, as `3.53.4 (pysqlite3)`."""
    return f"{_library.sqlite_version} ({getattr(_library, 'NAME', _library.__name__)})"


def why_unsafe() -> str:
    """Say why the library must not open a ledger, and what to do, or return an empty text."""
    if is_safe(_library.sqlite_version_info):
        return ""
    return message(
        "SQLite {version} can corrupt a ledger that several processes write, so nothing is opened and nothing is "
        "posted. Install a Python whose sqlite3 is 3.51.3 or newer, then set up again with it: rm -r .venv, "
        "PYTHON=/path/to/python3 ./scripts/start; on x86-64 or aarch64 and Python 3.11 to 3.14 ./scripts/start alone "
        "brings one",
        version=described(),
    )


def connect(
    database: str | Path,
    *,
    timeout: float = 5.0,
    isolation_level: Literal["DEFERRED", "IMMEDIATE", "EXCLUSIVE"] | None = "DEFERRED",
    uri: bool = False,
    cached_statements: int = 128,
) -> Connection:
    """Open a database as `sqlite3.connect` does. Raises LedgerError where the library is an affected one."""
    if problem := why_unsafe():
        raise LedgerError(problem)
    opened: Connection = _library.connect(
        database, timeout=timeout, isolation_level=isolation_level, uri=uri, cached_statements=cached_statements
    )
    return opened
