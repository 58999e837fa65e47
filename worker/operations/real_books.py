"""From the demo to a real ERP's books, and the first deposit of them: what is done once in an installation's life."""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from worker.config import loading
from worker.config.settings import Settings
from worker.control import control
from worker.errors import DaybreakError, NotAdopted
from worker.i18n import message
from worker.ledger.ledger import Ledger
from worker.operations import adopting, cycles, going_live, orders, writing_settings
from worker.operations.adopting import PostedBefore
from worker.operations.cycles import CycleEnd
from worker.operations.going_live import Step
from worker.operations.orders import Place
from worker.operations.writing_settings import Change
from worker.posting.books import owner_of
from worker.runtime.circus_client import NotDone
from worker.runtime.locks import Lock
from worker.version import version

#: What is about the ERP and its payments; the rest of the data folder is about this installation, and stays.
BOOKS = (
    "ledger.db", "ledger.db-wal", "ledger.db-shm", "generation", "backups", "evidence", "reports", "exports",
    "status.json", "status.html", "metrics.prom", "session.json", "signing_in", "erp_hosts.json", "screens.json",
    "refused.json", "last_success", "days.json", "trials.json", "once.json", "once_answer.json",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class PutAside:
    """What was put aside."""

    #: Where it is now; None: there was nothing of the demo's.
    folder: Path | None


def is_demos(data: Path) -> bool:
    """True while the books in this folder are the demo's. Raises LedgerError."""
    if not (data / "ledger.db").exists():
        return False
    with Ledger(data, create=False) as ledger:
        return any(ledger.adopted_databases())


def put_demo_aside(settings: Settings) -> PutAside:
    """Give the demo's books a folder of their own, so that a real ERP begins with none. The worker must be stopped.

    Books of a real ERP are never touched. Raises AlreadyRunning while a worker runs, DaybreakError, LedgerError.
    """
    if settings.demo:
        raise DaybreakError(message("putting the demo's books aside: ERP_URL is empty, so that the demo goes on"))
    data = settings.data_dir
    with Lock(data / "runtime.lock", version=version(), zone=settings.zone):
        if not is_demos(data):
            return PutAside(folder=None)
        folder = data / f"demo-books-{settings.now():%Y%m%d-%H%M%S}"
        folder.mkdir(mode=0o700)
        # The ledger goes last: until then these are the demo's books, and this begins anew where it was broken off.
        for name in (*(one for one in BOOKS if not one.startswith("ledger")), *BOOKS):
            with suppress(FileNotFoundError):
                (data / name).rename(folder / name)
    return PutAside(folder=folder)


def _is_adopted(settings: Settings) -> bool:
    """True where somebody has said of these settings' books what was posted before."""
    if not (settings.data_dir / "ledger.db").exists():
        return False
    with Ledger(settings.data_dir, create=False) as ledger:
        return ledger.knows_what_was_posted(owner_of(settings))


def start(place: Place, *, by: str) -> None:
    """Have the worker run with the settings as they are now, on books of their own. Raises NotDone, DaybreakError.

    One that a person has paused or stopped stays so where it would post: what is tried is done in its place.
    """
    settings = loading.load()
    if control.find_circusd(place.data) is None:
        raise NotDone(
            message("starting the worker: circusd does not run, and nothing without it. Start it with ./scripts/start")
        )
    if not settings.demo and not _is_adopted(settings):
        # The demo's first cycle may be adopting its own books this very moment: first its worker ends.
        orders.halt(place, by=by)
        put_demo_aside(settings)
        with suppress(NotDone, DaybreakError):  # it ends at the tree's next start at the latest
            control.circus().call("restart", name="demo-erp")
    wish = orders.wanted(place)
    if wish.forbids(place.now):
        if not settings.demo and settings.posting.posts and _is_adopted(settings):
            return  # what would post was stopped by a person: only a person starts it again
        orders.resume(place, by=by)
    else:
        orders.restart(place, control.WORKER, by=by)


def post_first(data: Path, key: str, *, by: str) -> CycleEnd:
    """Post one payment and nothing else, with the worker stopped before and after; return how that cycle ended.

    Real money from here on: MODE becomes production, and what was adopted is adopted for it. Each part of it can be
    done again. Only for the main thread of a program. Raises DaybreakError, LedgerError, NotDone.
    """
    found = going_live.demand(data, Step.ROW)
    if found.books.first is not None:
        raise DaybreakError(
            message("the first row is out already: {key}. Nothing was sent", key=found.books.first.payment.key)
        )
    if found.books.next is None or found.books.next.payment.key != key:
        raise DaybreakError(
            message("the row that was shown does not wait any more: look at the one below. Nothing was sent")
        )
    settings = loading.load()
    orders.halt(orders.here(), by=by)
    if settings.posting.mode != "production":
        writing_settings.apply(Change(values={"MODE": "production"}))
        settings = loading.load()
    adopt_for_production(settings, by=by)
    return cycles.run(settings, rows=1, only=key)


def adopt_for_production(settings: Settings, *, by: str) -> None:
    """Adopt for real money what was adopted for the test; nothing where that is done.

    Where it was compared with a person, the lists are read first: that person may have gone on. Raises NotAdopted for
    books of another machine or another company; DaybreakError where the lists can't be read, LedgerError.
    """
    owner = owner_of(settings)
    with Ledger(settings.data_dir, create=False) as ledger:
        if not ledger.why_no_posting(owner):
            return
        if other := ledger.why_other_books(owner):
            raise NotAdopted(other)
        before = ledger.shadow_times()
    if adopting.is_beside_a_person(settings):
        adopting.read_list(settings)
        with Ledger(settings.data_dir, create=False) as ledger:
            now = ledger.shadow_times()
        if before is None or now is None or now.last <= before.last:
            raise DaybreakError(
                message(
                    "what was entered by hand could not be read once more, and would be posted again. Nothing was sent"
                )
            )
        if not now.reads_slips:
            raise DaybreakError(
                message(
                    "no list of deposits shows what was entered by hand and not reflected: it would be posted again. "
                    "Say on the command line what was posted before, then take this step again: daybreak adopt --list "
                    "FILE. Nothing was sent"
                )
            )
    shown = adopting.preview(settings, PostedBefore())
    adopting.apply(settings, PostedBefore(), by=by, stamp=shown.stamp)


def go(data: Path, *, by: str) -> None:
    """Start the worker for good, and have it post what waits. Raises DaybreakError while a step is missing, NotDone."""
    going_live.demand(data, Step.PRODUCTION)
    orders.resume(orders.here(), by=by)
    cycles.ask(loading.load())
