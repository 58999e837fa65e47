"""The worker's start: settings → lock → loop. Where the parts meet; `worker/app/job.py` puts a cycle's parts together.

Exit codes: 0 asked to stop · 75 another instance holds the lock · 78 settings wrong · anything else a crash.
"""

import logging
import os
import signal
import sys
from contextlib import ExitStack, suppress
from zoneinfo import ZoneInfo

from worker.alerts import channel_tests
from worker.app.by_hand import machine_lock
from worker.app.job import POSTED, Job
from worker.config import ini, kept, loading, log_file, refused, settings
from worker.errors import AlreadyRunning, LedgerError, SettingsError, Superseded
from worker.i18n import message, said_by
from worker.runtime import installation, logs, memory, private, reaper
from worker.runtime.exit_codes import LOCK_HELD, SETTINGS_WRONG
from worker.runtime.heartbeat import Phase
from worker.runtime.kernel import die_with_parent
from worker.runtime.locks import Lock
from worker.runtime.stop import HeartbeatWriter, Stop
from worker.schedule.loop import run
from worker.version import version

log = logging.getLogger("worker")

EXIT_SUPERSEDED, EXIT_NO_FOLDER = 1, 1

#: The worker's longest silence between its start and its first cycle (seconds).
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
            return SETTINGS_WRONG
        _keep_settings(chosen)
        daily = log_file.start(chosen, told=(POSTED,))
        try:
            lock = held.enter_context(Lock(chosen.data_dir / "runtime.lock", version=version(), zone=chosen.zone))
            held.enter_context(machine_lock(chosen))
        except AlreadyRunning as error:
            log.error("%s", error)
            return LOCK_HELD
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
            return LOCK_HELD
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
                plan=chosen.schedule,
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


def _put_right(chosen: settings.Settings) -> None:
    """Close the data folder to other users, and warn if they could read it."""
    try:
        if private.put_right(chosen.data_dir):
            log.warning("other users could read %s: from now on its owner alone can (0700)", chosen.data_dir)
    except OSError as error:
        log.error("keeping others out of %s: %s", chosen.data_dir, error)


def _keep_settings(chosen: settings.Settings) -> None:
    """Remember the settings that this worker starts with: guards and sender go on with them, whatever comes."""
    refused.forget(chosen.data_dir)
    try:
        kept.keep(installation.ini_path(), ini.sections())
    except (SettingsError, OSError) as error:  # edited this very moment, or a disk that takes no write
        log.warning("the settings of this start are not kept: %s", error)


def _described(chosen: settings.Settings) -> str:
    where = (
        f"demo ERP at {chosen.erp.address}" if chosen.demo else f"{chosen.erp.address}, company {chosen.erp.company}"
    )
    mode = "posts" if chosen.posting.posts else f"MODE = {chosen.posting.mode}, saves nothing"
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
