"""Whether the office's page can be reached, by what its process says of itself."""

from collections.abc import Mapping
from pathlib import Path

from worker.i18n import message
from worker.runtime import heartbeat
from worker.runtime.heartbeat import now_ticks

WATCHER = "console"


def why_not(data: Path, circus: Mapping[str, str]) -> str:
    """Say why the page can't be reached although it is to run, or return an empty text. `circus`: watchers' states."""
    if circus.get(WATCHER) != "active":
        return ""
    beat = heartbeat.read(data / "guards" / f"{WATCHER}.txt")
    if beat is None or not beat.identity.is_alive() or beat.is_broken(now_ticks()):
        return message("the office's page does not beat; see {folder}, console_….log", folder=str(data / "logs"))
    return beat.step
