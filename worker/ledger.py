"""The ledger: what was seen, what was posted, and every step between. The only guard against posting twice.

SQLite in WAL mode with synchronous=FULL: a move reported as made survives a power cut. A move is made only from the
state the caller believes in, only along NEXT, only by the newest generation, and leaves an append-only row behind.
"""

import json
import os
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Self
from zoneinfo import ZoneInfo

from worker.errors import IllegalMove, LedgerError, NotAdopted
from worker.payments import IDENTITY_VERSION, KST, Deposit, Kind, Payment

#: PRAGMA application_id: "dayb".
APPLICATION = 0x64617962
#: PRAGMA user_version.
SCHEMA = 1


#: What a payment is excluded for by `daybreak adopt`: somebody did post it.
BEFORE_ADOPTION = "posted before the adoption"


class State(StrEnum):
    """The life of one payment."""

    SEEN = "seen"  # in the list; with `excluded` set, it needs no deposit and that is why
    PLANNED = "planned"  # in a batch that nobody has armed
    ARMED = "armed"  # the save may be asked for; certainly not sent
    SENT = "sent"  # the save is on its way or further
    POSTED = "posted"  # the ERP said so, or a look-up or a person did
    REJECTED = "rejected"  # the ERP refused this row, in its own words
    IN_DOUBT = "in_doubt"  # sent, and no clear answer: proof or a person decides
    HELD = "held"  # not sent: a person must decide first


NEXT: Mapping[State, frozenset[State]] = {
    State.SEEN: frozenset({State.PLANNED, State.HELD}),
    State.HELD: frozenset({State.SEEN, State.POSTED}),
    State.PLANNED: frozenset({State.ARMED, State.SEEN}),
    State.ARMED: frozenset({State.SENT, State.SEEN}),
    State.SENT: frozenset({State.POSTED, State.REJECTED, State.IN_DOUBT}),
    State.IN_DOUBT: frozenset({State.POSTED, State.SEEN}),
    State.REJECTED: frozenset({State.SEEN, State.POSTED}),
    State.POSTED: frozenset(),
}

_SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE adoption (
    id INTEGER PRIMARY KEY, at TEXT NOT NULL, by TEXT NOT NULL, company TEXT NOT NULL, origin TEXT NOT NULL,
    machine TEXT NOT NULL, mode TEXT NOT NULL, database TEXT NOT NULL, generation INTEGER NOT NULL,
    until TEXT NOT NULL, note TEXT NOT NULL
) STRICT;
CREATE TABLE payment (
    key TEXT PRIMARY KEY, version INTEGER NOT NULL, time TEXT NOT NULL, payer TEXT NOT NULL,
    amount INTEGER NOT NULL CHECK (amount > 0), kind TEXT NOT NULL, approval_no TEXT NOT NULL, ordinal INTEGER NOT NULL,
    requester TEXT NOT NULL, acquirer TEXT NOT NULL, raw_time TEXT NOT NULL,
    state TEXT NOT NULL, excluded TEXT NOT NULL DEFAULT '', why TEXT NOT NULL DEFAULT '',
    cleared TEXT NOT NULL DEFAULT '',
    batch INTEGER REFERENCES batch (id), approval_key TEXT REFERENCES payment (key), slip TEXT NOT NULL DEFAULT '',
    first_cycle INTEGER NOT NULL, last_cycle INTEGER NOT NULL, seen_at TEXT NOT NULL, posted_at TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX payment_open ON payment (state) WHERE state <> 'posted' AND excluded = '';
CREATE INDEX payment_posted ON payment (posted_at) WHERE posted_at IS NOT NULL;
CREATE INDEX payment_likeness ON payment (payer, amount);
CREATE INDEX payment_cycle ON payment (last_cycle);
CREATE INDEX payment_batch ON payment (batch) WHERE batch IS NOT NULL;
CREATE TABLE move (
    id INTEGER PRIMARY KEY, key TEXT NOT NULL, before TEXT NOT NULL, after TEXT NOT NULL, at TEXT NOT NULL,
    by TEXT NOT NULL, batch INTEGER, generation INTEGER, why TEXT NOT NULL
) STRICT;
CREATE INDEX move_key ON move (key);
CREATE TRIGGER move_is_written_once BEFORE UPDATE ON move BEGIN SELECT RAISE (ABORT, 'moves are append-only'); END;
CREATE TRIGGER move_is_kept BEFORE DELETE ON move BEGIN SELECT RAISE (ABORT, 'moves are append-only'); END;
CREATE TABLE batch (
    id INTEGER PRIMARY KEY, cycle INTEGER NOT NULL, generation INTEGER NOT NULL, plan TEXT NOT NULL,
    rows INTEGER NOT NULL, won INTEGER NOT NULL, planned_at TEXT NOT NULL, armed_at TEXT, sent_at TEXT,
    settled_at TEXT, outcome TEXT NOT NULL DEFAULT '', answer TEXT NOT NULL DEFAULT '',
    looked_up_at TEXT, missing INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX batch_open ON batch (id) WHERE settled_at IS NULL;
CREATE TABLE cycle (
    id INTEGER PRIMARY KEY, generation INTEGER NOT NULL, slot TEXT NOT NULL, started TEXT NOT NULL, ended TEXT,
    outcome TEXT NOT NULL DEFAULT '', why TEXT NOT NULL DEFAULT '', figures TEXT NOT NULL DEFAULT '{}'
) STRICT;
CREATE INDEX cycle_started ON cycle (started);
CREATE INDEX cycle_open ON cycle (id) WHERE ended IS NULL;
CREATE TABLE oddity (
    id INTEGER PRIMARY KEY, row TEXT NOT NULL UNIQUE, why TEXT NOT NULL, first_cycle INTEGER NOT NULL,
    last_cycle INTEGER NOT NULL, seen_at TEXT NOT NULL, settled TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX oddity_open ON oddity (last_cycle) WHERE settled = '';
CREATE TABLE proof (day TEXT PRIMARY KEY, at TEXT NOT NULL, pasted TEXT NOT NULL, posted TEXT NOT NULL) STRICT;
CREATE TABLE incident (
    id INTEGER PRIMARY KEY, at TEXT NOT NULL, kind TEXT NOT NULL, what TEXT NOT NULL, facts TEXT NOT NULL
) STRICT;
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One payment as the ledger has it."""

    payment: Payment
    state: State
    #: Why it needs no deposit, or "".
    excluded: str
    why: str
    batch: int | None
    #: Who decided that it is to be posted, against the rule that held it, or "".
    cleared: str
    #: The approval that this cancellation takes back, or None.
    approval_key: str | None
    slip: str
    first_cycle: int
    last_cycle: int


class Verdict(StrEnum):
    """What a person decides about a payment that waits for one."""

    POSTED = "posted"  # it stands in the ERP: never post it
    NOT_POSTED = "not posted"  # it does not: post it
    NEVER = "never"  # it does not, and needs no deposit


@dataclass(frozen=True, slots=True, kw_only=True)
class Oddity:
    """A row that no rule covers, as JSON text, waiting for a person."""

    id: int
    row: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """One batch that was sent and whose answer is not clear."""

    batch: int
    sent_at: datetime
    looked_up_at: datetime | None
    #: How many look-ups in a row found the same keys missing.
    missing: int
    #: True when its deposits carry their keys: only then a look-up that does not find them proves anything.
    has_keys: bool
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Whom:
    """Whose books a ledger is about, and where it is kept: what an adoption is for."""

    company: str
    origin: str
    machine: str
    mode: str


def utc(at: datetime) -> str:
    """Return a time as the ledger writes it: UTC, so that text order is time order."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds")


class Ledger:
    """One open ledger. A worker's has a generation and is fenced by it; a command's has none.

    Raises LedgerError whenever the file can't be trusted, IllegalMove for a move that is not legal or came too late.
    """

    def __init__(self, folder: Path, *, create: bool = True, patience: float = 5.0) -> None:
        """Open `ledger.db` in the data folder; make it only if nothing says that there was one. Patience in seconds."""
        self._path = folder / "ledger.db"
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
        if not there and not create:
            raise LedgerError(f"opening the ledger: {self._path} does not exist yet; start the worker first")
        try:
            self._db = sqlite3.connect(self._path, isolation_level=None, timeout=patience)
            self._db.row_factory = sqlite3.Row
            self._prepare(there)
            self._file = self._inode()
        except (sqlite3.Error, OSError) as error:
            raise LedgerError(
                f"opening the ledger {self._path}: {error}. Nothing is posted; restore the newest backup"
            ) from error

    def _prepare(self, there: bool) -> None:
        self._db.execute("PRAGMA foreign_keys = ON")
        self._db.execute("PRAGMA synchronous = FULL")
        if not there:
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.executescript(
                f"BEGIN IMMEDIATE; {_SCHEMA} PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {SCHEMA};"
                "INSERT INTO meta VALUES ('generation', '0'), ('identity', '" + str(IDENTITY_VERSION) + "'); COMMIT;"
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
        self._db.execute("PRAGMA journal_mode = WAL")  # a restored backup comes without

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # --- generations and trust -------------------------------------------------------------------------------------

    def begin_generation(self) -> int:
        """Count this worker: return its generation, one above every earlier one, written here and beside the ledger."""
        known = read_mark(self._path.parent)
        with self._write(fenced=False) as db:
            own = Mark(generation=self._meta_int("generation"), batch=self._last_sent())
            if own.generation < known.generation or own.batch < known.batch:
                older = f"generation {own.generation} of {known.generation}, batch {own.batch} of {known.batch}"
                db.execute("INSERT OR REPLACE INTO meta VALUES ('older', ?)", (older,))
                db.execute("DELETE FROM meta WHERE key = 'older_looked_up'")
            self.generation = max(own.generation, known.generation) + 1
            db.execute("INSERT OR REPLACE INTO meta VALUES ('generation', ?)", (str(self.generation),))
        write_mark(self._path.parent, Mark(generation=self.generation, batch=max(own.batch, known.batch)))
        return self.generation

    def is_current(self) -> bool:
        """True while this worker's generation is the newest and the file on disk is the one that is open."""
        try:
            return self._is_in_place() and self._meta_int("generation") == self.generation
        except LedgerError:
            return False

    def why_no_posting(self, whom: Whom) -> str:
        """Say why nothing may be posted for these books from here, or return an empty text."""
        row = self._row("SELECT * FROM adoption ORDER BY id DESC LIMIT 1")
        if row is None:
            return (
                "the ledger has no adoption record: nobody has said what was posted before. Switch the old script off, "
                "then run: daybreak adopt"
            )
        for name, what in (("company", "company"), ("origin", "ERP address"), ("machine", "machine")):
            if row[name] != getattr(whom, name):
                return (
                    f"the ledger was adopted for {what} {row[name]!r}, not {getattr(whom, name)!r}. If that is meant, "
                    "run: daybreak adopt"
                )
        if "demo" in (whom.mode, row["mode"]) and whom.mode != row["mode"]:
            return (
                f"the ledger was adopted for {row['mode']}, not for {whom.mode}. If that is meant, run: daybreak adopt"
            )
        if whom.mode == "production" and row["mode"] != "production":
            return "the ledger was adopted in test mode. Before the first real posting, run: daybreak adopt"
        if older := self.older():
            return (
                f"the ledger is older than its surroundings ({older}): it was restored from a backup. What was posted "
                "since then is looked up in the ERP where that is possible; else check there, then run: daybreak adopt"
            )
        return ""

    def older(self) -> str:
        """Say by how much the ledger is older than the generation file beside it, or return an empty text."""
        return self._meta("older")

    def note_older_looked_up(self, *, found: int, at: datetime) -> None:
        """Remember a look-up of everything that waits in a ledger from a backup, and how much it found."""
        with self._write() as db:
            db.execute("INSERT OR REPLACE INTO meta VALUES ('older_looked_up', ?)", (f"{found} {utc(at)}",))

    def older_looked_up(self) -> tuple[int, datetime] | None:
        """Return what the last such look-up found, and when, or None."""
        found, _, at = self._meta("older_looked_up").partition(" ")
        return (int(found), datetime.fromisoformat(at)) if at else None

    def no_longer_older(self) -> None:
        """Note that every payment that waits is proved not to be posted: the age of the ledger matters no more."""
        with self._write() as db:
            db.execute("DELETE FROM meta WHERE key IN ('older', 'older_looked_up')")

    def demand_trust(self, whom: Whom) -> None:
        """Raise NotAdopted unless posting is allowed for these books."""
        why = self.why_no_posting(whom)
        if why:
            raise NotAdopted(why)

    def adopt(
        self,
        whom: Whom,
        *,
        by: str,
        at: datetime,
        note: str,
        database: str = "",
        posted: Sequence[str] = (),
        until: datetime | None = None,
        with_requester: bool | None = None,
    ) -> None:
        """Record that a person (in the demo: the worker) vouches for this ledger.

        The keys in `posted` need no deposit any more, nor does any payment up to `until` that is listed later. Only
        keys that are seen and not excluded are touched; anything else in `posted` is an IllegalMove. `with_requester`
        makes the requester's id part of every identity; only the first adoption may say so.
        """
        with self._write(fenced=False) as db:
            if with_requester is not None and with_requester != self.with_requester():
                if self._db.execute("SELECT 1 FROM payment LIMIT 1").fetchone():
                    raise IllegalMove("payments are known already: whether the requester counts can't be changed now")
                db.execute("INSERT OR REPLACE INTO meta VALUES ('with_requester', ?)", (str(int(with_requester)),))
            for key in posted:
                done = db.execute(
                    "UPDATE payment SET excluded = ?, why = ? WHERE key = ? AND state = 'seen' AND excluded = ''",
                    (BEFORE_ADOPTION, note, key),
                )
                if done.rowcount != 1:
                    raise IllegalMove(f"payment {key} is not waiting to be posted; nothing was adopted")
                self._log(db, key, State.SEEN, State.SEEN, at, by, None, f"excluded: {note}")
            db.execute("DELETE FROM meta WHERE key IN ('older', 'older_looked_up')")
            db.execute(
                "INSERT INTO adoption (at, by, company, origin, machine, mode, database, generation, until, note) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    utc(at), by, whom.company, whom.origin, whom.machine, whom.mode, database,
                    self._meta_int("generation"), until.isoformat() if until else "", note,
                ),
            )  # fmt: skip

    def with_requester(self) -> bool:
        """True when the requester's id is part of a payment's identity: decided once, at the first adoption."""
        return self._meta("with_requester") == "1"

    def adopted_until(self) -> datetime | None:
        """Return up to when payments count as posted before, by the newest adoption that says so."""
        row = self._row("SELECT until FROM adoption WHERE until <> '' ORDER BY id DESC LIMIT 1")
        return datetime.fromisoformat(row["until"]) if row else None

    def adopted_databases(self) -> frozenset[str]:
        """Return the ids of the demo databases that this ledger was ever adopted for."""
        return frozenset(row[0] for row in self._rows("SELECT DISTINCT database FROM adoption"))

    # --- seeing ----------------------------------------------------------------------------------------------------

    def note_seen(self, payments: Sequence[Payment], *, cycle: int, at: datetime) -> frozenset[str]:
        """Write down one complete reading; return the keys that were never seen before."""
        with self._write() as db:
            before = db.total_changes
            new = []
            for one in payments:
                before = db.total_changes
                db.execute(
                    "INSERT OR IGNORE INTO payment (key, version, time, payer, amount, kind, approval_no, ordinal, "
                    "requester, acquirer, raw_time, state, first_cycle, last_cycle, seen_at) "
                    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'seen', ?, ?, ?)",
                    (
                        one.key, IDENTITY_VERSION, one.time.isoformat(), one.payer, one.amount, one.kind,
                        one.approval_no, one.ordinal, one.requester, one.acquirer, one.raw_time, cycle, cycle, utc(at),
                    ),
                )  # fmt: skip
                if db.total_changes > before:
                    new.append(one.key)
                    self._log(db, one.key, "", State.SEEN, at, "worker", None, "listed")
            db.executemany("UPDATE payment SET last_cycle = ? WHERE key = ?", [(cycle, one.key) for one in payments])
        return frozenset(new)

    def note_oddities(self, rows: Iterable[tuple[str, str]], *, cycle: int, at: datetime) -> list[tuple[str, str]]:
        """Write down rows (as JSON text, with the reason) that can't be taken for money; return those that are new."""
        new = []
        with self._write() as db:
            for row, why in rows:
                done = db.execute("UPDATE oddity SET last_cycle = ? WHERE row = ?", (cycle, row))
                if done.rowcount == 0:
                    db.execute(
                        "INSERT INTO oddity (row, why, first_cycle, last_cycle, seen_at) VALUES (?, ?, ?, ?, ?)",
                        (row, why, cycle, cycle, utc(at)),
                    )
                    new.append((row, why))
        return new

    def open_oddities(self) -> list[Oddity]:
        """Return every odd row that nobody has settled."""
        rows = self._rows("SELECT id, row, why FROM oddity WHERE settled = '' ORDER BY id")
        return [Oddity(id=row["id"], row=row["row"], why=row["why"]) for row in rows]

    def settle_oddity(self, number: int, *, by: str, why: str, at: datetime) -> None:
        """Note that a person has dealt with an odd row."""
        with self._write(fenced=False) as db:
            settled = f"{utc(at)} {by}: {why}"
            done = db.execute("UPDATE oddity SET settled = ? WHERE id = ? AND settled = ''", (settled, number))
            if done.rowcount != 1:
                raise IllegalMove(f"row {number} is not one that waits for a person")

    def resolve(self, key: str, verdict: Verdict, *, by: str, why: str, at: datetime, slip: str = "") -> None:
        """Settle one payment that waits for a person, as that person says. Raises IllegalMove for any other."""
        found = self.entry(key)
        if found is None or found.state not in (State.HELD, State.IN_DOUBT, State.REJECTED) or found.excluded:
            stands = f"it is {found.excluded or found.state}" if found else "it was never seen"
            raise IllegalMove(f"payment {key} does not wait for a person: {stands}")
        said = f"{verdict}, says {by}: {why}"
        with self._write(fenced=False) as db:
            if verdict is Verdict.POSTED:
                self._move(db, key, found.state, State.POSTED, at=at, by=by, why=said, slip=slip)
                return
            self._move(db, key, found.state, State.SEEN, at=at, by=by, why=said)
            if verdict is Verdict.NEVER:
                db.execute("UPDATE payment SET excluded = ? WHERE key = ?", (said, key))
                self._log(db, key, State.SEEN, State.SEEN, at, by, None, f"excluded: {said}")
                return
            db.execute("UPDATE payment SET cleared = ? WHERE key = ?", (said, key))

    def exclude(self, key: str, why: str, *, at: datetime, by: str = "worker") -> None:
        """Say that a seen payment needs no deposit, and why."""
        with self._write(fenced=self.generation is not None) as db:
            done = db.execute(
                "UPDATE payment SET excluded = ? WHERE key = ? AND state = 'seen' AND excluded = ''", (why, key)
            )
            if done.rowcount != 1:
                raise IllegalMove(f"payment {key}: only one that is seen can be excluded, found {self.entry(key)}")
            self._log(db, key, State.SEEN, State.SEEN, at, by, None, f"excluded: {why}")

    def link(self, cancellation: str, approval: str) -> None:
        """Remember which approval a cancellation takes back."""
        with self._write() as db:
            db.execute("UPDATE payment SET approval_key = ? WHERE key = ?", (approval, cancellation))

    def entry(self, key: str) -> Entry | None:
        """Return one payment, or None if it was never seen."""
        row = self._row("SELECT * FROM payment WHERE key = ?", (key,))
        return _entry(row) if row else None

    def entries(self, keys: Collection[str]) -> dict[str, Entry]:
        """Return the payments with these keys."""
        found = {}
        wanted = list(keys)
        for start in range(0, len(wanted), 500):
            part = wanted[start : start + 500]
            marks = ",".join("?" * len(part))
            for row in self._rows(f"SELECT * FROM payment WHERE key IN ({marks})", part):
                found[row["key"]] = _entry(row)
        return found

    def in_state(self, *states: State) -> list[Entry]:
        """Return every payment in these states that is not excluded, oldest first. Not meant for POSTED."""
        marks = ",".join("?" * len(states))
        rows = self._rows(
            f"SELECT * FROM payment WHERE state IN ({marks}) AND state <> 'posted' AND excluded = '' "
            "ORDER BY time, ordinal",
            states,
        )
        return [_entry(row) for row in rows]

    def alike(self, payer: str, amount: int) -> list[Entry]:
        """Return every payment of this payer and amount, oldest first."""
        rows = self._rows("SELECT * FROM payment WHERE payer = ? AND amount = ? ORDER BY time", (payer, amount))
        return [_entry(row) for row in rows]

    def posted_since(self, since: datetime) -> list[Entry]:
        """Return the posted payments whose own time is not before `since` (KST text order is time order)."""
        rows = self._rows(
            "SELECT * FROM payment INDEXED BY payment_posted WHERE posted_at >= ? AND time >= ? AND state = 'posted'",
            (utc(since), since.astimezone(KST).isoformat()),
        )
        return [_entry(row) for row in rows]

    # --- moving ----------------------------------------------------------------------------------------------------

    def move(self, key: str, before: State, after: State, *, at: datetime, by: str, why: str, slip: str = "") -> None:
        """Move one payment, only if it is still where the caller thinks it is."""
        with self._write(fenced=self.generation is not None) as db:
            self._move(db, key, before, after, at=at, by=by, why=why, slip=slip)

    def plan(self, deposits: Sequence[Deposit], *, cycle: int, at: datetime) -> int:
        """Write a batch down before anything is done for it; return its number."""
        with self._write() as db:
            cursor = db.execute(
                "INSERT INTO batch (id, cycle, generation, plan, rows, won, planned_at) "
                "VALUES (1 + MAX(?, (SELECT COALESCE(MAX(id), 0) FROM batch)), ?, ?, ?, ?, ?, ?)",
                (
                    self._batch_floor,
                    cycle,
                    self.generation,
                    json.dumps([asdict(one) for one in deposits], ensure_ascii=False),
                    len(deposits),
                    sum(one.amount for one in deposits),
                    utc(at),
                ),
            )
            batch = int(cursor.lastrowid or 0)
            for one in deposits:
                self._move(db, one.key, State.SEEN, State.PLANNED, at=at, by="worker", why="planned", batch=batch)
        return batch

    def arm(self, batch: int, *, at: datetime) -> None:
        """Commit that the save of this batch may now be asked for."""
        self._move_batch(batch, State.PLANNED, State.ARMED, at=at, why="armed", column="armed_at")

    def mark_sent(self, batch: int, *, at: datetime) -> None:
        """Commit that the save is about to leave. From here on only an answer, a look-up or a person can tell."""
        if not self._is_in_place():
            raise LedgerError(f"sending batch {batch}: {self._path} was replaced or deleted while the worker ran")
        self._move_batch(batch, State.ARMED, State.SENT, at=at, why="sent", column="sent_at")
        write_mark(self._path.parent, Mark(generation=self.generation or 0, batch=batch))

    def take_back(self, batch: int, *, at: datetime, why: str) -> None:
        """Return a batch that was certainly not sent: its payments wait again."""
        with self._write() as db:
            for key, state in self._of_batch(batch):
                self._move(db, key, state, State.SEEN, at=at, by="worker", why=why, batch=batch)
            db.execute(
                "UPDATE batch SET settled_at = ?, outcome = 'not sent', answer = ? WHERE id = ?", (utc(at), why, batch)
            )

    def settle(
        self,
        batch: int,
        outcomes: Mapping[str, tuple[State, str]],
        *,
        at: datetime,
        answer: str,
        slips: Mapping[str, str] | None = None,
    ) -> None:
        """Write down what became of each row of a sent batch: {key: (state, why)}, with slip numbers where known.

        Raises IllegalMove unless every row of the batch, and no other, has an outcome: a row left out would be lost.
        """
        numbers = slips or {}
        with self._write() as db:
            rows = {key for key, _ in self._of_batch(batch)}
            if rows != outcomes.keys():
                raise IllegalMove(f"batch {batch}: {len(rows)} rows were sent, {len(outcomes)} outcomes are known")
            for key, (state, why) in outcomes.items():
                slip = numbers.get(key, "")
                self._move(db, key, State.SENT, state, at=at, by="worker", why=why, batch=batch, slip=slip)
            words = sorted({state for state, _ in outcomes.values()})
            db.execute(
                "UPDATE batch SET settled_at = ?, outcome = ?, answer = ? WHERE id = ?",
                (utc(at), ", ".join(words), answer, batch),
            )

    def recover(self, *, at: datetime) -> dict[str, int]:
        """Settle what an earlier worker left: planned and armed wait again, sent is in doubt. Return the counts."""
        counts = {"not sent": 0, "in doubt": 0}
        with self._write() as db:
            for row in db.execute("SELECT id FROM batch WHERE settled_at IS NULL").fetchall():
                for key, state in self._of_batch(row["id"]):
                    if state is State.SENT:
                        why = "the worker ended before the answer was read"
                        self._move(db, key, state, State.IN_DOUBT, at=at, by="recovery", why=why, batch=row["id"])
                        counts["in doubt"] += 1
                    elif state in (State.PLANNED, State.ARMED):
                        why = "the worker ended before the save was sent"
                        self._move(db, key, state, State.SEEN, at=at, by="recovery", why=why, batch=row["id"])
                        counts["not sent"] += 1
                db.execute("UPDATE batch SET settled_at = ?, outcome = 'recovered' WHERE id = ?", (utc(at), row["id"]))
            db.execute(
                "UPDATE cycle SET ended = ?, outcome = 'failed', why = 'the worker ended in it' WHERE ended IS NULL",
                (utc(at),),
            )
        return counts

    def doubts(self) -> list[Doubt]:
        """Return the batches that hold rows in doubt, oldest first."""
        rows = self._rows(
            "SELECT b.id, b.sent_at, b.planned_at, b.looked_up_at, b.missing, b.plan, p.key FROM payment p "
            "JOIN batch b ON b.id = p.batch WHERE p.state = 'in_doubt' AND p.excluded = '' ORDER BY b.id, p.time"
        )
        found: dict[int, list[sqlite3.Row]] = {}
        for row in rows:
            found.setdefault(row["id"], []).append(row)
        return [
            Doubt(
                batch=batch,
                sent_at=datetime.fromisoformat(group[0]["sent_at"] or group[0]["planned_at"]),
                looked_up_at=datetime.fromisoformat(group[0]["looked_up_at"]) if group[0]["looked_up_at"] else None,
                missing=group[0]["missing"],
                has_keys=all(f"#{one['key']}" in one["remark"] for one in json.loads(group[0]["plan"])),
                keys=tuple(row["key"] for row in group),
            )
            for batch, group in found.items()
        ]

    def note_look_up(self, batch: int, *, missing: int, at: datetime) -> None:
        """Remember a look-up of a batch in doubt and how many in a row found its keys missing."""
        with self._write() as db:
            db.execute("UPDATE batch SET looked_up_at = ?, missing = ? WHERE id = ?", (utc(at), missing, batch))

    # --- cycles and figures ----------------------------------------------------------------------------------------

    def begin_cycle(self, *, slot: datetime, at: datetime) -> int:
        """Write down that a cycle starts; return its number."""
        with self._write() as db:
            cursor = db.execute(
                "INSERT INTO cycle (generation, slot, started) VALUES (?, ?, ?)",
                (self.generation, utc(slot), utc(at)),
            )
            return int(cursor.lastrowid or 0)

    def end_cycle(self, cycle: int, *, at: datetime, outcome: str, why: str, figures: Mapping[str, object]) -> None:
        """Write down how a cycle ended: `ran` or `failed`, and what it found."""
        with self._write() as db:
            db.execute(
                "UPDATE cycle SET ended = ?, outcome = ?, why = ?, figures = ? WHERE id = ?",
                (utc(at), outcome, why, json.dumps(figures, ensure_ascii=False), cycle),
            )

    def last_cycles(self, count: int = 1, outcome: str = "") -> list[dict[str, object]]:
        """Return the newest cycles (of one outcome, if given), newest first, as plain values."""
        where = "WHERE outcome = ?" if outcome else ""
        rows = self._rows(
            f"SELECT * FROM cycle {where} ORDER BY id DESC LIMIT ?", (outcome, count) if outcome else (count,)
        )
        return [{**dict(row), "figures": json.loads(row["figures"])} for row in rows]

    def stats(self, day: date, zone: ZoneInfo) -> dict[str, int]:
        """Return cycles run, succeeded, failed and deposits confirmed (of those, cancellations) of a local day."""
        start = datetime.combine(day, time(), zone)
        span = (utc(start), utc(start + timedelta(days=1)))
        ended = "SELECT outcome, COUNT(*) FROM cycle WHERE started >= ? AND started < ? GROUP BY outcome"
        posted = "SELECT kind, COUNT(*) FROM payment WHERE posted_at >= ? AND posted_at < ? GROUP BY kind"
        cycles: dict[str, int] = {row[0]: row[1] for row in self._rows(ended, span)}
        kinds: dict[str, int] = {row[0]: row[1] for row in self._rows(posted, span)}
        success, failure = cycles.get("ran", 0), cycles.get("failed", 0)
        return {
            "total": success + failure,
            "success": success,
            "failure": failure,
            "count": sum(kinds.values()),
            "cancellations": kinds.get(Kind.CANCELLATION.value, 0),
        }

    def proof(self, cycle: int) -> dict[str, tuple[int, int]]:
        """Return {what became of it: (payments, won)} of every payment that a cycle's reading held."""
        rows = self._rows(
            "SELECT CASE WHEN excluded <> '' THEN 'excluded' ELSE state END AS what, COUNT(*) AS n, "
            "SUM(CASE kind WHEN ? THEN -amount ELSE amount END) AS won FROM payment WHERE last_cycle = ? GROUP BY what",
            (Kind.CANCELLATION.value, cycle),
        )
        return {row["what"]: (row["n"], row["won"]) for row in rows}

    def back_up(self, target: Path) -> None:
        """Write a consistent copy while the ledger is in use, and prove it: whole, and with as many moves as here.

        Raises LedgerError when the copy can't be written or is not whole; then no file is left.
        """
        draft = target.with_name(f".{target.name}.{os.getpid()}")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            copy = sqlite3.connect(draft, isolation_level=None)
            try:
                self._db.backup(copy)
                copy.execute("PRAGMA journal_mode = DELETE")
                verify(copy)
            finally:
                copy.close()
            draft.chmod(0o600)
            draft.replace(target)
        except (sqlite3.Error, OSError) as error:
            draft.unlink(missing_ok=True)
            raise LedgerError(f"backing up the ledger to {target}: {error}") from error

    def is_proved(self, day: date) -> bool:
        """True when this day's deposits were compared already."""
        return self._db.execute("SELECT 1 FROM proof WHERE day = ?", (day.isoformat(),)).fetchone() is not None

    def prove_day(self, day: date, zone: ZoneInfo, *, at: datetime) -> tuple[tuple[int, int], tuple[int, int]]:
        """Compare what was pasted for the deposits of a local day with what stands as posted, in count and in won.

        The one side are the plans of the batches, the other the payments. A difference becomes an incident.
        """
        start = datetime.combine(day, time(), zone)
        span = (utc(start), utc(start + timedelta(days=1)))
        rows = self._db.execute(
            "SELECT key, batch, CASE kind WHEN ? THEN -amount ELSE amount END AS won FROM payment "
            "WHERE posted_at >= ? AND posted_at < ?",
            (Kind.CANCELLATION.value, *span),
        ).fetchall()
        posted = (len(rows), sum(row["won"] for row in rows))
        pasted = [0, 0]
        plans: dict[int, dict[str, int]] = {}
        for row in rows:
            if row["batch"] is None:
                won = row["won"]  # posted by a person, who alone knows what was entered
            else:
                if row["batch"] not in plans:
                    plan = self._db.execute("SELECT plan FROM batch WHERE id = ?", (row["batch"],)).fetchone()
                    plans[row["batch"]] = {one["key"]: one["amount"] for one in json.loads(plan["plan"])}
                won = plans[row["batch"]].get(row["key"])
            if won is not None:
                pasted = [pasted[0] + 1, pasted[1] + won]
        found = ((pasted[0], pasted[1]), posted)
        with self._write() as db:
            db.execute(
                "INSERT OR REPLACE INTO proof VALUES (?, ?, ?, ?)",
                (day.isoformat(), utc(at), json.dumps(found[0]), json.dumps(found[1])),
            )
            if found[0] != found[1]:
                what = f"{day}: pasted {found[0]}, posted {found[1]} (deposits, won)"
                db.execute("INSERT INTO incident (at, kind, what, facts) VALUES (?, 'proof', ?, '{}')", (utc(at), what))
        return found

    def counts(self) -> dict[str, int]:
        """Return how many payments wait for something: {state: count}, posted and excluded ones left out."""
        rows = self._rows(
            "SELECT state, COUNT(*) FROM payment WHERE state <> 'posted' AND excluded = '' GROUP BY state"
        )
        return {row[0]: row[1] for row in rows}

    def history(self, key: str) -> list[dict[str, object]]:
        """Return every move of a payment, oldest first."""
        return [dict(row) for row in self._rows("SELECT * FROM move WHERE key = ? ORDER BY id", (key,))]

    def add_incident(self, *, kind: str, what: str, facts: Mapping[str, object], at: datetime) -> None:
        """Write down something a person may want to know about later."""
        with self._write(fenced=False) as db:
            db.execute(
                "INSERT INTO incident (at, kind, what, facts) VALUES (?, ?, ?, ?)",
                (utc(at), kind, what, json.dumps(facts, ensure_ascii=False, default=str)),
            )

    def incidents(self, since: datetime) -> list[dict[str, object]]:
        """Return the incidents since a time, oldest first."""
        rows = self._rows("SELECT * FROM incident WHERE at >= ? ORDER BY id", (utc(since),))
        return [{**dict(row), "facts": json.loads(row["facts"])} for row in rows]

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

    def _move(
        self,
        db: sqlite3.Connection,
        key: str,
        before: State,
        after: State,
        *,
        at: datetime,
        by: str,
        why: str,
        batch: int | None = None,
        slip: str = "",
    ) -> None:
        if after not in NEXT[before]:
            raise IllegalMove(f"payment {key}: {before} -> {after} is not a legal move")
        done = db.execute(
            "UPDATE payment SET state = ?, why = ?, batch = COALESCE(?, batch), "
            "slip = CASE ? WHEN '' THEN slip ELSE ? END, posted_at = CASE ? WHEN 'posted' THEN ? ELSE NULL END "
            "WHERE key = ? AND state = ? AND excluded = ''",
            (after, why, batch, slip, slip, after, utc(at), key, before),
        )
        if done.rowcount != 1:
            found = self.entry(key)
            stands = f"{found.state} {found.excluded}".strip() if found else "nothing"
            raise IllegalMove(f"payment {key}: expected {before}, found {stands}")
        self._log(db, key, before, after, at, by, batch, why)

    def _move_batch(self, batch: int, before: State, after: State, *, at: datetime, why: str, column: str) -> None:
        with self._write() as db:
            rows = self._of_batch(batch)
            if not rows:
                raise IllegalMove(f"batch {batch} holds no payment")
            for key, _ in rows:
                self._move(db, key, before, after, at=at, by="worker", why=why, batch=batch)
            db.execute(f"UPDATE batch SET {column} = ? WHERE id = ?", (utc(at), batch))

    def _of_batch(self, batch: int) -> list[tuple[str, State]]:
        rows = self._rows("SELECT key, state FROM payment WHERE batch = ? ORDER BY key", (batch,))
        return [(row["key"], State(row["state"])) for row in rows]

    def _log(
        self,
        db: sqlite3.Connection,
        key: str,
        before: str,
        after: str,
        at: datetime,
        by: str,
        batch: int | None,
        why: str,
    ) -> None:
        db.execute(
            "INSERT INTO move (key, before, after, at, by, batch, generation, why) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (key, before, after, utc(at), by, batch, self.generation, why),
        )

    def _rows(self, question: str, values: Sequence[object] = ()) -> list[sqlite3.Row]:
        """Return the answer to a SELECT; a page that is damaged is a LedgerError here, too."""
        try:
            return self._db.execute(question, values).fetchall()
        except sqlite3.Error as error:
            raise LedgerError(
                f"reading the ledger {self._path}: {error}. Nothing is posted; restore the newest backup"
            ) from error

    def _row(self, question: str, values: Sequence[object] = ()) -> sqlite3.Row | None:
        return next(iter(self._rows(question, values)), None)

    def _last_sent(self) -> int:
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


def _entry(row: sqlite3.Row) -> Entry:
    return Entry(
        payment=Payment(
            key=row["key"],
            time=datetime.fromisoformat(row["time"]),
            payer=row["payer"],
            amount=row["amount"],
            kind=Kind(row["kind"]),
            approval_no=row["approval_no"],
            requester=row["requester"],
            acquirer=row["acquirer"],
            ordinal=row["ordinal"],
            raw_time=row["raw_time"],
        ),
        state=State(row["state"]),
        excluded=row["excluded"],
        why=row["why"],
        cleared=row["cleared"],
        batch=row["batch"],
        approval_key=row["approval_key"],
        slip=row["slip"],
        first_cycle=row["first_cycle"],
        last_cycle=row["last_cycle"],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What stands beside the ledger, so that an older one put in its place is noticed."""

    generation: int = 0
    #: The last batch that was sent.
    batch: int = 0


def read_mark(folder: Path) -> Mark:
    """Return what the file `generation` knows: two numbers, one a line; zeros where it says none."""
    try:
        numbers = [int(line) for line in (folder / "generation").read_text(encoding="ascii").split()]
    except (OSError, ValueError):
        numbers = []
    return Mark(generation=numbers[0] if numbers else 0, batch=numbers[1] if len(numbers) > 1 else 0)


def write_mark(folder: Path, mark: Mark) -> None:
    """Write it, in one step and through to the disk."""
    draft = folder / f".generation.{os.getpid()}"
    with draft.open("w", encoding="ascii") as file:
        file.write(f"{mark.generation}\n{mark.batch}\n")
        file.flush()
        os.fsync(file.fileno())
    draft.replace(folder / "generation")


def verify(db: sqlite3.Connection) -> None:
    """Raise sqlite3.DatabaseError unless this is a whole ledger of a schema we know."""
    application = db.execute("PRAGMA application_id").fetchone()[0]
    version = db.execute("PRAGMA user_version").fetchone()[0]
    if application != APPLICATION or not 0 < version <= SCHEMA:
        raise sqlite3.DatabaseError("it is no ledger of this daybreak, or of a newer one")
    found = db.execute("PRAGMA integrity_check").fetchone()[0]
    if found != "ok":
        raise sqlite3.DatabaseError(found)


def restore(backup: Path, folder: Path) -> Path | None:
    """Put a backup in the ledger's place; return where the old one was put aside, or None if there was none.

    Call it only while holding the worker's lock. The generation file stays, so that the ledger is known to be older and
    posts nothing before that is settled. Raises LedgerError, and leaves all as it was, when the backup is not whole.
    """
    target = folder / "ledger.db"
    draft = folder / f".restore.{os.getpid()}"
    try:
        draft.write_bytes(backup.read_bytes())
        draft.chmod(0o600)
        copy = sqlite3.connect(draft)
        try:
            verify(copy)
        finally:
            copy.close()
    except (sqlite3.Error, OSError) as error:
        draft.unlink(missing_ok=True)
        raise LedgerError(f"restoring {backup}: {error}. Nothing was changed") from error
    aside = None
    if target.exists():
        aside = next(
            path for number in range(1, 1000) if not (path := folder / f"ledger-replaced-{number}.db").exists()
        )
        for suffix in ("-wal", "-shm", ""):
            if (old := target.with_name(target.name + suffix)).exists():
                old.replace(aside.with_name(aside.name + suffix))
    draft.replace(target)
    return aside
