"""The demo ERP as a program: `python -m worker.demo`.

DEMO_PORT (8800), DEMO_CONTROL_PORT (8801), DATA_DIR (`var`), DEMO_KNOBS (a JSON object of knob values),
DEMO_PAYMENTS (206: how many payments a new database lists). In a tree, which sets DAYBREAK_TREE=1, it also ends
with its parent.
"""

import asyncio
import json
import os
import signal
import socket
import sys
import time
from contextlib import suppress
from pathlib import Path

from worker.demo import seed
from worker.demo.app import app_of
from worker.demo.erp import Erp
from worker.demo.knobs import KnobError
from worker.demo.life import Life
from worker.demo.server import Server
from worker.demo.sessions import COMPANY, PASSWORD, USER
from worker.demo.tree import Tree
from worker.runtime import private
from worker.runtime.loopback import PortTaken, listen


def main() -> None:
    """Serve until asked to stop."""
    if sys.argv[1:]:
        sys.exit(f"{__doc__}\nIt takes no arguments.")
    private.umask()
    folder = Path(os.environ.get("DATA_DIR") or "var")
    tree = Tree(folder / "runtime.lock") if os.environ.get("DAYBREAK_TREE") == "1" else None
    port, control_port = number("DEMO_PORT", 8800), number("DEMO_CONTROL_PORT", 8801)
    sockets = [bound("DEMO_PORT", port), bound("DEMO_CONTROL_PORT", control_port)]
    erp = Erp(folder / "demo", knobs=knobs())
    if erp.db.is_new:
        seed.plant(erp, count=number("DEMO_PAYMENTS", seed.COUNT, most=1_000_000), seed=seed.SEED)
    if sys.stdout is not None and sys.stdout.isatty():
        sys.stdout.write(
            f"demo ERP at http://127.0.0.1:{port}, control API at http://127.0.0.1:{control_port}; "
            f"sign in as {COMPANY} / {USER} / {PASSWORD}; Ctrl-C ends it\n"
        )
    asyncio.run(serve(erp, sockets, control_port=control_port, tree=tree))


async def serve(erp: Erp, sockets: list[socket.socket], *, control_port: int, tree: Tree | None) -> None:
    """Serve both ports and let the demo live, until a signal."""
    signals: asyncio.Queue[signal.Signals] = asyncio.Queue()
    for asked in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(asked, signals.put_nowait, asked)
    server = Server(app_of(erp, control_port=control_port))
    serving = asyncio.create_task(server.serve(sockets=sockets))
    living = asyncio.create_task(Life(erp, started=time.monotonic()).run())
    # A bug in one of the two ends the program; it does not leave half a demo behind.
    asking = asyncio.create_task(signals.get())
    await asyncio.wait([serving, living, asking], return_when=asyncio.FIRST_COMPLETED)
    if asking.done() and tree is not None:
        await tree.outlast_worker(signals)
    server.should_exit = True
    asking.cancel()
    living.cancel()
    await serving
    with suppress(asyncio.CancelledError):
        await living
    erp.db.close()


def bound(name: str, port: int) -> socket.socket:
    """Return a socket that listens on the port; end with a sentence if another program has it."""
    try:
        return listen(port)
    except PortTaken:
        sys.exit(
            f"port {port} is taken, so the demo ERP cannot start: "
            f"stop the program that listens there, or set {name} to a free port"
        )


def number(name: str, default: int, *, most: int = 65535) -> int:
    """Return a whole number from the environment."""
    text = os.environ.get(name) or str(default)
    if not text.isdecimal() or int(text) > most:
        sys.exit(f"{name}={text!r} must be a whole number up to {most}, such as {default}")
    return int(text)


def knobs() -> dict[str, object]:
    """Return the knobs from the environment; whether they exist is for Erp to say."""
    text = os.environ.get("DEMO_KNOBS") or "{}"
    try:
        values = json.loads(text)
    except json.JSONDecodeError as error:
        sys.exit(f"DEMO_KNOBS={text!r} is not JSON: {error}")
    if not isinstance(values, dict):
        sys.exit(f'DEMO_KNOBS={text!r} must be a JSON object, such as {{"delays": 0}}')
    return values


if __name__ == "__main__":
    try:
        main()
    except KnobError as error:
        sys.exit(f"DEMO_KNOBS: {error}")
