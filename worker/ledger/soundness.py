"""Whether the file under the ledger is whole, and what is noted of it."""

from collections.abc import Callable, Collection
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from worker.errors import LedgerDamaged, LedgerError
from worker.i18n import loaded, message, stored
from worker.ledger.copies import back_up, is_no_database
from worker.ledger.database import Database
from worker.ledger.notes import DAMAGED
from worker.payments.payment import KST
from worker.runtime import sqlite as sqlite3
from worker.runtime.soundness import miscount, why_not_sound


class Soundness(Database):
    """The part of the ledger that trusts its file only as far as it was checked."""

    def back_up(self, target: Path, alive: Callable[[], None] = lambda: None) -> None:
        """Write a consistent copy while the ledger is in use, and prove it: whole, and with as many moves as here.

        That takes longer the larger the ledger is: `alive` is called all the time meanwhile; it must not raise.
        Raises LedgerError when the copy can't be written or is not whole, LedgerDamaged when the ledger itself is not;
        then no file is left. A ledger that was damaged is whole again when its copy is.
        """
        try:
            back_up(self._db, target, alive)
        except LedgerDamaged as error:
            if not self._read_only:
                with suppress(LedgerError):
                    self.note_damaged(error.found)
            raise
        if not self._read_only:
            self.note_whole()

    def why_damaged(self) -> str:
        """Say which check of this ledger's file failed, or return an empty text. Only a full check ends it."""
        if not (found := loaded(self._meta(DAMAGED))):
            return ""
        return message(
            "the ledger is damaged ({why}). Nothing is posted. Restore the newest backup: daybreak restore; or have it "
            "repaired, then prove it: daybreak backup FILE",
            why=found,
        )

    def note_damaged(self, why: str) -> None:
        """Note that a check of the file failed: nothing is posted from now on."""
        with self._write(fenced=False) as db:
            db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (DAMAGED, stored(why)))

    def note_whole(self) -> None:
        """Note that a full check of the file found nothing."""
        if self._meta(DAMAGED):
            with self._write(fenced=False) as db:
                db.execute("DELETE FROM meta WHERE key = ?", (DAMAGED,))

    def demand_sound(self, alive: Callable[[], None]) -> None:
        """Check pages and rows: a second for 500,000 payments. Raises LedgerDamaged, and notes it where that goes."""
        try:
            found = why_not_sound(self._db, alive)
        except sqlite3.Error as error:
            if not is_no_database(error):
                raise LedgerError(self._not_checked(error)) from error
            found = f"{error}"
        if found:
            with suppress(LedgerError):
                self.note_damaged(found)
            text = message(
                "opening the ledger {path}: it is damaged ({why}). Nothing is posted. Restore the newest backup: "
                "daybreak restore",
                path=str(self._path),
                why=found,
            )
            raise LedgerDamaged(text, found=found)

    def why_miscounted(self, listed: Collection[str], since: datetime) -> str:
        """Say that the index of what waits does not hold what the table holds, or return an empty text.

        `listed`: the keys of the last reading; `since`: how far back others are compared as well, by their own time.
        """
        try:
            found = miscount(self._db, listed, since.astimezone(KST).isoformat())
        except sqlite3.Error as error:
            if not is_no_database(error):
                raise LedgerError(self._not_checked(error)) from error
            return f"{error}"
        if not found.missing and not found.wrong:
            return ""
        return message(
            "of the payments that wait its index lacks {missing} and has {wrong} wrong",
            missing=found.missing,
            wrong=found.wrong,
        )

    def _not_checked(self, error: Exception) -> str:
        return message("checking the ledger {path}: {why}. Nothing is posted", path=str(self._path), why=f"{error}")

    def demand_whole(self, listed: Collection[str], since: datetime) -> None:
        """Raise LedgerDamaged, and note it, unless what waits can be trusted: before anything is posted."""
        if not self._meta(DAMAGED) and (found := self.why_miscounted(listed, since)):
            self.note_damaged(found)
        if damaged := self.why_damaged():
            raise LedgerDamaged(damaged, found=loaded(self._meta(DAMAGED)))
