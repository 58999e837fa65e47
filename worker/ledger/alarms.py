"""Alarms: problems that people are told of, from the first sign to the end, and who has acknowledged them.

An acknowledgement is written once and stays: a later one, about what has come since, stands beside it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from worker.errors import DaybreakError, Overtaken
from worker.i18n import loaded, message, stored
from worker.ledger.database import Database, moment_of, utc
from worker.payments.payment import KST
from worker.runtime import sqlite as sqlite3


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledgement:
    """The newest word of a person who has seen an alarm."""

    id: int
    by: str
    at: datetime
    #: Signs of the alarm that have come since.
    more: int = 0
    #: True: its last sign says something else than the one that was acknowledged.
    differs: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """One problem that people are told about, from its first sign to its end."""

    id: int
    #: Which kind of problem; one alarm of a cause is open at a time. The words stand in worker/alerts/catalogue.py.
    cause: str
    #: What happened last, in a sentence.
    what: str
    facts: Mapping[str, object]
    since: datetime
    latest: datetime
    count: int
    #: How many mails told of it, and when the last one did.
    told: int
    told_at: datetime | None
    ended_at: datetime | None
    acknowledged: Acknowledgement | None = None


def storable(text: str) -> str:
    """Return a text that SQLite takes: half a character, as a broken file name holds it, becomes a question mark."""
    return stored(text).encode("utf-8", "replace").decode("utf-8")


def facts_text(facts: Mapping[str, object]) -> str:
    """Return facts as they are stored; a message among them stays one."""
    plain = {name: stored(value) if isinstance(value, str) else value for name, value in facts.items()}
    return json.dumps(plain, ensure_ascii=False, default=str)


def facts_of(text: str) -> dict[str, Any]:
    """Return the facts that were stored; none for what holds no facts."""
    facts = json.loads(text)
    if not isinstance(facts, dict):
        return {}
    return {name: loaded(value) if isinstance(value, str) else value for name, value in facts.items()}


#: An alarm with the newest acknowledgement of it. `{}` takes an INDEXED BY.
_ALARMS = (
    "SELECT a.*, k.id AS seen, k.by AS seen_by, k.at AS seen_at, a.count - k.count AS more, "
    "a.what <> k.what AS differs FROM alarm a {} "
    "LEFT JOIN acknowledgement k ON k.id = (SELECT MAX(id) FROM acknowledgement WHERE alarm = a.id) "
)


class Alarms(Database):
    """The part of the ledger that keeps them."""

    def raise_alarm(self, cause: str, what: str, *, at: datetime, facts: Mapping[str, object] | None = None) -> None:
        """Write down a problem that somebody must be told about; more of the same cause is counted with it."""
        with self._write(fenced=False) as db:
            self._raise_alarm(db, cause, what, at=at, facts=facts)

    @staticmethod
    def _raise_alarm(
        db: sqlite3.Connection, cause: str, what: str, *, at: datetime, facts: Mapping[str, object] | None = None
    ) -> None:
        """Do so within the transaction of the fact itself."""
        what, text = storable(what), storable(facts_text(facts or {}))
        db.execute(
            "INSERT INTO alarm (cause, what, facts, since, latest) VALUES (?, ?, ?, ?, ?) "
            "ON CONFLICT (cause) WHERE ended_at IS NULL DO UPDATE SET what = excluded.what, facts = excluded.facts, "
            "latest = excluded.latest, count = count + 1",
            (cause, what, text, utc(at), utc(at)),
        )

    def end_alarm(self, cause: str, *, at: datetime) -> None:
        """Write down that a problem is over, if it was one."""
        if self._row("SELECT 1 FROM alarm WHERE cause = ? AND ended_at IS NULL", (cause,)) is None:
            return
        with self._write(fenced=False) as db:
            self._end_alarm(db, cause, at=at)

    @staticmethod
    def _end_alarm(db: sqlite3.Connection, cause: str, *, at: datetime) -> None:
        """Do so within the transaction of the fact itself."""
        db.execute("UPDATE alarm SET ended_at = ? WHERE cause = ? AND ended_at IS NULL", (utc(at), cause))

    def alarms(self, since: datetime | None = None) -> list[Alarm]:
        """Return the alarms that are open, or with `since` all that were open at some time after it, oldest first."""
        if since is None:
            rows = self._rows(f"{_ALARMS.format('INDEXED BY alarm_open')} WHERE a.ended_at IS NULL ORDER BY a.id")
        else:
            rows = self._rows(
                f"{_ALARMS.format('')} WHERE a.ended_at IS NULL OR a.ended_at >= ? OR a.latest >= ? ORDER BY a.id",
                (utc(since),) * 2,
            )
        return [_alarm(row) for row in rows]

    def past_alarms(self, most: int, *, after: int = 0) -> list[Alarm]:
        """Return alarms that have ended, the newest first: so many behind the first `after`."""
        rows = self._rows(
            f"{_ALARMS.format('')} WHERE a.ended_at IS NOT NULL ORDER BY a.id DESC LIMIT ? OFFSET ?", (most, after)
        )
        return [_alarm(row) for row in rows]

    def past_alarms_count(self) -> int:
        """Return how many alarms have ended."""
        (row,) = self._rows("SELECT COUNT(*) FROM alarm WHERE ended_at IS NOT NULL")
        return int(row[0])

    def alarm(self, number: int) -> Alarm | None:
        """Return one alarm, open or past; None if there is none of that number."""
        row = self._row(f"{_ALARMS.format('')} WHERE a.id = ?", (number,))
        return _alarm(row) if row else None

    def ended_alarms(self, latest: int = 200) -> list[Alarm]:
        """Return the newest alarms that have ended and were told before, but not their end."""
        rows = self._rows(
            f"{_ALARMS.format('')} WHERE a.id > (SELECT COALESCE (MAX(id), 0) FROM alarm) - ? "
            "AND a.ended_at IS NOT NULL AND a.told > 0 AND a.told_at <= a.ended_at ORDER BY a.id",
            (latest,),
        )
        return [_alarm(row) for row in rows]

    def last_told(self, cause: str) -> datetime | None:
        """Return when people were last told of a cause, by an alarm that has ended, or None."""
        row = self._row(
            "SELECT MAX(told_at) AS at FROM (SELECT * FROM alarm ORDER BY id DESC LIMIT 200) "
            "WHERE cause = ? AND ended_at IS NOT NULL AND told > 0",
            (cause,),
        )
        return moment_of(row["at"]) if row else None

    def acknowledge(self, seen: Alarm, *, by: str, at: datetime, exactly: bool) -> None:
        """Write down that a person has seen an alarm, as it was read. It stays open.

        `exactly`: it must not have shown another sign since. Raises Overtaken where it has, or where somebody has
        acknowledged it since, and DaybreakError where it has ended.
        """
        with self._write(fenced=False) as db:
            row = db.execute(f"{_ALARMS.format('')} WHERE a.id = ?", (seen.id,)).fetchone()
            if row is None:
                raise DaybreakError(message("there is no alarm {number}", number=str(seen.id)))
            if row["ended_at"]:
                ended = datetime.fromisoformat(row["ended_at"]).astimezone(KST)
                raise DaybreakError(
                    message(
                        "this alarm ended at {at}: there is nothing to acknowledge any more",
                        at=f"{ended:%Y-%m-%d %H:%M}",
                    )
                )
            now = _alarm(row)
            if now.acknowledged is not None and now.acknowledged.id != (seen.acknowledged and seen.acknowledged.id):
                raise already(now.acknowledged)
            if exactly and now.count != seen.count:
                raise grown()
            db.execute(
                "INSERT INTO acknowledgement (alarm, at, by, count, what) VALUES (?, ?, ?, ?, ?)",
                (seen.id, utc(at), storable(by), row["count"], row["what"]),
            )

    def acknowledgements(self, number: int) -> list[Acknowledgement]:
        """Return every acknowledgement of an alarm, oldest first."""
        rows = self._rows("SELECT id, by, at FROM acknowledgement WHERE alarm = ? ORDER BY id", (number,))
        return [Acknowledgement(id=row["id"], by=row["by"], at=datetime.fromisoformat(row["at"])) for row in rows]


def already(last: Acknowledgement) -> Overtaken:
    """Return the error that names who has acknowledged an alarm before."""
    return Overtaken(
        message(
            "{who} has acknowledged this alarm at {at}. Nothing was changed",
            who=last.by,
            at=f"{last.at.astimezone(KST):%Y-%m-%d %H:%M}",
        )
    )


def grown() -> Overtaken:
    """Return the error that tells of more signs since an alarm was shown."""
    return Overtaken(
        message("more has come to this alarm since it was shown. Nothing was changed: look at it once more")
    )


def _alarm(row: sqlite3.Row) -> Alarm:
    seen = None
    if row["seen"]:
        at = datetime.fromisoformat(row["seen_at"])
        seen = Acknowledgement(id=row["seen"], by=row["seen_by"], at=at, more=row["more"], differs=bool(row["differs"]))
    return Alarm(
        id=row["id"],
        cause=row["cause"],
        what=loaded(row["what"]),
        facts=facts_of(row["facts"]),
        since=datetime.fromisoformat(row["since"]),
        latest=datetime.fromisoformat(row["latest"]),
        count=row["count"],
        told=row["told"],
        told_at=moment_of(row["told_at"]),
        ended_at=moment_of(row["ended_at"]),
        acknowledged=seen,
    )
