"""The lines of a report: label and value, the same for page, mail and plain text."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from worker.alerts.catalogue import cause_of
from worker.i18n import message, reasons
from worker.i18n.language import Language
from worker.ledger.alarms import Acknowledgement
from worker.ledger.journal import SlotState
from worker.payments import privacy
from worker.posting import score_words
from worker.reports.figures import BECAME, Figures, Recycle, Restart, Sum
from worker.reports.silences import Lull
from worker.reports.words import moment, short_day, spell, text

#: Maximum reasons or events named of one kind.
MOST = 8

#: Maximum events named one by one of a kind that happens every day.
FEW = 2

#: A sentence of an error is cut there (characters).
LONGEST = 200

#: Returns a text as it may be shown.
Hide = Callable[[str], str]


class Value(str):
    """A text, and whether it is bad news."""

    __slots__ = ("is_bad",)

    is_bad: bool

    @classmethod
    def of(cls, said: str, *, is_bad: bool) -> "Value":
        """Return a text with its judgement."""
        value = cls(said)
        value.is_bad = is_bad
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of facts."""

    label: str
    values: tuple[Value, ...]


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


def operation(found: Figures, zone: ZoneInfo, language: Language, *, hide: Hide = str) -> list[Line]:
    """Return how the worker ran. `hide` is for what others wrote: texts of errors, which may name a payer."""
    return [
        *_cycles(found, language, hide),
        *_restarts(found, zone, language),
        _silence(found, zone, language),
        *_lulls(found, language),
        *_decided(found, language),
        *_notes(found, zone, language, hide),
        _alarms(found, zone, language),
        _proofs(found, language),
    ]


def _cycles(found: Figures, language: Language, hide: Hide) -> Iterable[Line]:
    work = found.work
    counts = {name: work.ended(name) for name in ("ran", "failed", "stopped")}
    yield _line("cycles", [text("cycles line", language, **counts)], language, is_bad=counts["failed"] > 0)
    states = {str(one): len(work.slots_in(one)) for one in SlotState}
    due = len(work.slots) - states["open"]
    values = [text("slots line", language, due=due, **{name: states[name] for name in states if name != "open"})]
    if states["open"]:
        values.append(Value.of(text("to come", language, count=states["open"]), is_bad=False))
    yield _line("slots", values, language, is_bad=states["missed"] > 0)
    for name, states_of in (("missed why", SlotState.MISSED), ("skipped why", SlotState.SKIPPED)):
        if whys := work.whys(states_of):
            yield _line(name, _counted(whys.most_common(), language, hide), language)
    if work.failures:
        yield _line("failures", _counted(work.failures.most_common(), language, hide), language, is_bad=True)
    if lengths := work.lengths:
        low, middle, high = (spell(one, language) for one in lengths)
        yield _line("lengths", [text("lengths line", language, low=low, middle=middle, high=high)], language)


def _restarts(found: Figures, zone: ZoneInfo, language: Language) -> Iterable[Line]:
    running = found.running
    values: list[str]
    if len(running.restarts) > MOST:
        values = [
            Value.of(_times(why, count, language), is_bad=not Restart(at=found.since, why=why).is_wanted)
            for why, count in running.restarts_by_why().most_common(MOST)
        ]
    else:
        values = [
            Value.of(f"{moment(one.at, zone)} {reasons.say(one.why, language)}", is_bad=not one.is_wanted)
            for one in running.restarts
        ]
    values += [f"{name}: {text('times', language, count=count)}" for name, count in running.others.items() if count > 1]
    yield _line("restarts", values, language)
    yield _line("recycle", _recycles(running.recycles, zone, language), language)
    wishes = []
    for wish in running.wishes[-MOST:]:
        what = text(f"wish {wish.facts.get('wanted', 'running')}", language)
        wishes.append(f"{moment(wish.at, zone)} {text('by', language, what=what, who=wish.facts.get('by') or '?')}")
    if wishes:
        yield _line("wishes", wishes, language)


def _recycles(found: Sequence[Recycle], zone: ZoneInfo, language: Language) -> Sequence[str]:
    if len(found) > FEW:
        done = sum(one.is_done for one in found)
        seconds = spell(max((one.seconds or 0.0 for one in found), default=0.0), language)
        return [text("recycles", language, count=len(found), done=done, seconds=seconds)]
    values = []
    for one in found:
        result = reasons.say(one.result, language)
        fields = {"result": result, "due": moment(one.due, zone)}
        said = (
            text("recycle short", language, **fields)
            if one.seconds is None
            else text("recycle done", language, **fields, seconds=spell(one.seconds, language))
        )
        values.append(Value.of(said, is_bad=not one.is_done))
    return values or [text("no recycle", language)]


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
    for name, lull in (("sleeps", Lull.ASLEEP), ("pauses of the machine", Lull.PUT_BACK)):
        if lulls := found.running.of(lull):
            length = spell(sum(one.seconds for one in lulls), language)
            yield _line(name, [text("times long", language, count=len(lulls), length=length)], language)


def _decided(found: Figures, language: Language) -> Iterable[Line]:
    if found.money.decided:
        yield _line("decided", [text("n rows", language, count=found.money.decided)], language)


def _notes(found: Figures, zone: ZoneInfo, language: Language, hide: Hide) -> Iterable[Line]:
    if notes := found.running.notes:
        values = [f"{moment(one.at, zone)} {hide(reasons.say(one.what, language))}" for one in notes[-MOST:]]
        yield _line("notes", values, language, is_bad=True)


def twice(found: Figures, language: Language) -> list[str]:
    """Return a sentence for each deposit that the ERP holds more than once."""
    return [reasons.say(what, language) for what in found.money.twice.values()]


def compared(found: Figures, language: Language) -> list[str]:
    """Return how it compares with what a person posted by hand, the score first; nothing where it was not compared."""
    score = found.compared
    if score is None:
        return []
    return [one.text(language) for one in (score_words.headline(score), *score_words.details(score))]


def renames(found: Figures, language: Language, *, masked: bool, most: int) -> list[str]:
    """Return a sentence for each payment that was listed in another form; `masked`: as it may be mailed."""
    said = [
        message(
            "{key}: {after}, before {before}",
            key=one.key,
            after=_form(one.new_payer, one.new_approval_no, masked=masked),
            before=_form(one.payer, one.approval_no, masked=masked),
        ).text(language)
        for one in found.renames[:most]
    ]
    if (more := len(found.renames) - most) > 0:
        said.append(message("… and {count} more renames", count=more).text(language))
    return said


def renames_title(language: Language) -> str:
    """Return what stands above them."""
    return message("Listed under another name or approval number: the same payments, nothing to do").text(language)


def _form(payer: str, approval_no: str, *, masked: bool) -> str:
    if masked:
        return privacy.masked(payer)
    return " ".join(one for one in (payer, approval_no or "–") if one)


def _alarms(found: Figures, zone: ZoneInfo, language: Language) -> Line:
    values = []
    for one in found.running.alarms[-MOST:]:
        over = one.ended_at is not None and one.ended_at <= found.now
        length = spell((one.ended_at - one.since).total_seconds(), language) if over and one.ended_at else ""
        state = text("alarm over", language, length=length) if over else text("alarm open", language)
        count = f", {text('alarm count', language, count=one.count)}" if one.count > 1 else ""
        seen = f", {_seen(one.acknowledged, zone, language)}" if one.acknowledged else ""
        values.append(f"{moment(one.since, zone)} {cause_of(one.cause).title(language)} ({state}{count}{seen})")
    return _line("alarms", values, language)


def _seen(last: Acknowledgement, zone: ZoneInfo, language: Language) -> str:
    return text("alarm seen", language, who=last.by, at=moment(last.at, zone))


def _proofs(found: Figures, language: Language) -> Line:
    even = [one for one in found.running.proofs if one.is_even]
    values: list[str] = []
    if len(even) > FEW:
        values.append(text("proofs even", language, count=len(even)))
    for one in found.running.proofs:
        if one.is_even and len(even) > FEW:
            continue
        said = text(
            "proof even" if one.is_even else "proof differs",
            language,
            day=short_day(date.fromisoformat(one.day), language),
            count=one.posted[0],
            won=f"{one.posted[1]:,}",
            pasted_count=one.pasted[0],
            pasted_won=f"{one.pasted[1]:,}",
        )
        values.append(Value.of(said, is_bad=not one.is_even))
    return _line("proof", values or [text("proof waits", language)], language)


def _counted(whys: Iterable[tuple[str, int]], language: Language, hide: Hide) -> list[str]:
    return [_times(why, count, language, hide) for why, count in list(whys)[:MOST]]


def _times(why: str, count: int, language: Language, hide: Hide = str) -> str:
    return f"{hide(reasons.say(why, language))[:LONGEST]}: {text('times', language, count=count)}"


def _line(name: str, values: Iterable[str], language: Language, *, is_bad: bool = False) -> Line:
    """Return a line; `is_bad` holds for values that say nothing of themselves."""
    shown = tuple(one if isinstance(one, Value) else Value.of(one, is_bad=is_bad) for one in values)
    return Line(label=text(name, language), values=shown or (Value.of(text("none", language), is_bad=False),))
