"""The daily backup of the ledger, made by a process of its own: a disk that hangs never stops the worker.

Run as `python -m worker.admin.backup --due`. One backup for each day on which the worker ran,
kept 30, copied to BACKUP_DIR. With `--newest` it says how far the newest copy had come.
"""

import json
import logging
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from worker.config import loading, log_file
from worker.config.settings import Settings
from worker.errors import DaybreakError, LedgerDamaged, LedgerError, SettingsError
from worker.i18n import message
from worker.ledger.copies import digest_of
from worker.ledger.ledger import Ledger
from worker.ledger.marks import mark_of
from worker.runtime import clock, private
from worker.runtime import sqlite as sqlite3
from worker.runtime.child_process import Errand
from worker.runtime.exit_codes import SETTINGS_WRONG
from worker.runtime.files import sync, sync_names
from worker.runtime.locks import alone
from worker.runtime.witness import WitnessMark, parse

log = logging.getLogger("worker.admin.backup")

#: Daily backups that are kept, here and where they are copied to.
KEPT = 30

#: Wait after a failed backup (seconds).
AGAIN_EVERY = 3600.0

#: A run that takes longer is ended by the kernel (seconds); one whose disk hangs is left behind by the next.
LONGEST_RUN = 1800

#: Longest wait, at a start, for the disk of BACKUP_DIR to say what its newest copy knows (seconds).
ASKED_FOR = 10.0

#: The name of a day's backup.
NAME = "ledger_{day:%Y%m%d}.db"
_NAME = re.compile(r"ledger_\d{8}\.db")

EXIT_FAILED, EXIT_USAGE = 1, 2


class Backups:
    """Starts that process once a day, and every hour after one that failed."""

    def __init__(self, chosen: Settings) -> None:
        self._settings = chosen
        self._errand = Errand("worker.admin.backup", "--due", environment={"DATA_DIR": str(chosen.data_dir)})
        self._began: float | None = None

    def look(self, ledger: Ledger, *, now: datetime) -> None:
        """Start the process if the backup of this day, or its copy, is not there. `now` in TZ. Raises LedgerError."""
        if self._began is not None and clock.ticks() - self._began < AGAIN_EVERY:
            return
        if is_done(self._settings, now):
            self._began = None
            return
        if self._began is not None and self._errand.is_running():
            where = self._settings.retention.backup_folder or self._settings.data_dir
            what = message(
                "backing up the ledger: it hangs since {minutes} min; does the disk of {path} answer?",
                minutes=f"{AGAIN_EVERY / 60:.0f}",
                path=str(where),
            )
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
    return (chosen.data_dir / "backups" / name).exists() and (not chosen.retention.backup_dir or copied.exists())


def ask_newest(chosen: Settings, alive: Callable[[], None]) -> dict[str, WitnessMark]:
    """Return {ledger id: how far it had come} of the newest copy in BACKUP_DIR, where that adds to what we know.

    A process of its own looks: a disk that hangs costs ASKED_FOR seconds, and then says nothing. `alive` is called all
    the time meanwhile.
    """
    if chosen.retention.backup_folder is None:
        return {}
    try:
        child = subprocess.Popen(
            [sys.executable, "-m", "worker.admin.backup", "--newest"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "DATA_DIR": str(chosen.data_dir)},
        )
    except OSError as error:
        log.warning("looking at the newest copy in %s: %s", chosen.retention.backup_folder, error)
        return {}
    assert child.stdout is not None, "it is a pipe"
    end = clock.ticks() + ASKED_FOR
    with child.stdout as answer:
        alive()
        while clock.ticks() < end and not _has_ended(child):
            alive()
        if child.returncode is None:
            child.kill()
            child.returncode = 0  # nobody waits for it: a kill does not reach a process whose disk hangs
            log.warning("the disk of %s does not answer: its newest copy says nothing", chosen.retention.backup_folder)
            return {}
        text = answer.read()
    try:
        return {str(name): mark for name, words in json.loads(text).items() if (mark := parse(words)) is not None}
    except (ValueError, AttributeError, TypeError):
        return {}


def _has_ended(child: subprocess.Popen[bytes]) -> bool:
    """Give it half a second to end; return whether it has."""
    with suppress(subprocess.TimeoutExpired):
        child.wait(0.5)
    return child.returncode is not None


def newest(chosen: Settings) -> dict[str, WitnessMark]:
    """Look at the newest copy in BACKUP_DIR that can be read; the same answer as `ask_newest`. It may take for ever."""
    if chosen.retention.backup_folder is None:
        return {}
    try:
        names = sorted(
            path for path in (chosen.retention.backup_folder / _owner(chosen)).iterdir() if _NAME.fullmatch(path.name)
        )
        with Ledger(chosen.data_dir, read_only=True) as ledger:
            sent = ledger.last_sent()
    except (LedgerError, OSError):
        return {}
    for path in reversed(names):
        with suppress(LedgerError, sqlite3.Error):
            return mark_of(path, beyond=sent)
    return {}


def run(chosen: Settings) -> None:
    """Make and copy this day's backup. Raises LedgerError or OSError: people must be told.

    A ledger whose copy is whole is whole: what was noted of damage is over then.
    """
    now = chosen.now()
    folder = chosen.data_dir / "backups"
    backup = folder / NAME.format(day=now)
    folder.mkdir(parents=True, exist_ok=True)
    for draft in folder.glob(".ledger_*"):  # of a run that was ended
        draft.unlink(missing_ok=True)
    if not backup.exists():
        with Ledger(chosen.data_dir, read_only=True) as ledger:
            ledger.back_up(backup)
            is_over = bool(ledger.why_damaged())
        if is_over:
            with Ledger(chosen.data_dir, create=False) as ledger:
                ledger.note_whole()
        log.info("the ledger is backed up to %s", backup)
    _forget(folder)
    if chosen.retention.backup_folder is None:
        return
    target = chosen.retention.backup_folder / _owner(chosen)
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
        sync(draft)
        if digest_of(draft) != digest_of(backup):
            raise OSError(f"what stands in {folder} is not what was written")
        draft.replace(folder / backup.name)
        sync_names(folder)
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)


def _owner(chosen: Settings) -> str:
    """Return the name of the folder in BACKUP_DIR: several companies and machines may share that."""
    company = re.sub(r"[^\w-]", "_", chosen.erp.company) or "daybreak"
    return f"daybreak-{company}-{chosen.machine[:8]}"


def _forget(folder: Path) -> None:
    """Remove the oldest daily backups beyond those that are kept; other files are let alone."""
    found = sorted(path for path in folder.iterdir() if _NAME.fullmatch(path.name))
    for old in found[:-KEPT]:
        old.unlink(missing_ok=True)
        (folder / f".copied_{old.name}").unlink(missing_ok=True)


def main(arguments: list[str]) -> int:
    """Run once; return 0 when the backup of this day is made and copied, or another run makes it."""
    if arguments not in (["--due"], ["--newest"]):
        print("usage: python -m worker.admin.backup --due | --newest   (for people: daybreak backup)", file=sys.stderr)
        return EXIT_USAGE
    private.umask()
    try:
        chosen = loading.load()
    except SettingsError as error:
        print(f"backups: {error}", file=sys.stderr)
        return SETTINGS_WRONG
    if arguments == ["--newest"]:
        print(json.dumps({name: str(mark) for name, mark in newest(chosen).items()}))
        return 0
    log_file.start(chosen)
    signal.alarm(LONGEST_RUN)
    os.nice(10)  # the worker comes first
    try:
        with alone(chosen.data_dir / "backup.lock") as is_ours:
            if not is_ours:
                return 0
            run(chosen)
    except LedgerDamaged as error:
        log.error("%s", error)
        _stop_posting(chosen, error.found)
        return EXIT_FAILED
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


def _stop_posting(chosen: Settings, found: str) -> None:
    """Note that the ledger is damaged, and have people told. One that takes no note is told of by the worker."""
    with suppress(LedgerError), Ledger(chosen.data_dir, create=False) as ledger:
        ledger.note_damaged(found)
        ledger.tell("ledger", ledger.why_damaged(), facts={}, at=chosen.now())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
