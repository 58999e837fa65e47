"""The office's page as plugin:heartbeat sees it: one that breaks its promise is ended, and circusd starts the next."""

from collections.abc import Callable
from pathlib import Path

from hooks import kill_reason
from worker.i18n import message
from worker.runtime import heartbeat, reaper
from worker.runtime.heartbeat import now_ticks

#: The watcher's name, and that of its beat.
WATCHER, BEAT = "console", "console.txt"

#: Interval of looks at the page (seconds): it is less urgent than the worker.
EVERY = 10.0

#: No promise of the page counts for longer (seconds).
CEILING = 60.0


class PageWatch:
    """Follows the page's beats in one data folder. It asks no circusd: the beat names its process."""

    def __init__(self, data: Path, alert: Callable[[str], None]) -> None:
        self._data = data
        self._alert = alert
        self._looked = 0.0

    def look(self) -> None:
        """End a page that has been silent for longer than it promised, with all below it."""
        if now_ticks() - self._looked < EVERY:
            return
        self._looked = now_ticks()
        beat = heartbeat.read(self._data / "guards" / BEAT)
        if beat is None or not beat.is_broken(now_ticks(), CEILING) or reaper.is_gone(beat.identity):
            return
        marks = reaper.marks_of(beat.identity.pid)
        if marks.get(reaper.WATCHER) != WATCHER or marks.get(reaper.MARK) != reaper.mark(self._data):
            return  # what a person has started by hand is that person's
        self._alert(
            message(
                "the office's page (pid {pid}) has been silent for {seconds} s: killing it, circusd starts it again",
                pid=str(beat.identity.pid),
                seconds=f"{beat.silence(now_ticks()):.0f}",
            )
        )
        reason = kill_reason.Reason(identity=beat.identity, text=message("promise broken"), planned=False)
        kill_reason.write(self._data / "guards", reason)
        reaper.end(reaper.tree(beat.identity))
