"""A stand-in for systemd that speaks its notify protocol: hears READY, WATCHDOG and STOPPING, and knows the limit."""

import socket
import threading
import time
from types import TracebackType
from typing import Self
from uuid import uuid4


class Systemd:
    """Listens as systemd does, and remembers each message with the time it came."""

    def __init__(self, *, limit: float, address: str = "") -> None:
        self.address = address or f"@daybreak-test-{uuid4().hex}"
        #: WatchdogSec (seconds).
        self.limit = limit
        self.heard: list[tuple[float, str]] = []
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(f"\0{self.address[1:]}" if self.address.startswith("@") else self.address)
        self._socket.settimeout(0.1)
        self._open = True
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Listen no more."""
        self._open = False
        self._thread.join()
        self._socket.close()

    def _listen(self) -> None:
        while self._open:
            try:
                message = self._socket.recv(4096).decode()
            except TimeoutError:
                continue
            self.heard.append((time.monotonic(), message))

    def environment(self) -> dict[str, str]:
        """Return what systemd gives a service with Type=notify and WatchdogSec."""
        return {"NOTIFY_SOCKET": self.address, "WATCHDOG_USEC": str(int(self.limit * 1e6)), "WATCHDOG_PID": "1"}

    def count(self, word: str) -> int:
        """Return how many messages began so."""
        return sum(1 for _, message in list(self.heard) if message.startswith(word))

    def is_starved(self) -> bool:
        """True when systemd would take action now."""
        fed = [at for at, message in list(self.heard) if message.startswith("WATCHDOG=1")]
        return bool(fed) and time.monotonic() - fed[-1] > self.limit
