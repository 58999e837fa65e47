"""Messages as the sentences that a daybreak of before wrote, for a ledger that is taken back to its form."""

import json

from worker.i18n import loaded
from worker.ledger.database import Database
from worker.runtime import sqlite as sqlite3

#: The schema from which on what people read is stored as messages.
MESSAGES = 6

#: Where they are stored.
_COLUMNS = (
    ("payment", "why"), ("payment", "excluded"), ("payment", "cleared"), ("move", "why"), ("batch", "answer"),
    ("cycle", "why"), ("oddity", "why"), ("slot", "why"), ("alarm", "what"), ("incident", "what"),
    ("delivery", "error"), ("adoption", "note"), ("meta", "value"),
)  # fmt: skip

#: Where they stand among the facts of something.
_FACTS = (("alarm", "facts"), ("incident", "facts"))

_MOVE_IS_WRITTEN_ONCE = "move_is_written_once"


class Sentences(Database):
    """The part of the ledger that says its messages in English, once and for good."""

    def _before_taking_down(self, db: sqlite3.Connection, version: int) -> None:
        """Let a daybreak that knows no messages read sentences: it shows, and decides by, what is stored.

        What a move says stays the same; only its form changes, so that its history is read there as well.
        """
        super()._before_taking_down(db, version)
        if version >= MESSAGES:
            return
        db.create_function("sentence", 1, _sentence, deterministic=True)
        db.create_function("sentences", 1, _sentences, deterministic=True)
        [trigger] = db.execute("SELECT sql FROM sqlite_master WHERE name = ?", (_MOVE_IS_WRITTEN_ONCE,)).fetchone()
        db.execute(f"DROP TRIGGER {_MOVE_IS_WRITTEN_ONCE}")
        for table, column in _COLUMNS:
            db.execute(f"UPDATE {table} SET {column} = sentence ({column}) WHERE {column} LIKE '{{\"id\": %'")
        for table, column in _FACTS:
            db.execute(f"UPDATE {table} SET {column} = sentences ({column}) WHERE {column} LIKE '%{{\\\"id\\\": %'")
        db.execute(trigger)


def _sentence(text: str) -> str:
    return str(loaded(text))


def _sentences(facts: str) -> str:
    found = json.loads(facts)
    if not isinstance(found, dict):
        return facts
    said = {name: _sentence(value) if isinstance(value, str) else value for name, value in found.items()}
    return json.dumps(said, ensure_ascii=False)
