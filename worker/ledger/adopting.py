"""An adoption: a person vouches for what was posted before."""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from worker.errors import IllegalMove
from worker.i18n import message, stored
from worker.ledger.adopted import Adopted, LedgerOwner
from worker.ledger.database import utc
from worker.ledger.entry import BEFORE_ADOPTION
from worker.ledger.listed import Listed
from worker.ledger.moves import Moves
from worker.ledger.state import State
from worker.payments.payment import KST
from worker.payments.why import may_be_posted, was_said_posted
from worker.runtime import sqlite as sqlite3


class Adopting(Moves, Listed, Adopted):
    """The part of the ledger that writes an adoption down."""

    def adopt(
        self,
        owner: LedgerOwner,
        *,
        by: str,
        at: datetime,
        note: str,
        database: str = "",
        posted: Sequence[str] = (),
        held: Mapping[str, str] | None = None,
        asked: Collection[str] = (),
        recorded: Collection[datetime] = (),
        until: datetime | None = None,
    ) -> None:
        """Record that a person (in the demo: the worker) vouches for this ledger.

        The keys in `posted` need no deposit any more, nor does any payment up to `until` that is listed later, unless
        a reading of that time or later held it as a request without an answer: it is approved since, and news. One of
        an earlier reading may have been posted meanwhile: a person is asked. Those in `held` wait for a person, {key:
        why}. Only keys that are seen and not excluded are touched; anything else is an IllegalMove. Those in `asked`
        wait for a person already, and no rule releases them from now on. `recorded` are the times that the old script
        wrote down, kept for what is listed later.
        """
        with self._write(fenced=False) as db:
            for key in posted:
                done = db.execute(
                    "UPDATE payment SET excluded = ?, why = ? WHERE key = ? AND state = 'seen' AND excluded = ''",
                    (BEFORE_ADOPTION, note, key),
                )
                if done.rowcount != 1:
                    raise IllegalMove(
                        message("payment {key} is not waiting to be posted; nothing was adopted", key=key)
                    )
                self._log(db, key, State.SEEN, State.SEEN, at, by, None, f"excluded: {note}")
            for key, why in (held or {}).items():
                self._move(db, key, State.SEEN, State.HELD, at=at, by=by, why=why)
            for key in asked:
                self._ask_for_good(db, key, by=by, at=at)
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
                    utc(at), by, owner.company, owner.origin, owner.machine, owner.mode, database,
                    self._meta_int("generation"), until.isoformat() if until else "", note,
                ),
            )  # fmt: skip

    def _ask_for_good(self, db: sqlite3.Connection, key: str, *, by: str, at: datetime) -> None:
        entry = self.entry(key)
        if entry is None or entry.state is not State.HELD or entry.excluded:
            raise IllegalMove(message("payment {key} does not wait for a person; nothing was adopted", key=key))
        if was_said_posted(entry.why):
            return
        why = may_be_posted(entry.why)
        db.execute("UPDATE payment SET why = ? WHERE key = ?", (stored(why), key))
        self._log(db, key, State.HELD, State.HELD, at, by, None, why)
