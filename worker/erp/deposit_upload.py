"""입금보고서 and its bulk upload: opens the popup, pastes a batch, reads it all back, saves, reads the answer."""

import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from worker.browser import failure_means
from worker.erp import Answer, NotSent, markers
from worker.erp.shell import Pulse, Shell
from worker.errors import DepositInDoubt, ErpChanged, ErpError, ErpUnavailable, PasteLost, SaveBlocked, SessionExpired
from worker.payments import Deposit, paste_text
from worker.save_gate import Ask, Outcome, SaveGate

if TYPE_CHECKING:
    from playwright.sync_api import Dialog, Frame, Locator

log = logging.getLogger(__name__)

#: How often a paste is tried before the batch is given up.
TRIES = 3

#: Letters of the twelve columns.
COLUMNS = "ABCDEFGHIJKL"

#: Seconds within which the page must ask for the save after F8.
ASKED_WITHIN = 15.0

_GRID = """(m) => {
  const popup = document.querySelector(m.popup);
  if (!popup) return null;
  const label = e => e.textContent.replace('(필수)', '').replace(/\\s+/g, '');
  const heads = [...popup.querySelectorAll('thead th[data-columnid]')].map(label);
  const text = td => (td.querySelector('input')?.value ?? td.textContent).trim();
  const rows = [];
  for (const tr of popup.querySelectorAll('tr[data-index]')) {
    const cells = m.columns.map(id => tr.querySelector(`td[data-columnid="${id}"]`));
    rows.push(cells.map(td => td ? text(td) : ''));
  }
  while (rows.length && rows[rows.length - 1].every(cell => !cell)) rows.pop();
  return {heads, rows, ready: popup.querySelector('tr[data-index="0"] td[data-columnid]') !== null};
}"""

_FOCUS = """(m) => {
  const popup = document.querySelector(m.popup);
  return !!popup && popup.contains(document.activeElement) && !!document.activeElement.closest('tr[data-index="0"]');
}"""

_TAG = "(m) => { for (const d of document.querySelectorAll(m.dialog)) d.dataset.seenBefore = '1'; return true; }"

_NEW_DIALOG = """(m) => {
  const shown = e => e.getClientRects().length > 0;
  const found = [...document.querySelectorAll(m.dialog)]
    .filter(d => !d.dataset.seenBefore && !d.querySelector(m.popup) && shown(d));
  if (!found.length) return null;
  const dialog = found[found.length - 1];
  dialog.dataset.answer = '1';
  const rows = [...dialog.querySelectorAll('table tbody tr, table tr')].map(
    tr => [...tr.querySelectorAll('td')].map(td => td.textContent.trim())).filter(cells => cells.length > 1);
  return {text: dialog.innerText, rows};
}"""


class DepositUpload:
    """One page, one batch after the other."""

    def __init__(self, shell: Shell, *, gate: SaveGate, pulse: Pulse, result_s: float) -> None:
        self._shell = shell
        self._page = shell.page
        self._gate = gate
        self._pulse = pulse
        self._result_s = result_s
        self._marks = {"popup": markers.POPUP, "dialog": markers.DIALOG, "columns": list(COLUMNS)}
        #: Texts of native dialogs since the save was asked for.
        self._alerts: list[str] = []
        self._page.on("dialog", self._on_alert)

    def upload(
        self, deposits: Sequence[Deposit], *, arm: Callable[[], None], release: Callable[[str], None]
    ) -> Answer | NotSent:
        """Enter one batch and save it. See worker.erp.Erp.upload for what the errors mean."""
        frame = self._fill(deposits)
        self._alerts.clear()
        self._pulse(f"saving {len(deposits)} deposits", ASKED_WITHIN + self._result_s)
        arm()
        ask = self._gate.ask(deposits, release)
        try:
            answer = self._save(frame, ask, deposits)
        finally:
            self._gate.done()
        with suppress(ErpError):  # the answer stands, whatever becomes of the dialog
            self._clear()
        return answer

    # --- before the save -------------------------------------------------------------------------------------------

    def _fill(self, deposits: Sequence[Deposit]) -> "Frame":
        """Paste until the grid holds exactly the batch; return its frame."""
        wanted = [list(one.cells()) for one in deposits]
        problem = ""
        for attempt in range(1, TRIES + 1):
            self._pulse(f"pasting {len(deposits)} rows, try {attempt}", 3 * self._shell.step_s + self._shell.list_s)
            try:
                frame = self._open_popup()
                problem = self._paste(frame, deposits, wanted)
            except SessionExpired:
                raise
            except ErpUnavailable as error:
                problem = str(error)
            if not problem:
                return frame
            log.warning("pasting %s rows, try %s: %s", len(deposits), attempt, problem)
            self._leave()
        raise PasteLost(f"pasting {len(deposits)} rows: {problem}; tried {TRIES} times. Nothing was saved")

    def _open_popup(self) -> "Frame":
        self._clear()
        self._shell.open(markers.DEPOSIT_REPORT)
        doing = "opening the bulk upload"
        button = self._shell.wait_for(
            lambda: self._shell.frame_with(markers.UPLOADER), seconds=self._shell.list_s, doing=doing
        )
        for _ in range(2):
            with failure_means(ErpUnavailable, doing):
                button.locator(markers.UPLOADER).click()
            try:
                self._shell.wait_for(lambda: self._shell.frame_with(markers.POPUP), seconds=3, doing=doing)
                break
            except SessionExpired:
                raise
            except ErpUnavailable:
                continue  # the click was swallowed; once more

        def ready() -> Any:
            frame = self._shell.frame_with(markers.POPUP)
            seen = None if frame is None else self._shell.ask(frame, _GRID, self._marks)
            return (frame, seen) if seen and seen["ready"] and seen["heads"] else None

        frame, seen = self._shell.wait_for(ready, seconds=self._shell.step_s, doing=doing)
        labels = ["".join(label.split()) for label in markers.UPLOAD_LABELS]
        if seen["heads"] != labels:
            raise ErpChanged(
                f"{doing}: the columns are {', '.join(seen['heads'])}, expected {', '.join(labels)}. "
                "The template of the upload has changed; nothing was pasted"
            )
        found: Frame = frame
        return found

    def _paste(self, frame: "Frame", deposits: Sequence[Deposit], wanted: list[list[str]]) -> str:
        """Paste once; return what is wrong with the grid then, or an empty text."""
        doing = f"pasting {len(deposits)} rows"
        cell = frame.locator(f'{markers.POPUP} tr[data-index="0"] td[data-columnid="A"]')
        with failure_means(ErpUnavailable, doing):
            self._page.evaluate("text => navigator.clipboard.writeText(text)", paste_text(deposits))
            cell.click(timeout=5_000)
            if not frame.evaluate(_FOCUS, self._marks):
                return "the first cell did not keep the focus"
            self._page.keyboard.press("Control+V")
        try:
            self._shell.wait_for(lambda: self._difference(frame, wanted) == "" or None, seconds=5, doing=doing)
        except SessionExpired:
            raise
        except ErpUnavailable:
            with failure_means(ErpUnavailable, doing):
                return self._difference(frame, wanted) or ""
        return ""

    def _difference(self, frame: "Frame", wanted: list[list[str]]) -> str:
        """Say how the whole grid differs from the batch, cell by cell, or return an empty text."""
        seen = self._shell.ask(frame, _GRID, self._marks)
        if seen is None:
            return "the upload grid is gone"
        rows: list[list[str]] = seen["rows"]
        if len(rows) != len(wanted):
            return f"the grid holds {len(rows)} filled rows, pasted were {len(wanted)}"
        for number, (found, meant) in enumerate(zip(rows, wanted, strict=True), 1):
            for letter, one, other in zip(COLUMNS, found, meant, strict=True):
                if one.replace(",", "") != other.strip().replace(",", ""):
                    return f"row {number} column {letter} holds {one!r}, pasted was {other!r}"
        return ""

    def _clear(self) -> None:
        """Get rid of the last batch's dialogs."""
        with failure_means(ErpUnavailable, "closing the last answer"):
            for _ in range(2):
                frame = self._shell.frame_with(f"{markers.DIALOG}[data-answer]")
                if frame is None:
                    break
                answer = frame.locator(f"{markers.DIALOG}[data-answer]")
                answer.get_by_role("button", name=markers.CLOSE, exact=True).click()
            if self._shell.frame_with(markers.DIALOG) is not None:
                self._leave()

    def _leave(self) -> None:
        """Close the popup, whatever it asks; the next try opens a fresh one."""
        with failure_means(ErpUnavailable, "closing the bulk upload"):
            self._page.reload(wait_until="commit")
        self._shell.wait_for(
            lambda: self._shell.frame_with(markers.MENU_LINK), seconds=self._shell.list_s, doing="reloading the shell"
        )

    # --- the save and after ------------------------------------------------------------------------------------------

    def _save(self, frame: "Frame", ask: Ask, deposits: Sequence[Deposit]) -> Answer | NotSent:
        doing = f"waiting for the answer to {len(deposits)} deposits"
        try:
            with failure_means(ErpUnavailable, "pressing F8"):
                frame.evaluate(_TAG, self._marks)
                self._focused(frame).press(markers.SAVE_KEY)
            self._shell.wait_for(
                lambda: ask.outcome is not Outcome.NOT_ASKED or None, seconds=ASKED_WITHIN, doing=doing
            )
        except ErpError as error:
            return self._never_asked(ask, error)
        if ask.outcome is Outcome.KEPT_BACK:
            if ask.error is not None:
                raise ask.error
            raise SaveBlocked(ask.why)
        if ask.outcome is Outcome.TEST_MODE:
            return NotSent(why=ask.why)
        try:
            return self._answer(frame, ask, deposits)
        except DepositInDoubt:
            raise
        except Exception as error:
            raise DepositInDoubt(f"{doing}: {error}") from error

    def _never_asked(self, ask: Ask, error: ErpError) -> NotSent:
        """Tell a save that was never asked for from one that went out while the page failed."""
        if ask.outcome in (Outcome.IN_DOUBT, Outcome.ANSWERED):
            raise DepositInDoubt(f"saving: {ask.why}; then {error}") from error
        strays = f"; other requests that were stopped: {', '.join(ask.strays)}" if ask.strays else ""
        if isinstance(error, SessionExpired):
            raise error
        if ask.error is not None:
            raise SaveBlocked(f"saving: {ask.error}") from ask.error
        raise SaveBlocked(f"saving: the page asked for no save within {ASKED_WITHIN:g} s of F8{strays}") from error

    def _focused(self, frame: "Frame") -> "Locator":
        return (
            frame.locator(f'{markers.POPUP} tr[data-index="0"] td[data-columnid="A"] input')
            .or_(frame.locator(markers.POPUP))
            .first
        )  # whichever there is: F8 only has to reach the popup

    def _answer(self, frame: "Frame", ask: Ask, deposits: Sequence[Deposit]) -> Answer:
        """Return the counts of the first new dialog that has them; anything else is doubt."""
        others: list[str] = []

        def counted() -> Answer | None:
            if ask.outcome is Outcome.IN_DOUBT and not ask.why.endswith("no answer came"):
                raise DepositInDoubt(ask.why)
            for text in self._alerts:
                if found := markers.RESULT.search(text):
                    return _answer_of(found.group(1), found.group(2), text, [])
            seen = self._shell.ask(frame, _NEW_DIALOG, self._marks)
            if seen is None:
                return None
            found = markers.RESULT.search(seen["text"])
            if found is None:
                others.append(" ".join(seen["text"].split())[:200])
                frame.evaluate(_TAG, self._marks)
                return None
            return _answer_of(found.group(1), found.group(2), seen["text"], seen["rows"])

        try:
            answer = self._shell.wait_for(
                counted, seconds=self._result_s, doing=f"waiting for the answer to {len(deposits)} deposits"
            )
        except ErpError as error:
            said = f"; it said: {'; '.join(others)}" if others else ""
            raise DepositInDoubt(f"{error} ({ask.why}{said})") from error
        result: Answer = answer
        return result

    def _on_alert(self, dialog: "Dialog") -> None:
        """Answer a native dialog: an alert can only be accepted; every question is answered No."""
        self._alerts.append(dialog.message)
        log.info("the page showed a native %s: %s", dialog.type, dialog.message)
        if dialog.type in ("alert", "beforeunload"):
            dialog.accept()
            return
        dialog.dismiss()


def _answer_of(success: str, failure: str, text: str, rows: list[list[str]]) -> Answer:
    """Read the counts and, where the dialog lists refused rows, their numbers (from 1) and reasons."""
    reasons = {}
    for number, *words in rows:
        digits = "".join(one for one in number if one.isdigit())
        if digits:
            reasons[int(digits) - 1] = " ".join(words)
    return Answer(
        success=int(success.replace(",", "")),
        failure=int(failure.replace(",", "")),
        reasons=reasons,
        text=" ".join(text.split()),
    )
