"""The status page while no worker writes it: what the last one knew, under a headline of the guard's."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from worker.i18n import reasons
from worker.i18n.language import Language
from worker.i18n.words import Words
from worker.runtime.desired_state import Intent
from worker.status import page
from worker.status.page import Health, View

PAUSED = Words("Paused until {until} by {by}: it starts again by itself then")
STOPPED = Words("Stopped by {by} since {since}, until somebody starts it")
REFUSED = Words(
    "The worker refuses its settings and stays stopped: {problem}. Correct them, then: circusctl start worker"
)
CRASHED = Words("The worker ended {count} times in a row ({why}); the next one starts at {at}")
NOBODY = Words("No worker runs and nobody wants that: see circusd's log")
REPLACED = Words("The worker was silent: a new one is being started")


NO_VALUES: Mapping[str, object] = {}


def wished(intent: Intent) -> tuple[Words, Mapping[str, object]]:
    """Return what to say of a worker that an operator does not want to run."""
    named = {"by": intent.by or "?"}
    if intent.until is not None:
        return PAUSED, {**named, "until": f"{intent.until:%Y-%m-%d %H:%M}"}
    return STOPPED, {**named, "since": f"{intent.since:%Y-%m-%d %H:%M}" if intent.since else "?"}


def headline(last: View | None, health: Health, sentence: str, *, now: datetime, language: Language) -> View:
    """Return the page with a new headline. What the last one knew of another day's timeline and figures is left out."""
    found = last or View()
    is_today = bool(found.written) and datetime.fromisoformat(found.written).date() == now.date()
    return replace(
        found,
        language=language.value,
        health=health.value,
        problems=(),
        doing=sentence,
        step="",
        since=found.since if found.doing == sentence and found.since else now.isoformat(),
        written=now.isoformat(),
        valid_until=(now + page.TRUE_FOR).isoformat(),
        next_cycle="",
        today=found.today if is_today else {},
        marks=found.marks if is_today else (),
    )


class Notice:
    """Writes the page for plugin:heartbeat. Never waits, never raises."""

    def __init__(self, data: Path, settings: Mapping[str, str]) -> None:
        self._path = data / page.NAME
        is_korean = settings.get("REPORT_LANGUAGE", "").strip().lower() == Language.KO
        self._language = Language.KO if is_korean else Language.EN
        self._said: tuple[str, datetime] | None = None

    def say(self, health: Health, words: Words, values: Mapping[str, object] = NO_VALUES, *, now: datetime) -> None:
        """Write the page when the sentence is new, and every minute."""
        said = {
            name: reasons.say(value if isinstance(value, str) else str(value), self._language)
            for name, value in values.items()
        }
        sentence = words(self._language, **said)
        if self._said and self._said[0] == sentence and timedelta(0) <= now - self._said[1] < page.REWRITE:
            return
        self._said = (sentence, now)
        with suppress(OSError, ValueError):
            page.write(self._path, headline(page.read(self._path), health, sentence, now=now, language=self._language))

    def leave(self) -> None:
        """A worker runs and writes the page itself."""
        self._said = None
