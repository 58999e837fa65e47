"""Reasons of the ledger in Korean: every one that the code writes down has words."""

import ast
import re
from pathlib import Path

import pytest

from worker.i18n import reasons
from worker.i18n.language import Language

WORKER = Path(reasons.__file__).parents[1]

#: Texts in these modules that become a reason in the ledger.
SOURCES = (
    *(f"{room}/{path.name}" for room in ("ledger", "posting") for path in sorted((WORKER / room).glob("*.py"))),
    "payments/payment.py",
)


@pytest.mark.parametrize(
    ("reason", "korean"),
    [
        ("left the list before it was posted", "입금 처리 전에 결제 목록에서 사라졌습니다"),
        (
            "its approval ABCDEFGHIJ was reflected by hand",
            "원승인 ABCDEFGHIJ 건이 다음 사유로 제외되었습니다: 담당자가 직접 회계반영하였습니다",
        ),
        (
            "differs only in amount from ABCDEFGHIJ, which was posted and left the list",
            "이미 입금 처리되고 목록에서 사라진 ABCDEFGHIJ 건과 금액 항목만 다릅니다",
        ),
        ("never, says kim: a gift: yes", "입금 불필요 (kim 확인: a gift: yes)"),
        ("paused by kim (daybreak pause)", "일시 중지 (kim (daybreak pause))"),
        ("crash (signal 9)", "비정상 종료 (신호 9)"),
        ("of 3 the ERP counted 0 stored and 0 refused: 성공 : 0건", "3건 중 ERP 집계 성공 0건, 실패 0건: 성공 : 0건"),
        ("the ERP refused it: {미등록코드}", "ERP가 저장을 거부하였습니다: {미등록코드}"),
        ("", "사유 없음"),
        ("something that nobody foresaw", "something that nobody foresaw"),
    ],
)
def test_a_reason_is_said_in_korean(reason: str, korean: str) -> None:
    assert reasons.say(reason, Language.KO) == korean
    assert reasons.say(reason, Language.EN) == (reason or "no reason given")


def written() -> set[str]:
    """Return every plain text that the sources give as `why`, or to exclude and to hold."""
    found: set[str] = set()
    for name in SOURCES:
        for node in ast.walk(ast.parse((WORKER / name).read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                called = node.func.attr if isinstance(node.func, ast.Attribute) else ""
                values = [one.value for one in node.keywords if one.arg == "why"]
                values += node.args[1:2] if called in ("_exclude", "_hold") else []
            elif isinstance(node, ast.Assign) and any(
                isinstance(one, ast.Name) and one.id == "why" for one in node.targets
            ):
                values = [node.value]
            elif isinstance(node, ast.Return) and isinstance(node.value, ast.JoinedStr | ast.Constant):
                values = [node.value] if name == "payments/payment.py" else []
            else:
                continue
            for value in values:
                if isinstance(value, ast.Constant) and isinstance(value.value, str) and " " in value.value:
                    found.add(value.value)
                elif isinstance(value, ast.JoinedStr):
                    found.add("".join(str(one.value) if isinstance(one, ast.Constant) else "7" for one in value.values))
    return found


def test_every_reason_that_the_code_writes_has_korean_words() -> None:
    foreign = {"settings", "planned", "armed", "sent"}
    unknown = {
        one
        for one in written()
        if " " in one and one not in foreign and not re.search("[가-힣]", reasons.say(one, Language.KO))
    }

    assert len(written()) > 5
    assert unknown == set()


def test_decisions_of_people_are_one_reason() -> None:
    assert reasons.grouped("never, says kim: a gift") == reasons.grouped("never, says lee: paid in cash")
    assert reasons.grouped("reflected by hand") == "reflected by hand"
