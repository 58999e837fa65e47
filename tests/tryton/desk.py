"""A worker's job at a Tryton, in the test's own process: a real ledger, a real browser, the whole cycle."""

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from tests.tryton.server import DATABASE, HOME, LOGIN
from worker.app.job import Job
from worker.config import loading
from worker.errors import Superseded
from worker.posting.books import owner_of
from worker.runtime.locks import Lock
from worker.runtime.stop import HeartbeatWriter, Stop
from worker.schedule.calendar import Slot
from worker.schedule.loop import Outcome

#: Short where a fault is waited for, long where a busy machine is; no time to settle (seconds).
PATIENCE: Mapping[str, str] = {
    "SIGN_IN_S": "60",
    "LIST_S": "60",
    "STEP_S": "30",
    "RESULT_S": "6",
    "SETTLE_S": "0.01",
}


def settings_for(port: int) -> dict[str, str]:
    """Return the settings of a worker that posts to the Tryton at this port."""
    return {
        "ERP": "tryton",
        "ERP_URL": f"http://127.0.0.1:{port}/",
        "ERP_COMPANY": DATABASE,
        "ERP_USER": LOGIN,
        "ERP_PASSWORD_FILE": str(HOME / "password"),
        "MODE": "production",
        "DEPOSIT_LIST": "on",
    }


class Desk:
    """One worker after the other on one data folder; a context manager."""

    def __init__(self, folder: Path, port: int, **chosen: str) -> None:
        self._folder = folder
        self._values = {**PATIENCE, **settings_for(port), "DATA_DIR": str(folder), **chosen}
        self._held = ExitStack()
        self._starts = 0

    def __enter__(self) -> Self:
        self._folder.mkdir(parents=True, exist_ok=True)
        self._start()
        ledger = self.job.open_ledger()
        ledger.adopt(owner_of(self.settings), by="a test", at=self.settings.now(), note="nothing was posted", posted=())
        return self

    def __exit__(self, *_: object) -> None:
        self._held.close()

    def _start(self) -> None:
        self.settings = loading.load(self._values)
        self._starts += 1
        lock = self._held.enter_context(Lock(self._folder / f"runtime{self._starts}.lock", version="test"))
        heart = HeartbeatWriter(self._folder / "heartbeat.txt", version="test", now=self.settings.now, stop=Stop())
        self.job = Job(self.settings, heart=heart, lock=lock)
        self._held.callback(self.job.close)

    def restart(self) -> None:
        """Go on as the next worker does, on the same ledger."""
        self._held.close()
        self._start()

    def cycle(self) -> tuple[Outcome, str]:
        """Run one cycle; return how it ended and why."""
        try:
            outcome = self.job.run_cycle(Slot(at=self.settings.now()))
        except Superseded as error:
            return Outcome.FAILED, str(error)
        return outcome, str(self.job.open_ledger().last_cycles(1)[0]["why"])

    def until_done(self, *, cycles: int = 6) -> list[str]:
        """Run cycles until one ends well with nothing waiting and nothing in doubt; return how each ended."""
        ends = []
        for _ in range(cycles):
            outcome, why = self.cycle()
            counts = self.job.open_ledger().counts()
            ends.append(f"{outcome}: {why or counts}")
            if outcome is Outcome.RAN and not counts:
                break
        return ends
