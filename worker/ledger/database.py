"""The file under the ledger: SQLite in WAL mode with synchronous=FULL, generations, backup and restore.

A transaction reported as made survives a power cut. A worker writes under its generation only while that is the newest.
"""

import json
import os
import re
import shutil
import uuid
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Self

from worker.errors import LedgerDamaged, LedgerError
from worker.i18n import loaded, message, stored
from worker.ledger.schema import APPLICATION, SCHEMA, STEPS, way_back
from worker.payments.payment import IDENTITY_VERSION, KST
from worker.payments.text import real_number
from worker.runtime import moment
from worker.runtime import sqlite as sqlite3
from worker.runtime.moment import Moment
from worker.runtime.soundness import miscount, why_not_sound, why_not_whole
from worker.runtime.witness import Mark, Witness, furthest, parse, read_mark, write_mark

#: Pages of a backup that are copied between two signs of life.
COPIED_AT_ONCE = 1_000

#: SQLite's results for a file that is damaged, and for one that is no database (https://sqlite.org/rescode.html).
CORRUPT, NOTADB = 11, 26

#: What an open ledger keeps in memory: pages (KB) and prepared statements. The worker has one open for days: with
#: SQLite's own 2 MB and 128 it would grow for a thousand cycles. The system caches the file anyway.
CACHE_KB, STATEMENTS = 512, 32


#: How the reason begins of a row that tells an earlier daybreak of a payment whose key it would not find.
ALIAS = "known to a newer daybreak as "
#: The notes with the ledger's own id, and with the moment in which it was last known to be no older than the ERP.
LEDGER_ID, PROVED = "ledger_id", "proved"

#: The notes with what a check of the file found, and with the generation whose worker ended in order.
DAMAGED, ENDED = "damaged", "ended"


def utc(at: datetime) -> str:
    """Return a time as the ledger writes it: UTC, so that text order is time order."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds")


class Book:
    """One open file. A worker's has a generation and is fenced by it; a command's has none.

    Raises LedgerError whenever the file can't be trusted.
    """

    def __init__(
        self,
        folder: Path,
        *,
        create: bool = True,
        read_only: bool = False,
        patience: float = 5.0,
        witness: Witness | None = None,
        here: Callable[[], Moment] = moment.here,
    ) -> None:
        """Open `ledger.db` in the data folder; make it only if nothing says that there was one. Patience in seconds.

        `read_only` writes nothing, not even the tables' newer form; any write is then a LedgerError. `witness` is told
        outside the folder how far a worker's ledger has come, and asked at its start; a command has none.
        """
        self._path = folder / "ledger.db"
        self._read_only = read_only
        self._witness = witness
        self._here = here
        #: The highest batch number that was ever used here: a restored ledger does not use one again.
        self._batch_floor = read_mark(folder).batch
        self.generation: int | None = None
        there = self._path.exists() and self._path.stat().st_size > 0
        known = read_mark(folder).generation
        if not there and (known or self._path.exists()):
            raise LedgerError(
                f"opening the ledger: {self._path} is {'empty' if self._path.exists() else 'missing'}, but generation "
                f"{known or '?'} has run here. Nothing is posted until it is restored from a backup"
            )
        if not there and (read_only or not create):
            raise LedgerError(f"opening the ledger: {self._path} does not exist yet; start the worker first")
        try:
            if read_only:
                address = f"{self._path.absolute().as_uri()}?mode=ro"
                self._db = sqlite3.connect(address, uri=True, isolation_level=None, timeout=patience)
            else:
                self._db = sqlite3.connect(
                    self._path, isolation_level=None, timeout=patience, cached_statements=STATEMENTS
                )
            self._db.execute(f"PRAGMA cache_size = -{CACHE_KB}")
            self._db.row_factory = sqlite3.Row
            self._db.create_function("real_number", 1, real_number, deterministic=True)
            self._prepare(there, read_only=read_only)
            self._file = self._inode()
        except (sqlite3.Error, OSError) as error:
            raise LedgerError(
                f"opening the ledger {self._path}: {error}. Nothing is posted; restore the newest backup"
            ) from error

    def _prepare(self, there: bool, *, read_only: bool) -> None:
        self._db.execute("PRAGMA foreign_keys = ON")
        self._db.execute("PRAGMA synchronous = FULL")
        if not there:
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.executescript(
                f"BEGIN IMMEDIATE; {' '.join(STEPS)} PRAGMA application_id = {APPLICATION}; "
                f"PRAGMA user_version = {SCHEMA};"
                f"INSERT INTO meta VALUES ('generation', '0'), ('identity', '{IDENTITY_VERSION}'); COMMIT;"
            )
            self._path.chmod(0o600)
            return
        application = self._db.execute("PRAGMA application_id").fetchone()[0]
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        if application != APPLICATION:
            raise LedgerError(f"opening the ledger: {self._path} is not a ledger of daybreak")
        if version > SCHEMA:
            raise LedgerError(
                f"opening the ledger: {self._path} was written by a newer daybreak (schema {version}, this one knows "
                f"{SCHEMA}). Install that version again"
            )
        self._db.execute("SELECT COUNT(*) FROM meta").fetchone()
        if read_only:
            return
        self._db.execute("PRAGMA journal_mode = WAL")  # a restored backup comes without
        if version < SCHEMA:
            self._bring_up()

    def _bring_up(self) -> None:
        """Bring a ledger of an earlier form to today's, in one transaction; nobody else may have done so meanwhile."""
        with self._write(fenced=False) as db:
            version = db.execute("PRAGMA user_version").fetchone()[0]
            for step in STEPS[version:]:
                for statement in step.split(";\n"):
                    db.execute(statement)
            db.execute("DELETE FROM payment WHERE why LIKE ? AND state = 'seen'", (f"{ALIAS}%",))
            db.execute(f"PRAGMA user_version = {SCHEMA}")

    def take_down(self, version: int) -> None:
        """Give the ledger the form that an earlier daybreak knows, in one transaction; close it then.

        Payments, moves and batches stay as they are. Raises LedgerError when there is no way back to that form.
        """
        with self._write(fenced=False) as db:
            found = db.execute("PRAGMA user_version").fetchone()[0]
            steps = [way_back(step) for step in reversed(STEPS[version:found])]
            if not 0 < version <= found <= SCHEMA or None in steps:
                raise LedgerError(
                    f"taking the ledger back to schema {version}: schema {found} holds what that one can't. Nothing "
                    "was changed; an older daybreak needs a backup of its own time: daybreak restore"
                )
            self._before_taking_down(db, version)
            for statement in (one for step in steps for one in step or ()):
                db.execute(statement)
            db.execute(f"PRAGMA user_version = {version}")

    def _before_taking_down(self, db: sqlite3.Connection, version: int) -> None:
        """Write, within the transaction, what an earlier daybreak must find in the tables that it knows."""

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def begin_generation(self, copied: Mapping[str, Mark] = MappingProxyType({})) -> int:
        """Count this worker: return its generation, one above every earlier one, written here and beside the ledger.

        A ledger that is behind the file beside it, the witness outside, or `copied` ({ledger id: mark} of the newest
        backup elsewhere) is marked as older.
        """
        with self._write(fenced=False) as db:
            number = self.id or uuid.uuid4().hex
            db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (LEDGER_ID, number))
            outside = [self._witness.read(number)] if self._witness is not None else []
            beside = read_mark(self._path.parent)
            known = furthest([beside, *outside, *(mark for name, mark in copied.items() if name == number)])
            # Of a batch that it does not know it need not be told again once its age was settled.
            own = Mark(
                generation=self._meta_int("generation"), batch=max(self.last_sent(), self._meta_int("settled_batch"))
            )
            if own.generation < known.generation or own.batch < known.batch:
                older = f"generation {own.generation} of {known.generation}, batch {own.batch} of {known.batch}"
                db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (OLDER, older))
                db.execute("DELETE FROM meta WHERE key = 'older_looked_up'")
                if own.batch < known.keyless:
                    db.execute("INSERT OR REPLACE INTO meta VALUES ('older_keyless', ?)", (str(known.keyless),))
            self.generation = max(own.generation, known.generation) + 1
            db.execute("INSERT OR REPLACE INTO meta VALUES ('generation', ?)", (str(self.generation),))
        self._batch_floor = max(own.batch, known.batch)
        self._write_marks(
            Mark(generation=self.generation, batch=self._batch_floor, keyless=max(beside.keyless, known.keyless))
        )
        return self.generation

    def _write_marks(self, mark: Mark) -> None:
        """Say beside the ledger, and outside, how far it has come. What can't be told outside is no obstacle."""
        write_mark(self._path.parent, mark)
        if self._witness is not None:
            self._witness.write(self.id, mark)

    @property
    def id(self) -> str:
        """The ledger's own id: the same in every copy and backup of it; empty before the first worker."""
        return _id_of(self._meta(LEDGER_ID))

    def why_unproved(self) -> str:
        """Say why the whole machine may have been taken back to an earlier snapshot, or return an empty text.

        It was started, or its clock was set, since somebody or a look-up last said what was posted. What waits here may
        be posted then, and no file of this machine would know.
        """
        return self._here().why_apart(self._meta(PROVED))

    def was_proved_since_boot(self) -> bool:
        """True when somebody or a look-up said in this boot of the machine what was posted."""
        return self._meta(PROVED).partition(" ")[0] == self._here().boot

    def note_proved(self) -> None:
        """Note that what waits was looked up in this life of the machine, and was not posted."""
        with self._write() as db:
            self._note_proved(db)

    def _note_proved(self, db: sqlite3.Connection) -> None:
        db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (PROVED, f"{self._here()}"))

    def _settle_age(self, db: sqlite3.Connection) -> None:
        """Note, within a transaction, that the age of this ledger matters no more."""
        db.execute("DELETE FROM meta WHERE key IN (?, 'older_looked_up', 'older_keyless')", (OLDER,))
        known = max(read_mark(self._path.parent).batch, self._batch_floor)
        db.execute("INSERT OR REPLACE INTO meta VALUES ('settled_batch', ?)", (str(known),))
        self._note_proved(db)

    def is_current(self) -> bool:
        """True while this worker's generation is the newest and the file on disk is the one that is open."""
        try:
            return self._is_in_place() and self._meta_int("generation") == self.generation
        except LedgerError:
            return False

    def back_up(self, target: Path, alive: Callable[[], None] = lambda: None) -> None:
        """Write a consistent copy while the ledger is in use, and prove it: whole, and with as many moves as here.

        That takes longer the larger the ledger is: `alive` is called all the time meanwhile; it must not raise.
        Raises LedgerError when the copy can't be written or is not whole, LedgerDamaged when the ledger itself is not;
        then no file is left. A ledger that was damaged is whole again when its copy is.
        """
        try:
            back_up(self._db, target, alive)
        except LedgerDamaged as error:
            if not self._read_only:
                with suppress(LedgerError):
                    self.note_damaged(error.found)
            raise
        if not self._read_only:
            self.note_whole()

    # --- whole or damaged ------------------------------------------------------------------------------------------

    def why_damaged(self) -> str:
        """Say which check of this ledger's file failed, or return an empty text. Only a full check ends it."""
        if not (found := loaded(self._meta(DAMAGED))):
            return ""
        return message(
            "the ledger is damaged ({why}). Nothing is posted. Restore the newest backup: daybreak restore; or have it "
            "repaired, then prove it: daybreak backup FILE",
            why=found,
        )

    def note_damaged(self, why: str) -> None:
        """Note that a check of the file failed: nothing is posted from now on."""
        with self._write(fenced=False) as db:
            db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (DAMAGED, stored(why)))

    def note_whole(self) -> None:
        """Note that a full check of the file found nothing."""
        if self._meta(DAMAGED):
            with self._write(fenced=False) as db:
                db.execute("DELETE FROM meta WHERE key = ?", (DAMAGED,))

    def ended_badly(self) -> bool:
        """True when the worker before this one did not close the ledger: a kill, or a power cut."""
        return self._meta_int("generation") > 0 and self._meta(ENDED) != self._meta("generation")

    def note_end(self) -> None:
        """Note that this worker ends in order."""
        if self.generation is not None:
            with self._write() as db:
                db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (ENDED, str(self.generation)))

    def demand_sound(self, alive: Callable[[], None]) -> None:
        """Check pages and rows: a second for 500,000 payments. Raises LedgerDamaged, and notes it where that goes."""
        try:
            found = why_not_sound(self._db, alive)
        except sqlite3.Error as error:
            if not _is_no_database(error):
                raise LedgerError(self._not_checked(error)) from error
            found = f"{error}"
        if found:
            with suppress(LedgerError):
                self.note_damaged(found)
            text = message(
                "opening the ledger {path}: it is damaged ({why}). Nothing is posted. Restore the newest backup: "
                "daybreak restore",
                path=str(self._path),
                why=found,
            )
            raise LedgerDamaged(text, found=found)

    def why_miscounted(self, listed: Collection[str], since: datetime) -> str:
        """Say that the index of what waits does not hold what the table holds, or return an empty text.

        `listed`: the keys of the last reading; `since`: how far back others are compared as well, by their own time.
        """
        try:
            found = miscount(self._db, listed, since.astimezone(KST).isoformat())
        except sqlite3.Error as error:
            if not _is_no_database(error):
                raise LedgerError(self._not_checked(error)) from error
            return f"{error}"
        if not found.missing and not found.wrong:
            return ""
        return message(
            "of the payments that wait its index lacks {missing} and has {wrong} wrong",
            missing=found.missing,
            wrong=found.wrong,
        )

    def _not_checked(self, error: Exception) -> str:
        return message("checking the ledger {path}: {why}. Nothing is posted", path=str(self._path), why=f"{error}")

    def demand_whole(self, listed: Collection[str], since: datetime) -> None:
        """Raise LedgerDamaged, and note it, unless what waits can be trusted: before anything is posted."""
        if not self._meta(DAMAGED) and (found := self.why_miscounted(listed, since)):
            self.note_damaged(found)
        if damaged := self.why_damaged():
            raise LedgerDamaged(damaged, found=loaded(self._meta(DAMAGED)))

    # --- inside ----------------------------------------------------------------------------------------------------

    @contextmanager
    def _write(self, *, fenced: bool = True) -> Iterator[sqlite3.Connection]:
        """Hold one transaction; nothing of it stays if anything in it fails."""
        try:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                if fenced and self._meta_int("generation") != self.generation:
                    raise LedgerError(
                        f"writing the ledger: generation {self._meta('generation')} has taken over from "
                        f"{self.generation}; this worker writes no more"
                    )
                yield self._db
                self._db.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):
                    self._db.execute("ROLLBACK")
                raise
        except sqlite3.Error as error:
            raise LedgerError(f"writing the ledger {self._path}: {error}. Nothing is posted") from error

    def _rows(self, question: str, values: Sequence[object] = ()) -> list[sqlite3.Row]:
        """Return the answer to a SELECT; a page that is damaged is a LedgerError here, too."""
        try:
            return self._db.execute(question, values).fetchall()
        except sqlite3.Error as error:
            raise LedgerError(
                f"reading the ledger {self._path}: {error}. Nothing is posted; restore the newest backup"
            ) from error

    def _each(self, question: str, values: Sequence[object] = ()) -> Iterator[sqlite3.Row]:
        """Yield the rows of a SELECT one by one, however many there are. Raises LedgerError like `_rows`."""
        try:
            yield from self._db.execute(question, values)
        except sqlite3.Error as error:
            raise LedgerError(
                f"reading the ledger {self._path}: {error}. Nothing is posted; restore the newest backup"
            ) from error

    def _row(self, question: str, values: Sequence[object] = ()) -> sqlite3.Row | None:
        return next(iter(self._rows(question, values)), None)

    def last_sent(self) -> int:
        """Return the last batch that was sent, or 0."""
        row = self._row("SELECT id FROM batch WHERE sent_at IS NOT NULL ORDER BY id DESC LIMIT 1")
        return int(row["id"]) if row else 0

    def _meta(self, key: str) -> str:
        row = self._row("SELECT value FROM meta WHERE key = ?", (key,))
        return row[0] if row else ""

    def _meta_int(self, key: str) -> int:
        return int(self._meta(key) or 0)

    def _is_in_place(self) -> bool:
        """True while the file on disk is the one that is open."""
        try:
            return self._inode() == self._file
        except OSError:
            return False

    def _inode(self) -> tuple[int, int]:
        found = self._path.stat()
        return found.st_dev, found.st_ino


#: Stands beside a ledger whose books were moved away: no backup that is restored here takes that back.
SEAL = "moved.json"


def read_seal(folder: Path) -> dict[str, str] | None:
    """Return {at, by, to} of a move away from here, or None. A damaged file seals as well."""
    try:
        found = json.loads((folder / SEAL).read_text(encoding="utf-8"))
        return {str(name): str(value) for name, value in found.items()}
    except FileNotFoundError:
        return None
    except (OSError, ValueError, AttributeError):
        return {}


def write_seal(folder: Path, seal: dict[str, str]) -> None:
    """Write it, in one step and through to the disk."""
    draft = folder / f".{SEAL}.{os.getpid()}"
    with draft.open("w", encoding="utf-8") as file:
        json.dump(seal, file, ensure_ascii=False)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(folder / SEAL)
    _sync(folder)


def remove_seal(folder: Path) -> None:
    """Take it away."""
    (folder / SEAL).unlink(missing_ok=True)


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
        draft.replace(target)
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
        raise LedgerError(f"backing up the ledger to {target}: {error}") from error


def _why_damaged(db: sqlite3.Connection, alive: Callable[[], None]) -> str:
    """Say what is damaged in a ledger whose copy is not whole; nothing, if only the copy is not."""
    try:
        return why_not_whole(db, alive)
    except sqlite3.DatabaseError as error:
        return f"{error}" if _is_no_database(error) else ""


def mark_of(path: Path, *, beyond: int) -> dict[str, Mark]:
    """Return {ledger id: how far it had come} of a copy. Raises LedgerError or sqlite3.Error for what is none of ours.

    Of the batches after `beyond` it says which was the last without keys. The file is only read, whoever else has it.
    """
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as db:
        meta = dict(db.execute("SELECT key, value FROM meta WHERE key IN (?, 'generation')", (LEDGER_ID,)).fetchall())
        number = _id_of(meta.get(LEDGER_ID, ""))
        if not number:
            return {}
        sent = "SELECT id, plan FROM batch WHERE sent_at IS NOT NULL AND id > ? ORDER BY id"
        batch = keyless = 0
        for batch, plan in db.execute(sent, (beyond,)):
            keyless = keyless if has_keys(plan) else batch
    generation = parse(meta.get("generation", "0")) or Mark()
    return {number: Mark(generation=generation.generation, batch=batch, keyless=keyless)}


def _id_of(text: str) -> str:
    """Return an id as `begin_generation` makes one; anything else, from a file of whomever, names no file of ours."""
    return text if re.fullmatch(r"[0-9a-f]{32}", text) else ""


def has_keys(plan: str) -> bool:
    """True when every deposit of a batch, as JSON text, carries its key in the remark."""
    return all(f"#{one['key']}" in one["remark"] for one in json.loads(plan))


#: The note in a restored ledger that says from when it is; its presence alone keeps it from posting.
OLDER = "older"


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
        draft.replace(target)
        _sync(folder)
    except OSError as error:
        raise LedgerError(f"restoring {backup}: {error}. Look into {folder} before you start the worker") from error
    finally:
        draft.unlink(missing_ok=True)
    return aside


def copy_whole(backup: Path, draft: Path, *, prepare: Callable[[sqlite3.Connection], None] | None = None) -> None:
    """Copy a backup, prove the copy, mark it as older, have it prepared. Raises LedgerError; then no file is left."""
    try:
        if not backup.is_file():
            raise FileNotFoundError("there is no such file")
        draft.touch(mode=0o600)
        shutil.copyfile(backup, draft)
        copy = sqlite3.connect(draft, isolation_level=None)
        copy.row_factory = sqlite3.Row
        try:
            copy.execute("PRAGMA journal_mode = DELETE")
            verify(copy)
            copy.execute("INSERT OR REPLACE INTO meta VALUES (?, 'a backup')", (OLDER,))
            copy.execute("DELETE FROM meta WHERE key IN ('older_looked_up', ?)", (DAMAGED,))
            if prepare is not None:
                prepare(copy)
        finally:
            copy.close()
    except (sqlite3.Error, OSError, LedgerError) as error:
        draft.unlink(missing_ok=True)
        what = "it is damaged, cut off or no ledger at all" if _is_no_database(error) else f"{error}"
        raise LedgerError(f"restoring {backup}: {what}. Nothing was changed") from error
    _sync(draft)


def _is_no_database(error: Exception) -> bool:
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


def _sync(path: Path) -> None:
    """Bring a file, or the names in a folder, through to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
