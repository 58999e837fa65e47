"""Walks every screen of Ecount without entering anything, and says which marks are there."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from worker.browser.launch import failure_means
from worker.browser.save_gate import SaveGate
from worker.erp import ProgressReporter
from worker.erp.ecount import popup
from worker.erp.ecount.deposit_sheet import sheet_marks
from worker.erp.ecount.grid import Grid
from worker.erp.ecount.markers import ABOUT, MarkerKind, Need, Screen
from worker.erp.ecount.scripts import script
from worker.erp.ecount.shell import Shell
from worker.erp.ecount.sign_in import strangers_page
from worker.erp.ecount.table import compact, how
from worker.erp.findings import DEPOSIT_COLUMN, Finding, FindingVerdict
from worker.errors import ErpError, ErpUnavailable, SessionExpired
from worker.i18n import message, said_by

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

#: The text of the dialogs that stand there.
_DIALOG = script(
    "table",
    call="[...document.querySelectorAll(m.dialog)].filter(isShown).map(one => one.innerText).join('\\n') || null",
)

#: What a look at a screen has found of a mark: True, False, or None where it need not be there now; and by what.
Judged = Mapping[str, tuple[bool | None, str]]

#: A button that some accounts have on the payment list: what it does to 미반영 is for the account's owner to say.
REPORT_BUTTON = "입금보고서작성"

#: Titles of the screens, in the words of the ERP where it has some.
TITLES = {Screen.SIGN_IN: "로그인", Screen.SHELL: "ERP", Screen.UPLOAD: "웹자료올리기"}


class Probe:
    """One walk. Every screen's marks are looked for once it is drawn, or where it fails to be."""

    def __init__(
        self,
        shell: Shell,
        *,
        gate: SaveGate,
        pulse: ProgressReporter,
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

    def replay(self, name: str) -> Iterator[Finding]:
        """Say what the readers find on a kept page that stands there; nothing is clicked."""
        markers = self._markers
        seen = False
        for title, judged in (
            (markers.payment_list, self._judge_list()),
            (markers.deposit_list, self._judge_deposits()),
        ):
            if judged:
                seen = True
                yield from self._judged(name, title, judged)
        found = popup.how_popup(self._shell)
        if found:
            seen = True
            yield from self._judged(name, TITLES[Screen.UPLOAD], self._judge_popup(found))
        by = _by(popup.how_button(self._shell, markers.uploader, markers.uploader_label))
        if by[0]:
            seen = True
            yield from self._judged(name, markers.deposit_report, {"uploader": by})
        text = self._shell.look(_DIALOG, sheet_marks(markers))
        if text and (counted := markers.result.search(text)):
            seen = True
            note = " ".join(counted[0].split())
            yield Finding(screen=name, name="result", value="", verdict=FindingVerdict.FOUND, note=note)
        if not seen:
            note = message("no screen that daybreak reads")
            yield Finding(screen=name, name="-", value="", verdict=FindingVerdict.NOT_NOW, note=note)

    def _judged(self, page: str, title: str, judged: Judged) -> Iterator[Finding]:
        for name, (is_there, note) in judged.items():
            verdict = FindingVerdict.FOUND if is_there else FindingVerdict.NOT_NOW
            if is_there is False:
                need = ABOUT[name].need if name in ABOUT else Need.ALWAYS
                verdict = FindingVerdict.MISSING if need in (Need.ALWAYS, Need.AT_TIMES) else FindingVerdict.LACKS
            value = self._markers.text(name) if name in ABOUT else ""
            yield Finding(screen=f"{page}: {title}", name=name, value=value, verdict=verdict, note=note)

    def _judge_deposits(self) -> dict[str, tuple[bool | None, str]]:
        """Say of the deposit list's columns whether they are there, and by what."""
        grid = Grid(
            self._shell, title=self._markers.deposit_list, columns=self._markers.deposit_columns, required=(),
            pulse=self._pulse,
        )  # fmt: skip
        seen = grid.inspect()
        if seen is None:
            return {}
        return {
            f"{DEPOSIT_COLUMN}{field}": how(seen.heads, column, label, is_assumed=True)
            for field, (column, label) in self._markers.deposit_columns.items()
        }

    # --- the screens -----------------------------------------------------------------------------------------------

    def _sign_in_page(self, address: str) -> Iterator[Finding]:
        """Look at the form as a stranger sees it, without the stored session; nothing is typed."""
        self._pulse(message("opening the sign-in page"), 2 * self._shell.list_s)
        with strangers_page(self._shell, address) as page:
            yield from self._look(Screen.SIGN_IN, TITLES[Screen.SIGN_IN], page=page)

    def _payments(self) -> Iterator[Finding]:
        title = self._markers.payment_list
        problem = self._opened(title)
        judged: dict[str, tuple[bool | None, str]] = {}
        for name in ("tab_reflected", "tab_open"):
            if not problem:
                try:
                    self._grid(getattr(self._markers, name)).show()
                except SessionExpired:
                    raise
                except ErpError as error:
                    problem = said_by(error)
        if not problem:
            judged = self._judge_list()
        yield from self._look(Screen.PAYMENTS, title, problem=problem, judged=judged)
        if popup.how_button(self._shell, "", REPORT_BUTTON):
            note = message(
                "this account's list has a button of its own for it; whether rows posted by it leave 미반영 is a "
                "question for the account's owner (docs/ecount-screens.md). Nothing is built on it"
            )
            yield Finding(screen=title, name=REPORT_BUTTON, value="", verdict=FindingVerdict.LACKS, note=note)

    def _judge_list(self) -> dict[str, tuple[bool | None, str]]:
        """Say of the columns, rows, pager and tabs of the payment list whether they are there, and by what."""
        judged: dict[str, tuple[bool | None, str]] = {}
        grid = self._grid(self._markers.tab_open)
        seen = grid.inspect()
        if seen is None:
            return judged
        for field, (column, label) in self._markers.payment_columns.items():
            is_assumed = field in self._markers.assumed_fields
            judged[f"column_{field}"] = how(seen.heads, column, label, is_assumed=is_assumed)
        rows = message("{count} rows on page {page} of {pages}", count=seen.rows, page=seen.page, pages=seen.pages)
        judged["row"] = (
            not seen.odd and (seen.rows > 0 or seen.is_empty),
            message("the list says that it is empty") if seen.is_empty else rows,
        )
        # A full page without a pager leaves open whether the list ends there: then one must be seen.
        is_full = seen.rows >= self._markers.page_rows
        judged["pager"] = (True if seen.has_pager else False if is_full else None, rows if seen.has_pager else "")
        for name, tab in (("tab_open", grid), ("tab_reflected", self._grid(self._markers.tab_reflected))):
            judged[name] = judged[f"{name}_label"] = _by(tab.how_tab())
        for name in ("tab_all", "tab_forced"):
            found = self._grid(getattr(self._markers, name)).how_tab()
            judged[name] = judged[f"{name}_label"] = _by(found)
        return judged

    def _report(self) -> Iterator[Finding]:
        title, markers = self._markers.deposit_report, self._markers
        problem = self._opened(title)

        def button() -> Any:
            return popup.how_button(self._shell, markers.uploader, markers.uploader_label)

        if not problem:
            problem = self._waited(button, message("waiting for {label}", label=markers.uploader_label))
        by = _by(button())
        yield from self._look(Screen.REPORT, title, problem=problem, judged={"uploader": by, "uploader_label": by})
        found: Any = None
        if not problem:
            self._pulse(message("opening the bulk upload"), 2 * self._shell.list_s)
            found = popup.opened(self._shell)
            if not found:
                problem = message("the bulk upload did not open")
        # While it stands there, a key pressed by mistake could save. A list is read by requests that look like writing.
        with self._gate.closed():
            yield from self._look(
                Screen.UPLOAD, TITLES[Screen.UPLOAD], problem=problem, judged=self._judge_popup(found)
            )
        with suppress(ErpUnavailable):  # whatever stands in the way of the next screen is gone then
            self._shell.reopen()

    def _judge_popup(self, found: Any) -> dict[str, tuple[bool | None, str]]:
        if not found:
            return {"upload_labels": (False, message("there are: {there}", there="-"))}
        wanted = [compact(label) for label in self._markers.upload_labels]
        is_same = found["heads"] == wanted
        editor = message("the editor of its first cell is open") if found["editor"] else message("no editor is open")
        is_marked = found["id"]
        return {
            "upload_labels": (
                is_same,
                editor if is_same else message("there are: {there}", there=", ".join(found["heads"])),
            ),
            "popup": (is_marked, message("by its id") if is_marked else ""),
            "popup_title": (True, message("by its text") if not is_marked else ""),
            "popup_words": (True, message("by its text") if not is_marked else ""),
        }

    def _deposits(self) -> Iterator[Finding]:
        title = self._markers.deposit_list
        problem = self._opened(title)
        judged: dict[str, tuple[bool | None, str]] = {}
        if not problem:
            grid = Grid(self._shell, title=title, columns=self._markers.deposit_columns, required=(), pulse=self._pulse)
            try:
                grid.show()
                seen = grid.inspect()
                for field, (column, label) in self._markers.deposit_columns.items():
                    if seen is not None:
                        judged[f"{DEPOSIT_COLUMN}{field}"] = how(seen.heads, column, label, is_assumed=True)
            except SessionExpired:
                raise
            except ErpError as error:
                problem = said_by(error)
        yield from self._look(Screen.DEPOSITS, title, problem=problem, judged=judged)

    # --- looking ---------------------------------------------------------------------------------------------------

    def _look(
        self,
        screen: Screen,
        title: str,
        *,
        page: "Page | None" = None,
        problem: str = "",
        judged: Judged | None = None,
    ) -> Iterator[Finding]:
        """Yield what is there of every mark of a screen, and take its picture with what was found framed."""
        self._count += 1
        picture = f"{self._count}-{screen.name.lower().replace('_', '-')}"
        names = [name for name, mark in ABOUT.items() if mark.screen is screen and mark.need is not Need.NEVER_SEEN]
        if screen is Screen.PAYMENTS:
            names += [name for name, mark in ABOUT.items() if mark.screen is Screen.GRID]
            names = [name for name in names if ABOUT[name].need is not Need.NEVER_SEEN]
            names = ["row", *names] if judged else names
        with failure_means(ErpUnavailable, message("looking at {title}", title=title)):
            found = [self._finding(name, title, picture, page, judged or {}) for name in names]
            if page is None:
                with self._framed([one for one in found if one.verdict is FindingVerdict.FOUND]):
                    self._picture(self._shell.page, picture)
            else:
                self._picture(page, picture)
        if problem:
            yield Finding(
                screen=title, name=title, value="", verdict=self._missing(screen), note=problem, picture=picture
            )
        yield from found

    def _finding(self, name: str, title: str, picture: str, page: "Page | None", judged: Judged) -> Finding:
        if name not in ABOUT:  # a thing that no mark is needed for
            is_seen, note = judged[name]
            verdict = FindingVerdict.FOUND if is_seen else FindingVerdict.MISSING
            return Finding(screen=title, name=name, value="", verdict=verdict, note=note, picture=picture)
        mark, text = ABOUT[name], self._markers.text(name)
        is_there, note = judged[name] if name in judged else self._is_there(name, page)
        if is_there:
            verdict = FindingVerdict.FOUND
        elif is_there is False and name in judged and mark.need is Need.AT_TIMES:
            verdict = self._missing(mark.screen)
        elif mark.need is Need.AT_TIMES:
            verdict = FindingVerdict.NOT_NOW
        elif mark.need is Need.MAY_LACK:
            verdict = FindingVerdict.LACKS
        else:
            verdict = self._missing(mark.screen)
        if name in self._markers.overridden:
            by = message("by [markers] in local.ini")
            note = message("{note}; {by}", note=note, by=by) if note else by
        return Finding(
            screen=title, name=name, value=text, verdict=verdict, note=note, is_assumed=mark.assumed, picture=picture
        )

    def _missing(self, screen: Screen) -> FindingVerdict:
        """Return what it means that a mark is missing: the deposit list is a thing of its own."""
        is_needed = screen is not Screen.DEPOSITS or self._with_deposits
        return FindingVerdict.MISSING if is_needed else FindingVerdict.LACKS

    def _is_there(self, name: str, page: "Page | None") -> tuple[bool, str]:
        """Say whether a mark is on the screen, and what else there is to say."""
        kind, value = ABOUT[name].kind, getattr(self._markers, name)
        if kind is MarkerKind.ADDRESS:
            addresses = [frame.url for frame in (page or self._shell.page).frames]
            return any(value.search(one) for one in addresses), ""
        if kind in (MarkerKind.COLUMN, MarkerKind.LABELS):
            return False, ""  # its screen was not reached
        if kind in (MarkerKind.WORDS, MarkerKind.COUNTS):
            return self._says(value, page, is_title=value in self._markers.pages), ""
        count = self._count_on(page, value)
        if count < 0:
            return False, message("is no selector")
        if count > 1 and kind is MarkerKind.ONE:
            return False, message("matches {count} elements, it must match one", count=count)
        return count > 0, ""

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
        selectors = [one.value for one in found if one.name in ABOUT and ABOUT[one.name].kind is MarkerKind.ONE]
        for frame in self._shell.frames():
            self._shell.ask(frame, _FRAME, [selectors, True])
        yield
        for frame in self._shell.frames():
            self._shell.ask(frame, _FRAME, [selectors, False])

    # --- steps -----------------------------------------------------------------------------------------------------

    def _opened(self, title: str) -> str:
        """Open a page; return why that failed, or an empty text."""
        self._pulse(message("looking at {title}", title=title), 2 * self._shell.list_s)
        try:
            self._shell.open(title)
        except SessionExpired:
            raise
        except ErpError as error:
            return said_by(error)
        return ""

    def _waited(self, question: Callable[[], Any], doing: str) -> str:
        try:
            self._shell.wait_for(question, seconds=self._shell.list_s, doing=doing)
        except SessionExpired:
            raise
        except ErpError as error:
            return said_by(error)
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


def _by(found: Any) -> tuple[bool | None, str]:
    """Say by what an element is found; `found` is {text, id}, or None where it is not."""
    if not found:
        return False, ""
    if found["text"] and found["id"]:
        return True, message("by its text and id")
    return True, message("by its text") if found["text"] else message("by its id")
