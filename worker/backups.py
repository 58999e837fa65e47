"""The daily backup of the ledger, made by a process of its own: a disk that hangs never stops the worker.

Run as `python -m worker.backups --due`. One backup for each day on which the worker ran, kept 30, copied to BACKUP_DIR.
"""

import hashlib
import logging
import os
import re
import shutil
import signal
import sys
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from worker import clock, logs, settings
from worker.errand import Errand
from worker.errors import DaybreakError, LedgerError, SettingsError
from worker.ledger import Ledger
from worker.settings import Settings

log = logging.getLogger("worker.backups")

#: So many daily backups are kept, here and where they are copied to.
KEPT = 30

#: After a failed one the next is tried so much later (seconds).
AGAIN_EVERY = 3600.0

#: A run that takes longer is ended by the kernel (seconds); one whose disk hangs is left behind by the next.
LONGEST_RUN = 1800

#: The name of a day's backup.
NAME = "ledger_{day:%Y%m%d}.db"
_NAME = re.compile(r"ledger_\d{8}\.db")

EXIT_FAILED, EXIT_USAGE, EXIT_SETTINGS = 1, 2, 78


class Backups:
    """Starts that process once a day, and every hour after one that failed."""

    def __init__(self, chosen: Settings) -> None:
        self._settings = chosen
        self._errand = Errand("worker.backups", "--due", environment={"DATA_DIR": str(chosen.data_dir)})
        self._began: float | None = None

    def look(self, ledger: Ledger, *, now: datetime) -> None:
        """Start the process if the backup of this day, or its copy, is not there. `now` in TZ. Raises LedgerError."""
        if self._began is not None and clock.ticks() - self._began < AGAIN_EVERY:
            return
        if is_done(self._settings, now):
            self._began = None
            return
        if self._began is not None and self._errand.is_running():
            where = self._settings.backup_folder or self._settings.data_dir
            what = f"backing up the ledger: it hangs since {AGAIN_EVERY / 60:.0f} min; does the disk of {where} answer?"
            ledger.tell("backup", what, facts={}, at=now)
        self._began = clock.ticks()
        self._errand.run()

    def close(self) -> None:
        """Give a run under way a moment to end by itself."""
        self._errand.close()


def is_done(chosen: Settings, now: datetime) -> bool:
    """True when this day's backup is made and, where it is to be, copied. Touches no disk but our own."""
    name = NAME.format(day=now)
    copied = chosen.data_dir / "backups" / f".copied_{name}"
    return (chosen.data_dir / "backups" / name).exists() and (not chosen.backup_dir or copied.exists())


def run(chosen: Settings) -> None:
    """Make and copy this day's backup. Raises LedgerError or OSError: people must be told."""
    now = chosen.now()
    folder = chosen.data_dir / "backups"
    backup = folder / NAME.format(day=now)
    folder.mkdir(parents=True, exist_ok=True)
    for draft in folder.glob(".ledger_*"):  # of a run that was ended
        draft.unlink(missing_ok=True)
    if not backup.exists():
        with Ledger(chosen.data_dir, read_only=True) as ledger:
            ledger.back_up(backup)
        log.info("the ledger is backed up to %s", backup)
    _forget(folder)
    if chosen.backup_folder is None:
        return
    target = chosen.backup_folder / _owner(chosen)
    copy(backup, target)
    log.info("the backup of the ledger is copied to %s", target / backup.name)
    (folder / f".copied_{backup.name}").touch()
    _forget(target)


def copy(backup: Path, folder: Path) -> None:
    """Copy a backup into a folder, through to its disk, and read it back. Raises OSError; then no half copy is left."""
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f".{backup.name}.{os.getpid()}"
    try:
        draft.touch(mode=0o600)
        shutil.copyfile(backup, draft)
        descriptor = os.open(draft, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if _digest(draft) != _digest(backup):
            raise OSError(f"what stands in {folder} is not what was written")
        draft.replace(folder / backup.name)
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)


def _owner(chosen: Settings) -> str:
    """Return the name of the folder in BACKUP_DIR: several companies and machines may share that."""
    company = re.sub(r"[^\w-]", "_", chosen.company) or "daybreak"
    return f"daybreak-{company}-{chosen.machine[:8]}"


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _forget(folder: Path) -> None:
    """Remove the oldest daily backups beyond those that are kept; other files are let alone."""
    found = sorted(path for path in folder.iterdir() if _NAME.fullmatch(path.name))
    for old in found[:-KEPT]:
        old.unlink(missing_ok=True)
        (folder / f".copied_{old.name}").unlink(missing_ok=True)


def main(arguments: list[str]) -> int:
    """Run once; return 0 when the backup of this day is made and copied, or another run makes it."""
    if arguments != ["--due"]:
        print("usage: python -m worker.backups --due   (for people: daybreak backup)", file=sys.stderr)
        return EXIT_USAGE
    try:
        chosen = settings.load()
    except SettingsError as error:
        print(f"backups: {error}", file=sys.stderr)
        return EXIT_SETTINGS
    is_json = chosen.log_format == "json"
    logs.start(chosen.data_dir / "logs", "worker", chosen.zone, kept_days=chosen.keep_log_days, as_json=is_json)
    from worker.report.__main__ import alone  # the worker, which imports this module, needs none of it

    signal.alarm(LONGEST_RUN)
    os.nice(10)  # the worker comes first
    try:
        with alone(chosen.data_dir / "backup.lock") as is_ours:
            if not is_ours:
                return 0
            run(chosen)
    except (DaybreakError, OSError) as error:
        what = f"backing up the ledger: {error}"
        log.error("%s", what)
        _tell(chosen, what)
        return EXIT_FAILED
    _tell(chosen, "")
    return 0


def _tell(chosen: Settings, problem: str) -> None:
    """Raise the alarm, or end it. A ledger that takes neither is told of by the worker itself."""
    with suppress(LedgerError), Ledger(chosen.data_dir, create=False) as ledger:
        if problem:
            ledger.tell("backup", problem, facts={}, at=chosen.now())
        else:
            ledger.end_alarm("backup", at=chosen.now())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
