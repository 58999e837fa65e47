"""Knobs of the deposit report: popup, paste, save, result."""

import re
from collections.abc import Mapping

from worker.demo.knobs.knob import Knob

#: What a save can suffer, and what then is stored.
SAVE_FAULTS: Mapping[str, str] = {
    "none": "nothing",
    "no_dialog": "stored, no result dialog",
    "dialog_only": "the dialog says success, nothing stored",
    "zero": "the dialog says 0 and 0, nothing stored",
    "stored_twice": "stored twice, the dialog counts once",
    "notice_first": "stored, an unrelated notice dialog comes before the result",
    "behind": "stored, the result stands behind an unrelated notice",
    "native_alert": "stored, the result comes as a native alert",
    "session_lost": "the session ends before the save, nothing stored",
    "session_lost_after": "stored, then the session ends and the answer says only that",
    "error_500": "answered 500, nothing stored",
    "error_500_after": "stored, then answered 500",
    "cut_before": "connection closed without an answer, nothing stored",
    "cut_after": "stored, then connection closed without an answer",
    "cut_after_reused": "as cut_after, but waits for a save that comes over a connection used before "
    "(Chromium then sends it again by itself)",
}


def _why_no_pattern(text: str) -> str | None:
    try:
        text.format(ok=1, bad=2)
    except (KeyError, IndexError, ValueError):
        return "write a text with {ok} and {bad} as its only places"
    return None


def _why_no_day(text: str) -> str | None:
    is_day = not text or re.fullmatch(r"\d{4}/\d\d/\d\d", text)
    return None if is_day else "write a day such as 2026/01/31, or nothing"


def _why_no_numbers(text: str) -> str | None:
    is_list = not text or re.fullmatch(r"\d+(,\d+)*", text)
    return None if is_list else "write row numbers such as 4,5, or nothing"


KNOBS: Mapping[str, Knob] = {
    "uploader_late_s": Knob(default=0.0, about="#webUploader appears this many seconds after its page"),
    "uploader_swallowed": Knob(default=0, about="the next n clicks on #webUploader do nothing; counts down"),
    "popup_grid_late_s": Knob(default=0.0, about="the popup opens empty, its grid comes this many seconds later"),
    "grid_overlay": Knob(default=False, about="something invisible lies over the popup's grid and takes the clicks"),
    "focus_stolen": Knob(
        default=0,
        about="after each of the next n clicks on a cell the focus leaves the grid; counts down",
    ),
    "upload_columns": Knob(
        default="usual",
        among=("usual", "short", "other_order"),
        about="the upload's template: the usual columns, without 프로젝트 and 부서, or 금액 before 거래처명",
    ),
    "popup_rows": Knob(default=3, about="rows of the upload's grid at its opening; it grows with what is pasted"),
    "editor_open": Knob(default=True, about="the editor of the first cell is open when the popup opens"),
    "editor_after_paste": Knob(
        default="updated",
        among=("updated", "closed", "kept"),
        about="after a paste the editor shows the cell's new text, is closed, or keeps what it held and writes that "
        "over the cell when it is left",
    ),
    "paste_splits": Knob(default=True, about="a pasted text that holds ecount, Ecount or ECOUNT is split there"),
    "titles_in_paste": Knob(
        default=True,
        about="a first line of titles names the columns; one that holds a title among other texts is refused",
    ),
    "result_button": Knob(
        default="닫기",
        among=("닫기", "확인", "×"),
        about="the button of the result's dialog; ×: it has none but the cross in its title bar",
    ),
    "paste_fault": Knob(
        default="none",
        among=("none", "ignored", "first_row", "half", "shifted", "lower", "two_cells", "twice", "editor_keeps"),
        about="a paste is ignored, brings its first row, its first half, lands one column to the right, one row lower, "
        "with its first cell in two, twice; or the editor keeps what it held and writes it over the first cell",
    ),
    "paste_fault_times": Knob(
        default=1,
        about="how many pastes suffer paste_fault before it goes back to none; 0 = until changed",
    ),
    "discard_question": Knob(default=False, about="Esc on a filled popup asks whether to discard"),
    "closed_until": Knob(
        default="",
        check=_why_no_day,
        about="rows dated up to this day (YYYY/MM/DD) are refused: the period is closed",
    ),
    "reject_rows": Knob(
        default="",
        check=_why_no_numbers,
        about="numbers of the rows that the next save refuses, such as 4,5; cleared by that save",
    ),
    "reject_payers": Knob(
        default="",
        about="rows whose 거래처명 contains this text are refused as 미등록코드",
    ),
    "all_or_nothing": Knob(default=False, about="one refused row keeps all others from being stored"),
    "popup_stays": Knob(default=False, about="the popup stays open, filled, after a complete success"),
    "commit_after_s": Knob(default=0.0, about="a save is stored this many seconds after it reached the server"),
    "result_delay_s": Knob(default=0.0, about="the answer to a save leaves this many seconds after it was stored"),
    "result_text": Knob(
        default="성공 : {ok}건 실패 : {bad}건",
        check=_why_no_pattern,
        about="pattern of the result's text: try 성공: {ok}건 실패: {bad}건, or full-width colons, or {ok:,}",
    ),
    "save_fault": Knob(
        default="none",
        among=tuple(SAVE_FAULTS),
        about="what the next saves suffer: " + "; ".join(f"{name}: {what}" for name, what in SAVE_FAULTS.items()),
    ),
    "save_fault_times": Knob(
        default=1,
        about="how many saves suffer save_fault before it goes back to none; 0 = until changed",
    ),
    "payload_format": Knob(
        default="json",
        among=("json", "form", "base64", "plain"),
        about="body of a save: JSON rows, a form field data=<JSON>, {'d': JSON in Base64}, or tab-separated text",
    ),
    "save_path": Knob(
        default="app.deposit/action/BulkUpload",
        about="path of a save behind /ecN/api/; one that begins with / stands alone",
    ),
    "save_beacon": Knob(default=False, about="right before a save the page sends a second POST, app.log/action/Track"),
    "reflect_on_upload": Knob(
        default=False,
        about="a stored deposit moves its payment to 회계반영 at once",
    ),
}
