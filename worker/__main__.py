"""The worker's start: settings → lock → loop. Where the parts meet; `worker/app/job.py` puts a cycle's parts together.

Exit codes: 0 asked to stop · 75 another instance holds the lock · 78 settings wrong · anything else a crash.
"""

import logging
import os
import signal
import socket
import sys
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import cast
from zoneinfo import ZoneInfo

from worker.alerts import channel_tests
from worker.app.job import POSTED, Job
from worker.config import ini, kept, loading, refused, settings
from worker.control.requests import CommandKind, CommandResult
from worker.erp import find
from worker.errors import AlreadyRunning, DaybreakError, LedgerError, SettingsError, Superseded
from worker.i18n import message, said_by
from worker.runtime import installation, logs, memory, private, reaper
from worker.runtime.heartbeat import Phase
from worker.runtime.kernel import die_with_parent
from worker.runtime.locks import Lock, MachineLock
from worker.runtime.stop import HeartbeatWriter, Stop
from worker.schedule import calendar
from worker.schedule.loop import run
from worker.version import version

log = logging.getLogger("worker")

EXIT_LOCKED, EXIT_SETTINGS, EXIT_SUPERSEDED, EXIT_NO_FOLDER = 75, 78, 1, 1

#: From its start to its first cycle the worker may be silent for so long (seconds).
STARTING_PATIENCE = 30.0


def main() -> int:
    """Run the worker until it is asked to stop; return its exit code."""
    private.umask()
    memory.share_heaps()
    stop = Stop()
    with stop.on_signals(), ExitStack() as held:
        if os.environ.get("DAYBREAK_TREE") == "1":
            die_with_parent(signal.SIGTERM)
        try:
            chosen = loading.load()
            channel_tests.demand(chosen)
        except SettingsError as error:
            with suppress(OSError):
                logs.start(ini.data_dir() / "logs", "worker", ZoneInfo("Asia/Seoul"))
            log.error("%s", error)
            refused.note(ini.data_dir(), error.problems or [said_by(error)])
            return EXIT_SETTINGS
        _keep_settings(chosen)
        daily = _start_log(chosen, told=(POSTED,))
        try:
            lock = held.enter_context(Lock(chosen.data_dir / "runtime.lock", version=version(), zone=chosen.zone))
            held.enter_context(machine_lock(chosen))
        except AlreadyRunning as error:
            log.error("%s", error)
            return EXIT_LOCKED
        except OSError as error:
            log.error(
                "%s",
                message(
                    "taking the lock: {why}. The worker needs a data folder that it can write into", why=str(error)
                ),
            )
            return EXIT_NO_FOLDER
        heart = HeartbeatWriter(chosen.data_dir / "heartbeat.txt", version=version(), now=chosen.now, stop=stop)
        heart.beat(Phase.STARTING, patience=STARTING_PATIENCE)
        log.info("daybreak %s starts, pid %s: %s", version(), os.getpid(), _described(chosen))
        stacks = logs.Stacks(daily)
        try:
            for pid in reaper.reap(chosen.data_dir):
                log.warning("ended what an earlier worker left: pid %s", pid)
        except AlreadyRunning as error:
            log.error("%s", error)
            return EXIT_LOCKED
        _put_right(chosen)
        job = Job(chosen, heart=heart, lock=lock)
        held.callback(job.close)
        try:
            job.open_ledger()
        except (LedgerError, OSError) as error:
            log.error("%s", error)

        def idle() -> None:
            stacks.renew(chosen.now())
            job.chores()

        idle()
        try:
            run(
                stop=stop,
                heart=heart,
                now=chosen.now,
                plan=chosen,
                past=job.past,
                run_cycle=job.run_cycle,
                idle=idle,
                asked=job.asked,
            )
        except Superseded as error:
            log.error("%s", error)
            return EXIT_SUPERSEDED
        heart.beat(Phase.STOPPING, patience=STARTING_PATIENCE)
        log.info("daybreak ends: asked to stop (%s)", stop.reason)
    return 0


def machine_lock(chosen: settings.Settings) -> MachineLock:
    """Return the lock that keeps every other worker on this machine from the books that these settings name."""
    family = find(chosen.erp).family(chosen.address)
    return MachineLock(family=family, origin=chosen.origin, company=chosen.company)


def _put_right(chosen: settings.Settings) -> None:
    """Take from everybody else what they could read until now."""
    try:
        if private.put_right(chosen.data_dir):
            log.warning("others could enter %s: it is ours alone now (0700)", chosen.data_dir)
    except OSError as error:
        log.error("keeping others out of %s: %s", chosen.data_dir, error)


def _keep_settings(chosen: settings.Settings) -> None:
    """Remember the settings that this worker starts with: guards and sender go on with them, whatever comes."""
    refused.forget(chosen.data_dir)
    try:
        kept.keep(installation.ini_path(), ini.sections())
    except (SettingsError, OSError) as error:  # edited this very moment, or a disk that takes no write
        log.warning("the settings of this start are not kept: %s", error)


def run_once(chosen: settings.Settings, *, test: bool, rows: int | None = None) -> tuple[str, str]:
    """Run one cycle here and now, under the worker's locks; return its outcome and why. `rows`: post so many at most.

    Raises AlreadyRunning when a worker holds a lock, LedgerError when the ledger can't be opened, SettingsError for
    production without a tested way to people.
    """
    if not test:
        channel_tests.demand(chosen)
    _demand_demo(chosen)
    with _alone(chosen) as job:
        ledger = job.open_ledger()
        outcome = job.run_cycle(calendar.Slot(at=chosen.now(), test=test, rows=rows))
        return str(outcome), cast("str", ledger.last_cycles(1)[0]["why"])


def _demand_demo(chosen: settings.Settings) -> None:
    """Raise DaybreakError while the demo ERP is off: a cycle without it says nothing, and would count as failed."""
    if not chosen.demo:
        return
    with socket.socket() as probe:
        probe.settimeout(2.0)
        if probe.connect_ex(("127.0.0.1", chosen.demo_port)) == 0:
            return
    raise DaybreakError(
        message(
            "running a cycle: the demo ERP does not run on port {port}. Start everything with ./scripts/start, or set "
            "ERP_URL",
            port=str(chosen.demo_port),
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
    _start_log(chosen)
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


def _start_log(chosen: settings.Settings, *, told: Collection[str] = ()) -> logs.DailyFile:
    folder, is_json = chosen.data_dir / "logs", chosen.log_format == "json"
    return logs.start(folder, "worker", chosen.zone, kept_days=chosen.keep_log_days, as_json=is_json, told=told)


def _described(chosen: settings.Settings) -> str:
    where = f"demo ERP at {chosen.address}" if chosen.demo else f"{chosen.address}, company {chosen.company}"
    mode = "posts" if chosen.posts else "MODE = test, saves nothing"
    return f"{where}; {mode}; data in {chosen.data_dir}"


USAGE = """usage: python -m worker

Runs the worker until it is asked to stop. Started by circusd (./scripts/start); for people there is: daybreak --help"""

EXIT_USAGE = 2


def _asked(arguments: list[str]) -> int:
    """Run the worker; with any word behind it say how it is used, and start nothing."""
    if arguments:
        is_help = arguments in (["--help"], ["-h"])
        print(USAGE, file=sys.stdout if is_help else sys.stderr)
        return 0 if is_help else EXIT_USAGE
    return main()


if __name__ == "__main__":
    sys.exit(_asked(sys.argv[1:]))
