"""The link by which a person comes to the page: a token that is good once and for ten minutes.

It is for one more user, or for the next password of one that there is. Only its hash is kept. Who can ask for one is
a keeper, or can run commands as the owner of the data folder.
"""

import hashlib
import hmac
import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from worker.runtime import clock
from worker.runtime.files import read_json, write_private
from worker.runtime.process_identity import Identity

#: How long a link is good, by a clock that nobody sets (seconds).
LASTS = 600.0


def path_in(data: Path) -> Path:
    """Return the file of the newest link."""
    return data / "page_link.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who is to set another password by a link."""

    name: str
    #: The user's own, when the link was made: a password that was set since makes the link worth nothing.
    stamp: str


def issue(data: Path, holder: Holder | None = None) -> str:
    """Return a new token, for one more user or for a `holder`; the one before is worth nothing now. Raises OSError."""
    token = secrets.token_urlsafe(32)
    values = {"hash": _hash(token), "boot": Identity.own().boot, "ends": clock.since_boot() + LASTS}
    if holder is not None:
        values["holder"] = asdict(holder)
    write_private(path_in(data), json.dumps(values))
    return token


def holder_of(data: Path, token: str) -> Holder | None:
    """Return who sets another password by this token; None: it is for one more user, or worth nothing."""
    if not is_good(data, token):
        return None
    return read_json(path_in(data), lambda values: Holder(**values["holder"]) if "holder" in values else None, None)


def is_good(data: Path, token: str) -> bool:
    """True for the newest token until its time is up or it is spent."""
    return _is_of(path_in(data), token)


def _is_of(path: Path, token: str) -> bool:
    try:
        values = json.loads(path.read_text(encoding="ascii"))
        left = float(values["ends"]) - clock.since_boot()
        is_timely = values["boot"] == Identity.own().boot and 0 < left <= LASTS
        return is_timely and hmac.compare_digest(str(values["hash"]), _hash(token))
    except (OSError, ValueError, KeyError, TypeError):
        return False


@contextmanager
def spending(data: Path, token: str) -> Iterator[bool]:
    """Spend a link: the block gets True for the first reader who comes with it, False for every other.

    It is worth nothing from the first moment on. What the block raises makes it good again, unless there is a newer
    link. A process that dies inside leaves it spent. Raises OSError.
    """
    path, taken = path_in(data), path_in(data).with_suffix(".spent")
    if not is_good(data, token):
        yield False
        return
    try:
        path.rename(taken)
    except FileNotFoundError:  # somebody else was faster
        yield False
        return
    if not _is_of(taken, token):  # a newer link came between: it is not ours to spend
        _give_back(taken, path)
        yield False
        return
    try:
        yield True
    except BaseException:
        _give_back(taken, path)
        raise
    taken.unlink(missing_ok=True)


def _give_back(taken: Path, path: Path) -> None:
    with suppress(OSError):  # a newer link stands there: it alone is good
        path.hardlink_to(taken)
    taken.unlink(missing_ok=True)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
