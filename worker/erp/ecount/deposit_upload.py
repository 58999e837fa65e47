"""입금보고서 and its bulk upload: opens the popup, pastes a batch, reads it all back, saves, reads the answer."""

import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from worker.browser import failure_means
from worker.erp import Answer, NotSent, Pulse
from worker.erp.ecount.shell import Shell
from worker.errors import (
    DepositInDoubt,
    ErpChanged,
    ErpError,
    ErpUnavailable,
    PasteLost,
    SaveBlocked,
    SessionExpired,
    StopRequested,
)
from worker.payments import Deposit, paste_text
from worker.save_gate import Ask, Outcome, SaveGate

if TYPE_CHECKING:
    from playwright.sync_api import Dialog, Frame

log = logging.getLogger(__name__)

#: How often a paste is tried before the batch is given up.
TRIES = 3

#: Letters of the twelve columns.
COLUMNS = "ABCDEFGHIJKL"

#: Seconds after which a click that opened no popup is repeated.
CLICK_AGAIN_AFTER = 3.0

#: Seconds within which a paste must show in the grid, and a click must get through to it; at most an ordinary step's.
SHOWN_WITHIN = 5.0

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
  return {
    heads, rows,
    ready: popup.querySelector('tr[data-index="0"] td[data-columnid]') !== null,
    popups: document.querySelectorAll(m.popup).length,
  };
}"""

_FOCUS = """(m) => {
  const popup = document.querySelector(m.popup);
  return !!popup && popup.contains(document.activeElement) && !!document.activeElement.closest('tr[data-index="0"]');
}"""

_TAG = "(m) => { for (const dialog of document.querySelectorAll(m.dialog)) dialog.dataset.seenBefore = '1'; }"

_NEW_DIALOG = """(m) => {
  const shown = e => e.getClientRects().length > 0;
  const dialogs = [...document.querySelectorAll(m.dialog)];
  for (const dialog of dialogs) delete dialog.dataset.answer;
  const found = dialogs.filter(d => !d.dataset.seenBefore && !d.querySelector(m.popup) && shown(d));
  if (!found.length) return null;
  const dialog = found[found.length - 1];
  dialog.dataset.answer = dialog.dataset.seenBefore = '1';
  const rows = [...dialog.querySelectorAll('table tbody tr, table tr')].map(
    tr => [...tr.querySelectorAll('td')].map(td => td.textContent.trim())).filter(cells => cells.length > 1);
  return {text: dialog.innerText, rows};
}"""


class DepositUpload:
    """One page, one batch after the other."""

    def __init__(
        self, shell: Shell, *, gate: SaveGate, pulse: Pulse, snapshot: Callable[[str], None], result_s: float
    ) -> None:
        self._shell = shell
        self._page = shell.page
        self._gate = gate
        self._pulse = pulse
        self._snapshot = snapshot
        self._result_s = result_s
        self._shown_within = min(SHOWN_WITHIN, shell.step_s)
        self._markers = shell.markers
        self._first_cell = f'{shell.markers.popup} tr[data-index="0"] td[data-columnid="A"]'
        #: The dialog that was looked at last: neither older than the save nor the popup.
        self._answer_dialog = f"{shell.markers.dialog}[data-answer]"
        self._marks = {"popup": self._markers.popup, "dialog": self._markers.dialog, "columns": list(COLUMNS)}
        #: Uploads so far, for the names of their pictures.
        self._count = 0
        #: Texts of native dialogs since the save was asked for.
        self._alerts: list[str] = []
        self._page.on("dialog", self._on_alert)

    def upload(
        self, deposits: Sequence[Deposit], *, arm: Callable[[], None], release: Callable[[str], None]
    ) -> Answer | NotSent:
        """Enter one batch and save it. See worker.erp.Erp.upload for what the errors mean."""
        frame = self._fill(deposits)
        self._alerts.clear()
        self._count += 1
        doing = f"saving {len(deposits)} deposits"
        self._pulse(doing, 3 * self._shown_within + self._shell.step_s + self._result_s)
        arm()
        ask = self._gate.ask(deposits, release)
        try:
            return self._save(frame, ask, deposits)
        finally:
            self._gate.done()
            # The answer stands, whatever becomes of the screen and whoever wants us to stop.
            with suppress(ErpError, StopRequested):
                self._pulse(f"{doing}: closing the answer", SHOWN_WITHIN + self._shell.step_s + self._shell.list_s)
                self._snapshot(f"upload-{self._count}")
                self._clear()

    # --- before the save -------------------------------------------------------------------------------------------

    def _fill(self, deposits: Sequence[Deposit]) -> "Frame":
        """Paste until the grid holds exactly the batch; return its frame."""
        wanted = [list(one.cells()) for one in deposits]
        problem = ""
        self._gate.watch(deposits)
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
            if attempt < TRIES:  # after the last one, what stands there is evidence
                self._shell.reopen()
        raise PasteLost(f"pasting {len(deposits)} rows: {problem}; tried {TRIES} times. Nothing was saved")

    def _open_popup(self) -> "Frame":
        self._clear()
        if not self._shell.is_at(self._markers.deposit_report):
            self._shell.open(self._markers.deposit_report)
        doing = "opening the bulk upload"
        button = self._shell.wait_for(
            lambda: self._shell.frame_with(self._markers.uploader), seconds=self._shell.list_s, doing=doing
        )
        for _ in range(2):
            with failure_means(ErpUnavailable, doing):
                button.locator(self._markers.uploader).click()
            try:
                self._shell.wait_for(
                    lambda: self._shell.frame_with(self._markers.popup), seconds=CLICK_AGAIN_AFTER, doing=doing
                )
                break
            except SessionExpired:
                raise
            except ErpUnavailable:
                continue  # the click was swallowed; once more

        def ready() -> Any:
            frame = self._shell.frame_with(self._markers.popup)
            seen = None if frame is None else self._shell.ask(frame, _GRID, self._marks)
            return (frame, seen) if seen and seen["ready"] and seen["heads"] else None

        frame, seen = self._shell.wait_for(ready, seconds=self._shell.step_s, doing=doing)
        self._shell.demand_one()
        if seen["popups"] != 1:
            raise ErpUnavailable(f"{doing}: there are {seen['popups']} of them")
        labels = ["".join(label.split()) for label in self._markers.upload_labels]
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
        with failure_means(ErpUnavailable, doing):
            self._page.evaluate("text => navigator.clipboard.writeText(text)", paste_text(deposits))
            frame.locator(self._first_cell).click(timeout=self._shown_within * 1000)
            if not frame.evaluate(_FOCUS, self._marks):
                return "the first cell did not keep the focus"
            self._page.keyboard.press("Control+V")
        try:
            self._shell.wait_for(
                lambda: self._difference(frame, wanted) == "" or None, seconds=self._shown_within, doing=doing
            )
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
        """Get rid of the last batch's popup and dialogs, whatever they ask; nothing but the page may be left."""
        with failure_means(ErpUnavailable, "closing the last answer"):
            frame = self._shell.frame_with(self._answer_dialog)
            if frame is not None:
                frame.locator(self._answer_dialog).get_by_role("button", name=self._markers.close, exact=True).click()
            if self._shell.frame_with(self._markers.dialog) is not None:
                self._shell.reopen()

    # --- the save and after ------------------------------------------------------------------------------------------

    def _save(self, frame: "Frame", ask: Ask, deposits: Sequence[Deposit]) -> Answer | NotSent:
        doing = f"waiting for the answer to {len(deposits)} deposits"
        try:
            with failure_means(ErpUnavailable, "pressing F8"):
                frame.evaluate(_TAG, self._marks)
                # F8 goes to whatever has the focus: that must be in the popup.
                frame.locator(self._first_cell).click(timeout=self._shown_within * 1000)
                frame.locator(f"{self._markers.popup} :focus").press(
                    self._markers.save_key, timeout=self._shown_within * 1000
                )
            self._shell.wait_for(
                lambda: ask.is_known or None,
                seconds=self._shell.step_s,
                doing=doing,
            )
        except ErpError as error:
            return self._never_asked(ask, error)
        if ask.outcome is Outcome.NOT_ASKED and ask.error is not None:
            raise SaveBlocked(f"saving: {ask.error}") from ask.error
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
        if ask.outcome is Outcome.KEPT_BACK:
            raise SaveBlocked(ask.why) from error
        raise SaveBlocked(
            f"saving: the page asked for no save within {self._shell.step_s:g} s of F8{strays}"
        ) from error

    def _answer(self, frame: "Frame", ask: Ask, deposits: Sequence[Deposit]) -> Answer:
        """Return the counts of the first new dialog that has them; anything else is doubt."""
        others: list[str] = []

        def counted() -> Answer | None:
            if ask.outcome is Outcome.IN_DOUBT and not ask.why.endswith("no answer came"):
                raise DepositInDoubt(ask.why)
            for text in self._alerts:
                if found := self._markers.result.search(text):
                    return _answer_of(found.group(1), found.group(2), text, [])
            seen = self._shell.ask(frame, _NEW_DIALOG, self._marks)
            if seen is None:
                return None
            if found := self._markers.result.search(seen["text"]):
                return _answer_of(found.group(1), found.group(2), seen["text"], seen["rows"])
            if self._markers.expired in seen["text"]:
                raise SessionExpired("the ERP says that the session has ended")
            others.append(" ".join(seen["text"].split())[:200])
            self._wave_away(frame)
            return None

        try:
            answer = self._shell.wait_for(
                counted, seconds=self._result_s, doing=f"waiting for the answer to {len(deposits)} deposits"
            )
        except ErpError as error:
            said = f"; it said: {'; '.join(others)}" if others else ""
            raise DepositInDoubt(f"{error} ({ask.why}{said})") from error
        result: Answer = answer
        return result

    def _wave_away(self, frame: "Frame") -> None:
        """Close a dialog that is not the answer: the answer may be waiting behind it."""
        close = frame.locator(self._answer_dialog).get_by_role("button", name=self._markers.close, exact=True)
        with suppress(ErpError), failure_means(ErpUnavailable, "closing a notice"):
            close.click(timeout=self._shown_within * 1000)

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
