"""What the guards say, why processes were started and ended, and what `status` finds wrong."""

TABLE = (
    # what the worker was doing, and how its process stood
    ("starting", "시작"),
    ("waiting", "대기"),
    ("waiting for the ERP", "ERP 재시도 대기"),
    ("reading", "결제내역 조회"),
    ("planning", "입금 대상 결정"),
    ("uploading", "입금 입력"),
    ("settling", "입금 대조"),
    ("closing", "브라우저 종료"),
    ("stopping", "종료"),
    ("sleeping", "정상 대기"),
    ("running", "실행 중"),
    ("stopped", "정지됨"),
    ("tracing-stop", "정지됨"),
    ("disk-sleep", "디스크 대기"),
    ("zombie", "종료됨"),
    ("gone", "종료됨"),
    ("before the first beat", "첫 신호 전"),
    ("unknown exit", "종료 코드 미상"),
    ("exit {code}", "종료 코드 {code}"),
    ("signal {number}", "신호 {number}"),
    # a promise
    (
        "silent for {seconds} s while {phase}, promised a beat within {patience} s of {at}",
        "{phase} 중 {seconds}초 동안 응답이 없습니다 ({at}에 {patience}초 안에 다시 신호하기로 함)",
    ),
    (
        "silent for {seconds} s while {phase} ({step}), promised a beat within {patience} s of {at}",
        "{phase} 중({step}) {seconds}초 동안 응답이 없습니다 ({at}에 {patience}초 안에 다시 신호하기로 함)",
    ),
    (
        "no beat {waited} s after its start, the first one is due within {seconds} s",
        "시작 후 {waited}초 동안 신호가 없습니다 (첫 신호 기한: {seconds}초)",
    ),
    (
        "worker (pid {pid}, {state}) {why}: killing it",
        "처리 프로그램(PID {pid}, {state}): {why}. 강제 종료합니다",
    ),
    (
        "worker (pid {pid}, {state}) {why}: killing it (a stopped process writes no stacks)",
        "처리 프로그램(PID {pid}, {state}): {why}. 강제 종료합니다 (정지된 프로세스는 스택을 기록하지 못합니다)",
    ),
    ("worker (pid {pid}, {state}) {why}", "처리 프로그램(PID {pid}, {state}): {why}"),
    ("worker (pid {pid}) {why}", "처리 프로그램(PID {pid}): {why}"),
    ("worker (pid {pid}) keeps its promises", "처리 프로그램(PID {pid}) 정상 작동 중"),
    (
        "worker (pid {pid}) {why}: asking it to end between two steps",
        "처리 프로그램(PID {pid}): {why}. 단계 사이에 종료하도록 요청합니다",
    ),
    (
        "worker (pid {pid}) {why}; a new one would not help: look at the ERP and the worker's log",
        "처리 프로그램(PID {pid}): {why}. 다시 시작해도 해결되지 않으니 ERP와 worker 로그를 확인해 주십시오",
    ),
    (
        "still there after SIGKILL: {pids}; the next worker starts beside them",
        "강제 종료 후에도 남아 있음: {pids}. 다음 처리 프로그램은 그대로 시작합니다",
    ),
    (
        "{name} (pid {pid}) {why}: killing it, circusd starts it again",
        "{name}(PID {pid}): {why}. 강제 종료하며 circusd가 다시 시작합니다",
    ),
    (
        "{name} has not beaten for {seconds} s although circusd starts it: see circusd's log",
        "{name}: circusd가 시작하는데도 {seconds}초 동안 신호가 없습니다. circusd 로그를 확인해 주십시오",
    ),
    # limits
    ("holds {held} MB, more than {most} MB", "메모리 {held}MB 사용 (한도 {most}MB)"),
    ("is in one cycle for {minutes} min", "한 사이클을 {minutes}분째 처리하고 있습니다"),
    ("has not ended {seconds} s after it was asked to", "종료를 요청한 뒤 {seconds}초가 지나도 끝나지 않았습니다"),
    (
        "beats but gets nothing done for {span} while {phase}",
        "신호는 오지만 {span} 동안 아무것도 처리하지 못했습니다 (상태: {phase})",
    ),
    # nothing runs, or circusd says nothing
    ("no worker runs: {wish}", "실행 중인 처리 프로그램 없음: {wish}"),
    (
        "no worker runs for {seconds} s ({status}) and nobody wants that: see circusd's log",
        "{seconds}초 동안 처리 프로그램이 실행되지 않습니다 ({status}). circusd 로그를 확인해 주십시오",
    ),
    (
        "the worker refuses its settings (exit 78) and stays stopped: see today's worker log for what to write"
        " instead, then circusctl start worker",
        "설정이 잘못되어 처리 프로그램이 멈춰 있습니다 (종료 코드 78). 오늘의 worker 로그에서 고칠 내용을 확인한 뒤 "
        "circusctl start worker 를 실행해 주십시오",
    ),
    ("the worker ended {count} times in a row (last: {why})", "처리 프로그램이 연속 {count}번 종료되었습니다 ({why})"),
    ("{why}, next start at {at}", "{why}. 다음 시작 시각: {at}"),
    (
        "no answer: {error}; going on with the worker it ran last",
        "circusd 응답 없음: {error}. 마지막으로 실행한 처리 프로그램을 계속 지켜봅니다",
    ),
    ("asking circusd at {address} to {command}: {error}", "circusd({address})에 {command} 요청: {error}"),
    ("asking circusd to {command}: {error}", "circusd에 {command} 요청: {error}"),
    (
        "asking circusd to {command}: no effect within {seconds} s",
        "circusd에 {command} 요청: {seconds}초 안에 반영되지 않았습니다",
    ),
    (
        "asking circusd to {command}: no effect within {seconds} s ({why})",
        "circusd에 {command} 요청: {seconds}초 안에 반영되지 않았습니다 ({why})",
    ),
    (
        "the machine slept for {span}; nobody is restarted for that",
        "컴퓨터가 {span} 동안 절전 상태였습니다. 이 때문에 다시 시작하지는 않습니다",
    ),
    # the daily restart
    ("recycle of {due}", "{due} 정기 재시작"),
    ("recycle: {what}", "정기 재시작: {what}"),
    ("done in {seconds} s", "완료 ({seconds}초)"),
    ("silent for {seconds} s", "{seconds}초 동안 응답 없음"),
    ("missed", "누락"),
    ("paused", "일시 중지"),
    ("recycle of {due}: {what}", "{due} 정기 재시작: {what}"),
    (
        "worker (pid {pid}) asked to end again, {seconds} s after the first signal",
        "처음 요청하고 {seconds}초 뒤 처리 프로그램(PID {pid})에 다시 종료를 요청했습니다",
    ),
    ("worker (pid {pid}) asked to end", "처리 프로그램(PID {pid})에 종료를 요청했습니다"),
    (
        "worker (pid {pid}) has not ended after two signals: killing it",
        "두 번 요청해도 처리 프로그램(PID {pid})이 끝나지 않아 강제 종료합니다",
    ),
    ("the new worker has not beaten yet", "새 처리 프로그램의 첫 신호가 아직 없습니다"),
    ("waits: {error}", "대기 중: {error}"),
    ("not needed: the worker was started since", "이미 새로 시작되어 필요 없음"),
    ("no worker runs: the next one starts fresh", "실행 중인 처리 프로그램 없음 (다음 시작 때 새로 시작됨)"),
    ("{result} in {seconds} s, worker (pid {pid})", "{result} ({seconds}초, 처리 프로그램 PID {pid})"),
    # options of the guards
    ("{error}; this guard goes on with its defaults", "{error}. 감시 프로그램은 기본값으로 계속합니다"),
    (
        "circus.ini [plugin:{name}] {option} = {text}: write a number from {least} to {most}; {used} is used",
        "circus.ini [plugin:{name}] {option} = {text}: {least}~{most} 사이의 숫자를 적어 주십시오. 지금은 {used} 적용",
    ),
    (
        "circus.ini [plugin:recycle] at = {text}: write a time like 05:55; 05:55 is used",
        "circus.ini [plugin:recycle] at = {text}: 05:55 형식으로 적어 주십시오. 지금은 05:55 적용",
    ),
    (
        "circus.ini [plugin:recycle] days = {text}: write mon-sun, or mon,wed,fri; mon-sun is used",
        "circus.ini [plugin:recycle] days = {text}: mon-sun 또는 mon,wed,fri 형식으로 적어 주십시오. 지금은 mon-sun 적용",
    ),
    (
        "circus.ini [plugin:recycle] wait = {text}: write minutes from 0 to 60; 10 is used",
        "circus.ini [plugin:recycle] wait = {text}: 0~60분으로 적어 주십시오. 지금은 10 적용",
    ),
    # what an operator wants
    ("running by {by} since {since}", "실행 ({since}부터, 지시: {by})"),
    ("paused until {until} by {by} since {since}", "{until}까지 일시 중지 ({since}부터, 지시: {by})"),
    ("paused until {until} by {by}", "{until}까지 일시 중지 (지시: {by})"),
    ("paused until {until}", "{until}까지 일시 중지"),
    ("stopped by {by} since {since}", "{since}부터 중지 (지시: {by})"),
    ("stopped since {since}", "{since}부터 중지"),
    # what `status` says
    (
        "no worker runs. Start it with: circusctl start worker",
        "실행 중인 처리 프로그램 없음. 시작: circusctl start worker",
    ),
    ("the worker is {wish}. To end that: daybreak resume", "처리 프로그램: {wish}. 해제: daybreak resume"),
    (
        "the worker is {wish}. Start it with: circusctl start worker",
        "처리 프로그램: {wish}. 시작: circusctl start worker",
    ),
    (
        "the worker crashed ({why}); backing off until {until}",
        "처리 프로그램이 비정상 종료되어 {until} 에 다시 시작합니다 ({why})",
    ),
    (
        "the settings are wrong; correct them, then: circusctl start worker",
        "설정이 잘못되었습니다. 고친 뒤 실행해 주십시오: circusctl start worker",
    ),
    (
        "{count} workers run, one is expected: pids {pids}",
        "처리 프로그램이 {count}개 실행 중입니다 (정상은 1개): PID {pids}",
    ),
    ("the worker (pid {pid}) has not beaten yet", "처리 프로그램(PID {pid})의 첫 신호가 아직 없습니다"),
    (
        "the worker (pid {pid}) is silent for {seconds} s while {phase}, it promised a beat within {patience} s",
        "처리 프로그램(PID {pid})이 {phase} 중 {seconds}초 동안 응답이 없습니다 (약속: {patience}초)",
    ),
    (
        "the worker runs version {one}, installed is {other}: circusctl restart worker",
        "처리 프로그램은 {one} 버전이며 설치된 버전은 {other}입니다. 실행해 주십시오: circusctl restart worker",
    ),
    (
        "the worker runs without its lock: circusctl restart worker",
        "처리 프로그램이 잠금 없이 실행 중입니다. 실행해 주십시오: circusctl restart worker",
    ),
    ("the last cycle failed at {at}: {why}", "최근 사이클 실패 ({at}): {why}"),
    (
        "{count} messages could not be delivered since {since}: {why}",
        "{since}부터 알림 {count}건을 전달하지 못했습니다: {why}",
    ),
    (
        "{count} messages can't be delivered since {since}: {why}",
        "{since}부터 알림 {count}건을 전달하지 못하고 있습니다: {why}",
    ),
    (
        "{count} messages wait, the oldest since {since}: {why}",
        "알림 {count}건이 대기 중이며 가장 오래된 것은 {since} 알림입니다: {why}",
    ),
    ("{count} MB are free where {folder} lies", "{folder} 디스크의 남은 공간: {count}MB"),
    (
        "only {count} MB are free where {folder} lies; below that the ledger is in danger",
        "{folder} 디스크의 남은 공간이 {count}MB뿐입니다. 더 줄면 장부가 위험합니다",
    ),
    (
        "{error}: nothing runs. Start it with ./scripts/start",
        "{error}: 아무것도 실행되고 있지 않습니다. 시작: ./scripts/start",
    ),
    ("circusd does not answer at {address}", "circusd({address})가 응답하지 않습니다"),
    (
        "plugin:{name} does not beat; see {folder}, guards_….log",
        "plugin:{name} 신호 없음. {folder} 의 guards_….log 를 확인해 주십시오",
    ),
    (
        "nothing restarts circusd when it ends or freezes: ./scripts/install",
        "circusd가 끝나거나 멈추면 다시 시작해 줄 것이 없습니다: ./scripts/install",
    ),
    (
        "nobody off this host is told when it dies: set PING_URL to a dead-man service, or to off if none is wanted",
        "이 컴퓨터가 꺼져도 외부에서 알 수 없습니다. PING_URL 에 상태 감시 서비스 주소를 적어 주십시오 (원하지 않으면 off)",
    ),
    ("nobody is told of problems: {what}", "문제가 생겨도 알릴 곳이 없습니다: {what}"),
    (
        "set SMTP_HOST, MAIL_FROM and MAIL_TO, then prove it with: daybreak alert-test",
        "SMTP_HOST, MAIL_FROM, MAIL_TO 를 적고 확인해 주십시오: daybreak alert-test",
    ),
    (
        "this machine can fall asleep in business hours, and keeping it awake failed: {why}",
        "업무 시간에 컴퓨터가 절전 상태로 들어갈 수 있으며, 이를 막지 못했습니다: {why}",
    ),
)
