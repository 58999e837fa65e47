"""Reasons of the ledger in Korean: every one that the code writes down has words."""

import ast
import re
from pathlib import Path

import pytest

from worker.i18n import message, reasons, stored
from worker.i18n.korean import earlier
from worker.i18n.language import Language, translations

WORKER = Path(reasons.__file__).parents[1]

#: Texts in these modules that become a reason in the ledger.
SOURCES = (
    *(f"{room}/{path.name}" for room in ("ledger", "posting") for path in sorted((WORKER / room).glob("*.py"))),
    "payments/payment.py",
)


@pytest.mark.parametrize(
    ("reason", "korean"),
    [
        ("left the list before it was posted", "입금 전에 목록에서 사라졌습니다"),
        ("never, says kim: a gift: yes", "입금 불필요 (kim 확인: a gift: yes)"),
        ("paused by kim (daybreak pause)", "일시 중지 (kim (daybreak pause))"),
        ("crash (signal 9)", "비정상 종료 (시그널 9)"),
        (
            "of 3 the ERP counted 0 stored and 0 refused: 성공 : 0건",
            "3건 중 ERP 집계 성공 0건, 실패 0건. ERP 메시지: 성공 : 0건",
        ),
        ("the ERP refused it: {미등록코드}", "ERP가 저장을 거부하였습니다. ERP 메시지: {미등록코드}"),
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

    assert unknown == set()


def test_what_others_wrote_is_said_in_korean_within_a_message_and_within_one_of_its_parts() -> None:
    inner = message("asking circusd to {command}: {error}", command="list", error="timed out")
    said = message("no answer: {error}; going on with the worker it ran last", error=inner)

    assert reasons.say(said, Language.KO) == (
        "circusd 응답 없음: circusd에 list 요청: 응답 시간이 초과되었습니다. "
        "마지막으로 실행한 처리 프로그램을 계속 지켜봅니다"
    )
    assert reasons.say(said, Language.EN) == said


def test_decisions_of_people_are_one_reason() -> None:
    never = message("{verdict}, says {by}: {why}", verdict=message("never"), by="kim", why="a gift")
    posted = message("{verdict}, says {by}: {why}", verdict=message("posted"), by="kim", why="a gift")

    assert reasons.grouped(never) == reasons.grouped("never, says lee: paid in cash")
    assert reasons.grouped(posted) != reasons.grouped(never)
    assert reasons.grouped("never, says kim: a gift") == reasons.grouped("never, says lee: paid in cash")
    assert reasons.grouped("reflected by hand") == "reflected by hand"


def test_a_move_that_excludes_counts_with_the_reason_that_it_names_stored_or_not() -> None:
    why = message("its approval {key} is held", key="ABCDEFGHIJ")
    moved = message("excluded: {why}", why=why)

    assert reasons.grouped(moved) == reasons.grouped(stored(moved)) == reasons.grouped(why)
    assert reasons.grouped(message("excluded: {why}", why="reflected by hand")) == "reflected by hand"
    assert reasons.grouped("excluded: reflected by hand") == "reflected by hand"
    assert reasons.grouped("excluded: never, says kim: a gift") == reasons.BY_A_PERSON
    assert reasons.is_exclusion(moved)
    assert reasons.is_exclusion("excluded: reflected by hand")
    assert not reasons.is_exclusion(message("listed"))


@pytest.mark.parametrize(
    ("sentence", "korean"),
    [
        (
            "payment XTEOODJBXD: differs only in payer from Y4BFUL4PKD, which was posted and left the list",
            "결제 XTEOODJBXD: 이미 입금 처리되고 목록에서 사라진 Y4BFUL4PKD 건과 거래처 항목만 다릅니다",
        ),
        (
            "its approval ABCDEFGHIJ was posted before the adoption",
            "원승인 ABCDEFGHIJ 건이 다음 사유로 제외되었습니다: 도입 전에 이미 입금 처리되었습니다",
        ),
        ("excluded: listed again with its approval number", "제외: 승인번호가 표시되어 목록에 다시 나타났습니다"),
        (
            "saving batch 5: the page asked for no save. Nothing was sent",
            "5번 배치 저장: 화면이 저장을 요청하지 않았습니다. 아무것도 전송하지 않았습니다",
        ),
        ("recycle of 2026-11-30 05:55: no worker runs", "2026-11-30 05:55 정기 재시작: 실행 중인 처리 프로그램 없음"),
    ],
)
def test_what_earlier_versions_stored_is_said_in_korean(sentence: str, korean: str) -> None:
    assert reasons.say(sentence, Language.KO) == korean


def test_no_line_of_earlier_versions_says_what_a_message_of_today_says() -> None:
    fields = re.compile(r"\{\w+\}")
    today = {fields.sub("7", one) for one in translations(Language.KO)}

    assert [english for english, _ in earlier.TABLE if fields.sub("7", english) in today] == []
