"""The demo's knobs for what is uncertain of the real screens: those that are read rightly, those that are refused."""

from collections.abc import Mapping, Sequence

#: Values that are not the default, alone: one for each part of the screens.
READ: Sequence[Mapping[str, object]] = (
    {"generation": "new"},
    {"columns": "other_order"},
    {"layers": True, "content_in_frame": True, "menu_folded": True},
    {"rows_stay": True, "tab_marked": "at_once", "delays": 0.4},
    {"editor_after_paste": "closed"},
    {"save_fault": "behind"},
)

#: The others, each alone.
READ_TOO: Sequence[Mapping[str, object]] = (
    {"pager_input": "filled"},
    {"one_page_pager": "absent", "page_size": 50},
    {"one_page_pager": "shown", "page_size": 50},
    {"linked_cells": "none"},
    {"linked_cells": "required"},
    {"hidden_columns": False},
    {"column_ids": False},
    {"cloned_header": False},
    {"cloned_left": True},
    {"subtotal_rows": True},
    {"columns": "other_company"},
    {"menu_folded": True},
    {"menu_ids": "link_prg"},
    {"menu_ids": "ma"},
    {"layers": True},
    {"overlay_s": 1},
    {"rows_stay": True},
    {"tab_marked": "at_once"},
    {"progress_after_s": 0},
    {"editor_open": False},
    {"popup_rows": 20},
    {"upload_columns": "short"},
    {"paste_splits": False},
    {"titles_in_paste": False},
    {"result_button": "확인"},
    {"result_button": "×"},
    {"save_fault": "notice_first"},
    {"report_button": True},
)

#: What can't be read or pasted, and what is said of it.
REFUSED: Sequence[tuple[Mapping[str, object], str]] = (
    ({"upload_columns": "other_order"}, "The template of the upload has changed; nothing was pasted"),
    ({"editor_after_paste": "kept"}, "the open editor holds"),
    ({"status_column": "nm", "column_ids": True}, "the column 결제상태 (SETL_STATUS_TYPE) is missing"),
    (
        {"status_column": "nm", "column_ids": True, "generation": "new"},
        "the column 결제상태 (SETL_STATUS_TYPE) is missing",
    ),
    ({"status_column": "both", "column_ids": False}, "the column 결제상태 stands there more than once"),
    ({"status_column": "none"}, "is missing"),
)

#: What is combined in pairs: each factor with all its values that are read rightly.
FACTORS: Mapping[str, Sequence[object]] = {
    "generation": ("old", "new"),
    "columns": ("usual", "other_order", "other_company"),
    "linked_cells": ("none", "approval", "required"),
    "hidden_columns": (True, False),
    "column_ids": (True, False),
    "cloned_header": (True, False),
    "cloned_left": (False, True),
    "subtotal_rows": (False, True),
    "header_repeated": (False, True),
    "rows_stay": (False, True),
    "tab_marked": ("with_rows", "at_once"),
    "pager_input": ("empty", "filled"),
    "one_page_pager": ("hidden", "absent", "shown"),
    "progress_mark": (True, False),
    "overlay_s": (0, 1),
    "layers": (False, True),
    "menu_ids": ("link_depth", "link_prg", "ma"),
    "menu_folded": (False, True),
    "content_in_frame": (False, True),
    "editor_open": (True, False),
    "editor_after_paste": ("updated", "closed"),
    "popup_rows": (3, 20),
    "upload_columns": ("usual", "short"),
    "result_button": ("닫기", "확인", "×"),
    "popup_stays": (False, True),
    "amount_text": ("plain", "nbsp", "full_width"),
}
