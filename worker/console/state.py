"""How things stand, as the page shows it: the one snapshot that status, reports and mails show, in a reader's words.

The worker writes it, or plugin:heartbeat while no worker runs; the page reads nothing else.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from worker.alerts.catalogue import cause_of
from worker.console import words
from worker.i18n import reasons
from worker.i18n.language import Language
from worker.ledger.state import ALARMING
from worker.ledger.state import State as LedgerState
from worker.ledger.words import STATES as LEDGER_STATES
from worker.posting import score_words
from worker.posting.comparison import score_from
from worker.runtime import clock, desired_state, heartbeat
from worker.runtime.exit_codes import SETTINGS_WRONG
from worker.runtime.files import read_json
from worker.runtime.heartbeat import Heartbeat
from worker.status import findings, snapshot
from worker.status.doing import doing
from worker.status.page import REWRITE
from worker.status.snapshot import Snapshot, TimelineMark
from worker.status.words import CYCLE_OUTCOMES

#: Without a living worker a guard writes the snapshot each minute; after twice that nobody does.
SILENT_AFTER = 2 * REWRITE


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """One open alarm."""

    #: Its number; 0 in a snapshot that names none.
    id: int
    title: str
    since: datetime
    what: str
    #: Who has acknowledged it, and when; "" and None: nobody, or more has come since.
    seen_by: str
    seen_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Oldest:
    """The payment that was made first of all that are not posted."""

    key: str
    time: datetime
    payer: str
    won: int
    #: Its state in the office's words; whether a person is asked about it.
    state: str
    waits: bool
    #: Minutes of business hours since it was made, None while no worker tells; and whether that is too long.
    minutes: int | None
    is_late: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What is known, in one reader's language."""

    #: Of when it is, and how old that is (seconds).
    at: datetime
    age: float = 0.0
    #: True: the newest snapshot is too old to be shown.
    is_old: bool = False
    #: In words, with the number of what waits; and its colour: good, look, bad; off while nothing is known.
    verdict: str
    tone: str
    #: What waits for a person.
    waits: Sequence[str]
    problems: Sequence[str]
    #: What the keeper of the machine should know.
    attention: Sequence[str]
    #: In MODE = shadow, how it compares with what a person posts: the score first, then what is not equal.
    compared: Sequence[str]
    doing: str
    step: str
    last_cycle: str
    next_cycle: datetime | None
    #: Of today: deposits, cancellations among them, and their won.
    money: Mapping[str, int]
    #: The same by card company.
    cards: Sequence[Mapping[str, Any]]
    #: The payment that waits longest to be posted, or nothing.
    oldest: "Oldest | None"
    marks: Sequence[TimelineMark]
    alarms: Sequence[Alarm]
    erp: str
    #: Paused or stopped by an operator, and when a pause ends.
    is_paused: bool = False
    paused_until: datetime | None = None
    #: Paused, stopped, or ended because it refused its settings: no cycle can be ordered, and it may be started.
    is_off: bool = False


class Watcher:
    """Reads the snapshot of one installation, once for all pages that are open."""

    def __init__(self, data: Path, zone: ZoneInfo) -> None:
        self._data = data
        self._zone = zone
        self._known: tuple[int, Snapshot | None] = (0, None)

    def now(self, language: Language) -> State:
        """Return the newest state, in a language."""
        at, wish = clock.wall(self._zone), desired_state.read(self._data)
        is_paused = wish.forbids(at)
        return replace(
            self._told(language, at),
            is_paused=is_paused,
            paused_until=wish.until if is_paused else None,
            is_off=is_paused or self._is_refused(),
        )

    def _is_refused(self) -> bool:
        """True while no worker runs because its settings were refused: circusd starts none by itself then."""
        code = read_json(self._data / "backoff.json", lambda kept: kept["code"], None)
        return code == SETTINGS_WRONG and self._beat() is None

    def _told(self, language: Language, at: datetime) -> State:
        """Return what the snapshot says."""
        found = self._snapshot()
        if found is None or not found.written:
            return _nothing(at, words.NO_NEWS_YET(language), words.UNKNOWN(language))
        written = datetime.fromisoformat(found.written).astimezone(self._zone)
        beat = self._beat()
        if beat is not None:
            # Without news since, what was written is as true as the worker's last sign of life.
            written = max(written, beat.at.astimezone(self._zone))
        is_silent = beat is None and at - written > SILENT_AFTER
        if is_silent or (found.valid_until and datetime.fromisoformat(found.valid_until) < at):
            stale = _nothing(written, words.WORDS["stale_why"](language), words.STALE(language))
            return replace(stale, age=max((at - written).total_seconds(), 0.0), is_old=True)
        try:
            said = _said(found, language, at=written)
            return replace(said, age=max((at - written).total_seconds(), 0.0))
        except (ValueError, TypeError, LookupError, ArithmeticError):  # it reads well and holds what no page can show
            return _nothing(at, words.NO_NEWS_YET(language), words.UNKNOWN(language))

    def _snapshot(self) -> Snapshot | None:
        try:
            stamp = (self._data / snapshot.NAME).stat().st_mtime_ns
        except OSError:
            return None
        if stamp != self._known[0]:
            self._known = stamp, snapshot.read(self._data)
        return self._known[1]

    def _beat(self) -> Heartbeat | None:
        """Return the worker's beat while it keeps its promise."""
        beat = heartbeat.read(self._data / "heartbeat.txt")
        return beat if beat is not None and not beat.is_broken(heartbeat.now_ticks()) else None


def _nothing(at: datetime, why: str, verdict: str) -> State:
    """Return what to show while nothing is known that can be believed: no figure of before."""
    return State(
        at=at, verdict=verdict, tone="off", waits=(), problems=(why,), attention=(), compared=(), doing="–", step="",
        last_cycle="–", next_cycle=None, money={}, cards=(), oldest=None, marks=(), alarms=(),
        erp="",
    )  # fmt: skip


def _said(found: Snapshot, language: Language, *, at: datetime) -> State:
    own = set(findings.waiting(found.waits))
    score = score_from(found.shadow) if found.shadow else None
    if score is not None:
        own.add(score_words.standing(score))
    return State(
        at=at,
        verdict=found.verdict.text(language),
        tone=found.verdict.tone.value,
        waits=[
            text(language, count=f"{found.waits[name]:,}")
            for name, text in words.WAITS.items()
            if found.waits.get(name)
        ],
        problems=[reasons.say(one, language) for one in found.problems],
        attention=[reasons.say(one, language) for one in found.attention if one not in own],
        compared=[
            one.text(language)
            for one in ((score_words.headline(score), *score_words.details(score)) if score is not None else ())
        ],
        doing=doing(found, language) or "–",
        step=reasons.say(found.step, language) if found.step else "",
        last_cycle=_last(found, language),
        next_cycle=_moment(found.next_cycle),
        money=found.money,
        cards=found.cards,
        oldest=_oldest(found.oldest, language) if found.oldest else None,
        marks=found.marks,
        alarms=[
            Alarm(
                id=int(one.get("id") or 0),
                title=cause_of(str(one["cause"])).title(language),
                since=datetime.fromisoformat(str(one["since"])),
                what=reasons.say(one["what"], language),
                seen_by=str(one.get("acknowledged_by") or ""),
                seen_at=_moment(one.get("acknowledged_at")),
            )
            for one in found.alarms.get("open", [])
        ],
        erp=words.MODES[_mode(found)](language) if _mode(found) in words.MODES else "",
    )


def _oldest(found: Mapping[str, Any], language: Language) -> Oldest:
    state = LedgerState(found["state"])
    return Oldest(
        key=str(found["key"]),
        time=datetime.fromisoformat(str(found["time"])),
        payer=str(found["payer"]),
        won=int(found["won"]),
        state=LEDGER_STATES[state](language),
        waits=state in ALARMING,
        minutes=int(found["open_min"]) if "open_min" in found else None,
        is_late=bool(found["is_late"]),
    )


def _mode(found: Snapshot) -> str:
    return "demo" if found.erp.get("demo") else str(found.erp.get("mode", ""))


def _last(found: Snapshot, language: Language) -> str:
    last = found.last_cycle
    if last is None:
        return words.NOT_YET(language)
    outcome = str(last["outcome"])
    known, began = CYCLE_OUTCOMES.get(outcome), _moment(str(last["started"]))
    said = words.CYCLE(
        language, outcome=known(language) if known else outcome, at=f"{began:%m-%d %H:%M}" if began else "?"
    )
    return f"{said}: {reasons.say(last['why'], language)}" if last.get("why") else said


def _moment(text: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
