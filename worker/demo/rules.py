"""The ERP's checks of one uploaded row."""

import re
from collections.abc import Sequence
from datetime import datetime

from worker.demo.deposits import Entry
from worker.demo.knobs import Knobs

WIDTH = 12
ACCOUNTS = ("카드사", "현금", "보통예금", "가온은행", "간편결제")
ACCOUNT_CODES = ("1089", "1019", "1039", "")


def entry_of(row: Sequence[str], knobs: Knobs) -> Entry | str:
    """Return what a row becomes, or, in the ERP's words, why it is refused."""
    cells = [*(cell.strip() for cell in row), *[""] * WIDTH]
    date, account, account_code, payer, amount, memo = (cells[k] for k in (0, 3, 4, 6, 7, 9))
    if not date:
        return "일자(필수)를 입력하세요."
    if not _is_day(date):
        return f"일자를 확인바랍니다. [{date}]"
    if date <= knobs.word("closed_until"):
        return f"마감된 기간의 자료는 입력할 수 없습니다. [{date}]"
    if account not in ACCOUNTS:
        return f"입금계좌코드 미등록코드[{account}]"
    if account_code not in ACCOUNT_CODES:
        return f"계정코드 미등록코드[{account_code}]"
    if not payer:
        return "거래처명(필수)을 입력하세요."
    if (hidden := knobs.word("reject_payers")) and hidden in payer:
        return f"거래처 미등록코드[{payer}]"
    if not re.fullmatch(r"[+-]?\d{1,13}", amount, re.ASCII) or int(amount) == 0:
        return f"금액을 확인바랍니다. [{amount}]"
    return Entry(date=date, account=account, account_code=account_code, payer=payer, amount=int(amount), memo=memo)


def _is_day(text: str) -> bool:
    try:
        return datetime.strptime(text, "%Y/%m/%d").strftime("%Y/%m/%d") == text  # noqa: DTZ007  # a day has no zone
    except ValueError:
        return False
