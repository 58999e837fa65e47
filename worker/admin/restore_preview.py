"""What restoring a backup means, in plain words and in both languages."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from worker.i18n.language import Language, Words


@dataclass(slots=True)
class Outlook:
    """What restoring a backup means."""

    backup: Path
    #: The backup's last sign of life.
    taken: datetime | None = None
    payments: int = 0
    #: What waits in it, by state.
    waiting: Counter[str] = field(default_factory=Counter)
    #: What the present ledger has settled and the backup does not know: payments by what became of them.
    unknown: Counter[str] = field(default_factory=Counter)
    unknown_won: int = 0
    #: Why the present ledger can't be compared, or "".
    present_problem: str = ""
    #: Deposits without keys were sent since: no look-up finds them.
    is_blind: bool = False
    #: The machine in its adoption is another one.
    is_from_elsewhere: bool = False


_BACKUP = Words(
    "{backup} is a whole ledger with {payments} payments; its last entry is of {taken}.",
    "{backup}: 온전한 장부입니다. 결제 {payments}건, 마지막 기록 {taken}.",
)
_NOTHING_LOST = Words(
    "It knows everything that the present ledger has settled.", "현재 장부에서 처리된 내역을 모두 포함하고 있습니다."
)
_LOST = Words(
    "It does not know {count} payments ({won} won) that the present ledger has settled since: {parts}. "
    "None of them is posted again by itself: they are looked up in the ERP, and held for a person if it does not "
    "show them.",
    "그 이후 현재 장부에서 처리된 {count}건({won}원)을 알지 못합니다: {parts}. "
    "이 건들은 자동으로 다시 입금하지 않으며, ERP에서 조회하고 나타나지 않으면 담당자 확인을 위해 보류합니다.",
)
_NO_PRESENT = Words(
    "The present ledger can't be compared with it ({why}): what was posted since is known to the ERP alone.",
    "현재 장부와 비교할 수 없습니다 ({why}). 그 이후의 입금 내역은 ERP에서만 확인할 수 있습니다.",
)
_WAITING = Words("Waiting in it: {parts}.", "이 백업에서 대기 중인 건: {parts}.")
_NONE = Words("nothing", "없음")
_STEPS = Words(
    "After it is restored nothing is posted until it is proved: (1) the next cycle reads the list and looks up all "
    "that "
    "waits in the ERP's deposit list; (2) a second look-up, at least {settle} s later, must find nothing more. "
    "Normally "
    "that is done with the second cycle; `daybreak status` shows how far it is. What was found is posted, the rest "
    "waits "
    "and is posted then.",
    "복원 후 확인이 끝날 때까지 아무것도 입금하지 않습니다. (1) 다음 처리에서 목록을 읽고 대기 중인 건을 모두 ERP 입금 "
    "목록에서 조회합니다. (2) {settle}초 이상 지난 두 번째 조회에서 더 이상 발견되는 건이 없어야 합니다. 보통 두 번째 "
    "처리에서 끝나며 진행 상황은 `daybreak status`에 표시됩니다. 발견된 건은 입금된 것으로, 나머지는 그 뒤에 입금 "
    "처리합니다.",
)
_BY_HAND = Words(
    "After it is restored nothing is posted until a person has compared: nothing can be looked up here (REMARK_KEY or "
    "DEPOSIT_LIST is off, or was off meanwhile). (1) The next cycle reads the list; (2) compare it with the deposits "
    "in the ERP; (3) say "
    "what was "
    "posted: daybreak adopt --until TIME, --list FILE or --nothing.",
    "복원 후 담당자가 대조할 때까지 아무것도 입금하지 않습니다. 이곳에서는 자동 조회를 할 수 없습니다(REMARK_KEY 또는 "
    "DEPOSIT_LIST가 꺼져 있거나 그동안 꺼져 있었음). (1) 다음 처리에서 목록을 읽습니다. (2) ERP의 입금 내역과 "
    "대조합니다. (3) 이미 입금된 "
    "건을 "
    "알려 줍니다: daybreak adopt --until 시각, --list 파일 또는 --nothing.",
)
_ELSEWHERE = Words(
    "It was kept on another machine: posting here needs `daybreak adopt --this-machine` as well.",
    "다른 컴퓨터에서 사용하던 장부입니다. 이곳에서 입금하려면 `daybreak adopt --this-machine`도 필요합니다.",
)
_AGAIN = Words(
    "Reports and alarms of that time may be mailed again.", "그 기간의 보고서와 알림 메일이 다시 발송될 수 있습니다."
)

_PARTS = {
    "posted": Words("posted", "입금 처리"),
    "excluded": Words("excluded", "제외"),
    "held": Words("held", "보류"),
    "in_doubt": Words("in doubt", "저장 여부 확인 필요"),
    "rejected": Words("refused", "ERP 거부"),
    "sent": Words("sent, no answer yet", "전송, 결과 대기"),
    "seen": Words("not sent yet", "미전송"),
    "planned": Words("planned", "전송 예정"),
    "armed": Words("armed", "저장 준비"),
}


def lines(found: Outlook, *, can_look_up: bool, settle_s: float, zone: ZoneInfo, language: Language) -> Iterator[str]:
    """Yield what restoring means, a sentence or two a line."""
    taken = f"{found.taken.astimezone(zone):%Y-%m-%d %H:%M:%S}" if found.taken else "–"
    yield _BACKUP(language, backup=found.backup, payments=f"{found.payments:,}", taken=taken)
    yield _WAITING(language, parts=_parts(found.waiting, language))
    if found.present_problem:
        yield _NO_PRESENT(language, why=found.present_problem)
    elif found.unknown:
        count, won = f"{found.unknown.total():,}", f"{found.unknown_won:,}"
        yield _LOST(language, count=count, won=won, parts=_parts(found.unknown, language))
    else:
        yield _NOTHING_LOST(language)
    yield _STEPS(language, settle=f"{settle_s:g}") if can_look_up and not found.is_blind else _BY_HAND(language)
    if found.is_from_elsewhere:
        yield _ELSEWHERE(language)
    yield _AGAIN(language)


def _parts(counts: Counter[str], language: Language) -> str:
    parts = [f"{count:,} {_PARTS[name](language)}" for name, count in sorted(counts.items()) if count]
    return ", ".join(parts) or _NONE(language)
