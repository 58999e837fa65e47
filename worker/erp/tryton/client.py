"""Sao, the web client, as all its screens have it: opened by address, looked at in one piece, believed when still."""

import itertools
import json
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from worker.browser.launch import failure_means, poll
from worker.erp.tryton import markers
from worker.erp.tryton.wire import call
from worker.errors import ErpChanged, ErpUnavailable, SessionExpired
from worker.i18n import Message, during, message, said_by

if TYPE_CHECKING:
    from playwright.sync_api import Dialog, Page, Response

#: Looks in a row at which a screen must be the same, and idle, before it is believed. Each look is a turn of the page's
#: own timers, so that a busy machine slows both: between two requests of one step the client is idle for some of them.
STILL_FOR = 8

#: Interval of those looks, and the time without a still screen after which they end (milliseconds).
LOOK_EVERY, LOOK_FOR = 10, 250

#: As many records as this are never listed at once.
LIMIT = 5000

#: Looks until the screen stands still, or for LOOK_FOR; returns what it shows then, and whether it is `still`.
_LOOK = """async (m) => {
  const shown = e => !!e && e.getClientRects().length > 0;
  const one = s => [...document.querySelectorAll(s)].find(shown);
  const text = e => (e?.textContent ?? '').trim();
  const look = () => {
    const tab = document.querySelector(m.tab);
    const tree = tab?.querySelector('.screen-container > .content-box .treeview');
    const heads = {}, rows = [];
    for (const th of tree?.querySelectorAll('thead th[id]') ?? []) heads[th.id] = text(th.querySelector('label'));
    for (const tr of tree?.querySelectorAll('tbody tr:not(.more-row)') ?? []) {
      const row = {};
      for (const td of tr.querySelectorAll('td[headers]'))
        row[heads[td.getAttribute('headers')]] = text(td.querySelector('.cell > .widget'));
      rows.push(row);
    }
    return {
      signedIn: !!document.querySelector(m.signedIn),
      login: !!one(m.login),
      password: !!one(m.password),
      busy: typeof jQuery === 'undefined' || jQuery.active > 0 || !!one(m.processing),
      dialogs: [...document.querySelectorAll(m.dialog)].filter(shown).map(text),
      title: text(tab?.querySelector('.toolbar .title-long')),
      count: text(tab?.querySelector('.toolbar .navbar-text .badge')),
      counter: tab?.querySelector('.tab-domain li.active .badge')?.title ?? '',
      heads: Object.values(heads), rows,
      more: !!one(m.more),
      state: tab?.querySelector('select[name=state]')?.value ?? '',
      address: location.hash,
    };
  };
  const end = performance.now() + m.lookFor;
  for (let before = '', same = 0;;) {
    const seen = look(), now = JSON.stringify(seen);
    same = !seen.busy && now === before ? same + 1 : 0;
    before = now;
    if (same >= m.stillFor || performance.now() >= end) return {...seen, still: same >= m.stillFor};
    await new Promise(go => setTimeout(go, m.lookEvery));
  }
}"""

#: Closes all tabs and goes to an address within the loaded client; false where only loading it anew is safe.
_TURN = """async ([m, place]) => {
  const shown = s => [...document.querySelectorAll(s)].some(e => e.getClientRects().length > 0);
  const isFree = () => document.querySelector(m.signedIn) && typeof jQuery !== 'undefined' && !jQuery.active
    && !shown(m.processing) && !shown(m.dialog) && !document.querySelector(m.form);
  if (!isFree()) return false;
  for (const close of document.querySelectorAll(m.close)) close.click();
  const end = performance.now() + 1000;
  while (document.querySelector(m.close) || jQuery.active) {
    if (performance.now() >= end) return false;
    await new Promise(go => setTimeout(go, m.lookEvery));
  }
  // The last tab that closes writes an address of its own.
  await new Promise(go => setTimeout(go, m.lookEvery));
  if (!isFree()) return false;
  location.hash = place;
  return true;
}"""

_MARKS = {
    "tab": markers.TAB,
    "signedIn": markers.SIGNED_IN,
    "login": markers.LOGIN,
    "password": markers.PASSWORD,
    "dialog": markers.DIALOG,
    "more": markers.MORE,
    "processing": markers.PROCESSING,
    "form": markers.FORM,
    "close": markers.CLOSE,
    "stillFor": STILL_FOR,
    "lookEvery": LOOK_EVERY,
    "lookFor": LOOK_FOR,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """One list of the client: its model, its name, and which records it shows."""

    model: str
    name: str
    domain: Sequence[object]
    #: The domain of a tab with a counter of the server's own, and that tab's name.
    tab: str = ""
    tab_domain: Sequence[object] = ()


class Client:
    """The client in one browser page."""

    def __init__(self, page: "Page", *, address: str, database: str, step_s: float, list_s: float) -> None:
        self.page = page
        self.step_s = step_s
        self.list_s = list_s
        self._address = address.rstrip("/") + "/"
        self._database = database
        self._openings = itertools.count(1)
        #: The limits of all searches that the server answered.
        self._answered: set[int] = set()
        page.on("dialog", _on_dialog)
        page.on("response", self._on_response)

    def go(self, place: str = "", *, seconds: float) -> None:
        """Load the client anew at a place: whatever stood open, saved or not, is gone. Times out as Playwright does."""
        # Another query is another page: a new fragment alone would load nothing.
        address = f"{self._address}?{next(self._openings)}#{self._database}{place}"
        self.page.goto(address, wait_until="commit", timeout=seconds * 1000)

    def look(self) -> Any:
        """Return all that matters of the page, once it is still or after a moment; None between two pages."""
        from playwright.sync_api import Error

        try:
            return self.page.evaluate(_LOOK, _MARKS)
        except Error as error:
            if any(words in error.message for words in ("context was destroyed", "navigat")):
                return None
            raise

    def wait_for(self, question: Callable[[Any], Any], *, seconds: float, doing: str) -> Any:
        """Poll what the page shows for an answer. Raises SessionExpired when it asks for name or password."""
        last: Any = None

        def asked() -> Any:
            nonlocal last
            last = self.look()
            if last is None:
                return None
            if last["login"] or last["password"]:
                raise SessionExpired(
                    message("{doing}: the ERP asks for the password: the session has ended", doing=doing)
                )
            return question(last)

        try:
            return poll(self.page, asked, seconds=seconds, doing=doing)
        except SessionExpired:
            raise
        except ErpUnavailable as error:
            raise ErpUnavailable(message("{error}; {why}", error=said_by(error), why=_told(last))) from error

    def settle(self, question: Callable[[Any], Any], *, seconds: float, doing: str) -> Any:
        """Return what the page shows once it answers a question, is idle and stands still."""

        def still(seen: Any) -> Any:
            return seen if seen["still"] and question(seen) else None

        return self.wait_for(still, seconds=seconds, doing=doing)

    def idle(self, doing: str, *, seconds: float | None = None) -> Any:
        """Wait until nothing is asked of the server any more and no dialog stands there."""
        seen = self.settle(lambda _: True, seconds=seconds or self.step_s, doing=doing)
        if seen["dialogs"]:
            raise ErpUnavailable(refused(doing, seen))
        return seen

    def open(self, screen: Screen) -> Any:
        """Show a list, asked of the server anew, and return what it shows once it stands still, within list_s.

        A list that could not be asked for looks like an empty one: the server's answer to the search is the proof. Each
        opening has a limit of its own, by which its search is known.
        """
        doing = message("opening {title}", title=screen.name)
        limit = LIMIT + next(self._openings)
        options: dict[str, object] = {"name": screen.name, "domain": screen.domain, "limit": limit}
        if screen.tab:
            options["tab_domain"] = [[screen.tab, screen.tab_domain, True]]
        asked = "&".join(f"{name}={quote(json.dumps(value, ensure_ascii=False))}" for name, value in options.items())
        place = f"/model/{screen.model};{asked}"
        end = time.monotonic() + self.list_s
        with failure_means(ErpUnavailable, doing):
            if not self.page.evaluate(_TURN, [_MARKS, f"{self._database}{place}"]):
                self.go(place, seconds=self.list_s)

        def shown(seen: Any) -> bool:
            if seen["dialogs"]:
                raise ErpUnavailable(refused(doing, seen))
            return limit in self._answered and self._is_shown(seen, screen)

        return self.settle(shown, seconds=max(0.1, end - time.monotonic()), doing=doing)

    @staticmethod
    def _is_shown(seen: Any, screen: Screen) -> bool:
        is_counted = not screen.tab or seen["counter"] != ""
        # What was loaded is drawn a moment later.
        is_drawn = seen["more"] or len(seen["rows"]) == _loaded(seen)
        return seen["title"] == screen.name and bool(seen["heads"]) and is_counted and is_drawn

    def _on_response(self, response: "Response") -> None:
        if response.ok:
            method, arguments = call(response.request.post_data or "")
            if method.endswith(".search"):  # its arguments: domain, offset, limit, order
                self._answered.update(one for one in arguments[2:3] if isinstance(one, int))

    def rows(self, screen: Screen, columns: Sequence[str]) -> list[Mapping[str, str]]:
        """Return every row of a list as {column label: text}: as many as the client and the server's counter say.

        Takes 2 * list_s at most.
        """
        doing = message("reading {title}", title=screen.name)
        seen = self.open(screen)
        end = time.monotonic() + self.list_s
        while seen["more"]:
            shown = len(seen["rows"])
            with failure_means(ErpUnavailable, doing):
                # The row goes by itself as soon as it is scrolled to: no click of the mouse would hit it.
                self.page.evaluate("s => document.querySelector(s)?.click()", markers.MORE)
            seen = self.settle(_has_more_than(shown), seconds=max(0.1, end - time.monotonic()), doing=doing)
        missing = [name for name in columns if name not in seen["heads"]]
        if missing:
            there = ", ".join(seen["heads"])
            why = message("the columns {names} are missing; there are {there}", names=", ".join(missing), there=there)
            raise ErpChanged(during(doing, why))
        rows: list[Mapping[str, str]] = seen["rows"]
        counts = {_loaded(seen)}
        if screen.tab:
            counts.add(_digits(seen["counter"]))
        if counts != {len(rows)} or len(rows) >= LIMIT:
            why = message(
                "{rows} rows are drawn, the counters say {counts}", rows=len(rows), counts=str(sorted(counts))
            )
            raise ErpUnavailable(during(doing, why))
        return rows


def refused(doing: str, seen: Any) -> Message:
    """Say what the dialogs say that stand in the way of a step."""
    return message("{doing}: the ERP says: {text}", doing=doing, text=" / ".join(seen["dialogs"]))


def _told(seen: Any) -> Message:
    """Say what the page showed last, for the search for the cause."""
    if seen is None:
        return message("the page showed nothing")
    told = message(
        "the page was {state}, showed {title} with {rows} rows of {count}, tab {tab}",
        state=message("busy") if seen["busy"] else message("idle"),
        title=repr(seen["title"]),
        rows=len(seen["rows"]),
        count=seen["count"] or "?",
        tab=seen["counter"] or "-",
    )
    if not seen["dialogs"]:
        return told
    return message("{seen}, and says: {text}", seen=told, text=" / ".join(seen["dialogs"]))


def _has_more_than(shown: int) -> Callable[[Any], bool]:
    return lambda seen: len(seen["rows"]) > shown


def _loaded(seen: Any) -> int:
    """Return how many records the client has loaded, as its toolbar says: `_/30`."""
    found = re.fullmatch(r"\D*\d*\D*/(\d+)", seen["count"])
    return int(found[1]) if found else -1


def _digits(text: str) -> int:
    return int("".join(one for one in text if one.isdigit()) or -1)


def _on_dialog(dialog: "Dialog") -> None:
    """Leave an unsaved form; every other native question is answered No."""
    if dialog.type in ("alert", "beforeunload"):
        dialog.accept()
        return
    dialog.dismiss()
