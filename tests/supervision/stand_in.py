"""A stand-in for the worker: light, beats like it, and misbehaves as $DATA_DIR/told says.

`told` holds words: `hang` (beat no more), `exit N`, `deaf` (ignore SIGTERM), `slow N` (take N seconds to end),
`silent` (never beat), `patience N` (promise the next beat within N seconds), `phase NAME`, `idle N` (say that nothing
got done for N seconds), `zombie` (never look at a child that has ended), `eat N` (hold N MB), `family` (start children
as a worker does: a driver, and a browser in its own session), `brood N` (leave N children that start more).
"""

import ctypes
import faulthandler
import os
import signal
import subprocess
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

from worker.errors import AlreadyRunning
from worker.runtime.heartbeat import Heartbeat, Phase, now_ticks
from worker.runtime.locks import Lock, MachineLock
from worker.runtime.process_identity import Identity

DATA = Path(os.environ["DAYBREAK_INI"]).parent / os.environ.get("DATA_DIR", "var")
#: The promise of a beat where none is told (seconds). On a busy machine a process may not run for a second.
PATIENCE = 2.0

#: A driver below the worker, a browser in its own session below that, and a crash handler that the browser let go.
FAMILY = """
import subprocess, sys, time
subprocess.run(["/bin/sh", "-c", "setsid sleep %d & exit 0" % (300 + 1)])
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)", "browser"], start_new_session=True)
time.sleep(300)
"""

#: Once the worker has ended, starts children in sessions of their own and lets them go.
BROOD = """
import os, subprocess, time
worker = os.getppid()
while os.getppid() == worker:
    time.sleep(0.005)
while True:
    subprocess.run(["/bin/sh", "-c", "setsid sleep 302 & exit 0"])
"""


def told() -> list[list[str]]:
    """Return the orders in force."""
    try:
        return [line.split() for line in (DATA / "told").read_text(encoding="utf-8").splitlines() if line.split()]
    except OSError:
        return []


def order(name: str) -> str | None:
    """Return what stands behind an order, or None while it is not given."""
    return next((" ".join(words[1:]) for words in told() if words[0] == name), None)


def beat() -> None:
    """Keep the promise."""
    phase = Phase(order("phase") or "waiting")
    idle = float(order("idle") or 0)
    due = datetime.now().astimezone() - timedelta(seconds=idle)
    Heartbeat(
        identity=Identity.own(),
        phase=phase,
        patience=float(order("patience") or PATIENCE),
        at=datetime.now().astimezone(),
        ticks=now_ticks(),
        next_cycle=due.isoformat(timespec="seconds") if idle else "",
        progress=now_ticks() - idle,
    ).write(DATA / "heartbeat.txt")


def main() -> int:
    """Run until asked to stop."""
    stop: list[int] = []

    def on_signal(number: int, frame: object) -> None:
        if order("deaf") is None:
            stop.append(number)

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, on_signal)
    if os.environ.get("DAYBREAK_TREE") == "1":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM, 0, 0, 0)
    DATA.mkdir(parents=True, exist_ok=True)
    with (DATA / "stacks.txt").open("a", encoding="utf-8") as stacks:
        faulthandler.register(signal.SIGUSR1, file=stacks, all_threads=True)
        if (code := order("exit")) is not None:
            return int(code)
        try:
            company = os.environ.get("ERP_COMPANY") or os.environ["DAYBREAK_INI"]
            with (
                Lock(DATA / "runtime.lock", version="stand-in"),
                MachineLock(family="stand-in.test", origin="https://stand-in.test", company=company),
            ):
                if order("family") is not None:
                    subprocess.Popen([sys.executable, "-c", FAMILY, "driver"])
                for _ in range(int(order("brood") or 0)):
                    subprocess.Popen([sys.executable, "-c", BROOD, "brood"])
                if order("zombie") is not None:
                    finished = subprocess.Popen(["true"])
                    assert finished.returncode is None, "nobody looks at it"
                eaten = b"x" * (int(order("eat") or 0) * 1_000_000)
                while not stop:
                    assert eaten is not None
                    if (code := order("die")) is not None:
                        return int(code)
                    if order("hang") is None and order("silent") is None:
                        beat()
                    time.sleep(0.05)
                time.sleep(float(order("slow") or 0))
        except AlreadyRunning:
            return 75
    return 0


if __name__ == "__main__":
    sys.exit(main())
