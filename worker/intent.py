"""What the operator wants of the worker: running, paused until a time, or stopped. Kept on disk, across reboots."""

import json
import os
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from worker import spool


class Wanted(StrEnum):
    """What the operator wants."""

    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """What is wanted, by whom, since when."""

    wanted: Wanted = Wanted.RUNNING
    by: str = ""
    since: datetime | None = None
    #: The end of a pause.
    until: datetime | None = None

    def forbids(self, now: datetime) -> bool:
        """True while nobody but the operator may start the worker."""
        if self.wanted is Wanted.PAUSED:
            return self.until is not None and now.timestamp() < self.until.timestamp()
        return self.wanted is Wanted.STOPPED

    def is_over(self, now: datetime) -> bool:
        """True for a pause that has run out, so that nothing but running is wanted any more."""
        return self.wanted is Wanted.PAUSED and not self.forbids(now)

    def __str__(self) -> str:
        until = f" until {self.until:%Y-%m-%d %H:%M}" if self.until and self.wanted is Wanted.PAUSED else ""
        since = f" since {self.since:%Y-%m-%d %H:%M}" if self.since else ""
        by = f" by {self.by}" if self.by else ""
        return f"{self.wanted}{until}{by}{since}"


def path_in(data: Path) -> Path:
    """Return the file that holds the intent."""
    return data / "intent.json"


def read(data: Path) -> Intent:
    """Return the intent on disk; a missing or damaged file means running: the worker never stops silently."""
    try:
        values = json.loads(path_in(data).read_text(encoding="utf-8"))
        return Intent(
            wanted=Wanted(values["wanted"]),
            by=str(values.get("by", "")),
            since=_moment(values.get("since")),
            until=_moment(values.get("until")),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return Intent()


def write(data: Path, intent: Intent) -> None:
    """Replace the intent on disk, in one step and for good, and leave a note for the ledger.

    Raises OSError when the disk takes no write.
    """
    path = path_in(data)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    values = {
        "wanted": intent.wanted,
        "by": intent.by,
        "since": intent.since.isoformat(timespec="seconds") if intent.since else None,
        "until": intent.until.isoformat(timespec="seconds") if intent.until else None,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    with draft.open("w", encoding="utf-8") as file:
        json.dump(values, file)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    at = intent.since or datetime.now().astimezone()
    spool.put(data, spool.Kind.WISH, at=at, text=str(intent), **{**values, "wanted": str(intent.wanted)})


def _moment(text: Any) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
