"""The shell around every screen: which frame holds it, how to open a page, whether the session has ended."""

import json
import math
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from worker.browser.launch import failure_means, poll
from worker.erp import ProgressReporter
from worker.erp.ecount.life import SLICE, Life
from worker.erp.ecount.markers import ABOUT, MarkerKind, Markers
from worker.erp.ecount.scripts import script
from worker.errors import ErpChanged, ErpUnavailable, SessionExpired
from worker.i18n import during, message

if TYPE_CHECKING:
    from playwright.sync_api import Frame, Page, Request


_SEEN = """{
      titles: [...document.querySelectorAll(m.title)].filter(one => !one.closest(m.dialog) && isShown(one))
        .map(one => one.textContent.trim()),
      busy: [...document.querySelectorAll(m.progress)].some(isShown),
      menu: document.querySelector(m.menu) !== null,
      expired: [...document.querySelectorAll(m.dialog)].some(
        one => isShown(one) && one.textContent.includes(m.expired)),
    }"""
_STATE = script("table", call=_SEEN)

#: Looks at a frame and marks a page's link in its menu: one question at one instant.
_MENU = script("table", "elements", call=f"[{_SEEN}, marked(findMenu(m), 'target')]")

#: Marks a button, or what puts away a layer that lies over an element.
_BUTTON = script("table", "elements", call="marked(findButton(m), 'target')")
_UNCOVER = script("table", "elements", call="uncover(m)")
_UNCOVER_FRAME = script("table", "elements", call="uncoverFrame(m)")

#: What such a script has marked.
TARGET = '[data-daybreak="target"]'
_CLOSER = '[data-daybreak="closer"]'
_FRAME = '[data-daybreak="frame"]'

#: Marks a frame's element, alone in its document.
_MARK_FRAME = """element => {
  element.ownerDocument.querySelectorAll('[data-daybreak="frame"]').forEach(one => delete one.dataset.daybreak);
  element.dataset.daybreak = 'frame';
}"""

#: Milliseconds for an action whose target is ready, and for a script where the page may be on its way.
ACT_WITHIN = 5_000
ASK_WITHIN = 4_000

_COUNT = "selector => document.querySelectorAll(selector).length"

#: Says of each selector whether a frame has such an element.
_HAS = "selectors => selectors.map(selector => document.querySelector(selector) !== null)"

#: A hash that stands there already is no change, and nothing would be loaded: leave it first.
_GO = """hash => {
  if (location.hash === '#' + hash) location.hash = '';
  location.hash = hash;
}"""


class Shell:
    """Finds its way in a signed-in browser page. Every wait ends with the session's end, if that is what happened."""

    def __init__(
        self, page: "Page", *, markers: Markers, step_s: float, list_s: float, pulse: ProgressReporter
    ) -> None:
        self.page = page
        self.life = Life(page, pulse=pulse)
        #: True while the page may go to another one by itself: then no script is asked without a time-out.
        self.is_restless = False
        self.markers = markers
        self._marks = {
            "dialog": markers.dialog,
            "title": markers.title,
            "progress": markers.progress,
            "menu": markers.menu_link,
            "expired": markers.expired,
            "dialogClose": markers.dialog_close,
            "closers": [markers.not_today, markers.close, markers.confirm],
            "questions": [markers.expired, markers.same_id_title, markers.same_id_text],
        }
        self.step_s = step_s
        self.list_s = list_s
        #: time.monotonic() from which on nothing is waited for any more.
        self._until = math.inf

    @contextmanager
    def within(self, seconds: float, *, wait_s: float) -> Iterator[None]:
        """Wait for nothing longer than `wait_s`, and in all of a block no longer than `seconds`."""
        before = self.step_s, self.list_s, self._until
        self.step_s, self.list_s = min(self.step_s, wait_s), min(self.list_s, wait_s)
        self._until = time.monotonic() + seconds
        try:
            yield
        finally:
            self.step_s, self.list_s, self._until = before

    @property
    def is_late(self) -> bool:
        """True when no time is left for another wait."""
        return time.monotonic() >= self._until

    def frames(self) -> "list[Frame]":
        """Return the frames that can show something: the blank helpers are left out."""
        return [frame for frame in self.page.frames if frame.url and not frame.url.startswith("about:")]

    def ask(self, frame: "Frame", script: str, argument: Any) -> Any:
        """Return a script's answer in a frame, or None while the frame is between two pages.

        An answer is a sign of life, and however many questions a step asks, it beats between them.
        """
        from playwright.sync_api import Error
        from playwright.sync_api import TimeoutError as TimedOut

        if not self.life.can_answer(frame):
            return None
        try:
            answer = self._answer(frame, script, argument)
        except TimedOut:
            return None
        except Error as error:
            if any(words in error.message for words in ("context was destroyed", "navigat", "was detached")):
                return None
            raise
        self.life.note(frame)
        self.life.breathe(self.frames())
        return answer

    def _answer(self, frame: "Frame", script: str, argument: Any) -> Any:
        # As one text each way: Playwright looks at every value of an object by itself, here and in its driver.
        text = json.dumps(argument)
        if not self.is_restless:
            asked = f"async m => JSON.stringify([await ({script})(JSON.parse(m))])"
            return json.loads(frame.evaluate(asked, text))[0]
        asked = f"m => JSON.stringify([({script})(JSON.parse(m))])"
        return json.loads(frame.wait_for_function(asked, arg=text, timeout=ASK_WITHIN).json_value())[0]

    def act(self, frame: "Frame", action: Callable[[], object]) -> None:
        """Do something in a frame, once, with a time-out of its own; that it was done is a sign of life."""
        action()
        self.life.note(frame)
        self.life.breathe(self.frames())

    def look(self, script: str, argument: Any) -> Any:
        """Return the first answer of a script that is not null, over all frames, or None."""
        answers = (self.ask(frame, script, argument) for frame in self.frames())
        return next((answer for answer in answers if answer is not None), None)

    def demand_one(self) -> None:
        """Raise ErpChanged when a selector that an operator has set matches more than the one element it is for."""
        for name in self.markers.overridden:
            if ABOUT[name].kind is not MarkerKind.ONE:
                continue
            selector = self.markers.text(name)
            doing = message(
                "the marker {name} = {selector} by [markers] in local.ini", name=name, selector=repr(selector)
            )
            with failure_means(ErpChanged, doing):
                found = sum(self.ask(frame, _COUNT, selector) or 0 for frame in self.frames())
            if found > 1:
                raise ErpChanged(
                    message(
                        "{doing} matches {count} elements, it must match one. Nothing was touched",
                        doing=doing,
                        count=found,
                    )
                )

    def frames_with(self, *selectors: str) -> "list[Frame | None]":
        """Return for each selector the first frame that holds such an element, or None."""
        answers = [(frame, self.ask(frame, _HAS, selectors)) for frame in self.frames()]
        return [next((frame for frame, has in answers if has and has[k]), None) for k in range(len(selectors))]

    @property
    def frame(self) -> "Frame | None":
        """Return the frame whose address is the shell's, or None. It may still be empty."""
        return next((frame for frame in self.frames() if self.markers.shell.search(frame.url)), None)

    @property
    def is_signed_out(self) -> bool:
        """True when the login view stands there and no shell. A shell may stand in a frame of the hand-off page."""
        return self.frame is None and any(self.markers.signed_out.search(frame.url) for frame in self.frames())

    @property
    def is_ready(self) -> bool:
        """True when the shell has a menu or shows a page."""
        shell = self.frame
        if shell is None:
            return False
        # A page may stand in a frame inside the shell, and a folded menu has no link yet.
        own = (frame for frame in self.frames() if frame == shell or frame.parent_frame == shell)
        states = (self.ask(frame, _STATE, self._marks) for frame in own)
        return any(state["menu"] or state["titles"] for state in states if state)

    def demand_session(self) -> None:
        """Raise SessionExpired when the login page stands there or a dialog says that the session has ended."""
        self._demand_session(self.ask(frame, _STATE, self._marks) for frame in self.frames())

    def _demand_session(self, states: Iterable[Any]) -> None:
        if self.is_signed_out:
            raise SessionExpired(message("the ERP went back to its login page"))
        if any(state["expired"] for state in states if state):
            raise SessionExpired(message("the ERP says that the session has ended"))

    def poll(self, question: Callable[[], Any], *, seconds: float, doing: str) -> Any:
        """Ask until there is an answer, with a sign of life in each slice; ErpUnavailable after so many seconds."""

        def asked() -> Any:
            self.life.breathe(self.frames())
            return None if self.life.is_on_way else question()

        return poll(self.page, asked, seconds=min(seconds, max(self._until - time.monotonic(), 0)), doing=doing)

    def go_to(self, address: str, *, seconds: float, doing: str) -> None:
        """Open an address and wait for its answer. Raises Playwright's Error where it fails, or does not come."""
        from playwright.sync_api import TimeoutError as TimedOut

        deadline = time.monotonic() + seconds
        try:
            self.page.goto(address, wait_until="commit", timeout=min(seconds, SLICE) * 1000)
        except TimedOut:
            # It goes on all the same.
            failed: list[str] = []

            def on_failed(request: "Request") -> None:
                if request.is_navigation_request():
                    failed.append(request.failure or message("the connection was lost"))

            self.page.on("requestfailed", on_failed)
            try:
                while self.life.is_on_way:
                    if time.monotonic() >= deadline:
                        raise
                    self.life.breathe([])
                    self.page.wait_for_timeout(100)
            finally:
                self.page.remove_listener("requestfailed", on_failed)
            if failed:
                raise ErpUnavailable(during(doing, failed[-1])) from None

    def press(self, frame: "Frame", target: str, *, doing: str) -> None:
        """Click an element once, as soon as it takes a click; notices that lie over it are put away before."""

        def ready() -> bool | None:
            found, place = self._uncover(frame, target)
            if found == "closer":
                self.act(place, lambda: place.locator(_CLOSER).click(timeout=ACT_WITHIN, no_wait_after=True))
            return True if found == "free" else None

        with failure_means(ErpUnavailable, doing):
            self.poll(ready, seconds=self.step_s, doing=doing)
            self.act(frame, lambda: frame.locator(target).click(timeout=ACT_WITHIN, no_wait_after=True))

    def _uncover(self, frame: "Frame", target: str) -> "tuple[str, Frame]":
        """Return whether an element takes a click, and the frame in which that was decided: its own, or one around it.

        A notice lies over the whole window, the page under it may stand in a frame.
        """
        from playwright.sync_api import Error

        answer = self.ask(frame, _UNCOVER, {**self._marks, "target": target})
        while answer and answer["found"] == "free" and (around := frame.parent_frame) is not None:
            point = {"target": _FRAME, "x": answer["x"], "y": answer["y"]}
            try:
                frame.frame_element().evaluate(_MARK_FRAME)
            except Error:
                return "", frame  # the frame has left meanwhile
            answer = self.ask(around, _UNCOVER_FRAME, {**self._marks, **point})
            frame = around
        return (answer["found"] if answer else ""), frame

    def wait_for(self, question: Callable[[], Any], *, seconds: float, doing: str) -> Any:
        """Poll for an answer; raise SessionExpired as soon as the login page stands there."""

        def asked() -> Any:
            answer = question()
            if answer is None and self.is_signed_out:
                raise SessionExpired(during(doing, message("the ERP went back to its login page")))
            return answer

        try:
            return self.poll(asked, seconds=seconds, doing=doing)
        except SessionExpired:
            raise
        except ErpUnavailable:
            with failure_means(ErpUnavailable, doing):
                self.demand_session()
            raise

    def open(self, title: str) -> None:
        """Show a page by its menu link, else by its hash, and wait until it stands there and is not loading."""
        link, address = self.markers.pages[title]
        doing = message("opening {title}", title=title)
        with failure_means(ErpUnavailable, doing):
            argument = {**self._marks, "link": link, "hash": address}
            answers = [(frame, self.ask(frame, _MENU, argument)) for frame in self.frames()]
            self._demand_session([answer[0] for _, answer in answers if answer])
            frame = next((frame for frame, answer in answers if answer and answer[1]), None)
            if frame is not None:
                self.press(frame, TARGET, doing=doing)
            elif self.frame is None:
                raise ErpChanged(during(doing, message("no frame shows the ERP's shell (/ec…/view/erp)")))
            else:
                self.frame.evaluate(_GO, address)
        self.wait_for(lambda: self._is_shown(title), seconds=self.list_s, doing=doing)
        self.demand_one()

    def _first_frame(self, script: str, argument: Any) -> "Frame | None":
        """Return the first frame in which a script marks something, or None."""
        return next((frame for frame in self.frames() if self.ask(frame, script, argument)), None)

    def button(self, selector: str, label: str) -> "Frame | None":
        """Mark a button, by its selector or else by its text, as TARGET; return its frame, or None."""
        return self._first_frame(_BUTTON, self.button_marks(selector, label))

    def button_marks(self, selector: str, label: str) -> dict[str, Any]:
        """Return what the scripts are told that look for a button; an empty selector narrows nothing."""
        return {**self._marks, "hint": selector or ":not(*)", "label": label}

    def reopen(self) -> None:
        """Load the shell anew, without its page and dialogs. It becomes the outermost page if it was in a frame."""
        doing = message("loading the shell anew")
        if self.frame is None:
            self.demand_session()
            raise ErpChanged(during(doing, message("no frame shows the ERP's shell (/ec…/view/erp)")))
        with failure_means(ErpUnavailable, doing):
            self.go_to(self.frame.url.split("#", 1)[0], seconds=self.list_s, doing=doing)
        self.wait_for(lambda: self.is_ready or None, seconds=self.list_s, doing=doing)

    def is_at(self, title: str) -> bool:
        """True when a page with this title stands there."""
        return title in self.titles()

    def titles(self) -> list[str]:
        """Return the titles of the pages that stand there."""
        states = (self.ask(frame, _STATE, self._marks) for frame in self.frames())
        return [title for state in states if state for title in state["titles"]]

    def _is_shown(self, title: str) -> bool | None:
        for frame in self.frames():
            state = self.ask(frame, _STATE, self._marks)
            if state and state["expired"]:
                raise SessionExpired(during(message("opening {title}", title=title), message("the session has ended")))
            if state and title in state["titles"] and not state["busy"]:
                return True
        return None
