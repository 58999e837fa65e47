"""The status page while no worker writes it: the last worker's snapshot, under what the guard has to say."""

from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from worker.i18n import message
from worker.i18n.language import Language
from worker.runtime.desired_state import Intent
from worker.status import page, snapshot
from worker.status.snapshot import Snapshot

NOBODY = message("No worker runs and nobody wants that: see circusd's log")
REPLACED = message("The worker was silent: a new one is being started")

#: What is said where nothing is left of the last worker's snapshot.
LOST = message("what the last worker knew can't be read: no figures are shown until a worker runs again")


def wished(intent: Intent) -> str:
    """Return what to say of a worker that an operator does not want to run."""
    by = intent.by or "?"
    if intent.until is not None:
        until = f"{intent.until:%Y-%m-%d %H:%M}"
        return message("Paused until {until} by {by}: it starts again by itself then", until=until, by=by)
    since = f"{intent.since:%Y-%m-%d %H:%M}" if intent.since else "?"
    return message("Stopped by {by} since {since}, until somebody starts it", by=by, since=since)


def refused(problem: str) -> str:
    """Return what to say of settings that the worker does not take."""
    return message(
        "The worker refuses its settings and stays stopped: {problem}. Correct them, then: circusctl start worker",
        problem=problem,
    )


def crashed(count: int, *, why: str, at: str) -> str:
    """Return what to say of a worker that ended again and again; `at`: when the next one starts."""
    return message(
        "The worker ended {count} times in a row ({why}); the next one starts at {at}", count=count, why=why, at=at
    )


class Standing(StrEnum):
    """Why no worker runs."""

    #: The next one is on its way.
    BACK_SOON = "back soon"
    #: The operator has stopped or paused it.
    WANTED = "wanted"
    DOWN = "down"


def under(last: Snapshot | None, sentence: str, standing: Standing, *, now: datetime, language: Language) -> Snapshot:
    """Return what the last worker knew, under a sentence of the guard's. Another day's timeline and figures go."""
    found = last or Snapshot(known=False)
    is_today = bool(found.written) and datetime.fromisoformat(found.written).date() == now.date()
    return replace(
        found,
        language=language.value,
        is_down=standing is not Standing.BACK_SOON,
        is_wanted=standing is Standing.WANTED,
        problems=(sentence,) if found.known else (sentence, LOST),
        doing=sentence,
        step="",
        since=found.since if found.doing == sentence and found.since else now.isoformat(),
        written=now.isoformat(),
        valid_until=(now + page.TRUE_FOR).isoformat(),
        next_cycle=None,
        worker={**found.worker, "pids": [], "phase": None},
        money=found.money if is_today else {},
        cards=found.cards if is_today else (),
        # How long it has waited by now is not known here.
        oldest={name: one for name, one in found.oldest.items() if name != "open_min"},
        stats=found.stats if is_today else {},
        slots=found.slots if is_today else {},
        marks=found.marks if is_today else (),
    )


class Notice:
    """Writes status.json and the page for plugin:heartbeat. Never waits, never raises."""

    def __init__(self, data: Path, language: str) -> None:
        self._data = data
        self._language = Language.KO if language.strip().lower() == Language.KO else Language.EN
        self._said: tuple[str, datetime] | None = None

    def say(self, sentence: str, standing: Standing, *, now: datetime) -> None:
        """Write both when the sentence is new, and every minute."""
        if self._said and self._said[0] == sentence and timedelta(0) <= now - self._said[1] < page.REWRITE:
            return
        self._said = (sentence, now)
        # A file that reads well may still hold what no page can show.
        for last in (snapshot.read(self._data), None):
            try:
                found = under(last, sentence, standing, now=now, language=self._language)
                text = page.render(found)
            except Exception:  # a guard lives on, whatever a file holds
                continue
            with suppress(OSError, ValueError):
                snapshot.write(self._data, found)
            with suppress(OSError, ValueError):
                page.put(self._data, text)
            return

    def leave(self) -> None:
        """A worker runs and writes both itself."""
        self._said = None
