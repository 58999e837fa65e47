"""Finds and ends what earlier workers left behind: by our mark, pid and start time, never by name."""

import hashlib
import os
import signal
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import psutil

from worker.identity import Identity

#: In the environment of everything we start: whose data folder it works for.
MARK = "DAYBREAK_MARK"

#: In the environment of everything circusd starts: which circusd that was.
CIRCUSD = "DAYBREAK_CIRCUSD"

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
    if not identity.is_alive():
        return True
    try:
        state = Path(f"/proc/{identity.pid}/stat").read_bytes().rpartition(b")")[2].split()[0]
    except (OSError, IndexError):
        return True
    return state in (b"Z", b"X")


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
