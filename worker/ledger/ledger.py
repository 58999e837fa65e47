"""The ledger: what was seen, what was posted, and every step between. The only guard against posting twice.

SQLite in WAL mode with synchronous=FULL: a move reported as made survives a power cut. A move is made only from the
state the caller believes in, only along NEXT, only by the newest generation, and leaves an append-only row behind.
"""

import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from worker.errors import IllegalMove, LedgerError, NotAdopted
from worker.i18n import Message, loaded, message, stored
from worker.ledger.copies import restore
from worker.ledger.database import ALIAS, utc
from worker.ledger.journal import storable
from worker.ledger.marks import has_keys
from worker.ledger.notes import OLDER
from worker.ledger.outbox import Mailbox
from worker.ledger.readings import DIFFERENT, SAME, Act, BrakeAnswer, LastReading, Pairing, Reading, Step
from worker.ledger.seal import read_seal, remove_seal, write_seal
from worker.ledger.soundness import Soundness
from worker.ledger.totals import Sums
from worker.payments.payment import IDENTITY_VERSION, KST, Deposit, Identity, Kind, Payment, Request, first_key_of
from worker.payments.why import same_as
from worker.runtime import sqlite as sqlite3
from worker.runtime.witness import Mark, read_mark

#: What a payment is excluded for by `daybreak adopt`: somebody did post it.
BEFORE_ADOPTION = "posted before the adoption"

#: The note that says, as JSON, that and whereto the books were moved away; the one that says whence they came.
SEALED, MOVED_FROM = "sealed", "moved_from"

#: The note that holds, as JSON, what the ledger that a backup replaced knew.
KNOWN = "replaced_knows"

#: The notes that hold, as JSON, the question about a whole list, its answer, and requests older than an adoption.
BRAKE, BRAKE_ANSWER, ASKED_BEFORE = "brake", "brake_answer", "asked_before"

#: Of so many readings the newest look at 회계반영 is known.
REFLECTED_WITHIN = 200

#: The schema from which on payments are known by identity 2.
_IDENTITY_2 = 6

#: The rules by which two keys may be one payment.
EDITS = frozenset({"a", "b", "c", "e", "f"})

#: It is kept for so long after that; far longer than the ERP lists a payment.
KNOWN_FOR = timedelta(days=30)

#: The note that holds, as JSON, the deposits in the ERP that have our form and that this ledger does not know.
UNKNOWN_SLIPS = "unknown_slips"

__all__ = [
    "BEFORE_ADOPTION",
    "KNOWN",
    "KNOWN_FOR",
    "MOVED_FROM",
    "NEXT",
    "SEALED",
    "Doubt",
    "Entry",
    "Ledger",
    "Oddity",
    "State",
    "Verdict",
    "Whom",
    "restore",
    "utc",
]


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


#: What waits for a person, or for proof: the cause under which people are told, until no such row is left.
ALARMING: Mapping[State, str] = {State.HELD: "held", State.IN_DOUBT: "in doubt", State.REJECTED: "rejected"}

#: The same for rows that no rule covers.
ODD = "odd row"


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
    #: When, by whom and why; "" while it waits.
    settled: str = ""


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


class Ledger(Soundness, Mailbox, Sums):
    """One open ledger. A worker's has a generation and is fenced by it; a command's has none.

    Raises LedgerError whenever the file can't be trusted, IllegalMove for a move that is not legal or came too late.
    """

    def _before_taking_down(self, db: sqlite3.Connection, version: int) -> None:
        """Let a daybreak of identity 1 find every payment that it may list again: it would post what it can't find.

        A row of its own key says that the payment needs no deposit; what waits, a person settles under its own key.
        """
        if version >= _IDENTITY_2:
            return
        changed = db.execute("SELECT * FROM payment WHERE version >= 2 OR key IN (SELECT key FROM form)").fetchall()
        for row in sorted(changed, key=lambda one: one["ordinal"]):
            entry = _entry(row)
            requester = entry.payment.requester if self._with_requester() else ""
            # It counts rows that agree in its own identity, the payer included: the first that no other one stands for.
            for ordinal in count():
                payment = replace(entry.payment, ordinal=ordinal)
                key = first_key_of(payment, requester=requester)
                is_own = key == entry.payment.key
                if is_own or not db.execute("SELECT 1 FROM payment WHERE key = ?", (key,)).fetchone():
                    break
            if is_own:
                continue
            is_settled = entry.state is State.POSTED or entry.excluded == BEFORE_ADOPTION
            db.execute(
                "INSERT INTO payment (key, version, time, payer, amount, kind, approval_no, ordinal, requester, "
                "acquirer, raw_time, state, excluded, why, approval_key, first_cycle, last_cycle, seen_at) "
                "VALUES (?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'seen', ?, ?, ?, ?, ?, ?)",
                (
                    key, row["time"], row["payer"], row["amount"], row["kind"], row["approval_no"], payment.ordinal,
                    row["requester"], row["acquirer"], row["raw_time"],
                    BEFORE_ADOPTION if is_settled else f"{ALIAS}{entry.payment.key}",
                    f"{ALIAS}{entry.payment.key}", row["approval_key"], row["first_cycle"], row["last_cycle"],
                    row["seen_at"],
                ),
            )  # fmt: skip

    # --- generations and trust -------------------------------------------------------------------------------------

    def why_no_posting(self, whom: Whom) -> str:
        """Say why nothing may be posted for these books from here, or return an empty text."""
        if damaged := self.why_damaged():
            return damaged
        row = self._row("SELECT * FROM adoption ORDER BY id DESC LIMIT 1")
        if row is None:
            return (
                "the ledger has no adoption record: nobody has said what was posted before. Switch the old script off, "
                "then run: daybreak adopt"
            )
        if other := self.why_other_books(whom):
            return other
        if "demo" in (whom.mode, row["mode"]) and whom.mode != row["mode"]:
            return (
                f"the ledger was adopted for {row['mode']}, not for {whom.mode}. If that is meant, run: daybreak adopt"
            )
        if whom.mode == "production" and row["mode"] != "production":
            return "the ledger was adopted in test mode. Before the first real posting, run: daybreak adopt"
        return self.why_older() or self.why_unknown_slips()

    def knows_what_was_posted(self, whom: Whom) -> bool:
        """True when somebody has said it for this company at this address, and the ledger is no older than that."""
        row = self._row("SELECT * FROM adoption ORDER BY id DESC LIMIT 1")
        is_same = row is not None and (row["company"], row["origin"]) == (whom.company, whom.origin)
        return is_same and not self.older()

    def why_older(self) -> str:
        """Say why the age of this ledger keeps it from posting, or return an empty text."""
        if (older := self.older()) and self.older_is_blind():
            return message(
                "the ledger is older than its surroundings ({why}). It was restored from a backup, or a copy was put "
                "back, and since then deposits were posted without their key (REMARK_KEY = off), which no look-up "
                "finds. Compare the ERP's list of deposits, then run: daybreak adopt",
                why=older,
            )
        if older:
            return message(
                "the ledger is older than its surroundings ({why}). It was restored from a backup, or a copy was put "
                "back. What was posted since then is looked up in the ERP where that is possible; else check there, "
                "then run: daybreak adopt",
                why=older,
            )
        return ""

    def why_unknown_slips(self) -> str:
        """Say that deposits of our form stand in the ERP that this ledger does not know, or return an empty text.

        An adoption ends it: who adopts has compared the lists, and vouches for what stood there by then.
        """
        adopted = self.adopted_at()
        unknown = {
            number: datetime.fromisoformat(one["entered"])
            for number, one in self._unknown_slips().items()
            if not one["explained"] and (adopted is None or datetime.fromisoformat(one["noted"]) > adopted)
        }
        if not unknown:
            return ""
        first = min(unknown, key=lambda number: unknown[number])
        return message(
            "the ERP holds deposits in daybreak's own form that this ledger does not know: {count}, the first of them "
            "{slip}, entered {entered}. Another daybreak posts to this company, or this ledger is an old copy. Switch "
            "the other one off, compare the ERP's list of deposits with what waits, then run: daybreak adopt",
            count=len(unknown),
            slip=first,
            entered=f"{unknown[first]:%Y-%m-%d %H:%M:%S}",
        )

    def note_unknown_slips(
        self, slips: Mapping[str, datetime], *, explained_until: datetime | None, at: datetime
    ) -> list[str]:
        """Remember deposits of our form that this ledger does not know: {slip number: when it was entered}.

        Those entered up to `explained_until` are no reason for anything. Returns the numbers that are new and are one.
        """
        noted = self._unknown_slips()
        new = {number: entered_at for number, entered_at in slips.items() if number not in noted}
        if not new:
            return []
        for number, entered_at in new.items():
            noted[number] = {
                "entered": entered_at.astimezone(KST).isoformat(),
                "noted": utc(at),
                "explained": explained_until is not None and entered_at <= explained_until,
            }
        with self._write() as db:
            db.execute(
                "INSERT OR REPLACE INTO meta VALUES (?, ?)", (UNKNOWN_SLIPS, json.dumps(noted, ensure_ascii=False))
            )
        return [number for number in new if not noted[number]["explained"]]

    def _unknown_slips(self) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = json.loads(self._meta(UNKNOWN_SLIPS) or "{}")
        return found

    def why_other_books(self, whom: Whom) -> str:
        """Say why this ledger is about other books, or return an empty text: their payments must not be mixed."""
        if sealed := self.sealed():
            return sealed
        row = self._row("SELECT * FROM adoption ORDER BY id DESC LIMIT 1")
        is_same = row is not None and (row["company"], row["origin"]) == (whom.company, whom.origin)
        if row is not None and is_same and row["machine"] != whom.machine:
            return (
                f"the ledger was adopted for machine {row['machine']!r}, not {whom.machine!r}. If it was moved here, "
                f"and "
                "the other machine posts no more, run: daybreak adopt --this-machine"
            )
        for name, what in (("company", "company"), ("origin", "ERP address"), ("machine", "machine")):
            if row is not None and row[name] != getattr(whom, name):
                return (
                    f"the ledger was adopted for {what} {row[name]!r}, not {getattr(whom, name)!r}. If that is meant, "
                    "run: daybreak adopt"
                )
        return ""

    def sealed(self) -> str:
        """Say that these books were moved away from here, and by whom, or return an empty text."""
        if (seal := read_seal(self._path.parent)) is None and (noted := self._meta(SEALED)):
            seal = json.loads(noted)
        if seal is None:
            return ""
        return (
            f"these books were moved away on {seal.get('at', '?')} by {seal.get('by', '?')}, into "
            f"{seal.get('to', '?')}: this side is sealed and posts no more. If the other side never posted, call the "
            f"move off: "
            "daybreak move --undo"
        )

    def seal(self, *, by: str, to: str, at: datetime) -> None:
        """Write down, in the ledger and beside it, that it is kept elsewhere from now on."""
        seal = {"at": at.isoformat(timespec="seconds"), "by": by, "to": to}
        write_seal(self._path.parent, seal)
        with self._write(fenced=False) as db:
            db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (SEALED, json.dumps(seal, ensure_ascii=False)))
            what = f"the books were moved away by {by}, into {to}; this side is sealed"
            db.execute("INSERT INTO incident (at, kind, what, facts) VALUES (?, 'moved', ?, '{}')", (utc(at), what))

    def unseal(self, *, by: str, why: str, at: datetime) -> None:
        """Call a move off. The other side may have posted: this one counts as older until that is looked up."""
        with self._write(fenced=False) as db:
            db.execute("DELETE FROM meta WHERE key IN (?, 'older_looked_up')", (SEALED,))
            db.execute("INSERT OR REPLACE INTO meta VALUES (?, 'a move that was called off')", (OLDER,))
            what = f"the move was called off by {by}: {why}"
            db.execute("INSERT INTO incident (at, kind, what, facts) VALUES (?, 'moved', ?, '{}')", (utc(at), what))
        remove_seal(self._path.parent)

    def adopt_machine(self, machine: str, *, by: str, at: datetime) -> str:
        """Record that these books are kept on this machine from now on; return what that means. Raises NotAdopted.

        Books that did not come by `daybreak move` may still be kept by the other machine, or be older than its own:
        they count as older until what waits is looked up.
        """
        row = self._row("SELECT * FROM adoption ORDER BY id DESC LIMIT 1")
        if sealed := self.sealed():
            raise NotAdopted(f"adopting this machine: {sealed}")
        if row is None:
            raise NotAdopted("adopting this machine: the ledger has no adoption record. Run: daybreak adopt")
        if row["machine"] == machine:
            raise NotAdopted("adopting this machine: the ledger is adopted for it already. Nothing was changed")
        was_moved = bool(self._meta(MOVED_FROM))
        note = f"moved from machine {row['machine']}" if was_moved else f"copied from machine {row['machine']}"
        with self._write(fenced=False) as db:
            db.execute(
                "INSERT INTO adoption (at, by, company, origin, machine, mode, database, generation, until, note) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    utc(at), by, row["company"], row["origin"], machine, row["mode"], row["database"],
                    self._meta_int("generation"), row["until"], note,
                ),
            )  # fmt: skip
            db.execute("DELETE FROM meta WHERE key = ?", (MOVED_FROM,))
            if not was_moved:
                db.execute("INSERT OR REPLACE INTO meta VALUES (?, 'a copy of another machine')", (OLDER,))
                db.execute("DELETE FROM meta WHERE key = 'older_looked_up'")
        return note

    def older(self) -> str:
        """Say by how much the ledger is older than what stands outside it, or return an empty text."""
        return loaded(self._meta("older"))

    def mark_older(self, why: str) -> None:
        """Note that the ERP holds deposits that this ledger does not know: it posts nothing until that is settled."""
        with self._write() as db:
            db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (OLDER, stored(why)))
            db.execute("DELETE FROM meta WHERE key = 'older_looked_up'")

    def older_is_blind(self) -> bool:
        """True when deposits without keys were sent that an older ledger does not know: no look-up proves it then."""
        return bool(self._meta("older_keyless"))

    def note_older_looked_up(self, *, found: int, at: datetime) -> None:
        """Remember a look-up of everything that waits in a ledger from a backup, and how much it found."""
        with self._write() as db:
            db.execute("INSERT OR REPLACE INTO meta VALUES ('older_looked_up', ?)", (f"{found} {utc(at)}",))

    def older_looked_up(self) -> tuple[int, datetime] | None:
        """Return what the last such look-up found, and when, or None."""
        found, _, at = self._meta("older_looked_up").partition(" ")
        return (int(found), datetime.fromisoformat(at)) if at else None

    def no_longer_older(self, *, at: datetime, waiting: int) -> None:
        """Note that every payment that waits is proved not to be posted: the age of the ledger matters no more."""
        what = f"the restored ledger is proved: {waiting} payments are not in the ERP's list and wait"
        with self._write() as db:
            self._settle_age(db)
            db.execute("INSERT INTO incident (at, kind, what, facts) VALUES (?, 'restored', ?, '{}')", (utc(at), what))

    def known_to_replaced(self) -> dict[str, str]:
        """Return {key: what the ledger that a backup replaced says of it}, for all that is not settled here yet."""
        found: dict[str, str] = json.loads(self._meta(KNOWN) or "{}")
        return found

    def hold_what_replaced_knows(self, *, at: datetime) -> list[str]:
        """Hold what waits here and was settled in the ledger that a backup replaced: a person decides; return the keys.

        A key is remembered until its payment is listed, and forgotten once it is held or settled.
        """
        known = self.known_to_replaced()
        if not known:
            return []
        entries = self.entries(known)
        waiting = [key for key, one in entries.items() if one.state is State.SEEN and not one.excluded]
        held = [key for key in waiting if not entries[key].cleared]
        with self._write() as db:
            for key in held:
                why = f"the ledger that a backup replaced has it as {known[key]}"
                self._move(db, key, State.SEEN, State.HELD, at=at, by="worker", why=why)
            restored = self._meta("restored_at")
            is_recent = bool(restored) and at - datetime.fromisoformat(restored) < KNOWN_FOR
            left = {key: what for key, what in known.items() if is_recent and key not in entries}
            db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (KNOWN, json.dumps(left, ensure_ascii=False)))
        return held

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
        held: Mapping[str, str] | None = None,
        recorded: Collection[datetime] = (),
        until: datetime | None = None,
    ) -> None:
        """Record that a person (in the demo: the worker) vouches for this ledger.

        The keys in `posted` need no deposit any more, nor does any payment up to `until` that is listed later, unless
        a reading of that time or later held it as a request without an answer: it is approved since, and news. One of
        an earlier reading may have been posted meanwhile: a person is asked. Those in `held` wait for a person, {key:
        why}. Only keys that are seen and not excluded are touched; anything else is an IllegalMove. `recorded` are the
        times that the old script wrote down, kept for what is listed later.
        """
        with self._write(fenced=False) as db:
            for key in posted:
                done = db.execute(
                    "UPDATE payment SET excluded = ?, why = ? WHERE key = ? AND state = 'seen' AND excluded = ''",
                    (BEFORE_ADOPTION, note, key),
                )
                if done.rowcount != 1:
                    raise IllegalMove(f"payment {key} is not waiting to be posted; nothing was adopted")
                self._log(db, key, State.SEEN, State.SEEN, at, by, None, f"excluded: {note}")
            for key, why in (held or {}).items():
                self._move(db, key, State.SEEN, State.HELD, at=at, by=by, why=why)
            if recorded:
                times = sorted({*self._recorded(), *(one.astimezone(KST).isoformat() for one in recorded)})
                db.execute("INSERT OR REPLACE INTO meta VALUES ('recorded', ?)", (json.dumps(times),))
            if until is not None:
                last = self.last_reading()
                if last is not None and last.at >= until:
                    self._remember_asked(db, self.asked_until(until))
            self._settle_age(db)
            db.execute(
                "INSERT INTO adoption (at, by, company, origin, machine, mode, database, generation, until, note) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    utc(at), by, whom.company, whom.origin, whom.machine, whom.mode, database,
                    self._meta_int("generation"), until.isoformat() if until else "", note,
                ),
            )  # fmt: skip

    def _with_requester(self) -> bool:
        """True when the requester's id was part of identity 1 here: an earlier daybreak asked at the first adoption."""
        return self._meta("with_requester") == "1"

    def adopted_until(self) -> datetime | None:
        """Return up to when payments count as posted before, by the newest adoption that says so."""
        row = self._row("SELECT until FROM adoption WHERE until <> '' ORDER BY id DESC LIMIT 1")
        return datetime.fromisoformat(row["until"]) if row else None

    def adopted_at(self) -> datetime | None:
        """Return when the newest adoption was made, or None without one."""
        row = self._row("SELECT at FROM adoption ORDER BY id DESC LIMIT 1")
        return datetime.fromisoformat(row["at"]) if row else None

    def adopted_before(self) -> int:
        """Return how many payments count as posted before an adoption."""
        row = self._row("SELECT COUNT(*) AS n FROM payment WHERE excluded = ?", (BEFORE_ADOPTION,))
        return int(row["n"]) if row else 0

    def recorded_times(self) -> frozenset[datetime]:
        """Return the times at which the old script's record, if one was adopted, says that it posted something."""
        return frozenset(datetime.fromisoformat(one) for one in self._recorded())

    def _recorded(self) -> list[str]:
        found: list[str] = json.loads(self._meta("recorded") or "[]")
        return found

    def adopted_databases(self) -> frozenset[str]:
        """Return the ids of the demo databases that this ledger was ever adopted for."""
        return frozenset(row[0] for row in self._rows("SELECT DISTINCT database FROM adoption"))

    # --- seeing ----------------------------------------------------------------------------------------------------

    def judge(self, steps: Sequence[Step], reading: Reading, *, at: datetime) -> None:
        """Write down one complete reading and what it decided: all of it or nothing.

        Raises IllegalMove when a payment is not where the decision believes it to be: somebody decided meanwhile.
        """
        with self._write() as db:
            number = self._last_reading_id() + 1
            for step in steps:
                self._judge_step(db, step, reading, number=number, at=at)
            db.execute(
                "INSERT INTO reading (id, cycle, at, rows, requested, deferred, reflected_at) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    number, reading.cycle, utc(reading.at), reading.rows, _plain(reading.requested),
                    _plain(reading.deferred), utc(reading.reflected_at) if reading.reflected_at else None,
                ),
            )  # fmt: skip
            db.executemany(
                "UPDATE payment SET last_cycle = ?, last_reading = ? WHERE key = ?",
                [(reading.cycle, number, key) for key in reading.keys],
            )
            self._remember_asked(db, reading.asked_before)
            db.execute("DELETE FROM meta WHERE key IN (?, ?)", (BRAKE, BRAKE_ANSWER))

    def _judge_step(self, db: sqlite3.Connection, step: Step, reading: Reading, *, number: int, at: datetime) -> None:
        key, why = step.key, step.why
        match step.act:
            case Act.SEE:
                self._see(db, key, step.payment, cycle=reading.cycle, at=at)
            case Act.FORM:
                self._change_form(db, key, step.payment, why=why, number=number, at=at)
            case Act.HOLD:
                self._move(db, key, State.SEEN, State.HELD, at=at, by="worker", why=why)
            case Act.RELEASE:
                self._move(db, key, State.HELD, State.SEEN, at=at, by="worker", why=why)
            case Act.EXCLUDE:
                row = db.execute("SELECT state FROM payment WHERE key = ?", (key,)).fetchone()
                if row is not None and row["state"] == State.HELD:
                    self._move(db, key, State.HELD, State.SEEN, at=at, by="worker", why=why)
                self._exclude(db, key, why, at=at, by="worker")
            case Act.CONTRADICT:
                done = db.execute("UPDATE payment SET excluded = '' WHERE key = ? AND excluded <> ''", (key,))
                if done.rowcount != 1:
                    raise IllegalMove(message("payment {key}: it is excluded no more", key=key))
                self._move(db, key, State.SEEN, State.HELD, at=at, by="worker", why=why)
            case Act.LINK:
                db.execute("UPDATE payment SET approval_key = ? WHERE key = ?", (step.other, key))
            case Act.PAIR:
                db.execute(
                    "INSERT OR IGNORE INTO pairing (new, old, rule, gone, reading) VALUES (?, ?, ?, ?, ?)",
                    (key, step.other, step.rule, int(step.gone), number),
                )
            case Act.ANSWER:
                db.execute("UPDATE pairing SET answer = ? WHERE new = ? AND old = ?", (step.rule, key, step.other))

    def _see(self, db: sqlite3.Connection, key: str, payment: Payment | None, *, cycle: int, at: datetime) -> None:
        assert payment is not None
        try:
            db.execute(
                "INSERT INTO payment (key, version, time, payer, amount, kind, approval_no, number, ordinal, "
                "requester, acquirer, raw_time, state, first_cycle, last_cycle, seen_at) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'seen', ?, ?, ?)",
                (
                    key, IDENTITY_VERSION, payment.time.isoformat(), payment.payer, payment.amount, payment.kind,
                    payment.approval_no, payment.number, payment.ordinal, payment.requester, payment.acquirer,
                    payment.raw_time, cycle, 0, utc(at),
                ),
            )  # fmt: skip
        except sqlite3.IntegrityError as error:
            raise IllegalMove(message("payment {key} is known already", key=key)) from error
        self._log(db, key, "", State.SEEN, at, "worker", None, "listed")

    def _change_form(
        self, db: sqlite3.Connection, key: str, payment: Payment | None, *, why: str, number: int, at: datetime
    ) -> None:
        """Let a known payment be listed in another form. Its second and won change only while it was never sent."""
        assert payment is not None
        before = db.execute("SELECT * FROM payment WHERE key = ?", (key,)).fetchone()
        if before is None:
            raise IllegalMove(f"payment {key}: it was never seen")
        is_same_money = (before["time"], before["amount"]) == (payment.time.isoformat(), payment.amount)
        if not is_same_money and before["state"] not in (State.SEEN, State.HELD):
            raise IllegalMove(
                message(
                    "payment {key}: it is {state}, its time and amount can't change", key=key, state=before["state"]
                )
            )
        db.execute(
            "UPDATE payment SET payer = ?, approval_no = ?, number = ?, time = ?, raw_time = ?, amount = ?, "
            "acquirer = CASE ? WHEN '' THEN acquirer ELSE ? END WHERE key = ?",
            (
                payment.payer, payment.approval_no, payment.number, payment.time.isoformat(), payment.raw_time,
                payment.amount, payment.acquirer, payment.acquirer, key,
            ),
        )  # fmt: skip
        if (before["payer"], before["approval_no"]) == (payment.payer, payment.approval_no):
            return
        db.execute(
            "INSERT INTO form (key, at, reading, payer, approval_no) VALUES (?, ?, ?, ?, ?)",
            (key, utc(at), number, before["payer"], before["approval_no"]),
        )
        self._log(db, key, before["state"], before["state"], at, "worker", None, why)

    def keys_listed_last(self) -> frozenset[str]:
        """Return the payments that the last complete reading held."""
        number = self._last_reading_id()
        rows = self._rows("SELECT key FROM payment WHERE last_reading = ? AND last_reading > 0", (number,))
        return frozenset(row["key"] for row in rows)

    def last_reading(self) -> LastReading | None:
        """Return the last reading that decided something, or None in a new ledger."""
        row = self._row("SELECT * FROM reading ORDER BY id DESC LIMIT 1")
        if row is None:
            return None
        reflected = self._row("SELECT MAX(reflected_at) FROM reading WHERE id > ?", (row["id"] - REFLECTED_WITHIN,))
        return LastReading(
            at=datetime.fromisoformat(row["at"]).astimezone(KST),
            rows=row["rows"],
            keys=self.keys_listed_last(),
            requested=tuple(map(_request_of, json.loads(row["requested"]))),
            deferred=frozenset(map(_identity_of, json.loads(row["deferred"]))),
            reflected_at=datetime.fromisoformat(reflected[0]) if reflected is not None and reflected[0] else None,
        )

    def _last_reading_id(self) -> int:
        row = self._row("SELECT MAX(id) FROM reading")
        return int(row[0] or 0) if row else 0

    def known(
        self, *, since: datetime | None, numbers: Collection[str] = (), like: Collection[tuple[str, int]] = ()
    ) -> dict[str, Entry]:
        """Return what a reading is judged against, by key.

        All payments from a second on (KST), those with one of these approval numbers, those of one of these payers and
        won, all that wait, and all that may be another form of one of them.
        """
        found: dict[str, Entry] = {}
        if since is not None:
            text = since.astimezone(KST).isoformat()
            found |= _by_key(self._rows("SELECT * FROM payment WHERE time >= ?", (text,)))
        wanted = sorted(set(numbers) - {""})
        for start in range(0, len(wanted), 500):
            part = wanted[start : start + 500]
            marks = ",".join("?" * len(part))
            question = f"SELECT * FROM payment WHERE number IN ({marks}) AND number <> ''"
            found |= _by_key(self._rows(question, part))
        for payer, amount in like:
            found |= {one.payment.key: one for one in self.alike(payer, amount)}
        waiting = (one for one in State if one is not State.POSTED)
        found |= {one.payment.key: one for one in self.in_state(*waiting)}
        others = {key for one in self.pairings(found) for key in (one.new, one.old)} | {
            one.approval_key for one in found.values() if one.approval_key
        }
        return found | self.entries(others - found.keys())

    def pairings(self, keys: Collection[str]) -> list[Pairing]:
        """Return the pairs that name one of these keys, decided or not, in the order in which they were found."""
        wanted = set(keys)
        rows = self._rows("SELECT * FROM pairing ORDER BY id")
        return [_pairing(row) for row in rows if row["new"] in wanted or row["old"] in wanted]

    def forms(self, since: datetime, until: datetime) -> list[dict[str, object]]:
        """Return what was listed in another form from that time on: {key, at, payer, approval_no} of before."""
        rows = self._rows("SELECT * FROM form WHERE at >= ? AND at < ? ORDER BY id", (utc(since), utc(until)))
        return [dict(row) for row in rows]

    # --- questions about a whole list ------------------------------------------------------------------------------

    def note_brake(self, question: Mapping[str, object], what: str) -> None:
        """Write down the question that stops posting, as JSON: {brake, pairs, about, rows}; an older one is replaced.

        `rows`: {provisional key of a new row: the row as it is listed}.
        """
        text = json.dumps({**question, "text": stored(what)}, ensure_ascii=False)
        if self._meta(BRAKE) != text:
            with self._write() as db:
                db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (BRAKE, text))

    def brake(self) -> dict[str, object] | None:
        """Return the question about the list that stops posting, as it was noted, with its text; or None."""
        if not (noted := self._meta(BRAKE)):
            return None
        found: dict[str, object] = json.loads(noted)
        return {**found, "text": loaded(str(found["text"]))}

    def answer_brake(self, same: Mapping[str, str], *, by: str, why: str, at: datetime) -> None:
        """Answer it: {new row: the known payment that it is}; every other row of the question is another payment.

        An answer to another question about this list, that no reading has followed yet, stays.

        Raises IllegalMove when nothing is asked, or a pair is named that the question does not hold.
        """
        asked = self.brake()
        if asked is None:
            raise IllegalMove(message("the list raises no question"))
        pairs = asked["pairs"]
        assert isinstance(pairs, dict)
        strange = [row for row, key in same.items() if key not in pairs.get(row, ())]
        if strange:
            raise IllegalMove(message("the question does not hold {rows}", rows=", ".join(strange)))
        if twice := sorted(key for key, count in Counter(same.values()).items() if count > 1):
            raise IllegalMove(
                message(
                    "answering the question about the list: two rows can't both be {keys}. Name one of them. Nothing "
                    "was changed",
                    keys=", ".join(twice),
                )
            )
        before = json.loads(self._meta(BRAKE_ANSWER) or '{"about": {}, "same": {}}')
        answer = {
            "about": {**before["about"], str(asked["brake"]): asked["about"]},
            "same": {**{row: key for row, key in before["same"].items() if row not in pairs}, **same},
            "said": f"{by}: {why}",
        }
        with self._write(fenced=False) as db:
            db.execute(
                "INSERT OR REPLACE INTO meta VALUES (?, ?)", (BRAKE_ANSWER, json.dumps(answer, ensure_ascii=False))
            )
            what = message("the question about the list was answered by {by}: {why}", by=by, why=why)
            db.execute(
                "INSERT INTO incident (at, kind, what, facts) VALUES (?, 'list', ?, ?)",
                (utc(at), storable(what), json.dumps(answer, ensure_ascii=False)),
            )

    def brake_answer(self) -> BrakeAnswer | None:
        """Return what a person said of a list that was not believed, until a reading has followed it."""
        if not (noted := self._meta(BRAKE_ANSWER)):
            return None
        found = json.loads(noted)
        about = {brake: frozenset(keys) for brake, keys in found["about"].items()}
        return BrakeAnswer(about=about, same=found["same"], said=found["said"])

    def asked_before_adoption(self) -> frozenset[Request]:
        """Return the requests that the adoption's time covers and that were not approved then."""
        return frozenset(map(_request_of, self._asked_before()))

    def asked_until(self, until: datetime) -> list[Request]:
        """Return the requests up to a time that the last reading held without an answer, oldest first."""
        last = self.last_reading()
        return sorted({one for one in (last.requested if last else ()) if one[0] <= until})

    def _asked_before(self) -> list[list[object]]:
        found: list[list[object]] = json.loads(self._meta(ASKED_BEFORE) or "[]")
        return found

    def _remember_asked(self, db: sqlite3.Connection, requests: Iterable[Request]) -> None:
        """Write down, within a transaction, requests that an adoption's time covers: approved later they are news."""
        if known := set(requests):
            asked = _plain(sorted(known | self.asked_before_adoption()))
            db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (ASKED_BEFORE, asked))

    def is_fresh_adoption(self) -> bool:
        """True until a reading has decided something after the newest adoption."""
        row = self._row("SELECT MAX(at) FROM adoption")
        reading = self._row("SELECT MAX(at) FROM reading")
        adopted, read = (row[0] if row else None), (reading[0] if reading else None)
        return read is None or (adopted is not None and adopted > read)

    def note_oddities(self, rows: Iterable[tuple[str, str]], *, cycle: int, at: datetime) -> list[tuple[str, str]]:
        """Write down rows (as JSON text, with the reason) that can't be taken for money; return those that are new."""
        new = []
        with self._write() as db:
            for row, why in rows:
                done = db.execute("UPDATE oddity SET last_cycle = ? WHERE row = ?", (cycle, row))
                if done.rowcount == 0:
                    db.execute(
                        "INSERT INTO oddity (row, why, first_cycle, last_cycle, seen_at) VALUES (?, ?, ?, ?, ?)",
                        (row, stored(why), cycle, cycle, utc(at)),
                    )
                    new.append((row, why))
                    what = f"a row that no rule covers: {why}"
                    if isinstance(why, Message):
                        what = message("a row that no rule covers: {why}", why=why)
                    self._raise_alarm(db, ODD, what, at=at, facts={"cycle": cycle})
        return new

    def open_oddities(self) -> list[Oddity]:
        """Return every odd row that nobody has settled."""
        rows = self._rows("SELECT id, row, why FROM oddity INDEXED BY oddity_open WHERE settled = '' ORDER BY id")
        return [Oddity(id=row["id"], row=row["row"], why=loaded(row["why"])) for row in rows]

    def oddity(self, number: int) -> Oddity | None:
        """Return one odd row, settled or not; None if there is none of that number."""
        row = self._row("SELECT id, row, why, settled FROM oddity WHERE id = ?", (number,))
        return Oddity(id=row["id"], row=row["row"], why=loaded(row["why"]), settled=row["settled"]) if row else None

    def settle_oddity(self, number: int, *, by: str, why: str, at: datetime) -> None:
        """Note that a person has dealt with an odd row."""
        with self._write(fenced=False) as db:
            settled = f"{utc(at)} {by}: {why}"
            done = db.execute("UPDATE oddity SET settled = ? WHERE id = ? AND settled = ''", (settled, number))
            if done.rowcount != 1:
                raise IllegalMove(f"row {number} is not one that waits for a person")
            if db.execute("SELECT 1 FROM oddity WHERE settled = '' LIMIT 1").fetchone() is None:
                self._end_alarm(db, ODD, at=at)

    def resolve(
        self, key: str, verdict: Verdict, *, by: str, why: str, at: datetime, slip: str = ""
    ) -> tuple[str, ...]:
        """Settle one payment that waits for a person, as that person says. Raises IllegalMove for any other.

        What is said of a row that may be an edit is said of the pair: one payment is never posted under two keys. What
        is in doubt is settled by itself: whether another row is an edit of it stays a question. Returns the keys of all
        that were linked to it, the newest form first; only its own where there is none.
        """
        found = self.entry(key)
        if found is None or found.state not in (State.HELD, State.IN_DOUBT, State.REJECTED) or found.excluded:
            stands = f"it is {found.excluded or found.state}" if found else "it was never seen"
            raise IllegalMove(f"payment {key} does not wait for a person: {stands}")
        said = f"{verdict}, says {by}: {why}"
        # What is in doubt is settled by itself; whether another row is an edit of it stays a question of its own. What
        # the ERP refused was never stored: it goes with its edited row.
        forms = self.open_forms(key)
        if forms and found.state is not State.IN_DOUBT:
            self._resolve_forms(forms, verdict, said, by=by, at=at, slip=slip)
            return tuple(one.payment.key for one in forms)
        if verdict is Verdict.NOT_POSTED:
            self._refuse_too_much_back(found)
        with self._write(fenced=False) as db:
            self._resolve_one(db, found, verdict, said, by=by, at=at, slip=slip)
        return tuple(one.payment.key for one in forms) or (key,)

    def _resolve_one(
        self, db: sqlite3.Connection, entry: Entry, verdict: Verdict, said: str, *, by: str, at: datetime, slip: str
    ) -> None:
        key = entry.payment.key
        if verdict is Verdict.POSTED:
            self._move(db, key, entry.state, State.POSTED, at=at, by=by, why=said, slip=slip)
            return
        self._move(db, key, entry.state, State.SEEN, at=at, by=by, why=said)
        if verdict is Verdict.NEVER:
            self._exclude(db, key, said, at=at, by=by)
            return
        db.execute("UPDATE payment SET cleared = ? WHERE key = ?", (stored(said), key))

    def open_forms(self, key: str) -> list[Entry]:
        """Return all that may be one payment with this one, itself too, the newest form first; nothing without a pair.

        Only pairs that nobody has decided count. Another row that may be an edit of the same payment is none of it: of
        two such rows one is another payment. Raises IllegalMove where several newer rows may be this payment.
        """
        found = map(_pairing, self._rows("SELECT * FROM pairing WHERE answer = '' ORDER BY id"))
        pairs = [one for one in found if one.rule in EDITS]
        newer = [key]
        for name in newer:  # grows while it is gone through
            newer += [one.new for one in pairs if one.old == name and one.new not in newer]
        newest = [name for name in newer if all(one.old != name for one in pairs)]
        if len(newest) > 1:
            raise IllegalMove(
                message(
                    "several rows may be the payment {key}: settle each of them first: {rows}",
                    key=key,
                    rows=", ".join(sorted(newest)),
                )
            )
        order = newest or [key]
        for name in order:  # grows while it is gone through
            order += [one.old for one in pairs if one.new == name and one.old not in order]
        entries = self.entries(order) if len(order) > 1 else {}
        return [entries[name] for name in order if name in entries]

    def _resolve_forms(
        self, forms: Sequence[Entry], verdict: Verdict, said: str, *, by: str, at: datetime, slip: str
    ) -> None:
        """Settle a row and what it may be an edit of, together."""
        waiting = [one for one in forms if one.state in (State.HELD, State.REJECTED) and not one.excluded]
        settled = [one for one in forms if one not in waiting]
        unsure = [one.payment.key for one in settled if one.state in (State.SENT, State.IN_DOUBT, State.ARMED)]
        about_to = [one.payment.key for one in settled if one.state in (State.SEEN, State.PLANNED) and not one.excluded]
        newest = waiting[0]
        if verdict is Verdict.NOT_POSTED and (unsure or about_to):
            names = ", ".join([*unsure, *about_to])
            raise IllegalMove(
                message(
                    "payment {key} may be the same as {names}, which may be posted: settle that one first",
                    key=newest.payment.key,
                    names=names,
                )
            )
        # What stands in the ERP, or is its older form, must not go out by itself: it is asked about next.
        newer = forms[: forms.index(newest)]
        asked = [one for one in settled if one.payment.key in about_to and (verdict is Verdict.POSTED or one in newer)]
        if busy := [one.payment.key for one in asked if one.state is not State.SEEN]:
            raise IllegalMove(
                message(
                    "payment {key} may be the same as {names}, which is being posted: ask again when the cycle has "
                    "ended. Nothing was changed",
                    key=newest.payment.key,
                    names=", ".join(busy),
                )
            )
        if verdict is Verdict.NOT_POSTED:
            self._refuse_too_much_back(newest)
        is_same = verdict is not Verdict.NOT_POSTED
        with self._write(fenced=False) as db:
            # One that was posted says more than one that needed no deposit.
            others = [one for one in settled if one not in asked]
            posted = next(iter(sorted(others, key=lambda one: one.state is not State.POSTED)), None)
            if verdict is Verdict.POSTED and posted is not None:
                # It stands in the ERP as the payment that it was before the edit: no deposit of its own.
                self._resolve_one(db, newest, Verdict.NEVER, same_as(posted.payment.key), by=by, at=at, slip="")
            else:
                self._resolve_one(db, newest, verdict, said, by=by, at=at, slip=slip)
            for one in asked:
                why = message(
                    "may be the same payment as {key}, of which {by} has decided", key=newest.payment.key, by=by
                )
                self._move(db, one.payment.key, State.SEEN, State.HELD, at=at, by=by, why=why)
            for one in waiting[1:]:
                # Never sent, and listed as the newest form since: whatever becomes of that one is said of this one.
                self._resolve_one(db, one, Verdict.NEVER, same_as(newest.payment.key), by=by, at=at, slip="")
            keys = [one.payment.key for one in forms]
            still_asked = {one.payment.key for one in asked}
            unsent = {one.payment.key for one in waiting[1:]}
            for pair in self.pairings(keys):
                is_theirs = {pair.new, pair.old} <= set(keys)
                if is_theirs and not pair.answer and pair.rule in EDITS and not {pair.new, pair.old} & still_asked:
                    answer = SAME if is_same or pair.old in unsent else DIFFERENT
                    db.execute("UPDATE pairing SET answer = ? WHERE new = ? AND old = ?", (answer, pair.new, pair.old))

    def _refuse_too_much_back(self, entry: Entry) -> None:
        """Raise IllegalMove where a cancellation would take back more than was approved."""
        approval = self.entry(entry.approval_key) if entry.approval_key else None
        if entry.payment.kind is not Kind.CANCELLATION or approval is None:
            return
        rows = self._rows(
            "SELECT amount FROM payment WHERE approval_key = ? AND key <> ? AND excluded = '' "
            "AND state NOT IN ('held', 'rejected')",
            (entry.approval_key, entry.payment.key),
        )
        back = sum(row["amount"] for row in rows)
        if back + entry.payment.amount > approval.payment.amount:
            raise IllegalMove(
                message(
                    "payment {key} would take back more than was approved: {total} won were approved, {back} won are "
                    "taken back already. Nothing was changed",
                    key=entry.payment.key,
                    total=approval.payment.amount,
                    back=back,
                )
            )

    def exclude(self, key: str, why: str, *, at: datetime, by: str = "worker") -> None:
        """Say that a seen payment needs no deposit, and why."""
        with self._write(fenced=self.generation is not None) as db:
            self._exclude(db, key, why, at=at, by=by)

    def _exclude(self, db: sqlite3.Connection, key: str, why: str, *, at: datetime, by: str) -> None:
        done = db.execute(
            "UPDATE payment SET excluded = ? WHERE key = ? AND state = 'seen' AND excluded = ''", (stored(why), key)
        )
        if done.rowcount != 1:
            raise IllegalMove(f"payment {key}: only one that is seen can be excluded, found {self.entry(key)}")
        said = message("excluded: {why}", why=why) if isinstance(why, Message) else f"excluded: {why}"
        self._log(db, key, State.SEEN, State.SEEN, at, by, None, said)

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

    def at_times(self, times: Collection[datetime]) -> list[Entry]:
        """Return every payment of these very seconds. Reads the whole table: meant for the days after an adoption."""
        wanted = [one.astimezone(KST).isoformat() for one in times]
        marks = ",".join("?" * len(wanted))
        return [_entry(row) for row in self._rows(f"SELECT * FROM payment WHERE time IN ({marks})", wanted)]

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
        keyless = read_mark(self._path.parent).keyless if self._has_keys(batch) else batch
        self._write_marks(Mark(generation=self.generation or 0, batch=batch, keyless=keyless))

    def _has_keys(self, batch: int) -> bool:
        row = self._row("SELECT plan FROM batch WHERE id = ?", (batch,))
        return row is not None and has_keys(row["plan"])

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
        again: Collection[str] = (),
    ) -> None:
        """Write down what became of each row of a sent batch: {key: (state, why)}, with slip numbers where known.

        `again`: keys of refused rows that are not to be decided by a person yet; they wait as before, and nobody is
        told of them.

        Raises IllegalMove unless every row of the batch, and no other, has an outcome: a row left out would be lost.
        """
        numbers = slips or {}
        with self._write() as db:
            rows = {key for key, _ in self._of_batch(batch)}
            if rows != outcomes.keys():
                raise IllegalMove(f"batch {batch}: {len(rows)} rows were sent, {len(outcomes)} outcomes are known")
            for key, (state, why) in outcomes.items():
                slip = numbers.get(key, "")
                quiet = key in again
                self._move(db, key, State.SENT, state, at=at, by="worker", why=why, batch=batch, slip=slip, quiet=quiet)
                if quiet:
                    said = message("it is sent again with fewer others, or once the settings are mended")
                    self._move(db, key, state, State.SEEN, at=at, by="worker", why=said, batch=batch, quiet=True)
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
            "SELECT b.id, b.sent_at, b.planned_at, b.looked_up_at, b.missing, b.plan, p.key "
            "FROM payment p INDEXED BY payment_open "
            "JOIN batch b ON b.id = p.batch WHERE p.state = 'in_doubt' AND p.state <> 'posted' AND p.excluded = '' "
            "ORDER BY b.id, p.time"
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
                has_keys=has_keys(group[0]["plan"]),
                keys=tuple(row["key"] for row in group),
            )
            for batch, group in found.items()
        ]

    def confirmed_before(self, batch: int | None, *, newest: int = 500) -> frozenset[str]:
        """Return those of the newest deposits that the ERP had confirmed before a batch was sent; None: by now."""
        sent = None
        if batch is not None:
            row = self._row(
                "SELECT MIN(m.id) FROM payment p JOIN move m ON m.key = p.key WHERE p.batch = ? AND m.after = 'sent'",
                (batch,),
            )
            sent = row[0] if row else None
        rows = self._rows(
            "SELECT m.key FROM (SELECT key FROM payment WHERE posted_at > '' ORDER BY posted_at DESC LIMIT ?) newest "
            "JOIN move m ON m.key = newest.key AND m.before = 'sent' AND m.after = 'posted' "
            "WHERE ? IS NULL OR m.id < ?",
            (newest, sent, sent),
        )
        return frozenset(row["key"] for row in rows)

    def newest_confirmed(self, day: date | None, *, most: int) -> list[tuple[str, date, date]]:
        """Return (key, its day, the day on which it was posted) of the newest deposits that the ERP has shown.

        `day`: only of those dated on or before it. The newest first, `most` at most. What a person says counts not.
        """
        rows = self._rows(
            "SELECT key, time, posted_at FROM payment INDEXED BY payment_posted WHERE posted_at > '' AND time < ? "
            "AND EXISTS (SELECT 1 FROM move WHERE move.key = payment.key AND after = 'posted' "
            "AND by IN ('worker', 'look-up')) ORDER BY posted_at DESC LIMIT ?",
            ((day + timedelta(days=1)).isoformat() if day else "9999", most),
        )
        return [(row["key"], _day(row["time"]), _day(row["posted_at"])) for row in rows]

    def note_look_up(self, batch: int, *, missing: int, at: datetime) -> None:
        """Remember a look-up of a batch in doubt and how many in a row found its keys missing."""
        with self._write() as db:
            db.execute("UPDATE batch SET looked_up_at = ?, missing = ? WHERE id = ?", (utc(at), missing, batch))

    # --- cycles and figures ----------------------------------------------------------------------------------------

    def proof(self) -> dict[str, tuple[int, int]]:
        """Return {what became of it: (payments, won)} of every payment that the last reading held."""
        rows = self._rows(
            "SELECT CASE WHEN excluded <> '' THEN 'excluded' ELSE state END AS what, COUNT(*) AS n, "
            "SUM(CASE kind WHEN ? THEN -amount ELSE amount END) AS won FROM payment "
            "WHERE last_reading = ? AND last_reading > 0 GROUP BY what",
            (Kind.CANCELLATION.value, self._last_reading_id()),
        )
        return {row["what"]: (row["n"], row["won"]) for row in rows}

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
                what = (
                    f"{day}: pasted {pasted[0]} deposits of {pasted[1]:,} won, posted {posted[0]} of {posted[1]:,} won"
                )
                db.execute("INSERT INTO incident (at, kind, what, facts) VALUES (?, 'proof', ?, '{}')", (utc(at), what))
                self._raise_alarm(db, "proof", what, at=at, facts={"day": day.isoformat()})
        return found

    def counts(self) -> dict[str, int]:
        """Return how many payments wait for something: {state: count}, posted and excluded ones left out."""
        rows = self._rows(
            "SELECT state, COUNT(*) FROM payment WHERE state <> 'posted' AND excluded = '' GROUP BY state"
        )
        return {row[0]: row[1] for row in rows}

    def history(self, key: str) -> list[dict[str, object]]:
        """Return every move of a payment, oldest first."""
        rows = self._rows("SELECT * FROM move WHERE key = ? ORDER BY id", (key,))
        return [{**dict(row), "why": loaded(row["why"])} for row in rows]

    # --- inside ----------------------------------------------------------------------------------------------------

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
        quiet: bool = False,
    ) -> None:
        if after not in NEXT[before]:
            raise IllegalMove(f"payment {key}: {before} -> {after} is not a legal move")
        done = db.execute(
            "UPDATE payment SET state = ?, why = ?, batch = COALESCE(?, batch), "
            "slip = CASE ? WHEN '' THEN slip ELSE ? END, posted_at = CASE ? WHEN 'posted' THEN ? ELSE NULL END "
            "WHERE key = ? AND state = ? AND excluded = ''",
            (after, stored(why), batch, slip, slip, after, utc(at), key, before),
        )
        if done.rowcount != 1:
            found = self.entry(key)
            stands = f"{found.state} {found.excluded}".strip() if found else "nothing"
            raise IllegalMove(f"payment {key}: expected {before}, found {stands}")
        self._log(db, key, before, after, at, by, batch, why)
        if after in ALARMING and not quiet:
            what = (
                message("payment {key}: {why}", key=key, why=why)
                if isinstance(why, Message)
                else f"payment {key}: {why}"
            )
            self._raise_alarm(db, ALARMING[after], what, at=at, facts={"key": key})
        if before in ALARMING and not quiet:
            left = "SELECT 1 FROM payment WHERE state = ? AND state <> 'posted' AND excluded = '' LIMIT 1"
            if db.execute(left, (before,)).fetchone() is None:
                self._end_alarm(db, ALARMING[before], at=at)

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
            (key, before, after, utc(at), by, batch, self.generation, stored(why)),
        )


def _by_key(rows: Iterable[sqlite3.Row]) -> dict[str, Entry]:
    return {row["key"]: _entry(row) for row in rows}


def _pairing(row: sqlite3.Row) -> Pairing:
    return Pairing(new=row["new"], old=row["old"], rule=row["rule"], gone=bool(row["gone"]), answer=row["answer"])


def _plain(rows: Iterable[Sequence[object]]) -> str:
    """Return requests or identities as JSON text; seconds in KST."""
    return json.dumps([_request_text(row) for row in rows], ensure_ascii=False)


def _request_text(row: Sequence[object]) -> list[object]:
    return [one.astimezone(KST).isoformat() if isinstance(one, datetime) else one for one in row]


def _request_of(row: Sequence[object]) -> Request:
    time, amount, payer = row
    return datetime.fromisoformat(str(time)), int(str(amount)), str(payer)


def _identity_of(row: Sequence[object]) -> Identity:
    kind, time, amount, number, payer = row
    return Kind(str(kind)), datetime.fromisoformat(str(time)), int(str(amount)), str(number), str(payer)


def _day(text: str) -> date:
    return datetime.fromisoformat(text).astimezone(KST).date()


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
        excluded=loaded(row["excluded"]),
        why=loaded(row["why"]),
        cleared=row["cleared"],
        batch=row["batch"],
        approval_key=row["approval_key"],
        slip=row["slip"],
        first_cycle=row["first_cycle"],
        last_cycle=row["last_cycle"],
    )
