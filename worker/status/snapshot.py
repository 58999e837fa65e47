"""The state of things, judged from outside the worker: kernel, files, ledger, and last of all circusd."""

import json
import os
import re
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime, time, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from worker.admin.upkeep import why_holidays_unknown
from worker.alerts import channel_tests
from worker.alerts.channels import Channel
from worker.alerts.monitors import LOW_DISK
from worker.config import ini, refused, settings
from worker.erp.visit import refusals_of
from worker.errors import DaybreakError, LedgerError, SettingsError, SignInRefused
from worker.i18n import loaded, message
from worker.i18n.language import Language
from worker.ledger import needs
from worker.ledger.ledger import Ledger
from worker.ledger.notes import AWAKE, WITNESS
from worker.ledger.state import State
from worker.posting import list_question, morning, screen_question
from worker.posting.books import whom
from worker.runtime import (
    circus_client,
    clock,
    control,
    desired_state,
    disks,
    heartbeat,
    locks,
    posting_freeze,
    reaper,
    spool,
    sqlite,
)
from worker.runtime.heartbeat import Heartbeat, now_ticks
from worker.runtime.mounts import is_elsewhere
from worker.runtime.spool import Kind
from worker.status import restored
from worker.version import installed

#: States of a payment that nothing was sent for.
UNSENT = (State.SEEN, State.PLANNED, State.ARMED)

#: A guard that has not beaten for so long counts as dead (seconds).
GUARD_SILENT = 30.0

GUARDS = ("heartbeat", "recycle")


class Health(StrEnum):
    """One word for everything; the exit code of `daybreak status` is its position."""

    HEALTHY = "healthy"
    DEGRADED = "degraded"
    DOWN = "down"


@dataclass(slots=True)
class Status:
    """What `daybreak status --json` prints."""

    health: Health = Health.HEALTHY
    #: Sentences; none while healthy.
    problems: list[str] = field(default_factory=list)
    #: What a person must decide, in sentences. No reason to worry about the machine.
    attention: list[str] = field(default_factory=list)
    circus: dict[str, str] = field(default_factory=dict)
    worker: dict[str, Any] = field(default_factory=dict)
    lock: dict[str, Any] = field(default_factory=dict)
    last_cycle: dict[str, Any] | None = None
    next_cycle: str | None = None
    stats: dict[str, int] = field(default_factory=dict)
    recycle: dict[str, Any] = field(default_factory=dict)
    guards: dict[str, Any] = field(default_factory=dict)
    intent: str = ""
    ledger: dict[str, Any] = field(default_factory=dict)
    erp: dict[str, Any] = field(default_factory=dict)
    #: On the fullest of the disks that hold the data (MB).
    disk_free_mb: int = 0
    #: The worker's log of today: file, size (bytes), errors, warnings.
    log: dict[str, Any] = field(default_factory=dict)
    #: The slots of today by their state.
    slots: dict[str, int] = field(default_factory=dict)
    #: Of today: deposits, of those cancellations, won_in, won_out, won.
    money: dict[str, int] = field(default_factory=dict)
    #: `problem`: why the coming holidays are not known, or "".
    holidays: dict[str, str] = field(default_factory=dict)
    #: `open`: {cause, since, count, what}; `undelivered`: {subject, channel, since, tries, error}.
    alarms: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    language: str = Language.EN.value

    def degrade(self, problem: str) -> None:
        """Add a problem that does not stop the work."""
        self.problems.append(problem)
        if self.health is Health.HEALTHY:
            self.health = Health.DEGRADED

    def down(self, problem: str) -> None:
        """Add a problem that does."""
        self.problems.insert(0, problem)
        self.health = Health.DOWN

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)


def look() -> Status:
    """Look at everything. Never raises for what is broken: that is what it tells."""
    status = Status()
    try:
        chosen: settings.Settings | None = settings.load()
    except SettingsError as error:
        chosen = None
        status.degrade(str(error))
        status.language = _language()
    data = chosen.data_dir if chosen else ini.data_dir()
    zone = chosen.zone if chosen else ZoneInfo("Asia/Seoul")
    _circus(status)
    _worker(status, data)
    _guards(status, data)
    _recycle(status, data)
    if chosen is not None:
        status.erp = {
            "address": chosen.address,
            "company": chosen.company,
            "demo": chosen.demo,
            "mode": "production" if chosen.posts else "test",
        }
        _above(status, data, chosen)
        if why := channel_tests.why_not_production(chosen):
            status.degrade(why)
        if not chosen.demo and not chosen.channels.names:
            what = "set SMTP_HOST, MAIL_FROM and MAIL_TO, then prove it with: daybreak alert-test"
            status.degrade(f"nobody is told of problems: {what}")
        _sign_ins(status, chosen)
        _demo(status, data, chosen)
        if unnoticed := why_rollback_unnoticed(chosen):
            status.attention.append(unnoticed)
        status.language = chosen.report_language.value
        _holidays(status, chosen)
    if _is_closed(data):
        status.down(message("{folder} can't be read by this user: nothing is known of the ledger", folder=str(data)))
        return status
    _ledger(status, data, zone, chosen)
    _untaken(status, data)
    _test_mode(status, chosen)
    _disk(status, data)
    _log(status, data, zone)
    return status


def _is_closed(folder: Path) -> bool:
    """True for a folder that is there, or may be, and that this user can't look into."""
    try:
        os.scandir(folder).close()
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False


def _sign_ins(status: Status, chosen: settings.Settings) -> None:
    """Say that no more sign-ins are made: everything beats, and nothing is read."""
    try:
        refusals_of(chosen).demand_try()
    except SignInRefused as error:
        status.degrade(str(error))


def _demo(status: Status, data: Path, chosen: settings.Settings) -> None:
    """Say that the demo has not got its port: whoever has it is no ERP of ours."""
    if not chosen.demo or status.circus.get("demo-erp") != "active":
        return
    pids = {one.identity.pid for one in reaper.marked(data) if one.watcher == "demo-erp"}
    if not any(_listens(pid, chosen.demo_port) for pid in pids):
        status.degrade(
            message(
                "the demo ERP does not listen on port {port}: it is still starting, or another program has the port. "
                "In the latter case set DEMO_PORT",
                port=str(chosen.demo_port),
            )
        )


def _listens(pid: int, port: int) -> bool:
    import psutil

    try:
        found = psutil.Process(pid).net_connections(kind="tcp")
    except (psutil.Error, OSError):
        return False
    return any(one.status == psutil.CONN_LISTEN and one.laddr.port == port for one in found)


def _test_mode(status: Status, chosen: settings.Settings | None) -> None:
    """Say that payments wait and nothing is posted, because nobody has set production."""
    if chosen is None or chosen.posts:
        return
    waiting = status.ledger.get("waiting", {})
    if count := sum(waiting.get(state.value, 0) for state in UNSENT):
        status.degrade(
            message("MODE is test: {count} payments wait, and nothing is posted until MODE = production", count=count)
        )


def why_rollback_unnoticed(chosen: settings.Settings) -> str:
    """Say that a snapshot of the whole machine could be taken back without a sign, or return an empty text."""
    if not chosen.posts or chosen.demo or chosen.can_look_up:
        return ""
    if chosen.backup_folder is not None and is_elsewhere(chosen.backup_folder.absolute(), chosen.data_dir):
        return ""
    return message(
        "a snapshot of this machine that is taken back could not be noticed, and payments would be posted twice: set "
        "DEPOSIT_LIST = on where the list can be read, or a BACKUP_DIR on another file system. Never take a snapshot "
        "back without daybreak adopt afterwards"
    )


def _language() -> str:
    """Return the language of the last good settings."""
    is_korean = ini.in_use().values().get("REPORT_LANGUAGE", "").strip().lower() == Language.KO
    return (Language.KO if is_korean else Language.EN).value


def _circus(status: Status) -> None:
    try:
        status.circus = dict(circus_client.call("status").get("statuses", {}))
    except DaybreakError as error:
        status.down(f"{error}: nothing runs. Start it with ./scripts/start")


def _above(status: Status, data: Path, chosen: settings.Settings) -> None:
    """Say what nobody would notice: the end of circusd, the end of this machine. The demo may end unnoticed."""
    if chosen.demo or not status.circus:
        return
    circusd = control.find_circusd(data)
    if circusd is not None and not control.service_of(circusd.pid):
        status.attention.append("nothing restarts circusd when it ends or freezes: ./scripts/install")
    if not chosen.ping_url:
        status.degrade(
            "nobody off this host is told when it dies: set PING_URL to a dead-man service, or to off if none is wanted"
        )


def _worker(status: Status, data: Path) -> None:
    pids = [one.identity.pid for one in reaper.marked(data) if is_worker(one.identity.pid)]
    beat = heartbeat.read(data / "heartbeat.txt")
    own = beat if beat and beat.identity.pid in pids and beat.identity.is_alive() else None
    wish = desired_state.read(data)
    if wish.is_over(clock.wall(ZoneInfo("Asia/Seoul"))):
        wish = desired_state.Intent()
    status.intent = str(wish)
    status.lock = {
        "held": locks.is_held(data / "runtime.lock"),
        "holder": locks.holder(data / "runtime.lock") if locks.is_held(data / "runtime.lock") else "",
    }
    named = re.match(r"pid (\d+)\b", status.lock["holder"])
    status.lock["pid"] = int(named[1]) if named else None
    status.worker = {
        "pids": pids,
        "phase": str(own.phase) if own else None,
        "step": own.step if own else "",
        "heartbeat_age_s": round(own.silence(now_ticks()), 1) if own else None,
        "patience_s": own.patience if own else None,
        "started": started_at(own) if own else None,
        "version": own.version if own else None,
        "generation": own.generation if own else None,
    }
    if own:
        status.stats = dict(own.stats)
        status.next_cycle = own.next_cycle or None
    if not pids:
        why = _why_no_worker(wish, data)
        if status.circus:
            status.down(why)
        return
    if len(pids) > 1:
        status.degrade(f"{len(pids)} workers run, one is expected: pids {', '.join(map(str, pids))}")
    if own is None:
        status.degrade(f"the worker (pid {pids[0]}) has not beaten yet")
    elif own.is_broken(now_ticks()):
        status.degrade(
            f"the worker (pid {own.identity.pid}) is silent for {own.silence(now_ticks()):.0f} s while {own.phase}, "
            f"it promised a beat within {own.patience:.0f} s"
        )
    if own and own.version != installed():
        status.degrade(f"the worker runs version {own.version}, installed is {installed()}: circusctl restart worker")
    if unfinished := posting_freeze.why(clock.wall(ZoneInfo("Asia/Seoul"))):
        status.degrade(unfinished)
    if own and not status.lock["held"]:
        status.degrade("the worker runs without its lock: circusctl restart worker")


def _why_no_worker(wish: desired_state.Intent, data: Path) -> str:
    if wish.wanted is not desired_state.Wanted.RUNNING:
        if wish.wanted is desired_state.Wanted.PAUSED:
            return f"the worker is {wish}. To end that: daybreak resume"
        return f"the worker is {wish}. Start it with: circusctl start worker"
    try:
        back_off = json.loads((data / "backoff.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        back_off = {}
    if back_off.get("until"):
        return f"the worker crashed ({back_off.get('reason')}); backing off until {back_off['until']}"
    if back_off.get("code") == 78:
        named = "; ".join(refused.read(data))
        if named:
            return message(
                "the worker refused its settings: {problem}. Correct them, then: circusctl start worker", problem=named
            )
        return "the settings are wrong; correct them, then: circusctl start worker"
    return "no worker runs. Start it with: circusctl start worker"


def is_worker(pid: int) -> bool:
    """True when this process is `python -m worker` itself, not something it has started."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return words[1:3] == [b"-m", b"worker"]


def started_at(beat: Heartbeat) -> str | None:
    """Return the process's start by the wall clock, ISO with offset."""
    import psutil

    try:
        created = psutil.Process(beat.identity.pid).create_time()
    except psutil.Error:
        return None
    return datetime.fromtimestamp(created, beat.at.tzinfo).isoformat(timespec="seconds")


def _guards(status: Status, data: Path) -> None:
    for name in GUARDS:
        beat = heartbeat.read(data / "guards" / f"{name}.txt")
        is_well = beat is not None and beat.identity.is_alive() and beat.silence(now_ticks()) < GUARD_SILENT
        status.guards[name] = {
            "pid": beat.identity.pid if beat else None,
            "heartbeat_age_s": round(beat.silence(now_ticks()), 1) if beat and beat.identity.is_alive() else None,
            "well": is_well,
        }
        if not is_well and status.circus:
            status.degrade(f"plugin:{name} does not beat; see {data / 'logs'}, guards_….log")


def _recycle(status: Status, data: Path) -> None:
    try:
        found: Mapping[str, Any] = json.loads((data / "recycle.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        found = {}
    status.recycle = {
        "last": found.get("done") or None,
        "next": found.get("next") or None,
        "due": found.get("due") or None,
        "result": found.get("result") or None,
    }


def _ledger(status: Status, data: Path, zone: ZoneInfo, chosen: "settings.Settings | None") -> None:
    if unsafe := sqlite.why_unsafe():
        status.ledger = {"sqlite": sqlite.described()}
        status.degrade(unsafe)
        return
    try:
        with Ledger(data, create=False, patience=1.0) as ledger:
            waiting = ledger.counts()
            found = ledger.last_cycles(1)
            if found:
                last = found[0]
                for name in ("slot", "started", "ended"):
                    if last[name]:
                        last[name] = datetime.fromisoformat(str(last[name])).astimezone(zone).isoformat("T", "seconds")
                status.last_cycle = last
            _alarms(status, ledger, zone, chosen)
            status.ledger = {
                "waiting": waiting,
                "odd_rows": len(ledger.open_oddities()),
                "sqlite": sqlite.described(),
            }
            if not status.stats:
                status.stats = ledger.stats(datetime.now(zone).date(), zone)
            _day(status, ledger, zone)
            why = ledger.why_no_posting(whom(chosen)) if chosen else ""
            if chosen and (how_far := _restored(ledger, chosen, chosen.report_language)):
                status.ledger["restored"] = how_far
                if not ledger.why_other_books(whom(chosen)):
                    why = _restored(ledger, chosen, Language.EN)
            status.attention += [loaded(text) for name in (AWAKE, WITNESS, morning.NOTE) if (text := ledger.note(name))]
            asked = screen_question.why_nothing_is_posted(ledger) or list_question.why_nothing_is_posted(ledger)
    except LedgerError as error:
        if (data / "generation").exists():
            status.degrade(str(error))
        return
    except DaybreakError as error:
        status.degrade(str(error))
        return
    is_first = not found or (len(found) == 1 and found[0]["id"] == 1 and not found[0]["ended"])
    if why and not (chosen and chosen.demo and is_first):  # the demo is adopted in its first cycle
        status.degrade(why)
    if asked:
        status.degrade(asked)
    last_cycle = status.last_cycle or {}
    if last_cycle.get("outcome") == "failed" and not why and not asked:
        status.degrade(f"the last cycle failed at {last_cycle['ended']}: {last_cycle['why']}")
    status.attention += needs.sentences(waiting, status.ledger["odd_rows"], Language.EN)


def _restored(ledger: Ledger, chosen: settings.Settings, language: Language) -> str:
    """Say how far a restored ledger is on its way to posting again, or return an empty text."""
    return restored.progress(
        ledger, can_look_up=chosen.can_look_up, settle_s=chosen.settle_s, zone=chosen.zone, language=language
    )


def _day(status: Status, ledger: Ledger, zone: ZoneInfo) -> None:
    """Take the day's money and slots from the ledger."""
    today = clock.wall(zone).date()
    money = ledger.money(today, zone)
    status.money = {**asdict(money), "won": money.won}
    start = datetime.combine(today, time(), zone)
    found = ledger.slots(start, start + timedelta(days=1))
    status.slots = dict(Counter(one.state.value for one in found))


def _holidays(status: Status, chosen: settings.Settings) -> None:
    """Say when the holidays of the time to come are not known."""
    problem = "" if chosen.demo else why_holidays_unknown(chosen.now().date())
    status.holidays = {"problem": problem}
    if problem:
        status.attention.append(problem)


def _log(status: Status, data: Path, zone: ZoneInfo) -> None:
    """Measure today's log of the worker; a file that can't be read counts as none."""
    path = data / "logs" / f"worker_{clock.wall(zone):%Y%m%d}.log"
    counts = {b"ERROR": 0, b"CRITICAL": 0, b"WARNING": 0}
    size = 0
    with suppress(OSError), path.open("rb") as file:
        for line in file:
            size += len(line)
            level = _LEVEL.match(line)
            if level:
                counts[level[1] or level[2]] += 1
    status.log = {
        "file": path.name,
        "size": size,
        "errors": counts[b"ERROR"] + counts[b"CRITICAL"],
        "warnings": counts[b"WARNING"],
    }


#: The level of a line of the log that matters, in text or JSON.
_LEVEL = re.compile(
    rb'\d{4}-\d\d-\d\d \S+ (ERROR|CRITICAL|WARNING)\b|\{"time": "[^"]*", "level": "(ERROR|CRITICAL|WARNING)"'
)


def _alarms(status: Status, ledger: Ledger, zone: ZoneInfo, chosen: "settings.Settings | None") -> None:
    """Say which problems are open, and which messages have not got out."""

    def local(at: datetime) -> str:
        return at.astimezone(zone).isoformat("T", "seconds")

    names = chosen.channels.names if chosen else tuple(Channel)
    waiting = [one for one in ledger.undelivered() if one.error and one.channel in names]
    status.alarms = {
        "open": [
            {"cause": one.cause, "since": local(one.since), "count": one.count, "what": one.what}
            for one in ledger.alarms()
        ],
        "undelivered": [
            {
                "subject": one.subject,
                "channel": one.channel,
                "since": local(one.at),
                "tries": one.tries,
                "error": one.error,
            }
            for one in waiting
        ],
    }
    if waiting:
        since = f"{waiting[0].at.astimezone(zone):%Y-%m-%d %H:%M}"
        status.degrade(f"{len(waiting)} messages could not be delivered since {since}: {waiting[0].error}")


def _untaken(status: Status, data: Path) -> None:
    """Say what the worker has to tell and its ledger does not take: parts of a damaged ledger still read well here."""
    newest = {
        str(content.get("cause", "")): str(content["text"])
        for _, content in spool.waiting(data)
        if content["kind"] == Kind.ALERT and content.get("by") == "worker"
    }
    for text in newest.values():
        if text not in status.problems:
            status.degrade(text)


def _disk(status: Status, data: Path) -> None:
    place = next((folder for folder in (data, *data.parents) if folder.exists()), Path("/"))
    for number, one in enumerate(disks.below(place)):
        free = one.free // 1024**2
        status.disk_free_mb = min(free, status.disk_free_mb) if number else free
        if one.free < LOW_DISK:
            where = data if number == 0 else one.place
            status.degrade(f"only {free} MB are free where {where} lies; below that the ledger is in danger")
