"""The worker's log: one file a day by the date in TZ, UTF-8, kept 30 days; stacks of a hung worker go there too."""

import faulthandler
import logging
import os
import re
import signal
import sys
from contextlib import suppress
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import IO

KEPT = timedelta(days=30)

#: Set by the loop: the cycle under way, for each line of the log.
current_cycle = 0


class DailyFile(logging.Handler):
    """Appends each record to FOLDER/NAME_YYYYMMDD.log, by the date in `zone`.

    Opens the file for each record: there are few of them, and so a deleted file, a new day and a second process that
    writes it too need no thought. Never raises and never blocks the work: a log that can't be written is lost.
    """

    def __init__(self, folder: Path, name: str, zone: tzinfo) -> None:
        super().__init__()
        self._folder = folder
        self._name = name
        self._zone = zone
        self._cleaned = ""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record."""
        moment = datetime.fromtimestamp(record.created, self._zone)
        stamp = moment.isoformat(sep=" ", timespec="milliseconds")
        try:
            line = f"{stamp} {self.format(record)}\n".encode("utf-8", "backslashreplace")
        except Exception:  # whatever a value's own text raises: the standard handlers go on, too
            self.handleError(record)
            return
        with suppress(OSError, ValueError):
            descriptor = os.open(self.path(moment), os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
            try:
                os.write(descriptor, line)
            finally:
                os.close(descriptor)
            day = f"{moment:%Y%m%d}"
            if day != self._cleaned:
                self._cleaned = day
                self._remove_before(moment - KEPT)

    def path(self, moment: datetime) -> Path:
        """Return the file of a day; its folder exists then."""
        self._folder.mkdir(parents=True, exist_ok=True)
        return self._folder / f"{self._name}_{moment:%Y%m%d}.log"

    def _remove_before(self, moment: datetime) -> None:
        for path in self._folder.glob(f"{self._name}_*.log"):
            found = re.fullmatch(rf"{re.escape(self._name)}_(\d{{8}})\.log", path.name)
            if found and found[1] < f"{moment:%Y%m%d}":
                with suppress(OSError):
                    path.unlink()


class _WithCycle(logging.Filter):
    """Adds the cycle under way to each record."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.cycle = f"c{current_cycle}" if current_cycle else "-"
        return True


def start(folder: Path, name: str, zone: tzinfo) -> DailyFile:
    """Send everything that is logged to the daily file, and warnings to the terminal as well."""
    daily = DailyFile(folder, name, zone)
    daily.addFilter(_WithCycle())
    daily.setFormatter(logging.Formatter("%(levelname)-7s %(cycle)s %(name)s: %(message)s"))
    terminal = logging.StreamHandler(sys.stderr)
    terminal.setLevel(logging.WARNING)
    terminal.setFormatter(logging.Formatter(f"{name}: %(message)s"))
    root = logging.getLogger()
    root.setLevel(logging.INFO)
    root.handlers = [daily, terminal]
    logging.getLogger("asyncio").setLevel(logging.WARNING)
    return daily


class Stacks:
    """Writes the stacks of all threads into the day's log on SIGUSR1. Call `renew` now and then: it changes daily."""

    def __init__(self, daily: DailyFile) -> None:
        self._daily = daily
        self._path: Path | None = None
        self._file: IO[str] | None = None

    def renew(self, now: datetime) -> None:
        """Point to today's file; a folder that takes no write is left for the next time."""
        with suppress(OSError):
            path = self._daily.path(now)
            if path == self._path and path.exists():
                return
            file = path.open("a", encoding="utf-8")
            faulthandler.register(signal.SIGUSR1, file=file, all_threads=True)
            if self._file is not None:
                self._file.close()
            self._path, self._file = path, file
