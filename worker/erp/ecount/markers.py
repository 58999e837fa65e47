"""Every mark by which the screens of Ecount are known: addresses, selectors, columns, labels, words.

Seen on its screens or used by automations of it that worked, unless a line says `assumed`.
"""

import re
from collections.abc import Mapping
from typing import Final

#: The shell's address: /ec5/view/erp, since 2026-09 also /ec56/view/erp.
SHELL: Final = re.compile(r"/ec\d+/view/erp(?:[?#]|$)")
#: The login view and the hand-off page, wherever they are.
SIGNED_OUT: Final = re.compile(r"app\.login/|^https?://login\.ecount\.com|/Login/", re.IGNORECASE)

# --- signing in ---
COMPANY: Final = "input#com_code"
USER: Final = "input#id"
PASSWORD: Final = "input#passwd"
SIGN_IN: Final = "button#save"
SIGN_IN_ERROR: Final = ".login_error"
SIGN_IN_ERROR_VALUE: Final = "#error_msg"
SECOND_FACTOR: Final = "input#second_auth, input#captcha"  # assumed
NOTICE: Final = ".notice-overlay"  # assumed
NOT_THIS_DEVICE: Final = "#toolbar_sid_toolbar_item_non_regist"
SAME_ID_TITLE: Final = "접속현황"
SAME_ID_TEXT: Final = "동일한 ID로 현재 접속중인 사용자"
CONFIRM: Final = "확인"
CLOSE: Final = "닫기"
SIGN_OUT: Final = "a#logout"  # assumed

# --- the shell ---
MENU_LINK: Final = 'a[id^="link_depth"]'
PROGRESS: Final = ".page-progress-icon"
TITLE: Final = ".page-title"  # assumed
DIALOG: Final = ".ui-dialog"
DIALOG_TITLE: Final = ".ui-dialog-title"
EXPIRED: Final = "세션이 만료"  # assumed

#: Page title → (menu link, hash).
PAGES: Final[Mapping[str, tuple[str, str]]] = {
    "결제내역조회": (
        "a#link_depth4_MENUTREE_002905",
        "menuType=MENUTREE_000004&menuSeq=MENUTREE_002905&groupSeq=MENUTREE_000030&prgId=E040254&depth=4",
    ),
    "입금보고서": (
        "a#link_depth3_MENUTREE_000069",
        "menuType=MENUTREE_000001&menuSeq=MENUTREE_000069&groupSeq=MENUTREE_000010&prgId=E010403&depth=3",
    ),
    "입금보고서조회": (  # assumed: off for a real ERP until confirmed (DEPOSIT_LIST)
        "a#link_depth3_MENUTREE_000070",
        "menuType=MENUTREE_000001&menuSeq=MENUTREE_000070&groupSeq=MENUTREE_000010&prgId=E010404&depth=3",
    ),
}
PAYMENT_LIST: Final = "결제내역조회"
DEPOSIT_REPORT: Final = "입금보고서"
DEPOSIT_LIST: Final = "입금보고서조회"

# --- grids ---
HEAD: Final = "th span[data-column-id]"
ROW: Final = "tr[data-index]"
CELL: Final = "td span[data-column-id]"
EMPTY: Final = "tr.no-data"  # assumed
PAGE_ROWS: Final = 100
PAGER: Final = ".pager"  # assumed
PAGER_NOW: Final = "input.page-now"  # assumed
PAGER_TOTAL: Final = ".page-total"  # assumed
PAGER_NUMBER: Final = 'a.page[data-page="{}"]'  # assumed
PAGER_NEXT: Final = "a.next"  # assumed

# --- the payment list ---
TAB_OPEN: Final = "a#tabUnReflect"
TAB_REFLECTED: Final = "a#tabReflect"
TAB_ALL: Final = "a#tabAll"  # assumed
#: Field of a row → (column id, label). Those whose id is assumed may be absent.
PAYMENT_COLUMNS: Final[Mapping[str, tuple[str, str]]] = {
    "time": ("SETL_REQST_DTM", "결제요청일시"),
    "payer": ("CUST_NM", "거래처"),
    "amount": ("SETL_AMT", "결제금액"),
    "acquirer": ("ACQUER_NM", "결제사"),
    "status": ("SETL_STATUS_TYPE", "결제상태"),
    "approval_no": ("APVL_NO", "승인번호"),
    "requester": ("SETL_REQST_ID", "결제요청자ID"),  # assumed
    "method": ("SETL_MEAN", "결제방법"),  # assumed
    "card": ("CARD_NO", "카드/식별번호"),  # assumed
}
REQUIRED_COLUMNS: Final = ("time", "payer", "amount", "status", "approval_no")

# --- the deposit report and its upload ---
UPLOADER: Final = "#webUploader"
POPUP: Final = '[data-popup-id^="BulkUploadForm"]'
#: Labels of the upload grid A–L, without the mark for required ones.
UPLOAD_LABELS: Final = (
    "일자", "순번", "회계전표No.", "입금계좌코드", "계정코드", "거래처코드",
    "거래처명", "금액", "수수료", "적요명", "프로젝트", "부서",
)  # fmt: skip
SAVE_KEY: Final = "F8"
#: The result: any spaces, both colons, thousands' commas.
RESULT: Final = re.compile(r"성공\s*[:：]\s*([\d,]+)\s*건.*?실패\s*[:：]\s*([\d,]+)\s*건", re.DOTALL)

# --- the deposit list (assumed as a whole) ---
DEPOSIT_COLUMNS: Final[Mapping[str, tuple[str, str]]] = {
    "slip": ("SLIP_NO", "일자-No."),
    "remark": ("REMARKS", "적요"),
    "entered": ("ENTERED", "입력일시"),
}
