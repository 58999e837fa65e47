"""What the status page shows, as plain values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from worker.i18n.language import Language


class Health(StrEnum):
    """One word and one colour; the words of `daybreak status`."""

    HEALTHY = "healthy"
    DEGRADED = "degraded"
    DOWN = "down"


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineMark:
    """A stretch of the day's timeline: minutes from midnight, and what became of the cycles due there."""

    start: int
    minutes: int
    #: open, ran, failed, skipped, missed, or due: still to come.
    state: str
    count: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What the page shows. Times are ISO with offset, or empty."""

    language: str = Language.EN.value
    health: str = Health.HEALTHY.value
    #: Sentences: why it is not healthy.
    problems: Sequence[str] = ()
    #: A phase of the heartbeat, or a sentence of the guard.
    doing: str = ""
    step: str = ""
    since: str = ""
    written: str = ""
    valid_until: str = ""
    next_cycle: str = ""
    #: Of the last batch: at, rows, won (signed), outcome.
    batch: Mapping[str, object] = field(default_factory=dict)
    #: Cycles that ran and failed, deposits confirmed, of those cancellations, and their sum in won, of the day.
    today: Mapping[str, int] = field(default_factory=dict)
    #: Sentences: what a person must decide.
    needs: Sequence[str] = ()
    marks: Sequence[TimelineMark] = ()
    erp: str = ""
    version: str = ""


def joined(marks: Sequence[TimelineMark]) -> tuple[TimelineMark, ...]:
    """Return the marks with neighbours of one state as one, where a cycle is due more often than people can see."""
    found: list[TimelineMark] = []
    for one in marks:
        last = found[-1] if found else None
        if last and last.state == one.state and one.minutes < 10 and last.start + last.minutes == one.start:
            found[-1] = TimelineMark(
                start=last.start, minutes=last.minutes + one.minutes, state=one.state, count=last.count + one.count
            )
        else:
            found.append(one)
    return tuple(found)
