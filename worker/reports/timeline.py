"""A local day as a picture: what ran, waited, slept or was silent, from 00:00 to 24:00 on one line."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from worker.i18n import reasons
from worker.i18n.language import Language
from worker.ledger.journal import SlotState
from worker.reports.figures import Figures, midnight
from worker.reports.silences import Lull
from worker.reports.words import spell, text

#: The picture's inner width, in its own units.
WIDTH = 960.0

#: What is shorter is drawn so wide, to be seen.
LEAST = 2.5

#: Interval of the labels of the line (hours).
STEP = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartMark:
    """One thing on the line."""

    #: wait, ran, failed, stopped, hung, down, asleep, put-back, paused; restart, crash and missed are points.
    kind: str
    #: In units of the picture.
    x: float
    width: float
    #: For people: what it is, and when.
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One day's line."""

    day: date
    #: Position and label of each hour that has one.
    hours: tuple[tuple[float, str], ...]
    marks: tuple[ChartMark, ...]
    #: The line in one sentence, for those who can't see it.
    sentence: str


class _Line:
    """One day, and where its moments lie on the line."""

    def __init__(self, found: Figures, day: date, zone: ZoneInfo, language: Language) -> None:
        self._found = found
        self._zone = zone
        self._language = language
        self._start, self._end = midnight(day, zone), midnight(day + timedelta(days=1), zone)

    def x(self, at: datetime) -> float:
        """Return where a moment lies. A day of 23 or 25 hours is as long as it is."""
        length = self._end.timestamp() - self._start.timestamp()
        return round(WIDTH * min(1.0, max(0.0, (at.timestamp() - self._start.timestamp()) / length)), 2)

    def holds(self, at: datetime) -> bool:
        """True for a moment of this day."""
        return self._start <= at < self._end

    def bars(self) -> Iterator[ChartMark]:
        """Yield what lasts, in the order in which it is drawn."""
        found, end = self._found, min(self._end, self._found.now)
        alive = max(self._start, found.beginning) if found.beginning is not None else end
        if alive < end:
            yield self._bar("wait", alive, end, self._word("wait"))
        for one in found.running.lulls:
            if one.since < self._end and one.until > self._start:
                why = {Lull.PAUSED: one.why, Lull.DOWN: reasons.say(one.why, self._language)}.get(one.lull, "")
                span = f"{self._clock(one.since)}–{self._clock(one.until)} ({spell(one.seconds, self._language)})"
                title = f"{self._word(str(one.lull))} {span}" + (f": {why}" if why else "")
                yield self._bar(str(one.lull), one.since, one.until, title)
        for cycle in found.work.cycles:
            if self.holds(cycle.started):
                title = f"{self._word(cycle.outcome or 'under way')} {self._clock(cycle.started)}"
                title += f" ({spell(cycle.seconds, self._language)})" if cycle.seconds is not None else ""
                title += f": {reasons.say(cycle.why, self._language)}" if cycle.why else ""
                yield self._bar(cycle.outcome or "stopped", cycle.started, cycle.ended or end, title)

    def points(self) -> Iterator[ChartMark]:
        """Yield what happened at a moment."""
        for one in self._found.running.restarts:
            if self.holds(one.at):
                title = f"{self._word('restart')} {self._clock(one.at)}: {reasons.say(one.why, self._language)}"
                yield ChartMark(kind="restart" if one.is_wanted else "crash", x=self.x(one.at), width=0, title=title)
        for slot in self._found.work.slots_in(SlotState.MISSED):
            if self.holds(slot.at):
                title = f"{self._word('missed')} {self._clock(slot.at)}: {reasons.say(slot.why, self._language)}"
                yield ChartMark(kind="missed", x=self.x(slot.at), width=0, title=title)

    def sentence(self) -> str:
        """Return the line in words."""
        cycles = [one.outcome for one in self._found.work.cycles if self.holds(one.started)]
        missed = sum(self.holds(one.at) for one in self._found.work.slots_in(SlotState.MISSED))
        counts = {"ran": cycles.count("ran"), "failed": cycles.count("failed"), "missed": missed}
        return text("picture sentence", self._language, **counts)

    def _bar(self, kind: str, since: datetime, until: datetime, title: str) -> ChartMark:
        left, right = self.x(since), self.x(until)
        return ChartMark(kind=kind, x=min(left, WIDTH - LEAST), width=max(round(right - left, 2), LEAST), title=title)

    def _word(self, name: str) -> str:
        return text(name, self._language)

    def _clock(self, at: datetime) -> str:
        return f"{at.astimezone(self._zone):%H:%M}"


def draw(found: Figures, day: date, zone: ZoneInfo, language: Language) -> Picture:
    """Return the line of a local day from figures that cover it."""
    line = _Line(found, day, zone, language)
    hours = [(line.x(datetime.combine(day, time(hour), zone)), f"{hour:02}") for hour in range(0, 24, STEP)]
    return Picture(
        day=day, hours=(*hours, (WIDTH, "24")), marks=(*line.bars(), *line.points()), sentence=line.sentence()
    )
