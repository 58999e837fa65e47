"""The page as a program: `python -m worker.console`. Ends with its parent in a tree; holds no lock of the worker's.

Exit codes: 0 asked to stop · 78 CONSOLE_PORT names no port · anything else a crash.
"""

import asyncio
import logging
import os
import signal
import socket
from contextlib import suppress
from pathlib import Path
from zoneinfo import ZoneInfo

from worker.config import console_port, ini
from worker.config.public_holidays import Library
from worker.console.server import Server
from worker.console.site import app_of
from worker.errors import SettingsError
from worker.i18n import message
from worker.runtime import clock, logs, memory, private, spool
from worker.runtime.exit_codes import SETTINGS_WRONG, STOPPED
from worker.runtime.heartbeat import Heartbeat, Phase, now_ticks
from worker.runtime.kernel import die_with_parent
from worker.runtime.loopback import PortTaken, listen
from worker.runtime.process_identity import Identity
from worker.runtime.spool import NoteKind
from worker.version import version

log = logging.getLogger("console")

#: The page beats this often, and promises the next beat within (seconds).
BEAT_EVERY, PATIENCE = 10.0, 40.0

#: First and longest wait before a taken port is tried again (seconds).
TRY_FIRST, TRY_LAST = 1.0, 30.0

#: The page gives way to the worker (nice(2)).
NICE = 5


def main() -> int:
    """Serve until asked to stop; return the exit code."""
    private.umask()
    memory.share_heaps()
    memory.keep_no_large_blocks()  # a password takes 20 MB for a moment
    memory.trim()  # what loading all modules has taken
    Library.is_beside = True
    if os.environ.get("DAYBREAK_TREE") == "1":
        die_with_parent(signal.SIGTERM)
    with suppress(OSError):
        os.nice(NICE)
    data, values = ini.data_dir(), ini.in_use().values()
    zone = _zone(values.get("TZ", ""))
    beat(data, zone)
    logs.start(data / "logs", "console", zone)
    try:
        port = console_port.of(values)
    except SettingsError as error:
        log.error("%s", error)
        return SETTINGS_WRONG
    if port is None:
        log.error("CONSOLE_PORT is empty: there is no page")
        return SETTINGS_WRONG
    asyncio.run(serve(data, zone, port))
    return STOPPED


async def serve(data: Path, zone: ZoneInfo, port: int) -> None:
    """Listen, if need be once another program has left the port, and serve until a signal."""
    ending = asyncio.Event()
    loop = asyncio.get_running_loop()
    for asked in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(asked, ending.set)
    listener = await _listen(data, zone, port, ending)
    beating = asyncio.create_task(_beat(data, zone))
    if listener is not None:
        server = Server(app_of(data, zone, port))
        log.info("daybreak %s: the page is at http://127.0.0.1:%d/ (pid %d)", version(), port, os.getpid())
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        waiting = asyncio.create_task(ending.wait())
        # A bug that ends the server ends the program: circusd starts it again.
        await asyncio.wait([serving, waiting], return_when=asyncio.FIRST_COMPLETED)
        server.end()
        waiting.cancel()
        await serving
    beating.cancel()
    with suppress(asyncio.CancelledError):
        await beating


async def _listen(data: Path, zone: ZoneInfo, port: int, ending: asyncio.Event) -> socket.socket | None:
    """Return the listening socket, or None when the end was asked for first. A taken port is told once."""
    pause = TRY_FIRST
    text = message(
        "the office's page can't be reached: port {port} is another program's. End that one, or write another "
        "CONSOLE_PORT",
        port=str(port),
    )
    while not ending.is_set():
        try:
            return listen(port)
        except PortTaken:
            if pause == TRY_FIRST:
                log.error("%s. It is tried again and again", text)
                spool.put(data, NoteKind.ALERT, at=clock.wall(zone), text=text, by="console", cause="page")
        beat(data, zone, step=text)
        with suppress(TimeoutError):
            await asyncio.wait_for(ending.wait(), pause)
        pause = min(2 * pause, TRY_LAST)
    return None


async def _beat(data: Path, zone: ZoneInfo) -> None:
    """Beat in the thread that answers: a page that does not answer does not beat."""
    while True:
        beat(data, zone)
        await asyncio.sleep(BEAT_EVERY)


def beat(data: Path, zone: ZoneInfo, *, step: str = "") -> None:
    """Promise the next beat to plugin:heartbeat; a disk that takes none is no reason to end.

    `step`: why the page can't be reached, for `daybreak status`.
    """
    path = data / "guards" / "console.txt"
    with suppress(OSError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        Heartbeat(
            identity=Identity.own(),
            phase=Phase.WAITING,
            patience=PATIENCE,
            at=clock.wall(zone),
            ticks=now_ticks(),
            version=version(),
            step=step,
        ).write(path)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name or "Asia/Seoul")
    except Exception:  # whatever is wrong with the name, the worker refuses it; the page must say so
        return ZoneInfo("Asia/Seoul")


if __name__ == "__main__":
    raise SystemExit(main())
