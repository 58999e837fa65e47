"""The versions kept in var/versions, and how one of them becomes the code of the folder that runs.

circus.ini is taken away first and put in place last: between the two the folder may hold a mixture, and nothing starts.
Every step may be repeated, and every file is the old one or the new one at any instant.
"""

import hashlib
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from worker.errors import DaybreakError
from worker.runtime.files import read_text, sync_names, write_private

#: What of a folder without git is its code.
CODE = (
    ".ci",
    ".gitignore",
    "LICENSE",
    "README.md",
    "circus.ini",
    "docs",
    "hooks",
    "pyproject.toml",
    "scripts",
    "tests",
    "worker",
)

#: Without it nothing starts.
INI = "circus.ini"

#: Where the folder says which version it holds, if it is no checkout.
INSTALLED = "installed"

#: Made while code runs; never part of it.
_MADE = frozenset({"__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache"})


class NoVersion(DaybreakError):
    """A folder does not hold a daybreak that can be upgraded to. The text says what is missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One version in var/versions."""

    folder: Path

    @property
    def name(self) -> str:
        """Such as `0.1.0+1a2b3c4`."""
        return self.folder.name

    @property
    def code(self) -> Path:
        """All its code, whole or not there."""
        return self.folder / "code"

    @property
    def venv(self) -> Path:
        """Its environment, if it is not in the folder's .venv."""
        return self.folder / "venv"

    @property
    def ledger(self) -> Path:
        """The ledger as it was when this version ended."""
        return self.folder / "ledger.db"


def kept(project: Path, name: str) -> Kept:
    """Return where a version of this name is kept."""
    return Kept(folder=project / "var" / "versions" / name)


def name_of(code: Path, mark: str) -> str:
    """Return a version's name: what it says of itself, and a commit or, without one, a sum over its files."""
    found = re.search(r'^VERSION = "([^"]+)"', read_text(code / "worker" / "version.py"), re.MULTILINE)
    if found is None:
        raise NoVersion(f"{code} holds no daybreak: there is no version in worker/version.py")
    return f"{found[1]}+{(mark or _sum(code))[:7]}"


def schema_of(code: Path) -> int:
    """Return the form of the ledger that a version knows."""
    for place in (code / "worker" / "ledger" / "schema.py", code / "worker" / "schema.py"):
        if found := re.search(r"^SCHEMA = (\d+)$", read_text(place), re.MULTILINE):
            return int(found[1])
    raise NoVersion(f"{code} does not say which ledger it knows (SCHEMA in worker/ledger/schema.py)")


def why_not(code: Path) -> str:
    """Say why this version can't be upgraded to, or return an empty text."""
    if missing := [
        name for name in (INI, "worker", "hooks", "scripts", "pyproject.toml") if not (code / name).exists()
    ]:
        return f"it is not whole: {', '.join(missing)} missing"
    if not any((code / "worker" / place).exists() for place in ("runtime/posting_freeze.py", "hold.py")):
        return "it knows nothing of upgrades: it would post before it is verified"
    return ""


# --- keeping


def copy(source: Path, target: Path) -> None:
    """Copy the code of a folder without git."""
    target.mkdir(parents=True)
    for name in CODE:
        if (source / name).is_dir():
            shutil.copytree(
                source / name, target / name, ignore=lambda _, names: [one for one in names if one in _MADE]
            )
        elif (source / name).exists():
            shutil.copy2(source / name, target / name)


def finish(draft: Path, version: Kept) -> None:
    """Let a draft be a version's code, in one step; what was kept under its name before is the same and goes."""
    version.folder.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(version.code, ignore_errors=True)
    draft.rename(version.code)


def sweep(project: Path, spare: frozenset[str]) -> None:
    """Remove every version but these and what the environment needs; drafts of interrupted upgrades too."""
    needed = os.path.realpath(project / ".venv")
    for folder in (project / "var" / "versions").glob("*"):
        if folder.is_dir() and folder.name not in spare and not needed.startswith(f"{folder.resolve()}{os.sep}"):
            shutil.rmtree(folder, ignore_errors=True)


# --- changing what runs


def take_ini_away(project: Path) -> None:
    """From here on nothing starts in this folder."""
    (project / INI).unlink(missing_ok=True)
    sync_names(project)


def put_code(code: Path, project: Path) -> None:
    """Make the folder's code equal to a version's, but for circus.ini."""
    wanted = {path.name for path in code.iterdir()} - {INI}
    for name in sorted(wanted | (set(CODE) - {INI})):
        source, target = code / name, project / name
        if source.is_dir():
            _put_folder(source, target)
        elif source.exists():
            _put_file(source, target)
        elif target.is_dir():
            shutil.rmtree(target)
        else:
            target.unlink(missing_ok=True)


def put_ini(code: Path, project: Path) -> None:
    """Let things start again: the folder is whole."""
    os.sync()
    _put_file(code / INI, project / INI)
    sync_names(project)


def say_installed(project: Path, name: str) -> None:
    """Write down which version the folder holds, for one that is no checkout."""
    path = project / "var" / "versions" / INSTALLED
    write_private(path, f"{name}\n")


def _put_folder(source: Path, target: Path) -> None:
    if target.is_symlink() or (target.exists() and not target.is_dir()):
        target.unlink()
    target.mkdir(exist_ok=True)
    names = {path.name for path in source.iterdir()}
    for path in sorted(target.iterdir()):
        # What was compiled from other code goes too.
        if path.name not in names:
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    for path in sorted(source.iterdir()):
        (_put_folder if path.is_dir() else _put_file)(path, target / path.name)


def _put_file(source: Path, target: Path) -> None:
    draft = target.with_name(f".{target.name}.upgrade")
    shutil.copy2(source, draft)
    if target.is_dir() and not target.is_symlink():
        shutil.rmtree(target)
    draft.replace(target)


def put_environment(project: Path, environment: str, *, aside: Path) -> None:
    """Let .venv be a link to an environment, or (an empty text) the folder that was put `aside`. May be repeated."""
    venv = project / ".venv"
    if environment:
        if venv.is_dir() and not venv.is_symlink():
            venv.rename(aside)
        draft = project / ".venv.upgrade"
        draft.unlink(missing_ok=True)
        draft.symlink_to(environment)
        draft.replace(venv)
    elif aside.exists() and not aside.is_symlink():
        if venv.is_symlink():
            venv.unlink()
        aside.rename(venv)


def _files(code: Path) -> Iterator[Path]:
    for name in CODE:
        path = code / name
        found = [path] if path.is_file() else sorted(path.rglob("*"))
        yield from (one for one in found if one.is_file() and not _MADE & set(one.parts))


def _sum(code: Path) -> str:
    found = hashlib.sha256()
    for path in _files(code):
        found.update(f"{path.relative_to(code)}\0{path.stat().st_size}\0".encode())
        found.update(path.read_bytes())
    return found.hexdigest()
