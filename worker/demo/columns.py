"""The lists' columns, and the text in their cells."""

import unicodedata
from dataclasses import dataclass
from typing import Any

from worker.demo.clock import shown
from worker.demo.knobs import Knobs
from worker.runtime import sqlite as sqlite3


@dataclass(frozen=True, slots=True)
class Column:
    """A column's id, its label, and how its cells look: text, center, time, card, amount."""

    id: str
    label: str
    kind: str = "text"


REQUESTED = Column("SETL_REQST_DTM", "결제요청일시", "time")
REQUESTER = Column("SETL_REQST_ID", "결제요청자ID", "center")
PAYER = Column("CUST_NM", "거래처")
AMOUNT = Column("SETL_AMT", "결제금액", "amount")
METHOD = Column("SETL_MEAN", "결제방법", "center")
ACQUIRER = Column("ACQUER_NM", "결제사", "center")
CARD = Column("CARD_NO", "카드/식별번호", "card")
STATUS = Column("SETL_STATUS_TYPE", "결제상태", "center")
OLD_STATUS = Column("SETL_STAT_NM", "결제상태", "center")
APPROVAL = Column("APVL_NO", "승인번호", "center")
STOCK = Column("INV_SLIP", "재고전표", "center")
#: What other companies have.
ITEM = Column("ITEM_NM", "품목")
BOOK = Column("ACC_SLIP", "회계전표", "center")
NOTE = Column("NOTE", "내역")
RECEIPT = Column("RECEIPT", "영수증인쇄", "center")

DEPOSITS = [
    Column("SLIP_NO", "일자-No.", "center"),
    Column("CUST_NM", "거래처명"),
    Column("TAMT", "금액", "amount"),
    Column("REMARKS", "적요"),
    Column("ACCT", "입금계좌코드", "center"),
    Column("WRITER", "작성자", "center"),
    Column("ENTERED", "입력일시", "time"),
]

_STATUS_COLUMNS = {"type": [STATUS], "nm": [OLD_STATUS], "both": [STATUS, OLD_STATUS], "none": []}
_LINKED = {"none": (), "approval": (APPROVAL,), "required": (REQUESTED, PAYER, AMOUNT, STATUS, OLD_STATUS, APPROVAL)}
_WIDE = {ord(str(digit)): chr(0xFF10 + digit) for digit in range(10)}


def of_payments(knobs: Knobs) -> list[Column]:
    """Return the payment list's columns, left to right."""
    statuses = _STATUS_COLUMNS[knobs.word("status_column")]
    if knobs.word("columns") == "other_order":
        return [*statuses, APPROVAL, STOCK, REQUESTED, AMOUNT, PAYER, REQUESTER, CARD, ACQUIRER, METHOD]
    if knobs.word("columns") == "other_company":
        return [REQUESTED, REQUESTER, PAYER, ITEM, AMOUNT, METHOD, *statuses, APPROVAL, STOCK, BOOK, NOTE, RECEIPT]
    return [REQUESTED, REQUESTER, PAYER, AMOUNT, METHOD, ACQUIRER, CARD, *statuses, APPROVAL, STOCK]


def is_linked(column: Column, knobs: Knobs) -> bool:
    """Return whether a column's cells hold a link and no span."""
    return column in _LINKED[knobs.word("linked_cells")]


def payment_row(row: sqlite3.Row, number: int, shape: list[Column], knobs: Knobs) -> dict[str, Any]:
    """Return a payment as the list shows it; a cell that is None has no span at all."""
    texts: dict[str, str | None] = {
        REQUESTED.id: shown(row["requested_at"]),
        REQUESTER.id: row["requester"],
        PAYER.id: row["payer"],
        AMOUNT.id: _disguise(f"{row['amount']:,}", knobs.word("amount_text")),
        METHOD.id: row["method"],
        ACQUIRER.id: row["acquirer"],
        CARD.id: row["card"],
        STATUS.id: _disguise(row["status"], knobs.word("status_text")),
        OLD_STATUS.id: _disguise(row["status"], knobs.word("status_text")),
        APPROVAL.id: row["approval_no"],
        STOCK.id: "",
        ITEM.id: "월정액",
        BOOK.id: "",
        NOTE.id: "카드결제",
        RECEIPT.id: "인쇄",
    }
    if knobs.word("empty_cells") == "absent":
        texts = {name: text or None for name, text in texts.items()}
    if number == int(knobs.number("approval_absent_row")):
        texts[APPROVAL.id] = None
    cells = {column.id: texts[column.id] for column in shape}
    return {"id": row["id"], "selectable": row["status"] == "승인", "cells": cells}


def deposit_row(row: sqlite3.Row) -> dict[str, Any]:
    """Return a slip as the deposit list shows it."""
    cells = {
        "SLIP_NO": row["slip_no"],
        "CUST_NM": row["payer"],
        "TAMT": f"{row['amount']:,}",
        "REMARKS": row["memo"],
        "ACCT": row["account"],
        "WRITER": row["writer"],
        "ENTERED": shown(row["entered_at"]),
    }
    return {"id": row["id"], "selectable": True, "cells": cells}


def _disguise(text: str, how: str) -> str:
    """Write a text with the odd blanks and digits that were met on real screens."""
    if how == "nbsp":
        return f"\N{NO-BREAK SPACE}{text}\N{NO-BREAK SPACE}"
    if how == "wide_space":
        return f"{text}\N{IDEOGRAPHIC SPACE}"
    if how == "blanks":
        return f"  {text} \n"
    if how == "full_width":
        wide = text.translate(_WIDE).replace(",", "\N{FULLWIDTH COMMA}")
        return wide if wide != text else f"\N{IDEOGRAPHIC SPACE}{text}\N{IDEOGRAPHIC SPACE}"
    return unicodedata.normalize("NFC", text)
