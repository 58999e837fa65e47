"""Backups: made, rehearsed, and put back in the ledger's place."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from worker.admin import restore as restoring
from worker.admin import restore_preview
from worker.admin.restore_preview import Outlook
from worker.config.settings import Settings
from worker.errors import DaybreakError, Overtaken
from worker.i18n import message
from worker.i18n.language import Language
from worker.ledger.ledger import Ledger
from worker.posting.books import owner_of
from worker.runtime.locks import Lock
from worker.version import version


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """One backup in the backup folder."""

    path: Path
    #: Bytes.
    size: int
    #: When it was written, seconds since the epoch.
    written: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsed:
    """What restoring a backup would mean."""

    outlook: Outlook
    #: The same in words, a sentence or two a line.
    lines: tuple[str, ...]
    #: Another one as soon as the backup is another file; goes back with the restore.
    stamp: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """A backup that was put in the ledger's place."""

    #: Where the old ledger is now; None: there was none.
    aside: Path | None


def back_up(settings: Settings, target: Path | None = None) -> Path:
    """Write a consistent, proved copy of the ledger while the worker runs; return its file.

    `target`: None: backups/ in the data folder. Raises DaybreakError where it is there already, LedgerError.
    """
    path = target or settings.data_dir / "backups" / f"ledger_{settings.now():%Y%m%d_%H%M%S}.db"
    if target is not None and os.path.lexists(target):
        raise DaybreakError(
            message("backing up the ledger: {path} is there already. Name a file that is not", path=str(target))
        )
    with Ledger(settings.data_dir, create=False) as ledger:
        ledger.back_up(path)
    return path


def listed(data: Path) -> tuple[Backup, ...]:
    """Return the backups in a data folder, the newest first."""
    found = []
    for path in (data / "backups").glob("ledger_*.db"):
        with suppress(OSError):  # the oldest are removed while somebody looks
            state = path.lstat()
            if stat.S_ISREG(state.st_mode):
                found.append(Backup(path=path, size=state.st_size, written=state.st_mtime))
    return tuple(sorted(found, key=lambda one: (one.written, one.path.name), reverse=True))


def named(data: Path, name: str) -> Backup:
    """Return the backup of this name in a data folder. Raises DaybreakError where there is none."""
    for one in listed(data):
        if one.path.name == name:
            return one
    raise DaybreakError(message("there is no such backup (any more): choose one of the list"))


def rehearse(settings: Settings, backup: Path, *, language: Language) -> Rehearsed:
    """Restore a backup beside the ledger, open it, take it away again; say what it means. Changes nothing.

    Raises LedgerError when it is not whole, of a newer schema, or about other books.
    """
    stamp = _stamp(backup)
    outlook = restoring.rehearse(backup, settings.data_dir, owner_of(settings))
    lines = restore_preview.lines(outlook, settings.posting, zone=settings.zone, language=language)
    return Rehearsed(outlook=outlook, lines=tuple(lines), stamp=stamp)


@contextmanager
def without_a_worker(settings: Settings) -> Iterator[None]:
    """Hold the worker's lock, so that none starts meanwhile. Raises AlreadyRunning while one runs."""
    with Lock(settings.data_dir / "runtime.lock", version=version(), zone=settings.zone):
        yield


def restore(settings: Settings, backup: Path, *, by: str, stamp: str) -> Restored:
    """Put a backup that was rehearsed in the ledger's place and prove it; call it inside `without_a_worker`.

    What was posted after it is unknown then: nothing is posted until that is looked up or adopted. `stamp`: the
    rehearsal's. Raises Overtaken where the file is another one since, LedgerError; a backup that is refused has changed
    nothing.
    """
    if stamp != _stamp(backup):
        raise Overtaken(
            message(
                "restoring {path}: it is another file since it was rehearsed. Nothing was changed", path=str(backup)
            )
        )
    _, aside = restoring.restore(backup, settings.data_dir, owner_of(settings), by=by, at=settings.now())
    return Restored(aside=aside)


def _stamp(backup: Path) -> str:
    """Return a word that is another one as soon as the file is; the same for every file that is not there."""
    try:
        state = backup.stat()
    except OSError:
        return ""
    return f"{state.st_dev}.{state.st_ino}.{state.st_size}.{state.st_mtime_ns}"
