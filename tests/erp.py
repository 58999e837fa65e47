"""A demo ERP of a test's own: own ports, own folder, own knobs."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.rig import free_ports

#: What a test wants unless it says otherwise: no waiting, nothing that happens by itself.
#: DEMO_GENERATION runs any test on the other generation of screens.
QUIET: Mapping[str, object] = {
    "delays": 0,
    "arrivals_per_min": 0,
    "generation": os.environ.get("DEMO_GENERATION", "old"),
}
START_WITHIN_S = 60.0
STOP_WITHIN_S = 5.0


class ControlError(RuntimeError):
    """The control API refused a request; the message is its own."""


class DemoErp:
    """A running `python -m worker.demo`, as a context manager.

    `payments` is how many a fresh folder lists; `knobs` are added to QUIET. What the server printed is added to
    any error that leaves the block. A folder that is given is kept; one of its own is removed.
    """

    def __init__(
        self,
        *,
        payments: int = 206,
        folder: Path | None = None,
        knobs: Mapping[str, object] | None = None,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self._count = payments
        self._own_folder = folder is None
        self.folder = folder or Path(tempfile.mkdtemp(prefix="demo-erp-"))
        self._first_knobs = {**QUIET, **(knobs or {})}
        self._knobs = dict(self._first_knobs)
        self._env = dict(env or {})
        self.port, self.control_port = free_ports(2)
        self._process: subprocess.Popen[bytes] | None = None
        self._output = self.folder / "demo-erp-output.txt"

    @property
    def url(self) -> str:
        """Return the login address, such as `http://127.0.0.1:40001`."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def zone(self) -> str:
        """Return the zone's address, such as `http://localhost:40001`."""
        return f"http://localhost:{self.port}"

    @property
    def control_url(self) -> str:
        """Return the control API's address."""
        return f"http://127.0.0.1:{self.control_port}"

    @property
    def pid(self) -> int:
        """Return the server's process id."""
        assert self._process is not None, "the demo ERP was not started"
        return self._process.pid

    @property
    def output(self) -> str:
        """Return what the server printed so far."""
        return self._output.read_text(encoding="utf-8", errors="replace") if self._output.exists() else ""

    def __enter__(self) -> Self:
        """Start the server and wait until it answers."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the server; tell what it printed if the block failed."""
        try:
            self.stop()
        finally:
            if error is not None and (output := self.output):
                error.add_note(f"the demo ERP printed:\n{output}")
            if self._own_folder:
                shutil.rmtree(self.folder, ignore_errors=True)

    def start(self) -> None:
        """Start the server on the same ports and folder, and wait until it answers."""
        with self._output.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "worker.demo"],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=self.environment(),
            )
        deadline = time.monotonic() + START_WITHIN_S
        while not self.is_healthy():
            ended = self._process.poll()
            if ended is not None or time.monotonic() > deadline:
                self.kill()
                what = "did not answer" if ended is None else f"ended with {ended}"
                raise AssertionError(f"the demo ERP {what} within {START_WITHIN_S:.0f} s\n{self.output}")
            time.sleep(0.02)

    def environment(self) -> dict[str, str]:
        """Return the environment the server is started with."""
        return {
            **os.environ,
            "DEMO_PORT": str(self.port),
            "DEMO_CONTROL_PORT": str(self.control_port),
            "DEMO_PAYMENTS": str(self._count),
            "DEMO_KNOBS": json.dumps(self._knobs),
            "DATA_DIR": str(self.folder),
            **self._env,
        }

    def stop(self) -> None:
        """Ask the server to stop; kill it if it doesn't."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """Kill the server at once, as a crash would; what it stored stays."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(STOP_WITHIN_S)

    def restart(self) -> None:
        """Stop and start again: same ports, same folder, the knobs it was made with and those set since."""
        self.stop()
        self.start()

    def control(self, path: str, body: object = None, method: str | None = None) -> Any:
        """Call the control API; GET without a body, else POST, unless `method` says otherwise."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(  # our own loopback address
            f"{self.control_url}{path}", data, method=method or ("GET" if body is None else "POST")
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            with error:
                raise ControlError(f"{path}: {error.code} {error.read().decode()}") from error

    def payments(self) -> list[dict[str, Any]]:
        """Return all payments, oldest entry first."""
        return list(self.control("/payments"))

    def add(self, **payment: object) -> dict[str, Any]:
        """Add one payment; what is not given is invented. Return it whole, with its id."""
        return dict(self.control("/payments", [payment])[0])

    def change(self, number: int, **fields: object) -> dict[str, Any]:
        """Change fields of a payment."""
        return dict(self.control(f"/payments/{number}", fields, "PATCH"))

    def cancel(self, number: int) -> dict[str, Any]:
        """Cancel a payment the way `cancel_model` says; return the row that now says 취소."""
        return dict(self.control(f"/payments/{number}/cancel", {}))

    def slips(self) -> list[dict[str, Any]]:
        """Return all deposits ever stored, oldest first."""
        return list(self.control("/slips"))

    def uploads(self) -> list[dict[str, Any]]:
        """Return one entry per save request that reached the server."""
        return list(self.control("/uploads"))

    def knobs(self, **values: object) -> dict[str, Any]:
        """Set knobs, if any are given; return the values of all."""
        if values:
            told = dict(self.control("/knobs", values))
            self._knobs |= values
            return told
        return {name: knob["value"] for name, knob in self.control("/knobs").items()}

    def clock(self, **how: object) -> dict[str, Any]:
        """Set the ERP's clock by `now` (ISO) or `offset_s`; without either, read it."""
        return dict(self.control("/clock", how or None))

    def now(self) -> datetime:
        """Return the ERP's time."""
        return datetime.fromisoformat(self.clock()["now"])

    def stats(self) -> dict[str, int]:
        """Return the counters: requests, logins, pages, rows, …"""
        return dict(self.control("/stats"))

    def reset(self, **how: int) -> None:
        """Begin anew with `payments` listed and `seed`; knobs go back to those given at the start."""
        self.control("/reset", how)
        self._knobs = dict(self._first_knobs)
        self.knobs(**self._knobs)

    def is_healthy(self) -> bool:
        """Tell whether the server answers."""
        try:
            return bool(self.control("/health")["ok"])
        except (OSError, ControlError):
            return False
