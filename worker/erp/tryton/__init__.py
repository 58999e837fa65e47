"""Tryton (series 8.0, web client) behind the protocol of worker.erp: its screens, put together."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from worker.browser.launch import Session
from worker.browser.save_gate import SaveGate, Wire
from worker.config.erp_settings import ErpSettings
from worker.erp import Answer, Listing, NotSent, ProgressReporter
from worker.erp.tryton.client import Client
from worker.erp.tryton.line_groups import LineGroups
from worker.erp.tryton.payments import PaymentList
from worker.erp.tryton.sign_in import SignIn
from worker.erp.tryton.statements import Statements
from worker.erp.tryton.wire import SAVES, Rpc
from worker.i18n import message
from worker.payments.payment import Deposit, ListRow
from worker.runtime.site import site_of

if TYPE_CHECKING:
    from playwright.sync_api import Page


class Tryton:
    """One stay in Tryton, within one browser page. The company of the settings is the database."""

    wire: Wire = Rpc()
    save_pattern = SAVES
    #: A server of its own, at one host.
    family = staticmethod(site_of)

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
        """See worker.erp.ErpKind."""
        self._access = access
        self._session = session
        self._pulse = pulse
        gate.guard(page.context)
        client = Client(
            page, address=access.address, database=access.company, step_s=access.step_s, list_s=access.list_s
        )
        self._client = client
        self._payments = PaymentList(client, pulse=pulse)
        self._groups = LineGroups(client, pulse=pulse)
        self._statements = Statements(
            client, gate=gate, pulse=pulse, snapshot=snapshot, groups=self._groups, result_s=access.result_s
        )

    def sign_in(self) -> None:
        """Open the client; give name and password if the stored session has ended."""
        access = self._access
        self._pulse(message("signing in"), access.sign_in_s + access.step_s)
        attempt = SignIn(self._client, session=self._session, seconds=access.sign_in_s)
        attempt.run(company=access.company, user=access.user, password=access.password())

    def database(self) -> str:
        """Nothing: Tryton shows no id of its database."""
        return ""

    def has_deposits(self) -> bool:
        """Look at Line Groups."""
        return self._groups.has_any()

    def mend(self, release: Callable[[str], None]) -> Sequence[str]:
        """Post what is validated, take drafts away."""
        return self._statements.mend(release)

    def read_open(self, is_whole: Callable[[Sequence[ListRow]], bool]) -> Sequence[ListRow]:  # noqa: ARG002 - it counts itself
        """Read Receivable Payments, To Process."""
        return self._payments.read_open()

    def read_reflected(self, since: datetime) -> Sequence[ListRow]:
        """Read the payments that a person took further by hand."""
        return self._payments.read_reflected(since)

    def read_all(self, since: datetime | None) -> Sequence[ListRow] | None:
        """Read the payments in every state."""
        return self._payments.read_all(since)

    def read_forced(self, since: datetime) -> Sequence[ListRow] | None:  # noqa: ARG002 - the protocol's
        """Nothing: Tryton marks no payment so."""
        return None

    def upload(
        self, deposits: Sequence[Deposit], *, arm: Callable[[], None], release: Callable[[str], None]
    ) -> Answer | NotSent:
        """Enter, save, validate and post one statement."""
        return self._statements.upload(deposits, arm=arm, release=release)

    def look_up(
        self,
        keys: Collection[str],
        since: datetime | None,  # noqa: ARG002 - the list is searched whole
        *,
        older: Collection[str] = (),  # noqa: ARG002
    ) -> Listing:
        """Find posted lines by their number: the server searches all of them, by that alone."""
        return Listing(found=self._groups.find(keys), is_search=True)

    def sign_out(self) -> None:
        """Nothing: the next browser goes on with the stored session."""
