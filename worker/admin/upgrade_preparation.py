"""What an upgrade prepares before it changes anything: both versions whole, and the new one's packages."""

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from worker.admin import git, versions
from worker.admin.tree import ending_with_us
from worker.admin.versions import Kept
from worker.errors import DaybreakError
from worker.ledger.schema import STEPS, way_back
from worker.runtime.files import read_text, write_private

#: What is wanted of the environment of a version: by these files alone.
LOCKED = "scripts/requirements.txt"

#: In an environment that is made and filled, or has served.
WHOLE = "whole"


class NotUpgraded(DaybreakError):
    """The upgrade did not take place. The text says why, and what runs now."""


def fetch(project: Path, wanted: str, say: Callable[[str], None]) -> Kept:
    """Have the wanted version whole in var/versions."""
    folder = Path(wanted).expanduser() if wanted else None
    commit = ""
    draft = project / "var" / "versions" / ".new"
    shutil.rmtree(draft, ignore_errors=True)
    if folder is not None and folder.is_dir():
        if git.is_one(project):
            if not git.is_one(folder):
                raise NotUpgraded(f"upgrading to {folder}: this folder is a checkout, that one is not. Name a commit")
            commit = git.take_over(project, folder)
    elif git.is_one(project):
        commit = git.find(project, wanted)
    else:
        raise NotUpgraded(
            f"upgrading to {wanted or 'the newest version'}: {project} is no git checkout. Name a folder that holds it"
        )
    if commit:
        git.unpack(project, commit, draft)
        if (changed := git.changes(project)) == [versions.INI]:
            say("carrying the changes of circus.ini over")
            git.merged(project, "HEAD", draft / versions.INI, versions.INI)
        elif changed:
            raise NotUpgraded(
                f"upgrading: these files were changed here: {', '.join(changed)}. Your own values belong into "
                f"var/local.ini; git -C {shlex.quote(str(project))} diff shows the changes, git stash puts them aside"
            )
    else:
        versions.copy(folder or project, draft)
    if problem := versions.why_not(draft):
        raise NotUpgraded(f"upgrading to {wanted or commit[:7]}: {problem}")
    found = versions.kept(project, versions.name_of(draft, commit))
    versions.finish(draft, found)
    write_private(found.folder / "commit", commit)
    return found


def keep(project: Path) -> Kept:
    """Have what is installed now whole in var/versions."""
    commit = git.commit(project) if git.is_one(project) else ""
    draft = project / "var" / "versions" / ".old"
    shutil.rmtree(draft, ignore_errors=True)
    versions.copy(project, draft)
    found = versions.kept(project, versions.name_of(draft, commit))
    versions.finish(draft, found)
    return found


def demand_possible(project: Path, old: Kept, new: Kept) -> None:
    """Raise NotUpgraded for what would fail only later."""
    schema, known = versions.schema_of(new.code), versions.schema_of(old.code)
    if schema < known and any(way_back(step) is None for step in STEPS[schema:known]):
        raise NotUpgraded(
            f"going back to {new.name}: its ledger (schema {schema}) can't hold what this one (schema {known}) does. "
            "Nothing was changed"
        )
    if os.geteuid() != project.stat().st_uid:
        raise NotUpgraded(f"upgrading: {project} belongs to another user. Run this as who owns it")
    if (project / "var").stat().st_dev != project.stat().st_dev:
        raise NotUpgraded(f"upgrading: {project / 'var'} is another file system than {project}. Set DATA_DIR instead")


def environment_of(project: Path, old: Kept, new: Kept, say: Callable[[str], None]) -> str:
    """Return what .venv must be a link to for the new version, made now; or "" if it can stay what it is."""
    if _wants(old.code) == _wants(new.code):
        return ""
    if not (new.venv / WHOLE).exists():
        say("installing the new version's packages beside the old ones")
        shutil.rmtree(new.venv, ignore_errors=True)
        python = getattr(sys, "_base_executable", sys.executable)
        pip = (str(new.venv / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "--no-input", "install")
        _noise(project, (python, "-m", "venv", str(new.venv)))
        _noise(project, (*pip, "--require-hashes", "-r", str(new.code / LOCKED)))
        if list(project.glob(".venv/lib/python3*/site-packages/apprise")):
            _noise(project, (*pip, "apprise"))
        (new.venv / WHOLE).touch()
    return str(new.venv.relative_to(project))


def _wants(code: Path) -> tuple[str, str]:
    """Return what an environment is made from: the same that ./scripts/start looks at."""
    return read_text(code / LOCKED), read_text(code / "pyproject.toml")


def _noise(project: Path, command: tuple[str, ...]) -> None:
    """Run something; what it says goes to var/upgrade.log. Raises NotUpgraded."""
    log = project / "var" / "upgrade.log"
    with log.open("ab") as file:
        file.write(f"\n{datetime.now().astimezone():%F %T}  {shlex.join(command)}\n".encode())
        file.flush()
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=file, stderr=file, check=False, cwd=project,
            preexec_fn=ending_with_us(),
        )  # fmt: skip
    if done.returncode != 0:
        raise NotUpgraded(f"{shlex.join(command[:6])} … failed, nothing was changed. The end of {log} says why")
