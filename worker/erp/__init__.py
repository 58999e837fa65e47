"""The ERP protocol: all that the core knows of any ERP. One package behind it, named by the setting ERP, is one ERP.

A package has a class that is called as `ErpKind` says, once for each cycle, and answers as `Erp` says. It drives the
ERP's own screens in the page it is given, and nothing else: no business rule, no ledger, no clock of its own. Whatever
goes wrong with the ERP is raised as one of the children of ErpError, which say what the core does next.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Protocol, cast

from worker.browser.launch import Session
from worker.browser.save_gate import SaveGate, Wire
from worker.config import erp_class
from worker.config.erp_settings import ErpSettings
from worker.payments.payment import Deposit, ListRow

if TYPE_CHECKING:
    from playwright.sync_api import Page


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the ERP said about one upload, row by row."""

    #: Deposits that the ERP says it stored, and those it refused, as it counts them.
    success: int
    failure: int
    #: Row number in the batch, from 0, to the ERP's reason. Holds every refused row, or nothing.
    reasons: Mapping[int, str] = field(default_factory=dict)
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotSent:
    """The upload went as far as the save, which was kept back on purpose (test mode)."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Slip:
    """One deposit as the ERP's list of deposits shows it, ours or not."""

    number: str
    remark: str
    #: By the ERP's clock; None for a row that says no time.
    entered_at: datetime | None
    #: What the list shows beside it, where it does: the slip's day, its account and payer, and won, below zero for a
    #: cancellation. A column that is not there leaves it empty.
    day: date | None = None
    account: str = ""
    payer: str = ""
    won: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What a look at the ERP's list of deposits showed. What it proves is for the core to say."""

    #: {key: slip numbers} of the keys that were asked for.
    found: Mapping[str, Sequence[str]]
    #: Every deposit on the pages that were read, newest first; none where the ERP was asked for the keys alone.
    slips: Sequence[Slip] = ()
    #: The first and the last day that the list was narrowed to, as the screen says; None where it does not say.
    period: tuple[date, date] | None = None
    #: True where the ERP itself searched all its books for the keys: what it does not name is not there.
    is_search: bool = False


class ProgressReporter(Protocol):
    """Beats before a step inside the ERP: its name and the seconds it may take without a sign of life.

    An empty name says that the same step goes on and has given such a sign: the next beat comes within seconds.

    The name's first word tells people the phase: opening, signing, reading, pasting, saving. Raises StopRequested when
    somebody asked the worker to stop, but not while a batch is under way.
    """

    def __call__(self, step: str, seconds: float) -> None: ...


class Erp(Protocol):
    """One signed-in stay at an ERP, within one fresh browser. Every method raises ErpError's children only.

    A package may have `read_deposits(since: datetime) -> Sequence[Slip] | None`: every deposit entered since then, by
    whomever, complete, or an exception; None where no list shows it. MODE = shadow compares by it.
    """

    def sign_in(self) -> None:
        """Stand in the ERP's shell, by the stored session or by name and password.

        Raises SignInRefused when the ERP refuses user or password (it is not tried again for long), AccountInUse when
        a person works with this account, else ErpUnavailable or ErpChanged.
        """

    def database(self) -> str:
        """Return the id of the ERP's database where it shows one (the demo does), else an empty text."""

    def has_deposits(self) -> bool:
        """True unless the ERP's list of deposits is proved to be empty."""

    def mend(self, release: Callable[[str], None]) -> Sequence[str]:
        """Finish or remove what an upload of ours that broke off left half done; say in sentences what was done.

        Called after each sign-in of a worker that posts, before anything is looked up. When it returns, each deposit
        of ours is either whole, so that `look_up` finds it, or nowhere at all: proved, by looking again. Doing it twice
        does no more than once. An ERP that stores a batch in one step has nothing to mend. `release(payload)` is called
        right before each request that writes; what it raises keeps the request back. Where only a person can mend,
        ErpChanged says what and where.
        """

    def read_open(self, is_whole: Callable[[Sequence[ListRow]], bool]) -> Sequence[ListRow]:
        """Return every payment that waits to be posted: the complete list, or an exception. Empty only if proved.

        `is_whole(rows)` is asked where the screen leaves open whether more rows follow; False is an EndUnproved.
        A row's texts are the screen's own, put into the forms that payments.payment reads: `2026/01/08 오전 8:07:05`
        (a date alone is its first second, 오전 12:00:00), whole won, 승인 or 취소.
        """

    def read_reflected(self, since: datetime) -> Sequence[ListRow]:
        """Return every payment since a time that a person has reflected by hand: complete, or an exception."""

    def read_all(self, since: datetime | None) -> Sequence[ListRow] | None:
        """Return every payment since a time, whatever its status, reflected or not: complete, or an exception.

        `since` (by the ERP's clock) spares older pages; None reads all that is listed. None is returned where this ERP,
        or this account's screen, has no such list: then nothing is known of what no other list shows. A list that is
        there and can't be read is an exception.
        """

    def read_forced(self, since: datetime) -> Sequence[ListRow] | None:
        """Return every payment since a time that a person has marked as reflected without a deposit.

        Complete, or an exception; None where there is no such list, as in `read_all`.
        """

    def upload(
        self, deposits: Sequence[Deposit], *, arm: Callable[[], None], release: Callable[[str], None]
    ) -> Answer | NotSent:
        """Enter and save one batch.

        `arm()` is called once, when all is entered and checked, right before the save is asked for; `release(payload)`
        when a request that writes stands at the gate: once for each, where a save takes more than one. What they raise
        keeps it back. DepositInDoubt says that one went out; any other error, and NotSent, that certainly none did.
        An Answer is given only when the last one was answered and the screen shows the outcome.
        """

    def look_up(self, keys: Collection[str], since: datetime | None, *, older: Collection[str] = ()) -> Listing:
        """Look in the list of deposits for those that carry a key: complete, or raise.

        `since` (by the ERP's clock) spares older pages; None reads every page: a key not found is not on the list then.
        Whether it would be, if it were in the books, depends on what the list is narrowed to: the core judges by the
        other deposits that are shown, and by the period.
        `older`: keys of deposits that stood in the list before any of `keys` can have: where the screen leaves open
        whether more rows follow, one of them among the newest shows that no key is missed. EndUnproved says that
        nothing shows it.
        """

    def sign_out(self) -> None:
        """End the server's session where that is wanted; failures here mean nothing."""


class ErpKind(Protocol):
    """The class of a package: what it knows before there is a page, and how a stay begins.

    It may have a static method `hosts(address)`: the hosts that its pages need beside the one of that address, in the
    form of worker.runtime.hosts. All others are refused, but for what the setting ERP_HOSTS and a probe add.
    """

    #: How the ERP's requests are told apart, for the save gate.
    wire: Wire
    #: What SAVE_PATTERN is when the operator leaves it empty; "" where a person must confirm the address first.
    save_pattern: str

    @staticmethod
    def family(address: str) -> str:
        """Return one name for all addresses at which the ERP of this one is reached.

        Two workers that post to one company of one family are kept apart on one machine, however their addresses are
        written. Where an ERP has no more hosts than the one it is opened at, this is `worker.runtime.site.site_of`.
        """

    def __call__(
        self,
        page: "Page",
        *,
        access: ErpSettings,
        session: Session,
        gate: SaveGate,
        pulse: ProgressReporter,
        snapshot: Callable[[str], None],
    ) -> Erp:
        """Begin a stay; `gate` guards the page's context. `snapshot(name)` keeps what the page shows.

        `access` says who signs in where, and how long each step may take (seconds).
        """


def find(name: str) -> ErpKind:
    """Return the class that the setting ERP names. Raises SettingsError that says what to write."""
    return cast("ErpKind", erp_class.load(name))
