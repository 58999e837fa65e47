"""Makes the reports that are due, run as `python -m worker.reports --due`: one at a time, beside the worker."""

import logging
import os
import signal
import sys
from pathlib import Path

from worker.config import loading, log_file
from worker.errors import DaybreakError, LedgerError, SettingsError
from worker.i18n import said_by, stored
from worker.ledger.ledger import Ledger
from worker.reports import scheduler
from worker.reports.builder import Builder
from worker.reports.records import Records
from worker.runtime import private
from worker.runtime.exit_codes import SETTINGS_WRONG
from worker.runtime.locks import alone

log = logging.getLogger("worker.reports")

#: A run that takes longer is ended by the kernel (seconds).
LONGEST_RUN = 300

EXIT_FAILED, EXIT_USAGE = 1, 2


def main(arguments: list[str]) -> int:
    """Run once; return 0 when nothing is left to be made, or when another run makes it."""
    if arguments != ["--due"]:
        print("usage: python -m worker.reports --due   (for people: daybreak report)", file=sys.stderr)
        return EXIT_USAGE
    private.umask()
    try:
        chosen = loading.load()
    except SettingsError as error:
        print(f"report: {error}", file=sys.stderr)
        return SETTINGS_WRONG
    log_file.start(chosen)
    signal.alarm(LONGEST_RUN)
    os.nice(10)  # the worker comes first
    problem = ""
    try:
        with alone(chosen.data_dir / "report.lock") as is_ours:
            if not is_ours:
                return 0
            with Records(chosen.data_dir, create=False) as records:
                Builder(chosen, records).run_due()
    except (DaybreakError, OSError) as error:
        problem = said_by(error)
    _leave_word(chosen.data_dir, problem)
    return EXIT_FAILED if problem else 0


def _leave_word(data: Path, problem: str) -> None:
    """Note why nothing was made, or that all was: the worker logs it, and has people told if it lasts."""
    try:
        with Ledger(data, create=False) as ledger:
            ledger.set_note(scheduler.FAILED, stored(problem))
    except LedgerError as error:
        log.error("making the reports that are due: %s", problem or error)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
