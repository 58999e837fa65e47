"""Finds and ends what earlier workers left behind: by our mark, pid and start time, never by name."""

import hashlib
import os
import signal
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from worker.errors import AlreadyRunning
from worker.i18n import message
from worker.runtime.process_identity import Identity

#: In the environment of everything we start: whose data folder it works for.
MARK = "DAYBREAK_MARK"

#: In the environment of everything circusd starts: which circusd that was.
CIRCUSD = "DAYBREAK_CIRCUSD"

#: In the environment of everything circusd starts, and of what that starts: which watcher it belongs to.
WATCHER = "DAYBREAK_WATCHER"

#: In the same environments: which start of circusd's it was, counted from 1.
SPAWN = "DAYBREAK_SPAWN"

#: On the command line of every browser we start. A browser's environment can't always be read, its command line can.
FLAG = "--daybreak-worker="


def mark(data: Path) -> str:
    """Return the mark of everything that works for this data folder."""
    return hashlib.sha256(os.fsencode(data.resolve())).hexdigest()[:16]


def browser_flag(data: Path) -> str:
    """Return the flag that a browser of this data folder's worker is started with."""
    return FLAG + mark(data)


def tree_id(circusd: Identity) -> str:
    """Return the name of one circusd, for ever."""
    return f"{circusd.pid}.{circusd.started}.{circusd.boot}"


def tree(root: Identity) -> list[Identity]:
    """Return the process and all below it, children before parents, a browser in its own session included."""
    found = [root]
    with suppress(psutil.Error):
        for child in psutil.Process(root.pid).children(recursive=True):
            identity = Identity.of(child.pid)
            if identity is not None:
                found.append(identity)
    return [one for one in reversed(found) if one.is_alive()]


def is_gone(identity: Identity) -> bool:
    """True when the process has ended; one that only waits for its parent to notice counts as ended."""
    return not identity.is_alive() or _state(identity) in (b"", b"Z", b"X")


def _state(identity: Identity) -> bytes:
    """Return the state letter of the process with this pid, or nothing if there is none."""
    try:
        return Path(f"/proc/{identity.pid}/stat").read_bytes().rpartition(b")")[2].split()[0]
    except (OSError, IndexError):
        return b""


def is_any_stopped(root: Identity) -> bool:
    """True when a process below this one is stopped: it does not answer until it is continued."""
    return any(_state(one) in (b"T", b"t") for one in tree(root) if one != root)


def kill(identities: Iterable[Identity]) -> None:
    """Send SIGKILL to each that is still the process it was."""
    for identity in identities:
        with suppress(PermissionError):
            identity.signal(signal.SIGKILL)


def end(identities: Iterable[Identity], within: float = 5.0) -> list[Identity]:
    """Kill them all and everything they have started meanwhile; return what still stands after `within` seconds."""
    left = list(identities)
    deadline = time.monotonic() + within
    while True:
        for root in list(left):
            left.extend(one for one in tree(root) if one not in left)
        kill(left)
        left = [one for one in left if not is_gone(one)]
        if not left or time.monotonic() > deadline:
            return left
        time.sleep(0.02)


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """A process that carries our mark."""

    identity: Identity
    #: Which circusd started it (tree_id), or "" if none did.
    circusd: str
    #: Which watcher it belongs to: worker, demo-erp, plugin:heartbeat.
    watcher: str


def marked(data: Path) -> list[Marked]:
    """Return every process that works for this data folder, by its environment or, for a browser, its command line."""
    wanted = mark(data)
    flag = browser_flag(data).encode()
    found = []
    for entry in os.scandir("/proc"):
        if not entry.name.isdigit():
            continue
        identity = Identity.of(int(entry.name))
        if identity is None or is_gone(identity):
            continue
        values = marks_of(identity.pid)
        if values.get(MARK) == wanted:
            found.append(
                Marked(identity=identity, circusd=values.get(CIRCUSD, ""), watcher=values.get(WATCHER, "worker"))
            )
        elif flag in command_line(identity.pid):
            found.append(Marked(identity=identity, circusd="", watcher="worker"))
    return found


def circusd_is_gone(circusd: str) -> bool:
    """True when the circusd of this tree id has ended. Without an id it counts as ended."""
    pid, _, rest = circusd.partition(".")
    started, _, boot = rest.partition(".")
    if not (pid.isdigit() and started.isdigit()):
        return True
    return is_gone(Identity(pid=int(pid), started=int(started), boot=boot))


def strangers(data: Path, own: str) -> list[Marked]:
    """Return what trees before ours left: marked as this data folder's, of another circusd, and that one has ended."""
    return [one for one in marked(data) if one.circusd != own and circusd_is_gone(one.circusd)]


def reap(data: Path) -> list[int]:
    """End what earlier workers of this data folder left; return the pids. For the worker, once it holds the lock.

    The process itself, what it stands under and what it has started are spared. Raises AlreadyRunning when one of them
    can't be ended: nothing may be posted beside it.
    """
    own = {os.getpid(), *(one.pid for one in tree(Identity.own()))}
    with suppress(psutil.Error):
        own.update(one.pid for one in psutil.Process().parents())
    left = [one.identity for one in marked(data) if one.watcher == "worker" and one.identity.pid not in own]
    _end_all(left)
    return [one.pid for one in left]


def end_browsers(data: Path) -> list[int]:
    """End every browser of this data folder's worker, this process's own included; return the pids.

    Called before a browser is opened and after it was closed: a save may be on its way in one that did not close.
    Raises AlreadyRunning when one of them can't be ended.
    """
    flag = browser_flag(data).encode()
    pids = [int(entry.name) for entry in os.scandir("/proc") if entry.name.isdigit()]
    left = [one for pid in pids if flag in command_line(pid) and (one := Identity.of(pid)) and not is_gone(one)]
    _end_all(left)
    return [one.pid for one in left]


def _end_all(left: Iterable[Identity]) -> None:
    standing = end(left)
    if standing:
        pids = ", ".join(str(one.pid) for one in standing)
        raise AlreadyRunning(
            message("what an earlier worker left can't be ended (pid {pids}); nothing is posted beside it", pids=pids)
        )


def spawn_of(identity: Identity) -> int | None:
    """Return which start of circusd's this process comes from, or None if its environment can't be read."""
    number = marks_of(identity.pid).get(SPAWN, "")
    return int(number) if number.isdigit() else None


def marks_of(pid: int) -> dict[str, str]:
    """Return our marks in a process's environment."""
    try:
        data = Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return {}
    pairs = (os.fsdecode(one).partition("=") for one in data.split(b"\0") if one.startswith(b"DAYBREAK_"))
    return {name: value for name, _, value in pairs}


def command_line(pid: int) -> list[bytes]:
    """Return the words with which a process was started; none of one that has gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return []
