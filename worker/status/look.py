"""How things stand, judged from outside the worker: kernel, files, ledger, and last of all circusd."""

import os
import pwd
import re
from contextlib import suppress
from pathlib import Path
from zoneinfo import ZoneInfo

from worker.config import ini, loading
from worker.config.settings import Settings
from worker.errors import DaybreakError, LedgerError, SettingsError
from worker.i18n import message, said_by
from worker.i18n.language import Language
from worker.ledger.ledger import Ledger
from worker.runtime import clock, disks, reaper, spool, sqlite
from worker.runtime.spool import NoteKind
from worker.status import inside, office_page, processes
from worker.status.findings import Findings
from worker.status.snapshot import Snapshot


def look() -> Snapshot:
    """Look at everything. Never raises for what is broken: that is what it tells."""
    found = Findings()
    try:
        chosen: Settings | None = loading.load()
    except SettingsError as error:
        chosen = None
        found.degrade(said_by(error))
    data = chosen.data_dir if chosen else ini.data_dir()
    zone = chosen.zone if chosen else ZoneInfo("Asia/Seoul")
    found.parts["language"] = chosen.report_language.value if chosen else _language()
    found.parts["written"] = clock.wall(zone).isoformat("T", "seconds")
    if theirs := _why_not_ours(data):
        return Snapshot(language=found.parts["language"], known=False, is_down=True, problems=(theirs,))
    processes.look_at_circus(found)
    processes.look_at_worker(found, data)
    processes.look_at_guards(found, data)
    processes.look_at_recycle(found, data)
    if unreachable := office_page.why_not(data, found.parts.get("circus", {})):
        found.degrade(unreachable)
    if chosen is not None:
        processes.look_above(found, data, chosen)
        inside.look_at_settings(found, chosen)
        _demo(found, data, chosen)
    if _is_closed(data):
        found.down(message("{folder} can't be read by this user: nothing is known of the ledger", folder=str(data)))
        return found.snapshot()
    _ledger(found, data, zone, chosen)
    _untaken(found, data)
    place = next((folder for folder in (data, *data.parents) if folder.exists()), Path("/"))
    inside.look_at_disks(found, data, disks.below(place))
    _log(found, data, zone)
    return found.snapshot()


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


def _demo(found: Findings, data: Path, chosen: Settings) -> None:
    """Say that the demo has not got its port: whoever has it is no ERP of ours."""
    if not chosen.demo or found.parts.get("circus", {}).get("demo-erp") != "active":
        return
    pids = {one.identity.pid for one in reaper.marked(data) if one.watcher == "demo-erp"}
    if not any(_listens(pid, chosen.erp.demo_port) for pid in pids):
        found.degrade(
            message(
                "the demo ERP does not listen on port {port}: it is still starting, or another program has the port. "
                "In the latter case set DEMO_PORT",
                port=str(chosen.erp.demo_port),
            )
        )


def _listens(pid: int, port: int) -> bool:
    import psutil

    try:
        open_ones = psutil.Process(pid).net_connections(kind="tcp")
    except (psutil.Error, OSError):
        return False
    return any(one.status == psutil.CONN_LISTEN and one.laddr.port == port for one in open_ones)


def _language() -> str:
    """Return the language of the last good settings."""
    is_korean = ini.in_use().values().get("REPORT_LANGUAGE", "").strip().lower() == Language.KO
    return (Language.KO if is_korean else Language.EN).value


def _ledger(found: Findings, data: Path, zone: ZoneInfo, chosen: Settings | None) -> None:
    if unsafe := sqlite.why_unsafe():
        found.parts["ledger"] = {"sqlite": sqlite.described()}
        found.degrade(unsafe)
        return
    try:
        with Ledger(data, create=False, patience=1.0) as ledger:
            now = clock.wall(zone)
            inside.look_at_ledger(found, ledger, chosen, zone, now)
            if chosen is not None:
                inside.look_at_timeline(found, ledger, chosen, now)
    except LedgerError as error:
        if (data / "generation").exists():
            found.degrade(said_by(error))
    except DaybreakError as error:
        found.degrade(said_by(error))


def _log(found: Findings, data: Path, zone: ZoneInfo) -> None:
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
    found.parts["log"] = {
        "file": path.name,
        "size": size,
        "errors": counts[b"ERROR"] + counts[b"CRITICAL"],
        "warnings": counts[b"WARNING"],
    }


#: The level of a line of the log that matters, in text or JSON.
_LEVEL = re.compile(
    rb'\d{4}-\d\d-\d\d \S+ (ERROR|CRITICAL|WARNING)\b|\{"time": "[^"]*", "level": "(ERROR|CRITICAL|WARNING)"'
)


def _untaken(found: Findings, data: Path) -> None:
    """Say what the worker has to tell and its ledger does not take: parts of a damaged ledger still read well here."""
    newest = {
        str(content.get("cause", "")): content["text"]
        for _, content in spool.waiting(data)
        if content["kind"] == NoteKind.ALERT and content.get("by") == "worker"
    }
    for text in newest.values():
        if text not in found.problems:
            found.degrade(text)
