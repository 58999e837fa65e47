"""The link by which a first person comes to the page: a token that is good once and for ten minutes.

Only its hash is kept. Who can ask for one can run commands as the owner of the data folder.
"""

import hashlib
import hmac
import json
import secrets
from pathlib import Path

from worker.runtime import clock
from worker.runtime.files import write_private
from worker.runtime.process_identity import Identity

#: How long a link is good, by a clock that nobody sets (seconds).
LASTS = 600.0


def path_in(data: Path) -> Path:
    """Return the file of the newest link."""
    return data / "page_link.json"


def issue(data: Path) -> str:
    """Return a new token; the one before is worth nothing from now on. Raises OSError."""
    token = secrets.token_urlsafe(32)
    values = {"hash": _hash(token), "boot": Identity.own().boot, "ends": clock.since_boot() + LASTS}
    write_private(path_in(data), json.dumps(values))
    return token


def is_good(data: Path, token: str) -> bool:
    """True for the newest token until its time is up or it is spent."""
    try:
        values = json.loads(path_in(data).read_text(encoding="ascii"))
        left = float(values["ends"]) - clock.since_boot()
        is_timely = values["boot"] == Identity.own().boot and 0 < left <= LASTS
        return is_timely and hmac.compare_digest(str(values["hash"]), _hash(token))
    except (OSError, ValueError, KeyError, TypeError):
        return False


def spend(data: Path, token: str) -> bool:
    """Return whether the token is good, and make it worthless. Of two that come at once one is refused."""
    if not is_good(data, token):
        return False
    try:
        path_in(data).unlink()
    except FileNotFoundError:
        return False
    return True


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
