"""The demo ERP as a program: `python -m worker.demo`.

DEMO_PORT (8800), DEMO_CONTROL_PORT (8801), DATA_DIR (`var`), DEMO_KNOBS (a JSON object of knob values),
DEMO_PAYMENTS (206: how many payments a new database lists).
"""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

from worker.demo import seed
from worker.demo.app import app_of
from worker.demo.erp import Erp
from worker.demo.knobs import KnobError
from worker.demo.server import PortTaken, Server, listen


def main() -> None:
    """Serve until asked to stop."""
    port = int(os.environ.get("DEMO_PORT") or 8800)
    control_port = int(os.environ.get("DEMO_CONTROL_PORT") or 8801)
    sockets = []
    for name, number in (("DEMO_PORT", port), ("DEMO_CONTROL_PORT", control_port)):
        try:
            sockets.append(listen(number))
        except PortTaken:
            sys.exit(
                f"port {number} is taken, so the demo ERP cannot start: "
                f"stop what listens there, or set {name} to a free port"
            )
    try:
        knobs = json.loads(os.environ.get("DEMO_KNOBS") or "{}")
        erp = Erp(Path(os.environ.get("DATA_DIR") or "var") / "demo", knobs=knobs)
    except (KnobError, json.JSONDecodeError) as error:
        sys.exit(f"DEMO_KNOBS: {error}")
    if erp.db.is_new:
        seed.plant(erp, count=int(os.environ.get("DEMO_PAYMENTS") or seed.COUNT), seed=seed.SEED)
    asyncio.run(serve(erp, sockets, control_port))


async def serve(erp, sockets, control_port) -> None:
    server = Server(app_of(erp, control_port=control_port))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, lambda: setattr(server, "should_exit", True))
    await server.serve(sockets=sockets)
    erp.db.close()


main()
