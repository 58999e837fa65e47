"""Orders to the running worker and its tree: pause, resume, restart, stop. Each returns when its effect is seen."""

import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from worker.admin import wsl
from worker.config import ini, loading
from worker.control import control
from worker.control import restart as restarting
from worker.errors import SettingsError
from worker.runtime import desired_state, installation
from worker.runtime.desired_state import Intent


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an order is given, and when."""

    data: Path
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordered:
    """What an order did, a sentence or two."""

    said: tuple[str, ...]
    #: The end of a pause, or None.
    until: datetime | None = None


def here() -> Place:
    """Return the data folder and the time; settings that are wrong are no reason not to stop or start."""
    try:
        chosen = loading.load()
    except SettingsError:
        return Place(data=ini.data_dir(), now=datetime.now().astimezone())
    return Place(data=chosen.data_dir, now=chosen.now())


def wanted(place: Place) -> Intent:
    """Return what is wanted of the worker, by whom, since when and until when."""
    return desired_state.read(place.data)


def pause(place: Place, how_long: str, *, by: str) -> Ordered:
    """Have no worker run for a length such as `2h`, or until a time, across reboots. A batch under way ends first.

    Raises DaybreakError for what is neither, and NotDone when the worker goes on.
    """
    until = control.end_of_pause(how_long, place.now)
    return Ordered(said=(control.pause(place.data, until=until, by=by, now=place.now),), until=until)


def halt(place: Place, *, by: str) -> Ordered:
    """Stop the worker until somebody starts it again, across reboots. A batch under way ends first. Raises NotDone."""
    return Ordered(said=(control.halt(place.data, by=by, now=place.now),))


def resume(place: Place, *, by: str) -> Ordered:
    """End a pause or a stop: start the worker, and wait for its first beat. Raises NotDone."""
    return Ordered(said=(control.resume(place.data, by=by, now=place.now),))


def restart(place: Place, name: str, *, by: str) -> Ordered:
    """Replace one process of the tree by a fresh one; a batch under way ends first. Raises NotDone.

    `name`: a watcher of circus.ini, such as worker or plugin:heartbeat.
    """
    return Ordered(said=(restarting.restart(place.data, name, by=by, now=place.now),))


def stop(place: Place) -> Ordered:
    """End the whole tree; the next start of circusd runs the worker again. Raises NotDone.

    Under WSL, Windows no longer holds the distribution each minute either.
    """
    said = [control.stop(place.data)]
    if wsl.is_wsl(os.uname().release):
        said.append(wsl.switch_minute(installation.ini_path().parent.resolve(), on=False))
    return Ordered(said=tuple(one for one in said if one))
