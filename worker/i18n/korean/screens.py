"""What happened on the ERP's screens, and in the browser that shows them."""

TABLE = (
    # marks that an operator has set
    (
        "{doing} matches {found} elements, it must match one. Nothing was touched",
        "{doing}: 요소 {found}개와 일치합니다. 하나만 일치해야 하며, 아무것도 건드리지 않았습니다",
    ),
    ("the marker {name} = {selector} by [markers] in local.ini", "local.ini 의 [markers] 설정 {name} = {selector}"),
    ("opening the sign-in page {address}", "로그인 화면 {address} 열기"),
    ("waiting for the form", "로그인 양식 대기"),
    ("signing out", "로그아웃"),
    # what was being done
    ("opening the ERP", "ERP 열기"),
    ("driving the ERP", "ERP 조작 중"),
    ("starting the browser", "브라우저 시작"),
    ("closing the browser", "브라우저 종료"),
    ("starting {path}", "{path} 시작"),
    ("opening the stored session", "저장된 로그인 세션 열기"),
    ("signing in", "로그인"),
    ("signing in at {address}", "{address} 로그인"),
    ("signing in as {user}", "{user} 로그인"),
    ("opening {title}", "{title} 열기"),
    ("loading the shell anew", "ERP 화면 새로 불러오기"),
    ("opening the bulk upload", "대량등록 화면 열기"),
    ("opening the tab {tab} of {title}", "{title}의 {tab} 탭 열기"),
    ("waiting for the tab {tab} of {title}", "{title}의 {tab} 탭 대기"),
    ("reading the payments", "결제내역 조회"),
    ("reading {title}", "{title} 읽기"),
    ("reading {title}, page {number}", "{title} {number}페이지 읽기"),
    ("{title}, page {number}", "{title} {number}페이지"),
    ("reading what was reflected by hand", "회계반영 내역 조회"),
    ("turning to page {number}", "{number}페이지로 이동"),
    ("looking up batch {batch}", "{batch}번 배치의 입금 조회"),
    ("looking up what an older ledger does not know", "복원한 장부에 없는 입금 조회"),
    ("pasting {rows} rows", "{rows}건 붙여넣기"),
    ("pasting {rows} rows, try {number}", "{rows}건 붙여넣기 ({number}번째 시도)"),
    ("pressing F8", "F8 저장"),
    ("saving", "저장"),
    ("saving {count} deposits", "입금 {count}건 저장"),
    ("saving batch {batch}", "{batch}번 배치 저장"),
    ("a batch of {count} ({sent} of {total} are sent)", "{count}건 배치 ({total}건 중 {sent}건 전송)"),
    ("a batch of {count}", "{count}건 배치"),
    ("{sent} of {count} are sent", "{count}건 중 {sent}건 전송"),
    ("waiting for the answer to {count} deposits", "입금 {count}건의 저장 결과 대기"),
    ("closing the answer", "결과 창 닫기"),
    ("closing the last answer", "이전 결과 창 닫기"),
    ("closing a notice", "알림 창 닫기"),
    ("mending what broke off", "중단된 처리 이어가기"),
    # what happened
    ("not there after {seconds} s", "{seconds}초 안에 나타나지 않았습니다"),
    ("{doing}: not there after {seconds} s", "{doing}: {seconds}초 안에 나타나지 않았습니다"),
    ("the connection was lost", "접속이 끊어졌습니다"),
    ("the connection ended", "접속이 종료되었습니다"),
    ("signed out", "로그아웃된 상태"),
    ("the ERP says: {text}", "ERP 메시지: {text}"),
    ("the ERP's page says: {text}", "ERP 화면의 메시지: {text}"),
    ("the ERP went back to its login page", "ERP가 로그인 화면으로 돌아갔습니다"),
    ("the ERP says that the session has ended", "ERP에서 로그인 세션이 만료되었다고 표시합니다"),
    ("the session has ended", "로그인 세션이 만료되었습니다"),
    ("no frame shows the ERP's shell (/ec…/view/erp)", "ERP 기본 화면(/ec…/view/erp)이 표시되지 않습니다"),
    ("there is no link for it", "해당 링크가 없습니다"),
    ("there is no link to it", "해당 페이지로 가는 링크가 없습니다"),
    ("there are {count} of them", "화면이 {count}개 열려 있습니다"),
    ("the list kept changing in {count} readings", "{count}번 조회하는 동안 목록이 계속 바뀌었습니다"),
    ("the page did not turn in three clicks", "세 번 눌러도 페이지가 넘어가지 않았습니다"),
    (
        "{error}; the list drew neither rows nor its word for an empty one",
        "{error}. 목록에 내역도, 내역이 없다는 문구도 표시되지 않았습니다",
    ),
    ("the tab {tab} did not become the active one", "{tab} 탭이 선택되지 않았습니다"),
    (
        "reading {title}: the column {label} ({column}) is missing; there are {others}. The screen has changed",
        "{title} 읽기: {label}({column}) 열이 없습니다. 현재 열: {others}. 화면 구성이 바뀌었습니다",
    ),
    (
        "reading {title}: the column {column} is labelled {found}, not {label}. The screen has changed",
        "{title} 읽기: {column} 열의 이름이 {label} 항목이 아니라 {found} 항목입니다. 화면 구성이 바뀌었습니다",
    ),
    (
        "reading {title}: a full page of {count} rows and no pager: nothing proves that the list ends there. It is "
        "read again, and the next row that is listed or leaves settles it. If you see more than one page there, the "
        "screen has changed: tell who looks after daybreak",
        "{title} 읽기: {count}건이 한 페이지를 가득 채웠는데 페이지 이동 버튼이 없어 목록이 여기서 끝나는지 확인할 수 "
        "없습니다. 다시 조회하며, 내역이 늘거나 줄면 저절로 확인됩니다. 화면에 두 페이지 이상이 보이면 화면 구성이 "
        "바뀐 것이니 장비 담당자에게 알려 주십시오",
    ),
    (
        "reading the payments: {both} of {all} rows stand under both tabs. The list did not change to the tab that was "
        "asked for; nothing was posted",
        "결제내역 조회: {all}건 중 {both}건이 두 탭에 모두 나타났습니다. 목록이 선택한 탭으로 바뀌지 않아 입금을 "
        "올리지 않았습니다",
    ),
    (
        "signing in: the ERP asks for a second factor or a picture. Sign in by hand once",
        "로그인: ERP가 2차 인증이나 보안문자를 요구합니다. 한 번 직접 로그인해 주십시오",
    ),
    (
        "signing in: somebody else is signed in with this account. Their session was left alone; the next cycle tries "
        "again",
        "로그인: 다른 사용자가 이 계정으로 접속해 있습니다. 그 접속은 그대로 두었으며 다음 사이클에 다시 시도합니다",
    ),
    (
        "not signing in: the ERP refused user or password {count} times, and five times lock the account. Put the "
        "right password into ERP_PASSWORD_FILE; the next cycle tries it",
        "로그인하지 않음: ERP가 사용자 또는 비밀번호를 {count}번 거부했습니다. 다섯 번 실패하면 계정이 잠깁니다. "
        "ERP_PASSWORD_FILE 에 올바른 비밀번호를 넣으면 다음 사이클에 시도합니다",
    ),
    (
        "{doing}: the columns are {found}, expected {wanted}. The template of the upload has changed; nothing was "
        "pasted",
        "{doing}: 열이 {found}(으)로 되어 있습니다. 예상한 열: {wanted}. 대량등록 양식이 바뀌어 붙여넣지 않았습니다",
    ),
    (
        "pasting {rows} rows: {problem}; tried {count} times. Nothing was saved",
        "{rows}건 붙여넣기: {problem}. {count}번 시도했으며 아무것도 저장하지 않았습니다",
    ),
    ("the upload grid is gone", "대량등록 표가 사라졌습니다"),
    (
        "the grid holds {count} filled rows, pasted were {wanted}",
        "표에 {count}건이 들어 있습니다 (붙여넣은 건수: {wanted})",
    ),
    (
        "row {number} column {letter} holds {one}, pasted was {other}",
        "{number}행 {letter}열의 값이 {one}입니다 (붙여넣은 값: {other})",
    ),
    ("the first cell did not keep the focus", "첫 칸이 선택되지 않았습니다"),
    # the save
    ("the page asked for no save", "화면이 저장을 요청하지 않았습니다"),
    (
        "saving: the page asked for no save within {seconds} s of F8",
        "저장: F8을 누른 뒤 {seconds}초 안에 화면이 저장을 요청하지 않았습니다",
    ),
    (
        "saving: the page asked for no save within {seconds} s of F8; other requests that were stopped: {strays}",
        "저장: F8을 누른 뒤 {seconds}초 안에 화면이 저장을 요청하지 않았습니다. 차단한 다른 요청: {strays}",
    ),
    ("saving batch {batch}: {why}. Nothing was sent", "{batch}번 배치 저장: {why}. 아무것도 전송하지 않았습니다"),
    ("no answer came", "응답이 없습니다"),
    ("the save went out, no answer came", "저장을 전송했으나 응답이 없습니다"),
    ("the save went out, no answer came: {why}", "저장을 전송했으나 응답이 없습니다: {why}"),
    ("saving: {why}; then {error}", "저장: {why}. 이후: {error}"),
    ("{error} ({why}; it said: {said})", "{error} ({why}. 화면 메시지: {said})"),
    (
        "save not recognised: {request} carries the batch, but it does not match SAVE_PATTERN",
        "저장 요청을 확인할 수 없음: {request} 요청에 입금 내역이 있으나 SAVE_PATTERN 과 일치하지 않습니다",
    ),
    (
        "save not recognised: {request} carries the batch, but no SAVE_PATTERN is confirmed: if that is the ERP's save, "
        "write the end of its address into var/local.ini under [env:worker] as SAVE_PATTERN = /..., in force at the "
        "worker's next start",
        "저장 요청을 확인할 수 없음: {request} 요청에 입금 내역이 있으나 SAVE_PATTERN 이 아직 확정되지 않았습니다. "
        "그것이 ERP의 저장 요청이면 주소의 끝부분을 var/local.ini 의 [env:worker] 아래에 SAVE_PATTERN = /... 형식으로 "
        "적어 주십시오. 처리 프로그램이 다음에 시작할 때 적용됩니다",
    ),
    (
        "the payload holds {rows} rows, planned were {wanted}",
        "전송할 내용이 {rows}건입니다 (계획한 건수: {wanted})",
    ),
    (
        "row {number} of the payload lacks {cell} where it was planned",
        "전송할 내용의 {number}행에 계획한 값 {cell}이(가) 없습니다",
    ),
    (
        "MODE = test, everything was done but the save",
        "시험 모드(MODE = test): 저장을 제외한 모든 단계를 마쳤습니다",
    ),
    # Chromium
    (
        "looking for Chromium: CHROMIUM = {path} is not a program that can be started. Correct it in var/local.ini, or "
        "leave it empty to have one found",
        "Chromium 찾기: CHROMIUM = {path} 은(는) 실행할 수 있는 프로그램이 아닙니다. var/local.ini 에서 고치거나, "
        "비워 두면 자동으로 찾습니다",
    ),
    (
        "looking for Chromium: none in {folder} (Playwright's), none on PATH ({names}), none in {places}. {cure}",
        "Chromium 찾기: {folder}, PATH({names}), {places} 어디에도 없습니다. {cure}",
    ),
    (
        "./scripts/start --setup-only gets one; or name yours: CHROMIUM = /path in var/local.ini",
        "./scripts/start --setup-only 로 설치하거나 var/local.ini 에 CHROMIUM = /경로 로 지정해 주십시오",
    ),
)
