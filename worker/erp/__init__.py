"""What the core knows of any ERP: sign in, read payments, upload a batch, look up deposits."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from worker.payments import Deposit, Row


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


class Erp(Protocol):
    """One signed-in stay at an ERP, within one fresh browser. Every method raises ErpError's children only."""

    def sign_in(self) -> None:
        """Stand in the ERP's shell, by the stored session or by name and password."""

    def database(self) -> str:
        """Return the id of the ERP's database where it shows one (the demo does), else an empty text."""

    def has_deposits(self) -> bool:
        """True unless the ERP's list of deposits is proved to be empty."""

    def read_open(self, is_whole: Callable[[Sequence[Row]], bool]) -> Sequence[Row]:
        """Return every payment that waits to be posted: the complete list, or an exception. Empty only if proved.

        `is_whole(rows)` is asked where the screen leaves open whether more rows follow; False is an EndUnproved.
        """

    def read_reflected(self, since: datetime) -> Sequence[Row]:
        """Return every payment since a time that a person has reflected by hand: complete, or an exception."""

    def upload(
        self, deposits: Sequence[Deposit], *, arm: Callable[[], None], release: Callable[[str], None]
    ) -> Answer | NotSent:
        """Enter and save one batch.

        `arm()` is called when all is entered and checked, right before the save is asked for; `release(payload)` when
        the request that saves stands at the gate. What they raise keeps it back. DepositInDoubt says that it went out;
        any other error, and NotSent, that it certainly did not.
        """

    def look_up(
        self, keys: Collection[str], since: datetime | None, *, older: Collection[str] = ()
    ) -> Mapping[str, Sequence[str]]:
        """Return {key: slip numbers} of the deposits that carry a key: complete, or raise.

        `since` (by the ERP's clock) spares older pages; None reads every page, so that a key not found is not there.
        `older`: keys of deposits that stood in the list before any of `keys` can have: where the screen leaves open
        whether more rows follow, one of them among the newest shows that no key is missed. EndUnproved says that
        nothing shows it.
        """

    def sign_out(self) -> None:
        """End the server's session where that is wanted; failures here mean nothing."""
