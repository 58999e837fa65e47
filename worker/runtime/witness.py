"""What stands outside a ledger and says how far it had come, so that an older one put in its place is noticed.

One file, `generation`, stands beside the ledger. The other stands outside DATA_DIR, in a folder of the machine's or the
user's own, under the ledger's id: a whole DATA_DIR that is put back brings the first one back too, not the second. A
second ledger has an id and a file of its own. No file is no obstacle, and one that can't be written keeps nobody from
posting: `problem` says so, and the state of things shows it.
"""

import os
import pwd
import re
import stat
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from worker.i18n import message
from worker.runtime.files import write_private
from worker.runtime.mounts import is_shared, mount_of

#: Names the folder of the second witness: tests have one of their own.
VARIABLE = "DAYBREAK_STATE_DIR"

#: Where root's stands.
OF_ROOT = Path("/var/lib/daybreak")

#: A number above this is garbage: a generation a second would need 30,000 years for it.
GREATEST = 10**12

#: Maximum size of a file that is read (bytes).
_LONGEST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class WitnessMark:
    """How far a ledger has come."""

    generation: int = 0
    #: The last batch that was sent.
    batch: int = 0
    #: The last one that was sent without keys in its remarks: no look-up finds it.
    keyless: int = 0

    def __str__(self) -> str:
        return f"{self.generation}\n{self.batch}\n{self.keyless}\n"


def parse(text: str) -> WitnessMark | None:
    """Return the mark that a text holds, one number a line; None for anything else."""
    words = text.split()
    if not 1 <= len(words) <= 3 or not all(re.fullmatch(r"[0-9]{1,13}", word) for word in words):
        return None
    generation, batch, keyless = (*map(int, words), 0, 0)[:3]
    if max(generation, batch, keyless) > GREATEST:
        return None
    return WitnessMark(generation=generation, batch=batch, keyless=keyless)


def furthest(marks: Iterable[WitnessMark]) -> WitnessMark:
    """Return the greatest of each number."""
    known = [WitnessMark(), *marks]
    return WitnessMark(
        generation=max(one.generation for one in known),
        batch=max(one.batch for one in known),
        keyless=max(one.keyless for one in known),
    )


# --- beside the ledger ---------------------------------------------------------------------------------------------


def read_mark(folder: Path) -> WitnessMark:
    """Return what the file `generation` in the data folder knows; zeros where it says nothing."""
    with suppress(OSError, ValueError):
        return parse((folder / "generation").read_text(encoding="ascii")) or WitnessMark()
    return WitnessMark()


def write_mark(folder: Path, mark: WitnessMark) -> None:
    """Write it, in one step and through to the disk. Raises OSError."""
    write_private(folder / "generation", str(mark))


# --- outside -------------------------------------------------------------------------------------------------------


def folders(environ: Mapping[str, str] = os.environ) -> tuple[Path, ...]:
    """Return where a second witness may stand: it is written into the first, and believed wherever it is found.

    A tree that is started once from a shell and once by a service may find XDG_STATE_HOME set only once.
    """
    if named := environ.get(VARIABLE):
        return (Path(named),)
    if os.geteuid() == 0:
        return (OF_ROOT,)
    found = []
    if (state := environ.get("XDG_STATE_HOME", "")).startswith("/"):
        found.append(Path(state) / "daybreak")
    with suppress(KeyError):  # HOME may be another user's, under sudo
        found.append(in_home(Path(pwd.getpwuid(os.geteuid()).pw_dir)))
    return tuple(dict.fromkeys(found))


def in_home(home: Path) -> Path:
    """Return where another user's stands, unless XDG_STATE_HOME says otherwise."""
    return home / ".local" / "state" / "daybreak"


class Witness:
    """The files outside DATA_DIR. Neither reading nor writing raises anything."""

    def __init__(self, places: Sequence[Path]) -> None:
        self._places = tuple(places)
        #: Why the last write failed, or an empty text.
        self.problem = ""

    def read(self, ledger: str) -> WitnessMark:
        """Return how far the ledger with this id had come; zeros where that is not known."""
        return furthest(mark for place in self._places if (mark := _read(place, ledger)) is not None)

    def write(self, ledger: str, mark: WitnessMark) -> None:
        """Write it down, in one step and through to the disk; `problem` says whether that went well."""
        if not self._places:
            self.problem = message("writing the second witness of the ledger: this user has no home")
            return
        place = self._places[0]
        self.problem = _why_unfit(place)
        if self.problem:
            return
        try:
            write_private(place / ledger, str(mark))
        except OSError as error:
            self.problem = _not_written(place, f"{error.strerror or error}")


def _read(place: Path, ledger: str) -> WitnessMark | None:
    """Return what a file of ours says. Another user's, a link or a pipe says nothing, and neither does garbage."""
    if _why_remote(place):
        return None
    with suppress(OSError, ValueError):
        descriptor = os.open(place / ledger, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            found = os.fstat(descriptor)
            if not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid() or found.st_size > _LONGEST:
                return None
            return parse(os.read(descriptor, _LONGEST).decode("ascii"))
        finally:
            os.close(descriptor)
    return None


def _why_unfit(place: Path) -> str:
    """Make the folder, for this user alone; say why it can't serve, or return an empty text."""
    if problem := _why_remote(place):
        return problem
    try:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = place.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
            return _not_written(place, message("it is a link, or belongs to another user"))
        if found.st_mode & 0o077:
            place.chmod(0o700)
    except OSError as error:
        return _not_written(place, f"{error.strerror or error}")
    return ""


def _why_remote(place: Path) -> str:
    """Say that the folder lies on a server, which may hang, or return an empty text."""
    mount = mount_of(place)
    if mount is None or not is_shared(mount.kind):
        return ""
    return _not_written(place, message("it lies on a network drive ({kind})", kind=mount.kind))


def _not_written(place: Path, why: str) -> str:
    return message(
        "writing the second witness of the ledger in {place}: {why}. Posting goes on, but a whole DATA_DIR that is put "
        "back from a copy would not be noticed by it; make that folder writable",
        place=str(place),
        why=why,
    )
