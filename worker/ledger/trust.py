"""Whether anything may be posted for these books from here."""

import json
from datetime import datetime

from worker.errors import NotAdopted
from worker.i18n import message, stored
from worker.ledger.adopted import LedgerOwner
from worker.ledger.age import Age
from worker.ledger.compared import ByHand
from worker.ledger.database import utc
from worker.ledger.notes import MOVED_FROM, OLDER, SEALED
from worker.ledger.seal import read_seal, remove_seal, write_seal
from worker.ledger.soundness import Soundness
from worker.ledger.unknown_slips import UnknownSlips


class Trust(Soundness, Age, UnknownSlips, ByHand):
    """The part of the ledger that says why nothing is posted."""

    def why_no_posting(self, owner: LedgerOwner) -> str:
        """Say why nothing may be posted for these books from here, or return an empty text."""
        if damaged := self.why_damaged():
            return damaged
        row = self._row("SELECT * FROM adoption ORDER BY id DESC LIMIT 1")
        if row is None:
            return message(
                "the ledger has no adoption record: nobody has said what was posted before. Switch the old script off, "
                "then run: daybreak adopt"
            )
        if other := self.why_other_books(owner):
            return other
        if "demo" in (owner.mode, row["mode"]) and owner.mode != row["mode"]:
            return message(
                "the ledger was adopted for {mode}, not for {wanted}. If that is meant, run: daybreak adopt",
                mode=row["mode"],
                wanted=owner.mode,
            )
        if owner.mode not in ("test", "shadow") and (by_hand := self.why_compared()):
            return by_hand
        if owner.mode == "production" and row["mode"] != "production":
            return message("the ledger was adopted in test mode. Before the first real posting, run: daybreak adopt")
        return self.why_older() or self.why_unknown_slips()

    def knows_what_was_posted(self, owner: LedgerOwner) -> bool:
        """True when somebody has said it for this company at this address, and the ledger is no older than that."""
        row = self._row("SELECT * FROM adoption ORDER BY id DESC LIMIT 1")
        is_same = row is not None and (row["company"], row["origin"]) == (owner.company, owner.origin)
        return is_same and not self.older()

    def is_about_another(self, owner: LedgerOwner) -> bool:
        """True for books that were adopted last for another company, or for another address of the ERP."""
        row = self._row("SELECT * FROM adoption ORDER BY id DESC LIMIT 1")
        return row is not None and (row["company"], row["origin"]) != (owner.company, owner.origin)

    def why_other_books(self, owner: LedgerOwner) -> str:
        """Say why this ledger is about other books, or return an empty text: their payments must not be mixed."""
        if sealed := self.sealed():
            return sealed
        row = self._row("SELECT * FROM adoption ORDER BY id DESC LIMIT 1")
        is_same = row is not None and (row["company"], row["origin"]) == (owner.company, owner.origin)
        if row is not None and is_same and row["machine"] != owner.machine:
            return message(
                "the ledger was adopted for machine {adopted}, not {this}. If it was moved here, and the other machine "
                "posts no more, run: daybreak adopt --this-machine",
                adopted=repr(row["machine"]),
                this=repr(owner.machine),
            )
        names = (("company", message("company")), ("origin", message("ERP address")), ("machine", message("machine")))
        for name, what in names:
            if row is not None and row[name] != getattr(owner, name):
                return message(
                    "the ledger was adopted for {what} {adopted}, not {wanted}. If that is meant, run: daybreak adopt",
                    what=what,
                    adopted=repr(row[name]),
                    wanted=repr(getattr(owner, name)),
                )
        return ""

    def sealed(self) -> str:
        """Say that these books were moved away from here, and by whom, or return an empty text."""
        if (seal := read_seal(self._path.parent)) is None and (noted := self._meta(SEALED)):
            seal = json.loads(noted)
        if seal is None:
            return ""
        return message(
            "these books were moved away on {at} by {by}, into {path}: this side is sealed and posts no more. If the "
            "other side never posted, call the move off: daybreak move --undo",
            at=seal.get("at", "?"),
            by=seal.get("by", "?"),
            path=seal.get("to", "?"),
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
            older = stored(message("a move that was called off"))
            db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (OLDER, older))
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
            raise NotAdopted(message("adopting this machine: {why}", why=sealed))
        if row is None:
            raise NotAdopted(message("adopting this machine: the ledger has no adoption record. Run: daybreak adopt"))
        if row["machine"] == machine:
            raise NotAdopted(
                message("adopting this machine: the ledger is adopted for it already. Nothing was changed")
            )
        was_moved = bool(self._meta(MOVED_FROM))
        note = (
            message("moved from machine {name}", name=row["machine"])
            if was_moved
            else message("copied from machine {name}", name=row["machine"])
        )
        with self._write(fenced=False) as db:
            db.execute(
                "INSERT INTO adoption (at, by, company, origin, machine, mode, database, generation, until, note) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    utc(at), by, row["company"], row["origin"], machine, row["mode"], row["database"],
                    self._meta_int("generation"), row["until"], stored(note),
                ),
            )  # fmt: skip
            db.execute("DELETE FROM meta WHERE key = ?", (MOVED_FROM,))
            if not was_moved:
                older = stored(message("a copy of another machine"))
                db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (OLDER, older))
                db.execute("DELETE FROM meta WHERE key = 'older_looked_up'")
        return note
