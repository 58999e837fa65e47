"""Moving the books to another machine: packed here, unpacked there, or called off. No worker may run meanwhile."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from worker.admin import move as packing
from worker.admin.move import Moved
from worker.config import ini, loading
from worker.config.settings import Settings
from worker.errors import DaybreakError, SettingsError
from worker.i18n import message
from worker.ledger.ledger import Ledger
from worker.posting.books import owner_of
from worker.runtime import installation
from worker.runtime.locks import Lock
from worker.version import version


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """The side on which something is packed or unpacked."""

    data: Path
    #: The folder of circus.ini.
    project: Path
    #: None on a machine that has no settings before the books arrive.
    settings: Settings | None


def here(*, needs_settings: bool) -> Side:
    """Return this side. Raises SettingsError where settings are needed and wrong."""
    chosen: Settings | None = None
    try:
        chosen = loading.load()
    except SettingsError:
        if needs_settings:
            raise
    data = chosen.data_dir if chosen else ini.data_dir()
    return Side(data=data, project=installation.ini_path().parent, settings=chosen)


@contextmanager
def without_a_worker(side: Side) -> Iterator[None]:
    """Hold the worker's lock, so that none starts meanwhile. Raises AlreadyRunning while one runs."""
    zone = side.settings.zone if side.settings else None
    with Lock(side.data / "runtime.lock", version=version(), zone=zone):
        yield


def pack(side: Side, target: Path, *, by: str, although_in_doubt: bool = False) -> Moved:
    """Pack the books for the other machine and seal this side: its worker refuses from now on.

    Raises NotMoved, LedgerError.
    """
    chosen = _demanded(side)
    return packing.move(
        side.data,
        side.project,
        target,
        owner=owner_of(chosen),
        by=by,
        at=chosen.now(),
        although_in_doubt=although_in_doubt,
    )


def unpack(side: Side, archive: Path) -> Moved:
    """Unpack the books on the other machine. Raises NotMoved, LedgerError."""
    owner = owner_of(side.settings) if side.settings else None
    return packing.unpack(archive, side.data, side.project, owner=owner)


def call_off(side: Side, *, by: str, why: str) -> None:
    """Call a move off: the other side has posted nothing and never will. Raises DaybreakError, LedgerError."""
    chosen = _demanded(side)
    if not why.strip():
        raise DaybreakError(message("calling a move off: say --why"))
    with Ledger(side.data, create=False) as ledger:
        if not ledger.sealed():
            raise DaybreakError(message("calling a move off: these books were not moved away. Nothing was changed"))
        ledger.unseal(by=by, why=why, at=chosen.now())


def _demanded(side: Side) -> Settings:
    assert side.settings is not None, "the side was made with its settings"
    return side.settings
