"""The demo's SQLite file."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from worker.runtime import sqlite as sqlite3

VERSION = 1

SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE payment (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    requested_at TEXT NOT NULL,
    requester TEXT NOT NULL,
    payer TEXT NOT NULL,
    amount INTEGER NOT NULL,
    method TEXT NOT NULL,
    acquirer TEXT NOT NULL,
    card TEXT NOT NULL,
    status TEXT NOT NULL,
    approval_no TEXT NOT NULL,
    reflected TEXT NOT NULL DEFAULT ''
);
CREATE INDEX payment_listed ON payment (reflected, requested_at DESC, id DESC);
CREATE INDEX payment_newest ON payment (requested_at DESC, id DESC);
CREATE TABLE upload (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    rows INTEGER NOT NULL,
    stored INTEGER NOT NULL,
    fault TEXT NOT NULL,
    reused_connection INTEGER NOT NULL
);
CREATE TABLE slip (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    slip_no TEXT NOT NULL UNIQUE,
    upload_id INTEGER NOT NULL,
    entered_at TEXT NOT NULL,
    writer TEXT NOT NULL,
    date TEXT NOT NULL,
    account TEXT NOT NULL,
    account_code TEXT NOT NULL,
    payer TEXT NOT NULL,
    amount INTEGER NOT NULL,
    memo TEXT NOT NULL,
    matched INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX slip_newest ON slip (entered_at DESC, id DESC);
CREATE INDEX slip_of_day ON slip (date);
CREATE INDEX slip_unmatched ON slip (entered_at) WHERE matched = 0;
CREATE TABLE session (
    sid TEXT PRIMARY KEY,
    secret TEXT NOT NULL,
    user TEXT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT NOT NULL DEFAULT '',
    rival INTEGER NOT NULL DEFAULT 0,
    created_at TEXT NOT NULL,
    seen_at TEXT NOT NULL
);
CREATE TABLE device (key TEXT PRIMARY KEY) WITHOUT ROWID;
"""

TABLES = ("meta", "payment", "upload", "slip", "session", "device")


class Database:
    """One connection, used by the server's only thread; what is committed survives a kill."""

    def __init__(self, path: Path) -> None:
        """Open the file; make it, and its folder, if it is not there."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path, isolation_level=None, timeout=5)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        with self.transaction():
            self.is_new = self._version() == 0
            if self.is_new:
                for statement in SCHEMA.split(";"):
                    self._db.execute(statement)
                self._db.execute(f"PRAGMA user_version = {VERSION}")
                self._sign()
        if self._version() != VERSION:
            raise SystemExit(
                f"the demo's database {path} is of version {self._version()}, this demo writes {VERSION}: "
                "delete the file and start again"
            )

    def _version(self) -> int:
        return int(self._db.execute("PRAGMA user_version").fetchone()[0])

    def _sign(self) -> None:
        self["database"] = str(uuid.uuid4())

    def empty(self) -> None:
        """Forget everything: from here on it is another database, with another id."""
        with self.transaction():
            for table in TABLES:
                self._db.execute(f"DELETE FROM {table}")  # our own names
            self._db.execute("DELETE FROM sqlite_sequence")
            self._sign()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit what happens inside, all or nothing."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def run(self, sql: str, *values: object) -> sqlite3.Cursor:
        """Run one statement."""
        return self._db.execute(sql, values)

    def rows(self, sql: str, *values: object) -> list[sqlite3.Row]:
        """Return all rows of one query."""
        return self._db.execute(sql, values).fetchall()

    def number(self, sql: str, *values: object) -> int:
        """Return the single number a query asks for."""
        return int(self._db.execute(sql, values).fetchone()[0] or 0)

    def __getitem__(self, key: str) -> str:
        """Return a value of the `meta` table, empty if there is none."""
        row = self._db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return "" if row is None else str(row[0])

    def __setitem__(self, key: str, value: str) -> None:
        self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    def close(self) -> None:
        """Close the file."""
        self._db.close()
