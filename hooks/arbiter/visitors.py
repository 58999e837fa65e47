"""Who speaks to circusd's control port just now: the port asks for no name, the kernel knows the user.

Runs inside circusd, at an order to stop something only: a look at every process of the machine takes some 20 ms.
"""

import os
import pwd
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

#: In /proc/net/tcp (proc(5)): the state of a connection that stands.
_ESTABLISHED = "01"

#: Longest part of a command line that is shown (characters).
LONGEST = 80


def who(port: int, ours: frozenset[int]) -> str:
    """Return the processes that have a connection to this port of the loopback, as far as the kernel tells, in words.

    `ours`: pids of the tree itself, which are left out. Empty when there is none.
    """
    found = []
    owners = dict(_clients(port))
    if not owners:
        return ""
    pids = _holders(set(owners))
    for inode, uid in owners.items():
        pid = pids.get(inode)
        if pid in ours:
            continue
        named = f"user {_name(uid)}"
        found.append(f"{named}, pid {pid}: {_command(pid)}" if pid else named)
    return "; ".join(sorted(set(found)))


def _clients(port: int) -> Iterator[tuple[str, int]]:
    """Yield (inode, uid) of the other end of each connection to the port."""
    for name in ("tcp", "tcp6"):
        with suppress(OSError):
            for line in Path(f"/proc/self/net/{name}").read_text(encoding="ascii").splitlines()[1:]:
                words = line.split()
                if words[3] == _ESTABLISHED and int(words[2].rpartition(":")[2], 16) == port:
                    yield words[9], int(words[7])


def _holders(inodes: set[str]) -> dict[str, int]:
    """Return {inode: pid} of the processes whose descriptors we may see."""
    found: dict[str, int] = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        with suppress(OSError):
            for descriptor in (entry / "fd").iterdir():
                with suppress(OSError):
                    target = str(descriptor.readlink())
                    if target.startswith("socket:[") and (inode := target[8:-1]) in inodes:
                        found[inode] = int(entry.name)
    return found


def _name(uid: int) -> str:
    try:
        return f"{pwd.getpwuid(uid).pw_name} ({uid})"
    except KeyError:
        return str(uid)


def _command(pid: int) -> str:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().rstrip(b"\0").replace(b"\0", b" ")
    except OSError:
        return "?"
    text = words.decode("utf-8", "replace")
    return "".join(one if one.isprintable() else "?" for one in text)[:LONGEST]
