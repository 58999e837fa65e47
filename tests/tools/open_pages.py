"""Pages that stay open while a tree is broken: readers who signed in, and ask as their browsers do.

A reader has a connection for each request, as a browser has one once the page was started anew. What can't be reached
is asked for again: the page is one of the processes that a fault may end.
"""

import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import quote, urlencode

from worker.admin import users
from worker.admin.users import Role
from worker.errors import DaybreakError
from worker.payments.payment import KST

#: Seconds between two requests of an open page: what the script of `templates/today_parts.html` does.
EVERY = 6.0

#: Seconds after which a reader who reached nobody asks again.
AGAIN = 1.0

#: Longest wait for an answer (seconds). The page itself gives a request 30.
LONGEST = 40.0

#: Seconds within which the page has to answer once a fault is over.
BACK_WITHIN = 30.0

NAME, PASSWORD = "박경리", "four words of mine"

#: What one reader looks at, again and again. Most of the time a page is only left open.
ROUND = (
    "/today",
    "/waiting",
    "/today",
    f"/payments?q={quote('고객')}",
    "/today",
    "/days",
)

TOKEN = re.compile(r'name="token" value="([^"]+)"')

#: Where the page is now: its data folder and its port. A tree may move.
Where = Callable[[], tuple[Path, int]]


class OpenPages:
    """So many readers of one tree."""

    def __init__(self, where: Where, count: int) -> None:
        self._where = where
        self._over = threading.Event()
        self._lock = threading.Lock()
        #: What became of all requests, in words, and of those that failed: where.
        self._counts: Counter[str] = Counter()
        self.failures: Counter[str] = Counter()
        #: The longest that an answer took (seconds), and to which request.
        self._slowest = (0.0, "")
        #: The session of who looks after a fault.
        self._own = ""
        self._readers = [
            threading.Thread(target=self._read, args=(EVERY * number / count,), daemon=True) for number in range(count)
        ]

    def begin(self) -> None:
        """Open the pages."""
        for reader in self._readers:
            reader.start()

    def end(self) -> None:
        """Close them."""
        self._over.set()
        for reader in self._readers:
            if reader.ident is not None:
                reader.join(LONGEST)

    def why_not_served(self) -> str:
        """Return why a reader who comes now sees nothing, or an empty text. Waits for it for `BACK_WITHIN` seconds."""
        if not self._readers:
            return ""
        end = time.monotonic() + BACK_WITHIN
        said = ""
        while time.monotonic() < end:
            try:
                self._own = self._own or self._sign_in()
                if self._own and self._look("/today", self._own):
                    return ""
                self._own = ""
                said = "it shows no screen"
            except (OSError, HTTPException) as error:
                said = f"{type(error).__name__}: {error}"
            time.sleep(0.2)
        return f"the page is not back after {BACK_WITHIN:g} s: {said}"

    def counted(self, what: str) -> int:
        """Return how many requests came to this: answered, failed, not reached, too late, signed in."""
        with self._lock:
            return self._counts[what]

    def said(self) -> str:
        """Return what became of all requests, in one line; an empty text without a reader."""
        if not self._readers:
            return ""
        with self._lock:
            counts = ", ".join(f"{count:,} {what}" for what, count in self._counts.most_common())
            seconds, request = self._slowest
            text = f"{len(self._readers)} pages open: {counts}; the slowest answer took {seconds:.1f} s, to {request}"
            return text + "".join(f"\n  failed {count} ×: {what}" for what, count in self.failures.most_common())

    # --- one reader

    def _read(self, later: float) -> None:
        """Ask until all is over. The readers come one after another: who signs in costs a tenth of a second."""
        self._over.wait(later)
        cookie = ""
        step = 0
        while not self._over.is_set():
            pause = EVERY
            try:
                cookie = cookie or self._sign_in()
                if not cookie or not self._look(ROUND[step % len(ROUND)], cookie):
                    cookie = ""
                    pause = AGAIN
                step += 1
            except TimeoutError:
                self._count("too late")
            except (OSError, HTTPException):
                self._count("not reached")
                pause = AGAIN
            self._over.wait(pause)

    def _sign_in(self) -> str:
        """Sign in by the page's own form; return the session's cookie, or an empty text where that was refused."""
        status, headers, text = self._ask("GET", "/sign-in")
        token, form_cookie = TOKEN.search(text), headers.get("set-cookie", "").partition(";")[0]
        if status != 200 or token is None:
            self._fail("GET /sign-in", status)
            return ""
        data, port = self._where()
        with self._lock, suppress(DaybreakError, OSError):
            # Only where a page answers: the folder of a tree that moves has to be empty when its books arrive.
            if not users.read(data):
                users.add(data, NAME, Role.OFFICE, PASSWORD, now=datetime.now(KST))
        form = urlencode({"token": token[1], "name": NAME, "password": PASSWORD, "next": "/"})
        more = {
            "Cookie": form_cookie,
            "Origin": f"http://127.0.0.1:{port}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        status, headers, _ = self._ask("POST", "/sign-in", form.encode(), more)
        cookie = headers.get("set-cookie", "").partition(";")[0]
        if status != 303 or not cookie:
            self._fail("POST /sign-in", status)
            return ""
        self._count("signed in")
        return cookie

    def _look(self, path: str, cookie: str) -> bool:
        """Look at a screen; return False where the reader has to sign in anew."""
        more = {"Cookie": cookie}
        if path == "/today":
            more["HX-Request"] = "true"
        status, headers, text = self._ask("GET", path, more=more)
        if status == 303 or "hx-redirect" in headers:
            self._count("led to the sign-in")
            return False
        shown = '<div id="parts"' if path == "/today" else "<h1"
        if status != 200 or shown not in text:
            self._fail(f"GET {path.partition('?')[0]}", status)
        else:
            self._count("answered")
        return True

    def _ask(
        self, method: str, path: str, body: bytes | None = None, more: Mapping[str, str] | None = None
    ) -> tuple[int, Mapping[str, str], str]:
        """Return status, headers by their small name, and text."""
        _, port = self._where()
        connection = HTTPConnection("127.0.0.1", port, timeout=LONGEST)
        begun = time.monotonic()
        try:
            connection.request(method, path, body=body, headers={**(more or {}), "Accept-Language": "ko-KR"})
            answer = connection.getresponse()
            text = answer.read().decode("utf-8", "replace")
        finally:
            connection.close()
        with self._lock:
            self._slowest = max(self._slowest, (time.monotonic() - begun, f"{method} {path.partition('?')[0]}"))
        # Of two cookies the session's comes first.
        headers: dict[str, str] = {}
        for name, value in answer.getheaders():
            headers.setdefault(name.lower(), value)
        return answer.status, headers, text

    def _fail(self, what: str, status: int) -> None:
        with self._lock:
            self._counts["failed"] += 1
            self.failures[f"{what} answered {status}"] += 1

    def _count(self, what: str) -> None:
        with self._lock:
            self._counts[what] += 1
