"""The words of reports, in both languages."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from worker.i18n.language import Language, Words

_WEEKDAYS_EN = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_WEEKDAYS_KO = "월화수목금토일"
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip

WORDS: dict[str, Words] = {
    # titles
    "daily": Words("Daily report", "일일 보고서"),
    "summary": Words("Daily summary", "일일 입금 요약"),
    "weekly": Words("Weekly report", "주간 보고서"),
    "monthly": Words("Monthly report", "월간 보고서"),
    "span": Words("Report", "기간 보고서"),
    "as of": Words("as of {at}", "{at} 기준"),
    "so far": Words("so far, as of {at}", "{at} 현재까지"),
    "period": Words("Period", "집계 기간"),
    "from to": Words("{since} to {until}", "{since} ~ {until}"),
    "company": Words("Company {company}", "회사 {company}"),
    "demo": Words("demo data, no real money", "데모 데이터 (실제 입금 아님)"),
    "test mode": Words("MODE = test: nothing is posted", "시험 모드(MODE = test): 입금을 전송하지 않습니다"),
    "no data": Words("The ledger knows nothing of this time.", "이 기간에는 기록된 내역이 없습니다."),
    # verdict
    "good": Words("All is well", "정상"),
    "look": Words("Needs a look", "확인 필요"),
    "bad": Words("Needs action", "조치 필요"),
    "verdict good": Words("Every payment is accounted for.", "모든 결제가 빠짐없이 처리되었습니다."),
    "verdict empty": Words("No payments came in.", "접수된 결제가 없습니다."),
    "verdict waits": Words("Rows that wait for your decision: {count}.", "{count}건을 확인해 주십시오."),
    "verdict twice": Words(
        "Deposits that stand in the ERP more than once: {count}.", "ERP에 중복 저장된 입금이 {count}건 있습니다."
    ),
    "verdict proof": Words("The accounting proof shows a difference.", "입금 대사 결과에 차이가 있습니다."),
    "verdict failed": Words(
        "Cycles failed: {failed}, missed: {missed}.", "처리 실패 {failed}회, 누락 {missed}회가 있었습니다."
    ),
    "verdict restarts": Words("Unplanned restarts: {count}.", "예기치 않은 재시작이 {count}회 있었습니다."),
    # money
    "money": Words("Payments and deposits", "결제 및 입금 내역"),
    "seen": Words("Payments listed", "접수된 결제"),
    "posted": Words("Posted", "입금 처리"),
    "posted all": Words("Posted in this time", "기간 중 입금 처리"),
    "excluded": Words("Excluded", "제외"),
    "excluded why": Words("Excluded, by reason", "제외 사유별"),
    "held": Words("Held", "보류"),
    "in_doubt": Words("In doubt", "저장 여부 확인 필요"),
    "rejected": Words("Refused by the ERP", "ERP 거부"),
    "waiting": Words("Not sent yet", "미전송"),
    "odd": Words("Rows no rule covers", "규칙에 없는 행"),
    "of those": Words("of those, cancellations", "그중 취소"),
    "won in": Words("Money in (approvals)", "입금액 (승인)"),
    "won out": Words("Money out (cancellations)", "취소액 (취소)"),
    "net": Words("Difference", "차액 (순입금)"),
    "in": Words("In", "승인"),
    "out": Words("Out", "취소"),
    "newly": Words("Came to wait in this time", "기간 중 확인 필요 발생"),
    "decided": Words("Settled by a person", "담당자 처리"),
    "twice": Words("Stored more than once", "중복 저장"),
    "adds up": Words(
        "What was listed in this time, and what has become of it. The parts add up.",
        "기간 중 접수된 결제와 그 처리 결과입니다. 합계가 일치합니다.",
    ),
    "rows": Words("Rows", "건수"),
    "won": Words("Won", "금액(원)"),
    "what": Words("What", "구분"),
    "reason": Words("Reason", "사유"),
    "count": Words("Count", "횟수"),
    "n rows": Words("{count} rows", "{count}건"),
    "amount": Words("{won} won", "{won}원"),
    # person
    "waits": Words("Needs a person now", "현재 확인이 필요한 건"),
    "nothing waits": Words("Nothing waits for a person.", "확인이 필요한 건이 없습니다."),
    "key": Words("Key", "식별번호"),
    "state": Words("State", "상태"),
    "payment": Words("Payment", "결제 내역"),
    "evidence": Words("Evidence", "증빙"),
    "open evidence": Words("open", "열기"),
    "how to settle": Words("Settle each one with: daybreak resolve", "처리 방법: daybreak resolve 명령으로 건별 결정"),
    "more rows": Words("… and {count} more: daybreak resolve", "… 외 {count}건: daybreak resolve"),
    # picture
    "picture": Words("The day on one line", "하루 운영 현황"),
    "pictures": Words("The days, line by line", "일자별 운영 현황"),
    "picture sentence": Words(
        "{ran} cycles ran, {failed} failed, {missed} were missed.",
        "처리 완료 {ran}회, 실패 {failed}회, 누락 {missed}회입니다.",
    ),
    "wait": Words("waiting", "대기"),
    "ran": Words("cycle", "처리 완료"),
    "failed": Words("failed cycle", "처리 실패"),
    "stopped": Words("stopped cycle", "처리 중단"),
    "under way": Words("cycle under way", "처리 중"),
    "hung": Words("silent", "응답 없음"),
    "down": Words("down", "중지됨"),
    "asleep": Words("asleep", "절전"),
    "put-back": Words("machine paused", "시스템 정지"),
    "paused": Words("paused", "일시 중지"),
    "restart": Words("restart", "재시작"),
    "crash": Words("unplanned restart", "예기치 않은 재시작"),
    "missed": Words("missed cycle", "처리 누락"),
    # charts
    "charts": Words("In figures", "그래프"),
    "chart rows": Words("Posted rows per hour", "시간대별 입금 건수"),
    "chart won": Words("Posted won per hour", "시간대별 입금 금액"),
    "chart rows day": Words("Posted rows per day", "일자별 입금 건수"),
    "chart won day": Words("Posted won per day", "일자별 입금 금액"),
    "chart cycles": Words("Length of each cycle (s)", "처리별 소요 시간(초)"),
    "chart cycles day": Words("Median length of a cycle per day (s)", "일자별 처리 소요 시간 중앙값(초)"),
    # work
    "operation": Words("Operation", "운영 현황"),
    "cycles": Words("Cycles", "처리 횟수"),
    "cycles line": Words(
        "{ran} ran, {failed} failed, {stopped} stopped", "완료 {ran}회, 실패 {failed}회, 중단 {stopped}회"
    ),
    "slots": Words("Due times", "예정 시각"),
    "slots line": Words(
        "{due} due: {ran} ran, {failed} failed, {skipped} skipped, {missed} missed",
        "예정 {due}회: 완료 {ran}, 실패 {failed}, 생략 {skipped}, 누락 {missed}",
    ),
    "to come": Words("{count} still to come", "남은 예정 {count}회"),
    "lengths": Words("Length of a cycle", "처리 소요 시간"),
    "lengths line": Words(
        "shortest {low}, median {middle}, longest {high}", "최소 {low}, 중앙값 {middle}, 최대 {high}"
    ),
    "restarts": Words("Restarts", "재시작"),
    "recycle": Words("Daily fresh start", "매일 정기 재시작"),
    "recycle done": Words("{result} at {due}, took {seconds}", "{due} {result} ({seconds} 소요)"),
    "recycle short": Words("{result} at {due}", "{due} {result}"),
    "recycles": Words("{done} of {count} done, longest {seconds}", "{count}회 중 {done}회 완료, 최장 {seconds}"),
    "proofs even": Words("{count} days: pasted and posted agree", "{count}일: 전송과 입금 처리가 일치합니다"),
    "rows and won": Words("{label}: {rows} rows, {won} won", "{label}: {rows}건, {won}원"),
    "no recycle": Words("not recorded", "기록 없음"),
    "sleeps": Words("The machine slept", "컴퓨터 절전"),
    "pauses of the machine": Words("The machine was paused or put back", "시스템 정지 또는 시점 복원"),
    "wishes": Words("Stopped or paused by people", "담당자의 중지·일시 중지"),
    "wish running": Words("start", "시작"),
    "wish paused": Words("pause", "일시 중지"),
    "wish stopped": Words("stop", "중지"),
    "by": Words("{what} by {who}", "{what} ({who})"),
    "longest silence": Words("Longest silence", "최장 중단 시간"),
    "at": Words("{length}, at {at}", "{at}부터 {length}"),
    "notes": Words("About the payment list", "결제 목록 관련"),
    "alarms": Words("Alarms", "알림"),
    "alarm open": Words("still open", "진행 중"),
    "alarm over": Words("over after {length}", "{length} 후 해결"),
    "alarm count": Words("{count} times", "{count}회"),
    "proof": Words("Proof of the day", "입금 대사"),
    "proof even": Words(
        "{day}: pasted and posted agree, {count} rows, {won} won",
        "{day}: 전송과 입금 처리가 일치합니다 ({count}건, {won}원)",
    ),
    "proof differs": Words(
        "{day}: pasted {pasted_count} rows, {pasted_won} won; posted {count} rows, {won} won",
        "{day}: 차이 있음 – 전송 {pasted_count}건 {pasted_won}원, 입금 처리 {count}건 {won}원",
    ),
    "proof waits": Words("made after midnight", "자정 이후 확정됩니다"),
    "none": Words("none", "없음"),
    "times": Words("{count}×", "{count}회"),
    "times long": Words("{count}×, {length} in all", "{count}회, 총 {length}"),
    "failures": Words("Why cycles failed", "처리 실패 사유"),
    "missed why": Words("Why cycles were missed", "처리 누락 사유"),
    "skipped why": Words("Why cycles were skipped", "처리 생략 사유"),
    # weekly, monthly
    "checklist": Words("Checklist of the week", "주간 점검표"),
    "check": Words("Check", "점검 항목"),
    "figure": Words("Figure", "결과"),
    "target": Words("Target", "목표"),
    "ok": Words("yes", "적합"),
    "not ok": Words("no", "부적합"),
    "check twice": Words("No deposit twice", "중복 입금 없음"),
    "check silence": Words("No silence above {limit}", "{limit} 초과 중단 없음"),
    "check beats": Words("No beats more than {limit} apart", "신호 간격 {limit} 이하"),
    "check restarts": Words("No unplanned restart", "예기치 않은 재시작 없음"),
    "check recycles": Words("A fresh start every day", "매일 정기 재시작"),
    "check slots": Words("No due time missed", "예정된 처리 누락 없음"),
    "check failed": Words("No failed cycle", "처리 실패 없음"),
    "check logs": Words("One log file a day", "하루 로그 파일 1개"),
    "check proofs": Words("The proof of each day is even", "일자별 입금 대사 일치"),
    "check waits": Words("Nothing waits for a person", "확인 필요 건 없음"),
    "of": Words("{count} of {total}", "{count} / {total}"),
    "days": Words("Day by day", "일자별 내역"),
    "day": Words("Day", "일자"),
    "goals": Words("Before, target, now", "도입 전 · 목표 · 현재"),
    "goal": Words("Measure", "항목"),
    "before": Words("Before", "도입 전"),
    "now": Words("Now", "현재"),
    "goal twice": Words("Deposits entered twice", "중복 입금"),
    "goal stop": Words("Longest stop", "최장 중단 시간"),
    "goal hands": Words("Times somebody had to step in", "수동 개입 횟수"),
    "goal logs": Words("Log files", "로그 크기"),
    "before twice": Words("about 200 at a time", "한 번에 약 200건"),
    "before stop": Words("38 h", "38시간"),
    "before hands": Words("11 breakdowns in 9 months, each ended by a person", "9개월간 장애 11건, 모두 수동 복구"),
    "before logs": Words("a new file each cycle, never removed", "처리마다 새 파일, 삭제 없음"),
    "target twice": Words("0", "0건"),
    "target stop": Words("60 min at most", "60분 이하"),
    "target hands": Words("1 a month at most", "월 1회 이하"),
    "target logs": Words("one file a day, 50 MB at most", "하루 1개, 50 MB 이하"),
    "hands": Words(
        "{count} ({wishes} stops or pauses, {decided} rows settled)",
        "{count}회 (중지·일시 중지 {wishes}회, 담당자 처리 {decided}건)",
    ),
    "logs line": Words(
        "{good} of {days} days with one file, {size} in all, largest {largest}",
        "{days}일 중 {good}일 정상, 총 {size}, 최대 {largest}",
    ),
    # mail
    "later": Words("What comes in later counts in the next summary.", "이후 발생분은 다음 요약에 포함됩니다."),
    "page at": Words("The whole report: {path}", "전체 보고서: {path}"),
    "made": Words("Made by daybreak {version} on {at}.", "daybreak {version} 작성, {at}."),
    "self-test": Words(
        "That this mail arrived shows that alarms can reach you.", "이 메일이 도착했다면 알림 전달 경로가 정상입니다."
    ),
}

_UNITS = (
    (86400, Words("{count} d", "{count}일")),
    (3600, Words("{count} h", "{count}시간")),
    (60, Words("{count} min", "{count}분")),
    (1, Words("{count} s", "{count}초")),
)


def text(name: str, language: Language, **values: object) -> str:
    """Return one text of WORDS, its fields filled."""
    return WORDS[name](language, **values)


def spell(seconds: float, language: Language) -> str:
    """Return a length of time in its two largest units: 41 min, 3 h 5 min, 2.4 s."""
    if seconds < 10:
        return _UNITS[-1][1](language, count=f"{seconds:.1f}".removesuffix(".0"))
    left = round(seconds)
    parts: list[str] = []
    for size, words in _UNITS:
        count, left = divmod(left, size)
        if count or parts:
            parts.append(words(language, count=count) if count else "")
    return " ".join(one for one in parts[:2] if one)


def long_day(day: date, language: Language) -> str:
    """Return a day in words: Monday, 23 November 2026; 2026년 11월 23일 (월)."""
    if language is Language.KO:
        return f"{day.year}년 {day.month}월 {day.day}일 ({_WEEKDAYS_KO[day.weekday()]})"
    return f"{_WEEKDAYS_EN[day.weekday()]}, {day.day} {_MONTHS[day.month - 1]} {day.year}"


def short_day(day: date, language: Language) -> str:
    """Return a day in short: Mon 23 Nov; 11/23 (월)."""
    if language is Language.KO:
        return f"{day:%m/%d} ({_WEEKDAYS_KO[day.weekday()]})"
    return f"{_WEEKDAYS_EN[day.weekday()][:3]} {day.day} {_MONTHS[day.month - 1][:3]}"


def month_name(day: date, language: Language) -> str:
    """Return November 2026; 2026년 11월."""
    return f"{day.year}년 {day.month}월" if language is Language.KO else f"{_MONTHS[day.month - 1]} {day.year}"


def moment(at: datetime, zone: ZoneInfo) -> str:
    """Return a local time: 2026-11-23 17:45."""
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}"


def size(count: int) -> str:
    """Return bytes in a readable unit."""
    if count < 1_000_000:
        return f"{count / 1000:.0f} kB"
    return f"{count / 1_000_000:.1f} MB"
