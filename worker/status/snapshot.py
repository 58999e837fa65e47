"""The state of things, judged from outside the worker: kernel, files, ledger, and last of all circusd."""

import os
import pwd
import re
from collections import Counter
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from worker.alerts import channel_tests
from worker.config import ini, loading, settings
from worker.config.channels import Channel
from worker.erp.visit import refusals_of
from worker.errors import DaybreakError, LedgerError, SettingsError, SignInRefused
from worker.i18n import loaded, message, reasons, said_by
from worker.i18n.language import Language
from worker.ledger import needs
from worker.ledger.ledger import Ledger
from worker.ledger.notes import AWAKE, WITNESS
from worker.posting import list_question, morning, screen_question
from worker.posting.books import owner_of
from worker.runtime import clock, disks, reaper, spool, sqlite
from worker.runtime.disks import LOW_DISK
from worker.runtime.mounts import is_elsewhere
from worker.runtime.spool import NoteKind
from worker.schedule.library_age import why_holidays_unknown
from worker.status import processes, restored
from worker.status.status import UNSENT, Status


def look() -> Status:
    """Look at everything. Never raises for what is broken: that is what it tells."""
    status = Status()
    try:
        chosen: settings.Settings | None = loading.load()
    except SettingsError as error:
        chosen = None
        status.degrade(said_by(error))
        status.language = _language()
    data = chosen.data_dir if chosen else ini.data_dir()
    zone = chosen.zone if chosen else ZoneInfo("Asia/Seoul")
    if theirs := _why_not_ours(data):
        status = Status(language=chosen.report_language.value if chosen else status.language, known=False)
        status.down(theirs)
        return status
    processes.look_at_circus(status)
    processes.look_at_worker(status, data)
    processes.look_at_guards(status, data)
    processes.look_at_recycle(status, data)
    if chosen is not None:
        status.erp = {
            "address": chosen.address,
            "company": chosen.company,
            "demo": chosen.demo,
            "mode": "production" if chosen.posts else "test",
        }
        processes.look_above(status, data, chosen)
        if why := channel_tests.why_not_production(chosen):
            status.degrade(why)
        if not chosen.demo and not chosen.channels.names:
            what = message("set SMTP_HOST, MAIL_FROM and MAIL_TO, then prove it with: daybreak alert-test")
            status.degrade(message("nobody is told of problems: {what}", what=what))
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


def _why_not_ours(folder: Path) -> str:
    """Say that this user can't look into a folder of somebody else, and who can, or return an empty text."""
    try:
        os.scandir(folder).close()
    except PermissionError:
        owner = _owner(folder)
        if owner != os.geteuid():
            return message(
                "{folder} can't be read by this user, so nothing is known of the worker. Ask as its owner: sudo -u "
                "{owner} daybreak status",
                folder=str(folder),
                owner=_user(owner),
            )
    except OSError:
        pass
    return ""


def _owner(folder: Path) -> int:
    """Return the uid of a folder's owner, or of the first one above it that this user may know of."""
    for path in (folder, *folder.parents):
        with suppress(OSError):
            return path.stat().st_uid
    return 0


def _user(uid: int) -> str:
    """Return the user as sudo takes it."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"#{uid}"


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
        status.degrade(said_by(error))


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
            why = ledger.why_no_posting(owner_of(chosen)) if chosen else ""
            if chosen and (how_far := _restored(ledger, chosen)):
                status.ledger["restored"] = reasons.say(how_far, chosen.report_language)
                if not ledger.why_other_books(owner_of(chosen)):
                    why = how_far
            status.attention += [loaded(text) for name in (AWAKE, WITNESS, morning.NOTE) if (text := ledger.note(name))]
            asked = screen_question.why_nothing_is_posted(ledger) or list_question.why_nothing_is_posted(ledger)
    except LedgerError as error:
        if (data / "generation").exists():
            status.degrade(said_by(error))
        return
    except DaybreakError as error:
        status.degrade(said_by(error))
        return
    is_first = not found or (len(found) == 1 and found[0]["id"] == 1 and not found[0]["ended"])
    if why and not (chosen and chosen.demo and is_first):  # the demo is adopted in its first cycle
        status.degrade(why)
    if asked:
        status.degrade(asked)
    last_cycle = status.last_cycle or {}
    if last_cycle.get("outcome") == "failed" and not why and not asked:
        status.degrade(message("the last cycle failed at {at}: {why}", at=last_cycle["ended"], why=last_cycle["why"]))
    status.attention += needs.sentences(waiting, status.ledger["odd_rows"], Language.EN)


def _restored(ledger: Ledger, chosen: settings.Settings) -> str:
    """Say how far a restored ledger is on its way to posting again, or return an empty text."""
    return restored.progress(ledger, can_look_up=chosen.can_look_up, settle_s=chosen.settle_s, zone=chosen.zone)


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
        status.degrade(
            message(
                "{count} messages could not be delivered since {since}: {error}",
                count=str(len(waiting)),
                since=since,
                error=waiting[0].error,
            )
        )


def _untaken(status: Status, data: Path) -> None:
    """Say what the worker has to tell and its ledger does not take: parts of a damaged ledger still read well here."""
    newest = {
        str(content.get("cause", "")): content["text"]
        for _, content in spool.waiting(data)
        if content["kind"] == NoteKind.ALERT and content.get("by") == "worker"
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
            status.degrade(
                message(
                    "only {free} MB are free where {folder} lies; below that the ledger is in danger",
                    free=str(free),
                    folder=str(where),
                )
            )
