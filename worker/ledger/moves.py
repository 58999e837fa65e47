"""The moves of payments: from the state the caller believes in, along NEXT alone, each with a row of its own.

A decision of a person that no cycle has followed is taken back along UNDOES."""

from datetime import datetime

from worker.errors import IllegalMove
from worker.i18n import Message, message, stored
from worker.ledger.database import utc
from worker.ledger.entries import Entries
from worker.ledger.journal import Journal
from worker.ledger.state import ALARMING, NEXT, UNDOES, State
from worker.runtime import sqlite as sqlite3


class Moves(Entries, Journal):
    """The part of the ledger that moves payments, and tells people of those that wait for them."""

    def move(self, key: str, before: State, after: State, *, at: datetime, by: str, why: str, slip: str = "") -> None:
        """Move one payment, only if it is still where the caller thinks it is."""
        with self._write(fenced=self.generation is not None) as db:
            self._move(db, key, before, after, at=at, by=by, why=why, slip=slip)

    def exclude(self, key: str, why: str, *, at: datetime, by: str = "worker") -> None:
        """Say that a seen payment needs no deposit, and why."""
        with self._write(fenced=self.generation is not None) as db:
            self._exclude(db, key, why, at=at, by=by)

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
        undoes: bool = False,
    ) -> None:
        if after not in (UNDOES if undoes else NEXT).get(before, ()):
            raise IllegalMove(
                message(
                    "payment {key}: {before} -> {after} is not a legal move",
                    key=key,
                    before=str(before),
                    after=str(after),
                )
            )
        done = db.execute(
            "UPDATE payment SET state = ?, why = ?, batch = COALESCE(?, batch), "
            "slip = CASE ? WHEN '' THEN slip ELSE ? END, posted_at = CASE ? WHEN 'posted' THEN ? ELSE NULL END "
            "WHERE key = ? AND state = ? AND excluded = ''",
            (after, stored(why), batch, slip, slip, after, utc(at), key, before),
        )
        if done.rowcount != 1:
            found = self.entry(key)
            stands = f"{found.state} {found.excluded}".strip() if found else "nothing"
            raise IllegalMove(
                message("payment {key}: expected {wanted}, found {stands}", key=key, wanted=str(before), stands=stands)
            )
        self._log(db, key, before, after, at, by, batch, why)
        if after in ALARMING and not quiet:
            what = message("payment {key}: {why}", key=key, why=why)
            self._raise_alarm(db, ALARMING[after], what, at=at, facts={"key": key})
        if before in ALARMING and not quiet:
            left = "SELECT 1 FROM payment WHERE state = ? AND state <> 'posted' AND excluded = '' LIMIT 1"
            if db.execute(left, (before,)).fetchone() is None:
                self._end_alarm(db, ALARMING[before], at=at)

    def _exclude(self, db: sqlite3.Connection, key: str, why: str, *, at: datetime, by: str) -> None:
        done = db.execute(
            "UPDATE payment SET excluded = ? WHERE key = ? AND state = 'seen' AND excluded = ''", (stored(why), key)
        )
        if done.rowcount != 1:
            raise IllegalMove(
                message(
                    "payment {key}: only one that is seen can be excluded, found {stands}",
                    key=key,
                    stands=str(self.entry(key)),
                )
            )
        said = message("excluded: {why}", why=why) if isinstance(why, Message) else f"excluded: {why}"
        self._log(db, key, State.SEEN, State.SEEN, at, by, None, said)

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
