"""The question about a whole list that stops posting, and its answer."""

import json
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta

from worker.errors import IllegalMove
from worker.i18n import loaded, message, stored
from worker.ledger.alarms import storable
from worker.ledger.database import utc, version_of
from worker.ledger.journal import Journal
from worker.ledger.notes import BRAKE, BRAKE_ANSWER
from worker.ledger.open_decisions import is_early
from worker.ledger.people import demand_own_name
from worker.ledger.readings import BrakeAnswer
from worker.runtime import sqlite as sqlite3

#: The names under which an answer notes when it was given, and from when on it is followed.
_TIMES = ("at", "effect_at")


class Brake(Journal):
    """The part of the ledger that keeps the question of a brake until a reading has followed its answer."""

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

    def answer_brake(
        self,
        same: Mapping[str, str],
        *,
        by: str,
        why: str,
        at: datetime,
        as_of: str = "",
        effect_after: timedelta = timedelta(0),
    ) -> None:
        """Answer it: {new row: the known payment that it is}; every other row of the question is another payment.

        An answer to another question about this list, that no reading has followed yet, stays. `as_of`: what
        `brake_version` told when the person was asked. `effect_after`: no cycle follows it before, and until then
        `undo_brake_answer` takes it back.

        Raises IllegalMove when nothing is asked, or a pair is named that the question does not hold, and Overtaken
        where the question or its answer is another one by now.
        """
        demand_own_name(by)
        with self._write(fenced=False) as db:
            if as_of and as_of != self.brake_version():
                raise self.overtaken("list")
            effect_at = at + effect_after if effect_after else None
            self._answer_brake(db, same, by=by, why=why, at=at, effect_at=effect_at)

    def undo_brake_answer(self, *, by: str, at: datetime, as_of: str = "") -> None:
        """Take an answer back that no cycle may follow yet: the question is asked again.

        Raises IllegalMove where there is none, or a cycle may follow it by now; Overtaken as `answer_brake` does.
        """
        demand_own_name(by)
        with self._write(fenced=False) as db:
            if as_of and as_of != self.brake_version():
                raise self.overtaken("list")
            # Once it is in force a cycle may be judging by it.
            if self._meta(BRAKE_ANSWER) is None or self.brake_answer(at) is not None:
                raise IllegalMove(
                    message("the answer about the list can't be taken back any more. Nothing was changed")
                )
            noted = self._meta(BRAKE_ANSWER)
            db.execute("DELETE FROM meta WHERE key = ?", (BRAKE_ANSWER,))
            what = message("the answer to the question about the list is taken back by {by}", by=by)
            db.execute(
                "INSERT INTO incident (at, kind, what, facts) VALUES (?, 'list', ?, ?)",
                (utc(at), storable(what), noted),
            )

    def brake_version(self) -> str:
        """Return a word that is another one as soon as the question or its answer is."""
        return version_of(self._meta(BRAKE), self._meta(BRAKE_ANSWER))

    def _answer_brake(
        self,
        db: sqlite3.Connection,
        same: Mapping[str, str],
        *,
        by: str,
        why: str,
        at: datetime,
        effect_at: datetime | None,
    ) -> None:
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
            "said": stored(message("{by}: {why}", by=by, why=why)),
            "at": utc(at),
            "effect_at": utc(effect_at) if effect_at else "",
        }
        db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (BRAKE_ANSWER, json.dumps(answer, ensure_ascii=False)))
        what = message("the question about the list was answered by {by}: {why}", by=by, why=why)
        db.execute(
            "INSERT INTO incident (at, kind, what, facts) VALUES (?, 'list', ?, ?)",
            (utc(at), storable(what), json.dumps(answer, ensure_ascii=False)),
        )

    def brake_answer(self, now: datetime | None = None) -> BrakeAnswer | None:
        """Return what a person said of a list that was not believed, until a reading has followed it.

        `now`: only what is in force by then.
        """
        if not (noted := self._meta(BRAKE_ANSWER)):
            return None
        found = json.loads(noted)
        about = {brake: frozenset(keys) for brake, keys in found["about"].items()}
        at, effect_at = (datetime.fromisoformat(text) if (text := found.get(name)) else None for name in _TIMES)
        if now is not None and at is not None and effect_at is not None and is_early(at, effect_at, now):
            return None
        return BrakeAnswer(about=about, same=found["same"], said=loaded(found["said"]), at=at, effect_at=effect_at)
