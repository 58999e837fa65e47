"""Who may come to the page by ssh: lines of ours in a user's authorized_keys, among those of others.

sshd(8), AUTHORIZED_KEYS FILE FORMAT: such a key may forward to the one port of the page, and nothing else. `restrict`
takes everything away, `port-forwarding` gives back -L and -R, `permitopen` and `permitlisten` narrow both, `command`
takes the place of any shell or command that is asked for.
"""

import os
import pwd
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from worker.errors import DaybreakError
from worker.i18n import message
from worker.runtime.files import sync, sync_names

#: What such a key may do; one field, the port. Nobody but root can listen on port 1, and nothing is expected there.
OPTIONS = 'restrict,port-forwarding,permitopen="127.0.0.1:{port}",permitlisten="127.0.0.1:1",command="exit 1"'

#: How the comment of our lines begins; the name follows.
MARK = "daybreak page: "

_OURS = re.compile(
    rb'restrict,port-forwarding,permitopen="127\.0\.0\.1:(?P<port>\d+)"\S* (?:\S+ )?ssh-\S+ \S+ '
    + MARK.encode()
    + rb"(?P<name>[^\r\n]+)"
)

#: The file is read anew and written so often while others change it.
TRIES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """One key that leads to a page."""

    name: str
    port: int


def usual_file() -> Path:
    """Return the file that sshd reads for this user, as long as nobody has told it another one."""
    return Path(pwd.getpwuid(os.geteuid()).pw_dir) / ".ssh" / "authorized_keys"


def granted(path: Path) -> tuple[Granted, ...]:
    """Return the keys of ours. Raises OSError where the file can't be read."""
    return tuple(one for line in _lines(path) if (one := _ours(line)) is not None)


def grant(path: Path, key: str, *, name: str, port: int) -> bool:
    """Add a public key, `type base64`; it takes the place of the name's earlier one. Return whether there was one.

    Raises OSError; DaybreakError where others don't leave the file alone.
    """
    line = f"{OPTIONS.format(port=port)} {key} {MARK}{name}\n".encode()
    before = 0

    def changed(lines: Sequence[bytes]) -> list[bytes]:
        nonlocal before
        kept = [one for one in lines if _ours(one) != Granted(name=name, port=port)]
        before = len(lines) - len(kept)
        if kept and not kept[-1].endswith(b"\n"):
            kept[-1] += b"\n"
        return [*kept, line]

    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    _change(path, changed)
    return before > 0


def revoke(path: Path, *, name: str, port: int) -> bool:
    """Take a name's key out; return whether there was one. Raises OSError, DaybreakError as `grant`."""
    if Granted(name=name, port=port) not in granted(path):
        return False
    _change(path, lambda lines: [one for one in lines if _ours(one) != Granted(name=name, port=port)])
    return True


def _ours(line: bytes) -> Granted | None:
    found = _OURS.fullmatch(line.rstrip(b"\r\n"))
    if found is None:
        return None
    return Granted(name=found["name"].decode("utf-8", "replace"), port=int(found["port"]))


def _lines(path: Path) -> list[bytes]:
    try:
        return path.read_bytes().splitlines(keepends=True)
    except FileNotFoundError:
        return []


def _change(path: Path, changed: Callable[[Sequence[bytes]], list[bytes]]) -> None:
    """Replace the file in one step; what others wrote since it was read is never lost, nor a link replaced."""
    path = path.resolve()
    draft = path.with_name(f".{path.name}.daybreak-{os.getpid()}")
    try:
        for _ in range(TRIES):
            before = _lines(path)
            mode = path.stat().st_mode & 0o777 if path.exists() else 0o600
            draft.unlink(missing_ok=True)
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, mode)
            with os.fdopen(descriptor, "wb") as file:
                file.writelines(changed(before))
            draft.chmod(mode)
            sync(draft)
            if _lines(path) == before:
                draft.replace(path)
                sync_names(path.parent)
                return
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
    raise DaybreakError(
        message("changing {path}: another program changes it all the time. Nothing was changed", path=str(path))
    )
