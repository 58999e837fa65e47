"""What the pages' scripts are told to do, well or badly: the knobs that act in the browser."""

from random import Random
from typing import Any

from worker.demo.erp import Erp

#: The ordinary unevenness of the ERP's pace; nothing a test asserts depends on it.
chance = Random()

#: Countdowns that happen in the browser; its scripts report each use.
COUNTED = ("pager_ignored", "uploader_swallowed", "focus_stolen")

#: Knobs that the scripts are told as they are.
PLAIN = (
    "generation",
    "progress_after_s",
    "overlay_s",
    "layers",
    "menu_ids",
    "menu_folded",
    "rows_stay",
    "tab_marked",
    "pager_input",
    "one_page_pager",
    "hidden_columns",
    "column_ids",
    "cloned_header",
    "cloned_left",
    "subtotal_rows",
    "report_button",
    "upload_columns",
    "popup_rows",
    "editor_open",
    "editor_after_paste",
    "paste_splits",
    "titles_in_paste",
    "result_button",
)


def behaviour(erp: Erp) -> dict[str, Any]:
    """Return the present behaviour."""
    knobs = erp.knobs
    last = erp.db["last_tab"] if knobs.word("default_tab") == "last" else ""
    return {
        "today": f"{erp.clock.now():%Y/%m/%d}",
        "header_s": erp.pause(chance.uniform(0.2, 0.8)),
        "rows_s": erp.pause(chance.uniform(0.2, 1.2)) + knobs.number("rows_late_s"),
        "rows_never": knobs["rows_never"],
        "progress": knobs["progress_mark"],
        **{name: knobs[name] for name in PLAIN},
        "never_loads": knobs["never_loads"],
        "forbidden_menu": knobs["forbidden_menu"],
        "content_in_frame": knobs["content_in_frame"],
        "logout_control": knobs["logout_control"],
        "first_tab": last or "unreflected",
        "tabs_missing": [tab for tab in ("all", "forced") if knobs.is_on(f"tab_{tab}_missing")],
        "tab_return": knobs["tab_return"],
        "header_repeated": knobs["header_repeated"],
        "pager_ignored": knobs["pager_ignored"],
        "uploader_late_s": knobs["uploader_late_s"],
        "popup_grid_late_s": knobs["popup_grid_late_s"],
        "grid_overlay": knobs["grid_overlay"],
        "focus_stolen": knobs["focus_stolen"],
        "paste_fault": knobs["paste_fault"],
        "paste_fault_times": knobs["paste_fault_times"],
        "discard_question": knobs["discard_question"],
        "payload_format": knobs["payload_format"],
        "save_path": knobs["save_path"],
        "save_beacon": knobs["save_beacon"],
    }


def use(erp: Erp, name: str) -> bool:
    """Count one use of a fault that happened in the browser; False if none was due."""
    if name == "paste_fault":
        return erp.knobs.take_word("paste_fault") != "none"
    return name in COUNTED and erp.knobs.take(name)
