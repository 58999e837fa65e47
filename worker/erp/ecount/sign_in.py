"""Signing in: from wherever the ERP sends us to its shell, past the notice, the new-device question and the rival."""

import logging
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr

from worker.browser.launch import Session, failure_means, poll
from worker.erp.ecount.shell import ACT_WITHIN, Shell
from worker.errors import AccountInUse, ErpUnavailable, SignInRefused
from worker.i18n import during, message

if TYPE_CHECKING:
    from playwright.sync_api import Frame, Locator, Page, Request

log = logging.getLogger(__name__)

_LOOK = """(m) => {
  const shown = e => !!e && e.getClientRects().length > 0;
  const one = s => [...document.querySelectorAll(s)].find(shown);
  const dialogs = [...document.querySelectorAll(m.dialog)].filter(shown).map(d => d.innerText);
  return {
    form: !!one(m.password),
    complete: document.readyState === 'complete',
    error: (one(m.error)?.innerText ?? '').trim() || (document.querySelector(m.errorValue)?.value ?? '').trim(),
    second: !!one(m.second),
    notice: !!one(m.notice),
    device: !!one(m.device),
    rival: dialogs.some(text => text.includes(m.rivalTitle) || text.includes(m.rivalText)),
  };
}"""

#: How long a refused connection is tried again (seconds).
REFUSED_FOR = 10.0

#: What Chromium says of a closed port, directly and behind the relay.
_REFUSED = ("CONNECTION_REFUSED", "SOCKS_CONNECTION_FAILED")

#: What is left of an attempt is never less (seconds).
AT_LEAST = 0.1

#: Seconds after which a button that takes no click counts as covered.
COVERED_AFTER = 2.0

#: Seconds for which a form is left alone whose page is not loaded to its end.
COMPLETE_WITHIN = 5.0

#: After this share of the time the shell is opened directly: the hand-off never ended although the cookie is there.
STUCK_AFTER = 1 / 3


@contextmanager
def strangers_page(shell: Shell, address: str) -> "Iterator[Page]":
    """Open the sign-in page as one without a session sees it, and wait for its form, if it comes. Nothing is typed."""
    browser = shell.page.context.browser
    assert browser is not None, "a launched browser owns its contexts"
    with failure_means(ErpUnavailable, message("opening the sign-in page {address}", address=address)):
        context = browser.new_context(locale="ko-KR", timezone_id="Asia/Seoul", service_workers="block")
        try:
            page = context.new_page()
            page.goto(address, wait_until="commit", timeout=shell.list_s * 1000)
            with suppress(ErpUnavailable):
                poll(
                    page,
                    lambda: page.locator(shell.markers.password).count() or None,
                    seconds=shell.list_s,
                    doing=message("waiting for the form"),
                )
            yield page
        finally:
            context.close()


class SignIn:
    """One attempt to stand in the shell."""

    def __init__(self, shell: Shell, *, session: Session, seconds: float, take_over: bool) -> None:
        """`take_over`: a rival that can only be our own earlier session may be thrown out."""
        self._shell = shell
        self._markers = markers = shell.markers
        self._marks = {
            "dialog": markers.dialog,
            "password": markers.password,
            "error": markers.sign_in_error,
            "errorValue": markers.sign_in_error_value,
            "second": markers.second_factor,
            "notice": markers.notice,
            "device": markers.not_this_device,
            "rivalTitle": markers.same_id_title,
            "rivalText": markers.same_id_text,
        }
        self._page = shell.page
        self._session = session
        self._seconds = seconds
        self._take_over = take_over
        #: True when an earlier sign-in of ours went out and its end is not known.
        self._interrupted = False
        #: time.monotonic() of the click on the sign-in button, and whether the shell was opened directly since.
        self._submitted: float | None = None
        self._opened_directly = False
        #: How the form's request failed on its way, if it did.
        self._lost = ""
        #: True while the page itself is on its way to the shell, however long that takes.
        self._is_on_its_way = False
        #: time.monotonic() at which the whole attempt is over, and at which the form was seen first.
        self._until = 0.0
        self._form_seen = 0.0

    def resume(self) -> bool:
        """Open the shell of the stored session; return False when there is none that the ERP still knows."""
        address = self._session.address
        if not address or self._markers.signed_out.search(address):
            return False
        doing = message("opening the stored session")
        self._until = time.monotonic() + self._seconds
        with self._restless():
            self._go_to(address, doing=doing)
            resumed = self._shell.poll(self._resumed, seconds=self._left(), doing=doing)
        if resumed == "shell":
            self._session.settled()
            return True
        self._session.forget()
        return False

    def by_password(self, *, address: str, company: str, user: str, password: SecretStr) -> None:
        """Sign in at an address and store the session.

        Raises SignInRefused (with the ERP's words), AccountInUse, or ErpUnavailable; in the last case the password may
        have been accepted.
        """
        doing = message("signing in at {address}", address=address)
        self._until = time.monotonic() + self._seconds
        self._page.on("requestfailed", self._on_lost)
        self._page.on("request", self._on_request)
        try:
            with self._restless():
                self._go_to(address, doing=doing)
                self._shell.poll(lambda: self._step(company, user, password), seconds=self._left(), doing=doing)
        except (SignInRefused, AccountInUse):
            # No session of ours came of it. What an earlier sign-in left, if one was interrupted, is still unknown.
            if not self._interrupted:
                self._session.settled()
            raise
        finally:
            self._page.remove_listener("requestfailed", self._on_lost)
            self._page.remove_listener("request", self._on_request)
        frame = self._shell.frame
        self._session.store(self._page.context, frame.url.split("#", 1)[0] if frame else "")

    @contextmanager
    def _restless(self) -> Iterator[None]:
        """Ask no script without a time-out in a block: the page goes from one to the next by itself."""
        self._shell.is_restless = True
        try:
            yield
        finally:
            self._shell.is_restless = False

    def _left(self) -> float:
        """Return how many seconds are left of the attempt; a moment at least."""
        return max(AT_LEAST, self._until - time.monotonic())

    def _on_request(self, request: "Request") -> None:
        if self._submitted is not None and request.is_navigation_request() and self._markers.shell.search(request.url):
            self._is_on_its_way = True

    def _on_lost(self, request: "Request") -> None:
        if request.is_navigation_request() and self._markers.shell.search(request.url):
            self._is_on_its_way = False
        if self._submitted is not None and request.method == "POST":
            self._lost = request.failure or message("the connection was lost")

    def _go_to(self, address: str, *, doing: str) -> None:
        """Open an address; where the port is closed, try for a while: the ERP may be starting."""
        from playwright.sync_api import Error

        def opened() -> bool | None:
            try:
                self._shell.go_to(address, seconds=self._left(), doing=doing)
            except Error as error:
                is_refused = any(f"ERR_{word}" in error.message for word in _REFUSED)
                if is_refused or self._left() <= AT_LEAST:
                    self._shell.life.breathe([])
                    return None
                raise
            return True

        poll(self._page, opened, seconds=min(self._left(), REFUSED_FOR), doing=doing)

    def _resumed(self) -> str | None:
        if self._shell.is_signed_out:
            return "signed out"
        return "shell" if self._shell.is_ready else None

    def _step(self, company: str, user: str, password: SecretStr) -> bool | None:
        """Do the next thing the page asks for; return True in the shell."""
        if self._shell.is_ready:
            return True
        for frame in self._shell.frames():
            seen = self._shell.ask(frame, _LOOK, self._marks)
            if seen is None:
                continue
            if seen["second"]:
                raise SignInRefused(
                    message("signing in: the ERP asks for a second factor or a picture. Sign in by hand once")
                )
            if seen["rival"]:
                self._meet_rival(frame)
            elif seen["device"]:
                self._click(frame, frame.locator(self._markers.not_this_device))
            elif seen["notice"]:
                self._click(frame, frame.locator(self._markers.notice).get_by_text(self._markers.close))
            elif seen["form"]:
                self._fill(frame, seen, company, user, password)
        self._open_directly_if_stuck()
        return None

    def _fill(self, frame: "Frame", seen: Any, company: str, user: str, password: SecretStr) -> None:
        self._form_seen = self._form_seen or time.monotonic()
        if self._submitted is not None:
            if seen["error"] and self._lost:
                why = message("{error}; the ERP's page says: {text}", error=self._lost, text=seen["error"])
                raise ErpUnavailable(during(message("signing in"), why))
            if seen["error"]:
                doing = message("signing in as {user}", user=f"{company}/{user}")
                raise SignInRefused(message("{doing}: the ERP says: {text}", doing=doing, text=seen["error"]))
            return
        if not seen["complete"] and time.monotonic() < self._form_seen + COMPLETE_WITHIN:
            return  # its scripts are not there yet: the button would do nothing
        self._shell.demand_one()
        for marker, text in (
            (self._markers.company, company),
            (self._markers.user, user),
            (self._markers.password, password.get_secret_value()),
        ):
            self._type(frame, marker, text)
        if not self._is_free(frame.locator(self._markers.sign_in)):
            return  # a notice has come up meanwhile: the next look sees it
        self._interrupted = self._session.begin()
        self._submitted = time.monotonic()
        self._click(frame, frame.locator(self._markers.sign_in))

    def _type(self, frame: "Frame", marker: str, text: str) -> None:
        self._shell.act(frame, lambda: frame.locator(marker).fill(text, timeout=ACT_WITHIN))

    def _click(self, frame: "Frame", button: "Locator") -> None:
        """Click what stands there, once: what comes of it is seen at the next look."""
        self._shell.act(frame, lambda: button.click(timeout=ACT_WITHIN, no_wait_after=True))

    @staticmethod
    def _is_free(button: "Locator") -> bool:
        """True when a click would reach the button."""
        from playwright.sync_api import TimeoutError as TimedOut

        try:
            button.click(trial=True, timeout=COVERED_AFTER * 1000)
        except TimedOut:
            return False
        return True

    def _meet_rival(self, frame: "Frame") -> None:
        """Take over only a session that this installation left behind, when a sign-in was interrupted."""
        rival = re.compile(f"{self._markers.same_id_title}|{self._markers.same_id_text}")
        dialog = frame.locator(self._markers.dialog).filter(has_text=rival)
        if self._take_over and self._interrupted:
            self._click(frame, dialog.get_by_role("button", name=self._markers.confirm, exact=True))
            return
        self._click(frame, dialog.get_by_role("button", name=self._markers.close, exact=True))
        raise AccountInUse(
            message(
                "signing in: somebody else is signed in with this account. Their session was left alone; the next "
                "cycle tries again"
            )
        )

    def _open_directly_if_stuck(self) -> None:
        if self._submitted is None or self._opened_directly or self._is_on_its_way:
            return
        if time.monotonic() < self._submitted + STUCK_AFTER * self._seconds:
            return
        self._opened_directly = True
        for cookie in self._page.context.cookies():
            if cookie.get("name") == "ECOUNT_SessionId":
                session = str(cookie.get("value", "")).split("=", 1)[0]
                log.warning("signing in: the way to the shell does not end; opening the shell directly")
                address = f"{self._zone()}/view/erp?w_flag=1&ec_req_sid={session}"
                self._shell.go_to(address, seconds=self._left(), doing=message("opening the shell directly"))

    def _zone(self) -> str:
        """Return the zone's address with the path that it has now: /ec5, /ec56 or another."""
        for frame in self._shell.frames():
            if found := re.match(r"https?://[^/]+/ec\d+(?=/)", frame.url):
                return found[0]
        return f"{self._page.url.split('/ec', 1)[0]}/ec5"
