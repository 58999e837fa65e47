"""Knobs of the payment list (the pager's and page_size hold for the deposit list too)."""

from collections.abc import Mapping

from worker.demo.knobs.knob import Knob

TEXTS = ("plain", "nbsp", "wide_space", "blanks", "full_width")

KNOBS: Mapping[str, Knob] = {
    "default_tab": Knob(
        default="unreflected",
        among=("unreflected", "last"),
        about="the tab that is open first: 미반영, or the one used last",
    ),
    "tab_all_missing": Knob(default=False, about="this account's list has no tab 전체"),
    "tab_forced_missing": Knob(default=False, about="this account's list has no tab 강제회계반영"),
    "page_size": Knob(default=100, about="rows on one page"),
    "pager_ignored": Knob(default=0, about="the next n clicks on a page number do nothing; counts down"),
    "page2_delay_s": Knob(default=0.0, about="every page but the first comes this many seconds later"),
    "row_inserted": Knob(
        default=0,
        about="before each of the next n reads of a page but the first a payment arrives, so rows shift by one; "
        "counts down",
    ),
    "tab_return": Knob(
        default="works",
        among=("works", "ignored", "wrong_rows"),
        about="going back to 미반영 from another tab: works, does nothing, or shows the other tab's rows "
        "under an active 미반영",
    ),
    "tab_marked": Knob(
        default="with_rows",
        among=("with_rows", "at_once"),
        about="a tab is the active one when its rows come, or as soon as it is clicked",
    ),
    "rows_stay": Knob(default=False, about="rows and pager stay while others are loaded, until those are drawn"),
    "pager_input": Knob(
        default="empty",
        among=("empty", "filled"),
        about="the pager's input: empty, or filled with the page that is shown",
    ),
    "one_page_pager": Knob(
        default="hidden",
        among=("hidden", "absent", "shown"),
        about="the pager of a list of one page",
    ),
    "hidden_columns": Knob(default=True, about="a list and the upload have columns that no person sees (class hide)"),
    "column_ids": Knob(default=True, about="cells and headers carry the id of their column; off: labels alone"),
    "cloned_header": Knob(default=True, about="a second header stands over the first while the grid scrolls"),
    "cloned_left": Knob(default=False, about="the first columns stand once more, rows and all, in .grid-clone-left"),
    "subtotal_rows": Knob(default=False, about="every 30 rows and at the end of a page a sum stands in the body"),
    "linked_cells": Knob(
        default="approval",
        among=("none", "approval", "required"),
        about="cells that hold a link and no span: none, 승인번호, or the five columns that are needed most",
    ),
    "columns": Knob(
        default="usual",
        among=("usual", "other_order", "other_company"),
        about="the payment list's columns: the usual ones, in another order, or another company's (품목, 내역, …, "
        "without 결제사 and 카드)",
    ),
    "report_button": Knob(default=False, about="the payment list has a button 입금보고서작성"),
    "status_column": Knob(
        default="type",
        among=("type", "nm", "both", "none"),
        about="id of the 결제상태 column: SETL_STATUS_TYPE, SETL_STAT_NM, both columns, or no such column",
    ),
    "empty_cells": Knob(
        default="empty",
        among=("empty", "absent"),
        about="an empty cell holds an empty span, or none",
    ),
    "approval_absent_row": Knob(
        default=0,
        about="the n-th row of each page has no span in its 승인번호 cell; 0 = no row",
    ),
    "header_repeated": Knob(
        default=False,
        about="every 30 rows the header stands in the body once more, spans and all",
    ),
    "amount_text": Knob(
        default="plain",
        among=TEXTS,
        about="결제금액 with NBSP or U+3000 inside, blanks around, or full-width digits",
    ),
    "status_text": Knob(
        default="plain",
        among=TEXTS,
        about="결제상태 with NBSP or U+3000 behind, blanks around, or (full_width) two U+3000 around",
    ),
    "window_days": Knob(default=7, about="the list goes back to midnight this many days ago"),
    "deposit_days": Knob(default=30, about="입금보고서조회 goes back to this many days before today"),
    "deposit_until_days": Knob(default=0, about="입금보고서조회 ends this many days ago"),
    "deposit_filter": Knob(
        default="",
        about="the filter saved with the account: 입금보고서조회 holds only slips whose 거래처명 contains this text, "
        "and nothing on the screen says so",
    ),
    "account_filter": Knob(
        default="all",
        among=("all", "settled"),
        about="the filter saved with the account: all statuses, or 승인 and 취소 only",
    ),
    "payments_hidden": Knob(
        default="",
        about="a search condition saved with the account: rows whose 거래처 holds this text stand on no tab of the "
        "payment list; empty = none",
    ),
    "cancel_model": Knob(
        default="B",
        among=("A", "B", "C"),
        about="a cancellation: A the row itself turns 취소; B a new row, same approval number; C a new row, new number",
    ),
}
