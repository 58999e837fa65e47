"""Verbs that copy, restore and move the books: `backup`, `restore`, `move`."""

import getpass
import os
from pathlib import Path
from typing import Annotated

import typer

from worker.admin import move as moving
from worker.admin import move_in_words, restore_preview
from worker.admin import restore as restoring
from worker.cli.output import demand, print_text, tell
from worker.config import ini, loading, settings
from worker.errors import DaybreakError, SettingsError
from worker.i18n import message
from worker.ledger.ledger import Ledger
from worker.posting.books import owner_of
from worker.runtime import installation
from worker.runtime.locks import Lock
from worker.version import version


def backup(
    target: Annotated[Path | None, typer.Argument(help="File to write; default: backups/ in the data folder.")] = None,
) -> None:
    """Write a consistent, proved copy of the ledger while the worker runs. Changes nothing else."""
    chosen = loading.load()
    path = target or chosen.data_dir / "backups" / f"ledger_{chosen.now():%Y%m%d_%H%M%S}.db"
    if target is not None and os.path.lexists(target):
        raise DaybreakError(
            message("backing up the ledger: {path} is there already. Name a file that is not", path=str(target))
        )
    with Ledger(chosen.data_dir, create=False) as ledger:
        ledger.back_up(path)
    tell(message("The ledger is backed up to {path}.", path=str(path)))


def restore(
    backup_file: Annotated[Path, typer.Argument(metavar="FILE", help="A backup of the ledger.")],
    rehearse: Annotated[bool, typer.Option("--rehearse", help="Only try it, and say what it would mean.")] = False,
    by: Annotated[str, typer.Option(help="Who decides this; goes into the record.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing.")] = False,
) -> None:
    """Put a backup in the ledger's place; the old one is put aside. The worker must be stopped.

    What was posted after the backup is then unknown: nothing is posted until that is looked up in the ERP or adopted.
    A damaged file, one of a newer version or of other books is refused. It is rehearsed first, and proved afterwards.
    """
    chosen = loading.load()
    found = restoring.rehearse(backup_file, chosen.data_dir, owner_of(chosen))
    said = restore_preview.lines(
        found,
        can_look_up=chosen.can_look_up,
        settle_s=chosen.settle_s,
        zone=chosen.zone,
        language=chosen.report_language,
    )
    print_text("\n".join(said))
    if rehearse:
        tell(message("The rehearsal went well. Nothing was changed."))
        return
    with Lock(chosen.data_dir / "runtime.lock", version=version(), zone=chosen.zone):
        if not yes:
            demand(
                message(
                    "Replace the ledger in {folder} with {path}?", folder=str(chosen.data_dir), path=str(backup_file)
                )
            )
        who = by or getpass.getuser()
        _, aside = restoring.restore(backup_file, chosen.data_dir, owner_of(chosen), by=who, at=chosen.now())
    tell(
        message("Restored and proved. The old ledger is now {path}.", path=str(aside))
        if aside
        else message("Restored and proved.")
    )
    tell(message("Start the worker: circusctl start worker"))


def move(
    target: Annotated[
        Path | None, typer.Argument(metavar="TARGET.tar.gz", help="The archive to write, for the other machine.")
    ] = None,
    archive: Annotated[
        Path | None, typer.Option("--unpack", metavar="FILE", help="On the other machine: unpack it here.")
    ] = None,
    undo: Annotated[bool, typer.Option("--undo", help="Call a move off: the other side never posted.")] = False,
    why: Annotated[str, typer.Option(help="The reason for calling it off; goes into the record.")] = "",
    although: Annotated[
        bool, typer.Option("--although-in-doubt", help="Move, although payments are in doubt.")
    ] = False,
    by: Annotated[str, typer.Option(help="Who decides this; goes into the record.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing.")] = False,
) -> None:
    """Move the books to another machine: ledger, evidence and settings without secrets, in one archive.

    This side is sealed: its worker refuses from then on. The worker must be stopped. On the other machine:
    daybreak move --unpack FILE, the files of the secrets, then daybreak adopt --this-machine.
    """
    chosen = loading.load() if archive is None else _settings_or_none()
    if sum((target is not None, archive is not None, undo)) != 1:
        raise DaybreakError(message("moving: say one of TARGET.tar.gz, --unpack FILE and --undo"))
    data = chosen.data_dir if chosen else ini.data_dir()
    project, who = installation.ini_path().parent, by or getpass.getuser()
    with Lock(data / "runtime.lock", version=version(), zone=chosen.zone if chosen else None):
        if archive is not None:
            found = moving.unpack(archive, data, project, owner=owner_of(chosen) if chosen else None)
            for line in move_in_words.arrived(found, data):
                tell(line)
            return
        assert chosen is not None, "settings were loaded"
        if undo:
            if not why.strip():
                raise DaybreakError(message("calling a move off: say --why"))
            if not yes:
                demand(message("Is it certain that the other side has posted nothing and never will?"))
            with Ledger(data, create=False) as ledger:
                if not ledger.sealed():
                    raise DaybreakError(
                        message("calling a move off: these books were not moved away. Nothing was changed")
                    )
                ledger.unseal(by=who, why=why, at=chosen.now())
            tell(message("The move is called off. What waits is looked up in the ERP before anything is posted here."))
            return
        assert target is not None, "one of three was said"
        if not yes:
            demand(
                message(
                    "Pack the books of {folder} into {path}, and never post from here again?",
                    folder=str(data),
                    path=str(target),
                )
            )
        packed = moving.move(
            data, project, target, owner=owner_of(chosen), by=who, at=chosen.now(), although_in_doubt=although
        )
    for line in move_in_words.left(packed):
        tell(line)


def _settings_or_none() -> settings.Settings | None:
    """Return the settings where some are made already; before a move arrives there may be none."""
    try:
        return loading.load()
    except SettingsError:
        return None
