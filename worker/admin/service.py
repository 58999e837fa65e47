"""What restarts circusd itself: a systemd unit, written for ./scripts/install.

Shows what it will do; `--yes` does it, `--remove` undoes it. Nothing else in daybreak imports this.
"""

import argparse
import getpass
import os
import pwd
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from worker.admin import wsl
from worker.config import ini, secret
from worker.control import control
from worker.errors import DaybreakError, LedgerError
from worker.i18n import message
from worker.ledger.ledger import Ledger
from worker.ledger.state import State
from worker.runtime import installation
from worker.runtime.files import read_text
from worker.runtime.witness import OF_ROOT, in_home

#: By whose absence sd_booted(3) knows that no systemd runs this machine.
BOOTED = Path("/run/systemd/system")

#: A whole tree's memory: the worker's ceiling in circus.ini, and everything else with a margin.
MEMORY, TASKS = "3G", 1024

#: The unit, and what of it needs root: in a user's unit each of those would ask for a user namespace that many
#: machines refuse.
UNIT, HARDENING = (Path(__file__).parent / "unit" / name for name in ("daybreak.service", "hardening"))

#: Where systemd finds the secret of a setting that is written as credential:NAME (systemd.exec(5), "Credentials").
CREDENTIALS = Path("/etc/credstore")


#: Where browsers leave their files while they run.
TEMPORARY = Path("/tmp")


class NotInstalled(DaybreakError):
    """The unit can't be installed or removed here. The text says why, and what that means."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a unit goes, and for whom."""

    project: Path
    data: Path
    system: bool
    name: str
    user: str
    home: Path
    #: Where backups are copied to, if anywhere.
    backup: Path | None = None
    #: Names of the secrets that systemd hands over.
    credentials: tuple[str, ...] = ()

    @property
    def file(self) -> Path:
        """The unit's file."""
        folder = Path("/etc/systemd/system") if self.system else self.home / ".config" / "systemd" / "user"
        return folder / f"{self.name}.service"

    @property
    def systemctl(self) -> tuple[str, ...]:
        """The command that speaks with the right systemd."""
        return ("systemctl",) if self.system else ("systemctl", "--user")


# --- the unit


def quoted(text: str) -> str:
    """Return a path as one word of ExecStart or a list (systemd.syntax(7)); `why_not_named` has seen it."""
    return '"{}"'.format(text.replace("%", "%%"))


def unit(place: Place) -> str:
    """Return the unit's text."""
    program = str(place.project / ".venv" / "bin" / "circusd")
    hardening = ""
    if place.system:
        backup = [place.backup] if place.backup else []
        paths = (place.project, place.data, _state(place), *backup, TEMPORARY)
        hardening = HARDENING.read_text(encoding="utf-8") % {
            "writable": " ".join(quoted(f"-{path}") for path in paths),
            "credentials": "".join(f"LoadCredential={name}:{CREDENTIALS / name}\n" for name in place.credentials),
        }
    return UNIT.read_text(encoding="utf-8") % {
        "folder": str(place.project).replace("%", "%%"),
        "after": "Wants=network-online.target\nAfter=network-online.target\n" if place.system else "",
        "user": f"User={place.user}\n" if place.system else "",
        # Neither quotes nor escapes are read here, specifiers are.
        "directory": str(place.project).replace("%", "%%"),
        # The path before it holds circus.ini too: Circus itself puts that into command lines without quotes.
        "lock": quoted(str(place.data / "runtime.lock")).replace("$", "$$"),
        "command": f"{quoted(program)} circus.ini",
        "recover": quoted(str(place.project / "var" / "recover")).replace("$", "$$"),
        "memory": MEMORY,
        "tasks": TASKS,
        "hardening": hardening,
        "target": "multi-user.target" if place.system else "default.target",
    }


def _state(place: Place) -> Path:
    """Return where the second witness of the ledger will stand: a system's unit finds no XDG_STATE_HOME."""
    if place.user == "root":
        return OF_ROOT
    try:
        return in_home(Path(pwd.getpwnam(place.user).pw_dir))
    except KeyError:
        return in_home(place.home)


def why_not_named(project: Path) -> str:
    """Say why systemd can't start a program in a folder of this name, or return an empty text."""
    odd = sorted({sign for sign in str(project) if sign in "\"'\\" or not sign.isprintable()})
    if not odd:
        return ""
    return f"systemd starts no program whose path holds {' '.join(map(repr, odd))}: move {project} elsewhere"


def is_ours(place: Place) -> bool:
    """True when the file is not there yet or was written for this very folder."""
    if not (text := read_text(place.file)):
        return True
    return f"\nWorkingDirectory={str(place.project).replace('%', '%%')}\n" in text


# --- doing it


def why_not_here(place: Place, environ: Mapping[str, str] = os.environ, booted: Path = BOOTED) -> str:
    """Say why no unit can be installed here, or return an empty text."""
    lost = "nothing restarts circusd here when it ends or freezes; ./scripts/start runs it until then"
    if not booted.is_dir():
        if wsl.is_wsl(os.uname().release):
            return (
                f"no systemd runs in this distribution, so {lost}. Write [boot] and systemd=true into /etc/wsl.conf,"
                " then in PowerShell: wsl --shutdown, and type the same again"
            )
        return f"no systemd runs on this machine, so {lost}"
    if not place.system and not Path(environ.get("XDG_RUNTIME_DIR", "/nowhere"), "systemd", "private").exists():
        return (
            f"no systemd of user {place.user} runs (no session of theirs), so {lost}. Sign in as {place.user} without"
            " su or sudo, or install it for the system: sudo ./scripts/install"
        )
    return ""


def plan(place: Place) -> list[list[str]]:
    """Return the commands after the unit is written."""
    commands = [
        [*place.systemctl, "daemon-reload"],
        [*place.systemctl, "enable", place.file.name],
        [*place.systemctl, "restart", place.file.name],
    ]
    if place.system:
        # What is not there when the unit starts stays read-only for it.
        as_user = [] if place.user == "root" else ["runuser", "-u", place.user, "--"]
        return [*([*as_user, "mkdir", "-p", "-m", "700", str(path)] for path in (place.data, _state(place))), *commands]
    # Without it a user's services end with the last session and do not start at boot.
    return [["loginctl", "enable-linger", place.user], *commands]


def removal(place: Place) -> list[list[str]]:
    """Return the commands before the unit is removed."""
    return [[*place.systemctl, "disable", "--now", place.file.name]]


def install(place: Place, settings: Mapping[str, str], *, really: bool) -> None:
    """Show what is done; do it if `really`. Raises NotInstalled."""
    if not is_ours(place):
        raise NotInstalled(f"{place.file} belongs to another folder; say --name daybreak2, or remove that one first")
    if why := why_not_named(place.project) or why_not_here(place):
        raise NotInstalled(why)
    running = control.find_circusd(place.data)
    if running is not None and not control.service_of(running.pid):
        stop = f"circusd runs already (pid {running.pid}), started by hand; end it first: .venv/bin/daybreak stop"
        if really:
            raise NotInstalled(stop)
        print(f"First: {stop}\n")
    text = unit(place)
    print(f"{'Writing' if really else 'Would write'} {place.file}:\n\n{_indented(text)}")
    if wsl.is_wsl(os.uname().release):
        _write_windows(place, settings, really=really)
        if why := wsl.why_too_old(wsl.version()):
            print(why)
    if really:
        place.file.parent.mkdir(parents=True, exist_ok=True)
        place.file.write_text(text, encoding="utf-8")
    _run(plan(place), really=really)
    if really:
        print(f"Installed. How it stands: {' '.join(place.systemctl)} status {place.file.name}, and daybreak status")
    else:
        print("Nothing was changed. To do it: ./scripts/install --yes")


def _write_windows(place: Place, settings: Mapping[str, str], *, really: bool) -> None:
    path = wsl.file_in(place.project)
    distribution = wsl.distribution(os.environ)
    if really:
        wsl.write(path, name=place.name, user=place.user, distribution=distribution, settings=settings)
    seen_there = f"\\\\wsl.localhost\\{distribution}{str(path).replace('/', chr(92))}"
    print(
        f"{'Written' if really else 'Would write'}: {path}, for the Windows side: it starts {distribution} at boot and"
        " keeps the host awake in business hours. Run it there, in a PowerShell of an administrator:\n"
        f"    powershell -ExecutionPolicy Bypass -File '{seen_there}'\n"
    )


def remove(place: Place, settings: Mapping[str, str], *, really: bool, although_in_doubt: bool = False) -> None:
    """Undo the installation: show it, do it if `really`; say what stays. Raises NotInstalled."""
    if not place.file.exists():
        raise NotInstalled(f"{place.file} is not there: nothing is installed under this name")
    if not is_ours(place):
        raise NotInstalled(f"{place.file} belongs to another folder; run that one's ./scripts/install --remove")
    if (why := why_in_doubt(place.data)) and not although_in_doubt:
        raise NotInstalled(
            f"{why}. Settle that first (daybreak resolve); to remove it all the same: --although-in-doubt. "
            "Nothing was changed"
        )
    _run(removal(place), really=really)
    print(f"{'Removing' if really else 'Would remove'} {place.file}")
    if really:
        place.file.unlink()
    _run([[*place.systemctl, "daemon-reload"]], really=really)
    print("\nWhat stays, because only you know whether it is needed any more:")
    print("".join(f"    {line}\n" for line in what_stays(place, settings)))
    if really:
        print("Removed. Nothing restarts circusd now.")
    else:
        print("Nothing was changed. To do it: ./scripts/install --remove --yes")


def why_in_doubt(data: Path) -> str:
    """Report a batch that was sent and is without an answer, or that the ledger can't tell; else nothing."""
    if not (data / "ledger.db").exists():
        return ""
    try:
        with Ledger(data, read_only=True, patience=1.0) as ledger:
            doubtful = len(ledger.in_state(State.IN_DOUBT, State.SENT))
    except LedgerError as error:
        return f"whether something is in doubt can't be told: {error}"
    return f"{doubtful} payments are in doubt: they were sent, and no clear answer came" if doubtful else ""


def what_stays(place: Place, settings: Mapping[str, str]) -> Iterator[str]:
    """Yield what a removal leaves, and how each of it goes away."""
    if place.data.is_dir():
        kept = ", ".join(name for name in _KEPT if (place.data / name).exists())
        yield f"{place.data}: everything that daybreak knows ({kept or 'nothing yet'}). Keep the ledger for the auditor"
    if (local := place.project / "var" / "local.ini").exists():
        yield f"{local}: your settings"
    for name, value in settings.items():
        if name.endswith("_FILE") and value:
            yield f"{place.project / Path(value).expanduser()}: a secret ({name}); delete it when nobody needs it"
    if folder := settings.get("BACKUP_DIR"):
        yield f"{place.project / Path(folder).expanduser()}: copies of the daily backups"
    if (state := _state(place)).is_dir():
        yield message("{path}: how far each ledger here has come, in a few bytes", path=str(state))
    if (venv := place.project / ".venv").exists():
        yield f"{venv}: the Python environment; ./scripts/start makes it anew"
    if not place.system:
        yield f"lingering of {place.user}; if no other service needs it: loginctl disable-linger {place.user}"
    if (script := wsl.file_in(place.project)).exists():
        yield f"the Windows side; there: powershell -ExecutionPolicy Bypass -File {script.name} -Remove"
    yield f"{place.project}: this folder itself"


#: What in a data folder may be worth keeping.
_KEPT = ("ledger.db", "backups", "evidence", "reports", "exports", "logs")


def _run(commands: list[list[str]], *, really: bool) -> None:
    for command in commands:
        print(f"{'Running' if really else 'Would run'}: {shlex.join(command)}")
        if really:
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode != 0:
                raise NotInstalled(f"{shlex.join(command)}: {(done.stderr or done.stdout).strip()}")


def _indented(text: str) -> str:
    return "".join(f"    {line}\n" for line in text.splitlines())


def _place(chosen: argparse.Namespace) -> Place:
    project = installation.ini_path().parent.resolve()
    system = chosen.system or (os.geteuid() == 0 and not chosen.user)
    # The tree runs as the owner of the folder: where that is another user, root starts no browser.
    user = pwd.getpwuid(project.stat().st_uid).pw_name if system else getpass.getuser()
    values = _settings()
    backup = values.get("BACKUP_DIR", "").strip()
    return Place(
        project=project,
        data=ini.data_dir(),
        system=system,
        name=chosen.name,
        user=user,
        home=Path.home(),
        backup=(project / Path(backup).expanduser()).resolve() if backup else None,
        credentials=tuple(sorted(_credentials(values))),
    )


def _credentials(values: Mapping[str, str]) -> set[str]:
    """Return the names of the secrets that settings want from systemd; a name that is none is the settings' affair."""
    written = {value.strip() for name, value in values.items() if name.endswith("_FILE")}
    names = {one.removeprefix(secret.CREDENTIAL) for one in written if one.startswith(secret.CREDENTIAL)}
    return {name for name in names if re.fullmatch(r"[\w.-]+", name, re.ASCII)}


def _demand_system_on_wsl(release: str) -> None:
    """Raise NotInstalled where a user's unit was not asked for by name, and is the one that fails."""
    if wsl.is_wsl(release):
        raise NotInstalled(
            message(
                "under WSL a user's session often does not come up at boot: install a unit of the system with "
                "sudo ./scripts/install --yes, or say --user"
            )
        )


def _settings() -> Mapping[str, str]:
    """Return the settings in use: that they are wrong is no reason to keep the unit."""
    return ini.in_use().values()


def main() -> int:
    """Install or remove; return the exit code."""
    parser = argparse.ArgumentParser(prog="./scripts/install", description=__doc__.partition("\n")[0])
    parser.add_argument("--yes", action="store_true", help="do it; without it nothing is changed")
    parser.add_argument("--remove", action="store_true", help="undo it")
    parser.add_argument(
        "--although-in-doubt", action="store_true", help="with --remove: although payments are in doubt"
    )
    parser.add_argument("--system", action="store_true", help="a system unit (root's default)")
    parser.add_argument("--user", action="store_true", help="a unit of this user (everybody else's default)")
    parser.add_argument("--name", default="daybreak", help="the unit's name, for a second folder on this machine")
    parser.add_argument("--print", action="store_true", help="print the unit alone")
    chosen = parser.parse_args()
    try:
        settings = _settings() if chosen.remove else {}
        place = _place(chosen)
        if not place.system and not (chosen.user or chosen.remove or chosen.print):
            _demand_system_on_wsl(os.uname().release)
        if chosen.print:
            print(unit(place), end="")
        elif chosen.remove:
            remove(place, settings, really=chosen.yes, although_in_doubt=chosen.although_in_doubt)
        else:
            install(place, ini.worker_settings(), really=chosen.yes)
    except (DaybreakError, OSError) as error:
        print(f"install: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
