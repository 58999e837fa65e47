"""What the ledger that a backup replaced knew."""

import json
from datetime import datetime, timedelta

from worker.i18n import foreign, loaded, message
from worker.ledger.moves import Moves
from worker.ledger.notes import KNOWN
from worker.ledger.state import State

#: How long after a restore the knowledge of the replaced ledger is kept: far longer than the ERP lists a payment.
KNOWN_FOR = timedelta(days=30)


class Replaced(Moves):
    """The part of the ledger that holds what was settled there."""

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
                state = foreign(loaded(known[key]))
                why = message("the ledger that a backup replaced has it as {state}", state=state)
                self._move(db, key, State.SEEN, State.HELD, at=at, by="worker", why=why)
            restored = self._meta("restored_at")
            is_recent = bool(restored) and at - datetime.fromisoformat(restored) < KNOWN_FOR
            left = {key: what for key, what in known.items() if is_recent and key not in entries}
            db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (KNOWN, json.dumps(left, ensure_ascii=False)))
        return held
