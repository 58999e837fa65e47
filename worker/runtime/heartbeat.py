"""The heartbeat file: a promise of the next beat, written by the thread that works."""

import hashlib
import json
import math
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from worker.i18n import Message, loaded, message, stored
from worker.runtime import clock, private
from worker.runtime.files import write_private
from worker.runtime.process_identity import Identity

#: No promise may be longer than this, whatever the writer says (seconds).
CEILING = 60 * 60.0

#: The file always has this size, so that it can be overwritten in place on a full disk (bytes).
SIZE = 1024


#: No step takes more of the file (characters).
LONGEST_STEP = 200

#: No message takes more of the file as data (bytes): a longer one is read in words.
LONGEST_DATA = 200


class Phase(StrEnum):
    """What the worker is doing."""

    STARTING = "starting"
    WAITING = "waiting"
    WAITING_FOR_ERP = "waiting for the ERP"
    SIGNING_IN = "signing in"
    READING = "reading"
    PLANNING = "planning"
    UPLOADING = "uploading"
    SAVING = "saving"
    SETTLING = "settling"
    CLOSING = "closing"
    STOPPING = "stopping"


#: What it is doing, as a part of a sentence.
PHASES: Mapping[Phase, Message] = {
    Phase.STARTING: message("starting"),
    Phase.WAITING: message("waiting"),
    Phase.WAITING_FOR_ERP: message("waiting for the ERP"),
    Phase.SIGNING_IN: message("signing in"),
    Phase.READING: message("reading"),
    Phase.PLANNING: message("planning"),
    Phase.UPLOADING: message("uploading"),
    Phase.SAVING: message("saving"),
    Phase.SETTLING: message("settling"),
    Phase.CLOSING: message("closing"),
    Phase.STOPPING: message("stopping"),
}

#: In these the worker holds no browser and no batch: it may be replaced without a thought.
AT_REST = frozenset({Phase.WAITING, Phase.WAITING_FOR_ERP})


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeat:
    """A promise: this process, in this phase, will beat again within `patience` seconds."""

    identity: Identity
    phase: Phase
    #: Seconds until the next beat at the latest; never above CEILING.
    patience: float
    #: Wall clock with offset, for people.
    at: datetime
    #: time.monotonic() at the beat, for the check: one clock for all processes of a boot, never set back.
    ticks: float
    #: total, success, failure, count, cancellations of the current day.
    stats: Mapping[str, int] = field(default_factory=dict)
    generation: int = 0
    version: str = ""
    #: What exactly is being done, in words ("page 2 of 3").
    step: str = ""
    #: When the next cycle is due, ISO with offset, or "".
    next_cycle: str = ""
    #: time.monotonic() when something last got done: a page read, a batch settled, a cycle finished.
    progress: float = 0.0

    def silence(self, ticks: float) -> float:
        """Return the seconds since this beat."""
        return max(0.0, ticks - self.ticks)

    def is_broken(self, ticks: float, ceiling: float = CEILING) -> bool:
        """True when the promised next beat is overdue."""
        return self.silence(ticks) > min(self.patience, ceiling)

    def text(self) -> str:
        """Return the file's content: an ISO time, then one `Key: value` a line."""
        lines = (
            self.at.isoformat(timespec="milliseconds"),
            f"PID: {self.identity.pid}",
            f"Stats: {json.dumps(dict(self.stats))}",
            f"Phase: {self.phase}",
            f"Patience: {self.patience:g}",
            f"Ticks: {self.ticks:.6f}",
            f"Started: {self.identity.started}",
            f"Boot: {self.identity.boot}",
            f"Generation: {self.generation}",
            f"Version: {self.version}",
            f"Step: {' '.join(self.step.split())[:LONGEST_STEP]}",
            f"Message: {_as_data(self.step)}",
            f"Next: {self.next_cycle}",
            f"Progress: {self.progress:.6f}",
        )
        return "\n".join(lines) + "\n"

    def write(self, path: Path) -> None:
        """Replace the file in one step; on a full or read-only disk overwrite it in place, else use the fallback.

        Raises OSError only when no place at all takes the beat.
        """
        data = padded(self.text().encode("utf-8"), SIZE)
        try:
            write_private(path, data, durable=False)  # a beat counts in its own boot alone
        except OSError:
            try:
                _overwrite(path, data)
            except OSError:
                other = fallback(path)
                private.make(other.parent)
                write_private(other, data, durable=False)


def _as_data(step: str) -> str:
    """Return a step that is a message as data, for who reads the file in another language; nothing where it is long."""
    kept = stored(step) if isinstance(step, Message) else ""
    return kept if len(kept.encode()) <= LONGEST_DATA else ""


def padded(data: bytes, size: int) -> bytes:
    """Return text of this size, by spaces before its last line end: no blank lines for who types the file out."""
    return data if len(data) >= size else data.rstrip(b"\n") + b" " * (size - len(data)) + b"\n"


def _overwrite(path: Path, data: bytes) -> None:
    """Write over a file that has its size already: no new block is needed."""
    descriptor = os.open(path, os.O_WRONLY)
    try:
        size = os.fstat(descriptor).st_size
        if size < len(data):
            raise OSError(f"{path} is too small to be written in place")
        os.pwrite(descriptor, padded(data, size), 0)
    finally:
        os.close(descriptor)


def fallback(path: Path) -> Path:
    """Return where the beat goes when its own folder takes no write: memory of the machine, by the path's hash.

    The same place for a service that may write nowhere else, for its guards and for a command of root's.
    """
    runtime = Path("/dev/shm") if os.access("/dev/shm", os.W_OK) else Path("/run")
    name = hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:16]
    return runtime / f"daybreak-{os.getuid()}" / f"{name}.{path.name}"


def parse(text: str) -> Heartbeat | None:
    """Return the beat in a file's text, or None if it is not one."""
    first, *rest = text.rstrip("\n\0 ").split("\n")
    values = {key: value.strip() for key, _, value in (line.partition(":") for line in rest)}
    try:
        patience, ticks = float(values["Patience"]), float(values["Ticks"])
        progress = float(values.get("Progress", "0"))
        stats = json.loads(values["Stats"])
        if not all(map(math.isfinite, (patience, ticks, progress))) or not isinstance(stats, dict):
            return None
        return Heartbeat(
            identity=Identity(pid=int(values["PID"]), started=int(values["Started"]), boot=values["Boot"]),
            phase=Phase(values["Phase"]),
            patience=min(patience, CEILING),
            at=datetime.fromisoformat(first),
            ticks=ticks,
            stats=stats,
            generation=int(values.get("Generation", "0")),
            version=values.get("Version", ""),
            step=loaded(values.get("Message") or values.get("Step", "")),
            next_cycle=values.get("Next", ""),
            progress=progress,
        )
    except (KeyError, ValueError):
        return None


def read(path: Path) -> Heartbeat | None:
    """Return the newest beat of the file and its fallback, or None if neither holds one.

    Whatever the file is (missing, huge, binary, a folder), this returns; it never raises.
    """
    beats = []
    other = fallback(path)
    # Any user can put a beat where all may write.
    for place in (path, other) if private.is_ours(other.parent) else (path,):
        with suppress(OSError, ValueError), open(place, "rb", opener=_unmarked) as file:
            beats.append(parse(file.read(2 * SIZE).decode("utf-8")))
    found = [beat for beat in beats if beat is not None]
    return max(found, key=lambda beat: beat.ticks, default=None)


def _unmarked(path: str, flags: int) -> int:
    """Open a file without noting that it was read: else each look at a fresh beat would write to the disk (open(2))."""
    try:
        return os.open(path, flags | os.O_NOATIME)
    except PermissionError:  # another user's file
        return os.open(path, flags)


def now_ticks() -> float:
    """Return the clock that beats are measured on: monotonic, without host sleep."""
    return clock.ticks()
