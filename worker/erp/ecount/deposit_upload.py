"""입금보고서 and its bulk upload: opens the popup, pastes a batch, reads it all back, saves, reads the answer."""

import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from worker.browser.launch import failure_means
from worker.browser.save_gate import NO_ANSWER, Ask, Outcome, SaveGate, and_then
from worker.erp import Answer, NotSent, ProgressReporter
from worker.erp.ecount.deposit_sheet import answer_of, columns_of, order_of, refuse_what_splits, sheet_marks, written
from worker.erp.ecount.scripts import script
from worker.erp.ecount.shell import TARGET, Shell
from worker.errors import (
    DepositInDoubt,
    ErpError,
    ErpUnavailable,
    PasteLost,
    SaveBlocked,
    SessionExpired,
    StopRequested,
)
from worker.i18n import during, message, said_by
from worker.payments.payment import Deposit

if TYPE_CHECKING:
    from playwright.sync_api import Dialog, Frame

log = logging.getLogger(__name__)

#: How often a paste is tried before the batch is given up.
TRIES = 3

#: Seconds after which a click that opened no popup is repeated.
CLICK_AGAIN_AFTER = 3.0

#: Seconds within which a paste must show in the grid, and a click must get through to it; at most an ordinary step's.
SHOWN_WITHIN = 5.0


#: The popup's grid: its titles and its rows, the editor's text beside the cell that it lies over.
_GRID = script("table", "editor", call="readSheet(m)")

#: Marks what takes a click on the first cell: its editor where one is open, else the cell itself.
_FIRST = script("table", "editor", call="pointFirst(m)")

#: Says whether what has the focus is the editor over the first cell.
_FOCUS = script("table", "editor", call="hasFocus(m)")

_HAS_POPUP = script("table", "editor", call="findPopups(m).length || null")

_TAG = "(m) => { for (const dialog of document.querySelectorAll(m.dialog)) dialog.dataset.seenBefore = '1'; }"

#: A dialog that was not there before the save, the counted one before others, and what closes it.
_NEW_DIALOG = script("table", "elements", "editor", "answer", call="newDialog(m)")

#: What the scripts have marked.
_FIRST_CELL = '[data-daybreak="first"]'
_ANSWER = "[data-answer]"


class DepositUpload:
    """One page, one batch after the other."""

    def __init__(
        self, shell: Shell, *, gate: SaveGate, pulse: ProgressReporter, snapshot: Callable[[str], None], result_s: float
    ) -> None:
        self._shell = shell
        self._page = shell.page
        self._gate = gate
        self._pulse = pulse
        self._snapshot = snapshot
        self._result_s = result_s
        self._shown_within = min(SHOWN_WITHIN, shell.step_s)
        self._markers = shell.markers
        self._marks = sheet_marks(shell.markers)
        #: Uploads so far, for the names of their pictures.
        self._count = 0
        #: Texts of native dialogs since the save was asked for.
        self._alerts: list[str] = []
        self._page.on("dialog", self._on_alert)

    def upload(
        self, deposits: Sequence[Deposit], *, arm: Callable[[], None], release: Callable[[str], None]
    ) -> Answer | NotSent:
        """Enter one batch and save it. See worker.erp.Erp.upload for what the errors mean."""
        order = order_of(deposits, self._markers.upload_labels)
        deposits = [deposits[k] for k in order]
        frame = self._fill(deposits)
        self._alerts.clear()
        self._count += 1
        doing = message("saving {count} deposits", count=len(deposits))
        self._pulse(doing, 3 * self._shown_within + self._shell.step_s + self._result_s)
        arm()
        ask = self._gate.ask(deposits, release)
        try:
            # Nothing is touched from here to the answer: the promise is the step's own time.
            with self._shell.life.quiet():
                answer = self._save(frame, ask, deposits)
            if isinstance(answer, NotSent):
                return answer
            return replace(answer, reasons={order[k]: why for k, why in answer.reasons.items() if k < len(order)})
        finally:
            self._gate.done()
            # The answer stands, whatever becomes of the screen, and also when a stop was asked for.
            with suppress(ErpError, StopRequested):
                self._pulse(during(doing, message("closing the answer")), SHOWN_WITHIN)
                self._snapshot(f"upload-{self._count}")
                self._clear()

    # --- before the save -------------------------------------------------------------------------------------------

    def _fill(self, deposits: Sequence[Deposit]) -> "Frame":
        """Paste until the grid holds exactly the batch; return its frame."""
        refuse_what_splits(deposits)
        problem = ""
        self._gate.watch(deposits)
        for attempt in range(1, TRIES + 1):
            self._pulse(message("pasting {count} rows, try {number}", count=len(deposits), number=attempt), 0)
            try:
                frame = self._open_popup()
                problem = self._paste(frame, deposits)
            except SessionExpired:
                raise
            except ErpUnavailable as error:
                problem = said_by(error)
            if not problem:
                return frame
            log.warning("pasting %s rows, try %s: %s", len(deposits), attempt, problem)
            if attempt < TRIES:  # after the last one, what stands there is evidence
                self._shell.reopen()
        raise PasteLost(
            message(
                "pasting {count} rows: {problem}; tried {tries} times. Nothing was saved",
                count=len(deposits), problem=problem, tries=TRIES,
            )
        )  # fmt: skip

    def _open_popup(self) -> "Frame":
        self._clear()
        if not self._shell.is_at(self._markers.deposit_report):
            self._shell.open(self._markers.deposit_report)
        doing = message("opening the bulk upload")
        button = self._shell.wait_for(
            lambda: self._shell.button(self._markers.uploader, self._markers.uploader_label),
            seconds=self._shell.list_s,
            doing=doing,
        )
        for _ in range(2):
            self._shell.press(button, TARGET, doing=doing)
            try:
                self._shell.wait_for(self._popup_frame, seconds=CLICK_AGAIN_AFTER, doing=doing)
                break
            except SessionExpired:
                raise
            except ErpUnavailable:
                continue  # the click was swallowed; once more

        def ready() -> Any:
            frame = self._popup_frame()
            seen = None if frame is None else self._shell.ask(frame, _GRID, self._marks)
            return (frame, seen) if seen and (seen["popups"] > 1 or (seen["ready"] and seen["heads"])) else None

        frame, seen = self._shell.wait_for(ready, seconds=self._shell.step_s, doing=doing)
        self._shell.demand_one()
        if seen["popups"] != 1:
            raise ErpUnavailable(during(doing, message("there are {count} of them", count=seen["popups"])))
        found: Frame = frame
        return found

    def _popup_frame(self) -> "Frame | None":
        return next((frame for frame in self._shell.frames() if self._shell.ask(frame, _HAS_POPUP, self._marks)), None)

    def _paste(self, frame: "Frame", deposits: Sequence[Deposit]) -> str:
        """Paste once; return what is wrong with the grid then, or an empty text."""
        doing = message("pasting {count} rows", count=len(deposits))
        with failure_means(ErpUnavailable, doing):
            seen = self._shell.ask(frame, _GRID, self._marks)
            if not seen or not seen["heads"]:
                return message("the upload grid is gone")
            columns = columns_of(seen["heads"], self._markers, [one.cells() for one in deposits])
            wanted = [[one.cells()[k] for k in columns] for one in deposits]
            text = "\r\n".join("\t".join(row) for row in wanted)
            self._page.evaluate("text => navigator.clipboard.writeText(text)", text)
            if not self._focus_first(frame):
                return message("the first cell did not keep the focus")
            self._page.keyboard.press("Control+V")
        try:
            self._shell.wait_for(
                lambda: self._difference(frame, wanted) == "" or None, seconds=self._shown_within, doing=doing
            )
            # The first cell once more, for the save key: what then stands there is what is saved.
            with failure_means(ErpUnavailable, doing):
                if not self._focus_first(frame):
                    return message("the first cell did not keep the focus")
        except SessionExpired:
            raise
        except ErpUnavailable:
            pass
        with failure_means(ErpUnavailable, doing):
            return self._difference(frame, wanted) or ""

    def _focus_first(self, frame: "Frame") -> bool:
        """Click the first cell, or the editor that lies over it; True when an editor there has the focus."""
        if not self._shell.ask(frame, _FIRST, self._marks):
            return False
        frame.locator(_FIRST_CELL).click(timeout=self._shown_within * 1000)
        try:
            self._shell.wait_for(
                lambda: self._shell.ask(frame, _FOCUS, self._marks) or None,
                seconds=self._shown_within,
                doing=message("opening the first cell"),
            )
        except SessionExpired:
            raise
        except ErpUnavailable:
            return False
        return True

    def _difference(self, frame: "Frame", wanted: list[list[str]]) -> str:
        """Say how the whole grid differs from the batch, cell by cell, or return an empty text."""
        seen = self._shell.ask(frame, _GRID, self._marks)
        if seen is None or "rows" not in seen:
            return message("the upload grid is gone")
        if seen["odd"]:
            return message("a row of the upload grid has cells that fit no column")
        rows: list[list[str]] = seen["rows"]
        if len(rows) != len(wanted):
            return message(
                "the grid holds {filled} filled rows, pasted were {count}", filled=len(rows), count=len(wanted)
            )
        for number, (found, meant) in enumerate(zip(rows, wanted, strict=True), 1):
            for label, one, other in zip(seen["heads"], found, meant, strict=True):
                if written(one) != written(other):
                    return message(
                        "row {number} column {label} holds {found}, pasted was {meant}",
                        number=number, label=label, found=repr(one), meant=repr(other),
                    )  # fmt: skip
        if (editor := seen["editor"]) is not None and written(editor["text"]) != written(editor["cell"]):
            return message("the open editor holds {text}, its cell {cell}", **{k: repr(v) for k, v in editor.items()})
        return ""

    def _clear(self) -> None:
        """Get rid of the last batch's popup and dialogs, whatever they ask; nothing but the page may be left."""
        with failure_means(ErpUnavailable, message("closing the last answer")):
            frame, dialog = self._shell.frames_with(_ANSWER, self._markers.dialog)
            if frame is not None:
                self._wave_away(frame)  # what lies over it goes with the page
                (dialog,) = self._shell.frames_with(self._markers.dialog)
            if dialog is not None:
                self._shell.reopen()

    # --- the save and after ------------------------------------------------------------------------------------------

    def _save(self, frame: "Frame", ask: Ask, deposits: Sequence[Deposit]) -> Answer | NotSent:
        doing = message("waiting for the answer to {count} deposits", count=len(deposits))
        try:
            with failure_means(ErpUnavailable, message("pressing F8")):
                frame.evaluate(_TAG, self._marks)
                # F8 goes to whatever has the focus: the first cell's editor, which `_paste` opened last.
                frame.locator(_FIRST_CELL).press(self._markers.save_key, timeout=self._shown_within * 1000)
            self._shell.wait_for(
                lambda: ask.is_known or None,
                seconds=self._shell.step_s,
                doing=doing,
            )
        except ErpError as error:
            return self._never_asked(ask, error)
        if ask.outcome is Outcome.NOT_ASKED and ask.error is not None:
            raise SaveBlocked(during(message("saving"), said_by(ask.error))) from ask.error
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
            raise DepositInDoubt(during(doing, said_by(error))) from error

    def _never_asked(self, ask: Ask, error: ErpError) -> NotSent:
        """Tell a save that was never asked for from one that went out while the page failed."""
        if ask.outcome in (Outcome.IN_DOUBT, Outcome.ANSWERED):
            raise DepositInDoubt(during(message("saving"), and_then(ask, error))) from error
        if isinstance(error, SessionExpired):
            raise error
        if ask.error is not None:
            raise SaveBlocked(during(message("saving"), said_by(ask.error))) from ask.error
        if ask.outcome is Outcome.KEPT_BACK:
            raise SaveBlocked(ask.why) from error
        seconds = f"{self._shell.step_s:g}"
        if not ask.strays:
            raise SaveBlocked(
                message("saving: the page asked for no save within {seconds} s of F8", seconds=seconds)
            ) from error
        raise SaveBlocked(
            message(
                "saving: the page asked for no save within {seconds} s of F8; other requests that were stopped: "
                "{strays}",
                seconds=seconds,
                strays=", ".join(ask.strays),
            )
        ) from error

    def _answer(self, frame: "Frame", ask: Ask, deposits: Sequence[Deposit]) -> Answer:
        """Return the counts of the first new dialog that has them; anything else is doubt."""
        others: list[str] = []

        def counted() -> Answer | None:
            if ask.outcome is Outcome.IN_DOUBT and ask.why != NO_ANSWER:
                raise DepositInDoubt(ask.why)
            for text in self._alerts:
                if found := self._markers.result.search(text):
                    return answer_of(found.group(1), found.group(2), text, [])
            seen = self._shell.ask(frame, _NEW_DIALOG, self._marks)
            if seen is None:
                return None
            if found := self._markers.result.search(seen["text"]):
                return answer_of(found.group(1), found.group(2), seen["text"], seen["rows"])
            if self._markers.expired in seen["text"]:
                raise SessionExpired(message("the ERP says that the session has ended"))
            others.append(" ".join(seen["text"].split())[:200])
            self._wave_away(frame)
            return None

        try:
            doing = message("waiting for the answer to {count} deposits", count=len(deposits))
            answer = self._shell.wait_for(counted, seconds=self._result_s, doing=doing)
        except ErpError as error:
            if not others:
                raise DepositInDoubt(message("{error} ({why})", error=said_by(error), why=ask.why)) from error
            raise DepositInDoubt(
                message("{error} ({why}; it said: {said})", error=said_by(error), why=ask.why, said="; ".join(others))
            ) from error
        result: Answer = answer
        return result

    def _wave_away(self, frame: "Frame") -> None:
        """Close a dialog that is not the answer: the answer may be waiting behind it."""
        with suppress(ErpError), failure_means(ErpUnavailable, message("closing a notice")):
            frame.locator(_ANSWER).click(timeout=self._shown_within * 1000)

    def _on_alert(self, dialog: "Dialog") -> None:
        """Answer a native dialog: an alert can only be accepted; every question is answered No."""
        self._alerts.append(dialog.message)
        log.info("the page showed a native %s: %s", dialog.type, dialog.message)
        if dialog.type in ("alert", "beforeunload"):
            dialog.accept()
            return
        dialog.dismiss()
