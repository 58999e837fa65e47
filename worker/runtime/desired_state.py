"""What the operator wants of the worker: running, paused until a time, or stopped. Kept on disk, across reboots."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from worker.i18n import Message, message
from worker.runtime import clock, spool
from worker.runtime.files import read_json, write_private
from worker.runtime.process_identity import Identity

#: A longer pause is a stop, or a slip of the pen.
LONGEST = timedelta(days=60)

#: Two clocks of one machine agree so well (seconds).
TOLERANCE = 60.0


class DesiredState(StrEnum):
    """What the operator wants."""

    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """What is wanted, by whom, since when."""

    wanted: DesiredState = DesiredState.RUNNING
    by: str = ""
    since: datetime | None = None
    #: The end of a pause.
    until: datetime | None = None
    #: The boot in which it was written down, and when a pause ends by that boot's clock (seconds since boot).
    boot: str = field(default="", compare=False)
    ends: float = field(default=0.0, compare=False)

    def forbids(self, now: datetime) -> bool:
        """True while only the operator may start the worker.

        A pause is over by whichever clock says so first: the wall's may be set back. One that begins in the future, or
        is longer than any that may be asked for, was never asked for.
        """
        if self.wanted is not DesiredState.PAUSED:
            return self.wanted is DesiredState.STOPPED
        if self.until is None or now.timestamp() >= self.until.timestamp():
            return False
        if self.since is not None and self.until.timestamp() - self.since.timestamp() > LONGEST.total_seconds():
            return False
        if self.boot and self.boot == Identity.own().boot:
            return clock.since_boot() < self.ends
        return self.since is None or self.since.timestamp() <= now.timestamp() + TOLERANCE

    def is_over(self, now: datetime) -> bool:
        """True for a pause that has run out: the worker is to run again."""
        return self.wanted is DesiredState.PAUSED and not self.forbids(now)

    def said(self) -> Message:
        """Return it in words."""
        until = self.until if self.wanted is DesiredState.PAUSED else None
        fields = {name: f"{at:%Y-%m-%d %H:%M}" for name, at in (("until", until), ("since", self.since)) if at}
        if self.by:
            fields["by"] = self.by
        return Message(_SAID[frozenset((self.wanted, *fields))].id, fields)

    def __str__(self) -> str:
        return str(self.said())


#: What is wanted, in words, by what is known of it.
_SAID: Mapping[frozenset[str], Message] = {
    frozenset((DesiredState.RUNNING,)): message("running"),
    frozenset((DesiredState.RUNNING, "by")): message("running by {by}"),
    frozenset((DesiredState.RUNNING, "since")): message("running since {since}"),
    frozenset((DesiredState.RUNNING, "by", "since")): message("running by {by} since {since}"),
    frozenset((DesiredState.PAUSED,)): message("paused"),
    frozenset((DesiredState.PAUSED, "by")): message("paused by {by}"),
    frozenset((DesiredState.PAUSED, "since")): message("paused since {since}"),
    frozenset((DesiredState.PAUSED, "by", "since")): message("paused by {by} since {since}"),
    frozenset((DesiredState.PAUSED, "until")): message("paused until {until}"),
    frozenset((DesiredState.PAUSED, "until", "by")): message("paused until {until} by {by}"),
    frozenset((DesiredState.PAUSED, "until", "since")): message("paused until {until} since {since}"),
    frozenset((DesiredState.PAUSED, "until", "by", "since")): message("paused until {until} by {by} since {since}"),
    frozenset((DesiredState.STOPPED,)): message("stopped"),
    frozenset((DesiredState.STOPPED, "by")): message("stopped by {by}"),
    frozenset((DesiredState.STOPPED, "since")): message("stopped since {since}"),
    frozenset((DesiredState.STOPPED, "by", "since")): message("stopped by {by} since {since}"),
}


def path_in(data: Path) -> Path:
    """Return the file that holds the intent."""
    return data / "intent.json"


def read(data: Path) -> Intent:
    """Return the intent on disk; a missing or damaged file means running: the worker never stops silently."""
    return read_json(path_in(data), _intent, Intent())


def _intent(values: Any) -> Intent:
    return Intent(
        wanted=DesiredState(values["wanted"]),
        by=str(values.get("by", "")),
        since=_moment(values.get("since")),
        until=_moment(values.get("until")),
        boot=str(values.get("boot", "")),
        ends=float(values.get("ends", 0.0)),
    )


def write(data: Path, intent: Intent, *, durable: bool = True) -> None:
    """Replace the intent on disk, in one step and for good, and leave a note for the ledger.

    `durable=False`: circusd's only thread waits for no disk. Raises OSError when the disk takes no write.
    """
    path = path_in(data)
    values: dict[str, Any] = {
        "wanted": intent.wanted,
        "by": intent.by,
        "since": intent.since.isoformat(timespec="seconds") if intent.since else None,
        "until": intent.until.isoformat(timespec="seconds") if intent.until else None,
    }
    if intent.until is not None and intent.since is not None:
        length = intent.until.timestamp() - intent.since.timestamp()
        values["boot"], values["ends"] = Identity.own().boot, round(clock.since_boot() + length, 3)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_private(path, json.dumps(values), durable=durable)
    at = intent.since or datetime.now().astimezone()
    noted = {**values, "wanted": str(intent.wanted)}
    spool.put(data, spool.NoteKind.WISH, at=at, text=intent.said(), durable=durable, **noted)


def _moment(text: Any) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
