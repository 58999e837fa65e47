"""The bulk upload's popup as a look sees it: opened, never filled."""

from contextlib import suppress
from typing import Any

from worker.browser.launch import failure_means
from worker.erp.ecount.deposit_sheet import sheet_marks
from worker.erp.ecount.scripts import script
from worker.erp.ecount.shell import TARGET, Shell
from worker.errors import ErpError, ErpUnavailable
from worker.i18n import message

#: {id, count, heads, rows, editor}: is it found by its id, how many there are, its grid's titles, rows, open editor.
_HOW = script("table", "tabs", "elements", "editor", "inspect", call="howPopup(m)")

#: {text, id}: by what the button is found.
_HOW_BUTTON = script("table", "tabs", "elements", "editor", "inspect", call="howButton(m)")


def how_popup(shell: Shell) -> Any:
    """Return by what the popup that stands there is found, and what its grid shows; None where there is none."""
    return shell.look(_HOW, sheet_marks(shell.markers))


def how_button(shell: Shell, selector: str, label: str) -> Any:
    """Return by what a button is found, {text, id}; None where it is not."""
    return shell.look(_HOW_BUTTON, shell.button_marks(selector, label))


def opened(shell: Shell) -> Any:
    """Open the popup and return how it is found; None where it does not open with its grid."""
    markers, doing = shell.markers, message("opening the bulk upload")

    def drawn() -> Any:
        found = how_popup(shell)
        return found if found and found["heads"] and found["rows"] else None

    for _ in range(2):  # a click may be swallowed
        with suppress(ErpError), failure_means(ErpUnavailable, doing):
            if drawn() is None and (frame := shell.button(markers.uploader, markers.uploader_label)):
                shell.press(frame, TARGET, doing=doing)
            return shell.wait_for(drawn, seconds=shell.step_s, doing=doing)
    return None
