"""The lines of a report: label and value, the same for page, mail and plain text."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from worker import reasons
from worker.journal import SlotState
from worker.language import Language
from worker.report.figures import BECAME, Figures, Sum
from worker.report.silences import Lull
from worker.report.words import moment, short_day, spell, text

#: So many reasons or events of one kind are named.
MOST = 8

#: A sentence of an error is cut there (characters).
LONGEST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of facts; `tone` is empty or that of a judgement."""

    label: str
    values: tuple[str, ...]
    tone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """One line of money."""

    label: str
    rows: int
    won: int
    #: True for a part of the line above.
    is_part: bool = False
    is_total: bool = False


def listed(found: Figures, language: Language) -> list[Amount]:
    """Return what was listed and what has become of it; the parts add up to the total."""
    money = found.money
    parts = [
        Amount(label=text(name, language), rows=one.count, won=one.won, is_part=True)
        for name in BECAME
        if (one := money.became[name]).count or name in ("posted", "excluded", "held")
    ]
    return [_amount("seen", money.seen, language, is_total=True), *parts]


def posted(found: Figures, language: Language) -> list[Amount]:
    """Return money in, money out and their difference."""
    money = found.money
    out = Sum(money.cancellations.count, -money.cancellations.won)
    return [
        _amount("won in", money.approvals, language),
        _amount("won out", out, language),
        _amount("net", money.posted, language, is_total=True),
    ]


def excluded(found: Figures, language: Language) -> list[Amount]:
    """Return what was found to need no deposit, by reason."""
    return [
        Amount(label=reasons.say(why, language), rows=one.count, won=one.won)
        for why, one in sorted(found.money.excluded.items(), key=lambda item: -item[1].count)
    ]


def newly(found: Figures, language: Language) -> list[Amount]:
    """Return what came to wait for a person in this time, settled since or not."""
    money = found.money
    lines = [_amount(name, one, language) for name, one in _newly(found) if one.count]
    if money.odd:
        lines.append(Amount(label=text("odd", language), rows=money.odd, won=0))
    return lines


def _newly(found: Figures) -> list[tuple[str, Sum]]:
    return [("held", found.money.held), ("in_doubt", found.money.in_doubt), ("rejected", found.money.rejected)]


def _amount(name: str, one: Sum, language: Language, *, is_total: bool = False) -> Amount:
    return Amount(label=text(name, language), rows=one.count, won=one.won, is_total=is_total)


def operation(found: Figures, zone: ZoneInfo, language: Language) -> list[Line]:
    """Return how the worker ran."""
    return [
        *_cycles(found, language),
        *_restarts(found, zone, language),
        _silence(found, zone, language),
        *_lulls(found, language),
        _alarms(found, zone, language),
        _proofs(found, language),
    ]


def _cycles(found: Figures, language: Language) -> Iterable[Line]:
    work = found.work
    counts = {name: work.ended(name) for name in ("ran", "failed", "stopped")}
    yield _line("cycles", [text("cycles line", language, **counts)], language, is_bad=counts["failed"] > 0)
    states = {str(one): len(work.slots_in(one)) for one in SlotState}
    due = len(work.slots) - states["open"]
    values = [text("slots line", language, due=due, **{name: states[name] for name in states if name != "open"})]
    if states["open"]:
        values.append(text("to come", language, count=states["open"]))
    yield _line("slots", values, language, is_bad=states["missed"] > 0)
    for name, states_of in (("missed why", SlotState.MISSED), ("skipped why", SlotState.SKIPPED)):
        if whys := work.whys(states_of):
            yield _line(name, _counted(whys.most_common(), language), language)
    if work.failures:
        yield _line("failures", _counted(work.failures.most_common(), language), language, is_bad=True)
    if lengths := work.lengths:
        low, middle, high = (spell(one, language) for one in lengths)
        yield _line("lengths", [text("lengths line", language, low=low, middle=middle, high=high)], language)


def _restarts(found: Figures, zone: ZoneInfo, language: Language) -> Iterable[Line]:
    running = found.running
    if len(running.restarts) > MOST:
        whys: dict[str, int] = {}
        for one in running.restarts:
            whys[one.why] = whys.get(one.why, 0) + 1
        values = _counted(sorted(whys.items(), key=lambda item: -item[1]), language)
    else:
        values = [f"{moment(one.at, zone)} {reasons.say(one.why, language)}" for one in running.restarts]
    values += [f"{name}: {text('times', language, count=count)}" for name, count in running.others.items() if count > 1]
    yield _line("restarts", values, language, is_bad=bool(running.unwanted))
    recycles = []
    for recycle in running.recycles[-MOST:]:
        result = reasons.say(recycle.result.partition(" in ")[0], language)
        values_of = {"result": result, "due": moment(recycle.due, zone)}
        recycles.append(
            text("recycle short", language, **values_of)
            if recycle.seconds is None
            else text("recycle done", language, **values_of, seconds=spell(recycle.seconds, language))
        )
    yield _line("recycle", recycles or [text("no recycle", language)], language)
    wishes = []
    for wish in running.wishes[-MOST:]:
        what = text(f"wish {wish.facts.get('wanted', 'running')}", language)
        wishes.append(f"{moment(wish.at, zone)} {text('by', language, what=what, who=wish.facts.get('by') or '?')}")
    if wishes:
        yield _line("wishes", wishes, language)


def _silence(found: Figures, zone: ZoneInfo, language: Language) -> Line:
    longest = found.running.longest
    if longest is None:
        return _line("longest silence", [], language)
    length = spell(longest.seconds, language)
    return _line(
        "longest silence", [text("at", language, length=length, at=moment(longest.since, zone))], language,
        is_bad=longest.seconds > 3600,
    )  # fmt: skip


def _lulls(found: Figures, language: Language) -> Iterable[Line]:
    for name, lull in (("sleeps", Lull.ASLEEP),):
        if lulls := found.running.of(lull):
            length = spell(sum(one.seconds for one in lulls), language)
            yield _line(name, [text("times long", language, count=len(lulls), length=length)], language)


def _alarms(found: Figures, zone: ZoneInfo, language: Language) -> Line:
    values = []
    for one in found.running.alarms[-MOST:]:
        over = one.ended_at is not None and one.ended_at <= found.now
        length = spell((one.ended_at - one.since).total_seconds(), language) if over and one.ended_at else ""
        state = text("alarm over", language, length=length) if over else text("alarm open", language)
        count = f", {text('alarm count', language, count=one.count)}" if one.count > 1 else ""
        values.append(f"{moment(one.since, zone)} {cause(one.cause, language)} ({state}{count})")
    return _line("alarms", values, language)


def cause(name: str, language: Language) -> str:
    """Return what an alarm is about."""
    return reasons.say(name, language)


def _proofs(found: Figures, language: Language) -> Line:
    values = []
    for one in found.running.proofs:
        day = short_day(date.fromisoformat(one.day), language)
        values.append(
            text(
                "proof even" if one.is_even else "proof differs",
                language,
                day=day,
                count=one.posted[0],
                won=f"{one.posted[1]:,}",
                pasted_count=one.pasted[0],
                pasted_won=f"{one.pasted[1]:,}",
            )
        )
    is_bad = any(not one.is_even for one in found.running.proofs)
    return _line("proof", values or [text("proof waits", language)], language, is_bad=is_bad)


def _counted(whys: Iterable[tuple[str, int]], language: Language) -> list[str]:
    return [
        f"{reasons.say(why, language)[:LONGEST]}: {text('times', language, count=count)}"
        for why, count in list(whys)[:MOST]
    ]


def _line(name: str, values: Iterable[str], language: Language, *, is_bad: bool = False) -> Line:
    shown = tuple(values) or (text("none", language),)
    return Line(label=text(name, language), values=shown, tone="bad" if is_bad else "")
