"""Takes what guards and hooks left in the spool into the ledger: incidents, and alarms for what somebody must know."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from worker.ledger.journal import Journal
from worker.runtime import spool
from worker.runtime.spool import NoteKind

#: The cause of an alert that names none.
GUARD = "guard"


def take(journal: Journal, data: Path) -> int:
    """Take every note, oldest first, once; return how many. Raises LedgerError: then the rest stays where it is.

    Only one process takes at a time; a note that was taken by one that ended before removing it is known by its text.
    """
    count = 0
    with _alone(data / "spool") as is_ours:
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


@contextmanager
def _alone(folder: Path) -> Iterator[bool]:
    """Hold the folder for this process; yield False when another one has it, or there is none."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        yield False
        return
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
            return
        yield True
    finally:
        with suppress(OSError):
            os.close(descriptor)
