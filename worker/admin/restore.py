"""Puts a backup in the ledger's place: proves it, refuses what does not belong here, tells it what it can't know."""

import json
import os
import shutil
from collections import Counter
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path

from worker.admin.restore_preview import Outlook
from worker.errors import LedgerError
from worker.i18n import foreign, loaded, message, stored
from worker.ledger.adopted import LedgerOwner
from worker.ledger.copies import copy_whole
from worker.ledger.copies import restore as put_back
from worker.ledger.database import utc
from worker.ledger.ledger import Ledger
from worker.ledger.notes import KNOWN, LEDGER_ID
from worker.ledger.replaced import KNOWN_FOR
from worker.ledger.seal import read_seal
from worker.ledger.state import State
from worker.runtime import sqlite as sqlite3
from worker.runtime.witness import read_mark, write_mark

#: The note in the restored ledger that says when it was restored.
RESTORED_AT = "restored_at"

#: The words under which the present ledger's own rows stand that a restored one must not post by itself.
_SETTLED = "(o.state NOT IN ('seen', 'planned', 'armed') OR o.excluded <> '')"


def rehearse(backup: Path, data: Path, owner: LedgerOwner) -> Outlook:
    """Restore a backup beside the ledger, open it as a worker would, take it away again; say what it means.

    Raises LedgerError when it is not whole, of a newer schema, or about other books. The ledger is not touched.
    """
    folder = data / f".rehearsal.{os.getpid()}"
    found = Outlook(backup)
    try:
        folder.mkdir(mode=0o700)
        copy_whole(backup, folder / "ledger.db", prepare=lambda copy: _prepare(copy, found, data, owner))
        write_mark(folder, read_mark(data))
        with Ledger(folder) as ledger:
            ledger.begin_generation()
            if not ledger.older():
                raise LedgerError(
                    message(
                        "rehearsing {path}: the restored ledger would not know its age. Nothing was changed",
                        path=str(backup),
                    )
                )
    except OSError as error:
        raise LedgerError(
            message("rehearsing {path}: {error}. Nothing was changed", path=str(backup), error=str(error))
        ) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return found


def restore(backup: Path, data: Path, owner: LedgerOwner, *, by: str, at: datetime) -> tuple[Outlook, Path | None]:
    """Put a backup in the ledger's place and prove it; return what it means, and where the old ledger is now.

    Call it while holding the worker's lock. Raises LedgerError; a backup that is refused has changed nothing.
    """
    found = Outlook(backup)

    def prepare(copy: sqlite3.Connection) -> None:
        _prepare(copy, found, data, owner)
        taken = found.taken.isoformat(timespec="seconds") if found.taken else "?"
        what = f"the ledger was restored from {backup.name}, whose last entry is of {taken}, by {by}"
        facts = json.dumps({"by": by, "unknown": dict(found.unknown), "waiting": dict(found.waiting)})
        copy.execute(
            "INSERT INTO incident (at, kind, what, facts) VALUES (?, 'restored', ?, ?)", (utc(at), what, facts)
        )
        copy.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (RESTORED_AT, utc(at)))

    aside = put_back(backup, data, prepare=prepare)
    with Ledger(data, create=False) as ledger:
        if not ledger.older() or ledger.note(RESTORED_AT) != utc(at):
            raise LedgerError(
                message(
                    "restoring {path}: the ledger in {folder} is not the restored one. Do not start the worker",
                    path=str(backup),
                    folder=str(data),
                )
            )
    return found, aside


def _prepare(copy: sqlite3.Connection, found: Outlook, data: Path, owner: LedgerOwner) -> None:
    """Look at the copy; refuse other books; write into it what the present ledger knows and it does not."""
    if (seal := read_seal(data)) is not None:
        raise LedgerError(
            message(
                "these books were moved away from here on {at} by {by}; restore it there, or call the move off first: "
                "daybreak move --undo",
                at=seal.get("at", "?"),
                by=seal.get("by", "?"),
            )
        )
    row = copy.execute("SELECT * FROM adoption ORDER BY id DESC LIMIT 1").fetchone()
    if row is not None:
        for name, what in (("company", message("company")), ("origin", message("the ERP at"))):
            if row[name] != getattr(owner, name):
                raise LedgerError(
                    message(
                        "it holds the books of {what} {name}, these settings are for {wanted}",
                        what=what,
                        name=repr(row[name]),
                        wanted=repr(getattr(owner, name)),
                    )
                )
        found.is_from_elsewhere = row["machine"] != owner.machine
    latest = "SELECT MAX(at) FROM (SELECT MAX(at) AS at FROM move UNION ALL SELECT MAX(started) FROM cycle)"
    taken = copy.execute(latest).fetchone()[0]
    found.taken = datetime.fromisoformat(taken) if taken else None
    sent = copy.execute("SELECT MAX(id) FROM batch WHERE sent_at IS NOT NULL").fetchone()[0] or 0
    found.is_blind = sent < read_mark(data).keyless
    found.payments = copy.execute("SELECT COUNT(*) FROM payment").fetchone()[0]
    found.waiting = Counter(
        dict(
            copy.execute(
                "SELECT state, COUNT(*) FROM payment WHERE state <> 'posted' AND excluded = '' GROUP BY state"
            ).fetchall()
        )
    )
    _keep_id(copy, data)
    known = _known_to_present(copy, found, data)
    copy.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (KNOWN, json.dumps(known, ensure_ascii=False)))


def _keep_id(copy: sqlite3.Connection, data: Path) -> None:
    """Give a backup from before ledgers had an id that of the ledger which it replaces: its witness knows more."""
    with suppress(sqlite3.Error), closing(_opened(data / "ledger.db")) as db:
        row = db.execute("SELECT value FROM meta WHERE key = ?", (LEDGER_ID,)).fetchone()
        if row is not None:
            copy.execute("INSERT OR IGNORE INTO meta VALUES (?, ?)", (LEDGER_ID, row["value"]))


def _opened(ledger: Path) -> sqlite3.Connection:
    """Open a ledger to read in it. Raises sqlite3.Error."""
    db = sqlite3.connect(f"{ledger.absolute().as_uri()}?mode=ro", uri=True, timeout=2.0)
    db.row_factory = sqlite3.Row
    return db


def _became(state: str, excluded: str, slip: str) -> str:
    """Say what became of a payment."""
    if excluded:
        return message("excluded ({why})", why=foreign(loaded(excluded)))
    if slip and state == State.POSTED:
        return message("posted as {slip}", slip=slip)
    return f"{state} as {slip}" if slip else state


def _known_to_present(copy: sqlite3.Connection, found: Outlook, data: Path) -> dict[str, str]:
    """Return {key: what became of it} for all that the present ledger has settled and the copy has not."""
    present = data / "ledger.db"
    if not present.exists():
        found.present_problem = "there is none"
        return {}
    known: dict[str, str] = {}
    try:
        with closing(_opened(present)) as db:
            note = db.execute("SELECT value FROM meta WHERE key = ?", (KNOWN,)).fetchone()
            known |= json.loads(note["value"]) if note else {}
            rows = db.execute(
                f"SELECT key, time, state, excluded, slip, CASE kind WHEN '취소' THEN -amount ELSE amount END AS won "
                f"FROM payment o WHERE {_SETTLED}"
            )
            for row in rows:
                here = copy.execute("SELECT state, excluded FROM payment WHERE key = ?", (row["key"],)).fetchone()
                if here is not None and (here["state"], here["excluded"]) == (row["state"], row["excluded"]):
                    continue
                found.unknown["excluded" if row["excluded"] else row["state"]] += 1
                found.unknown_won += row["won"]
                if found.taken is not None and datetime.fromisoformat(row["time"]) < found.taken - KNOWN_FOR:
                    continue  # it left the list long before, and is listed no more
                known[row["key"]] = stored(_became(row["state"], row["excluded"], row["slip"]))
    except sqlite3.Error as error:
        found.present_problem = f"{error}"
        found.unknown.clear()
        found.unknown_won = 0
    return known
