"""A project folder of a test's own: a copy of the code, an environment that borrows our packages, the next version.

What ./scripts/start and ./scripts/upgrade do there, they do for real; only nothing is downloaded.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

from worker.admin import versions

PROJECT = Path(__file__).resolve().parent.parent

#: The version that `write_next` makes of ours.
NEXT = "9.9.9"

#: As pip writes it where a path holds spaces.
SCRIPT = """#!/bin/sh
'''exec' '{python}' "$0" "$@"
' '''
import sys
from {module} import {name}
sys.exit({name}())
"""

#: Has ./scripts/start find everything installed.
INSTALLED = """
source scripts/setup.sh
fingerprint scripts/requirements.txt "$project/pyproject.toml" >"$venv/installed-start"
"""

PROGRAMS = {
    "circusd": ("circus.circusd", "main"),
    "circusctl": ("circus.circusctl", "main"),
    "daybreak": ("worker.cli", "main"),
}


def settle(folder: Path, source: Path = PROJECT) -> None:
    """Copy the code into a folder, but for a circus.ini that is there, and give it an environment."""
    draft = folder / "draft"
    versions.copy(source, draft)
    shutil.rmtree(draft / "tests", ignore_errors=True)
    for path in draft.iterdir():
        if not (folder / path.name).exists():
            path.rename(folder / path.name)
    shutil.rmtree(draft)
    _make_environment(folder)


def write_next(folder: Path, target: Path) -> None:
    """Write the next version of a folder's code: another number, and a ledger with one table more."""
    versions.copy(folder, target)
    _change(target / "worker" / "version.py", r'^VERSION = ".*"$', f'VERSION = "{NEXT}"')
    number = versions.schema_of(target)
    for place in ("schema.py", "ledger/schema.py"):
        _change(target / "worker" / place, r"^SCHEMA = \d+$", f"SCHEMA = {number + 1}")
    with (target / "worker" / "ledger" / "schema.py").open("a", encoding="utf-8") as file:
        file.write('\n\nSTEPS = (*STEPS, "CREATE TABLE remark (key TEXT PRIMARY KEY) STRICT;\\n")\n')


def _change(path: Path, pattern: str, text: str) -> None:
    found, count = re.subn(pattern, text, path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert count == 1, f"{path} does not hold {pattern}"
    path.write_text(found, encoding="utf-8")


def _make_environment(folder: Path) -> None:
    """Make an environment whose packages are links to ours, and whose own code is the folder's."""
    venv = folder / ".venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True)
    ours = Path(sys.prefix) / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"
    theirs = venv / ours.relative_to(sys.prefix)
    for path in ours.iterdir():
        if "daybreak" not in path.name and path.suffix != ".pth":
            (theirs / path.name).symlink_to(path)
    for name in ("worker", "hooks"):
        (theirs / name).symlink_to(folder / name)
    for program, (module, name) in PROGRAMS.items():
        path = venv / "bin" / program
        path.write_text(SCRIPT.format(python=venv / "bin" / "python", module=module, name=name), encoding="utf-8")
        path.chmod(0o755)
    subprocess.run(["bash", "-c", INSTALLED], cwd=folder, check=True)
