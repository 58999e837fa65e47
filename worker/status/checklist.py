"""`daybreak status` for people: the morning checklist, one line a question, each with its mark."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from worker.alerts.catalogue import cause_of
from worker.i18n import reasons
from worker.i18n.language import Language
from worker.i18n.words import Words
from worker.posting import score_words
from worker.posting.comparison import Score, score_from
from worker.runtime.disks import LOW_DISK
from worker.runtime.heartbeat import AT_REST, Phase
from worker.status import findings
from worker.status.inside import UNSENT
from worker.status.snapshot import Snapshot
from worker.status.words import CYCLE_OUTCOMES, MAINTENANCE, PHASES


class CheckVerdict(StrEnum):
    """What a line of the checklist comes to."""

    WELL = "✓"
    LOOK = "!"
    BAD = "✗"
    #: Nothing to judge.
    PLAIN = "·"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line."""

    verdict: CheckVerdict
    name: str
    text: str


FOR_A_PERSON = Words("for a person")

NAMES = {
    "erp": Words("ERP"),
    "processes": Words("processes"),
    "heartbeat": Words("heartbeat"),
    "lock": Words("lock and pid"),
    "guards": Words("guards"),
    "circus": Words("circusd"),
    "recycle": Words("daily restart"),
    "log": Words("today's log"),
    "last": Words("last cycle"),
    "next": Words("next cycle"),
    "cycles": Words("cycles today"),
    "money": Words("money today"),
    "shadow": Words("beside a person"),
    "maintenance": Words("maintenance"),
    "waiting": Words("waiting"),
    "restored": Words("restored ledger"),
    "disk": Words("disk"),
    "holidays": Words("holidays"),
    "alarms": Words("alarms"),
    "version": Words("version"),
    "intent": Words("operator wants"),
}

PROCESSES = Words("{count} (expected 1){pids}")
AGE = Words("{age} s ago, next within {patience:g} s: {phase}")
NO_BEAT = Words("none")
AGREE = Words("agree: held by {holder}")
LOCK_FREE = Words("free")
DISAGREE = Words("do not agree: {holder}")
BEATS = Words("{name} {age} s ago")
SILENT = Words("{name} SILENT")
NO_CIRCUS = Words("does not answer")
RECYCLE = Words("last {last}{result}, next {next}")
LOG = Words("{file}, {size}, {errors} errors, {warnings} warnings")
NO_LOG = Words("none yet today")
NEVER = Words("never yet")
LAST = Words("{outcome}, started {started}{why}")
CYCLES = Words("{success} ran, {failure} failed")
SLOTS = Words(", {missed} missed")
MONEY = Words("{deposits} deposits, {won:,} won ({cancellations} of them cancellations)")
NOTHING_WAITS = Words("nothing waits for a person")
NOT_SENT = Words("{count:,} not sent yet")
FREE = Words("{free:,} MB free")
KNOWN = Words("known for the next 60 days")
VERSION = Words("{version}, generation {generation}")
NO_ALARM = Words("none open")
OPEN = Words("{count} open: {causes}")
ACKNOWLEDGED = Words("{title} (acknowledged by {who})")
UNDELIVERED = Words("{count} messages not delivered yet")


def lines(found: Snapshot, language: Language) -> Iterator[Line]:
    """Yield the checklist in the order in which somebody would ask."""

    def line(name: str, verdict: CheckVerdict, text: str) -> Line:
        return Line(verdict=verdict, name=NAMES[name](language), text=text)

    def judged(is_well: bool, otherwise: CheckVerdict = CheckVerdict.BAD) -> CheckVerdict:
        return CheckVerdict.WELL if is_well else otherwise

    worker = found.worker
    pids = worker.get("pids") or []
    mode = "demo" if found.erp.get("demo") else found.erp.get("mode", "?")
    yield line("erp", CheckVerdict.PLAIN, f"{found.erp.get('address', '?')} ({mode})")
    yield line(
        "processes",
        judged(len(pids) == 1),
        PROCESSES(language, count=len(pids), pids=f": pid {', '.join(map(str, pids))}" if pids else ""),
    )
    yield line("heartbeat", *_heartbeat(worker, language))
    yield line("lock", *_lock(found, language))
    yield line(
        "guards",
        judged(bool(found.guards) and all(one["well"] for one in found.guards.values())),
        ", ".join(
            (BEATS if one["well"] else SILENT)(language, name=name, age=one["heartbeat_age_s"])
            for name, one in found.guards.items()
        ),
    )
    yield line(
        "circus",
        judged(bool(found.circus)),
        ", ".join(f"{name} {what}" for name, what in found.circus.items()) or NO_CIRCUS(language),
    )
    yield line("recycle", *_recycle(found.recycle, language))
    yield line("log", *_log(found.log, language))
    yield line("last", *_last(found.last_cycle, language))
    yield line("next", *_next(found, language))
    yield line("cycles", *_cycles(found, language))
    yield line("money", CheckVerdict.PLAIN, MONEY(language, **found.money) if found.money else "–")
    if found.shadow:
        score = score_from(found.shadow)
        yield line("shadow", judged(score.equal == score.total, CheckVerdict.LOOK), _compared(score, language))
    if until := found.maintenance.get("until"):
        text = MAINTENANCE(language, until=f"{datetime.fromisoformat(until):%H:%M}")
        yield line("maintenance", CheckVerdict.PLAIN, text)
    waiting = [reasons.say(one, language) for one in findings.waiting(found.waits)]
    if found.ledger:
        not_sent = sum(found.ledger.get("waiting", {}).get(state.value, 0) for state in UNSENT)
        parts = [NOT_SENT(language, count=not_sent)] if not_sent else []
        parts += waiting or [NOTHING_WAITS(language)]
        yield line("waiting", judged(not waiting, CheckVerdict.LOOK), "; ".join(parts))
    if found.ledger.get("restored"):
        yield line("restored", CheckVerdict.LOOK, reasons.say(found.ledger["restored"], language))
    yield line("disk", judged(found.disk_free_mb >= LOW_DISK // 1024**2), FREE(language, free=found.disk_free_mb))
    if found.holidays:
        problem = found.holidays["problem"]
        yield line(
            "holidays",
            judged(not problem, CheckVerdict.LOOK),
            reasons.say(problem, language) if problem else KNOWN(language),
        )
    if found.alarms:
        yield line("alarms", *_alarms(found.alarms, language))
    text = VERSION(language, version=worker.get("version") or "–", generation=worker.get("generation") or "–")
    library = f", SQLite {found.ledger['sqlite']}" if found.ledger.get("sqlite") else ""
    yield line("version", CheckVerdict.PLAIN, text + library)
    intent = reasons.say(found.intent, language) if found.intent else ""
    yield line("intent", judged(found.intent.startswith("running") or not found.intent, CheckVerdict.LOOK), intent)


def _compared(score: Score, language: Language) -> str:
    return "; ".join(one.text(language) for one in (score_words.headline(score), *score_words.details(score)))


def _heartbeat(worker: Mapping[str, Any], language: Language) -> tuple[CheckVerdict, str]:
    age, patience = worker.get("heartbeat_age_s"), worker.get("patience_s")
    if age is None or patience is None:
        return CheckVerdict.BAD, NO_BEAT(language)
    try:
        phase = PHASES[Phase(str(worker["phase"]))](language)
    except ValueError:
        phase = str(worker["phase"])
    step = f" ({reasons.say(worker['step'], language)})" if worker.get("step") else ""
    return (
        CheckVerdict.WELL if age <= patience else CheckVerdict.BAD,
        AGE(language, age=age, patience=patience, phase=f"{phase}{step}"),
    )


def _lock(found: Snapshot, language: Language) -> tuple[CheckVerdict, str]:
    pids, holder = found.worker.get("pids") or [], str(found.lock.get("holder") or "")
    if not found.lock.get("held"):
        return (CheckVerdict.BAD if pids else CheckVerdict.LOOK), LOCK_FREE(language)
    said = reasons.say(holder, language) if holder else ""
    if found.lock.get("pid") in pids:
        return CheckVerdict.WELL, AGREE(language, holder=said)
    return CheckVerdict.BAD, DISAGREE(language, holder=said)


def _recycle(recycle: Mapping[str, Any], language: Language) -> tuple[CheckVerdict, str]:
    due, done = recycle.get("due") or "", recycle.get("last") or ""
    missed = bool(due) and not done
    result = f" ({reasons.say(str(recycle['result']), language)})" if recycle.get("result") else ""
    text = RECYCLE(language, last=_clock(done) or "–", result=result, next=_clock(recycle.get("next")) or "–")
    return (CheckVerdict.LOOK if missed or not recycle.get("next") else CheckVerdict.WELL), text


def _log(log: Mapping[str, Any], language: Language) -> tuple[CheckVerdict, str]:
    if not log.get("size"):
        return CheckVerdict.LOOK, NO_LOG(language)
    size = f"{log['size'] / 1e6:.1f} MB" if log["size"] >= 1e5 else f"{log['size'] / 1e3:.1f} KB"
    text = LOG(language, file=log["file"], size=size, errors=log["errors"], warnings=log["warnings"])
    return (CheckVerdict.LOOK if log["errors"] else CheckVerdict.WELL), text


def _last(last: Mapping[str, Any] | None, language: Language) -> tuple[CheckVerdict, str]:
    if last is None:
        return CheckVerdict.LOOK, NEVER(language)
    outcome = str(last["outcome"])
    words = CYCLE_OUTCOMES.get(outcome)
    why = f": {reasons.say(str(last['why']), language)}" if last.get("why") else ""
    text = LAST(language, outcome=words(language) if words else outcome, started=_clock(last["started"]), why=why)
    return {"ran": CheckVerdict.WELL, "failed": CheckVerdict.BAD, "": CheckVerdict.PLAIN}.get(
        outcome, CheckVerdict.LOOK
    ), text


def _next(found: Snapshot, language: Language) -> tuple[CheckVerdict, str]:
    last = found.last_cycle or {}
    # A killed worker leaves its cycle without an end until the next one begins.
    is_ours = last.get("outcome") == "" and last.get("generation") == found.worker.get("generation")
    phase = found.worker.get("phase")
    is_at_work = phase is not None and phase not in {*AT_REST, Phase.STARTING, Phase.STOPPING}
    if found.worker.get("pids") and (is_ours or is_at_work):
        return CheckVerdict.WELL, CYCLE_OUTCOMES[""](language)
    return (CheckVerdict.WELL if found.next_cycle else CheckVerdict.LOOK), _clock(found.next_cycle) or "–"


def _cycles(found: Snapshot, language: Language) -> tuple[CheckVerdict, str]:
    stats = {"success": 0, "failure": 0, **found.stats}
    missed = found.slots.get("missed", 0)
    text = CYCLES(language, **stats) + (SLOTS(language, missed=missed) if missed else "")
    return (CheckVerdict.LOOK if stats["failure"] or missed else CheckVerdict.WELL), text


def _alarms(alarms: Mapping[str, Any], language: Language) -> tuple[CheckVerdict, str]:
    opened, undelivered = alarms.get("open", []), len(alarms.get("undelivered", []))
    causes = ", ".join(_alarm(one, language) for one in opened)
    parts = [OPEN(language, count=len(opened), causes=causes)] if opened else []
    parts += [UNDELIVERED(language, count=undelivered)] if undelivered else []
    if undelivered:
        return CheckVerdict.BAD, "; ".join(parts)
    return (CheckVerdict.LOOK if opened else CheckVerdict.WELL), "; ".join(parts) or NO_ALARM(language)


def _alarm(one: Mapping[str, Any], language: Language) -> str:
    title, by = cause_of(str(one["cause"])).title(language), one.get("acknowledged_by")
    return ACKNOWLEDGED(language, title=title, who=by) if by else title


def _clock(text: object) -> str:
    """Return a time as people write it."""
    try:
        return f"{datetime.fromisoformat(str(text)):%Y-%m-%d %H:%M:%S}" if text else ""
    except ValueError:
        return str(text)
