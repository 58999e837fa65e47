"""Takes what guards and hooks left in the spool into the ledger: incidents, and alarms."""

from datetime import datetime
from pathlib import Path

from worker.ledger.journal import Journal
from worker.runtime import spool
from worker.runtime.locks import alone
from worker.runtime.spool import NoteKind

#: The cause of an alert that names none.
GUARD = "guard"


def take(journal: Journal, data: Path) -> int:
    """Take every note, oldest first, once; return how many. Raises LedgerError: then the rest stays where it is.

    Only one process takes at a time; a note that was taken by one that ended before removing it is known by its text.
    """
    count, folder = 0, data / "spool"
    if not folder.is_dir():
        return 0
    with alone(folder) as is_ours:
        if not is_ours:
            return 0
        for path, content in spool.waiting(data):
            facts = {name: value for name, value in content.items() if name not in ("kind", "at", "text")}
            try:
                at = datetime.fromisoformat(content["at"])
            except (KeyError, TypeError, ValueError):
                path.unlink(missing_ok=True)
                continue
            kind, text = content["kind"], content["text"]
            cause = str(content.get("cause") or GUARD) if kind == NoteKind.ALERT else ""
            count += journal.take_note(kind=kind, what=text, facts=facts, at=at, cause=cause)
            path.unlink(missing_ok=True)
    return count
