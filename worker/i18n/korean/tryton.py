"""What happened on Tryton's screens."""

TABLE = (
    # what was being done
    ("giving the password", "비밀번호 입력"),
    ("entering {count} lines", "{count}행 입력"),
    ("entering line {number}", "{number}행 입력"),
    ("pasting {count} lines: the form", "{count}행 입력 화면"),
    ("pasting line {number} of {count}", "{count}행 중 {number}행 입력"),
    ("choosing {payer}", "{payer} 선택"),
    ("reading the lines back", "입력한 행 다시 읽기"),
    ("validating statement {number}", "명세서 {number} 검증"),
    ("posting statement {number}", "명세서 {number} 전기"),
    ("deleting statement {number}", "명세서 {number} 삭제"),
    ("saving: validating statement {number}", "명세서 {number} 검증 저장"),
    ("saving: posting statement {number}", "명세서 {number} 전기 저장"),
    ("saving: deleting statement {number}", "명세서 {number} 삭제 저장"),
    ("reading what broke off", "중단된 명세서 읽기"),
    ("saving what broke off", "중단된 명세서 저장"),
    ("saving what broke off: {count} statements", "중단된 명세서 {count}건 저장"),
    ("saving what broke off: {name}", "중단된 명세서 저장: {name}"),
    ("mending {name}", "{name} 이어서 처리"),
    # what happened
    (
        "{what}: the ERP asks for the password: the session has ended",
        "{what}: ERP가 비밀번호를 다시 묻습니다. 로그인 세션이 만료되었습니다",
    ),
    ("the columns {names} are missing; there are {others}", "{names} 열이 없습니다. 현재 열: {others}"),
    ("{rows} rows are drawn, the counters say {counts}", "{rows}건이 표시되었으나 건수는 {counts}(으)로 나옵니다"),
    (
        "the page was {state}, showed {title} with {rows} rows of {count}, tab {tab}",
        "화면 상태 {state}, {title}, {count}건 중 {rows}건, 탭 {tab}",
    ),
    ("the page showed nothing", "화면에 아무것도 표시되지 않았습니다"),
    (
        "reading a date: {text} is not like 11/25/2026. Is the ERP user's language English?",
        "날짜 읽기: {text} 은(는) 11/25/2026 형식이 아닙니다. ERP 사용자의 언어가 영어인지 확인해 주십시오",
    ),
    (
        "signing in: the ERP has the database {one}, not {other}",
        "로그인: ERP의 데이터베이스가 {other} 이(가) 아니라 {one} 입니다",
    ),
    (
        "signing in as {user}: the ERP does not take the password and asks for it again",
        "{user} 로그인: ERP가 비밀번호를 받아들이지 않고 다시 묻습니다",
    ),
    ("it says: {text}", "화면 메시지: {text}"),
    (
        "entering {count} lines: {problem}; tried {tries} times. Nothing was saved",
        "{count}행 입력: {problem}. {tries}번 시도했으며 아무것도 저장하지 않았습니다",
    ),
    (
        "{count} parties are called {payer}. Give them different names",
        "{payer} 거래처가 {count}개 있습니다. 서로 다른 이름을 붙여 주십시오",
    ),
    (
        "no statement journal is called {account} (ACCOUNT_CARD), but {others}",
        "{account}(ACCOUNT_CARD) 명세서 장부가 없습니다. 현재 장부: {others}",
    ),
    ("the name is {one}, entered was {other}", "이름이 {one} 입니다 (입력한 이름: {other})"),
    ("the control total is {one}, entered was {other}", "합계가 {one} 입니다 (입력한 합계: {other})"),
    ("the form holds {one} lines, entered were {other}", "{one}행이 들어 있습니다 (입력한 행: {other})"),
    (
        "line {number}, {label}: the form holds {one}, entered was {other}",
        "{number}행 {label}: {one} (입력한 값: {other})",
    ),
    ("{what}: the page asked for no {button}: {error}", "{what}: 화면이 {button} 요청을 보내지 않았습니다: {error}"),
    ("{what}: {why}; then {error}", "{what}: {why}. 이후: {error}"),
    ("another statement has opened", "다른 명세서가 열렸습니다"),
    ("mending {name}: it is still there afterwards", "{name} 이어서 처리: 처리 후에도 남아 있습니다"),
    (
        "mending {name}: {keys} stand in a posted statement too. Cancel statement {number} by hand",
        "{name} 이어서 처리: {keys} 건이 이미 전기된 명세서에도 있습니다. 명세서 {number} 을(를) 직접 취소해 주십시오",
    ),
    ("the payload is no new statement: {error}", "전송할 내용이 새 명세서가 아닙니다: {error}"),
    ("the payload's statement is {one}, planned was {other}", "전송할 명세서가 {one} 입니다 (계획: {other})"),
    ("the payload holds {one} lines, planned were {other}", "전송할 내용이 {one}행입니다 (계획: {other}행)"),
    ("the payload's control total is {one}, planned were {other}", "전송할 합계가 {one} 입니다 (계획: {other})"),
    ("line {number} of the payload is {one}, planned was {other}", "전송할 {number}행이 {one} 입니다 (계획: {other})"),
    ("the payload is for {one}, planned was {other}", "전송할 대상이 {one} 입니다 (계획: {other})"),
)
