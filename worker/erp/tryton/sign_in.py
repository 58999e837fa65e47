"""Signing in: the name, then the password in a dialog of its own. Anew for each stay: an older session may not post."""

import time
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr

from worker.browser.launch import Session, failure_means, poll
from worker.erp.tryton import markers
from worker.erp.tryton.client import Client, refused
from worker.errors import ErpUnavailable, SignInRefused
from worker.i18n import during, message

if TYPE_CHECKING:
    from playwright.sync_api import Locator

#: How long a refused connection is tried again (seconds).
REFUSED_FOR = 10.0

_REFUSED = ("CONNECTION_REFUSED", "SOCKS_CONNECTION_FAILED")


class SignIn:
    """One attempt to stand in the client."""

    def __init__(self, client: Client, *, session: Session, seconds: float) -> None:
        self._client = client
        self._session = session
        self._seconds = seconds
        self._until = 0.0
        self._named = False
        self._sent = False

    def run(self, *, company: str, user: str, password: SecretStr) -> None:
        """Open the client; give name and password where it asks. Raises SignInRefused, ErpUnavailable."""
        doing = message("signing in as {user}", user=f"{company}/{user}")
        self._until = time.monotonic() + self._seconds
        self._go(doing)
        poll(self._client.page, lambda: self._step(company, user, password), seconds=self._left(), doing=doing)
        # Tryton refuses to post in a session that was idle for five minutes: one that is not kept is never resumed.
        self._session.forget()

    def _left(self) -> float:
        return max(0.1, self._until - time.monotonic())

    def _go(self, doing: str) -> None:
        """Open the client; where the port is closed, try for a while: the ERP may be starting."""
        from playwright.sync_api import Error

        def opened() -> bool | None:
            try:
                self._client.go(seconds=self._left())
            except Error as error:
                if any(f"ERR_{word}" in error.message for word in _REFUSED):
                    return None
                raise
            return True

        poll(self._client.page, opened, seconds=min(self._left(), REFUSED_FOR), doing=doing)

    def _step(self, company: str, user: str, password: SecretStr) -> bool | None:
        seen = self._client.look()
        if seen is None or seen["busy"]:
            return None
        if seen["password"]:
            self._give_password(password, user)
        elif seen["login"]:
            self._give_name(company, user)
        elif seen["dialogs"]:
            raise self._refusal(seen)
        elif seen["signedIn"]:
            return True
        return None

    def _give_name(self, company: str, user: str) -> None:
        if self._named:
            return
        database = self._client.page.locator(markers.DATABASE)
        if database.count() == 0:
            return  # it is not known yet whether there is a choice
        if database.input_value() != company:
            if database.evaluate("e => e.tagName") != "SELECT":
                raise SignInRefused(
                    message(
                        "signing in: the ERP has the database {found}, not {company}",
                        found=repr(database.input_value()),
                        company=repr(company),
                    )
                )
            database.select_option(company)
        self._client.page.locator(markers.LOGIN).fill(user)
        self._named = True
        self._client.page.locator(markers.SUBMIT).click()

    def _give_password(self, password: SecretStr, user: str) -> None:
        """Answer the dialog once: a second one is a refusal."""
        dialog: Locator = self._client.page.locator(f"{markers.DIALOG}:has(input[type=password])")
        if self._sent:
            if dialog.last.get_attribute("data-answered") is None:
                raise SignInRefused(
                    message("signing in as {user}: the ERP does not take the password and asks for it again", user=user)
                )
            return
        with failure_means(ErpUnavailable, message("giving the password")):
            dialog.last.evaluate("e => { e.dataset.answered = '1' }")
            self._client.page.locator(markers.PASSWORD).last.fill(password.get_secret_value())
            self._sent = True
            dialog.last.locator(".modal-footer button.btn-primary").click()

    def _refusal(self, seen: Any) -> Exception:
        if self._sent:
            return ErpUnavailable(refused(message("signing in"), seen))
        why = message("it says: {text}", text=" / ".join(seen["dialogs"]))
        return ErpUnavailable(during(message("opening the ERP"), why))
