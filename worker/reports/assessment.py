"""Whether a report is good news: pure, from its figures."""

from dataclasses import dataclass
from datetime import date

from worker.i18n.language import Language
from worker.ledger.journal import SlotState
from worker.reports.figures import Figures
from worker.reports.words import spell, text
from worker.runtime.beats import LONGEST
from worker.status.verdict import Health, Verdict, judge

#: A silence above this breaks the promise (seconds).
LONGEST_STOP = 3600.0

#: Times that a person may step in within a month.
MOST_HANDS = 1

#: The words of a report, where those of `daybreak status` are about what runs now.
WORDS = {Health.HEALTHY: "good", Health.DEGRADED: "look", Health.DOWN: "bad"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """A report in a word and a few sentences."""

    verdict: Verdict
    sentences: tuple[str, ...]

    def badge(self, language: Language) -> str:
        """Return the word, with how many rows wait for a person."""
        return self.verdict.said(text(WORDS[self.verdict.health], language), language)


def assess(found: Figures, waiting: int, language: Language) -> Assessment:
    """Return what a reader must know first. `waiting`: rows that wait for a person now."""
    if found.is_empty:
        return Assessment(verdict=judge(problems=1, waiting=waiting), sentences=(text("no data", language),))
    bad, look = [], []
    if found.money.twice:
        bad.append(text("verdict twice", language, count=len(found.money.twice)))
    if any(not one.is_even for one in found.running.proofs):
        bad.append(text("verdict proof", language))
    failed, missed = found.work.ended("failed"), len(found.work.slots_in(SlotState.MISSED))
    if failed or missed:
        look.append(text("verdict failed", language, failed=failed, missed=missed))
    if found.running.unwanted:
        look.append(text("verdict restarts", language, count=len(found.running.unwanted)))
    verdict = judge(is_down=bool(bad), problems=len(look), waiting=waiting)
    waits = [text("verdict waits", language, count=waiting)] if waiting else []
    if bad or look or waits:
        return Assessment(verdict=verdict, sentences=(*bad, *waits, *look))
    nothing = not found.money.seen.count and not found.money.posted.count
    return Assessment(verdict=verdict, sentences=(text("verdict empty" if nothing else "verdict good", language),))


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One line of the week's checklist."""

    name: str
    figure: str
    is_good: bool


def checklist(found: Figures, days: list[date], waiting: int, language: Language) -> list[Check]:
    """Return the checklist of a week; `days`: those of it that the ledger knows and that have begun."""
    running, work = found.running, found.work
    longest = running.longest
    recycled = {one.due.astimezone(found.now.tzinfo).date() for one in running.recycles if one.is_done}
    good = len(recycled & set(days))
    missed = len(work.slots_in(SlotState.MISSED))
    due = len(work.slots) - len(work.slots_in(SlotState.SKIPPED, SlotState.OPEN))
    even = sum(one.is_even for one in running.proofs)
    cycles = work.ended("ran") + work.ended("failed")

    def check(name: str, figure: object, is_good: bool, **values: object) -> Check:
        return Check(name=text(name, language, **values), figure=str(figure), is_good=is_good)

    return [
        check("check twice", len(found.money.twice), not found.money.twice),
        check(
            "check silence",
            spell(longest.seconds, language) if longest else text("none", language),
            longest is None or longest.seconds <= LONGEST_STOP,
            limit=spell(LONGEST_STOP, language),
        ),
        check(
            "check beats",
            spell(running.beats.longest, language) if running.beats.count else text("none", language),
            running.beats.count > 0 and running.beats.longest <= LONGEST,
            limit=spell(LONGEST, language),
        ),
        check("check restarts", len(running.unwanted), not running.unwanted),
        check("check recycles", text("of", language, count=good, total=len(days)), good == len(days)),
        check("check slots", text("of", language, count=due - missed, total=due), not missed),
        check("check failed", text("of", language, count=work.ended("ran"), total=cycles), not work.ended("failed")),
        check(
            "check proofs",
            text("of", language, count=even, total=len(running.proofs)),
            even == len(running.proofs),
        ),
        check("check waits", waiting, not waiting),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """One line of the month: what is wanted, how it is."""

    name: str
    target: str
    now: str
    is_good: bool


def goals(found: Figures, language: Language) -> list[Goal]:
    """Return the three lines of a month."""
    longest = found.running.longest
    hands = found.interventions

    def goal(name: str, now: str, is_good: bool) -> Goal:
        target = text(f"target {name}", language)
        return Goal(name=text(f"goal {name}", language), target=target, now=now, is_good=is_good)

    return [
        goal("twice", str(len(found.money.twice)), not found.money.twice),
        goal(
            "stop",
            spell(longest.seconds, language) if longest else text("none", language),
            longest is None or longest.seconds <= LONGEST_STOP,
        ),
        goal(
            "hands",
            text("hands", language, count=hands, wishes=len(found.running.stops), decided=found.money.decided),
            hands <= MOST_HANDS,
        ),
    ]
