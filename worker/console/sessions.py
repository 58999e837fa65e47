"""Who is signed in: a random text in a cookie, of which only the hash is kept. Ends after 12 hours, and with the
password.

`begin` and `end` wait for the disk: they are called in a thread of their own, one at a time.
"""

import hashlib
import hmac
import json
import secrets
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from worker.admin.users import User, Users
from worker.ledger.people import compared
from worker.runtime import clock
from worker.runtime.files import write_private
from worker.runtime.process_identity import Identity

#: Length of a session (seconds), by a clock that can't be set; it ends with the machine's boot as well.
LASTS = 12 * 3600.0

#: Sessions that are kept at once; the oldest goes first.
MOST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One browser that is signed in."""

    #: The user's name as it is compared, and what changes with the password.
    user: str
    stamp: str
    #: When it ends, in seconds since boot.
    ends: float


class Sessions:
    """The sessions of one data folder. They outlast a restart of the page."""

    def __init__(self, data: Path) -> None:
        self._path = data / "page_sessions.json"
        self._boot = Identity.own().boot
        self._lock = threading.Lock()
        self._sessions: Mapping[str, Session] = self._read()

    def begin(self, user: User) -> str:
        """Return the cookie of a new session."""
        cookie = secrets.token_urlsafe(32)
        session = Session(user=compared(user.name), stamp=user.stamp, ends=clock.since_boot() + LASTS)
        with self._lock:
            self._write({**self._sessions, _hash(cookie): session})
        return cookie

    def end(self, cookie: str) -> None:
        """End a session."""
        name = _hash(cookie)
        with self._lock:
            if name in self._sessions:
                self._write({other: one for other, one in self._sessions.items() if other != name})

    def user(self, cookie: str, users: Users) -> User | None:
        """Return who is signed in by this cookie, or None: nobody, too long ago, or by another password."""
        session = self._sessions.get(_hash(cookie)) if cookie else None
        if session is None or clock.since_boot() >= session.ends:
            return None
        user = users.get(session.user)
        return user if user is not None and hmac.compare_digest(user.stamp, session.stamp) else None

    def _read(self) -> Mapping[str, Session]:
        with suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
            values = json.loads(self._path.read_text(encoding="utf-8"))
            if values["boot"] == self._boot:
                return {str(name): Session(**one) for name, one in values["sessions"].items()}
        return {}

    def _write(self, sessions: Mapping[str, Session]) -> None:
        """Put these in the place of those that were known: others read meanwhile."""
        now = clock.since_boot()
        living = [(name, one) for name, one in sessions.items() if one.ends > now]
        self._sessions = dict(living[-MOST:])
        values = {"boot": self._boot, "sessions": {name: asdict(one) for name, one in self._sessions.items()}}
        with suppress(OSError):  # a full disk costs a new sign-in after the next start of the page
            write_private(self._path, json.dumps(values, ensure_ascii=False))


def form_token(cookie: str) -> str:
    """Return what each form of a page carries: only who has the cookie can tell it."""
    return hashlib.sha256(f"form\0{cookie}".encode()).hexdigest()


def is_form_token(cookie: str, token: str) -> bool:
    """True for the token of this cookie's forms."""
    return bool(cookie) and hmac.compare_digest(form_token(cookie).encode(), token.encode("utf-8", "replace"))


def _hash(cookie: str) -> str:
    return hashlib.sha256(cookie.encode("utf-8", "replace")).hexdigest()
