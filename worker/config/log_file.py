"""The worker's daily log file, as the settings want it."""

from collections.abc import Collection

from worker.config.settings import Settings
from worker.runtime import logs


def start(chosen: Settings, *, told: Collection[str] = ()) -> logs.DailyFile:
    """Have what is logged from here on go into the worker's daily file; `told` as logs.start has it."""
    kept, folder = chosen.retention, chosen.data_dir / "logs"
    is_json = kept.log_format == "json"
    return logs.start(folder, "worker", chosen.zone, kept_days=kept.keep_log_days, as_json=is_json, told=told)
