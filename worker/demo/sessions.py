"""Who is signed in, and who may."""

import secrets
import string
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from worker.demo.clock import Clock, read, stored
from worker.demo.database import Database
from worker.demo.knobs import Knobs

COMPANY, USER, PASSWORD = "DEMO01", "DAYBREAK", "demo-pass-1"  # a demo's, open to all
TRIES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A session; `cookie` is the value of ECOUNT_SessionId."""

    sid: str
    secret: str
    user: str
    state: str

    @property
    def cookie(self) -> str:
        """Return `<sid>=<hex>`."""
        return f"{self.sid}={self.secret}"


class Sessions:
    """Sessions go `pending → live → ended`; only one of a user is live unless `rival_check` is off."""

    def __init__(self, db: Database, *, clock: Clock, knobs: Knobs) -> None:
        self._db = db
        self._clock = clock
        self._knobs = knobs

    def refusal(self, company: str, user: str, password: str) -> str | None:
        """Say why the credentials are refused, or None; five refusals in a row lock the account."""
        failures = int(self._db["failures"] or 0)
        if failures >= TRIES:
            return _LOCKED
        if (company, user, password) == (COMPANY, USER, PASSWORD):
            self._db["failures"] = "0"
            return None
        self._db["failures"] = str(failures + 1)
        if failures + 1 >= TRIES:
            return _LOCKED
        return f"회사코드, ID 또는 비밀번호를 확인바랍니다. (오류 {failures + 1}/{TRIES}회)"

    def unlock(self) -> None:
        """Open a locked account."""
        self._db["failures"] = "0"

    def begin(self, *, state: str = "pending", rival: bool = False) -> Session:
        """Make a session of the demo's user."""
        letters = string.ascii_uppercase + string.digits
        sid = "AB-" + "".join(secrets.choice(letters) for _ in range(12))
        now = stored(self._clock.now())
        session = Session(sid=sid, secret=secrets.token_hex(16), user=USER, state=state)
        self._db.run(
            "INSERT INTO session (sid, secret, user, state, rival, created_at, seen_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
            *(sid, session.secret, USER, state, rival, now, now),
        )
        return session

    def enter(self, session: Session, *, kick: bool = False) -> bool:
        """Make a pending session live; False if another one of the same user is and must not be kicked."""
        if not kick and self.has_rival(session):
            return False
        if kick:
            self._end("state = 'live' AND sid <> ?", session.sid, reason="kicked")
        self._db.run("UPDATE session SET state = 'live' WHERE sid = ?", session.sid)
        return True

    def has_rival(self, session: Session) -> bool:
        """Tell whether the same user has another live session."""
        if not self._knobs.is_on("rival_check"):
            return False
        self._end_idle()
        sql = "SELECT count(*) FROM session WHERE state = 'live' AND user = ? AND sid <> ?"
        return self._db.number(sql, session.user, session.sid) > 0

    def find(self, cookie: str, sid: str) -> Session | None:
        """Return the pending or live session of this cookie and sid, noting that it was used."""
        self._end_idle()
        rows = self._db.rows("SELECT sid, secret, user, state FROM session WHERE sid = ? AND state <> 'ended'", sid)
        if not rows or cookie != f"{rows[0]['sid']}={rows[0]['secret']}":
            return None
        self._db.run("UPDATE session SET seen_at = ? WHERE sid = ?", stored(self._clock.now()), sid)
        return Session(**dict(rows[0]))

    def end(self, sid: str, *, reason: str) -> None:
        """End one session."""
        self._end("sid = ? AND state <> 'ended'", sid, reason=reason)

    def end_all(self, *, reason: str) -> int:
        """End all sessions; return how many there were."""
        return self._end("state <> 'ended'", reason=reason)

    def all(self) -> list[dict[str, Any]]:
        """Return all sessions, oldest first, without their secrets."""
        sql = "SELECT sid, user, state, reason, rival, created_at, seen_at FROM session ORDER BY created_at, rowid"
        told = [dict(row) for row in self._db.rows(sql)]
        for session in told:
            session["rival"] = bool(session["rival"])
            session |= {key: read(session[key]).isoformat() for key in ("created_at", "seen_at")}
        return told

    def knows(self, device: str) -> bool:
        """Tell whether a browser with this device key need not be asked."""
        known = self._db.number("SELECT count(*) FROM device WHERE key = ?", device)
        return bool(known) or self._knobs.is_on("known_device")

    def register(self) -> str:
        """Register a new device; return its key."""
        key = secrets.token_hex(16)
        self._db.run("INSERT INTO device VALUES (?)", key)
        return key

    def _end_idle(self) -> None:
        idle = timedelta(minutes=self._knobs.number("session_idle_min"))
        self._end("state <> 'ended' AND seen_at < ?", stored(self._clock.now() - idle), reason="idle")

    def _end(self, where: str, *values: object, reason: str) -> int:
        sql = f"UPDATE session SET state = 'ended', reason = ? WHERE {where}"
        return self._db.run(sql, reason, *values).rowcount


_LOCKED = "비밀번호를 5회 잘못 입력하여 계정이 잠겼습니다. 마스터 사용자에게 문의하시기 바랍니다."
