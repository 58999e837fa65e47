"""The log files of circusd and the guards: the worker's kind, one a day by the date in TZ."""

import logging
from collections.abc import Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

from worker.runtime.logs import KEPT_DAYS, DailyFile, InZone

__all__ = ["DailyFile", "daily_file", "name_zone", "zone_of"]


def zone_of(settings: Mapping[str, str]) -> ZoneInfo:
    """Return the time zone of the logs; Seoul when the setting is wrong (the worker says so)."""
    try:
        return ZoneInfo(settings.get("TZ") or "Asia/Seoul")
    except (KeyError, ValueError, OSError):
        return ZoneInfo("Asia/Seoul")


def name_zone(zone: ZoneInfo) -> None:
    """Have circusd's lines on the terminal carry the time in this zone, and its name."""
    for logger in (logging.getLogger(), logging.getLogger("circus")):
        for handler in logger.handlers:
            pattern = handler.formatter._fmt if handler.formatter else None
            if type(handler) is logging.StreamHandler and pattern:
                handler.setFormatter(InZone(pattern, zone))


def daily_file(data: Path, name: str, pattern: str, settings: Mapping[str, str]) -> DailyFile:
    """Return the handler of one log, by KEEP_LOG_DAYS and LOG_FORMAT; what is wrong there counts as not set."""
    text = settings.get("KEEP_LOG_DAYS", "").strip()
    kept_days = int(text) if text.isdecimal() and 0 < int(text) <= 3650 else KEPT_DAYS
    handler = DailyFile(data / "logs", name, zone_of(settings), kept_days=kept_days)
    handler.write_as(pattern, as_json=settings.get("LOG_FORMAT", "").strip() == "json")
    return handler
