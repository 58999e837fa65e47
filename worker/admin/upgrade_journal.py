"""What an upgrade writes down, so that the next command after an interruption can put the old version back."""

import json
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from worker.admin.versions import Kept
from worker.errors import DaybreakError
from worker.runtime import posting_freeze
from worker.runtime.files import write_private
from worker.runtime.locks import alone

RECOVER = """\
#!/bin/sh
# Written by ./scripts/upgrade, and removed by it: an upgrade was interrupted, and this puts the old version back.
[ -e {journal} ] || exit 0
cd {code} || exit 1
for python in {pythons}; do
    [ -x "$python" ] && exec "$python" -m worker.upgrade --recover {project} "$@"
done
echo "putting the old version back: no Python is left of {pythons}. Put one of them back, then type the same again" >&2
exit 1
"""


class UnderWay(DaybreakError):
    """Another upgrade of this folder lives."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What an interrupted upgrade must know to go back. Stands in var/upgrade.json."""

    old: str
    new: str
    #: Where the ledger is.
    data: str
    #: How the tree ran.
    how: str
    at: str
    by: str
    #: False until the tree has ended and its ledger is copied: nothing was changed before.
    changing: bool = False
    #: The last batch that was sent before; -1: there was no ledger.
    batch: int = -1
    #: What HEAD was, or "".
    head: str = ""
    #: What .venv was: a link's target, or "" for a folder.
    environment: str = ""

    def write(self, project: Path) -> None:
        """Write it down, in one step and through to the disk."""
        values = {name: getattr(self, name) for name in self.__slots__}
        write_private(posting_freeze.path_in(project), json.dumps(values, ensure_ascii=False, indent=1))


@contextmanager
def turn(project: Path) -> Iterator[None]:
    """Hold the upgrade's lock: the kernel gives it back when we end, however that is."""
    path = project / "var" / "upgrade.lock"
    path.parent.mkdir(exist_ok=True)
    with alone(path) as is_ours:
        if not is_ours:
            raise UnderWay(f"another upgrade is under way in {project}; wait for its end")
        yield


def write_recover(project: Path, old: Kept) -> None:
    """Write var/recover, which puts that version back."""
    pythons = (old.venv / "bin" / "python", project / ".venv" / "bin" / "python")
    text = RECOVER.format(
        journal=shlex.quote(str(posting_freeze.path_in(project))),
        code=shlex.quote(str(old.code)),
        pythons=" ".join(shlex.quote(str(one)) for one in pythons),
        project=shlex.quote(str(project)),
    )
    write_private(project / "var" / "recover", text, mode=0o700)
