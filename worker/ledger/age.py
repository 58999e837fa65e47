"""Whether a ledger is older than what stands outside it, and what ends that."""

from datetime import datetime

from worker.i18n import loaded, message, stored
from worker.ledger.database import Database, utc
from worker.ledger.notes import OLDER


class Age(Database):
    """The part of the ledger that knows that it is a copy of before."""

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
