"""Verbs that stop and start the worker: `pause`, `resume`, `stop`."""

import getpass
import os
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from worker.admin import wsl
from worker.cli.output import tell
from worker.config import ini, loading
from worker.control import control
from worker.errors import SettingsError
from worker.runtime import installation


def pause(
    how_long: Annotated[
        str, typer.Argument(metavar="TIME", help='2h, 30m, 1h30m, or a time in TZ: "2026-11-24 06:00", 18:00 (today).')
    ],
) -> None:
    """Stop the worker until a time, across reboots; it starts again by itself then.

    Writes the wish down, then stops the worker: a batch under way is finished first.
    """
    chosen = loading.load()
    now = chosen.now()
    until = control.end_of_pause(how_long, now)
    tell(control.pause(chosen.data_dir, until=until, by=f"{getpass.getuser()} (daybreak pause)", now=now))


def resume() -> None:
    """End a pause or a stop: start the worker, and wait for its first beat."""
    data, now = _where()
    tell(control.resume(data, by=f"{getpass.getuser()} (daybreak resume)", now=now))


def stop() -> None:
    """End the whole tree: circusd, the worker, the guards, the demo ERP. A batch that was sent is finished first.

    No wish is written down: the next start of circusd runs the worker again. Under WSL, Windows no longer holds the
    distribution each minute either.
    """
    data, _ = _where()
    tell(control.stop(data))
    if wsl.is_wsl(os.uname().release) and (
        said := wsl.switch_minute(installation.ini_path().parent.resolve(), on=False)
    ):
        tell(said)


def _where() -> tuple[Path, datetime]:
    """Return the data folder and the time; settings that are wrong are no reason not to stop."""
    try:
        chosen = loading.load()
    except SettingsError:
        return ini.data_dir(), datetime.now().astimezone()
    return chosen.data_dir, chosen.now()
