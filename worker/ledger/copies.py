"""Whole copies of a ledger: made, proved, and put back in its place."""

import hashlib
import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from worker.errors import LedgerDamaged, LedgerError
from worker.i18n import message, said_by, stored
from worker.ledger.notes import DAMAGED, OLDER
from worker.ledger.schema import APPLICATION, SCHEMA
from worker.runtime import sqlite as sqlite3
from worker.runtime.files import put, sync
from worker.runtime.soundness import why_not_whole

#: Pages of a backup that are copied between two signs of life.
COPIED_AT_ONCE = 1_000


#: SQLite's results for a file that is damaged, and for one that is no database (https://sqlite.org/rescode.html).
CORRUPT, NOTADB = 11, 26


def verify(db: sqlite3.Connection, alive: Callable[[], None] = lambda: None) -> None:
    """Raise sqlite3.DatabaseError unless this is a whole ledger of a schema we know; its text says what it is."""
    application = db.execute("PRAGMA application_id").fetchone()[0]
    version = db.execute("PRAGMA user_version").fetchone()[0]
    if application != APPLICATION or version < 1:
        raise sqlite3.DatabaseError("it is no ledger of daybreak")
    if version > SCHEMA:
        raise sqlite3.DatabaseError(
            f"it was written by a newer daybreak (schema {version}, this one knows {SCHEMA}): install that one first"
        )
    if found := why_not_whole(db, alive):
        raise sqlite3.DatabaseError(f"it is damaged or cut off ({found})")


def back_up(db: sqlite3.Connection, target: Path, alive: Callable[[], None] = lambda: None) -> None:
    """Write a consistent, proved copy of an open ledger, in the form it has; none if it fails.

    Raises LedgerDamaged when the ledger itself is not whole, LedgerError when the copy can't be written.
    """
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        copy = sqlite3.connect(draft, isolation_level=None)
        db.execute("BEGIN")  # one moment: else each write of another process would begin the copy anew
        try:
            db.execute("SELECT 1 FROM meta").fetchone()
            db.backup(copy, pages=COPIED_AT_ONCE, progress=lambda *_: alive())
            copy.execute("PRAGMA journal_mode = DELETE")
            verify(copy, alive)
        finally:
            db.execute("ROLLBACK")
            copy.close()
        draft.chmod(0o600)
        put(draft, target)
    except (sqlite3.Error, OSError) as error:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        if not isinstance(error, (OSError, sqlite3.OperationalError)) and (found := _why_damaged(db, alive)):
            text = message(
                "backing up the ledger to {path}: the ledger itself is damaged ({why}). Nothing is posted until it is "
                "repaired, or the newest backup is restored: daybreak restore",
                path=str(target),
                why=found,
            )
            raise LedgerDamaged(text, found=found) from error
        raise LedgerError(
            message("backing up the ledger to {path}: {error}", path=str(target), error=str(error))
        ) from error


def _why_damaged(db: sqlite3.Connection, alive: Callable[[], None]) -> str:
    """Say what is damaged in a ledger whose copy is not whole; nothing, if only the copy is not."""
    try:
        return why_not_whole(db, alive)
    except sqlite3.DatabaseError as error:
        return f"{error}" if is_no_database(error) else ""


def restore(backup: Path, folder: Path, *, prepare: Callable[[sqlite3.Connection], None] | None = None) -> Path | None:
    """Put a backup in the ledger's place; return where the old one was put aside, or None if there was none.

    Call it only while holding the worker's lock. The restored ledger is marked as older and posts nothing before that
    is settled. `prepare` may write into it before it takes its place. Raises LedgerError, and leaves all as it was,
    when the backup is not whole or `prepare` refuses.
    """
    target = folder / "ledger.db"
    draft = folder / f".restore.{os.getpid()}"
    try:
        copy_whole(backup, draft, prepare=prepare)
        _settle_log(target)
        aside = None
        if parts := [
            part for suffix in ("", "-wal", "-shm") if (part := target.with_name(target.name + suffix)).exists()
        ]:
            aside = next(
                path for number in range(1, 10_000) if not (path := folder / f"ledger-replaced-{number}.db").exists()
            )
            for part in parts:  # the file first: a log beside no ledger is read by nobody
                part.replace(aside.with_name(part.name.replace(target.name, aside.name)))
        put(draft, target)
    except OSError as error:
        raise LedgerError(
            message(
                "restoring {path}: {error}. Look into {folder} before you start the worker",
                path=str(backup),
                error=str(error),
                folder=str(folder),
            )
        ) from error
    finally:
        draft.unlink(missing_ok=True)
    return aside


def copy_whole(backup: Path, draft: Path, *, prepare: Callable[[sqlite3.Connection], None] | None = None) -> None:
    """Copy a backup, prove the copy, mark it as older, have it prepared. Raises LedgerError; then no file is left."""
    try:
        if not backup.is_file():
            raise FileNotFoundError(message("there is no such file"))
        draft.touch(mode=0o600)
        shutil.copyfile(backup, draft)
        copy = sqlite3.connect(draft, isolation_level=None)
        copy.row_factory = sqlite3.Row
        try:
            copy.execute("PRAGMA journal_mode = DELETE")
            verify(copy)
            copy.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (OLDER, stored(message("a backup"))))
            copy.execute("DELETE FROM meta WHERE key IN ('older_looked_up', ?)", (DAMAGED,))
            if prepare is not None:
                prepare(copy)
        finally:
            copy.close()
    except (sqlite3.Error, OSError, LedgerError) as error:
        draft.unlink(missing_ok=True)
        what = message("it is damaged, cut off or no ledger at all") if is_no_database(error) else said_by(error)
        raise LedgerError(
            message("restoring {path}: {error}. Nothing was changed", path=str(backup), error=what)
        ) from error
    sync(draft)


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def is_no_database(error: Exception) -> bool:
    """True for what SQLite says of a file that it can't read."""
    # The low byte is the kind of an error; SQLITE_CORRUPT_INDEX and its like are kinds of the first.
    return isinstance(error, sqlite3.Error) and getattr(error, "sqlite_errorcode", 0) & 0xFF in (CORRUPT, NOTADB)


def _settle_log(path: Path) -> None:
    """Take what stands in the write-ahead log into the file, if both can be read: then the file alone is the ledger."""
    if not path.exists():
        return
    with suppress(sqlite3.Error):
        db = sqlite3.connect(path, timeout=1.0)
        try:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            db.close()
