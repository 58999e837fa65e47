"""What a person asks for by hand, a cycle or a question to the ERP, done here in the worker's place."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from worker.alerts import channel_tests
from worker.app.job import Job
from worker.config import log_file, settings
from worker.erp import find
from worker.errors import DaybreakError
from worker.i18n import message
from worker.runtime import reaper
from worker.runtime.commands import CommandKind, CommandResult
from worker.runtime.locks import Lock, MachineLock
from worker.runtime.stop import HeartbeatWriter, Stop
from worker.schedule import calendar
from worker.version import version


def run_once(chosen: settings.Settings, *, test: bool, rows: int | None = None, only: str = "") -> tuple[str, str]:
    """Run one cycle here and now, under the worker's locks; return its outcome and why.

    `rows`: post so many at most. `only`: post this payment alone, by its key.

    Raises AlreadyRunning when a worker holds a lock, LedgerError when the ledger can't be opened, SettingsError for
    production without a tested way to people.
    """
    if not test:
        channel_tests.demand(chosen)
    _demand_demo(chosen)
    with _alone(chosen) as job:
        ledger = job.open_ledger()
        outcome = job.run_cycle(calendar.Slot(at=chosen.now(), test=test, rows=rows, only=only))
        return str(outcome), cast("str", ledger.last_cycles(1)[0]["why"])


def _demand_demo(chosen: settings.Settings) -> None:
    """Raise DaybreakError while the demo ERP is off: a cycle without it says nothing, and would count as failed."""
    if not chosen.demo:
        return
    with socket.socket() as probe:
        probe.settimeout(2.0)
        if probe.connect_ex(("127.0.0.1", chosen.erp.demo_port)) == 0:
            return
    raise DaybreakError(
        message(
            "running a cycle: the demo ERP does not run on port {port}. Start everything with ./scripts/start, or set "
            "ERP_URL",
            port=str(chosen.erp.demo_port),
        )
    )


def run_errand(chosen: settings.Settings, what: CommandKind) -> CommandResult:
    """Do here and now what the running worker would be asked for. Raises AlreadyRunning when one holds a lock."""
    with _alone(chosen) as job:
        return job.errand(what)


@contextmanager
def _alone(chosen: settings.Settings) -> Iterator[Job]:
    """Stand in the worker's place, under its locks. Raises AlreadyRunning when another one does."""
    stop = Stop()
    log_file.start(chosen)
    with (
        stop.on_signals(),
        Lock(chosen.data_dir / "runtime.lock", version=version(), zone=chosen.zone) as lock,
        machine_lock(chosen),
    ):
        heart = HeartbeatWriter(chosen.data_dir / "heartbeat.txt", version=version(), now=chosen.now, stop=stop)
        reaper.reap(chosen.data_dir)
        job = Job(chosen, heart=heart, lock=lock)
        try:
            yield job
        finally:
            job.close()


def machine_lock(chosen: settings.Settings) -> MachineLock:
    """Return the lock that keeps every other worker on this machine from the books that these settings name."""
    family = find(chosen.erp.name).family(chosen.erp.address)
    return MachineLock(family=family, origin=chosen.erp.origin, company=chosen.erp.company)
