"""Verbs that stop and start the worker: `pause`, `resume`, `stop`."""

import getpass
from typing import Annotated

import typer

from worker.cli.output import tell
from worker.config import loading
from worker.operations import orders
from worker.operations.orders import Ordered, Place


def pause(
    how_long: Annotated[
        str, typer.Argument(metavar="TIME", help='2h, 30m, 1h30m, or a time in TZ: "2026-11-24 06:00", 18:00 (today).')
    ],
) -> None:
    """Stop the worker until a time, across reboots; it starts again by itself then.

    Writes the wish down, then stops the worker: a batch under way is finished first.
    """
    chosen = loading.load()
    place = Place(data=chosen.data_dir, now=chosen.now())
    _tell(orders.pause(place, how_long, by=f"{getpass.getuser()} (daybreak pause)"))


def resume() -> None:
    """End a pause or a stop: start the worker, and wait for its first beat."""
    _tell(orders.resume(orders.here(), by=f"{getpass.getuser()} (daybreak resume)"))


def stop() -> None:
    """End the whole tree: circusd, the worker, the guards, the demo ERP. A batch that was sent is finished first.

    No wish is written down: the next start of circusd runs the worker again. Under WSL, Windows no longer holds the
    distribution each minute either.
    """
    _tell(orders.stop(orders.here()))


def _tell(done: Ordered) -> None:
    for sentence in done.said:
        tell(sentence)
