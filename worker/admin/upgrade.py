"""./scripts/upgrade: another version of daybreak in this folder, verified before it posts, or the old one again.

From before the old tree ends until the new one has run a cycle without a save, var/upgrade.json is there: no version
posts meanwhile (worker/runtime/posting_freeze.py). So whatever goes wrong, the old code and the old ledger can be put
back, and nothing is posted twice or lost by it. Removing that file is the one step that makes the new version count.
Whoever comes after an interruption (./scripts/upgrade, ./scripts/start, systemd) runs var/recover, which puts the old
version back.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from worker.admin import git, versions
from worker.admin.tree import NotVerified, Running, ending_with_us
from worker.admin.upgrade_journal import Change, UnderWay, turn, write_recover
from worker.admin.upgrade_preparation import WHOLE, NotUpgraded, demand_possible, environment_of, fetch, keep
from worker.admin.versions import Kept
from worker.config import ini
from worker.errors import DaybreakError
from worker.ledger import copies
from worker.ledger.ledger import Ledger
from worker.ledger.notes import OLDER
from worker.ledger.sentences import MESSAGES
from worker.runtime import installation, posting_freeze, spool
from worker.runtime import sqlite as sqlite3
from worker.runtime.files import read_text, sync_names
from worker.runtime.locks import Lock
from worker.runtime.witness import read_mark
from worker.version import version


class Machine(Protocol):
    """The tree of this folder, as an upgrade sees it."""

    def how(self) -> str:
        """Return how the tree runs now: by hand, by which service, or (an empty text) not at all."""

    def rest(self) -> None:
        """Wait for the end of a cycle under way."""

    def stop(self, how: str) -> None:
        """End the whole tree. Raises DaybreakError."""

    def start(self, how: str) -> None:
        """Start it in the same way. Raises DaybreakError."""

    def verify(self, expected: str) -> None:
        """Wait for the first beat of that version and run a cycle that saves nothing. Raises DaybreakError."""

    def set_up(self) -> None:
        """Bring .venv up to what the code that is there now wants. Raises DaybreakError."""


def upgrade(project: Path, wanted: str, *, machine: Machine, data: Path, by: str, say: Callable[[str], None]) -> str:
    """Upgrade the folder to a version, a branch, a tag, a commit or another folder's code; return what was done.

    Raises DaybreakError when nothing was changed, or when the old version was put back.
    """
    with turn(project):
        if posting_freeze.read(project) is not None:
            say("an earlier upgrade was interrupted: putting its old version back")
            back(project, machine=machine, say=say, start=True)
        new = fetch(project, wanted, say)
        old = keep(project)
        if old.name == new.name:
            return f"{new.name} is installed already."
        demand_possible(project, old, new)
        say(f"from {old.name} to {new.name}")
        environment = environment_of(project, old, new, say)
        change = Change(
            old=old.name, new=new.name, data=str(data), how=machine.how(),
            at=datetime.now().astimezone().isoformat(timespec="seconds"), by=by,
        )  # fmt: skip
        machine.rest()
        write_recover(project, old)
        change.write(project)
        try:
            machine.stop(change.how)
            _change(project, change, old, new, environment, machine=machine, say=say)
            machine.start(change.how or "by hand")
            say("verifying: the first beat, and a cycle that saves nothing")
            machine.verify(_version_there(project))
        except (DaybreakError, OSError, subprocess.SubprocessError, sqlite3.Error, KeyboardInterrupt) as error:
            say(f"it does not work: {error or 'interrupted'}")
            back(project, machine=machine, say=say, start=True)
            raise NotUpgraded(
                f"upgrading to {new.name}: {error or 'interrupted'}. {old.name} and its ledger are back"
                f"{' and run' if change.how else ''}"
            ) from error
        _end(project)
        if not change.how:
            machine.stop("by hand")
        versions.sweep(project, frozenset({old.name, new.name}))
    return f"Upgraded from {old.name} to {new.name}." + _how_it_runs(change.how)


def _change(
    project: Path,
    change: Change,
    old: Kept,
    new: Kept,
    environment: str,
    *,
    machine: Machine,
    say: Callable[[str], None],
) -> None:
    """Copy the ledger, then change the code, the environment and the ledger's form."""
    data = Path(change.data)
    with Lock(data / "runtime.lock", version=version()):
        say("the tree has ended; copying the ledger")
        batch = _copy_ledger(data, old.ledger)
        venv = project / ".venv"
        change = Change(
            **{name: getattr(change, name) for name in ("old", "new", "data", "how", "at", "by")},
            changing=True,
            batch=batch,
            head=git.head(project) if git.is_one(project) else "",
            environment=str(venv.readlink()) if venv.is_symlink() else "",
        )
        change.write(project)
        schema = versions.schema_of(new.code)
        if batch >= 0 and schema < versions.schema_of(old.code):
            say(f"taking the ledger back to schema {schema}")
            with Ledger(data, create=False) as ledger:
                ledger.take_down(schema)
            if schema < MESSAGES:
                spool.as_sentences(data)
        say("changing the code")
        versions.take_ini_away(project)
        versions.put_code(new.code, project)
        if environment:
            versions.put_environment(project, environment, aside=old.venv)
            # There is none where the old version ran in the environment of one before it.
            if old.venv.is_dir():
                (old.venv / WHOLE).touch()
        _point(project, new)
        versions.put_ini(new.code, project)
        machine.set_up()
        if batch >= 0 and schema > versions.schema_of(old.code):
            say(f"bringing the ledger up to schema {schema}")
            _run(project, "-m", "worker.admin.upgrade", "--migrate", str(data))


def _point(project: Path, new: Kept) -> None:
    """Say which version the folder holds: by git's HEAD, or in a file of our own."""
    commit = read_text(new.folder / "commit")
    if git.is_one(project) and commit:
        git.point(project, commit)
    else:
        versions.say_installed(project, new.name)


def _copy_ledger(data: Path, target: Path) -> int:
    """Copy the ledger as it is, proved; return the last batch that was sent, or -1 if there is no ledger yet."""
    target.unlink(missing_ok=True)
    if not (data / "ledger.db").exists():
        return -1
    with closing(sqlite3.connect(data / "ledger.db", isolation_level=None)) as db:
        copies.back_up(db, target)
    return read_mark(data).batch


def _end(project: Path) -> None:
    """Let the new version count: from this instant on it posts, and nothing is put back any more."""
    posting_freeze.path_in(project).unlink()
    sync_names(posting_freeze.path_in(project).parent)
    (project / "var" / "recover").unlink(missing_ok=True)


# --- back


def back(project: Path, *, machine: Machine, say: Callable[[str], None], start: bool) -> None:
    """Put the old version and its ledger back, and with `start` its tree if one ran. May be repeated, and killed.

    Nothing was posted since that ledger was copied: no version posts while var/upgrade.json is there.
    """
    found = posting_freeze.read(project)
    if found is None:
        return
    try:
        change = Change(**{**found, "data": str(found["data"])})
    except (KeyError, TypeError) as error:
        raise NotUpgraded(
            f"putting the old version back: {posting_freeze.path_in(project)} can't be read. Compare the folder with "
            f"the versions in {project / 'var' / 'versions'}, then remove that file"
        ) from error
    old = versions.kept(project, change.old)
    if change.changing:
        machine.stop(change.how)
        with Lock(Path(change.data) / "runtime.lock", version=version()):
            say(f"putting {change.old} back")
            versions.take_ini_away(project)
            versions.put_code(old.code, project)
            versions.put_environment(project, change.environment, aside=old.venv)
            if change.head:
                git.point(project, change.head)
            else:
                versions.say_installed(project, change.old)
            _put_ledger_back(old.ledger, Path(change.data), change.batch)
            versions.put_ini(old.code, project)
    _end(project)
    if start and change.how and machine.how() == "":
        machine.start(change.how)


def _put_ledger_back(copy: Path, data: Path, batch: int) -> None:
    """Put the copied ledger in place of what the new version made of it.

    If nothing was sent since, it is not older than its surroundings: it takes over the newest generation, so that no
    number is used twice. If something was, by whatever mistake, it is: the rule of age holds, and look-ups decide.
    """
    mark = read_mark(data)
    if not copy.exists():
        if batch < 0 and mark.batch == 0:
            for name in ("ledger.db", "ledger.db-wal", "ledger.db-shm", "generation"):
                (data / name).unlink(missing_ok=True)
        return

    def prepare(db: sqlite3.Connection) -> None:
        if mark.batch != batch:
            return
        with closing(sqlite3.connect(copy)) as before:
            known = before.execute("SELECT key, value FROM meta WHERE key IN ('older', 'older_looked_up')").fetchall()
        db.execute("DELETE FROM meta WHERE key = ?", (OLDER,))
        db.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", [*known, ("generation", str(mark.generation))])

    aside = copies.restore(copy, data, prepare=prepare)
    for path in (aside, *(aside.with_name(aside.name + end) for end in ("-wal", "-shm"))) if aside else ():
        path.unlink(missing_ok=True)


def _version_there(project: Path) -> str:
    """Return what the code that is there now calls itself."""
    return _run(project, "-c", "from worker.version import version; print(version())")


def _run(project: Path, *words: str) -> str:
    """Run the folder's own Python on the folder's own code; return what it prints. Raises NotVerified."""
    command = (str(project / ".venv" / "bin" / "python"), *words)
    done = subprocess.run(
        command, cwd=project, env=installation.clean(os.environ), capture_output=True, text=True, check=False,
        timeout=300, preexec_fn=ending_with_us(),
    )  # fmt: skip
    if done.returncode != 0:
        raise NotVerified((done.stderr or done.stdout).strip().splitlines()[-1] if done.stderr or done.stdout else "?")
    return done.stdout.strip()


def _how_it_runs(how: str) -> str:
    if how == "by hand":
        return " The tree runs in the background now: its terminal's has ended. To end it: .venv/bin/daybreak stop"
    return " The tree runs." if how else " It did not run, and does not run now: ./scripts/start"


def _migrate(data: Path) -> None:
    """Bring a ledger to the form that this code knows, and prove that it is whole."""
    Ledger(data, create=False).close()
    with closing(sqlite3.connect(data / "ledger.db")) as db:
        copies.verify(db)


def _data(project: Path) -> Path:
    """Return the data folder; of an interrupted upgrade, the one that it has written down."""
    found: Mapping[str, Any] | None = posting_freeze.read(project)
    if found and found.get("data"):
        return Path(str(found["data"]))
    return ini.data_dir(project / versions.INI)


def main() -> int:
    """Upgrade, or put the old version back; return the exit code."""
    parser = argparse.ArgumentParser(prog="./scripts/upgrade", description=__doc__.partition("\n")[0])
    parser.add_argument(
        "wanted", nargs="?", default="", help="a version, tag, branch, commit or folder; none: the newest"
    )
    parser.add_argument("--back", action="store_true", help="only put back what an interrupted upgrade has left")
    parser.add_argument("--recover", type=Path, metavar="FOLDER", help=argparse.SUPPRESS)
    parser.add_argument("--migrate", type=Path, metavar="DATA", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    project = (chosen.recover or Path(__file__).resolve().parents[2]).resolve()

    def say(sentence: str) -> None:
        print(f"{datetime.now().astimezone():%H:%M:%S}  {sentence}", flush=True)

    try:
        if chosen.migrate:
            _migrate(chosen.migrate)
            return 0
        data = _data(project)
        machine = Running(project, data, say=say)
        if chosen.recover or chosen.back:
            with turn(project):
                back(project, machine=machine, say=say, start=chosen.back)
            return 0
        print(upgrade(project, chosen.wanted, machine=machine, data=data, by=os.environ.get("USER", "?"), say=say))
    except UnderWay as error:
        # The tree that a living upgrade starts comes by here, too.
        print(f"upgrade: {error}", file=sys.stderr)
        return 0 if chosen.recover else 1
    except (DaybreakError, OSError) as error:
        print(f"upgrade: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
