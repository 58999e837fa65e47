"""Ecount behind the protocol of worker.erp: its screens, put together."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from worker.browser.launch import Session
from worker.browser.save_gate import Plain, SaveGate, Wire
from worker.config.erp_settings import ErpSettings
from worker.erp import Answer, Listing, NotSent, ProgressReporter, Slip
from worker.erp.ecount import markers
from worker.erp.ecount.deposit_list import DepositList
from worker.erp.ecount.deposit_upload import DepositUpload
from worker.erp.ecount.look import Look
from worker.erp.ecount.payment_list import PaymentList
from worker.erp.ecount.probe import Probe
from worker.erp.ecount.shell import Shell
from worker.erp.ecount.sign_in import SignIn
from worker.erp.findings import Finding
from worker.erp.sight import Sight
from worker.errors import ErpChanged
from worker.i18n import during, message
from worker.payments.payment import Deposit, ListRow
from worker.runtime.site import host_of, site_of

if TYPE_CHECKING:
    from playwright.sync_api import Page

#: The domain of all its hosts.
ECOUNT = "ecount.com"


class Ecount:
    """One stay in Ecount, within one browser page."""

    wire: Wire = Plain()
    #: Not confirmed yet: see SAVE_PATTERN.
    save_pattern = ""

    @staticmethod
    def family(address: str) -> str:
        """Return ecount.com for each of its hosts: one signs in at the login host and works at a zone's."""
        host = host_of(address)
        return ECOUNT if host == ECOUNT or host.endswith(f".{ECOUNT}") else site_of(address)

    @staticmethod
    def hosts(address: str) -> Sequence[str]:
        """Return which hosts a page may reach beside its own: Ecount's, where the address is one of them."""
        return (ECOUNT, f"*.{ECOUNT}") if Ecount.family(address) == ECOUNT else ()

    @staticmethod
    def read_markers(values: Mapping[str, str]) -> tuple[markers.Markers, list[str]]:
        """Return the marks of the screens with what an operator says of them, and what is wrong with that."""
        return markers.read(values)

    def __init__(
        self,
        page: "Page",
        *,
        access: ErpSettings,
        session: Session,
        gate: SaveGate,
        pulse: ProgressReporter,
        snapshot: Callable[[str], None],
    ) -> None:
        """`snapshot(name)` keeps what the page shows as evidence."""
        self._access = access
        self._session = session
        self._pulse = pulse
        self._gate = gate
        gate.guard(page.context)
        self._shell = Shell(
            page, markers=markers.read(access.markers)[0], step_s=access.step_s, list_s=access.list_s, pulse=pulse
        )
        self._payments = PaymentList(self._shell, pulse=pulse)
        self._upload = DepositUpload(self._shell, gate=gate, pulse=pulse, snapshot=snapshot, result_s=access.result_s)
        self._deposits = DepositList(self._shell, pulse=pulse)

    def sign_in(self) -> None:
        """Resume the stored session, else sign in by password."""
        access = self._access
        attempt = SignIn(self._shell, session=self._session, seconds=access.sign_in_s, take_over=access.take_over)
        self._pulse(message("opening the stored session"), 0)
        if attempt.resume():
            return
        self._pulse(message("signing in"), 0)
        attempt.by_password(
            address=access.address, company=access.company, user=access.user, password=access.password()
        )

    def database(self) -> str:
        """Return the demo's database id from its page, or an empty text elsewhere."""
        found = self._shell.look("() => document.querySelector('meta[name=demo-database]')?.content ?? null", None)
        return str(found or "")

    def has_deposits(self) -> bool:
        """Look at the deposit list."""
        self._shell.life.begin()
        return self._deposits.has_any()

    def mend(self, release: Callable[[str], None]) -> Sequence[str]:  # noqa: ARG002 - the protocol's
        """Nothing: a batch is stored in one step."""
        return ()

    def read_open(self, is_whole: Callable[[Sequence[ListRow]], bool]) -> Sequence[ListRow]:
        """Read 미반영, all pages."""
        self._shell.life.begin()
        return self._payments.read_open(is_whole)

    def read_reflected(self, since: datetime) -> Sequence[ListRow]:
        """Read 회계반영 back to a time."""
        self._shell.life.begin()
        return self._payments.read_reflected(since)

    def read_all(self, since: datetime | None) -> Sequence[ListRow] | None:
        """Read 전체 back to a time; None where this account's list has no such tab."""
        self._shell.life.begin()
        return self._payments.read_all(since)

    def read_forced(self, since: datetime) -> Sequence[ListRow] | None:
        """Read 강제회계반영 back to a time; None where this account's list has no such tab."""
        self._shell.life.begin()
        return self._payments.read_forced(since)

    def upload(
        self, deposits: Sequence[Deposit], *, arm: Callable[[], None], release: Callable[[str], None]
    ) -> Answer | NotSent:
        """Paste and save one batch."""
        return self._upload.upload(deposits, arm=arm, release=release)

    def read_deposits(self, since: datetime) -> Sequence[Slip] | None:
        """Read the deposit list back to a time."""
        self._shell.life.begin()
        return self._deposits.since(since)

    def look_up(self, keys: Collection[str], since: datetime | None, *, older: Collection[str] = ()) -> Listing:
        """Find deposits by the key in their remark."""
        self._shell.life.begin()
        return self._deposits.find(keys, since, older)

    def probe(
        self, *, sign_in: Callable[[], None], picture: Callable[["Page", str], None], with_deposits: bool
    ) -> Iterator[Finding]:
        """Walk every screen, read only, and yield what is there of each mark. Raises ErpError where no way leads on.

        `sign_in` is called where it is due. `with_deposits`: the deposit list is needed.
        """
        yield from Probe(
            self._shell, gate=self._gate, pulse=self._pulse, picture=picture, with_deposits=with_deposits
        ).walk(self._access.address, sign_in)

    def look(self, *, seconds: float, with_deposits: bool) -> Iterator[Sight]:
        """Look at every screen that the work needs, for so many seconds: nothing is entered. Raises ErpError.

        `with_deposits`: the deposit list is needed.
        """
        self._shell.life.begin()
        address = self._access.address
        yield from Look(self._shell, pulse=self._pulse, address=address, with_deposits=with_deposits).walk(seconds)

    def sign_out(self) -> None:
        """End the session on the server, where the shell offers it."""
        (frame,) = self._shell.frames_with(self._shell.markers.sign_out)
        if frame is None:
            raise ErpChanged(during(message("signing out"), message("there is no link for it")))
        self._shell.press(frame, self._shell.markers.sign_out, doing=message("signing out"))
        self._shell.poll(
            lambda: True if self._shell.is_signed_out else None,
            seconds=self._access.step_s,
            doing=message("signing out"),
        )
        self._session.forget()

    def replay(self, name: str) -> Iterator[Finding]:
        """Yield what the readers find on a kept page that the browser shows; nothing is clicked."""
        yield from Probe(
            self._shell, gate=self._gate, pulse=self._pulse, picture=lambda *_: None, with_deposits=False
        ).replay(name)
