"""The log files of circusd and the guards: the worker's kind, one a day by the date in TZ."""

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from worker.logs import DailyFile

__all__ = ["DailyFile", "zone_of"]


def zone_of(settings: Mapping[str, str]) -> ZoneInfo:
    """Return the time zone of the logs; Seoul when the setting is wrong (the worker says so)."""
    try:
        return ZoneInfo(settings.get("TZ") or "Asia/Seoul")
    except (KeyError, ValueError, OSError):
        return ZoneInfo("Asia/Seoul")
