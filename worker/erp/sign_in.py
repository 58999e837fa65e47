"""Signing in: from wherever the ERP sends us to its shell, past the notice, the new-device question and the rival."""

import time
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr

from worker.browser import poll
from worker.erp import markers
from worker.erp.shell import Shell
from worker.errors import AccountInUse, SignInRefused

if TYPE_CHECKING:
    from playwright.sync_api import Frame

_LOOK = """(m) => {
  const shown = e => !!e && e.getClientRects().length > 0;
  const one = s => [...document.querySelectorAll(s)].find(shown);
  const dialogs = [...document.querySelectorAll(m.dialog)].filter(shown).map(d => d.innerText);
  return {
    form: !!one(m.password),
    error: (one(m.error)?.innerText ?? '').trim() || (document.querySelector(m.errorValue)?.value ?? '').trim(),
    second: !!one(m.second),
    notice: !!one(m.notice),
    device: !!one(m.device),
    rival: dialogs.some(text => text.includes(m.rivalTitle) || text.includes(m.rivalText)),
    menu: document.querySelector(m.menu) !== null,
  };
}"""

_MARKS = {
    "dialog": markers.DIALOG,
    "password": markers.PASSWORD,
    "error": markers.SIGN_IN_ERROR,
    "errorValue": markers.SIGN_IN_ERROR_VALUE,
    "second": markers.SECOND_FACTOR,
    "notice": markers.NOTICE,
    "device": markers.NOT_THIS_DEVICE,
    "rivalTitle": markers.SAME_ID_TITLE,
    "rivalText": markers.SAME_ID_TEXT,
    "menu": markers.MENU_LINK,
}

#: How long a refused connection is tried again (seconds).
REFUSED_FOR = 10.0

#: Where the hand-off never ends although the cookie is there, the shell is opened directly after so many seconds.
STUCK_AFTER = 20.0


class SignIn:
    """One attempt to stand in the shell."""

    def __init__(self, shell: Shell, *, seconds: float) -> None:
        self._shell = shell
        self._page = shell.page
        self._seconds = seconds
        #: time.monotonic() of the click on the sign-in button, and whether the shell was opened directly since.
        self._submitted: float | None = None
        self._opened_directly = False

    def resume(self, address: str) -> bool:
        """Open the shell of a stored session; return False when the ERP does not know it any more."""
        doing = "opening the stored session"
        self._go_to(address, doing=doing)
        return bool(poll(self._page, self._resumed, seconds=self._seconds, doing=doing) == "shell")

    def by_password(self, *, address: str, company: str, user: str, password: SecretStr, take_over: bool) -> None:
        """Sign in at an address. `take_over` says that a rival session can only be our own earlier one.

        Raises SignInRefused (with the ERP's words), AccountInUse, or ErpUnavailable; in the last case the password may
        have been accepted.
        """
        doing = f"signing in at {address}"
        self._go_to(address, doing=doing)
        poll(
            self._page,
            lambda: self._step(company, user, password, take_over=take_over),
            seconds=self._seconds,
            doing=doing,
        )

    def _go_to(self, address: str, *, doing: str) -> None:
        """Open an address; where nobody listens yet, try for a while: the ERP may be starting."""
        from playwright.sync_api import Error

        def opened() -> bool | None:
            try:
                self._page.goto(address, wait_until="commit", timeout=self._seconds * 1000)
            except Error as error:
                if "ERR_CONNECTION_REFUSED" in error.message:
                    return None
                raise
            return True

        poll(self._page, opened, seconds=min(self._seconds, REFUSED_FOR), doing=doing)

    def _resumed(self) -> str | None:
        for frame in self._shell.frames():
            if markers.SIGNED_OUT.search(frame.url):
                return "signed out"
            seen = self._shell.ask(frame, _LOOK, _MARKS)
            if seen and seen["menu"] and markers.SHELL.search(frame.url):
                return "shell"
        return None

    def _step(self, company: str, user: str, password: SecretStr, *, take_over: bool) -> bool | None:
        """Do the next thing the page asks for; return True in the shell."""
        for frame in self._shell.frames():
            seen = self._shell.ask(frame, _LOOK, _MARKS)
            if seen is None:
                continue
            if seen["menu"] and markers.SHELL.search(frame.url):
                return True
            if seen["second"]:
                raise SignInRefused("signing in: the ERP asks for a second factor or a picture. Sign in by hand once")
            if seen["rival"]:
                self._meet_rival(frame, take_over=take_over)
            elif seen["device"]:
                frame.locator(markers.NOT_THIS_DEVICE).click()
            elif seen["notice"]:
                frame.locator(markers.NOTICE).get_by_text(markers.CLOSE).click()
            elif seen["form"]:
                self._fill(frame, seen, company, user, password)
        self._open_directly_if_stuck()
        return None

    def _fill(self, frame: "Frame", seen: Any, company: str, user: str, password: SecretStr) -> None:
        if self._submitted is not None:
            if seen["error"]:
                raise SignInRefused(f"signing in as {company}/{user}: the ERP says: {seen['error']}")
            return
        frame.locator(markers.COMPANY).fill(company)
        frame.locator(markers.USER).fill(user)
        frame.locator(markers.PASSWORD).fill(password.get_secret_value())
        frame.locator(markers.SIGN_IN).click()
        self._submitted = time.monotonic()

    def _meet_rival(self, frame: "Frame", *, take_over: bool) -> None:
        dialog = frame.locator(markers.DIALOG).filter(has_text=markers.SAME_ID_TEXT)
        if take_over:
            dialog.get_by_role("button", name=markers.CONFIRM).click()
            return
        dialog.get_by_role("button", name=markers.CLOSE).click()
        raise AccountInUse(
            "signing in: somebody else is signed in with this account. Their session was left alone; the next cycle "
            "tries again"
        )

    def _open_directly_if_stuck(self) -> None:
        if self._submitted is None or self._opened_directly or time.monotonic() < self._submitted + STUCK_AFTER:
            return
        self._opened_directly = True
        for cookie in self._page.context.cookies():
            if cookie.get("name") == "ECOUNT_SessionId":
                session = str(cookie.get("value", "")).split("=", 1)[0]
                scheme_and_host = self._page.url.split("/ec", 1)[0]
                self._page.goto(f"{scheme_and_host}/ec5/view/erp?w_flag=1&ec_req_sid={session}", wait_until="commit")


def shell_address(shell: Shell) -> str:
    """Return the shell's address without its hash, as the session keeps it. Call it in the shell."""
    found = next((frame.url for frame in shell.frames() if markers.SHELL.search(frame.url)), "")
    return found.split("#", 1)[0]
