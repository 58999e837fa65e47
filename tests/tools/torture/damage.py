"""Damages a ledger that nobody has open, as a failing disk or a bug of a library does."""

from contextlib import closing
from pathlib import Path
from random import Random

from worker.runtime import sqlite as sqlite3

#: What waits is found by this index.
INDEX = "payment_open"

#: Pages that hold the rows and indexes of these are worth damaging; the first page would be noticed by anybody.
TABLES = ("payment", "payment_open", "move", "move_key", "batch", "sqlite_autoindex_payment_1")


def forget_what_waits(ledger: Path) -> int:
    """Make the index of open payments know nothing of those that are seen; return how many that are."""
    with closing(_open(ledger)) as db:
        # With the index in place they leave it, without it they come back.
        keys = [row[0] for row in db.execute("SELECT key FROM payment WHERE state = 'seen' AND excluded = ''")]
        db.executemany("UPDATE payment SET state = 'posted' WHERE key = ?", [(key,) for key in keys])
        row = db.execute("SELECT type, name, tbl_name, rootpage, sql FROM sqlite_master WHERE name = ?", (INDEX,))
        found = row.fetchone()
        db.execute("PRAGMA writable_schema = ON")
        db.execute("DELETE FROM sqlite_master WHERE name = ?", (INDEX,))
        _new_schema(db)
    with closing(_open(ledger)) as db:
        db.executemany("UPDATE payment SET state = 'seen' WHERE key = ?", [(key,) for key in keys])
        db.execute("PRAGMA writable_schema = ON")
        db.execute("INSERT INTO sqlite_master (type, name, tbl_name, rootpage, sql) VALUES (?, ?, ?, ?, ?)", found)
        _new_schema(db)
    return len(keys)


def overwrite_a_page(ledger: Path, chance: Random) -> str:
    """Overwrite half of a page of the ledger with noise; return of which table or index."""
    with closing(_open(ledger)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        size = int(db.execute("PRAGMA page_size").fetchone()[0])
        marks = ", ".join("?" * len(TABLES))
        roots = db.execute(f"SELECT name, rootpage FROM sqlite_master WHERE name IN ({marks})", TABLES).fetchall()
    name, root = chance.choice(sorted(roots))
    with ledger.open("r+b") as file:
        file.seek((root - 1) * size + chance.choice((0, size // 2)))
        file.write(chance.randbytes(size // 2))
    return str(name)


def _open(ledger: Path) -> sqlite3.Connection:
    return sqlite3.connect(ledger, isolation_level=None, timeout=20)


def _new_schema(db: sqlite3.Connection) -> None:
    """Have every connection read the schema anew."""
    version = int(db.execute("PRAGMA schema_version").fetchone()[0])
    db.execute(f"PRAGMA schema_version = {version + 1}")
