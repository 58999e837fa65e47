"""The log files of circusd and the guards: one a day, UTF-8, kept 30 days."""

import logging
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

KEPT = timedelta(days=30)


def zone_of(settings: Mapping[str, str]) -> ZoneInfo:
    """Return the time zone of the logs; Seoul when the setting is wrong (the worker says so)."""
    try:
        return ZoneInfo(settings.get("TZ") or "Asia/Seoul")
    except (KeyError, ValueError, OSError):
        return ZoneInfo("Asia/Seoul")


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
        moment = datetime.fromtimestamp(record.created, self._zone)
        stamp = moment.isoformat(sep=" ", timespec="milliseconds")
        day = f"{moment:%Y%m%d}"
        with suppress(OSError, ValueError):
            line = f"{stamp} {self.format(record)}\n".encode("utf-8", "backslashreplace")
            self._folder.mkdir(parents=True, exist_ok=True)
            path = self._folder / f"{self._name}_{day}.log"
            descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
            try:
                os.write(descriptor, line)
            finally:
                os.close(descriptor)
            if day != self._cleaned:
                self._cleaned = day
                self._remove_before(moment - KEPT)

    def _remove_before(self, moment: datetime) -> None:
        for path in self._folder.glob(f"{self._name}_*.log"):
            found = re.fullmatch(rf"{re.escape(self._name)}_(\d{{8}})\.log", path.name)
            if found and found[1] < f"{moment:%Y%m%d}":
                with suppress(OSError):
                    path.unlink()
