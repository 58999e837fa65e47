"""The catalogue of alarms as people read it: of each cause what happened, what was done, what to do, who is told."""

from collections.abc import Iterator
from datetime import datetime, tzinfo

from worker.alerts.acknowledged import is_worse
from worker.alerts.catalogue import CAUSES, cause_of
from worker.alerts.message import DONE, HAPPENED, TODO
from worker.config.channels import Audience
from worker.i18n import reasons
from worker.i18n.language import Language
from worker.i18n.words import Words
from worker.ledger.alarms import Alarm

_TOLD = Words("Who is told")

#: Whom a cause concerns, in words.
AUDIENCES = {
    Audience.OFFICE: Words("the office"),
    Audience.KEEPER: Words("the keeper of the machine"),
    Audience.BOTH: Words("the office and the keeper of the machine"),
}

_OPEN = Words("Alarm {number}, open since {since}: {title}")
_OVER = Words("Alarm {number}, {since} to {until}: {title}")
_SEEN = Words("acknowledged by {who}, {at}")
_WORSE = Words("More has come since it was acknowledged: reminders go on.")
_NOT_SEEN = Words("Reminders stop with: daybreak alarms --acknowledge {number}")


def lines(language: Language) -> Iterator[str]:
    """Yield the lines of the whole catalogue, with an empty one between two causes."""
    for number, (name, cause) in enumerate(CAUSES.items()):
        if number:
            yield ""
        yield name
        for label, text in (
            (HAPPENED, cause.title),
            (DONE, cause.done),
            (TODO, cause.todo),
            (_TOLD, AUDIENCES[cause.concerns]),
        ):
            yield f"  {label(language)}: {text(language)}"


def of_alarm(alarm: Alarm, language: Language, *, zone: tzinfo | None) -> Iterator[str]:
    """Yield the lines of one alarm: what it says, who has acknowledged it, what to do."""

    def local(at: datetime) -> str:
        return f"{at.astimezone(zone):%Y-%m-%d %H:%M}"

    cause, seen = cause_of(alarm.cause), alarm.acknowledged
    told = {"number": alarm.id, "since": local(alarm.since), "title": cause.title(language)}
    yield _OVER(language, **told, until=local(alarm.ended_at)) if alarm.ended_at else _OPEN(language, **told)
    yield f"  {reasons.say(alarm.what, language)}"
    if seen is not None:
        yield f"  {_SEEN(language, who=seen.by, at=local(seen.at))}"
    if alarm.ended_at is None and is_worse(alarm):
        yield f"  {_WORSE(language)}"
    elif alarm.ended_at is None and seen is None:
        yield f"  {_NOT_SEEN(language, number=alarm.id)}"
    yield f"  {TODO(language)}: {cause.todo(language)}"
