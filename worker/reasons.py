"""The reasons that the ledger holds, in the reader's language. The ledger itself keeps them in English for ever."""

import re
from collections.abc import Callable

from worker.language import Language, Words

_FIELDS = {
    "time": "결제일시",
    "payer": "거래처",
    "amount": "금액",
    "approval_no": "승인번호",
}

_VERDICTS = {"posted": "입금됨", "not posted": "미입금", "never": "입금 불필요"}

#: A reason as it stands in the ledger, and how it reads in Korean. Groups of the pattern fill {0}, {1} …
_PATTERNS: tuple[tuple[str, str], ...] = (
    # why a payment needs no deposit, or is held
    (r"left the list before it was posted", "입금 처리 전에 결제 목록에서 사라졌습니다"),
    (r"cancelled before it was posted", "입금 처리 전에 승인이 취소되었습니다"),
    (r"takes back an approval that was never posted", "입금 처리하지 않은 승인을 취소한 건입니다"),
    (r"listed again with its approval number", "승인번호가 표시되어 목록에 다시 나타났습니다"),
    (r"reflected by hand", "담당자가 직접 회계반영하였습니다"),
    (r"posted before the adoption", "도입 전에 이미 입금 처리되었습니다"),
    (r"approved, but without an approval number", "승인 상태이나 승인번호가 없습니다"),
    (r"a cancellation whose approval is not known", "원승인을 찾을 수 없는 취소입니다"),
    (r"its approval (\S+) was (.+)", "원승인 {0} 건이 다음 사유로 제외되었습니다: {1}"),
    (
        r"differs only in (\w+) from (\S+), which was posted and left the list",
        "이미 입금 처리되고 목록에서 사라진 {1} 건과 {0} 항목만 다릅니다",
    ),
    (r"(posted|not posted|never), says (.+?): (.+)", "{0} ({1} 확인: {2})"),
    (r"a person said that it needs no deposit", "담당자가 입금이 필요 없다고 확인하였습니다"),
    # what became of a batch
    (r"the ERP confirmed it", "ERP가 저장을 확인하였습니다"),
    (
        r"the ERP confirmed it, but its list could not be read",
        "ERP는 저장을 확인하였으나 입금 목록을 조회하지 못했습니다",
    ),
    (r"the ERP confirmed it, but its list does not show it", "ERP는 저장을 확인하였으나 입금 목록에 나타나지 않습니다"),
    (r"the ERP refused it: (.+)", "ERP가 저장을 거부하였습니다: {0}"),
    (r"of (\d+) the ERP counted (\d+) stored and (\d+) refused: (.*)", "{0}건 중 ERP 집계 성공 {1}건, 실패 {2}건: {3}"),
    (r"the worker ended before the answer was read", "결과를 확인하기 전에 처리 프로그램이 종료되었습니다"),
    (r"the worker ended before the save was sent", "저장을 전송하기 전에 처리 프로그램이 종료되었습니다"),
    (r"two look-ups did not find it: it was not stored", "두 번 조회하였으나 없어 저장되지 않은 것으로 확정하였습니다"),
    (r"found in the deposit list as (.+)", "입금 목록에서 확인되었습니다 (전표 {0})"),
    (r"posted after the backup that was restored, as (.+)", "복원한 백업 이후에 입금 처리되었습니다 (전표 {0})"),
    (r"not sent: (.+)", "전송하지 않았습니다: {0}"),
    (r"MODE = test", "시험 모드(MODE = test)"),
    # why a row can't be taken for money
    (r"unknown status (.+)", "알 수 없는 결제상태입니다: {0}"),
    (r"the status is empty", "결제상태가 비어 있습니다"),
    (r"the payer is empty", "거래처가 비어 있습니다"),
    (r"the amount is 0", "결제금액이 0원입니다"),
    (r"an approval with the amount (.+)", "승인인데 금액이 음수입니다: {0}"),
    (r"(.+) is not a time like '.+'", "결제일시 형식이 아닙니다: {0}"),
    (r"(.+) has no hour from 1 to 12", "결제일시의 시각이 올바르지 않습니다: {0}"),
    (r"(.+) is not a whole number of won", "원 단위 금액이 아닙니다: {0}"),
    (r"requested, no answer yet", "요청중"),
    (r"approval failed", "승인실패"),
    (r"cancellation failed", "취소실패"),
    # what became of a time at which a cycle was due
    (r"asleep", "컴퓨터 절전 상태"),
    (r"catching up", "앞선 처리가 계속되는 중"),
    (r"locked", "다른 프로그램이 처리 권한을 보유"),
    (r"down", "처리 프로그램 중지 상태"),
    (r"paused by (.+)", "일시 중지 ({0})"),
    (
        r"the day off needs no cycle: the last full read is younger than DAYS_OFF_AFTER_H",
        "휴무일: 최근에 전체 조회를 마쳐 처리가 필요하지 않습니다",
    ),
    (r"the worker ended in it", "처리 도중 프로그램이 종료되었습니다"),
    (r"asked to stop before (.+)", "중지 요청 ({0} 전)"),
    # why a process was started or ended
    (r"boot", "시스템 시작"),
    (r"operator", "운영자 조작"),
    (r"ended unseen", "원인 미상 종료"),
    (r"crash \(exit (\d+)\)", "비정상 종료 (종료 코드 {0})"),
    (r"crash \(signal (\d+)\)", "비정상 종료 (신호 {0})"),
    (r"crash \(unknown exit\)", "비정상 종료 (종료 코드 미상)"),
    (r"planned (\d\d:\d\d)", "정기 재시작 ({0})"),
    (r"promise broken: (.+)", "응답 없음: {0}"),
    # what cycles noted
    (
        r"deposit (\S+) stands in the ERP (\d+) times: (.+)",
        "입금 {0} 건이 ERP에 {1}번 저장되어 있습니다 (전표 {2}). 초과분을 직접 삭제해 주십시오",
    ),
    (
        r"the last complete reading was at (.+), and the list keeps a row for (\d+) days: rows may have left it "
        r"unseen\. Compare with the ERP",
        "마지막 전체 조회는 {0}이며 목록은 {1}일간만 유지됩니다. "
        "조회하지 못한 건이 사라졌을 수 있으니 ERP와 대조해 주십시오",
    ),
    (
        r"the list is empty, the reading before held (\d+) rows\. Look at it in the ERP",
        "결제 목록이 비어 있습니다. 직전 조회에는 {0}건이 있었으니 ERP에서 확인해 주십시오",
    ),
    (r"done", "완료"),
    (r"not needed", "필요 없음 (이미 새로 시작됨)"),
    (r"no worker runs", "실행 중인 처리 프로그램 없음"),
)

#: Groups that are words of ours themselves.
_INNER: dict[str, Callable[[str], str]] = {
    "differs only in": lambda text: _FIELDS.get(text, text),
    "posted|not posted|never": lambda text: _VERDICTS.get(text, text),
}

_TABLE = tuple((re.compile(pattern, re.DOTALL), korean) for pattern, korean in _PATTERNS)

#: Decisions of a person are one reason, whoever decided.
BY_A_PERSON = "a person said that it needs no deposit"

_NONE = Words("no reason given", "사유 없음")


def say(reason: str, language: Language) -> str:
    """Return a reason of the ledger in a language; one that no pattern knows stays as it is."""
    text = reason.strip()
    if not text:
        return _NONE(language)
    if language is Language.EN:
        return text
    for pattern, korean in _TABLE:
        if found := pattern.fullmatch(text):
            inner = next((use for part, use in _INNER.items() if part in pattern.pattern), None)
            groups = [inner(one) if inner else say(one, language) if one else "" for one in found.groups()]
            return korean.format(*groups)
    return text


def grouped(reason: str) -> str:
    """Return the reason without what is different for each payment, so that equal ones can be counted together."""
    return BY_A_PERSON if reason.startswith("never, says ") else reason
