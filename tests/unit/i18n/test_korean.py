"""Every sentence that an error, a guard or an alarm makes has its Korean."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rig import PROJECT
from worker.alerts.catalogue import CAUSES
from worker.i18n import korean, reasons
from worker.i18n.language import Language

#: Calls whose sentences people read: raised errors of ours, alerts of the guards, alarms, notes.
READ = re.compile(r"[A-Z]\w+|alert|say|tell|_tell|_tell_once|_ask_to_end|raise_alarm|_raise_alarm|spool")

#: Errors that say something about the program, not to people; and what is no error of ours.
NOT_READ = {"ValueError", "TypeError", "OSError", "RuntimeError", "NotImplementedError", "DatabaseError", "SystemExit"}

#: Modules whose words are for the one who sets the machine up, at a terminal, in English.
FOR_SET_UP = tuple(
    f"worker/{name}"
    for name in (
        "admin/service.py", "admin/wsl.py", "admin/upgrade.py", "admin/upgrade_preparation.py",
        "admin/upgrade_journal.py",
        "admin/git.py", "admin/versions.py", "admin/tree.py",
        "browser/chromium.py", "admin/chromium.py", "demo/", "i18n/korean/",
    )
)  # fmt: skip

#: English that is no sentence: names, commands, settings, values.
NAMES = re.compile(
    r"daybreak|circusctl|circusd|circus\.ini|systemd|worker|start|status|stop|adopt|resume|alert-test|restart|restore|"
    r"scripts?|install|setup|only|backups?|guards?|log|local|var|path|plugin|heartbeat|recycle|wait|days|mon|sun|wed|"
    r"fri|https?|login|smtp|example|com|office|ping|your|uuid|chmod|off|on|starttls|ssl|venv|bin|pip|apprise|once|test|"
    r"nothing|until|list|record|posted|not|never|why|yes|close|open|undo|month|week|day|MODE|production|view|erp|Asia|"
    r"Seoul|Apprise|systemctl|package|module|Class|hc|resolve|demo|held|seen|sent|move|tar|json|utf|url|production|pytest|int"
)


def files() -> list[Path]:
    """Return the modules whose words people read."""
    found = [*(PROJECT / "worker").rglob("*.py"), *(PROJECT / "hooks").rglob("*.py")]
    return [one for one in found if not f"{one.relative_to(PROJECT)}".startswith(FOR_SET_UP)]


def templates(node: ast.expr) -> Iterator[str]:
    """Yield a text with its values as 7; a value that hangs on a word, and says more only sometimes, is left out."""
    if isinstance(node, ast.IfExp):
        yield from templates(node.body)
        yield from templates(node.orelse)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        text = "".join(str(one.value) if isinstance(one, ast.Constant) else "\0" for one in node.values)
        yield re.sub("(?<=[a-z8)])\0", "", text).replace("\0", "7")


def sentences(path: Path) -> Iterator[tuple[int, str]]:
    """Yield (line, sentence) of what the module raises or tells."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        call = node.exc if isinstance(node, ast.Raise) else node
        if not isinstance(call, ast.Call):
            continue
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        is_error = isinstance(node, ast.Raise)
        if name in NOT_READ or not READ.fullmatch(name) or name[0].isupper() != is_error:
            continue
        for one in call.args:
            for said in templates(one):
                # One word is the name of something, and a line that is only values has no words.
                if " " in said and re.search(r"[a-z]{3}", said) and said not in CAUSES and "%s" not in said:
                    yield call.lineno, said


def english(text: str) -> list[str]:
    """Return what is left of the English in a Korean sentence."""
    words = re.findall(r"[A-Za-z]{3,}", re.sub(r"--[a-z-]+", "", text))
    return [one for one in words if not NAMES.fullmatch(one) and not one.isupper()]


@pytest.mark.parametrize("path", files(), ids=lambda path: str(path.relative_to(PROJECT)))
def test_what_people_read_has_its_korean(path: Path) -> None:
    for line, said in sentences(path):
        found = reasons.say(said, Language.KO)

        assert re.search("[가-힣]", found), f"{path}:{line}: add to worker/i18n/korean: {said!r}"
        assert not english(found), f"{path}:{line}: {said!r} reads {found!r}; left in English: {english(found)}"


def test_no_two_lines_of_the_tables_say_the_same_english() -> None:
    known = [english for table in korean.TABLES for english, _ in table]

    assert sorted({one for one in known if known.count(one) > 1}) == []


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        (
            "worker (pid 812, sleeping) silent for 42 s while reading (opening 결제내역조회), promised a beat within"
            " 25 s of 08:00:00: killing it",
            "처리 프로그램(PID 812, 정상 대기): 결제내역 조회 중(결제내역조회 열기) 42초 동안 응답이 없습니다 "
            "(08:00:00에 25초 안에 다시 신호하기로 함). 강제 종료합니다",
        ),
        (
            "waiting for the answer to 3 deposits: not there after 60 s (the save went out, no answer came)",
            "입금 3건의 저장 결과 대기: 60초 안에 나타나지 않았습니다 (저장을 전송했으나 응답이 없습니다)",
        ),
        (
            "opening 결제내역조회: Page.goto: net::ERR_EMPTY_RESPONSE at http://localhost:8800/ec5/view/erp",
            "결제내역조회 열기: http://localhost:8800/ec5/view/erp 에 접속할 수 없습니다 (net::ERR_EMPTY_RESPONSE)",
        ),
        (
            "the settings are wrong:\n  INTERVAL_MIN='half': input should be a valid integer, unable to parse string as"
            " an integer\n  FOO is no setting; take the line out",
            "설정이 잘못되었습니다:\n  INTERVAL_MIN='half': 정수를 적어 주십시오\n"
            "  FOO 은(는) 없는 설정입니다. 그 줄을 지워 주십시오",
        ),
        ("posted, says kim: slip 12: 확인", "입금됨 (kim 확인: slip 12: 확인)"),
        ("opening 2026-11-28", "2026-11-28 업무일 지정"),
        ("opening 결제내역조회", "결제내역조회 열기"),
        ("a sentence of nobody's", "a sentence of nobody's"),
    ],
)
def test_a_sentence_reads_in_korean_with_its_values(said: str, wanted: str) -> None:
    assert korean.say(said) == wanted


def test_how_far_a_long_posting_is_is_said_in_korean() -> None:
    assert korean.say("a batch of 50 (1,250 of 10,000 are sent)") == "50건 배치 (10,000건 중 1,250건 전송)"
    assert korean.say("saving 50 deposits (50 of 120 are sent)") == "입금 50건 저장 (120건 중 50건 전송)"
