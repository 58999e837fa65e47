"""What the worker does now, in a reader's words."""

from datetime import datetime

from worker.i18n import reasons
from worker.i18n.language import Language
from worker.runtime.heartbeat import AT_REST, Phase
from worker.status.snapshot import Snapshot
from worker.status.words import MAINTENANCE, PHASES


def doing(snapshot: Snapshot, language: Language) -> str:
    """Return the phase in words, or what a guard says while no worker runs; an empty text where nothing is known."""
    try:
        phase = Phase(snapshot.doing)
    except ValueError:
        return reasons.say(snapshot.doing, language) if snapshot.doing else ""
    until = snapshot.maintenance.get("until", "")
    if until and phase in AT_REST:
        return MAINTENANCE(language, until=f"{datetime.fromisoformat(until):%H:%M}")
    return PHASES[phase](language)
