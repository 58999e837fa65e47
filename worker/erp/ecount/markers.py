"""Every mark by which the screens of Ecount are known: addresses, selectors, columns, labels, words. One table.

Seen on its screens or used by automations of it that worked, unless a line says `assumed`. An operator may override
any of them in the section [markers] of var/local.ini.
"""

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from typing import Any

from worker.i18n import message, said_by


class MarkerKind(StrEnum):
    """What a mark is."""

    ONE = "selector"  # matches exactly one element where it is shown
    MANY = "selectors"  # matches any number of elements
    WORDS = "words"
    ADDRESS = "address"  # a regular expression
    COUNTS = "counts"  # a regular expression with two groups
    HASH = "hash"
    COLUMN = "column"  # an id, a blank, a label
    LABELS = "labels"  # twelve, with commas between
    NUMBER = "number"
    KEY = "key"


class Screen(StrEnum):
    """Where a mark shows."""

    SIGN_IN = "the sign-in page"
    SHELL = "the shell"
    PAYMENTS = "the payment list"
    REPORT = "the deposit report"
    UPLOAD = "the bulk upload"
    DEPOSITS = "the deposit list"
    GRID = "a list"


class Need(StrEnum):
    """When a mark is there."""

    ALWAYS = "always"
    AT_TIMES = "at times"  # only in some situation, such as a second page
    MAY_LACK = "may lack"  # the work goes on without it
    NEVER_SEEN = "not on a screen"  # sent to the ERP, or counted by us


@dataclass(frozen=True, slots=True, kw_only=True)
class Marker:
    """What is known of a mark besides its value."""

    kind: MarkerKind
    screen: Screen
    need: Need = Need.ALWAYS
    assumed: bool = False


def mark(value: Any, kind: MarkerKind, screen: Screen, need: Need = Need.ALWAYS, *, assumed: bool = False) -> Any:
    """Declare a field of the table."""
    return field(default=value, metadata={"mark": Marker(kind=kind, screen=screen, need=need, assumed=assumed)})


_ONE, _MANY, _WORDS = MarkerKind.ONE, MarkerKind.MANY, MarkerKind.WORDS
_AT_TIMES, _MAY_LACK, _UNSEEN = Need.AT_TIMES, Need.MAY_LACK, Need.NEVER_SEEN

_SHELL = re.compile(r"/ec\d+/view/erp(?:[?#]|$)")
_SIGNED_OUT = re.compile(r"app\.login/|^https?://login\.ecount\.com|/Login/", re.IGNORECASE)
_RESULT = re.compile(r"성공\s*[:：]\s*([\d,]+)\s*건.*?실패\s*[:：]\s*([\d,]+)\s*건", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Markers:
    """The table. A column is (id, label)."""

    #: The names of those that an operator has overridden.
    overridden: tuple[str, ...] = ()

    #: The shell's address: /ec5/view/erp, since 2026-09 also /ec56/view/erp.
    shell: re.Pattern[str] = mark(_SHELL, MarkerKind.ADDRESS, Screen.SHELL)  # noqa: RUF009 - a pattern never changes
    #: The login view and the hand-off page, wherever they are.
    signed_out: re.Pattern[str] = mark(_SIGNED_OUT, MarkerKind.ADDRESS, Screen.SIGN_IN)  # noqa: RUF009 - a pattern never changes

    # --- signing in
    company: str = mark("input#com_code", _ONE, Screen.SIGN_IN)
    user: str = mark("input#id", _ONE, Screen.SIGN_IN)
    password: str = mark("input#passwd", _ONE, Screen.SIGN_IN)
    sign_in: str = mark("button#save", _ONE, Screen.SIGN_IN)
    sign_in_error: str = mark(".login_error", _ONE, Screen.SIGN_IN, _AT_TIMES)
    sign_in_error_value: str = mark("#error_msg", _ONE, Screen.SIGN_IN, _AT_TIMES)
    second_factor: str = mark("input#second_auth, input#captcha", _MANY, Screen.SIGN_IN, _AT_TIMES, assumed=True)
    notice: str = mark(".notice-overlay", _ONE, Screen.SIGN_IN, _AT_TIMES, assumed=True)
    not_this_device: str = mark("#toolbar_sid_toolbar_item_non_regist", _ONE, Screen.SIGN_IN, _AT_TIMES)
    same_id_title: str = mark("접속현황", _WORDS, Screen.SIGN_IN, _AT_TIMES)
    same_id_text: str = mark("동일한 ID로 현재 접속중인 사용자", _WORDS, Screen.SIGN_IN, _AT_TIMES)
    confirm: str = mark("확인", _WORDS, Screen.SIGN_IN, _AT_TIMES)
    close: str = mark("닫기", _WORDS, Screen.UPLOAD, _AT_TIMES)

    # --- the shell
    menu_link: str = mark('a[id^="link_depth"]', _MANY, Screen.SHELL)
    title: str = mark(".page-name", _MANY, Screen.PAYMENTS)
    progress: str = mark(".page-progress-icon, .wrapper-overlay", _MANY, Screen.SHELL, _AT_TIMES)
    dialog: str = mark(".ui-dialog", _MANY, Screen.UPLOAD)
    #: Titles, crosses and layers' buttons; a dialog is left by 닫기, 확인 or its cross, whichever it has.
    dialog_close: str = mark(".ui-dialog-titlebar-close", _MANY, Screen.UPLOAD, _AT_TIMES)
    not_today: str = mark("오늘하루그만보기", _WORDS, Screen.SHELL, _AT_TIMES)
    dialog_title: str = mark(".ui-dialog-title", _MANY, Screen.UPLOAD, _AT_TIMES)
    expired: str = mark("세션이 만료", _WORDS, Screen.SHELL, _AT_TIMES, assumed=True)
    sign_out: str = mark("a#logout", _ONE, Screen.SHELL, _MAY_LACK, assumed=True)

    # --- pages: a menu link, or where there is none the hash
    payment_list: str = mark("결제내역조회", _WORDS, Screen.PAYMENTS)
    payment_list_link: str = mark("a#link_depth4_MENUTREE_002905", _ONE, Screen.SHELL, _MAY_LACK)
    payment_list_hash: str = mark(
        "menuType=MENUTREE_000004&menuSeq=MENUTREE_002905&groupSeq=MENUTREE_000030&prgId=E040254&depth=4",
        MarkerKind.HASH, Screen.SHELL, _UNSEEN,
    )  # fmt: skip
    deposit_report: str = mark("입금보고서", _WORDS, Screen.REPORT)
    deposit_report_link: str = mark("a#link_depth3_MENUTREE_000069", _ONE, Screen.SHELL, _MAY_LACK)
    deposit_report_hash: str = mark(
        "menuType=MENUTREE_000001&menuSeq=MENUTREE_000069&groupSeq=MENUTREE_000010&prgId=E010403&depth=3",
        MarkerKind.HASH, Screen.SHELL, _UNSEEN,
    )  # fmt: skip
    # Assumed as a whole: off for a real ERP until confirmed (DEPOSIT_LIST).
    deposit_list: str = mark("입금보고서조회", _WORDS, Screen.DEPOSITS, assumed=True)
    deposit_list_link: str = mark("a#link_depth3_MENUTREE_000070", _ONE, Screen.SHELL, _MAY_LACK, assumed=True)
    deposit_list_hash: str = mark(
        "menuType=MENUTREE_000001&menuSeq=MENUTREE_000070&groupSeq=MENUTREE_000010&prgId=E010404&depth=3",
        MarkerKind.HASH, Screen.SHELL, _UNSEEN, assumed=True,
    )  # fmt: skip

    # --- grids: columns, rows and cells are found by their titles and places, the pager by the role of its items
    clone: str = mark('[class*="grid-clone"]', _MANY, Screen.GRID, _AT_TIMES)
    page_rows: int = mark(100, MarkerKind.NUMBER, Screen.GRID, _UNSEEN)
    pager: str = mark(".wrapper-grid-pagination", _MANY, Screen.GRID, _AT_TIMES)

    # --- the payment list
    tab_open: str = mark("a#tabUnReflect", _ONE, Screen.PAYMENTS)
    tab_reflected: str = mark("a#tabReflect", _ONE, Screen.PAYMENTS)
    tab_all: str = mark("a#tabAll", _ONE, Screen.PAYMENTS, _MAY_LACK)
    tab_forced: str = mark("a#tabForceReflect", _ONE, Screen.PAYMENTS, _MAY_LACK, assumed=True)
    #: What stands on the tabs: they are found by it, the selectors only narrow.
    tab_open_label: str = mark("미반영", _WORDS, Screen.PAYMENTS)
    tab_reflected_label: str = mark("회계반영", _WORDS, Screen.PAYMENTS)
    tab_all_label: str = mark("전체", _WORDS, Screen.PAYMENTS, _MAY_LACK)
    tab_forced_label: str = mark("강제회계반영", _WORDS, Screen.PAYMENTS, _MAY_LACK)
    column_time: tuple[str, str] = mark(("SETL_REQST_DTM", "결제요청일시"), MarkerKind.COLUMN, Screen.PAYMENTS)
    column_payer: tuple[str, str] = mark(("CUST_NM", "거래처"), MarkerKind.COLUMN, Screen.PAYMENTS)
    column_amount: tuple[str, str] = mark(("SETL_AMT", "결제금액"), MarkerKind.COLUMN, Screen.PAYMENTS)
    column_status: tuple[str, str] = mark(("SETL_STATUS_TYPE", "결제상태"), MarkerKind.COLUMN, Screen.PAYMENTS)
    column_approval_no: tuple[str, str] = mark(("APVL_NO", "승인번호"), MarkerKind.COLUMN, Screen.PAYMENTS)
    column_acquirer: tuple[str, str] = mark(("ACQUER_NM", "결제사"), MarkerKind.COLUMN, Screen.PAYMENTS, _MAY_LACK)
    column_requester: tuple[str, str] = mark(
        ("SETL_REQST_ID", "결제요청자ID"), MarkerKind.COLUMN, Screen.PAYMENTS, _MAY_LACK, assumed=True
    )
    column_method: tuple[str, str] = mark(
        ("SETL_MEAN", "결제방법"), MarkerKind.COLUMN, Screen.PAYMENTS, _MAY_LACK, assumed=True
    )
    column_card: tuple[str, str] = mark(
        ("CARD_NO", "카드/식별번호"), MarkerKind.COLUMN, Screen.PAYMENTS, _MAY_LACK, assumed=True
    )

    # --- the deposit report and its upload
    uploader: str = mark(
        "button#webUploader, #toolbar_toolbar_item_web_uploader button, "
        '[data-item-key="web_uploader_footer_toolbar"] button',
        _ONE, Screen.REPORT, _MAY_LACK,
    )  # fmt: skip
    uploader_label: str = mark("웹자료올리기", _WORDS, Screen.REPORT)
    popup: str = mark('[data-popup-id^="BulkUploadForm"]', _ONE, Screen.UPLOAD, _MAY_LACK)
    #: Where the popup has no mark of its own: its dialog's title, and words that it holds.
    popup_title: str = mark("웹자료올리기", _WORDS, Screen.UPLOAD)
    popup_words: str = mark("엑셀서식내려받기로", _WORDS, Screen.UPLOAD)
    #: Labels of the upload grid A–L, without the mark for required ones.
    upload_labels: tuple[str, ...] = mark(
        (
            "일자", "순번", "회계전표No.", "입금계좌코드", "계정코드", "거래처코드",
            "거래처명", "금액", "수수료", "적요명", "프로젝트", "부서",
        ),
        MarkerKind.LABELS, Screen.UPLOAD,
    )  # fmt: skip
    save_key: str = mark("F8", MarkerKind.KEY, Screen.UPLOAD, _UNSEEN)
    #: The result: any spaces, both colons, thousands' commas.
    result: re.Pattern[str] = mark(_RESULT, MarkerKind.COUNTS, Screen.UPLOAD, _AT_TIMES)  # noqa: RUF009 - a pattern never changes

    # --- the deposit list
    #: The days that the list is narrowed to: one text, or two fields. Without it nothing proves that a deposit is not
    #: there.
    deposit_period: str = mark("#searchPeriod", _MANY, Screen.DEPOSITS, _MAY_LACK, assumed=True)
    deposit_column_slip: tuple[str, str] = mark(
        ("SLIP_NO", "일자-No."), MarkerKind.COLUMN, Screen.DEPOSITS, assumed=True
    )
    deposit_column_remark: tuple[str, str] = mark(("REMARKS", "적요"), MarkerKind.COLUMN, Screen.DEPOSITS, assumed=True)
    deposit_column_entered: tuple[str, str] = mark(
        ("ENTERED", "입력일시"), MarkerKind.COLUMN, Screen.DEPOSITS, assumed=True
    )
    #: What MODE = shadow compares; the work goes on without these.
    deposit_column_slip_payer: tuple[str, str] = mark(
        ("CUST_NM", "거래처명"), MarkerKind.COLUMN, Screen.DEPOSITS, _MAY_LACK, assumed=True
    )
    deposit_column_slip_amount: tuple[str, str] = mark(
        ("TAMT", "금액"), MarkerKind.COLUMN, Screen.DEPOSITS, _MAY_LACK, assumed=True
    )
    deposit_column_slip_account: tuple[str, str] = mark(
        ("ACCT", "입금계좌코드"), MarkerKind.COLUMN, Screen.DEPOSITS, _MAY_LACK, assumed=True
    )

    @property
    def pages(self) -> Mapping[str, tuple[str, str]]:
        """Page title → (menu link, hash)."""
        return {
            self.payment_list: (self.payment_list_link, self.payment_list_hash),
            self.deposit_report: (self.deposit_report_link, self.deposit_report_hash),
            self.deposit_list: (self.deposit_list_link, self.deposit_list_hash),
        }

    @property
    def tab_labels(self) -> Mapping[str, str]:
        """Selector of a tab → its text."""
        return {
            self.tab_open: self.tab_open_label,
            self.tab_reflected: self.tab_reflected_label,
            self.tab_all: self.tab_all_label,
            self.tab_forced: self.tab_forced_label,
        }

    @property
    def assumed_fields(self) -> frozenset[str]:
        """The fields whose column's id is not confirmed."""
        return frozenset(
            name.removeprefix("deposit_").removeprefix("column_")
            for name, one in ABOUT.items()
            if one.kind is MarkerKind.COLUMN and one.assumed
        )

    @property
    def payment_columns(self) -> Mapping[str, tuple[str, str]]:
        """Field of a payment's row → column."""
        return self._columns("column_")

    @property
    def required_columns(self) -> tuple[str, ...]:
        """The fields without which no payment is read."""
        marks = {name.removeprefix("column_"): one for name, one in ABOUT.items() if name.startswith("column_")}
        return tuple(name for name, one in marks.items() if one.need is Need.ALWAYS)

    @property
    def deposit_columns(self) -> Mapping[str, tuple[str, str]]:
        """Field of a deposit's row → column."""
        return self._columns("deposit_column_")

    @property
    def required_deposit_columns(self) -> tuple[str, ...]:
        """The fields without which no deposit is found again."""
        return tuple(name for name in self.deposit_columns if ABOUT[f"deposit_column_{name}"].need is Need.ALWAYS)

    def _columns(self, prefix: str) -> dict[str, tuple[str, str]]:
        return {name.removeprefix(prefix): getattr(self, name) for name in ABOUT if name.startswith(prefix)}

    def text(self, name: str) -> str:
        """Return a mark as it is written in local.ini."""
        value = getattr(self, name)
        if isinstance(value, re.Pattern):
            return str(value.pattern)
        if isinstance(value, tuple):
            return (" " if ABOUT[name].kind is MarkerKind.COLUMN else ", ").join(value)
        return str(value)

    def changes(self) -> list[str]:
        """Return a sentence for each mark that is not the table's own."""
        return [
            f"the marker {name} is {self.text(name)!r} by [markers] in local.ini, not {DEFAULT.text(name)!r}"
            for name in self.overridden
        ]


#: Name → what is known of it.
ABOUT: Mapping[str, Marker] = {one.name: one.metadata["mark"] for one in fields(Markers) if "mark" in one.metadata}

DEFAULT = Markers()


def read(values: Mapping[str, str]) -> tuple[Markers, list[str]]:
    """Return the table with an operator's overrides, and a sentence for each of them that can't be used."""
    found: dict[str, Any] = {}
    problems: list[str] = []
    for written, text in values.items():
        name = written.strip().lower()
        if name not in ABOUT:
            near = difflib.get_close_matches(name, list(ABOUT), n=1)
            problems.append(
                message("[markers] {name} is no marker; do you mean {near}?", name=written, near=near[0])
                if near
                else message("[markers] {name} is no marker; daybreak probe names them", name=written)
            )
            continue
        try:
            found[name] = _value(ABOUT[name].kind, text.strip())
        except ValueError as error:
            problems.append(
                message("[markers] {name}={value}: {why}", name=written, value=repr(text), why=said_by(error))
            )
    return replace(DEFAULT, **found, overridden=tuple(found)), problems


def _value(kind: MarkerKind, text: str) -> Any:
    """Read an override. Raises ValueError with what to write."""
    if not text:
        raise ValueError(message("it is empty; take the line out to have the table's own"))
    if kind in (MarkerKind.ADDRESS, MarkerKind.COUNTS):
        try:
            pattern = re.compile(text, re.DOTALL)
        except re.error as error:
            raise ValueError(message("it is no regular expression: {error}", error=str(error))) from error
        if kind is MarkerKind.COUNTS and pattern.groups != 2:
            raise ValueError(message("it must have two groups: how many were stored, how many were refused"))
        return pattern
    if kind is MarkerKind.COLUMN:
        column, _, label = text.partition(" ")
        if not label.strip():
            raise ValueError(message("write the column's id, a blank and its label, such as SETL_AMT 결제금액"))
        return column, label.strip()
    if kind is MarkerKind.LABELS:
        labels = tuple(one.strip() for one in text.split(","))
        if len(labels) != len(DEFAULT.upload_labels) or not all(labels):
            raise ValueError(message("write {count} labels with commas between", count=len(DEFAULT.upload_labels)))
        return labels
    if kind is MarkerKind.NUMBER:
        if not re.fullmatch(r"[1-9]\d{0,3}", text):
            raise ValueError(message("write a number from 1 to 9999"))
        return int(text)
    return text
