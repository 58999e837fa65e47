"""When the next process of a watcher may start: decided by how its last ones ended, kept on disk."""

import json
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from worker.i18n import Message, loaded, message, stored
from worker.runtime import private
from worker.runtime.exit_codes import LOCK_HELD, SETTINGS_WRONG, STOPPED
from worker.runtime.files import read_json, write_private
from worker.runtime.heartbeat import fallback

#: The longest wait between two starts, of the worker and of everything else (seconds).
CAP = 300.0

#: Interval of tries while another process holds the lock (seconds).
WAIT_FOR_LOCK = 3.0

#: A process that ends with 0 sooner than this, unasked, counts as crashed (seconds).
SHORT_LIFE = 10.0

#: Exits in a row that raise an alarm; it is raised once more when the wait has become the longest.
ALERT_AT = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Exits:
    """How often a watcher's processes ended one after another, without a successful cycle between."""

    count: int = 0
    #: The last exit code; negative is the signal that ended it.
    code: int | None = None
    #: In words.
    reason: str = ""
    #: What `last_success` held at the first of these exits: another content means a success since.
    success: str = ""
    #: Wall clock, for people: when the next one starts, or "".
    until: str = ""


def after_exit(exits: Exits, *, code: int, lived: float, asked: bool, reason: str, success: str) -> Exits:
    """Return the new count. A success since, an exit that was asked for, a wait for the lock and refused settings
    count as none.
    """
    if success != exits.success:
        exits = Exits(success=success)
    now = replace(exits, code=code, reason=reason, until="")
    if asked or code in (LOCK_HELD, SETTINGS_WRONG) or (code == STOPPED and lived >= SHORT_LIFE):
        return now
    return replace(now, count=exits.count + 1)


def delay(exits: Exits, *, cap: float = CAP) -> float | None:
    """Return how many seconds the next start waits: 0, 1, 2, 4 … `cap`, the same for ever; None: it does not start."""
    if exits.code == SETTINGS_WRONG:
        return None
    if exits.code == LOCK_HELD:
        return WAIT_FOR_LOCK
    if exits.count < 2:
        return 0.0
    return float(min(cap, 2 ** min(exits.count - 2, 20)))


def is_alarming(exits: Exits) -> bool:
    """True at the exits that raise an alarm: not at each one of a long row."""
    before = replace(exits, count=exits.count - 1)
    return exits.count == ALERT_AT or (delay(exits) == CAP and delay(before) != CAP)


def describe(code: int | None) -> Message:
    """Return an exit code in words: `exit 1`, `signal 9`."""
    if code is None:
        return message("unknown exit")
    return message("signal {number}", number=str(-code)) if code < 0 else message("exit {code}", code=str(code))


def load(path: Path) -> Exits:
    """Return what was saved last; a missing or damaged file counts as no exit."""
    other = fallback(path)
    for place in (other, path) if private.is_ours(other.parent) else (path,):
        if (found := read_json(place, _exits, None)) is not None:
            return found
    return Exits()


def _exits(values: Any) -> Exits:
    found = Exits(**{name: values[name] for name in ("count", "code", "reason", "success", "until")})
    return replace(found, reason=loaded(str(found.reason)))


def save(path: Path, exits: Exits) -> None:
    """Replace the file in one step. Where the disk takes no write, memory of the machine holds it as long.

    circusd's only thread waits for no disk: after a power cut the count may begin anew.
    """
    text = json.dumps({**asdict(exits), "reason": stored(exits.reason)}) + "\n"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_private(path, text, durable=False)
    except OSError:
        with suppress(OSError):
            private.make(fallback(path).parent)
            write_private(fallback(path), text, durable=False)
    else:
        with suppress(OSError):
            fallback(path).unlink(missing_ok=True)
