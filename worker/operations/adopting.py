"""What was posted before daybreak: first what an answer would mean, then the adoption itself."""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from worker.config.settings import Settings
from worker.errors import DaybreakError, Overtaken
from worker.i18n import message
from worker.ledger.adopted import LedgerOwner
from worker.ledger.database import version_of
from worker.ledger.ledger import Ledger
from worker.operations import cycles
from worker.posting import adoption, adoption_by_hand, old_record
from worker.posting.adoption import Proposal
from worker.posting.books import owner_of
from worker.runtime.files import write_private

#: In the data folder: the files by which somebody has said what was posted before.
FILES = "adoption"


@dataclass(frozen=True, slots=True, kw_only=True)
class PostedBefore:
    """What a person says was posted before."""

    #: Nothing was: post all that waits.
    nothing: bool = False
    #: Every payment up to this time, as people write it.
    until: str | None = None
    #: A file with one approval number or key a line.
    listed: Path | None = None
    #: The old script's record file.
    record: Path | None = None

    @property
    def is_said(self) -> bool:
        """True where it names payments: by a time, a list or a record."""
        return self.until is not None or self.listed is not None or self.record is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class AdoptionPreview:
    """What an adoption would do, before anybody has agreed to it."""

    #: Whose books, where from and in which mode.
    owner: LedgerOwner
    proposal: Proposal
    #: Another one as soon as the same answer would mean something else; goes back with the adoption.
    stamp: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineAdopted:
    """What an adoption for this machine did."""

    note: str
    #: True: what waits is looked up in the ERP before it is posted.
    is_older: bool


def keep_file(settings: Settings, name: str, content: bytes) -> Path:
    """Keep a file by which somebody says what was posted before; return where. Raises OSError.

    `name`: as its sender calls it. The same content is kept once.
    """
    plain = "".join(one if one.isalnum() or one in "._-" else "_" for one in name.replace("\\", "/").split("/")[-1])
    folder = settings.data_dir / FILES / hashlib.sha256(content).hexdigest()[:24]
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    path = folder / (plain.lstrip(".")[-80:] or "record")
    write_private(path, content)
    return path


def kept_file(settings: Settings, id: str) -> Path:
    """Return a file that was kept. `id`: the name of its folder. Raises DaybreakError where there is none."""
    folder = settings.data_dir / FILES / id
    if re.fullmatch(r"[0-9a-f]{24}", id) and folder.is_dir():
        for path in folder.iterdir():
            return path
    raise DaybreakError(message("this file is not kept any more: choose it once more"))


def demand_sensible(settings: Settings, before: PostedBefore) -> None:
    """Raise DaybreakError for an answer that contradicts itself, that says nothing where it must, or can't be read."""
    if before.nothing and before.is_said:
        raise DaybreakError(message("adopting: --nothing excludes --until, --list and --record"))
    if before.until is not None:
        adoption.boundary(before.until, settings.now())
    if not before.nothing and not before.is_said:
        adoption.demand_an_answer(settings.data_dir, owner_of(settings))
    if not settings.demo:
        adoption.refuse_the_demos(settings.data_dir)
    if before.record is not None:
        old_record.read(before.record)


def read_list(settings: Settings, *, wait: float = 600) -> None:
    """Run a cycle that saves nothing, so that a record or list has payments to be held against.

    Raises DaybreakError where the list could not be read.
    """
    ended = cycles.run(settings, test=True, wait=wait)
    adoption.demand_reading(settings.data_dir, outcome=ended.outcome, why=ended.why)


def preview(settings: Settings, before: PostedBefore) -> AdoptionPreview:
    """Return what an answer means for the payments that wait; nothing is changed. Raises DaybreakError, LedgerError."""
    demand_sensible(settings, before)
    with Ledger(settings.data_dir) as ledger:
        adoption_by_hand.demand_fresh(ledger, now=settings.now())
        return _preview(ledger, settings, before)


def is_beside_a_person(settings: Settings) -> bool:
    """True where it was compared with a person since the last adoption: the lists are read once more before this one.

    Raises LedgerError.
    """
    if not (settings.data_dir / "ledger.db").exists():
        return False
    with Ledger(settings.data_dir) as ledger:
        return bool(ledger.why_compared())


def apply(settings: Settings, before: PostedBefore, *, by: str, stamp: str) -> Proposal:
    """Write the adoption down that was shown; return what it did.

    `stamp`: the preview's. Raises Overtaken where the same answer means something else by now, else as `preview`.
    """
    demand_sensible(settings, before)
    with Ledger(settings.data_dir) as ledger:
        adoption_by_hand.demand_fresh(ledger, now=settings.now())
        found = _preview(ledger, settings, before)
        if found.stamp != stamp:
            raise Overtaken(
                message(
                    "adopting: what waits has changed since it was shown, and so has what this answer means. Nothing "
                    "was changed; look at it again"
                )
            )
        proposal = found.proposal
        # What is no longer where the proposal has it is an IllegalMove: nothing is adopted then.
        ledger.adopt(
            found.owner,
            by=by,
            at=settings.now(),
            note=proposal.note,
            posted=[one.key for one in proposal.posted],
            held=proposal.held,
            asked=proposal.asked,
            recorded=proposal.recorded,
            until=proposal.until,
        )
        return proposal


def demand_books(settings: Settings) -> None:
    """Raise LedgerError where there are no books that this machine could keep."""
    with Ledger(settings.data_dir, create=False):
        pass


def this_machine(settings: Settings, *, by: str) -> MachineAdopted:
    """Keep these books on this machine from now on, and nothing else. Raises LedgerError."""
    with Ledger(settings.data_dir, create=False) as ledger:
        note = ledger.adopt_machine(settings.machine, by=by, at=settings.now())
        return MachineAdopted(note=note, is_older=bool(ledger.older()))


def _preview(ledger: Ledger, settings: Settings, before: PostedBefore) -> AdoptionPreview:
    until: datetime | None = None
    if before.until is not None:
        until = adoption.boundary(before.until, settings.now())
    proposal = adoption.propose(ledger, until=until, listed=before.listed, record=before.record)
    owner = owner_of(settings)
    stamp = version_of(
        f"{owner}",
        proposal.note,
        *sorted(one.key for one in proposal.posted),
        "held",
        *sorted(proposal.held),
        "asked",
        *sorted(proposal.asked),
        "left",
        *sorted(one.key for one in proposal.left),
    )
    return AdoptionPreview(owner=owner, proposal=proposal, stamp=stamp)
