"""The file under the ledger: SQLite in WAL mode with synchronous=FULL, and the generations that write into it.

A transaction reported as made survives a power cut. A worker writes under its generation only while that is the newest.
"""

import hashlib
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Self

from worker.errors import LedgerError
from worker.i18n import message, stored
from worker.ledger.marks import id_of
from worker.ledger.notes import ENDED, LEDGER_ID, OLDER, PROVED
from worker.ledger.schema import APPLICATION, SCHEMA, STEPS, way_back
from worker.payments.payment import IDENTITY_VERSION
from worker.payments.text import real_number
from worker.runtime import moment
from worker.runtime import sqlite as sqlite3
from worker.runtime.moment import Moment
from worker.runtime.witness import Witness, WitnessMark, furthest, read_mark, write_mark

#: What an open ledger keeps in memory: pages (KB) and prepared statements. The worker has one open for days: with
#: SQLite's own 2 MB and 128 it would grow for a thousand cycles. The system caches the file anyway.
CACHE_KB, STATEMENTS = 512, 32


#: How the reason begins of a row that tells an earlier daybreak of a payment whose key it would not find.
ALIAS = "known to a newer daybreak as "


def utc(at: datetime) -> str:
    """Return a time as the ledger writes it: UTC, so that text order is time order."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds")


def moment_of(text: str | None) -> datetime | None:
    """Return a time that the ledger holds, or None where it holds none."""
    return datetime.fromisoformat(text) if text else None


def version_of(*texts: str) -> str:
    """Return a short word for these texts: another one as soon as one of them is."""
    return hashlib.sha256("\0".join(texts).encode("utf-8", "replace")).hexdigest()[:16]


class Database:
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
            raise LedgerError(self._gone(str(known or "?")))
        if not there and (read_only or not create):
            raise LedgerError(
                message("opening the ledger: {path} does not exist yet; start the worker first", path=str(self._path))
            )
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
                message(
                    "opening the ledger {path}: {error}. Nothing is posted; restore the newest backup",
                    path=str(self._path),
                    error=str(error),
                )
            ) from error

    def _gone(self, generation: str) -> str:
        if self._path.exists():
            return message(
                "opening the ledger: {path} is empty, but generation {generation} has run here. Nothing is posted "
                "until it is restored from a backup",
                path=str(self._path),
                generation=generation,
            )
        return message(
            "opening the ledger: {path} is missing, but generation {generation} has run here. Nothing is posted "
            "until it is restored from a backup",
            path=str(self._path),
            generation=generation,
        )

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
            raise LedgerError(message("opening the ledger: {path} is not a ledger of daybreak", path=str(self._path)))
        if version > SCHEMA:
            raise LedgerError(
                message(
                    "opening the ledger: {path} was written by a newer daybreak (schema {schema}, this one knows "
                    "{known}). Install that version again",
                    path=str(self._path),
                    schema=str(version),
                    known=str(SCHEMA),
                )
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

        Payments, moves and batches stay; for a daybreak that knows no messages their reasons become sentences. Raises
        LedgerError when there is no way back to that form.
        """
        with self._write(fenced=False) as db:
            found = db.execute("PRAGMA user_version").fetchone()[0]
            steps = [way_back(step) for step in reversed(STEPS[version:found])]
            if not 0 < version <= found <= SCHEMA or None in steps:
                raise LedgerError(
                    message(
                        "taking the ledger back to schema {schema}: schema {found} holds what that one can't. Nothing "
                        "was changed; an older daybreak needs a backup of its own time: daybreak restore",
                        schema=str(version),
                        found=str(found),
                    )
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

    def begin_generation(self, copied: Mapping[str, WitnessMark] = MappingProxyType({})) -> int:
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
            own = WitnessMark(
                generation=self._meta_int("generation"), batch=max(self.last_sent(), self._meta_int("settled_batch"))
            )
            if own.generation < known.generation or own.batch < known.batch:
                older = message(
                    "generation {generation} of {newest}, batch {batch} of {last}",
                    generation=str(own.generation),
                    newest=str(known.generation),
                    batch=str(own.batch),
                    last=str(known.batch),
                )
                db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (OLDER, stored(older)))
                db.execute("DELETE FROM meta WHERE key = 'older_looked_up'")
                if own.batch < known.keyless:
                    db.execute("INSERT OR REPLACE INTO meta VALUES ('older_keyless', ?)", (str(known.keyless),))
            self.generation = max(own.generation, known.generation) + 1
            db.execute("INSERT OR REPLACE INTO meta VALUES ('generation', ?)", (str(self.generation),))
        self._batch_floor = max(own.batch, known.batch)
        self._write_marks(
            WitnessMark(generation=self.generation, batch=self._batch_floor, keyless=max(beside.keyless, known.keyless))
        )
        return self.generation

    def _write_marks(self, mark: WitnessMark) -> None:
        """Say beside the ledger, and outside, how far it has come. What can't be told outside is no obstacle."""
        write_mark(self._path.parent, mark)
        if self._witness is not None:
            self._witness.write(self.id, mark)

    @property
    def id(self) -> str:
        """The ledger's own id: the same in every copy and backup of it; empty before the first worker."""
        return id_of(self._meta(LEDGER_ID))

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

    def ended_badly(self) -> bool:
        """True when the worker before this one did not close the ledger: a kill, or a power cut."""
        return self._meta_int("generation") > 0 and self._meta(ENDED) != self._meta("generation")

    def note_end(self) -> None:
        """Note that this worker ends in order."""
        if self.generation is not None:
            with self._write() as db:
                db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (ENDED, str(self.generation)))

    # --- inside ----------------------------------------------------------------------------------------------------

    @contextmanager
    def _write(self, *, fenced: bool = True) -> Iterator[sqlite3.Connection]:
        """Hold one transaction; nothing of it stays if anything in it fails."""
        try:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                if fenced and self._meta_int("generation") != self.generation:
                    raise LedgerError(
                        message(
                            "writing the ledger: generation {newer} has taken over from {own}; this worker writes no "
                            "more",
                            newer=self._meta("generation"),
                            own=str(self.generation),
                        )
                    )
                yield self._db
                self._db.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):
                    self._db.execute("ROLLBACK")
                raise
        except sqlite3.Error as error:
            raise LedgerError(
                message("writing the ledger {path}: {error}. Nothing is posted", path=str(self._path), error=str(error))
            ) from error

    def _rows(self, question: str, values: Sequence[object] = ()) -> list[sqlite3.Row]:
        """Return the answer to a SELECT; a page that is damaged is a LedgerError here, too."""
        try:
            return self._db.execute(question, values).fetchall()
        except sqlite3.Error as error:
            raise LedgerError(self._not_read(error)) from error

    def _each(self, question: str, values: Sequence[object] = ()) -> Iterator[sqlite3.Row]:
        """Yield the rows of a SELECT one by one, however many there are. Raises LedgerError like `_rows`."""
        try:
            yield from self._db.execute(question, values)
        except sqlite3.Error as error:
            raise LedgerError(self._not_read(error)) from error

    def _not_read(self, error: Exception) -> str:
        return message(
            "reading the ledger {path}: {error}. Nothing is posted; restore the newest backup",
            path=str(self._path),
            error=str(error),
        )

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
