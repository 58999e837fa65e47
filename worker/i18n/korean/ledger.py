"""What the ledger refuses, what the proof and the list show, and what could not be delivered."""

TABLE = (
    # adopting
    (
        'adopting: the ledger in {data} is the demo\'s. A real ERP begins with an empty folder: see "Going live" in the '
        "README",
        "인수: {data} 의 원장은 데모용입니다. 실제 ERP는 빈 폴더로 시작합니다. README 의 실제 ERP 적용 절차를 "
        "확인해 주십시오",
    ),
    (
        "adopting by the old script's record: the list could not be read: {why}",
        "이전 스크립트 기록으로 인수: 목록을 읽지 못했습니다: {why}",
    ),
    (
        "Reading the list, to hold the record against it; nothing is saved.",
        "기록과 대조하기 위해 목록을 읽습니다. 아무것도 저장하지 않습니다",
    ),
    # alarms about money
    ("payment {key}: {why}", "결제 {key}: {why}"),
    ("a row that no rule covers: {why}", "해석할 수 없는 행: {why}"),
    (
        "{day}: pasted {rows} deposits of {won} won, posted {known} of {total} won",
        "{day}: 붙여넣은 입금 {rows}건 {won}원, 장부의 입금 {known}건 {total}원",
    ),
    (
        "the page showed {rows} payments, {won} won; the ledger has {known}, {total} won",
        "화면에는 {rows}건 {won}원, 장부에는 {known}건 {total}원입니다",
    ),
    ("proving the cycle: {what}", "입금 대사: {what}"),
    (
        "the last complete reading was at {at}, and the list keeps a row for {days} days: rows can leave it unread from "
        "{from_} on. Get a cycle to run",
        "마지막 전체 조회는 {at}이며 목록은 {days}일간만 유지됩니다. {from_}부터 조회하지 못한 건이 사라질 수 있으니 "
        "사이클이 실행되도록 조치해 주십시오",
    ),
    (
        "the last complete reading was at {at}, and the list keeps a row for {days} days: rows may have left it unread "
        "from {from_} on. Get a cycle to run",
        "마지막 전체 조회는 {at}이며 목록은 {days}일간만 유지됩니다. {from_}부터 조회하지 못한 건이 사라졌을 수 있으니 "
        "사이클이 실행되도록 조치해 주십시오",
    ),
    (
        "no new payment was listed on {day}; the last {count} such weekdays had {counts}",
        "{day}에 새로 들어온 결제가 없습니다. 최근 같은 요일 {count}일의 건수: {counts}",
    ),
    ("the cycle of {at} was missed: {why}", "{at} 사이클이 실행되지 않았습니다: {why}"),
    (
        "the public holidays of {year} are not known to the installed `holidays` library, and {again} is less than "
        "{days} days away: update daybreak, or write the days into EXTRA_DAYS_OFF",
        "{days}일 안에 {year}년이 되는데 설치된 공휴일 데이터에 {again}년이 없습니다. daybreak 를 업데이트하거나 휴무일을 "
        "EXTRA_DAYS_OFF 에 적어 주십시오",
    ),
    ("the certificate of {name} is not valid: {why}", "{name} 인증서가 유효하지 않습니다: {why}"),
    ("the certificate of {name} ends on {day}, in {days} days", "{name} 인증서가 {days}일 뒤({day}) 만료됩니다"),
    # the ledger itself
    ("nothing is read: {why}", "조회하지 않습니다: {why}"),
    (
        "the ledger has no adoption record: nobody has said what was posted before. Switch the old script off, then "
        "run: daybreak adopt",
        "장부 인수 기록이 없어 이전에 처리된 입금을 알 수 없습니다. 기존 스크립트를 끈 뒤 실행해 주십시오: daybreak adopt",
    ),
    (
        "the ledger was adopted for {one}, not for {other}. If that is meant, run: daybreak adopt",
        "장부는 {one} 용으로 인수되었으며 {other} 용이 아닙니다. 의도한 것이라면 실행해 주십시오: daybreak adopt",
    ),
    (
        "the ledger was adopted for {what} {one}, not {other}. If that is meant, run: daybreak adopt",
        "장부는 {what} {one} 에 대해 인수되었으며 {other} 이(가) 아닙니다. 의도한 것이라면 실행해 주십시오: daybreak adopt",
    ),
    ("ERP address", "ERP 주소"),
    ("company", "회사"),
    ("machine", "컴퓨터"),
    (
        "the ledger was adopted in test mode. Before the first real posting, run: daybreak adopt",
        "장부를 시험 모드에서 인수했습니다. 실제 입금을 올리기 전에 실행해 주십시오: daybreak adopt",
    ),
    (
        "the ledger is older than its surroundings ({older}): it was restored from a backup, and since then deposits "
        "were posted without their key (REMARK_KEY = off), which no look-up finds. Compare the ERP's list of deposits, "
        "then run: daybreak adopt",
        "장부가 실제보다 오래되었습니다 ({older}). 백업에서 복원한 장부이며, 이후 적요에 키 없이"
        " (REMARK_KEY = off) 올린 입금이 있어 조회로 찾을 수 없습니다. ERP의 입금 목록과 대조한 뒤 "
        "실행해 주십시오: daybreak adopt",
    ),
    (
        "the ledger is older than its surroundings ({older}): it was restored from a backup. What was posted since then "
        "is looked up in the ERP where that is possible; else check there, then run: daybreak adopt",
        "장부가 실제보다 오래되었습니다 ({older}). 백업에서 복원한 장부입니다. 이후 처리된 입금은 가능한 경우 ERP에서 "
        "조회하며, 그렇지 않으면 ERP에서 확인한 뒤 실행해 주십시오: daybreak adopt",
    ),
    (
        "generation {one} of {other}, batch {batch} of {last}",
        "세대 {one}/{other}, 배치 {batch}/{last}",
    ),
    (
        "opening the ledger: {path} is {stands}, but generation {number} has run here. Nothing is posted until it is "
        "restored from a backup",
        "장부 열기: {path} 파일이 {stands} 상태이나 이미 {number}세대까지 실행되었습니다. 백업에서 복원할 때까지 입금을 올리지 "
        "않습니다",
    ),
    ("empty", "비어 있는"),
    ("missing", "없는"),
    (
        "opening the ledger: {path} does not exist yet; start the worker first",
        "장부 열기: {path} 파일이 아직 없습니다. 먼저 처리 프로그램을 시작해 주십시오",
    ),
    (
        "opening the ledger {path}: {error}. Nothing is posted; restore the newest backup",
        "장부 {path} 열기: {error}. 입금을 올리지 않습니다. 최근 백업을 복원해 주십시오",
    ),
    ("opening the ledger: {path} is not a ledger of daybreak", "장부 열기: {path} 은(는) daybreak 장부가 아닙니다"),
    (
        "opening the ledger: {path} was written by a newer daybreak (schema {one}, this one knows {other}). Install "
        "that version again",
        "장부 열기: {path} 은(는) 더 새로운 daybreak 버전의 장부입니다 (스키마 {one}, 현재 버전은 {other}까지 지원). 해당 "
        "버전을 다시 설치해 주십시오",
    ),
    (
        "taking the ledger back to schema {one}: schema {other} holds what that one can't. Nothing was changed; an "
        "older daybreak needs a backup of its own time: daybreak restore",
        "장부를 스키마 {one}(으)로 되돌리기: 스키마 {other}의 내용을 담을 수 없습니다. 아무것도 바꾸지 않았습니다. 이전 "
        "버전에는 그 당시의 백업이 필요합니다: daybreak restore",
    ),
    ("backing up the ledger to {path}: {error}", "{path} 에 장부 백업: {error}"),
    (
        "writing the ledger {path}: {error}. Nothing is posted",
        "장부 {path} 기록: {error}. 입금을 올리지 않습니다",
    ),
    (
        "writing the ledger: generation {one} has taken over from {other}; this worker writes no more",
        "장부 기록: {one}세대가 {other}세대를 이어받아 이 처리 프로그램은 더 이상 기록하지 않습니다",
    ),
    (
        "reading the ledger {path}: {error}. Nothing is posted; restore the newest backup",
        "장부 {path} 읽기: {error}. 입금을 올리지 않습니다. 최근 백업을 복원해 주십시오",
    ),
    (
        "the upgrade from {old} to {new} was interrupted, and nothing is posted. Settle it with: ./scripts/upgrade --back",
        "{old}에서 {new}(으)로 버전을 바꾸다가 중단되어 입금을 올리지 않습니다. 다음 명령으로 정리해 주십시오: "
        "./scripts/upgrade --back",
    ),
    (
        "the upgrade from {old} to {new} is under way: nothing is posted until it is verified",
        "{old}에서 {new}(으)로 버전을 바꾸는 중입니다. 확인이 끝날 때까지 입금을 올리지 않습니다",
    ),
    ("the ledger that a backup replaced has it as {state}", "백업으로 바뀌기 전 장부에 {state} 상태로 있습니다"),
    ("there is no such file", "파일이 없습니다"),
    ("the restored ledger would not know its age", "복원한 장부가 자신의 시점을 알 수 없습니다"),
    (
        "the ledger in {folder} is not the restored one. Do not start the worker",
        "{folder} 의 장부가 복원한 장부가 아닙니다. 처리 프로그램을 시작하지 마십시오",
    ),
    ("restoring {path}", "{path} 복원"),
    ("Nothing was changed", "아무것도 바꾸지 않았습니다"),
    ("Nothing was sent", "아무것도 전송하지 않았습니다"),
    ("Nothing is posted", "입금을 올리지 않습니다"),
    ("Nothing was saved", "아무것도 저장하지 않았습니다"),
    (
        "it holds the books of {one} {other}, these settings are for {wanted}",
        "{one} {other} 의 장부이며, 현재 설정은 {wanted} 용입니다",
    ),
    ("rehearsing {path}: {error}", "{path} 복원 연습: {error}"),
    (
        "restoring {path}: {error}. Look into {folder} before you start the worker",
        "{path} 복원: {error}. 처리 프로그램을 시작하기 전에 {folder} 을(를) 확인해 주십시오",
    ),
    ("restoring {path}: {error}. Nothing was changed", "{path} 복원: {error}. 아무것도 바꾸지 않았습니다"),
    (
        "it is no ledger of this daybreak, or of a newer one",
        "이 버전의 daybreak 장부가 아니거나 더 새로운 버전의 장부입니다",
    ),
    (
        "sending batch {batch}: {path} was replaced or deleted while the worker ran",
        "{batch}번 배치 전송: 실행 중에 {path} 파일이 바뀌거나 삭제되었습니다",
    ),
    ("the lock {path} is not ours any more", "잠금 {path} 을(를) 잃었습니다"),
    (
        "a newer worker has taken over the ledger, or its file was replaced",
        "새 처리 프로그램이 장부를 이어받았거나 장부 파일이 바뀌었습니다",
    ),
    ("this worker ends: {why}", "이 처리 프로그램은 종료합니다: {why}"),
    # what may not be done
    ("payment {key}: {one} -> {other} is not a legal move", "결제 {key}: {one} → {other} 변경은 허용되지 않습니다"),
    ("payment {key}: expected {one}, found {other}", "결제 {key}: {one} 상태여야 하나 {other} 상태입니다"),
    (
        "payment {key}: only one that is seen can be excluded, found {other}",
        "결제 {key}: 조회된 상태만 제외할 수 있으나 {other} 상태입니다",
    ),
    ("payment {key} does not wait for a person: {stands}", "결제 {key} 은(는) 확인이 필요한 건이 아닙니다: {stands}"),
    ("it was never seen", "조회된 적이 없습니다"),
    ("it is posted", "이미 입금 처리되었습니다"),
    ("it is {state}", "상태: {state}"),
    ("row {number} is not one that waits for a person", "{number}번 행은 확인이 필요한 건이 아닙니다"),
    (
        "payments are known already: whether the requester counts can't be changed now",
        "이미 조회된 결제가 있어 요청자 구분 여부를 바꿀 수 없습니다",
    ),
    (
        "payment {key} is not waiting to be posted; nothing was adopted",
        "결제 {key} 은(는) 입금 대기 건이 아닙니다. 아무것도 인수하지 않았습니다",
    ),
    (
        "batch {batch}: {rows} rows were sent, {known} outcomes are known",
        "{batch}번 배치: {rows}건을 전송했으나 결과는 {known}건만 확인됩니다",
    ),
    ("batch {batch} holds no payment", "{batch}번 배치에 결제가 없습니다"),
    (
        "the old script recorded this second, and {count} payments have it: it may have posted only one",
        "기존 스크립트의 기록에 있는 시각이며 같은 시각의 결제가 {count}건입니다. 한 건만 처리되었을 수 있습니다",
    ),
    (
        "the old script recorded this second, perhaps when the row was still an approval",
        "기존 스크립트의 기록에 있는 시각입니다. 승인 상태일 때 처리되었을 수 있습니다",
    ),
    (
        "the old script recorded this second, perhaps when the row was still an approval: was the minus posted?",
        "기존 스크립트의 기록에 있는 시각입니다. 승인 상태일 때 처리되었을 수 있으니 취소 입금이 처리되었는지 확인해 "
        "주십시오",
    ),
    # delivering messages
    ("sending mail by {server}", "{server} 메일 발송"),
    ("every recipient was refused: {words}", "모든 수신자가 거부되었습니다: {words}"),
    ("refused: {said}", "거부됨: {said}"),
    ("{who} was refused: {said}", "{who} 수신 거부: {said}"),
    (
        "the server refused user or password: {said}. Check SMTP_USER and SMTP_PASSWORD_FILE",
        "메일 서버가 사용자 또는 비밀번호를 거부했습니다: {said}. SMTP_USER 와 SMTP_PASSWORD_FILE 을 확인해 주십시오",
    ),
    ("not done within {seconds} s", "{seconds}초 안에 끝나지 않았습니다"),
    (
        "no mail server is set: SMTP_HOST is empty or wrong",
        "메일 서버가 설정되지 않았습니다: SMTP_HOST 가 비어 있거나 잘못됨",
    ),
    ("URL {number} of APPRISE_URLS_FILE: {error}", "APPRISE_URLS_FILE 의 {number}번째 주소: {error}"),
    ("it is no URL that Apprise knows", "Apprise 가 지원하지 않는 주소입니다"),
    ("the service did not take it", "서비스가 메시지를 받지 않았습니다"),
)
