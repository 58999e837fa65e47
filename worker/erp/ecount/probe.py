"""Walks every screen of Ecount without entering anything, and says which marks are there."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from worker.browser import failure_means, poll
from worker.erp import Pulse
from worker.erp.ecount.grid import Grid
from worker.erp.ecount.markers import ABOUT, Kind, Need, Screen
from worker.erp.ecount.shell import Shell
from worker.errors import ErpError, ErpUnavailable, SessionExpired
from worker.findings import Finding, Verdict
from worker.save_gate import SaveGate

if TYPE_CHECKING:
    from playwright.sync_api import Page

_COUNT = """selector => {
  try { return document.querySelectorAll(selector).length; } catch (error) { return -1; }
}"""

#: Draws a frame around what was found, for the picture, and takes it away again.
_FRAME = """([selectors, on]) => {
  for (const one of selectors) for (const element of document.querySelectorAll(one))
    element.style.outline = on ? '2px solid red' : '';
}"""

_HEADS = """(head) => {
  const found = {};
  for (const span of document.querySelectorAll(head)) {
    found[span.getAttribute('data-column-id')] ??= span.textContent.trim();
  }
  return Object.keys(found).length ? found : null;
}"""

_UPLOAD = """(popup) => {
  const found = document.querySelector(popup);
  if (!found || !found.querySelector('tr[data-index="0"] td[data-columnid]')) return null;
  return [...found.querySelectorAll('thead th[data-columnid]')].map(
    e => e.textContent.replace('(필수)', '').replace(/\\s+/g, ''));
}"""

#: Titles of the screens, in the words of the ERP where it has some.
TITLES = {Screen.SIGN_IN: "로그인", Screen.SHELL: "ERP", Screen.UPLOAD: "웹자료올리기"}


class Probe:
    """One walk. Every screen's marks are looked for once it is drawn, or where it fails to be."""

    def __init__(
        self,
        shell: Shell,
        *,
        gate: SaveGate,
        pulse: Pulse,
        picture: Callable[["Page", str], None],
        with_deposits: bool,
    ) -> None:
        self._shell = shell
        self._markers = shell.markers
        self._gate = gate
        self._pulse = pulse
        self._picture = picture
        self._with_deposits = with_deposits
        self._count = 0

    def walk(self, address: str, sign_in: Callable[[], None]) -> Iterator[Finding]:
        """Look at the sign-in page, sign in, and look at every screen. Raises ErpError when signing in fails."""
        yield from self._sign_in_page(address)
        sign_in()
        yield from self._look(Screen.SHELL, TITLES[Screen.SHELL])
        yield from self._payments()
        yield from self._report()
        yield from self._deposits()

    # --- the screens -----------------------------------------------------------------------------------------------

    def _sign_in_page(self, address: str) -> Iterator[Finding]:
        """Look at the form as a stranger sees it, without the stored session; nothing is typed."""
        self._pulse("opening the sign-in page", 2 * self._shell.list_s)
        browser = self._shell.page.context.browser
        assert browser is not None, "a launched browser owns its contexts"
        with failure_means(ErpUnavailable, f"opening the sign-in page {address}"):
            context = browser.new_context(locale="ko-KR", timezone_id="Asia/Seoul", service_workers="block")
            try:
                page = context.new_page()
                page.goto(address, wait_until="commit", timeout=self._shell.list_s * 1000)
                with suppress(ErpUnavailable):
                    poll(
                        page, lambda: self._count_on(page, self._markers.password) or None,
                        seconds=self._shell.list_s, doing="waiting for the form",
                    )  # fmt: skip
                yield from self._look(Screen.SIGN_IN, TITLES[Screen.SIGN_IN], page=page)
            finally:
                context.close()

    def _payments(self) -> Iterator[Finding]:
        title = self._markers.payment_list
        problem = self._opened(title)
        note = ""
        for name in ("tab_reflected", "tab_open"):
            if not problem:
                try:
                    sheet = self._grid(getattr(self._markers, name)).show()
                except SessionExpired:
                    raise
                except ErpError as error:
                    problem = str(error)
                else:
                    note = f"{len(sheet.rows)} rows on page 1 of {sheet.pages}"
        yield from self._look(Screen.PAYMENTS, title, problem=problem, notes={"tab_open": note})

    def _report(self) -> Iterator[Finding]:
        title, uploader, popup = self._markers.deposit_report, self._markers.uploader, self._markers.popup
        problem = self._opened(title)
        if not problem:
            problem = self._waited(lambda: self._shell.frame_with(uploader), f"waiting for {uploader}")
        yield from self._look(Screen.REPORT, title, problem=problem)
        labels: list[str] = []
        if not problem:
            self._pulse("opening the bulk upload", 2 * self._shell.list_s)

            def opened() -> Any:
                return self._shell.look(_UPLOAD, popup)

            for _ in range(2):  # a click may be swallowed
                with suppress(ErpError), failure_means(ErpUnavailable, "opening the bulk upload"):
                    frame = self._shell.frame_with(uploader)
                    if frame is not None and self._shell.frame_with(popup) is None:
                        frame.locator(uploader).click()
                    labels = self._shell.wait_for(opened, seconds=self._shell.step_s, doing="opening the bulk upload")
                if labels:
                    break
            else:
                problem = "the bulk upload did not open"
        # While it stands there, a key pressed by mistake could save. A list is read by requests that look like writing.
        with self._gate.closed():
            notes = {"upload_labels": labels}
            yield from self._look(Screen.UPLOAD, TITLES[Screen.UPLOAD], problem=problem, notes=notes)
        with suppress(ErpUnavailable):  # whatever stands in the way of the next screen is gone then
            self._shell.reopen()

    def _deposits(self) -> Iterator[Finding]:
        title = self._markers.deposit_list
        problem = self._opened(title)
        if not problem:
            try:
                Grid(
                    self._shell, title=title, columns=self._markers.deposit_columns, required=(), pulse=self._pulse
                ).show()
            except SessionExpired:
                raise
            except ErpError as error:
                problem = str(error)
        yield from self._look(Screen.DEPOSITS, title, problem=problem)

    # --- looking ---------------------------------------------------------------------------------------------------

    def _look(
        self,
        screen: Screen,
        title: str,
        *,
        page: "Page | None" = None,
        problem: str = "",
        notes: dict[str, Any] | None = None,
    ) -> Iterator[Finding]:
        """Yield what is there of every mark of a screen, and take its picture with what was found framed."""
        self._count += 1
        picture = f"{self._count}-{screen.name.lower().replace('_', '-')}"
        names = [name for name, mark in ABOUT.items() if mark.screen is screen and mark.need is not Need.NEVER_SEEN]
        if screen is Screen.PAYMENTS:
            names += [name for name, mark in ABOUT.items() if mark.screen is Screen.GRID]
            names = [name for name in names if ABOUT[name].need is not Need.NEVER_SEEN]
        with failure_means(ErpUnavailable, f"looking at {title}"):
            found = [self._finding(name, title, picture, page, notes or {}) for name in names]
            if page is None:
                with self._framed([one for one in found if one.verdict is Verdict.FOUND]):
                    self._picture(self._shell.page, picture)
            else:
                self._picture(page, picture)
        if problem:
            yield Finding(
                screen=title, name=title, value="", verdict=self._missing(screen), note=problem, picture=picture
            )
        yield from found

    def _finding(self, name: str, title: str, picture: str, page: "Page | None", notes: dict[str, Any]) -> Finding:
        mark, text = ABOUT[name], self._markers.text(name)
        is_there, note = self._is_there(name, page, notes)
        if is_there:
            verdict = Verdict.FOUND
        elif mark.need is Need.AT_TIMES:
            verdict = Verdict.NOT_NOW
        elif mark.need is Need.MAY_LACK:
            verdict = Verdict.LACKS
        else:
            verdict = self._missing(mark.screen)
        if name in self._markers.overridden:
            note = f"{note}; " * bool(note) + "by [markers] in local.ini"
        return Finding(
            screen=title, name=name, value=text, verdict=verdict, note=note, is_assumed=mark.assumed, picture=picture
        )

    def _missing(self, screen: Screen) -> Verdict:
        """Return what it means that a mark is missing: the deposit list is a thing of its own."""
        is_needed = screen is not Screen.DEPOSITS or self._with_deposits
        return Verdict.MISSING if is_needed else Verdict.LACKS

    def _is_there(self, name: str, page: "Page | None", notes: dict[str, Any]) -> tuple[bool, str]:
        """Say whether a mark is on the screen, and what else there is to say."""
        kind, value = ABOUT[name].kind, getattr(self._markers, name)
        if kind is Kind.ADDRESS:
            addresses = [frame.url for frame in (page or self._shell.page).frames]
            return any(value.search(one) for one in addresses), ""
        if kind is Kind.COLUMN:
            heads = self._shell.look(_HEADS, self._markers.head) or {}
            if value[0] not in heads:
                return False, f"there are: {', '.join(f'{column} {label}' for column, label in heads.items())}"
            same = "".join(heads[value[0]].split()) == "".join(value[1].split())
            return same, "" if same else f"its label is {heads[value[0]]!r}"
        if kind is Kind.LABELS:
            seen = list(notes.get(name) or [])
            same = seen == ["".join(label.split()) for label in value]
            return same, "" if same else f"there are: {', '.join(seen) or 'none'}"
        if kind in (Kind.WORDS, Kind.COUNTS):
            return self._says(value, page, is_title=value in self._markers.pages), ""
        if kind is Kind.NUMBERED:
            value = value.format(2)
        count = self._count_on(page, value)
        if count < 0:
            return False, "is no selector"
        if count > 1 and kind is Kind.ONE:
            return False, f"matches {count} elements, it must match one"
        return count > 0, str(notes.get(name) or "")

    def _says(self, words: Any, page: "Page | None", *, is_title: bool) -> bool:
        if page is not None:
            return False
        if is_title:
            return self._shell.is_at(str(words))
        script = "words => document.body && document.body.innerText.includes(words) || null"
        return isinstance(words, str) and bool(self._shell.look(script, words))

    def _count_on(self, page: "Page | None", selector: str) -> int:
        if page is None:
            counts = [self._shell.ask(frame, _COUNT, selector) or 0 for frame in self._shell.frames()]
        else:
            frames = [frame for frame in page.frames if frame.url and not frame.url.startswith("about:")]
            counts = [self._shell.ask(frame, _COUNT, selector) or 0 for frame in frames]
        return -1 if -1 in counts else sum(counts)

    @contextmanager
    def _framed(self, found: list[Finding]) -> Iterator[None]:
        selectors = [one.value for one in found if ABOUT[one.name].kind is Kind.ONE]
        for frame in self._shell.frames():
            self._shell.ask(frame, _FRAME, [selectors, True])
        yield
        for frame in self._shell.frames():
            self._shell.ask(frame, _FRAME, [selectors, False])

    # --- steps -----------------------------------------------------------------------------------------------------

    def _opened(self, title: str) -> str:
        """Open a page; return why that failed, or an empty text."""
        self._pulse(f"looking at {title}", 2 * self._shell.list_s)
        try:
            self._shell.open(title)
        except SessionExpired:
            raise
        except ErpError as error:
            return str(error)
        return ""

    def _waited(self, question: Callable[[], Any], doing: str) -> str:
        try:
            self._shell.wait_for(question, seconds=self._shell.list_s, doing=doing)
        except SessionExpired:
            raise
        except ErpError as error:
            return str(error)
        return ""

    def _grid(self, tab: str) -> Grid:
        return Grid(
            self._shell,
            title=self._markers.payment_list,
            columns=self._markers.payment_columns,
            required=(),
            pulse=self._pulse,
            tab=tab,
        )
