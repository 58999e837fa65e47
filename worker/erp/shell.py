"""The shell around every screen: which frame holds it, how to open a page, whether the session has ended."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from worker.browser import failure_means, poll
from worker.erp import markers
from worker.errors import ErpChanged, ErpUnavailable, SessionExpired

if TYPE_CHECKING:
    from playwright.sync_api import Frame, Page


class Pulse(Protocol):
    """Called before each step: what is begun, and for how many seconds it may be silent. May raise StopRequested."""

    def __call__(self, step: str, seconds: float) -> None: ...


_STATE = """(m) => {
  const shown = e => !!e && e.getClientRects().length > 0;
  const dialogs = [...document.querySelectorAll(m.dialog)].filter(shown).map(d => d.innerText);
  return {
    title: document.querySelector(m.title)?.textContent.trim() ?? null,
    busy: [...document.querySelectorAll(m.progress)].some(shown),
    menu: document.querySelector(m.menu) !== null,
    expired: dialogs.some(text => text.includes(m.expired)),
  };
}"""

_MARKS = {
    "dialog": markers.DIALOG,
    "title": markers.TITLE,
    "progress": markers.PROGRESS,
    "menu": markers.MENU_LINK,
    "expired": markers.EXPIRED,
}


class Shell:
    """Finds its way in a signed-in browser page. Every wait ends with the session's end, if that is what happened."""

    def __init__(self, page: "Page", *, step_s: float, list_s: float) -> None:
        self.page = page
        self.step_s = step_s
        self.list_s = list_s

    def frames(self) -> "list[Frame]":
        """Return the frames that can show something: the blank helpers are left out."""
        return [frame for frame in self.page.frames if frame.url and not frame.url.startswith("about:")]

    def ask(self, frame: "Frame", script: str, argument: Any) -> Any:
        """Return a script's answer in a frame, or None while the frame is between two pages."""
        from playwright.sync_api import Error

        try:
            return frame.evaluate(script, argument)
        except Error as error:
            if any(words in error.message for words in ("context was destroyed", "navigat", "was detached")):
                return None
            raise

    def look(self, script: str, argument: Any) -> Any:
        """Return the first answer of a script that is not null, over all frames, or None."""
        answers = (self.ask(frame, script, argument) for frame in self.frames())
        return next((answer for answer in answers if answer is not None), None)

    def frame_with(self, selector: str) -> "Frame | None":
        """Return the frame that holds such an element, or None."""
        return next((frame for frame in self.frames() if frame.query_selector(selector) is not None), None)

    def demand_session(self) -> None:
        """Raise SessionExpired when a frame stands at the login page or a dialog says that the session has ended."""
        for frame in self.frames():
            if markers.SIGNED_OUT.search(frame.url):
                raise SessionExpired("the ERP went back to its login page")
            state = self.ask(frame, _STATE, _MARKS)
            if state and state["expired"]:
                raise SessionExpired("the ERP says that the session has ended")

    def wait_for(self, question: Callable[[], Any], *, seconds: float, doing: str) -> Any:
        """Poll for an answer; when none comes, say so, or that the session is what ended."""
        try:
            return poll(self.page, question, seconds=seconds, doing=doing)
        except ErpUnavailable:
            with failure_means(ErpUnavailable, doing):
                self.demand_session()
            raise

    def open(self, title: str) -> None:
        """Show a page by its menu link, else by its hash, and wait until it stands there and is not loading."""
        link, address = markers.PAGES[title]
        doing = f"opening {title}"
        with failure_means(ErpUnavailable, doing):
            self.demand_session()
            frame = self.frame_with(link)
            if frame is not None:
                frame.locator(link).click(timeout=self.step_s * 1000)
            else:
                shell = next((one for one in self.frames() if markers.SHELL.search(one.url)), None)
                if shell is None:
                    raise ErpChanged(f"{doing}: no frame shows the ERP's shell (/ec…/view/erp)")
                shell.evaluate("hash => { location.hash = hash }", address)
        self.wait_for(lambda: self._is_shown(title), seconds=self.list_s, doing=doing)

    def is_at(self, title: str) -> bool:
        """True when a page with this title stands there."""
        return any((self.ask(frame, _STATE, _MARKS) or {}).get("title") == title for frame in self.frames())

    def _is_shown(self, title: str) -> bool | None:
        for frame in self.frames():
            state = self.ask(frame, _STATE, _MARKS)
            if markers.SIGNED_OUT.search(frame.url) or (state and state["expired"]):
                raise SessionExpired(f"opening {title}: the session has ended")
            if state and state["title"] == title and not state["busy"]:
                return True
        return None
