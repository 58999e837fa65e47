"""Python's database interface over apsw, as far as ours needs it: where no other safe SQLite is to be had.

apsw brings a SQLite of its own for every processor (https://rogerbinns.github.io/apsw/); pysqlite3 has wheels for
x86-64 alone. The errors are those of Python's own sqlite3, by the same table of codes as there
(Modules/_sqlite/util.c).
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

# Classes alone: no second SQLite is used.
from sqlite3 import DatabaseError, DataError, Error, IntegrityError, InterfaceError, InternalError, OperationalError
from typing import Any

import apsw

__all__ = [
    "Connection",
    "Cursor",
    "DatabaseError",
    "Error",
    "IntegrityError",
    "OperationalError",
    "Row",
    "connect",
    "sqlite_version",
    "sqlite_version_info",
]


NAME = "apsw"

sqlite_version: str = apsw.sqlite_lib_version()
sqlite_version_info: tuple[int, ...] = tuple(map(int, sqlite_version.split(".")))

#: Which error a primary result code is; all others are OperationalError.
_ERRORS: Mapping[int, type[Exception]] = {
    apsw.SQLITE_INTERNAL: InternalError,
    apsw.SQLITE_NOTFOUND: InternalError,
    apsw.SQLITE_NOMEM: MemoryError,
    apsw.SQLITE_TOOBIG: DataError,
    apsw.SQLITE_CONSTRAINT: IntegrityError,
    apsw.SQLITE_MISMATCH: IntegrityError,
    apsw.SQLITE_MISUSE: InterfaceError,
    apsw.SQLITE_RANGE: InterfaceError,
    apsw.SQLITE_CORRUPT: DatabaseError,
    apsw.SQLITE_NOTADB: DatabaseError,
}

#: Pause before a copy that met a lock goes on, as in Python's own library (seconds).
_LOCKED_PAUSE = 0.25

#: Statements that begin a transaction by themselves where a connection has an isolation level.
_WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE")


@contextmanager
def _named_errors() -> Iterator[None]:
    try:
        yield
    except apsw.Error as error:
        code = getattr(error, "result", apsw.SQLITE_ERROR)
        found = _ERRORS.get(code & 0xFF, OperationalError)(str(error))
        found.sqlite_errorcode = getattr(error, "extendedresult", code)  # type: ignore[attr-defined]
        raise found from error


class ApswRow:
    """A row whose values are found by place or by the name of their column, in any case."""

    __slots__ = ("_names", "_values")

    def __init__(self, names: Sequence[str], values: Sequence[Any]) -> None:
        self._names, self._values = tuple(names), tuple(values)

    def keys(self) -> list[str]:
        """Return the names of the columns."""
        return list(self._names)

    def __getitem__(self, place: int | slice | str) -> Any:
        """Return a value. Raises IndexError for a name that no column has."""
        if not isinstance(place, str):
            return self._values[place]
        for name, value in zip(self._names, self._values, strict=True):
            if name == place or name.lower() == place.lower():
                return value
        raise IndexError(place)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ApswRow):
            return NotImplemented
        return (self._names, self._values) == (other._names, other._values)

    def __hash__(self) -> int:
        return hash((self._names, self._values))


#: What Python's interface calls it.
Row = ApswRow


class _Naming:
    """Makes an ApswRow of each row of one statement."""

    def __init__(self) -> None:
        self._names: tuple[str, ...] = ()

    def __call__(self, cursor: apsw.Cursor, values: tuple[Any, ...]) -> ApswRow:
        # Told only while there are rows.
        self._names = self._names or tuple(one[0] for one in cursor.description)
        return ApswRow(self._names, values)


class Cursor:
    """The answer to one statement. It is a row ahead, as in Python's own library: with the last row it has ended."""

    def __init__(self, made: apsw.Cursor, *, rowcount: int, lastrowid: int, has_names: bool) -> None:
        self._cursor = made
        #: Rows that the statement changed; -1 for a question.
        self.rowcount = rowcount
        #: The newest row's number on this connection.
        self.lastrowid = lastrowid
        if has_names:
            made.row_trace = _Naming()
        with _named_errors():
            self._next = made.fetchone()

    def __iter__(self) -> Iterator[Any]:
        while (row := self.fetchone()) is not None:
            yield row

    def fetchone(self) -> Any:
        """Return the next row, or None. Raises the errors of `execute`."""
        row = self._next
        if row is not None:
            with _named_errors():
                self._next = self._cursor.fetchone()
        return row

    def fetchall(self) -> list[Any]:
        """Return the rows that are left. Raises the errors of `execute`."""
        return list(self)


class Connection:
    """One open database. Without an isolation level each statement is a transaction unless the SQL begins one."""

    def __init__(
        self, database: str, *, timeout: float, isolation_level: str | None, uri: bool, cached_statements: int
    ) -> None:
        flags = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE | (apsw.SQLITE_OPEN_URI if uri else 0)
        with _named_errors():
            self._db = apsw.Connection(database, flags=flags, statementcachesize=cached_statements)
            self._db.set_busy_timeout(round(timeout * 1000))
        self.isolation_level = isolation_level
        #: `ApswRow`, or None for plain tuples.
        self.row_factory: type[ApswRow] | None = None

    def __enter__(self) -> "Connection":
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Commit, or roll back after an error; stay open."""
        if kind is None:
            self.commit()
        else:
            self.rollback()

    @property
    def in_transaction(self) -> bool:
        """True between BEGIN and its end."""
        return self._db.in_transaction

    @property
    def total_changes(self) -> int:
        """Rows changed since it was opened."""
        return self._db.total_changes()

    def execute(self, sql: str, parameters: Sequence[Any] | Mapping[str, Any] = ()) -> Cursor:
        """Run one statement. Raises the errors of Python's own library, by the same codes."""
        is_write = self._begin_for(sql)
        with _named_errors():
            made = self._db.execute(sql, parameters or None)
            changed = self._db.changes() if is_write else -1
            newest = self._db.last_insert_rowid()
        return Cursor(made, rowcount=changed, lastrowid=newest, has_names=self.row_factory is ApswRow)

    def executemany(self, sql: str, rows: Iterable[Sequence[Any] | Mapping[str, Any]]) -> Cursor:
        """Run one statement for each row of parameters; the rows changed are added up."""
        self._begin_for(sql)
        made, changed = self._db.cursor(), 0
        with _named_errors():
            for row in rows:
                made.execute(sql, row or None)
                changed += self._db.changes()
            newest = self._db.last_insert_rowid()
        return Cursor(made, rowcount=changed, lastrowid=newest, has_names=False)

    def executescript(self, script: str) -> None:
        """End an open transaction, then run statement after statement."""
        self.commit()
        with _named_errors():
            for _ in self._db.execute(script):
                pass

    def commit(self) -> None:
        """End an open transaction, if there is one, and keep what it did."""
        self._end("COMMIT")

    def rollback(self) -> None:
        """End an open transaction, if there is one, and take back what it did."""
        self._end("ROLLBACK")

    def close(self) -> None:
        """Close the database; what was not committed is gone."""
        with _named_errors():
            self._db.close(True)

    def create_function(
        self, name: str, arguments: int, function: Callable[..., Any] | None, *, deterministic: bool = False
    ) -> None:
        """Let SQL call a function."""
        with _named_errors():
            self._db.create_scalar_function(name, function, arguments, deterministic=deterministic)

    def set_progress_handler(self, handler: Callable[[], Any] | None, steps: int) -> None:
        """Call `handler` every so many steps of a statement; one that returns something true ends it."""
        self._db.set_progress_handler(None if handler is None else (lambda: bool(handler())), steps)

    def backup(
        self, target: "Connection", *, pages: int = -1, progress: Callable[[int, int, int], object] | None = None
    ) -> None:
        """Copy the whole database, so many pages at once; `progress(status, remaining, all)` is called in between."""
        with _named_errors(), target._db.backup("main", self._db, "main") as copy:
            while not copy.done:
                try:
                    copy.step(pages)
                except (apsw.BusyError, apsw.LockedError):
                    time.sleep(_LOCKED_PAUSE)
                if progress is not None:
                    progress(apsw.SQLITE_DONE if copy.done else apsw.SQLITE_OK, copy.remaining, copy.page_count)

    def _begin_for(self, sql: str) -> bool:
        """Begin a transaction where one is due; return True for a statement that writes rows."""
        is_write = sql.lstrip().upper().startswith(_WRITES)
        if is_write and self.isolation_level is not None and not self._db.in_transaction:
            with _named_errors():
                self._db.execute(f"BEGIN {self.isolation_level}")
        return is_write

    def _end(self, word: str) -> None:
        if self._db.in_transaction:
            with _named_errors():
                self._db.execute(word)


def connect(
    database: Any,
    *,
    timeout: float = 5.0,
    isolation_level: str | None = "DEFERRED",
    uri: bool = False,
    cached_statements: int = 128,
) -> Connection:
    """Open a database. Raises the errors of Python's own library."""
    return Connection(
        str(database), timeout=timeout, isolation_level=isolation_level, uri=uri, cached_statements=cached_statements
    )
