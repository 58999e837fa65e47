"""Verbs that copy, restore and move the books: `backup`, `restore`, `move`."""

from pathlib import Path
from typing import Annotated

import typer

from worker.admin import move_in_words
from worker.cli.options import By, Why, Yes, who
from worker.cli.output import demand, print_text, tell
from worker.config import loading
from worker.errors import DaybreakError
from worker.i18n import message
from worker.operations import copies, moving


def backup(
    target: Annotated[Path | None, typer.Argument(help="File to write; default: backups/ in the data folder.")] = None,
) -> None:
    """Write a consistent, proved copy of the ledger while the worker runs. Changes nothing else."""
    path = copies.back_up(loading.load(), target)
    tell(message("The ledger is backed up to {path}.", path=str(path)))


def restore(
    backup_file: Annotated[Path, typer.Argument(metavar="FILE", help="A backup of the ledger.")],
    rehearse: Annotated[bool, typer.Option("--rehearse", help="Only try it, and say what it would mean.")] = False,
    by: By = "",
    yes: Yes = False,
) -> None:
    """Put a backup in the ledger's place; the old one is put aside. The worker must be stopped.

    What was posted after the backup is then unknown: nothing is posted until that is looked up in the ERP or adopted.
    A damaged file, one of a newer version or of other books is refused. It is rehearsed first, and proved afterwards.
    """
    chosen = loading.load()
    found = copies.rehearse(chosen, backup_file, language=chosen.report_language)
    print_text("\n".join(found.lines))
    if rehearse:
        tell(message("The rehearsal went well. Nothing was changed."))
        return
    with copies.without_a_worker(chosen):
        if not yes:
            demand(
                message(
                    "Replace the ledger in {folder} with {path}?", folder=str(chosen.data_dir), path=str(backup_file)
                )
            )
        restored = copies.restore(chosen, backup_file, by=who(by), stamp=found.stamp)
    tell(
        message("Restored and proved. The old ledger is now {path}.", path=str(restored.aside))
        if restored.aside
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
    why: Why = "",
    although: Annotated[
        bool, typer.Option("--although-in-doubt", help="Move, although payments are in doubt.")
    ] = False,
    by: By = "",
    yes: Yes = False,
) -> None:
    """Move the books to another machine: ledger, evidence and settings without secrets, in one archive.

    This side is sealed: its worker refuses from then on. The worker must be stopped. On the other machine:
    daybreak move --unpack FILE, the files of the secrets, then daybreak adopt --this-machine.
    """
    side = moving.here(needs_settings=archive is None)
    if sum((target is not None, archive is not None, undo)) != 1:
        raise DaybreakError(message("moving: say one of TARGET.tar.gz, --unpack FILE and --undo"))
    with moving.without_a_worker(side):
        if archive is not None:
            for line in move_in_words.arrived(moving.unpack(side, archive), side.data):
                tell(line)
            return
        if undo:
            if why.strip() and not yes:
                demand(message("Is it certain that the other side has posted nothing and never will?"))
            moving.call_off(side, by=who(by), why=why)
            tell(message("The move is called off. What waits is looked up in the ERP before anything is posted here."))
            return
        assert target is not None, "one of three was said"
        if not yes:
            demand(
                message(
                    "Pack the books of {folder} into {path}, and never post from here again?",
                    folder=str(side.data),
                    path=str(target),
                )
            )
        packed = moving.pack(side, target, by=who(by), although_in_doubt=although)
    for line in move_in_words.left(packed):
        tell(line)
