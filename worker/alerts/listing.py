"""The catalogue of alarms as people read it: of each cause what happened, what was done, what to do, who is told."""

from collections.abc import Iterator

from worker.alerts.catalogue import CAUSES
from worker.alerts.message import DONE, HAPPENED, TODO
from worker.config.channels import Audience
from worker.i18n.language import Language
from worker.i18n.words import Words

_TOLD = Words("Who is told")

#: Whom a cause concerns, in words.
AUDIENCES = {
    Audience.OFFICE: Words("the office"),
    Audience.KEEPER: Words("the keeper of the machine"),
    Audience.BOTH: Words("the office and the keeper of the machine"),
}


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
