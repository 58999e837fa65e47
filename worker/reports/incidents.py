"""The incident report: what went wrong between two times, from the ledger, our logs and those of the script before."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from worker.alerts.catalogue import cause_of
from worker.i18n import Message, message, reasons
from worker.i18n.language import Language
from worker.i18n.words import Words
from worker.ledger.alarms import Alarm
from worker.ledger.journal import SlotState
from worker.ledger.ledger import Ledger
from worker.reports import old_logs
from worker.reports.old_logs import OldLine
from worker.schedule import calendar

#: A log of the script before had a line every 10 minutes at least, day and night; a longer silence is none of its own.
SILENCE = timedelta(minutes=60)

#: Errors alike, no farther apart than this, are one cluster.
CLUSTER = timedelta(minutes=30)

#: What came so shortly before a silence or a failure is suspected.
BEFORE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One line of the timeline."""

    at: datetime
    #: gap, silence, restart, slot, cycle, errors, sleep, alarm, wish or incident.
    kind: str
    what: str
    #: When it was over; None for a moment.
    until: datetime | None = None
    cause: str = ""

    @property
    def length(self) -> timedelta:
        """How long it lasted."""
        return self.until - self.at if self.until else timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What was found."""

    since: datetime
    until: datetime
    events: Sequence[Event]
    #: Sentences: what was read, and what it holds.
    sources: Sequence[str]


KINDS = {
    "gap": Words("GAP"),
    "silence": Words("SILENCE"),
    "restart": Words("restart"),
    "slot": Words("slot"),
    "cycle": Words("failed cycle"),
    "errors": Words("errors"),
    "sleep": Words("sleep"),
    "jump": Words("machine paused"),
    "alarm": Words("alarm"),
    "wish": Words("operator"),
    "incident": Words("incident"),
}
TITLE = Words("Incident report, {since} to {until} ({zone})")
NOTHING = Words("Nothing went wrong in this time, as far as these sources tell.")
CAUSE = Words("suspected cause: {cause}")
LONGEST = Words("Longest: {what}, {since} to {until}, {length}")
COUNTS = Words("In all: {counts}")
NO_LINE = Words("no line in the old script's log")
FROZE = Words("the process froze, or the machine slept: the same run went on afterwards")
GONE = Words("the process was gone: a new run began afterwards")
AFTER = Words("; right before it: {text}")
NEVER_BACK = Words("no line came after it")
DOWN = Words("no worker ran")
NOT_WRITTEN = Words("no worker has written what became of it")
SILENT = Words("the worker was silent while {phase}")
SLEPT = Words("the machine slept")
TIMES = Words("{count} times: {text}")
OLD_SOURCE = Words(
    "old script's logs in {folder}: {files} files, {lines} lines, {cycles} cycles finished, {saved} deposits confirmed"
)
LEDGER_SOURCE = Words("ledger in {folder}: {cycles} cycles")
NO_LEDGER = Words("no ledger was read: {why}")
LOG_SOURCE = Words("our logs in {folder}: {files} files, {lines} lines")


def analyze(
    since: datetime,
    until: datetime,
    *,
    ledger: Ledger | None,
    why_no_ledger: str,
    folder: Path,
    plan: calendar.Plan,
    now: datetime,
    language: Language,
) -> Report:
    """Return the report. `folder` holds logs, ours or the old script's; either may be missing. Raises LedgerError."""
    zone = plan.zone
    until = min(until, now)
    events: list[Event] = []
    sources: list[str] = []
    if ledger is not None:
        found = list(of_ledger(ledger, since, until, plan=plan, now=now, language=language))
        events += found
        sources.append(LEDGER_SOURCE(language, folder=folder.parent, cycles=len(ledger.cycles(since, until))))
    elif why_no_ledger:
        sources.append(NO_LEDGER(language, why=reasons.say(why_no_ledger, language)))
    ours = list(_own_lines(folder, since, until))
    if ours:
        files = len({line.file for line in ours})
        events += clusters([line for line in ours if line.level in ("ERROR", "CRITICAL", "ALERT")], language)
        sources.append(LOG_SOURCE(language, folder=folder, files=files, lines=len(ours)))
    theirs = old_logs.read(folder, zone)
    if theirs:
        events += of_old_logs(theirs, since, until, language)
        inside = [line for line in theirs if since <= line.at <= until]
        sources.append(
            OLD_SOURCE(
                language,
                folder=folder,
                files=len({line.file for line in inside}),
                lines=len(inside),
                cycles=sum("사이클 완료" in line.text for line in inside),
                saved=sum(_saved(line.text) for line in inside),
            )
        )
    return Report(since=since, until=until, events=sorted(events, key=lambda one: (one.at, one.kind)), sources=sources)


# --- from the ledger


def of_ledger(
    ledger: Ledger, since: datetime, until: datetime, *, plan: calendar.Plan, now: datetime, language: Language
) -> Iterator[Event]:
    """Yield what the ledger knows: failed cycles, missed slots, restarts, silences, sleeps, alarms, wishes."""
    incidents = [one for one in ledger.incidents(since - timedelta(days=7)) if _at(one) <= until]
    yield from _downtimes(incidents, since, until, language)
    for one in incidents:
        if _at(one) >= since and (event := _of_incident(one, language)):
            yield event
    for cycle in ledger.cycles(since, until):
        if cycle["outcome"] == "failed":
            ended = datetime.fromisoformat(str(cycle["ended"])) if cycle["ended"] else None
            at = datetime.fromisoformat(str(cycle["started"]))
            yield Event(at=at, until=ended, kind="cycle", what=f"#{cycle['id']}", cause=_text(cycle["why"]))
    rows = {row.at.timestamp(): row for row in ledger.slots(since, until)}
    for row in rows.values():
        if row.state is SlotState.MISSED:
            yield Event(at=row.at, kind="slot", what=message("missed"), cause=row.why)
    first = ledger.first_slot()
    if first is None or plan.demo:
        due = []
    else:
        due = [slot.at for slot in calendar.between(max(since, first), min(until, now), plan) if not slot.only_if_stale]
    for at in due:
        if at.timestamp() not in rows:
            yield Event(at=at, kind="slot", what="?", cause=NOT_WRITTEN(language))
    for alarm in ledger.alarms(since):
        if alarm.since <= until:
            yield Event(at=alarm.since, until=alarm.ended_at, kind="alarm", what=_of_alarm(alarm, language))


def _of_alarm(alarm: Alarm, language: Language) -> str:
    return f"{cause_of(alarm.cause).title(language)}: {reasons.say(alarm.what, language)}"


def _downtimes(
    incidents: Iterable[Mapping[str, object]], since: datetime, until: datetime, language: Language
) -> Iterator[Event]:
    """Yield each time between a worker's end and the next one's start; a new start at once is no gap but a restart."""
    ended: tuple[datetime, str] | None = None
    for one in incidents:
        facts = _facts(one)
        if facts.get("watcher") != "worker":
            continue
        if one["kind"] == "end":
            ended = ended or (_at(one), _text(facts.get("why", "")))
        elif one["kind"] == "start":
            at, why = ended or (_at(one), _text(facts.get("why", "")))
            began = _at(one)
            if began >= since:
                is_gap = began - at > BEFORE
                what = DOWN(language) if is_gap else f"pid {facts.get('pid', '?')}"
                yield Event(at=at, until=began, kind="gap" if is_gap else "restart", what=what, cause=why)
            ended = None
    if ended is not None and ended[0] <= until:
        yield Event(at=ended[0], until=until, kind="gap", what=DOWN(language), cause=ended[1])


def _of_incident(one: Mapping[str, object], language: Language) -> Event | None:
    """Return the event of an incident, or None where another one tells it."""
    facts, at, what = _facts(one), _at(one), _text(one["what"])
    match one["kind"]:
        case "start" | "end":
            return None
        case "sleep":
            length = timedelta(seconds=float(facts.get("seconds") or 0))
            return Event(at=at - length, until=at, kind="sleep", what=SLEPT(language))
        case "jump":
            length = max(timedelta(0), timedelta(seconds=float(facts.get("seconds") or 0)))
            return Event(at=at - length, until=at, kind="jump", what=reasons.say(what, language))
        case "incident":
            length = timedelta(seconds=float(facts.get("silence") or 0))
            step = f"{facts.get('phase', '?')}{', ' + str(facts['step']) if facts.get('step') else ''}"
            return Event(at=at - length, until=at, kind="silence", what=SILENT(language, phase=step), cause=what)
        case "wish" | "day" | "order":
            return Event(at=at, kind="wish", what=what)
        case "recycle":
            said = message("recycle: {what}", what=what)
            return Event(at=at, kind="restart", what=said) if facts.get("seconds") else None
    return Event(at=at, kind="incident", what=Message("{kind}: {what}", {"kind": one["kind"], "what": what}))


# --- from logs


def of_old_logs(lines: Sequence[OldLine], since: datetime, until: datetime, language: Language) -> Iterator[Event]:
    """Yield the silences between two lines of the old script, with what they hint at, and its clusters of errors."""
    for before, after in zip(lines, [*lines[1:], None], strict=True):
        end = after.at if after else until
        if end - before.at < SILENCE or end < since or before.at > until:
            continue
        if after is None:
            cause = NEVER_BACK(language)
        else:
            cause = FROZE(language) if before.file == after.file else GONE(language)
        if _is_error(before):
            cause += AFTER(language, text=before.text)
        yield Event(at=before.at, until=end, kind="gap", what=NO_LINE(language), cause=cause)
    yield from clusters([line for line in lines if since <= line.at <= until and _is_error(line)], language)


def clusters(errors: Iterable[OldLine], language: Language) -> Iterator[Event]:
    """Yield errors that differ in numbers only and came soon after each other as one event."""
    opened: dict[str, list[OldLine]] = {}
    for line in sorted(errors, key=lambda one: one.at):
        known = opened.get(_alike(line.text))
        if known and line.at - known[-1].at <= CLUSTER:
            known.append(line)
            continue
        if known:
            yield _cluster(known, language)
        opened[_alike(line.text)] = [line]
    for known in opened.values():
        yield _cluster(known, language)


def _cluster(lines: Sequence[OldLine], language: Language) -> Event:
    first, last = lines[0], lines[-1]
    what = TIMES(language, count=len(lines), text=first.text) if len(lines) > 1 else first.text
    return Event(at=first.at, until=last.at if len(lines) > 1 else None, kind="errors", what=what[:300])


def _alike(text: str) -> str:
    return re.sub(r"\d+", "#", text)[:120]


def _is_error(line: OldLine) -> bool:
    return line.level in ("ERROR", "CRITICAL", "FATAL") or "Traceback" in line.text


def _saved(text: str) -> int:
    found = re.search(r"저장 성공 확정: (\d+)건", text)
    return int(found[1]) if found else 0


_OWN = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\S*) (?:(\w+) +\S+ (\S+): |\[(\w+)\] |\S+ \[(\w+)\] )?(.*)")


def _own_lines(folder: Path, since: datetime, until: datetime) -> Iterator[OldLine]:
    """Yield the lines of our own logs of that time: worker, guards and circusd."""
    for path in sorted(folder.glob("*_[0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9].log")):
        day = path.stem.rsplit("_", 1)[1]
        if not f"{since:%Y%m%d}" <= day <= f"{until:%Y%m%d}":
            continue
        try:
            text = path.read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        for raw in text.splitlines():
            line = _own_line(raw, path.name)
            if line is not None and since <= line.at <= until:
                yield line


def _own_line(raw: str, file: str) -> OldLine | None:
    """Return one line of ours, text or JSON; None for what is no line of its own, such as a stack."""
    try:
        if raw.startswith("{"):
            values = json.loads(raw)
            stamp, level, said = values["time"], values["level"], values["message"]
            # What a guard alerts to is written with its own tag.
            level = "ALERT" if str(said).startswith("[ALERT]") else level
        elif found := _OWN.match(raw):
            stamp, level, said = found[1], found[2] or found[4] or found[5] or "", found[6]
        else:
            return None
        at = datetime.fromisoformat(stamp)
    except (ValueError, KeyError, TypeError):
        return None
    return OldLine(at=at, level=str(level), text=str(said), file=file) if at.tzinfo is not None else None


# --- for people


def text(report: Report, zone: ZoneInfo, language: Language) -> Iterator[str]:
    """Yield the report line by line."""

    def clock(at: datetime) -> str:
        return f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S}"

    yield TITLE(language, since=clock(report.since), until=clock(report.until), zone=zone)
    yield ""
    if not report.events:
        yield NOTHING(language)
    for one in report.events:
        span = f" – {_end(one, zone)} ({length(one.length, language)})" if one.until else ""
        yield f"{clock(one.at)}{span}  {KINDS[one.kind](language)}: {reasons.say(one.what, language)}"
        if one.cause:
            yield f"{'':21}{CAUSE(language, cause=reasons.say(one.cause, language))}"
    stops = [one for one in report.events if one.kind in ("gap", "silence") and one.until]
    if report.events:
        counts: dict[str, int] = {}
        for one in report.events:
            counts[one.kind] = counts.get(one.kind, 0) + 1
        yield ""
        yield COUNTS(language, counts=", ".join(f"{KINDS[kind](language)} {count}" for kind, count in counts.items()))
    if stops:
        worst = max(stops, key=lambda one: one.length)
        assert worst.until is not None
        lasted = length(worst.length, language)
        yield LONGEST(language, what=worst.what, since=clock(worst.at), until=clock(worst.until), length=lasted)
    yield ""
    yield from report.sources


def length(span: timedelta, language: Language) -> str:
    """Return a length for people: `20 h 47 min`."""
    seconds = round(span.total_seconds())
    hours, minutes = divmod(seconds // 60, 60)
    is_korean = language is Language.KO
    if hours:
        return f"{hours}시간 {minutes}분" if is_korean else f"{hours} h {minutes} min"
    if minutes:
        return f"{minutes}분 {seconds % 60}초" if is_korean else f"{minutes} min {seconds % 60} s"
    return f"{seconds}초" if is_korean else f"{seconds} s"


def _end(one: Event, zone: ZoneInfo) -> str:
    """Return the end of an event, with its date only when that is another one."""
    assert one.until is not None
    start, end = one.at.astimezone(zone), one.until.astimezone(zone)
    return f"{end:%H:%M:%S}" if start.date() == end.date() else f"{end:%Y-%m-%d %H:%M:%S}"


def _at(one: Mapping[str, object]) -> datetime:
    return datetime.fromisoformat(str(one["at"]))


def _facts(one: Mapping[str, object]) -> Mapping[str, Any]:
    facts = one["facts"]
    return facts if isinstance(facts, dict) else {}


def _text(value: object) -> str:
    """Return a text of the ledger; a message stays one."""
    return value if isinstance(value, str) else str(value)
