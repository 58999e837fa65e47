"""The words of the status page, in English and Korean."""

from worker.i18n.language import Words
from worker.runtime.heartbeat import Phase
from worker.status.page.view import Health

HEALTHS = {
    Health.HEALTHY: Words("Healthy", "정상"),
    Health.DEGRADED: Words("Degraded", "주의"),
    Health.DOWN: Words("Down", "중단"),
}

PHASES = {
    Phase.STARTING: Words("Starting", "시작하는 중입니다"),
    Phase.WAITING: Words("Waiting for the next cycle", "다음 사이클을 기다리고 있습니다"),
    Phase.WAITING_FOR_ERP: Words(
        "Waiting to try the ERP again: the last cycle failed", "지난 사이클이 실패하여 ERP 재시도를 기다리고 있습니다"
    ),
    Phase.SIGNING_IN: Words("Signing in to the ERP", "ERP에 로그인하고 있습니다"),
    Phase.READING: Words("Reading the card payments", "카드 결제내역을 읽고 있습니다"),
    Phase.PLANNING: Words("Deciding what to post", "입금 처리할 건을 정하고 있습니다"),
    Phase.UPLOADING: Words("Entering the deposits", "입금 내역을 입력하고 있습니다"),
    Phase.SAVING: Words("Saving, waiting for the ERP's answer", "저장 후 ERP의 응답을 기다리고 있습니다"),
    Phase.SETTLING: Words("Looking the deposits up in the ERP", "ERP에서 입금 내역을 대조하고 있습니다"),
    Phase.CLOSING: Words("Closing the browser", "브라우저를 닫고 있습니다"),
    Phase.STOPPING: Words("Stopping", "종료하고 있습니다"),
}

STATES = {
    "ran": Words("ran", "완료"),
    "failed": Words("failed", "실패"),
    "missed": Words("missed", "누락"),
    "skipped": Words("skipped", "생략"),
    "open": Words("due now", "진행"),
    "due": Words("to come", "예정"),
}

OUTCOMES = {
    "posted": Words("all posted", "모두 입금 처리됨"),
    "not sent": Words("not sent", "미전송"),
    "in_doubt": Words("in doubt", "확인 필요"),
    "in_doubt, posted": Words("partly in doubt", "일부 확인 필요"),
    "rejected": Words("refused by the ERP", "ERP에서 거부됨"),
    "posted, rejected": Words("partly refused by the ERP", "일부 ERP에서 거부됨"),
    "recovered": Words("interrupted, and recovered", "중단 후 복구됨"),
}

ROWS = Words("{rows} deposits, ₩{won}", "입금 {rows}건, {won}원")
DEPOSITS = Words("{count} deposits, ₩{won}", "입금 {count}건, {won}원")
CYCLES = Words(
    "{cancellations} of them cancellations · cycles: {success} ran, {failure} failed",
    "그중 취소 {cancellations}건 · 사이클: 완료 {success}회, 실패 {failure}회",
)

#: Days, hours, minutes, seconds, and what comes after a time to come.
UNITS = (
    Words(" d", "일"),
    Words(" h", "시간"),
    Words(" min", "분"),
    Words(" s", "초"),
    Words("in {}", "{} 후"),
    Words("for {}", "{}째"),
)

WORDS = {
    "title": Words("daybreak: card payments", "daybreak 카드 입금 처리"),
    "now": Words("Now", "현재"),
    "next_cycle": Words("Next cycle", "다음 사이클"),
    "last_batch": Words("Last batch", "최근 입금 처리"),
    "today": Words("Today", "오늘"),
    "needs": Words("Needs a person", "담당자 확인 필요"),
    "nothing": Words("Nothing. All is decided.", "확인할 건이 없습니다."),
    "timeline": Words("Today's cycles", "오늘의 사이클"),
    "none_yet": Words("none yet", "아직 없음"),
    "under_way": Words("under way", "처리 중"),
    "since": Words("since", "시작"),
    "written": Words("Written at", "작성 시각"),
    "valid_until": Words("valid until", "유효 시각"),
    "stale": Words("No news", "소식 없음"),
    "stale_why": Words(
        "Nobody has renewed this page in time: the system or this computer's view of it stands still. What is shown "
        "below is old. Look with: daybreak status",
        "제시간에 페이지가 갱신되지 않았습니다. 시스템이 멈췄거나 이 화면이 오래된 것입니다. 아래 내용은 과거 "
        "기준입니다. daybreak status 명령으로 확인해 주십시오.",
    ),
    "no_script": Words(
        "Without JavaScript this page can't turn red by itself. If it is later than the time it is valid until, "
        "nothing here counts.",
        "자바스크립트가 꺼져 있어 페이지가 스스로 빨간색으로 바뀌지 못합니다. 유효 시각이 지났다면 아래 내용을 "
        "믿지 마십시오.",
    ),
}
