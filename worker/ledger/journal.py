"""What happened and what was due: cycles, slots, incidents, alarms, and the figures of a day."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from worker.errors import Overtaken
from worker.i18n import loaded, message, stored
from worker.ledger.alarms import Alarms, facts_of, facts_text, storable
from worker.ledger.database import moment_of, utc, version_of
from worker.payments.payment import KST, PaymentKind
from worker.runtime import sqlite as sqlite3


class SlotState(StrEnum):
    """What became of a time at which a cycle was due."""

    OPEN = "open"
    RAN = "ran"
    FAILED = "failed"
    SKIPPED = "skipped"
    MISSED = "missed"


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotRow:
    """One expected cycle."""

    at: datetime
    state: SlotState
    #: asleep, down, locked, catching up, paused …: why it was missed or skipped; what failed.
    why: str
    cycle: int | None


class Journal(Alarms):
    """The part of the ledger that tells what the worker and its guards did."""

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
                (utc(at), outcome, stored(why), json.dumps(figures, ensure_ascii=False), cycle),
            )

    def last_cycles(self, count: int = 1, outcome: str = "") -> list[dict[str, object]]:
        """Return the newest cycles (of one outcome, if given), newest first, as plain values."""
        where = "WHERE outcome = ?" if outcome else ""
        rows = self._rows(
            f"SELECT * FROM cycle {where} ORDER BY id DESC LIMIT ?", (outcome, count) if outcome else (count,)
        )
        return [{**dict(row), "why": loaded(row["why"]), "figures": json.loads(row["figures"])} for row in rows]

    def first_cycle_at(self) -> datetime | None:
        """Return when the first cycle of this ledger started, or None."""
        row = self._row("SELECT started FROM cycle ORDER BY id LIMIT 1")
        return datetime.fromisoformat(row["started"]) if row else None

    def new_payments(self, since: datetime, until: datetime) -> int | None:
        """Return how many payments the cycles begun in that time listed first, or None if none of them went well."""
        rows = self._rows(
            "SELECT figures FROM cycle WHERE started >= ? AND started < ? AND outcome = 'ran'", (utc(since), utc(until))
        )
        return sum(int(json.loads(row["figures"]).get("new", 0)) for row in rows) if rows else None

    def most_listed(self, since: datetime, until: datetime) -> int | None:
        """Return the most rows that a good cycle begun in that time saw listed, or None if there was none."""
        rows = self._rows(
            "SELECT figures FROM cycle WHERE started >= ? AND started < ? AND outcome = 'ran'", (utc(since), utc(until))
        )
        return max((int(json.loads(row["figures"]).get("listed", 0)) for row in rows), default=None)

    def paid(self, since: datetime, until: datetime) -> int:
        """Return how many payments were made between these times of the ERP's zone, by their own times."""
        span = tuple(at.replace(tzinfo=None).isoformat() for at in (since, until))
        (row,) = self._rows("SELECT COUNT(*) FROM payment WHERE time >= ? AND time < ?", span)
        return int(row[0])

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
            "cancellations": kinds.get(PaymentKind.CANCELLATION.value, 0),
        }

    def tell(self, cause: str, what: str, *, facts: Mapping[str, object], at: datetime) -> None:
        """Write down an incident and raise the alarm of the same name, both or neither."""
        what, text = storable(what), storable(facts_text(facts))
        with self._write(fenced=False) as db:
            db.execute("INSERT INTO incident (at, kind, what, facts) VALUES (?, ?, ?, ?)", (utc(at), cause, what, text))
            self._raise_alarm(db, cause, what, at=at, facts=facts)

    def take_note(self, *, kind: str, what: str, facts: Mapping[str, object], at: datetime, cause: str = "") -> bool:
        """Write down an incident once, however often it is handed over; with `cause`, raise that alarm with it.

        Returns False when it stands there already.
        """
        what, text = storable(what), storable(facts_text(facts))
        with self._write(fenced=False) as db:
            known = "SELECT 1 FROM incident WHERE at = ? AND kind = ? AND what = ?"
            if db.execute(known, (utc(at), kind, what)).fetchone():
                return False
            db.execute("INSERT INTO incident (at, kind, what, facts) VALUES (?, ?, ?, ?)", (utc(at), kind, what, text))
            if cause:
                self._raise_alarm(db, cause, what, at=at, facts=facts)
        return True

    def incidents(self, since: datetime) -> list[dict[str, object]]:
        """Return the incidents since a time, oldest first."""
        rows = self._rows("SELECT * FROM incident WHERE at >= ? ORDER BY id", (utc(since),))
        return [{**dict(row), "what": loaded(row["what"]), "facts": facts_of(row["facts"])} for row in rows]

    # --- slots -----------------------------------------------------------------------------------------------------

    def expect_slots(self, slots: Iterable[datetime], *, until: datetime) -> None:
        """Write down that cycles are due at these times, and up to when that is known now."""
        with self._write() as db:
            db.executemany("INSERT OR IGNORE INTO slot (at, state) VALUES (?, 'open')", [(utc(at),) for at in slots])
            db.execute("INSERT OR REPLACE INTO meta VALUES ('slots_until', ?)", (utc(until),))

    def slots_known_until(self) -> datetime | None:
        """Return up to when the slots were written down, or None in a new ledger."""
        return moment_of(self._meta("slots_until"))

    def close_slot(
        self, at: datetime, state: SlotState, *, now: datetime, why: str = "", cycle: int | None = None
    ) -> None:
        """Write down what became of a slot. One that ran stays so; one that failed or was missed may still run."""
        with self._write() as db:
            db.execute(
                "UPDATE slot SET state = ?, why = ?, cycle = COALESCE(?, cycle), closed_at = ? "
                "WHERE at = ? AND state <> 'ran' AND (state IN ('open', 'failed') OR ? = 'ran')",
                (state, stored(why), cycle, utc(now), utc(at), state),
            )

    def cycles_beside_slots(self, since: datetime, until: datetime) -> list[tuple[datetime, str]]:
        """Return start and outcome of the cycles of a time that no regular time asked for, in order."""
        rows = self._rows(
            "SELECT started, outcome FROM cycle WHERE started >= ? AND started < ? "
            "AND NOT EXISTS (SELECT 1 FROM slot WHERE slot.at = cycle.slot) ORDER BY started",
            (utc(since), utc(until)),
        )
        return [(datetime.fromisoformat(row["started"]), row["outcome"]) for row in rows]

    def slots(self, since: datetime, until: datetime) -> list[SlotRow]:
        """Return the slots from `since` to before `until`, in order."""
        rows = self._rows("SELECT * FROM slot WHERE at >= ? AND at < ? ORDER BY at", (utc(since), utc(until)))
        return [_slot(row) for row in rows]

    def open_slots(self, until: datetime) -> list[SlotRow]:
        """Return the slots before a time that nobody has closed."""
        rows = self._rows("SELECT * FROM slot WHERE state = 'open' AND at < ? ORDER BY at", (utc(until),))
        return [_slot(row) for row in rows]

    def cycle_at(self, at: datetime) -> int | None:
        """Return the cycle that was under way at that moment, or None."""
        row = self._row(
            "SELECT id FROM cycle WHERE started <= ? AND (ended IS NULL OR ended > ?) ORDER BY id DESC LIMIT 1",
            (utc(at), utc(at)),
        )
        return int(row["id"]) if row else None

    @staticmethod
    def text_of(at: datetime) -> str:
        """Return a time as it stands in the rows, to be compared with them."""
        return utc(at)

    # --- notes -----------------------------------------------------------------------------------------------------

    def note(self, name: str) -> str:
        """Return what was noted under this name, or an empty text."""
        return self._meta(name)

    def set_note(self, name: str, text: str) -> None:
        """Note something that has no table of its own; writes only what is new."""
        if self._meta(name) != text:
            with self._write(fenced=False) as db:
                db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, text))

    def note_version(self, name: str) -> str:
        """Return a word that is another one as soon as the note is."""
        return version_of(self._meta(name))

    def answer_note(
        self,
        name: str,
        notes: Mapping[str, str],
        *,
        kind: str,
        what: str,
        facts: Mapping[str, object],
        at: datetime,
        as_of: str = "",
    ) -> None:
        """Write notes over one that asks a person, and the answer as an incident of this kind: all of it or nothing.

        `notes`: {name: text}, the one that asks among them. `as_of`: what `note_version` told when the person was
        asked. Raises Overtaken where it tells something else now.
        """
        with self._write(fenced=False) as db:
            if as_of and as_of != self.note_version(name):
                raise self.overtaken(kind)
            db.execute(
                "INSERT INTO incident (at, kind, what, facts) VALUES (?, ?, ?, ?)",
                (utc(at), kind, storable(what), facts_text(facts)),
            )
            db.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", notes.items())

    def overtaken(self, kind: str) -> Overtaken:
        """Return the error that tells which answer was given to a question since it was shown."""
        last = self._row("SELECT at, what FROM incident WHERE kind = ? ORDER BY id DESC LIMIT 1", (kind,))
        if last is None:
            return Overtaken(
                message("that question has changed since it was shown. Nothing was changed; look at it again")
            )
        at = datetime.fromisoformat(last["at"]).astimezone(KST)
        return Overtaken(
            message(
                "that question has changed since it was shown; the last answer to one of its kind was on {at}: "
                "{answer}. Nothing was changed; look at it again",
                at=f"{at:%Y-%m-%d %H:%M:%S}",
                answer=loaded(last["what"]),
            )
        )

    # --- reports ---------------------------------------------------------------------------------------------------

    def beginning(self) -> datetime | None:
        """Return when this ledger has its first sign of life, or None in a new one."""
        row = self._row(
            "SELECT MIN(at) FROM (SELECT MIN(started) AS at FROM cycle UNION ALL SELECT MIN(at) FROM slot "
            "UNION ALL SELECT MIN(at) FROM incident UNION ALL SELECT MIN(at) FROM adoption)"
        )
        return moment_of(row[0]) if row else None

    def mail_keys(self, kind: str) -> list[str]:
        """Return the keys of all reports of a kind that were written to be mailed, in order: `daily 2026-11-23` …"""
        rows = self._rows("SELECT key FROM mail WHERE key >= ? AND key < ? ORDER BY key", (f"{kind} ", f"{kind}!"))
        return [row[0] for row in rows]


def _slot(row: sqlite3.Row) -> SlotRow:
    return SlotRow(
        at=datetime.fromisoformat(row["at"]), state=SlotState(row["state"]), why=loaded(row["why"]), cycle=row["cycle"]
    )
