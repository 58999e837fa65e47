"""When nothing worked, by the notes of guards and hooks: hung, down, asleep, or stopped by somebody. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from worker.reports.records import Incident

#: Two stretches that lie closer together than this are one silence.
TOUCHING = timedelta(seconds=5)


class Lull(StrEnum):
    """Why nothing worked for a while."""

    HUNG = "hung"  # the worker ran and kept no promise
    DOWN = "down"  # no worker ran, and the operator did not want that
    ASLEEP = "asleep"  # the machine slept
    PUT_BACK = "put-back"  # the machine was paused, or put back to a snapshot
    PAUSED = "paused"  # the operator had stopped or paused the worker
    PLANNED = "planned"  # the ERP was planned to be away


#: What the notes of each kind tell of when they are written: at its end.
NOTED = {"incident": Lull.HUNG, "sleep": Lull.ASLEEP, "jump": Lull.PUT_BACK}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A time in which nothing worked."""

    since: datetime
    until: datetime
    lull: Lull
    #: What ended the worker before, or who stopped it.
    why: str = ""

    @property
    def seconds(self) -> float:
        """Its length."""
        return (self.until - self.since).total_seconds()


def stretches(
    incidents: Sequence[Incident],
    *,
    since: datetime,
    until: datetime,
    missed: Sequence[datetime] = (),
    signs: Sequence[datetime] = (),
) -> list[Stretch]:
    """Return the lulls between two times, in order, cut at both.

    `incidents`: those of that time, oldest first, and the last ones before it. `missed`: the cycles that were missed
    because nothing ran. Where the machine itself went off no end was noted: the silence counts from the last sign of
    life before the first of them (`signs`: when cycles ended, in order), so it is told too long rather than too short.
    """
    pauses = _pauses(incidents, until)
    found = [*_down(incidents, until, missed, signs, pauses), *pauses, *_planned(incidents, until)]
    for one in incidents:
        seconds = one.facts.get("silence" if one.kind == "incident" else "seconds")
        lull = NOTED.get(one.kind)
        if lull is None or not isinstance(seconds, int | float):
            continue
        found.append(Stretch(since=one.at - timedelta(seconds=seconds), until=one.at, lull=lull, why=one.what))
    cut = (
        Stretch(since=max(one.since, since), until=min(one.until, until), lull=one.lull, why=one.why) for one in found
    )
    return sorted((one for one in cut if one.since < one.until), key=lambda one: (one.since, one.until))


def silences(found: Sequence[Stretch], *, asleep_at: Sequence[datetime] = ()) -> list[Stretch]:
    """Return how long nothing worked that should have: hung and down in one where they touch.

    A time in which the machine did not run counts if a cycle was due in it (`asleep_at`); what somebody stopped does
    not.
    """
    joined: list[Stretch] = []
    for one in found:
        if one.lull in (Lull.PAUSED, Lull.PLANNED):
            continue
        if one.lull in (Lull.ASLEEP, Lull.PUT_BACK) and not any(one.since <= at <= one.until for at in asleep_at):
            continue
        last = joined[-1] if joined else None
        if last is not None and one.since - last.until <= TOUCHING:
            joined[-1] = Stretch(
                since=last.since, until=max(last.until, one.until), lull=last.lull, why=last.why or one.why
            )
        else:
            joined.append(one)
    return joined


def _down(
    incidents: Sequence[Incident],
    until: datetime,
    missed: Sequence[datetime],
    signs: Sequence[datetime],
    pauses: Sequence[Stretch],
) -> list[Stretch]:
    """Return the times without a worker, less those that the operator wanted."""
    found: list[Stretch] = []
    ended: datetime | None = None
    runs, last, why = False, None, ""
    for one in incidents:
        if one.is_worker and one.kind == "end" and ended is None:
            ended, why = one.at, one.why
        elif one.is_worker and one.kind == "start":
            if ended is None and runs and last is not None:
                first = next((at for at in missed if last < at < one.at), None)
                ended = max((at for at in (last, *signs) if at < first), default=first) if first is not None else None
            if ended is not None:
                found.append(Stretch(since=ended, until=one.at, lull=Lull.DOWN, why=why))
            ended, runs, why = None, True, ""
        last = one.at
    if ended is not None:
        found.append(Stretch(since=ended, until=until, lull=Lull.DOWN, why=why))
    return [piece for one in found for piece in _without(one, pauses)]


def _pauses(incidents: Sequence[Incident], until: datetime) -> list[Stretch]:
    found: list[Stretch] = []
    wishes = [one for one in incidents if one.kind == "wish"]
    for number, one in enumerate(wishes):
        if one.facts.get("wanted") not in ("paused", "stopped"):
            continue
        end = wishes[number + 1].at if number + 1 < len(wishes) else until
        if one.facts.get("wanted") == "paused" and (text := one.facts.get("until")):
            end = min(end, datetime.fromisoformat(str(text)))
        if one.at < end:
            found.append(Stretch(since=one.at, until=end, lull=Lull.PAUSED, why=str(one.facts.get("by", ""))))
    return found


def _planned(incidents: Sequence[Incident], until: datetime) -> list[Stretch]:
    """Return the planned silences of the ERP; one that goes on ends with what is told."""
    found = [one for one in incidents if one.kind == "planned"]
    ends = [min(until, datetime.fromisoformat(str(one.facts.get("until") or one.at.isoformat()))) for one in found]
    return [
        Stretch(since=one.at, until=end, lull=Lull.PLANNED)
        for one, end in zip(found, ends, strict=True)
        if one.at < end
    ]


def _without(one: Stretch, holes: Sequence[Stretch]) -> list[Stretch]:
    """Return what is left of a stretch outside the holes (in order)."""
    found, start = [], one.since
    for hole in holes:
        if hole.until <= start or hole.since >= one.until:
            continue
        # The wish is written down a moment before or after the worker ends.
        if hole.since - start > TOUCHING:
            found.append(Stretch(since=start, until=hole.since, lull=one.lull, why=one.why))
        start = max(start, hole.until)
    if start < one.until:
        found.append(Stretch(since=start, until=one.until, lull=one.lull, why=one.why))
    return found
