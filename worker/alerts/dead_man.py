"""Tells a dead-man service off this host that we live, in the style of healthchecks.io; it raises an alarm if we stop.

Light: the guards use it as well. A ping never holds up the work: one short-lived thread sends what waits, in order.
"""

import logging
import threading
import time
import uuid
from collections import deque
from collections.abc import Mapping
from contextlib import ExitStack
from urllib.error import URLError
from urllib.parse import urlencode, urlsplit, urlunsplit

from worker.config.ping_address import address, why_no_address
from worker.runtime.upstream import Proxy, is_loopback
from worker.runtime.web_relay import WebRelay

log = logging.getLogger(__name__)

#: Longest time of one try (seconds), and the number of tries.
TIMEOUT, TRIES = 5.0, 2

#: More than these do not wait: a service that hangs for hours must not fill the memory.
MOST = 8

#: Longest body that is sent (characters); healthchecks.io keeps 100 kB.
LONGEST = 4000


def lines(values: Mapping[str, object]) -> str:
    """Return a ping's body: one `name: value` a line."""
    return "".join(f"{name}: {value}\n" for name, value in values.items())


class Ping:
    """Pings one address; does nothing without one. Failures are logged once, until a ping arrives again."""

    def __init__(self, setting: str, *, name: str, proxy: Proxy | None = None, timeout: float = TIMEOUT) -> None:
        """`proxy`: the office's; a service on this machine is reached without it."""
        # The guards go on with a setting that the worker refuses.
        self._address = "" if why_no_address(setting) else address(setting)
        self._proxy = None if is_loopback(urlsplit(self._address).hostname or "") else proxy
        self._name = name
        self._timeout = timeout
        self._run = ""
        self._waiting: deque[tuple[str, str]] = deque(maxlen=MOST)
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._failed = False
        self._sent_at: float | None = None

    def start(self) -> None:
        """Say that a run begins. What is said until its end carries the same run id."""
        self._run = str(uuid.uuid4())
        self._say("/start", "")

    def success(self, body: str) -> None:
        """Say that the run went well."""
        self._say("", body)
        self._run = ""

    def fail(self, reason: str, body: str = "") -> None:
        """Say that the run failed, and why."""
        self._say("/fail", f"{reason}\n{body}")
        self._run = ""

    def every(self, seconds: float, body: str) -> None:
        """Say that all is well, at most so often."""
        ticks = time.monotonic()
        if self._sent_at is None or ticks - self._sent_at >= seconds:
            self._sent_at = ticks
            self._say("", body)

    def close(self, within: float = 2.0) -> None:
        """Give what still waits a moment to go out."""
        with self._lock:
            thread = self._thread
        if thread is not None:
            thread.join(within)

    def _say(self, what: str, body: str) -> None:
        if not self._address:
            return
        parts = urlsplit(self._address)
        query = "&".join(one for one in (parts.query, urlencode({"rid": self._run}) if self._run else "") if one)
        url = urlunsplit((parts.scheme, parts.netloc, parts.path.rstrip("/") + what, query, ""))
        with self._lock:
            self._waiting.append((url, body))
            if self._thread is None:
                self._thread = threading.Thread(target=self._send_all, name=f"ping {self._name}", daemon=True)
                self._thread.start()

    def _send_all(self) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    self._thread = None
                    return
                url, body = self._waiting.popleft()
            self._send(url, body)

    def _send(self, url: str, body: str) -> None:
        # Only here: it takes 6 MB, and a guard without an address shall not hold them.
        from urllib.request import ProxyHandler, Request, build_opener

        problem = ""
        with ExitStack() as stack:
            relay = stack.enter_context(WebRelay(self._proxy)) if self._proxy is not None else None
            # None: what the environment says.
            proxies = None if relay is None else {"http": relay.url, "https": relay.url}
            opener = build_opener(ProxyHandler(proxies))
            for _ in range(TRIES):
                if relay is not None:
                    relay.problem = ""
                try:
                    request = Request(url, data=body[:LONGEST].encode("utf-8"), headers={"User-Agent": "daybreak"})
                    with opener.open(request, timeout=self._timeout):
                        pass
                except (OSError, ValueError, EOFError) as error:
                    problem = (relay.problem if relay else "") or _without_address(error)
                except Exception as error:  # http.client has more names; a ping is never worth a worker
                    problem = type(error).__name__
                else:
                    if self._failed:
                        log.info("ping of the %s: it arrives again", self._name)
                    self._failed = False
                    return
        if not self._failed:
            log.warning("ping of the %s to %s: %s. Said once", self._name, urlsplit(url).hostname, problem)
        self._failed = True


def _without_address(error: BaseException) -> str:
    """Return what went wrong. Not the whole address: who knows it can ping in our name."""
    if isinstance(error, URLError) and not hasattr(error, "code"):
        return f"{error.reason}"
    return f"{error}" or type(error).__name__
