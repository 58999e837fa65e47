"""Feeds what watches the whole tree: systemd on this host, a dead-man service off it. Fed by plugin:heartbeat.

The protocol of systemd is one datagram of text to a socket that it names (sd_notify(3)); no library is needed.
"""

import os
import socket
from collections.abc import Callable, Mapping
from pathlib import Path

from worker.alerts.dead_man import Ping
from worker.runtime import heartbeat, reaper
from worker.runtime.circus_client import Circus, NoAnswer, Refused
from worker.runtime.heartbeat import now_ticks

#: The other guard lives while it has beaten within (seconds).
PARTNER_BEATS = 30.0

#: Interval of pings to the service off this host (seconds).
PING_EVERY = 60.0

#: Times that systemd is fed within its limit; without a limit it is not fed.
TIMES = 4


def notify(message: str, environ: Mapping[str, str] = os.environ) -> bool:
    """Send systemd a message; return False when there is no systemd to listen, or it did not take it."""
    address = environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return False
    # A name that begins with @ stands for the kernel's own name space (unix(7), abstract sockets).
    name = f"\0{address[1:]}" if address.startswith("@") else address
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
            sender.settimeout(1.0)
            sender.connect(name)
            sender.sendall(message.encode("utf-8"))
    except OSError:
        return False
    return True


def feeding_interval(environ: Mapping[str, str] = os.environ) -> float | None:
    """Return how often systemd wants to be fed (seconds), or None if it does not watch."""
    text = environ.get("WATCHDOG_USEC", "")
    if not text.isdigit() or int(text) == 0:
        return None
    # WATCHDOG_PID names circusd; the unit lets its children speak for it (NotifyAccess=all).
    return int(text) / 1e6 / TIMES


class Watchdog:
    """Feeds while circusd answers and the other guard lives; systemd and the service act when it stays away."""

    def __init__(self, data: Path, *, circus: Circus, partner: str, ping: Ping) -> None:
        self._partner = partner
        self._partner_beats = data / "guards" / f"{partner}.txt"
        self._circus = circus
        self._ping = ping
        self._every = feeding_interval()
        self._fed: float | None = None
        self._ready = False

    @property
    def is_due(self) -> bool:
        """True when systemd must be fed now."""
        return self._every is not None and (self._fed is None or now_ticks() - self._fed >= self._every)

    def look(self, *, answers: bool, say: Callable[[], str] = str) -> None:
        """Feed if all is well. `answers`: circusd has just answered for the worker; `say` tells how things stand."""
        if not answers or not self._partner_lives():
            return
        said = say()
        if not self._ready:
            self._ready = notify("READY=1")
        if self.is_due:
            self._fed = now_ticks()
            notify(f"WATCHDOG=1\nSTATUS={said}" if said else "WATCHDOG=1")
        self._ping.every(PING_EVERY, f"{said}\n")

    def _partner_lives(self) -> bool:
        beat = heartbeat.read(self._partner_beats)
        if beat is not None and not reaper.is_gone(beat.identity) and beat.silence(now_ticks()) < PARTNER_BEATS:
            return True
        try:
            # An operator's doing, or a file without this guard: no reason to begin anew.
            return self._circus.running(f"plugin:{self._partner}").status == "stopped"
        except Refused:
            return True
        except NoAnswer:
            return False
